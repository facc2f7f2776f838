// @ts-check
// The studio: one film, the words that steer it (wishes.js, offers.js), the director's words, what was planned (plan.js),
// who is at work (about.js), the film elsewhere (share.js). The player does the playing (player.js); this page only listens to its events and sends wishes.

import "./about.js";
import { offers } from "./offers.js";
import { asked, at, make, player, stream } from "./page.js";
import { ask, demand, page, pass, token } from "./pass.js";
import { togglePlan } from "./plan.js";
import "./share.js";
import { alive, first, label, resumable, why } from "./status.js";

// ---------------------------------------------------------------------------------------------------------------------
// The film's state, and what everyone may do to it

/** @type {Map<string, string>} actions that were accepted, by their ids: the director may still refuse them */
const acts = new Map();

/** @param {"pause" | "resume" | "stop"} action */
async function act(action) {
  try {
    const answer = await player.prompt("", { action });
    acts.set(answer.id, action);
    acted(answer);
  } catch (error) {
    say(/** @type {Error} */ (error).message);
  }
}

/** @param {{id: string, progress: string, reason?: string}} news of anybody's wish */
function acted({ id, progress, reason }) {
  const action = acts.get(id);
  if (!action || progress === "accepted") return;
  acts.delete(id);
  if (progress === "refused") say(reason || `${action} was refused`);
}
player.addEventListener("prompt", ({ detail }) => acted(detail));

/** A line under the picture until the director speaks again. @param {string} text */
function say(text) {
  at("caption").textContent = at("caption").title = text;
}

let sure = 0; // stopping is for everyone: the second press within 3 s does it
at("stop").addEventListener("click", () => {
  const stop = at("stop");
  const confirmed = stop.classList.toggle("sure");
  stop.textContent = confirmed ? "Stop for everyone?" : "Stop";
  clearTimeout(sure);
  if (!confirmed) act("stop");
  else {
    sure = setTimeout(() => {
      stop.classList.remove("sure");
      stop.textContent = "Stop";
    }, 3000);
  }
});
at("pause").addEventListener("click", () => act("pause"));
at("resume").addEventListener("click", () => act("resume"));

/** @param {{status: string, reason?: string, note?: string, prompt?: string}} film */
function state({ status, reason = "", note = "", prompt = "" }) {
  const film = { status, reason, note };
  const begun = player.pts >= 0;
  const lives = alive(status, begun);
  at("pause").hidden = status === "held";
  at("resume").hidden = status !== "held" || !resumable(film);
  for (const id of ["pause", "stop"]) /** @type {HTMLButtonElement} */ (at(id)).disabled = !lives;
  at("ask").textContent = lives ? "What should happen now?" : "What should it show?";
  at("send").textContent = lives ? "Send" : "Begin";
  /** @type {HTMLInputElement} */ (at("words")).placeholder = lives ? "now it rains" : "a red fox in the snow";
  offers(lives, status === "waiting" && !begun && !prompt && !reason);
  if (status === "waiting" && !begun) say("No film yet. Write a sentence, or take one of the examples.");
  else if (status === "waiting")
    say(why(film, begun)); // the last picture stays
  else if (status === "ended") {
    const how = reason === "length" ? ": it was as long as asked for" : "";
    say(`The film is over${how}. Write a sentence, and another one begins.`);
  }
  // Why a film rests, the player says itself, over the picture.
  const trouble = status === "playing" && note;
  const begin = "The LLM does not direct at the moment, stand-in descriptions carry the film on: ";
  const line = trouble ? begin + note : "";
  if (at("note").textContent === line) return; // it is read out when written
  at("note").title = line;
  at("note").replaceChildren(...(trouble ? [begin, make("bdi", "", note)] : []));
}

/** @param {{prompt?: string}} detail */
function title({ prompt = "" }) {
  document.title = prompt ? `${prompt} · streamer` : "streamer";
}

player.addEventListener("status", ({ detail }) => {
  state(detail);
  title(detail);
});

// ---------------------------------------------------------------------------------------------------------------------
// The director's words

const LOGGED = 40; // words of his that stay on the page

/** Minutes and seconds of film. @param {number} pts */
const clock = (pts) => `${Math.floor(pts / 5_400_000)}:${String(Math.floor(pts / 90_000) % 60).padStart(2, "0")}`;

player.addEventListener("description", ({ detail }) => {
  const { pts, description } = detail;
  const caption = at("caption");
  caption.textContent = caption.title = description.text; // the title has it whole where the lines end
  caption.classList.remove("new");
  void caption.offsetWidth; // starts the animation again
  caption.classList.add("new");
  const item = make("li");
  const time = make("time", "", clock(pts));
  const news = description.action || description.text; // what is new; the whole stands under the picture
  item.append(time, make("bdi", "", news));
  item.title = description.text;
  if (description.source === "fallback") item.append(make("small", "", "stand-in"));
  at("log").prepend(item);
  while (at("log").children.length > LOGGED) at("log").lastElementChild?.remove();
});

