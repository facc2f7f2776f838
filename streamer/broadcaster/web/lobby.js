// @ts-check
// The lobby: all films of this server on a wall, what plays first. Only so many cards are on the page as were scrolled to,
// and only those in sight are asked for pictures (thumbnails.js).

import { beginning } from "./begin.js";
import { Card } from "./card.js";
import { at } from "./page.js";
import { ask, pass, refusal } from "./pass.js";
import { first } from "./status.js";
import { Thumbnails } from "./thumbnails.js";

/** @typedef {import("./status.js").Film} Film */

const EVERY = 3000; // milliseconds from list to list
const ROW = 24; // cards more when the end comes into sight
const MANY = 9; // films from which on they can be searched

/** @type {Map<string, Film>} */ let films = new Map();
/** @type {Map<string, Card>} */ const cards = new Map();
const thumbnails = new Thumbnails();
let room = ROW; // cards that may be on the page
let busy = false; // a list is being asked for

// ---------------------------------------------------------------------------------------------------------------------
// The list

async function look() {
  if (busy) return;
  busy = true;
  try {
    const answer = await ask("api/streams");
    if (answer.ok) {
      /** @type {Film[]} */
      const list = (await answer.json()).streams;
      films = new Map(list.map((film) => [film.stream, film]));
      sorry("");
      draw();
    } else sorry(`The films are not to be had now: ${(await refusal(answer)).message}`);
  } catch {
    sorry("The server does not answer. What you see may be old; this page asks again.");
  } finally {
    busy = false;
  }
}

/** @param {string} words */
function sorry(words) {
  at("sorry").hidden = !words;
  if (at("sorry").textContent !== words) at("sorry").textContent = words;
  document.body.classList.toggle("stale", Boolean(words));
}

// ---------------------------------------------------------------------------------------------------------------------
// The wall

/** @returns {Film[]} those that were searched for, in order */
function found() {
  const words = /** @type {HTMLInputElement} */ (at("search")).value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...films.values()].sort(first);
  return words.length ? all.filter((film) => Card.matches(film, words)) : all;
}

function draw() {
  const list = found();
  const shown = new Set(list.slice(0, room).map(({ stream }) => stream));
  for (const [stream, card] of cards) {
    if (shown.has(stream)) continue;
    thumbnails.drop(card.element);
    card.element.remove();
    cards.delete(stream);
  }
  for (const stream of shown) {
    const film = /** @type {Film} */ (films.get(stream));
    let card = cards.get(stream);
    if (card) card.show(film);
    else {
      cards.set(stream, (card = new Card(film, act)));
      at("wall").append(card.element);
    }
    thumbnails.show(card.element, card.img, stream, card.scene, film.status === "playing");
  }
  hang([...shown]);
  const playing = list.filter(({ status }) => status === "playing").length;
  const searched = list.length < films.size;
  say("count", films.size ? `${films.size} ${films.size === 1 ? "film" : "films"}, ${playing} playing` : "No films");
  at("finder").hidden = films.size < MANY && !searched;
  say("nothing", searched && !list.length ? "None of the films has such words." : "");
  at("nothing").hidden = !searched || list.length > 0;
  at("empty").hidden = films.size > 0;
  at("wall-title").hidden = films.size === 0;
}

/** @param {string} id @param {string} words it is read out when written */
function say(id, words) {
  if (at(id).textContent !== words) at(id).textContent = words;
}

/** Put the cards into order, unless a hand is on the wall: nothing moves under it. @param {string[]} order */
function hang(order) {
  const wall = at("wall");
  if (wall.matches(":hover") || wall.contains(document.activeElement)) return;
  let next = wall.firstElementChild;
  for (const stream of order) {
    const { element } = /** @type {Card} */ (cards.get(stream));
    if (element === next) next = next.nextElementSibling;
    else wall.insertBefore(element, next);
  }
}

const end = new IntersectionObserver(
  (entries) => {
    if (!entries.at(-1)?.isIntersecting || cards.size < room) return;
    room += ROW;
    draw();
    end.unobserve(at("end")); // it tells again if the end is still in sight
    end.observe(at("end"));
  },
  { rootMargin: "600px" },
);
end.observe(at("end"));

at("search").addEventListener("input", () => {
  room = ROW;
  draw();
});

// ---------------------------------------------------------------------------------------------------------------------
// What everyone may do

/** @param {Card} card @param {"pause" | "resume" | "stop"} action */
async function act(card, action) {
  if (action === "stop" && !(await sure(card.film))) return;
  card.say("");
  try {
    const answer = await ask(`api/streams/${encodeURIComponent(card.film.stream)}/prompts`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ action }),
    });
    if (!answer.ok) return card.say(`Refused: ${(await refusal(answer)).message}`);
    const { href } = await answer.json();
    await follow(card, href.replace(/^\//, ""), action);
  } catch {
    card.say("Not sent: the server does not answer.");
  }
}

const CHANGED = { pause: "held", resume: "playing", stop: "ended" };

/** Until the film is so, or it is known why not. @param {Card} card @param {string} href @param {keyof CHANGED} action */
async function follow(card, href, action) {
  for (let n = 0; n < 20; n++) {
    await new Promise((done) => setTimeout(done, 300));
    const answer = await ask(href);
    const { progress, reason } = answer.ok ? await answer.json() : { progress: "", reason: "" };
    if (progress === "refused") return card.say(`Refused: ${reason}`);
    await look();
    if (card.film.status === CHANGED[action]) return;
  }
}

/** Is it to be stopped for everyone? @param {Film} film @returns {Promise<boolean>} */
function sure(film) {
  const dialog = /** @type {HTMLDialogElement} */ (at("sure"));
  const others = film.viewers ? ` ${film.viewers} ${film.viewers === 1 ? "is" : "are"} watching.` : "";
  at("sure-what").textContent = `“${film.prompt || film.stream}” comes to its end.${others}`;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) =>
    dialog.addEventListener("close", () => done(dialog.returnValue === "stop"), { once: true }),
  );
}

beginning(() => films);
pass.addEventListener("token", () => {
  thumbnails.renew();
  look();
});
document.addEventListener("visibilitychange", () => document.hidden || look());
setInterval(() => document.hidden || look(), EVERY);
look();
