// @ts-check
// The viewer's wishes: sending → accepted → directing → on screen, or why not.

import { complain, options } from "./options.js";
import { at, make, player, stream } from "./page.js";
import { ask } from "./pass.js";

const SAID = /** @type {Record<string, string>} */ ({
  accepted: "accepted",
  directing: "directing",
  on_screen: "on screen",
});
const STEPS = Object.keys(SAID);
const ENDED = /** @type {Record<string, string>} */ ({
  merged: "A newer wish came at the same moment and was taken instead.",
  superseded: "A newer wish came before it was begun.",
  refused: "Refused",
  failed: "Not sent",
});
const LOST = ["merged", "superseded"]; // to another wish
const SHOWN = 3; // wishes on the page

/**
 * @typedef {{words: string, id: string, progress: string, epoch: number, reason: string, element: HTMLElement,
 *   from?: HTMLElement}} Wish `from` is the button that sent it
 */
/** @type {Wish[]} newest first */
const wishes = [];

/** @param {string} words @param {{action?: "play"}} [how] @param {HTMLElement} [from] the button that sent it */
export async function send(words, how = {}, from) {
  /** @type {Wish} */
  const wish = { words, id: "", progress: "sending", epoch: 0, reason: "", element: make("li"), from };
  wishes.unshift(wish);
  at("wishes").prepend(wish.element);
  for (const old of wishes.splice(SHOWN)) old.element.remove();
  draw(wish);
  try {
    update(wish, await player.prompt(words, { ...options(), ...how }));
  } catch (error) {
    const { message, code, field = "" } = /** @type {Error & {code?: string, field?: string}} */ (error);
    update(wish, { progress: code ? "refused" : "failed", reason: complain(field, message) || message });
  }
}

/** @param {Wish} wish @param {{id?: string, progress: string, epoch?: number, reason?: string}} news */
function update(wish, news) {
  wish.id = news.id ?? wish.id;
  wish.epoch = news.epoch || wish.epoch;
  if (wish.progress === "accepted" && news.progress !== "accepted") wish.reason = ""; // somebody has taken it up
  wish.reason = news.reason || wish.reason; // what was said on the way holds on the screen, too
  const over = wish.progress !== news.progress && (news.progress === "refused" || news.progress === "failed");
  wish.progress = news.progress;
  if (over && wish === wishes[0]) giveBack(wish.words);
  // The server speaks of what it sends; here it is on the screen when its picture is.
  const early = wish.progress === "on_screen" && player.epoch < wish.epoch && !player.hasAttribute("paused");
  if (early) wish.progress = "directing";
  draw(wish);
}

/** Words that came to nothing can be mended, unless others are being written. @param {string} words */
function giveBack(words) {
  const input = /** @type {HTMLInputElement} */ (at("words"));
  input.value ||= words;
}

const SEEN = 1500; // ms for which it is said over the picture that this is it
let seen = 0;

/** The newest wish, over the picture until it is the picture: that is where people look. @param {Wish} wish */
function announce({ words, progress }) {
  const coming = at("coming");
  clearTimeout(seen);
  coming.hidden = progress in ENDED;
  coming.dataset.progress = progress;
  const quote = make("q");
  quote.append(make("bdi", "", words));
  coming.replaceChildren(quote, make("b", "", SAID[progress] ?? "sending"));
  if (progress === "on_screen") seen = setTimeout(() => (coming.hidden = true), SEEN);
}

/** @param {Wish} wish */
function draw(wish) {
  const { words, progress, reason, element, from } = wish;
  if (wish === wishes[0]) announce(wish);
  element.dataset.progress = progress;
  if (from) from.dataset.progress = progress;
  const steps = make("span", "steps");
  const reached = STEPS.indexOf(progress);
  STEPS.forEach((step, index) => {
    const done = index < reached || progress === "on_screen";
    const now = !(progress in ENDED) && index === (progress === "sending" ? 0 : reached + 1);
    steps.append(make("span", done || index === reached ? "done" : now ? "now" : "", SAID[step]));
  });
  const ended = progress in ENDED && !LOST.includes(progress);
  const why = make("span", ended ? "why" : "note", [ENDED[progress], reason].filter(Boolean).join(ended ? ": " : " "));
  const quote = make("q");
  quote.append(make("bdi", "", words));
  element.replaceChildren(quote, steps, ...(why.textContent ? [why] : []));
}

player.addEventListener("prompt", ({ detail }) => {
  const wish = wishes.find(({ id }) => id && id === detail.id);
  if (wish) update(wish, detail);
});

// What was said while the connection was away is asked for.
setInterval(async () => {
  for (const wish of wishes.filter(({ id, progress }) => id && STEPS.slice(0, 2).includes(progress))) {
    const path = `api/streams/${encodeURIComponent(stream)}/prompts/${encodeURIComponent(wish.id)}`;
    const news = await ask(path)
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null);
    if (news) update(wish, news);
  }
}, 3000);

player.addEventListener("epoch", ({ detail }) => {
  for (const wish of wishes) {
    if (wish.epoch === detail.epoch && LOST.includes(wish.progress) && detail.prompt)
      update(wish, { progress: wish.progress, reason: `It is “${detail.prompt}”.` });
    if (wish.progress === "directing" && wish.epoch && wish.epoch <= detail.epoch)
      update(wish, { progress: "on_screen" });
  }
});

at("wish").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (at("words"));
  const words = input.value.trim();
  if (!words) return input.focus();
  input.value = "";
  send(words);
});
