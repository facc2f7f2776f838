// @ts-check
// A film on the wall of the lobby. What it shows are words of strangers: they are set as text, each on its own.

import { make, press } from "./page.js";
import { page } from "./pass.js";
import { alive, label, resumable, why } from "./status.js";

let made = 0; // cards, for their ids

/** @typedef {import("./status.js").Film} Film */

export class Card {
  /** @type {Film} */ film = { stream: "", status: "" };
  #said = ""; // why somebody's wish was refused
  #img = document.createElement("img");
  #state = make("span", "state");
  #viewers = make("span", "viewers");
  #title = document.createElement("a");
  #now = make("p", "now");
  #why = make("p", "why");
  #name = make("code");
  /** @type {Record<"pause" | "resume" | "stop", HTMLButtonElement>} */ #buttons;

  /**
   * @param {Film} film
   * @param {(card: Card, action: "pause" | "resume" | "stop") => Promise<void>} act
   */
  constructor(film, act) {
    const button = (/** @type {"pause" | "resume" | "stop"} */ action, /** @type {string} */ text) => {
      const made = press(text, async () => {
        made.disabled = true; // one press, one wish
        await act(this, action);
        this.show(this.film);
      });
      made.dataset.action = action;
      return made;
    };
    this.#buttons = {
      pause: button("pause", "Pause"),
      resume: button("resume", "Resume"),
      stop: button("stop", "Stop"),
    };
    const id = `film-${++made}`;
    this.element = make("li");
    const article = document.createElement("article");
    article.setAttribute("aria-labelledby", id);
    this.#img.alt = "";
    this.#img.hidden = true;
    this.#img.decoding = "async";
    const picture = document.createElement("div");
    picture.className = "picture";
    picture.append(this.#img, this.#state, this.#viewers);
    const title = make("h3");
    this.#title.id = id;
    title.append(this.#title);
    const foot = make("div", "foot");
    const tools = make("div", "tools");
    tools.append(...Object.values(this.#buttons));
    foot.append(this.#name, tools);
    this.#why.setAttribute("role", "status");
    article.append(picture, title, this.#now, this.#why, foot);
    this.element.append(article);
    this.show(film);
  }

  get img() {
    return this.#img;
  }

  /** What shows, in a word: another one means that a still is old. */
  get scene() {
    return `${this.film.status} ${this.film.epoch ?? 0}`;
  }

  /** @param {Film} film */
  show(film) {
    this.film = film;
    const { stream, status, prompt = "", viewers = 0, description } = film;
    const title = prompt || stream;
    const begun = Boolean(description);
    this.element.dataset.status = status;
    this.element.dataset.stream = stream;
    set(this.#title, title);
    this.#title.title = title; // whole, where the lines end
    this.#title.href = page(`streams/${encodeURIComponent(stream)}`);
    set(this.#state, label(film));
    set(this.#viewers, viewers ? `${viewers} watching` : "");
    set(this.#now, description?.action || description?.text || "");
    this.#now.title = description?.text ?? "";
    set(this.#why, this.#said || why(film, begun));
    this.#why.classList.toggle("refused", Boolean(this.#said));
    set(this.#name, stream);
    const { pause, resume, stop } = this.#buttons;
    pause.hidden = status !== "playing";
    resume.hidden = !resumable(film);
    stop.hidden = !alive(status, begun);
    for (const button of [pause, resume, stop]) {
      button.disabled = false;
      button.setAttribute("aria-label", `${button.textContent}: ${title}`);
    }
  }

  /** @param {string} words why not; "" when all is well again */
  say(words) {
    this.#said = words;
    this.show(this.film);
  }

  /** Is it one of those with such words? @param {Film} film @param {string[]} words in lower case */
  static matches(film, words) {
    const { stream, prompt = "", description } = film;
    const all = `${stream} ${prompt} ${description?.text ?? ""} ${label(film)}`.toLowerCase();
    return words.every((word) => all.includes(word));
  }
}

/** Only what changed is written: it would be read out. @param {HTMLElement} element @param {string} text */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}