player.addEventListener("epoch", ({ detail }) => {
  if (!detail.prompt) return;
  const turn = make("li", "turn");
  turn.append("“", make("bdi", "", detail.prompt), "”");
  at("log").prepend(turn);
});

// ---------------------------------------------------------------------------------------------------------------------
// The light, the figures

// The picture's light on the wall behind it: a few pixels, which the browser smooths as it makes them large; the clear
// ones around them let it fade. A CSS blur would be worked out again for every frame of the film.
setInterval(() => {
  const picture = player.shadowRoot?.querySelector("canvas, video");
  if (player.pts < 0 || document.hidden || !picture) return;
  const glow = /** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (at("glow"))).getContext("2d");
  if (!glow) return;
  glow.globalAlpha = 0.6; // old light fades; weaker steps would end in the rounding, off in colour
  glow.imageSmoothingQuality = "high"; // else a few pixels speak for all
  glow.drawImage(/** @type {HTMLCanvasElement} */ (picture), 1, 1, 20, 12);
}, 250);

const toggleStats = () => void player.toggleAttribute("stats");
at("toggle-stats").addEventListener("click", toggleStats);
// The button shows how it is, whoever toggles it: the player has a button and a key of its own.
new MutationObserver(() => at("toggle-stats").setAttribute("aria-pressed", `${player.hasAttribute("stats")}`)).observe(
  player,
  { attributeFilter: ["stats"] },
);

// ---------------------------------------------------------------------------------------------------------------------
// Films, saving, keys

const LISTED = 3; // other films, beside this one; the lobby has them all

async function films() {
  const answer = await ask("api/streams").catch(() => null);
  /** @type {import("./status.js").Film[]} */
  const list = answer?.ok ? (await answer.json()).streams : [];
  const own = list.find((film) => film.stream === stream) ?? { stream, status: player.status, viewers: 0, prompt: "" };
  const others = list.filter((film) => film.stream !== stream).sort(first);
  const links = [own, ...others.slice(0, LISTED)].map((film) => {
    const link = document.createElement("a");
    link.href = page(`streams/${encodeURIComponent(film.stream)}`);
    link.title = film.prompt ?? "";
    if (film.stream === stream) link.setAttribute("aria-current", "page");
    const watching = film.status === "playing" && film.viewers ? `${film.viewers} watching` : label(film);
    link.append(make("i", film.status), make("span", "", film.stream), make("small", "", watching));
    return link;
  });
  const lobby = document.createElement("a");
  lobby.href = page("streams");
  lobby.className = "lobby";
  lobby.textContent = others.length > LISTED ? `All ${others.length + 1} films` : "All films";
  const items = [...links, lobby].map((link) => {
    const item = make("li");
    item.append(link);
    return item;
  });
  const focused = [...at("films").querySelectorAll("a")].indexOf(/** @type {any} */ (document.activeElement));
  at("films").replaceChildren(...items);
  if (focused >= 0) at("films").querySelectorAll("a")[Math.min(focused, items.length - 1)].focus();
}

async function save() {
  try {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await player.screenshot());
    link.download = `${stream}-${clock(player.pts).replace(":", "m")}s.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  } catch (error) {
    say(/** @type {Error} */ (error).message);
  }
}
at("shot").addEventListener("click", save);

/** @type {Record<string, () => void>} */
const KEYS = {
  "/": () => at("words").focus(),
  b: togglePlan,
  i: toggleStats,
  c: () => void player.toggleAttribute("captions"),
  k: () => (player.hasAttribute("paused") ? player.play() : player.pause()),
  f: () => void (document.fullscreenElement ? document.exitFullscreen() : player.requestFullscreen()),
  s: save,
};
addEventListener("keydown", (event) => {
  const typing = event
    .composedPath()
    .some((node) => [HTMLInputElement, HTMLSelectElement, HTMLDialogElement].some((kind) => node instanceof kind));
  if (event.key === "Escape" && typing) /** @type {HTMLElement} */ (document.activeElement)?.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

if (asked !== stream) {
  const shown = asked.length > 70 ? `${asked.slice(0, 70)}…` : asked;
  at("sorry").append(
    "“",
    make("bdi", "", shown),
    "” is no name of a film: it takes 1 to 64 letters, digits, dots, underscores or hyphens, " +
      "a letter or a digit first. This is “main” instead.",
  );
  at("sorry").hidden = false;
}
// Where a token is needed, the server says so to the player, too.
player.addEventListener("error", ({ detail }) => {
  if (detail.code === "token") demand(detail.message);
});
function come() {
  if (token()) player.token = token();
  player.setAttribute("stream", stream);
  films();
}
pass.addEventListener("token", come);
state({ status: player.status });
come();
setInterval(() => document.hidden || films(), 5000);
