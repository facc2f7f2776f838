// @ts-check
// The plan over the picture: where the director wants everything, box by box, on its way there.

import { at, make, player, recall, remember } from "./page.js";
import { Way } from "./way.js";

/** @type {{pts: number, description: any} | null} */ let shown = null;
/** @type {Map<string, {noun: string, way: Way}>} */ let ways = new Map(); // how its objects move
/** @type {Map<string, HTMLElement>} */ const boxes = new Map();
let frame = 0; // the next one to be drawn
let hues = 0; // colours given so far

const STILL = 0.02; // of the picture: less than that is no move
const SIGNS = {
  rests: "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0",
  turns: "M-10 0H10M3-7L10 0 3 7",
  nears: "M-10-10L-3-3M-3-9V-3H-9M10 10L3 3M3 9V3H9",
  leaves: "M-3-3L-10-10M-10-4V-10H-4M3 3L10 10M10 4V10H4",
};

const camera = make("div", "camera");
const moves = make("span");
/** @type {Map<string, SVGElement>} */ const signs = new Map();
for (const [name, drawn] of Object.entries(SIGNS)) signs.set(name, sign(drawn));
camera.append(...signs.values(), moves);
const elapsed = make("div", "elapsed");
at("plan").append(camera, elapsed);

/** One of the signs for what the camera does. @param {string} drawn */
function sign(drawn) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-12 -12 24 24");
  svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", drawn);
  return svg;
}

/** Show what it does: an arrow the way it turns, a frame that closes in or opens. @param {any} way */
function point({ pan: [right, down] = [0, 0], zoom = 1 }) {
  const turns = Math.hypot(right, down) >= STILL;
  const [nears, leaves] = [zoom >= 1 + STILL, zoom <= 1 - STILL];
  const does = /** @type {Record<string, boolean>} */ ({ turns, nears, leaves, rests: !turns && !nears && !leaves });
  for (const [name, svg] of signs) svg.toggleAttribute("hidden", !does[name]);
  const angle = (Math.atan2(down, right) * 180) / Math.PI;
  signs.get("turns")?.firstElementChild?.setAttribute("transform", `rotate(${angle})`);
}

/** Seconds since the description began. @param {number} pts */
const phaseAt = (pts) => (shown ? Math.max(0, (pts - shown.pts) / 90_000) : 0);

player.addEventListener("description", ({ detail }) => {
  const { pts, description } = detail;
  const phase = phaseAt(pts);
  shown = detail;
  ways = new Map(
    (description.objects ?? []).map((/** @type {any} */ { id, noun, box }) => {
      const old = description.transition === "cut" ? undefined : ways.get(id);
      const { box: start, speed } = old && old.noun === noun ? old.way.at(phase) : { box, speed: [0, 0, 0, 0] };
      return [id, { noun, way: new Way(start, speed, box, description.duration) }];
    }),
  );
});

/** The next colour: by the golden angle, so that neighbours differ. It stays with its box. */
const hue = () => `hsl(${(24 + 137.5 * hues++) % 360} 90% 74%)`;

function draw() {
  frame = requestAnimationFrame(draw);
  const objects = shown?.description.objects ?? [];
  const phase = phaseAt(player.pts);
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
      box.style.setProperty("--hue", hue());
      at("plan").append(box);
    }
    const [x, y, w, h] = ways.get(object.id)?.way.at(phase).box ?? object.box;
    box.classList.toggle("high", y < 0.06);
    box.classList.toggle("right", x + w / 2 > 0.6);
    box.style.left = `${x * 100}%`;
    box.style.top = `${y * 100}%`;
    box.style.width = `${w * 100}%`;
    box.style.height = `${h * 100}%`;
    const words = [object.look, object.noun, object.action && `· ${object.action}`].filter(Boolean).join(" ");
    if (box.firstElementChild && box.firstElementChild.textContent !== words) box.firstElementChild.textContent = words;
  }
  const { camera: way = {}, shot = 0 } = shown?.description ?? {};
  const words = `camera: ${way.movement ?? "static"} · shot ${shot}`;
  if (moves.textContent !== words) moves.textContent = words;
  point(way);
  elapsed.style.transform = `scaleX(${shown ? Math.min(1, phase / shown.description.duration) : 0})`;
}

export function togglePlan() {
  const hidden = at("plan").toggleAttribute("hidden");
  at("toggle-plan").setAttribute("aria-pressed", `${!hidden}`);
  remember("plan", hidden ? "" : "shown");
  cancelAnimationFrame(frame);
  if (!hidden) draw();
}
at("toggle-plan").addEventListener("click", togglePlan);
if (recall("plan")) togglePlan(); // who wants to see it sees it at the next visit, too
