// @ts-check
// The form of the lobby that begins a film: words, perhaps a name, perhaps options. Its page opens when the director has
// taken it up.

import { card, FILMS, some } from "./examples.js";
import { complain, options } from "./options.js";
import { at, make, STREAM_ID } from "./page.js";
import { ask, page, refusal } from "./pass.js";
import { alive, nameFor, sentence } from "./status.js";

const PATIENCE = 60; // questions, half a second apart

const OFFERED = 6; // examples, where the wall is empty

/** @param {() => Map<string, import("./status.js").Film>} films those that are known */
export function beginning(films) {
  const words = /** @type {HTMLInputElement} */ (at("words"));
  const name = /** @type {HTMLInputElement} */ (at("name"));

  at("begin").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (!text) return words.focus();
    const stream = name.value.trim() || nameFor(text, (made) => films().has(made));
    name.setCustomValidity("");
    if (!new RegExp(`^${STREAM_ID}$`).test(stream)) {
      /** @type {HTMLDetailsElement} */ (at("more")).open = true;
      name.focus();
      return say(
        "A name takes 1 to 64 letters, digits, dots, underscores or hyphens, a letter or a digit first.",
        true,
      );
    }
    const known = films().get(stream);
    if (known && alive(known.status, Boolean(known.description)))
      return say(`“${stream}” plays already: it can be bent on its page. `, true, stream);
    await send(stream, text);
  });

  /** @param {string} example */
  const take = (example) => {
    words.value = example;
    /** @type {HTMLFormElement} */ (at("begin")).requestSubmit();
  };
  at("examples").append(...some(FILMS.length, OFFERED, 0).map((index) => card(index, take)));

  /** @param {string} stream @param {string} prompt */
  async function send(stream, prompt) {
    const button = /** @type {HTMLButtonElement} */ (at("send"));
    button.disabled = true;
    say("Sending…");
    try {
      const answer = await ask(`api/streams/${encodeURIComponent(stream)}/prompts`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ prompt, action: "play", options: options() }),
      });
      if (!answer.ok) {
        const { message, field } = await refusal(answer);
        return say(`Refused: ${complain(field, message) || message}`, true);
      }
      const { href } = await answer.json();
      await follow(href.replace(/^\//, ""), stream);
    } catch {
      say("Not sent: the server does not answer.", true);
    } finally {
      button.disabled = false;
    }
  }

  /** @param {string} href of the wish, below the root @param {string} stream */
  async function follow(href, stream) {
    say("Accepted. The director thinks of the first pictures…");
    for (let n = 0; n < PATIENCE; n++) {
      await new Promise((done) => setTimeout(done, 500));
      const answer = await ask(href).catch(() => null);
      const { progress, reason } = answer?.ok ? await answer.json() : { progress: "", reason: "" };
      if (progress === "directing" || progress === "on_screen") {
        location.assign(page(`streams/${encodeURIComponent(stream)}`));
        return;
      }
      if (progress === "refused") return say(`Refused: ${reason}`, true);
      if (reason) say(`Accepted, but ${reason}. `, false, stream);
    }
    say("Accepted, but nobody has taken it up yet. ", false, stream);
  }

  /** @param {string} line @param {boolean} [bad] @param {string} [stream] whose page may be opened */
  function say(line, bad = false, stream = "") {
    const progress = at("progress");
    progress.classList.toggle("bad", bad);
    progress.replaceChildren(make("bdi", "", sentence(line).replace(/ \.$/, "")));
    if (!stream) return;
    const link = document.createElement("a");
    link.href = page(`streams/${encodeURIComponent(stream)}`);
    link.textContent = "Open it";
    progress.append(" ", link);
  }
}
