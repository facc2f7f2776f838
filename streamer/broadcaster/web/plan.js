// @ts-check
// The plan over the picture: where the director wants everything, box by box, on its way there.

import { at, make, player } from "./page.js";
import { Way } from "./way.js";

/** @type {{pts: number, description: any} | null} */ let shown = null;
/** @type {Map<string, {noun: string, way: Way}>} */ let ways = new Map(); // how its objects move
/** @type {Map<string, HTMLElement>} */ const boxes = new Map();
let frame = 0; // the next one to be drawn

const camera = make("div", "camera");
const elapsed = make("div", "elapsed");
at("plan").append(camera, elapsed);

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

/** The colour of an object's box: its id decides, so that it can be followed. @param {string} id */
function hue(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 360;
  return `hsl(${sum} 90% 72%)`;
}

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
      box.style.setProperty("--hue", hue(object.id));
      at("plan").append(box);
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

export function togglePlan() {
  const hidden = at("plan").toggleAttribute("hidden");
  at("toggle-plan").setAttribute("aria-pressed", `${!hidden}`);
  cancelAnimationFrame(frame);
  if (!hidden) draw();
}
at("toggle-plan").addEventListener("click", togglePlan);
