// @ts-check
// The token that lets this page in, where the server asks for one (setting `token_key`): it comes by ?token= or by the
// form that appears when it is missing, stays as long as the tab, and goes along with all that is asked.

import { at, make, root } from "./page.js";

const KEY = "streamer-token";

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

const given = new URL(location.href);
let held = given.searchParams.get("token") ?? store.get();
if (given.searchParams.has("token")) {
  store.set(held);
  given.searchParams.delete("token");
  history.replaceState(history.state, "", given); // whoever copies the address does not give it away unawares
}

/** Tells `token` when somebody gave another one. */
export const pass = new EventTarget();

/** @returns {string} "" where there is none */
export const token = () => held;

/** The address of a page of ours, with the token, for a tab that has none yet. @param {string} path */
export function page(path) {
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
  form.querySelector("small")?.replaceChildren(why);
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
    held = input.value.trim();
    store.set(held);
    form.remove();
    pass.dispatchEvent(new Event("token"));
  });
  at("sorry").before(form);
  return form;
}
