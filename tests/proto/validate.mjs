// Reads an AsyncAPI document and prints what the official parser finds, as JSON. Needs @asyncapi/parser beside it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, document] = process.argv.slice(2);
const { Parser } = createRequire(folder + "/package.json")("@asyncapi/parser");
const { document: parsed, diagnostics } = await new Parser().parse(readFileSync(document, "utf8"));
console.log(JSON.stringify({ parsed: Boolean(parsed), diagnostics }));
