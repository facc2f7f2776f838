// @ts-check
// What a wish may ask for besides its words. Only what was set is sent; what does not fit is the server's to say, and is
// shown where it was written.

import { at, make } from "./page.js";

const NAMES = /** @type {const} */ ([
  "style",
  "transition",
  "pace",
  "length",
  "descriptions",
  "language",
  "seed",
  "window",
  "temperature",
  "top_p",
]);
const WORDS = new Set(["style", "transition", "language"]); // the others are numbers

/** @param {string} name */
const input = (name) => /** @type {HTMLInputElement | HTMLSelectElement} */ (/** @type {unknown} */ (at(name)));

/** What was set, as the wire has it. @returns {Record<string, any>} */
export function options() {
  const set = NAMES.map((name) => [name, input(name).value.trim()]).filter(([, value]) => value);
  return Object.fromEntries(set.map(([name, value]) => [name, WORDS.has(name) ? value : number(value)]));
}

/**
 * "1,5" is a number, too. "1,000" may be a thousand or one: that goes as it is, like all that is no number, and the server
 * says so.
 * @param {string} value
 */
function number(value) {
  const found = Number(/^[^,]*,(?!\d{3}$)[^,]*$/.test(value) ? value.replace(",", ".") : value);
  return Number.isFinite(found) ? found : value;
}

/** The server's words are a programmer's. @type {[RegExp, string][]} */
const PLAIN = [
  [/Expected `(?:int|float)` >= (.+)/, "at least $1"],
  [/Expected `(?:int|float)` > (.+)/, "more than $1"],
  [/Expected `(?:int|float)` <= (.+)/, "at most $1"],
  [/Expected `str` of length <= (\d+)/, "at most $1 characters"],
  [/Expected `int\b.+/, "a whole number"],
  [/Expected `float\b.+/, "a number"],
];

/**
 * Say at its input what does not fit. Returns the same in a line, "" if the field is none of these.
 * @param {string} field "options.pace"
 * @param {string} message the server's
 */
export function complain(field, message) {
  const name = field.replace(/^options\./, "");
  if (!NAMES.some((known) => known === name)) return "";
  const said = message.replace(/^prompt: /, "").replace(/ - at `[^`]*`$/, "");
  const [pattern, words] = PLAIN.find(([pattern]) => pattern.test(said)) ?? [/^/, ""];
  const plain = said.replace(pattern, words).replace(/\.0$/, "");
  content(name);
  const why = make("small", "why", plain);
  why.id = `${name}-why`;
  input(name).after(why);
  input(name).setAttribute("aria-invalid", "true");
  input(name).setAttribute("aria-describedby", why.id);
  for (let box = input(name).closest("details"); box; box = box.parentElement?.closest("details") ?? null)
    box.open = true;
  input(name).focus();
  return `${input(name).labels?.[0]?.firstChild?.textContent?.trim()}: ${plain}`;
}

/** Nothing is wrong with it any more. @param {string} name */
function content(name) {
  document.getElementById(`${name}-why`)?.remove();
  input(name).removeAttribute("aria-invalid");
  input(name).removeAttribute("aria-describedby");
}

/** How many are set shows while they are folded away, too. */
function count() {
  const { length } = Object.keys(options());
  at("more-set").textContent = length ? `${length} set` : "";
  at("clear").hidden = !length;
}

for (const name of NAMES) {
  input(name).addEventListener("input", () => {
    content(name);
    count();
  });
}
at("clear").addEventListener("click", () => {
  for (const name of NAMES) {
    input(name).value = "";
    content(name);
  }
  count();
  input("style").focus(); // the button that had it is gone
});
count(); // some browsers bring back what was written before a reload
