// @ts-check
// The studio's examples: what a click changes in the film that plays, and films that a click begins. Others come with
// every visit, and whenever they are asked for.

import { card, CHANGES, FILMS, some } from "./examples.js";
import { at, press, recall, remember } from "./page.js";
import { send } from "./wishes.js";

const CHANGED = 5; // offered at a time
const BEGUN = 4;
const WELCOMED = 6; // where there is no film yet, they are all that there is to see

let turn = Number(recall("turn")) || 0;

/** @param {string} words @param {HTMLElement} [button] */
const begin = (words, button) => void send(words, { action: "play" }, button);

/** A film that a click begins. @param {number} index */
function start(index) {
  const button = card(index, (words) => begin(words, button));
  return button;
}

/** A change that a click makes. @param {string} words */
function change(words) {
  const button = press(words, () => void send(words, {}, button));
  return button;
}

function show() {
  at("changes").replaceChildren(...some(CHANGES.length, CHANGED, turn).map((n) => change(CHANGES[n])));
  at("starts").replaceChildren(...some(FILMS.length, BEGUN, turn).map(start));
  remember("turn", `${turn + 1}`); // the next visit's
}

/**
 * What is offered depends on what there is.
 * @param {boolean} lives is there a film that words change? @param {boolean} empty has there never been one?
 */
export function offers(lives, empty) {
  at("change").hidden = !lives;
  at("start-title").textContent = lives ? "Or begin another film" : "Begin a film";
  if (!empty && at("welcome").contains(document.activeElement)) at("words").focus(); // the card that had it goes
  at("welcome").hidden = !empty;
  if (!empty) at("welcomes").replaceChildren();
  else if (!at("welcomes").children.length)
    at("welcomes").append(...some(FILMS.length, WELCOMED, turn).map(start));
  document.body.classList.toggle("fresh", empty);
}

at("others").addEventListener("click", () => {
  turn += 1;
  show();
});
show();
