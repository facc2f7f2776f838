// @ts-check
// What is this? Who directs, what draws, in plain words; and what to type for an LLM and for a diffusion model.

import { copyable } from "./copy.js";
import { at, make, player } from "./page.js";

/**
 * @typedef {{title: string, says: string, code: [string, string][], then: string}} Way
 */
/** @type {Way[]} */
const WAYS = [
  {
    title: "Plug in a real LLM",
    says: "Any OpenAI-compatible server can direct, one on your machine or one that costs money:",
    code: [
      ["a local LLM", "streamer up --llm http://127.0.0.1:11434/v1 --model qwen3"],
      ["an LLM elsewhere", "OPENAI_API_KEY=… streamer up --llm https://api.openai.com/v1 --model gpt-5-mini"],
    ],
    then: "With the same --llm and --model, streamer doctor says what a server can do.",
  },
  {
    title: "Draw with a diffusion model",
    says: "Photographs instead of drawings, on a GPU, from a model in diffusers’ format:",
    code: [
      ["install", "pip install '.[diffusion]'"],
      [
        "get a model",
        'hf download stabilityai/sd-turbo --include "*.json" --include "*.txt" --include "*fp16.safetensors"\n' +
          'hf download madebyollin/taesd --include "*.json" --include "*.safetensors"',
      ],
      ["a diffusion model", "streamer up --engine diffusion --engine-model stabilityai/sd-turbo"],
    ],
    then: "With an NVIDIA GPU and pip install '.[tensorrt]' also --backend tensorrt. streamer doctor says what is missing.",
  },
];

/** Is this page shown by the machine that draws it? */
const here = ["localhost", "[::1]"].includes(location.hostname) || location.hostname.startsWith("127.");

/** @param {{engine: string, backend?: string}} hello @returns {(string | Node)[]} */
function drawn({ engine, backend = "" }) {
  if (engine !== "sketch") return [make("b", "", engine), backend ? ` on ${backend}` : ""];
  const where = ` on ${here ? "this computer’s" : "the server’s"} CPU (a sketch preview: no GPU, no model)`;
  return ["the ", make("b", "", "sketch engine"), where];
}

/** @param {{director?: string}} hello @returns {(string | Node)[]} */
function directed({ director = "" }) {
  if (director !== "storyboard") return [make("b", "", director || "nobody yet")];
  return ["the ", make("b", "", "built-in storyteller"), " (small, offline, no LLM)"];
}

function about() {
  const { hello, path, reason } = player;
  if (!hello || hello.status === "waiting") return;
  at("about").replaceChildren("Drawn by ", ...drawn(hello), ", directed by ", ...directed(hello), ".");
  const played = path ? `, played by ${path}${reason ? ` (${reason})` : ""}` : "";
  at("figures").textContent = `${hello.width}×${hello.height} at ${hello.fps} frames a second${played}.`;
  at("credit").hidden = hello.engine !== "sketch";
}

/** @param {Way} way */
function explained({ title, says, code, then }) {
  const box = document.createElement("details");
  const blocks = code.map(([name, text]) => copyable(name, text));
  box.append(make("summary", "", title), make("p", "", says), ...blocks, make("p", "", then));
  return box;
}

at("ways").append(...WAYS.map(explained));
player.addEventListener("hello", about);
player.addEventListener("path", about);
