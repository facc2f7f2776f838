// @ts-check
// The studio: one film, the words that steer it, the director's words, what was planned. The player does the playing
// (player.js); this page only listens to its events and sends wishes.

/** @type {<T extends HTMLElement = HTMLElement>(id: string) => T} */
const at = (id) => /** @type {any} */ (document.getElementById(id));

const root = new URL(".", location.href).href;
const STREAM_ID = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}"; // as the server has it (streamer/topics.py)
const asked = new URLSearchParams(location.search).get("stream") || "main";
const valid = new RegExp(`^${STREAM_ID}$`).test(asked);
const stream = valid ? asked : "main"; // no server knows another id: asking for it would be refused for ever
const player = /** @type {import("./player.js").StreamerVideo} */ (/** @type {unknown} */ (at("player")));

const EXAMPLES = [
  "a red fox runs through snow",
  "a blue boat at night",
  "a corgi surfs a giant wave at sunset",
  "three red balloons",
  "now it snows",
];

/** An element with a class and text. @param {string} tag @param {string} [name] @param {string} [text] */
function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = text;
  return element;
}

// ---------------------------------------------------------------------------------------------------------------------
// Wishes: sending → accepted → directing → on screen, or why not

const STEPS = ["accepted", "directing", "on_screen"];
const SAID = /** @type {Record<string, string>} */ ({
  accepted: "accepted",
  directing: "directing",
  on_screen: "on screen",
});
const ENDED = /** @type {Record<string, string>} */ ({
  merged: "A newer wish came at the same moment and was taken instead.",
  superseded: "A newer wish came before it was begun.",
  refused: "Refused",
  failed: "Not sent",
});
const SHOWN = 3; // wishes on the page

/**
 * @typedef {{words: string, id: string, progress: string, epoch: number, reason: string, element: HTMLElement}} Wish
 */
/** @type {Wish[]} newest first */
const wishes = [];

/** @param {string} words */
async function send(words) {
  /** @type {Wish} */
  const wish = { words, id: "", progress: "sending", epoch: 0, reason: "", element: make("li") };
  wishes.unshift(wish);
  at("wishes").prepend(wish.element);
  for (const old of wishes.splice(SHOWN)) old.element.remove();
  draw(wish);
  try {
    update(wish, await player.prompt(words));
  } catch (error) {
    update(wish, { progress: "failed", reason: /** @type {Error} */ (error).message });
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

/** @param {Wish} wish */
function draw({ words, progress, reason, element }) {
  element.dataset.progress = progress;
  const steps = make("span", "steps");
  const reached = STEPS.indexOf(progress);
  STEPS.forEach((step, index) => {
    const done = index < reached || progress === "on_screen";
    const now = !(progress in ENDED) && index === (progress === "sending" ? 0 : reached + 1);
    steps.append(make("span", done || index === reached ? "done" : now ? "now" : "", SAID[step]));
  });
  const ended = progress in ENDED && progress !== "merged" && progress !== "superseded";
  const why = make(
    "span",
    ended ? "why" : "note",
    [ENDED[progress], reason].filter(Boolean).join(ended ? ": " : " "),
  );
  element.replaceChildren(make("q", "", words), steps, ...(why.textContent ? [why] : []));
}

player.addEventListener("prompt", ({ detail }) => {
  const wish = wishes.find(({ id }) => id && id === detail.id);
  if (wish) update(wish, detail);
});

// What was said while the connection was away is asked for.
setInterval(async () => {
  for (const wish of wishes.filter(({ id, progress }) => id && STEPS.slice(0, 2).includes(progress))) {
    const path = `api/streams/${encodeURIComponent(stream)}/prompts/${encodeURIComponent(wish.id)}`;
    const answer = await fetch(root + path).catch(() => null);
    if (answer?.ok) update(wish, await answer.json());
  }
}, 3000);

at("wish").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = /** @type {HTMLInputElement} */ (at("words"));
  const words = input.value.trim();
  if (!words) return input.focus();
  input.value = "";
  send(words);
});

