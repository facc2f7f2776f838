// @ts-check
// The token that lets this page in, where the server asks for one (setting `token_key`): it comes by #token=, by ?token=
// or by the form that appears when it is missing, stays as long as the tab, and goes along with all that is asked.

import { at, make, root } from "./page.js";

const KEY = "streamer-token";

/** What a token is written in, and no more: share.js puts it into code that is copied. */
const TOKEN = /^[\w.~-]{1,4096}$/;

/** Where a browser keeps nothing for this page, the token lives as long as the page. */
const store = {
  get: () => {
    try {
      return sessionStorage.getItem(KEY) ?? "";
    } catch {
      return "";
    }
  },
  /** @param {string} token */
  set: (token) => {
    try {
      sessionStorage.setItem(KEY, token);
    } catch {
      // it is in `held`
    }
  },
};

/** Tells `token` when somebody gave another one. */
export const pass = new EventTarget();

let held = kept(store.get());

/** @param {string} token @returns {string} "" for what is none */
function kept(token) {
  return TOKEN.test(token) ? token : "";
}

/** Take the token of the address: whoever copies that does not give it away unawares. */
function take() {
  const url = new URL(location.href);
  const hash = new URLSearchParams(url.hash.slice(1));
  const given = hash.get("token") ?? url.searchParams.get("token");
  if (given === null) return;
  url.searchParams.delete("token");
  if (hash.has("token")) url.hash = "";
  history.replaceState(history.state, "", url);
  if (!kept(given) || given === held) return;
  use(given);
}

/** @param {string} token */
function use(token) {
  held = token;
  store.set(held);
  pass.dispatchEvent(new Event("token"));
}

take();
addEventListener("hashchange", take); // a link of ours to the page that is open

/** @returns {string} "" where there is none */
export const token = () => held;

/**
 * The address of a page of ours, with the token, for a tab that has none yet. Behind the #, no server and no proxy
 * hears of it, so no log has it.
 * @param {string} path
 */
export function page(path) {
  const url = new URL(path, root);
  if (held) url.hash = `token=${held}`;
  return url.href;
}

/** An address with the token, for programs, which read no further than the #. @param {string} path */
export function shared(path) {
  const url = new URL(path, root);
  if (held) url.searchParams.set("token", held);
  return url.href;
}

/**
 * `fetch` below the root. Where the server asks for a token, the form appears, and the answer is returned as it is.
 * @param {string} path @param {RequestInit} [init]
 */
export async function ask(path, init = {}) {
  const headers = new Headers(init.headers);
  if (held) headers.set("Authorization", `Bearer ${held}`);
  const answer = await fetch(new URL(path, root), { signal: AbortSignal.timeout(15_000), ...init, headers });
  if (answer.status === 401 || answer.status === 403) {
    const { error } = await answer
      .clone()
      .json()
      .catch(() => ({})); // a proxy's is no JSON
    if (error?.code === "token") demand(error.message);
  }
  return answer;
}

/** What the server said of a refusal. @param {Response} answer @returns {Promise<{message: string, field: string}>} */
export async function refusal(answer) {
  const { error } = await answer.json().catch(() => ({}));
  const later = answer.headers.get("Retry-After");
  const words = `the server answered ${answer.status}${later ? `, again in ${later} s` : ""}`;
  return { message: error?.message ?? words, field: error?.field ?? "" };
}

/** Ask for a token. @param {string} why the server's words */
export function demand(why) {
  const form = document.getElementById("pass") ?? build();
  say(form, why);
}

/** Only what is new: it is read out when it is written. @param {HTMLElement} form @param {string} why */
function say(form, why) {
  const line = /** @type {HTMLElement} */ (form.querySelector("small"));
  if (line.textContent !== why) line.textContent = why;
}

function build() {
  const form = document.createElement("form");
  form.id = "pass";
  const label = make("label", "", "This needs a token");
  label.setAttribute("for", "token");
  const input = document.createElement("input");
  Object.assign(input, { id: "token", type: "password", autocomplete: "off", spellcheck: false, required: true });
  const send = make("button", "primary", "Use it");
  const line = make("div", "line");
  line.append(input, send);
  const why = make("small");
  why.setAttribute("role", "alert");
  form.append(label, line, why, make("small", "", "Whoever runs this server can make one: streamer token"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const token = input.value.trim();
    if (!kept(token)) return say(form, "That is no token: it has letters, digits, and . _ ~ - between them.");
    form.remove();
    use(token);
  });
  at("sorry").before(form);
  return form;
}
