// @ts-check
// What the studio and the lobby share: the page's elements, where the server is, the film that was asked for.

/** @type {<T extends HTMLElement = HTMLElement>(id: string) => T} */
export const at = (id) => /** @type {any} */ (document.getElementById(id));

/** The server's address, also below a path of a proxy's; ends with a slash. */
export const root = new URL("../", import.meta.url).href;
export const STREAM_ID = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}"; // as the server has it (streamer/topics.py)

/** The film of this page, as its address has it: /streams/ID, or ?stream=ID. */
function named() {
  const [folder, name] = location.pathname.slice(new URL(root).pathname.length).split("/");
  if (folder !== "streams" || !name) return new URLSearchParams(location.search).get("stream") || "main";
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // "%zz"
  }
}
export const asked = named();
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

/** A button that acts. @param {string} text @param {() => void} act */
export function press(text, act) {
  const button = /** @type {HTMLButtonElement} */ (make("button", "", text));
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

// What this browser shall know at the next visit; some browsers keep nothing.

/** @param {string} name */
export function recall(name) {
  try {
    return localStorage.getItem(`streamer-${name}`) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(`streamer-${name}`, value);
  } catch {
    // then it begins as for everybody
  }
}