for (const words of EXAMPLES) {
  const chip = make("button", "", words);
  chip.setAttribute("type", "button");
  chip.addEventListener("click", () => send(words));
  at("examples").append(chip);
}

// ---------------------------------------------------------------------------------------------------------------------
// The film's state, and what everyone may do to it

/** @param {"pause" | "resume" | "stop"} action */
async function act(action) {
  try {
    const { progress, reason } = await player.prompt("", { action });
    if (progress === "refused") say(reason || `${action} was refused`);
  } catch (error) {
    say(/** @type {Error} */ (error).message);
  }
}

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

function state() {
  const { status } = player;
  const alive = status === "playing" || status === "held";
  at("pause").hidden = status === "held";
  at("resume").hidden = status !== "held";
  for (const id of ["pause", "stop"]) /** @type {HTMLButtonElement} */ (at(id)).disabled = !alive;
  at("ask").textContent = alive ? "What should happen now?" : "What should it show?";
  at("send").textContent = alive ? "Send" : "Begin";
  if (status === "waiting") say("No film yet. Write a sentence, or take one of the examples.");
  else if (status === "ended") say("The film is over. Write a sentence, and another one begins.");
}

/** @param {{prompt?: string}} detail */
function title({ prompt = "" }) {
  document.title = prompt ? `${prompt} · streamer` : "streamer";
}

player.addEventListener("status", ({ detail }) => {
  state();
  title(detail);
});

player.addEventListener("hello", () => about());
player.addEventListener("path", () => about());

function about() {
  const { hello, path, reason } = player;
  if (!hello || hello.status === "waiting") return;
  const line = [
    "Directed by ",
    make("b", "", hello.director || "nobody yet"),
    ", drawn by ",
    make("b", "", hello.engine + (hello.backend ? ` on ${hello.backend}` : "")),
    `, ${hello.width}×${hello.height} at ${hello.fps} frames a second, played by `,
    make("b", "", path),
    ".",
    hello.engine.startsWith("sketch") ? " This is a sketch preview: it shows what the director planned." : "",
    reason ? ` (${reason}.)` : "",
  ];
  at("about").replaceChildren(...line);
}

// ---------------------------------------------------------------------------------------------------------------------
// The director's words, and the plan over the picture

const LOGGED = 40;
/** @type {{pts: number, description: any} | null} */ let shown = null;
/** @type {Map<string, {noun: string, way: Way}>} */ let ways = new Map(); // how the objects of the plan move

/**
 * One box on its way to where a description wants it: the same curve as the worker's (streamer/worker/motion.py), so
 * that the plan lies on the picture.
 */
class Way {
  static COAST = 0.7; // of the mean speed is left at the end
  static REST = 0.5; // seconds in which that dies away

  /** @param {number[]} start @param {number[]} speed @param {number[]} end @param {number} duration seconds */
  constructor(start, speed, end, duration) {
    this.start = start;
    this.end = end;
    this.duration = duration;
    this.endSpeed = end.map((x, i) => (Way.COAST * (x - start[i])) / duration);
    this.startSpeed = speed.map((v, i) => {
      const bound = (1.5 * Math.abs(end[i] - start[i]) + 0.15) / duration;
      return Math.max(-bound, Math.min(bound, v));
    });
  }

  /** Box and speed. @param {number} phase seconds since the description began */
  at(phase) {
    const { start, end, startSpeed, endSpeed, duration } = this;
    if (phase >= duration) {
      const left = Math.exp((duration - phase) / Way.REST);
      return { box: end.map((x, i) => x + endSpeed[i] * Way.REST * (1 - left)), speed: endSpeed.map((v) => v * left) };
    }
    const u = phase / duration;
    const part = u * u * (3 - 2 * u);
    const [first, last] = [u * (1 - u) * (1 - u) * duration, -u * u * (1 - u) * duration];
    const [way, early, late] = [(6 * u * (1 - u)) / duration, (1 - u) * (1 - 3 * u), u * (3 * u - 2)];
    return {
      box: start.map((x, i) => x + (end[i] - x) * part + first * startSpeed[i] + last * endSpeed[i]),
      speed: start.map((x, i) => way * (end[i] - x) + early * startSpeed[i] + late * endSpeed[i]),
    };
  }
}

