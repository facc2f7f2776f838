// @ts-check
/**
 * The page of /embed/ID: the player alone, told by the query how to look and by the page around it what to do.
 *
 * Query       `controls` (1), `captions` (0), `stats` (0), `paused` (0): 0 or 1; `path`: webcodecs, mse, mjpeg;
 *             `token`; `background`, `text`, `veil`, `accent`: CSS colours; `radius`: a CSS length.
 * Messages    docs/reference/player.md. Only `window.parent` is heard, and only its origin is answered: a browser
 *             vouches for both, and frame-ancestors (setting `allowed_origins`) has said before that it may embed the film.
 *
 * First the pure part, which `node --test` tests.
 */

/** In every message of ours, and of theirs: other scripts of the page talk to frames, too. */
export const MARK = "streamer-video";

const SWITCHES = { controls: "1", captions: "0", stats: "0", paused: "0" };
const COLOURS = ["background", "text", "veil", "accent"];

/** What a page may set, by attribute of the player. */
const SETTABLE = new Set([...Object.keys(SWITCHES), "path", "token"]);

/** The player's events that a page may subscribe to. */
export const EVENTS = [
  "hello",
  "status",
  "epoch",
  "description",
  "prompt",
  "firstframe",
  "path",
  "connection",
  "error",
  "pictureinpicture",
];

/**
 * The player's attributes and CSS variables by a query.
 * @param {string} query
 * @param {(property: string, value: string) => boolean} supports is it CSS?
 */
export function look(query, supports) {
  const options = new URLSearchParams(query);
  /** @type {Record<string, string | null>} */
  const attributes = {};
  for (const [name, standard] of Object.entries(SWITCHES)) {
    attributes[name] = ["0", "false"].includes(options.get(name) ?? standard) ? null : "";
  }
  for (const name of ["path", "token"]) attributes[name] = options.get(name) || null;
  /** @type {Record<string, string>} */
  const variables = {};
  for (const name of [...COLOURS, "radius"]) {
    const value = options.get(name) ?? "";
    const property = name === "radius" ? "border-radius" : "color";
    if (value && supports(property, value)) variables[`--streamer-${name}`] = value;
  }
  return { attributes, variables };
}

/**
 * @typedef {{do: "play" | "pause" | "screenshot" | "state"}
 *   | {do: "prompt", prompt: string, options: Record<string, unknown>}
 *   | {do: "set", name: string, value: string | null}
 *   | {do: "subscribe" | "unsubscribe", events: string[]}} Order
 */

/**
 * What a message of the page asks for. null: it is none of ours, or has no id that an answer could name; nobody
 * answers those.
 * @param {unknown} data
 * @returns {{id: string, order: Order | null, fault: string} | null} `fault`: why there is no order
 */
export function orderOf(data) {
  if (typeof data !== "object" || data === null) return null;
  const message = /** @type {Record<string, unknown>} */ (data);
  const { id, name, value, prompt, options = {}, events = EVENTS } = message;
  if (message.to !== MARK || typeof id !== "string" || !id || id.length > 64) return null;
  /** @param {string} fault */
  const no = (fault) => ({ id, order: null, fault });
  /** @param {Order} order */
  const yes = (order) => ({ id, order, fault: "" });
  switch (message.do) {
    case "play":
    case "pause":
    case "screenshot":
    case "state":
      return yes({ do: message.do });
    case "prompt":
      if (typeof prompt !== "string") return no("prompt: expected a string");
      if (typeof options !== "object" || options === null) return no("options: expected an object");
      return yes({ do: "prompt", prompt, options: /** @type {Record<string, unknown>} */ (options) });
    case "set": {
      if (typeof name !== "string" || !SETTABLE.has(name)) return no(`name: expected ${[...SETTABLE].join(", ")}`);
      const wanted = name in SWITCHES ? "boolean" : "string";
      if (typeof value !== wanted) return no(`value: ${name} takes a ${wanted}`);
      return yes({ do: "set", name, value: value === false || value === "" ? null : value === true ? "" : `${value}` });
    }
    case "subscribe":
    case "unsubscribe":
      if (!Array.isArray(events) || !events.every((event) => EVENTS.includes(event))) {
        return no(`events: expected some of ${EVENTS.join(", ")}`);
      }
      return yes({ do: message.do, events });
    default:
      return no("do: expected play, pause, prompt, screenshot, set, state, subscribe, unsubscribe");
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The page

/** @param {import("./player.js").StreamerVideo} player @param {Order} order @returns {unknown} what is answered */
function carryOut(player, order) {
  switch (order.do) {
    case "play":
      return player.play();
    case "pause":
      return player.pause();
    case "screenshot":
      return player.screenshot();
    case "state": {
      const { status, epoch, description, pts, path, reason, connected, stats } = player;
      return { status, epoch, description, pts, path, reason, connected, stats };
    }
    case "prompt":
      return player.prompt(order.prompt, order.options);
    case "set":
      if (order.name === "token") player.token = order.value ?? "";
      else if (order.value === null) player.removeAttribute(order.name);
      else player.setAttribute(order.name, order.value);
  }
  return undefined;
}

/** @param {import("./player.js").StreamerVideo} player */
function listen(player) {
  /** @type {Map<string, string>} the events that the page wants → its origin */
  const wanted = new Map();
  /** @param {object} message @param {string} origin */
  const tell = (message, origin) => window.parent.postMessage({ from: MARK, ...message }, origin);

  addEventListener("message", async ({ source, origin, data }) => {
    // A page without an origin ("null": sandboxed, a file) could not be answered alone.
    if (source !== window.parent || source === window || origin === "null") return;
    const asked = orderOf(data);
    if (!asked) return;
    const { id, order, fault } = asked;
    try {
      if (!order) throw Object.assign(new Error(fault), { code: "bad_message" });
      if (order.do === "subscribe") for (const event of order.events) wanted.set(event, origin);
      else if (order.do === "unsubscribe") for (const event of order.events) wanted.delete(event);
      tell({ id, ok: true, value: await carryOut(player, order) }, origin);
    } catch (error) {
      const { message, code = "failed", field = "" } = /** @type {Error & {code?: string, field?: string}} */ (error);
      tell({ id, ok: false, error: { code, message, field } }, origin);
    }
  });
  for (const event of EVENTS) {
    player.addEventListener(event, (happened) => {
      const origin = wanted.get(event);
      if (origin) tell({ event, detail: /** @type {CustomEvent} */ (happened).detail }, origin);
    });
  }
}

function show() {
  const player = document.createElement("streamer-video");
  const { attributes, variables } = look(location.search, CSS.supports.bind(CSS));
  const { token, ...rest } = attributes;
  if (token) player.token = token;
  for (const [name, value] of Object.entries(rest)) if (value !== null) player.setAttribute(name, value);
  for (const [name, value] of Object.entries(variables)) player.style.setProperty(name, value);
  player.setAttribute("stream", decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "main"));
  player.addEventListener("status", ({ detail }) => {
    document.title = detail.prompt || "streamer";
    const heading = document.querySelector("h1");
    if (heading) heading.textContent = detail.prompt || "Live film";
  });
  listen(player);
  document.querySelector("main")?.append(player);
}

if (globalThis.document) show();
