// @ts-check
// The small pictures of the lobby: of films that play a new one every two seconds, as long as they are in sight; of all
// others the last one. However many cards there are, a few pictures are asked for at a time, the oldest first.

import { ask } from "./pass.js";

const AGE = 2000; // milliseconds after which a playing film's picture is old
const RETRY = 5000; // after one that was not there
const AT_ONCE = 4; // browsers open six connections to a server; the wall must not take them all
const WIDTH = devicePixelRatio > 1.5 ? 640 : 320; // pixels

/**
 * @typedef {{img: HTMLImageElement, stream: string, scene: string, live: boolean, due: number, busy: boolean,
 *   gone: boolean}} Still
 */
export class Thumbnails {
  /** @type {Map<Element, Still>} */ #stills = new Map();
  /** @type {Set<Element>} */ #visible = new Set();
  #running = 0;
  #watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#visible.add(target);
        else this.#visible.delete(target);
      }
      this.#pump();
    },
    { rootMargin: "120px" },
  );

  constructor() {
    setInterval(() => this.#pump(), 250);
    document.addEventListener("visibilitychange", () => this.#pump());
  }

  /**
   * The picture of a card. `scene` names what it shows: when that changes, a picture that is not live is asked for again.
   * @param {Element} card @param {HTMLImageElement} img @param {string} stream @param {string} scene @param {boolean} live
   */
  show(card, img, stream, scene, live) {
    const still = this.#stills.get(card);
    if (!still) {
      this.#stills.set(card, { img, stream, scene, live, due: 0, busy: false, gone: false });
      this.#watcher.observe(card);
      return;
    }
    if (still.scene !== scene) Object.assign(still, { scene, due: 0 });
    else if (live && !still.live) still.due = 0;
    still.live = live;
  }

  /** @param {Element} card that is gone */
  drop(card) {
    const still = this.#stills.get(card);
    if (still) {
      still.gone = true; // a picture may be on its way
      release(still.img.src);
    }
    this.#stills.delete(card);
    this.#visible.delete(card);
    this.#watcher.unobserve(card);
  }

  /** All of them, as soon as they are in sight: there is another token. */
  renew() {
    for (const still of this.#stills.values()) still.due = 0;
  }

  #pump() {
    if (document.hidden) return;
    const now = performance.now();
    const due = [...this.#visible].flatMap((card) => {
      const still = this.#stills.get(card);
      return still && !still.busy && still.due <= now ? [still] : [];
    });
    due.sort((a, b) => a.due - b.due);
    for (const still of due.slice(0, AT_ONCE - this.#running)) this.#fetch(still);
  }

  /** @param {Still} still */
  async #fetch(still) {
    still.busy = true;
    this.#running += 1;
    const { scene } = still;
    const shown = await this.#picture(still);
    this.#running -= 1;
    still.busy = false;
    const again = still.live || !shown || still.scene !== scene;
    still.due = again ? performance.now() + (shown ? AGE : RETRY) : Infinity;
    this.#pump();
  }

  /** Is there a new picture? @param {Still} still */
  async #picture(still) {
    let unused = ""; // a blob's address keeps its bytes until it is revoked
    try {
      const answer = await ask(`streams/${encodeURIComponent(still.stream)}/snapshot.jpg?width=${WIDTH}`);
      if (!answer.ok) return false;
      unused = URL.createObjectURL(await answer.blob());
      const next = new Image();
      next.src = unused;
      await next.decode(); // what cannot be drawn does not replace what is there
      if (still.gone) return false;
      [still.img.src, unused] = [unused, still.img.src];
      still.img.hidden = false;
      return true;
    } catch {
      return false;
    } finally {
      release(unused);
    }
  }
}

/** @param {string} address */
function release(address) {
  if (address.startsWith("blob:")) URL.revokeObjectURL(address);
}