/** Minutes and seconds of film. @param {number} pts */
const clock = (pts) => `${Math.floor(pts / 5_400_000)}:${String(Math.floor(pts / 90_000) % 60).padStart(2, "0")}`;

player.addEventListener("description", ({ detail }) => {
  const { pts, description } = detail;
  const phase = shown ? (pts - shown.pts) / 90_000 : 0;
  shown = detail;
  ways = new Map(
    (description.objects ?? []).map((/** @type {any} */ { id, noun, box }) => {
      const old = description.transition === "cut" ? undefined : ways.get(id);
      const { box: start, speed } = old && old.noun === noun ? old.way.at(phase) : { box, speed: [0, 0, 0, 0] };
      return [id, { noun, way: new Way(start, speed, box, description.duration) }];
    }),
  );
  const caption = at("caption");
  caption.textContent = caption.title = description.text; // the title has it whole where the lines end
  caption.classList.remove("new");
  void caption.offsetWidth; // starts the animation again
  caption.classList.add("new");
  const item = make("li");
  const time = make("time", "", clock(pts));
  item.append(time, description.action || description.text); // what is new; the whole stands under the picture
  item.title = description.text;
  if (description.source === "fallback") item.append(make("small", "", "stand-in"));
  at("log").prepend(item);
  while (at("log").children.length > LOGGED) at("log").lastElementChild?.remove();
});

player.addEventListener("epoch", ({ detail }) => {
  for (const wish of wishes) {
    if (wish.progress === "directing" && wish.epoch && wish.epoch <= detail.epoch)
      update(wish, { progress: "on_screen" });
  }
  if (detail.prompt) at("log").prepend(make("li", "turn", `“${detail.prompt}”`));
});

