// @ts-check
// What all parts of the studio share: the page's elements, its player, the film that it was asked for.

/** @type {<T extends HTMLElement = HTMLElement>(id: string) => T} */
export const at = (id) => /** @type {any} */ (document.getElementById(id));

export const root = new URL(".", location.href).href;
export const STREAM_ID = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}"; // as the server has it (streamer/topics.py)
export const asked = new URLSearchParams(location.search).get("stream") || "main";
// No server knows another id: asking for it would be refused for ever.
export const stream = new RegExp(`^${STREAM_ID}$`).test(asked) ? asked : "main";
export const player = /** @type {import("./player.js").StreamerVideo} */ (/** @type {unknown} */ (at("player")));

/** An element with a class and text. @param {string} tag @param {string} [name] @param {string} [text] */
export function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}
