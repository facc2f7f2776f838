// @ts-check
// Code that is there to be copied: a block of it, and the button that does it.

import { make, press } from "./page.js";

/** @param {string} name what it is, for who does not see it @param {string} text @param {string} [id] */
export function copyable(name, text, id = "") {
  const code = make("pre", "", text);
  code.id = id;
  code.tabIndex = 0; // it scrolls
  const copy = press("Copy", () => copied(copy, code));
  copy.setAttribute("aria-label", `Copy: ${name}`);
  const line = make("div", "code");
  line.append(code, copy);
  return line;
}

/** @param {HTMLElement} button @param {HTMLElement} code */
async function copied(button, code) {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    button.textContent = "Copied";
  } catch {
    // No clipboard without a secure context: select it, so that one key copies it.
    getSelection()?.selectAllChildren(code);
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => (button.textContent = "Copy"), 2500);
}