/** The colour of an object's box: its id decides, so that it can be followed. @param {string} id */
function hue(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${sum} 90% 72%)`;
}

/** @type {Map<string, HTMLElement>} */
const boxes = new Map();

function plan() {
  if (at("plan").hidden) return;
  requestAnimationFrame(plan);
  const layer = at("plan");
  const objects = shown?.description.objects ?? [];
  const phase = shown ? Math.max(0, (player.pts - shown.pts) / 90_000) : 0;
  for (const [id, box] of boxes) {
    if (!objects.some((/** @type {any} */ object) => object.id === id)) {
      box.remove();
      boxes.delete(id);
    }
  }
  for (const object of objects) {
    let box = boxes.get(object.id);
    if (!box) {
      boxes.set(object.id, (box = make("div", "box")));
      box.append(make("span"));
      box.style.setProperty("--hue", hue(object.id));
      layer.append(box);
    }
    const [x, y, w, h] = ways.get(object.id)?.way.at(phase).box ?? object.box;
    box.classList.toggle("high", y < 0.06);
    box.style.left = `${x * 100}%`;
    box.style.top = `${y * 100}%`;
    box.style.width = `${w * 100}%`;
    box.style.height = `${h * 100}%`;
    const words = [object.look, object.noun, object.action && `· ${object.action}`].filter(Boolean).join(" ");
    if (box.firstElementChild && box.firstElementChild.textContent !== words) box.firstElementChild.textContent = words;
  }
  const { camera: moves, shot = 0 } = shown?.description ?? {};
  camera.textContent = `camera: ${moves?.movement ?? "static"} · shot ${shot}`;
  elapsed.style.transform = `scaleX(${shown ? Math.min(1, phase / shown.description.duration) : 0})`;
}
const camera = make("div", "camera");
const elapsed = make("div", "elapsed");
at("plan").append(camera, elapsed);

/** @param {boolean} [on] */
function togglePlan(on = at("plan").hidden) {
  at("plan").hidden = !on;
  at("toggle-plan").setAttribute("aria-pressed", `${on}`);
  plan();
}

function toggleStats() {
  at("toggle-stats").setAttribute("aria-pressed", `${player.toggleAttribute("stats")}`);
}
new MutationObserver(() => at("toggle-stats").setAttribute("aria-pressed", `${player.hasAttribute("stats")}`)).observe(
  player,
  { attributeFilter: ["stats"] },
);
at("toggle-plan").addEventListener("click", () => togglePlan());
at("toggle-stats").addEventListener("click", toggleStats);

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

// ---------------------------------------------------------------------------------------------------------------------
// Films, embed code, saving, keys

async function films() {
  const answer = await fetch(`${root}api/streams`).catch(() => null);
  /** @type {any[]} */
  const list = answer?.ok ? (await answer.json()).streams : [];
  if (!list.some((film) => film.stream === stream))
    list.unshift({ stream, status: player.status, viewers: 0, prompt: "" });
  if (at("films").querySelector("input")) return; // somebody is naming a film
  const items = list.map((film) => {
    const link = document.createElement("a");
    link.href = `?stream=${encodeURIComponent(film.stream)}`;
    link.title = film.prompt;
    if (film.stream === stream) link.setAttribute("aria-current", "page");
    const watching = film.viewers ? `${film.viewers} watching` : film.status;
    link.append(make("i", film.status), make("span", "", film.stream), make("small", "", watching));
    const item = make("li");
    item.append(link);
    return item;
  });
  const more = make("li");
  const button = make("button", "", "+ new film");
  button.addEventListener("click", () => more.replaceChildren(naming()));
  more.append(button);
  at("films").replaceChildren(...items, more);
  more.querySelector("input")?.focus();
}

/** The form that opens another film. */
function naming() {
  const form = document.createElement("form");
  form.method = "get";
  const input = document.createElement("input");
  Object.assign(input, { name: "stream", placeholder: "its name", required: true, maxLength: 64 });
  input.pattern = STREAM_ID;
  input.title = "1 to 64 letters, digits, dots, underscores, hyphens; a letter or a digit first";
  input.setAttribute("aria-label", "The new film's name");
  input.addEventListener("blur", () => {
    if (!input.value) {
      form.remove();
      films();
    }
  });
  form.append(input);
  requestAnimationFrame(() => input.focus());
  return form;
}

function codes() {
  const { width, height } = player.hello?.width ? player.hello : { width: 512, height: 512 };
  at("code-tag").textContent =
    `<script type="module" src="${root}player.js"></script>\n` +
    `<streamer-video stream="${stream}" controls captions></streamer-video>`;
  at("code-frame").textContent =
    `<iframe src="${root}embed/${encodeURIComponent(stream)}?captions=1" width="${width}" height="${height}"\n` +
    `  frameborder="0" allow="autoplay; fullscreen" title="Live film"></iframe>`;
}

at("share").addEventListener("click", () => {
  codes();
  /** @type {HTMLDialogElement} */ (at("embed")).showModal();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const code = at(/** @type {HTMLElement} */ (button).dataset.copy ?? "");
    try {
      await navigator.clipboard.writeText(code.textContent ?? "");
      button.textContent = "Copied";
    } catch {
      // No clipboard without a secure context: select it, so that one key copies it.
      getSelection()?.selectAllChildren(code);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy embed code"), 2500);
  });
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
  b: () => togglePlan(),
  i: toggleStats,
  c: () => void player.toggleAttribute("captions"),
  k: () => (player.hasAttribute("paused") ? player.play() : player.pause()),
  f: () => void (document.fullscreenElement ? document.exitFullscreen() : player.requestFullscreen()),
  s: save,
};
addEventListener("keydown", (event) => {
  const typing = event
    .composedPath()
    .some((node) => node instanceof HTMLInputElement || node instanceof HTMLDialogElement);
  if (event.key === "Escape" && typing) /** @type {HTMLElement} */ (document.activeElement)?.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

if (!valid) {
  const shown = asked.length > 70 ? `${asked.slice(0, 70)}…` : asked;
  at("sorry").textContent =
    `“${shown}” is no name of a film: it takes 1 to 64 letters, digits, dots, underscores or hyphens, ` +
    "a letter or a digit first. This is “main” instead.";
  at("sorry").hidden = false;
}
player.setAttribute("stream", stream);
state();
films();
setInterval(() => document.hidden || films(), 5000);

export {};
