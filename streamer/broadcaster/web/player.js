// @ts-check
/**
 * <streamer-video>: plays a live film of the streamer in any page. One file, no dependencies, no build step.
 *
 *     <script type="module" src="https://HOST/player.js"></script>
 *     <streamer-video stream="main" captions controls></streamer-video>
 *
 * Attributes  `src` (ws, wss, http or https URL of /streams/ID/live) or `stream` (an id at the host of this file);
 *             `path` forces "webcodecs", "mse" or "mjpeg"; `token` lets in where the server asks for one; `captions`,
 *             `stats`, `controls`, `paused` switch what they name.
 * Properties  `stats`, `status`, `epoch`, `description`, `hello`, `pts`, `path`, `reason`, `connected`, `token`.
 * Methods     `play()`, `pause()` (this viewer only), `prompt(text, options)`, `screenshot()`, `pictureInPicture()`.
 * Events      `hello`, `status`, `epoch`, `description`, `prompt`, `firstframe`, `path`, `connection`, `error`,
 *             `pictureinpicture`; `epoch` and `description` fire when their first picture is on the screen.
 * Keys        k or space: pause, c: captions, i: figures, s: save the picture, p: picture in picture, f: full screen;
 *             while the element has the focus.
 * Theming     parts `picture`, `media`, `caption`, `stats`, `notice`, `badge`, `controls`, `button`; variables
 *             --streamer-background, --streamer-text, --streamer-veil, --streamer-accent, --streamer-radius; children
 *             lie over the picture.
 *
 * The wire is proto/viewer-socket.md. WebCodecs comes first: it shows a frame when it is there, and a rendered film is
 * irregular. Media Source Extensions need a contiguous timeline and keep more in hand; they serve where there is no
 * secure context or no decoder for the codec. Motion JPEG is what is left: an <img>, which every browser has. The page
 * says which it is and why. The rules and who paid for them are in docs/topics/player.md.
 *
 * First the pure part, which `node --test` tests: boxes, time, what is decoded and counted, the connection. Then what
 * needs a browser: the ways to play, the socket, the element. Times are seconds, `pts` and durations ticks of 1/90000 s.
 */

/** Ticks per second of every `pts`. */
export const TIMESCALE = 90_000;

// ---------------------------------------------------------------------------------------------------------------------
// Boxes: ISO/IEC 14496-12, as much of it as streamer/media/cmaf.py writes

/** @typedef {{kind: string, start: number, body: number, end: number}} BoxAt  bytes[start..end), payload from body */
/** @typedef {{codec: string, description: Uint8Array, width: number, height: number, timescale: number}} Init */
/**
 * @typedef {object} Chunk
 * @property {number} seq  from 0 within its epoch
 * @property {number} pts  ticks
 * @property {number} duration  ticks
 * @property {boolean} keyframe  decoding can start here
 * @property {number | null} wall  unix seconds of the producer's clock, on keyframes
 * @property {Uint8Array} data  the sample, NAL units with 4-byte lengths; a view, not a copy
 */

/** @param {Uint8Array} bytes */
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @param {DataView} view @param {number} at */
const kindAt = (view, at) =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** 64 bits as a number: exact to 2**53 ticks, 3,000 years. @param {DataView} view @param {number} at */
const uint64 = (view, at) => view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);

/**
 * The boxes side by side in bytes[start..end).
 * @param {Uint8Array} bytes
 * @returns {Generator<BoxAt>}
 * @throws {RangeError} when a size does not fit
 */
export function* boxes(bytes, start = 0, end = bytes.length) {
  const view = viewOf(bytes);
  while (start < end) {
    if (end - start < 8) throw new RangeError(`${end - start} bytes at ${start}, a box needs at least 8`);
    let size = view.getUint32(start);
    let body = start + 8;
    if (size === 1 && end - start >= 16) [size, body] = [uint64(view, start + 8), start + 16];
    const kind = kindAt(view, start + 4);
    if (size < body - start || size > end - start) {
      throw new RangeError(`box "${kind}" at ${start} says ${size} bytes, there are ${end - start}`);
    }
    yield { kind, start, body, end: start + size };
    start += size;
  }
}

/** What a binary message is, by its first box. @param {Uint8Array} bytes @returns {"init" | "chunk" | "unknown"} */
export function kindOf(bytes) {
  const kind = bytes.length >= 8 ? kindAt(viewOf(bytes), 4) : "";
  if (kind === "ftyp" || kind === "moov") return "init";
  return kind === "moof" || kind === "prft" || kind === "styp" ? "chunk" : "unknown";
}

const CONTAINERS = new Set(["moov", "trak", "mdia", "minf", "stbl"]);

/** Codec string and decoder description by sample entry; another codec is one more line here. */
const SAMPLE_ENTRIES = {
  /** @param {Uint8Array} config */
  avcC: (config) => ({
    // RFC 6381: profile, constraints and level. Always "avc1": Safari refuses "avc3" (moq-dev's decoder).
    codec: "avc1." + [...config.subarray(1, 4)].map((n) => n.toString(16).padStart(2, "0")).join(""),
    description: config,
  }),
};

/**
 * Reads an init segment (ftyp+moov) with one video track.
 * @param {Uint8Array} bytes
 * @returns {Init}
 * @throws {RangeError} naming what is missing
 */
export function parseInit(bytes) {
  const view = viewOf(bytes);
  /** @type {Partial<Init>} */
  const init = {};
  const walk = (/** @type {number} */ start, /** @type {number} */ end) => {
    for (const box of boxes(bytes, start, end)) {
      if (CONTAINERS.has(box.kind)) walk(box.body, box.end);
      else if (box.kind === "stsd")
        walk(box.body + 8, box.end); // version and flags, entry count
      else if (box.kind === "mdhd") init.timescale = view.getUint32(box.body + (bytes[box.body] === 1 ? 20 : 12));
      else if (box.kind === "avc1") {
        [init.width, init.height] = [view.getUint16(box.body + 24), view.getUint16(box.body + 26)];
        walk(box.body + 78, box.end); // behind the fixed part of VisualSampleEntry
      } else if (box.kind in SAMPLE_ENTRIES) {
        const read = SAMPLE_ENTRIES[/** @type {keyof SAMPLE_ENTRIES} */ (box.kind)];
        Object.assign(init, read(bytes.subarray(box.body, box.end)));
      }
    }
  };
  walk(0, bytes.length);
  const { codec, description, width, height, timescale } = init;
  if (!codec || !description || !width || !height || !timescale) {
    throw new RangeError(`an init segment of ${bytes.length} bytes without a codec, a size or a timescale`);
  }
  return { codec, description, width, height, timescale };
}

/**
 * RFC 5905: era 1 begins in February 2036, when the 32 bits of seconds run over.
 * @param {DataView} view
 * @param {number} at
 */
function fromNtp(view, at) {
  const seconds = view.getUint32(at);
  return (seconds < 2 ** 31 ? seconds + 2 ** 32 : seconds) - 2_208_988_800 + view.getUint32(at + 4) / 2 ** 32;
}

/**
 * Reads one chunk, `[prft] moof mdat` with one frame.
 * @param {Uint8Array} bytes
 * @returns {Chunk}
 * @throws {RangeError} naming what is missing
 */
export function parseChunk(bytes) {
  const view = viewOf(bytes);
  const chunk = { seq: -1, pts: -1, duration: 0, keyframe: false, wall: /** @type {number | null} */ (null) };
  let data = null;
  for (const box of boxes(bytes)) {
    if (box.kind === "prft") chunk.wall = fromNtp(view, box.body + 8);
    else if (box.kind === "mdat") data = bytes.subarray(box.body, box.end);
    else if (box.kind === "moof") {
      for (const part of boxes(bytes, box.body, box.end)) {
        if (part.kind === "mfhd") chunk.seq = view.getUint32(part.body + 4);
        else if (part.kind === "traf") readTraf(part);
      }
    }
  }
  if (data === null || chunk.seq < 0 || chunk.pts < 0 || chunk.duration <= 0) {
    throw new RangeError(`a chunk of ${bytes.length} bytes without a sample, a time or a duration`);
  }
  return { ...chunk, data };

  /** @param {BoxAt} traf */
  function readTraf(traf) {
    for (const box of boxes(bytes, traf.body, traf.end)) {
      if (box.kind === "tfdt") {
        chunk.pts = bytes[box.body] === 1 ? uint64(view, box.body + 4) : view.getUint32(box.body + 4);
      } else if (box.kind === "tfhd") {
        const has = view.getUint32(box.body) & 0xffffff;
        let at = box.body + 8; // behind the track's id
        if (has & 0x01) at += 8; // base data offset
        if (has & 0x02) at += 4; // sample description index
        if (has & 0x08) [chunk.duration, at] = [view.getUint32(at), at + 4];
        if (has & 0x10) at += 4; // size
        if (has & 0x20) chunk.keyframe = (view.getUint32(at) & 0x1_0000) === 0; // sample_is_non_sync_sample
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Time

/** The least of what was measured over the last seconds. A minimum for ever would not follow what drifts. */
export class Least {
  /** @type {{at: number, least: number}[]} of each quarter of the span */ #slots = [];

  /** @param {number} span seconds */
  constructor(span) {
    this.span = span;
  }

  /** @param {number} now seconds @param {number} value */
  add(now, value) {
    const slot = this.#slots.at(-1);
    if (slot && now - slot.at < this.span / 4) slot.least = Math.min(slot.least, value);
    else this.#slots.push({ at: now, least: value });
    while (this.#slots.length > 1 && now - this.#slots[0].at > this.span) this.#slots.shift();
  }

  /** Infinity of nothing. */
  get value() {
    return this.#slots.reduce((least, slot) => Math.min(least, slot.least), Infinity);
  }

  clear() {
    this.#slots = [];
  }
}

/**
 * When a frame is due: `pts + offset`, after moq-dev's sync.ts.
 *
 * anchor = min(arrival - pts) over the last seconds is the quickest way from the worker to here. The offset stays in
 * anchor + [floor, ceiling]: a late frame pushes it up (the picture waits once instead of stuttering), then it creeps
 * back by `ease` of real time. A worker that renders ahead of the clock builds a buffer instead of a rush.
 */
export class Clock {
  offset = NaN; // due time - pts
  last = NaN; // when the newest frame arrived

  /** @param {{floor?: number, ceiling?: number, span?: number, ease?: number}} [bounds] seconds; ease: a fraction */
  constructor({ floor = 2 / 24, ceiling = 0.6, span = 4, ease = 0.03 } = {}) {
    this.floor = floor;
    this.ceiling = ceiling;
    this.ease = ease;
    this.trips = new Least(span); // arrival - pts; for ever, every frame after a stall of the worker would be late
  }

  /** A new scene: nothing that was measured counts, the next frame is due when it arrives. */
  reset() {
    this.trips.clear();
    this.offset = NaN;
    this.last = NaN;
  }

  /** min(arrival - pts) of the last `span` seconds. */
  get anchor() {
    return this.trips.value;
  }

  /** A frame with `pts` (seconds) came in at `now` (seconds). @param {number} now @param {number} pts */
  arrive(now, pts) {
    const trip = now - pts;
    this.trips.add(now, trip);
    if (Number.isNaN(this.offset)) this.offset = trip;
    else {
      const elapsed = Math.max(0, now - this.last);
      this.offset = Math.max(trip, this.offset - this.ease * elapsed);
      const anchor = this.anchor;
      this.offset = Math.min(anchor + this.ceiling, Math.max(anchor + this.floor, this.offset));
    }
    this.last = now;
  }

  /**
   * A frame with `pts` is shown at `now`, whatever was due: the rest follows from there.
   * @param {number} now
   * @param {number} pts
   */
  show(now, pts) {
    const anchor = this.anchor;
    this.offset = Math.min(anchor + this.ceiling, Math.max(anchor + this.floor, now - pts));
  }

  /** Seconds that a frame which came the quickest way waits: two frames and what the link's jitter asks for. */
  get lag() {
    return Number.isNaN(this.offset) ? this.floor : Math.max(this.floor, this.offset - this.anchor);
  }

  /** When a frame is due, in seconds; at once while nothing is known. @param {number} pts */
  due(pts) {
    return Number.isNaN(this.offset) ? -Infinity : pts + this.offset;
  }
}

/**
 * The newest frame that is due: older ones are late and not worth drawing. -1 when none is due.
 * @param {number[]} held pts in seconds, rising
 * @param {Clock} clock
 * @param {number} now
 */
export function newestDue(held, clock, now) {
  let newest = -1;
  while (newest + 1 < held.length && clock.due(held[newest + 1]) <= now) newest += 1;
  return newest;
}

/**
 * How a <video> follows the live edge: a faster rate inside a band, a seek outside, nothing with little in hand.
 * (go2rtc's rate = seconds in hand settles at one second; mpegts.js's and hls.js's steps do not.)
 * @param {number} ahead seconds between the playhead and the end of what is buffered
 * @param {number} target seconds to keep in hand
 * @param {number} [sinceSeek] seconds since the last seek; every seek flushes the decoder, so they are rare
 * @returns {{rate: number, seek: boolean}}
 */
export function chase(ahead, target, sinceSeek = Infinity) {
  if (ahead > target + 1.5 && sinceSeek > 2) return { rate: 1, seek: true };
  const excess = ahead - 1.5 * target;
  if (excess <= 0) return { rate: 1, seek: false };
  return { rate: Math.min(1.2, 1.05 + Math.floor(excess / 0.1) * 0.05), seek: false };
}

/**
 * The GOP that a viewer joins with comes as a burst, yet nothing says where the burst ends; a busy machine may even
 * hand over its chunks one by one. It is over when its newest chunk is of this moment and no further one came for a
 * little while, or after a time limit. Seconds everywhere.
 */
export class Backlog {
  static QUIET = 0.01; // nothing came for so long
  static FRESH = 0.25; // a chunk not older than this is of this moment
  static LIMIT = 0.25; // show what there is after so long

  first = NaN; // when its first chunk came
  last = NaN; // when its newest chunk came
  age = 0; // of that chunk
  decoded = NaN; // when its first picture was decoded: a cold decoder takes its time for that one

  /** @param {number} now @param {number} age since the chunk's frame was encoded; 0 when that is not known */
  arrive(now, age) {
    if (Number.isNaN(this.first)) this.first = now;
    this.last = now;
    this.age = age;
  }

  /** How long it still has to be waited for: Infinity before the first chunk, 0 when it is over. @param {number} now */
  left(now) {
    if (Number.isNaN(this.first)) return Infinity;
    const limit = this.first + Backlog.LIMIT;
    const over = this.age > Backlog.FRESH ? limit : Math.min(limit, this.last + Backlog.QUIET);
    return Math.max(0, over - now);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// What is decoded, and what is counted

/** Which chunks go to the decoder: from a keyframe on, without a hole, and not into a queue that only grows. */
export class Gate {
  open = false;
  seq = -1; // of the newest chunk that went in
  since = NaN; // when the decoder's queue grew over the limit

  /**
   * @param {number} [limit] chunks that may wait in the decoder
   * @param {number} [patience] seconds that more may wait: a burst after a busy moment is decoded in no time
   */
  constructor(limit = 10, patience = 0.25) {
    this.limit = limit;
    this.patience = patience;
  }

  /** Only a keyframe opens the gate again. */
  restart() {
    this.open = false;
    this.seq = -1;
    this.since = NaN;
  }

  /**
   * @param {{seq: number, keyframe: boolean}} chunk
   * @param {number} queued chunks that wait in the decoder
   * @param {number} now seconds
   * @param {boolean} [joining] a whole GOP arrives at once and must be decoded to its end
   * @returns {"decode" | "skip" | "hole"} hole: something is missing, ask for a keyframe
   */
  admit({ seq, keyframe }, queued, now, joining = false) {
    if (queued <= this.limit || joining) this.since = NaN;
    else if (Number.isNaN(this.since)) this.since = now;
    if (now - this.since >= this.patience) {
      this.open = false; // single dropped deltas smear: drop to the next keyframe (mediamtx #5916)
      return "skip";
    }
    if (!keyframe && !this.open) return "skip";
    if (!keyframe && seq !== this.seq + 1) {
      this.open = false;
      return "hole";
    }
    this.open = true;
    this.seq = seq;
    return "decode";
  }
}

/** What fires in time with the picture: messages with a pts, in order. @template {{pts: number}} T */
export class Cues {
  /** @type {T[]} */ waiting = [];

  /** @param {T} cue */
  add(cue) {
    this.waiting.push(cue);
    if (this.waiting.length > 64) this.waiting.shift(); // a page that shows nothing keeps the newest
  }

  /** The cues whose time has come, oldest first. @param {number} pts of the picture on the screen */
  reached(pts) {
    const due = this.waiting.filter((cue) => cue.pts <= pts);
    if (due.length) this.waiting = this.waiting.filter((cue) => cue.pts > pts);
    return due;
  }

  clear() {
    this.waiting = [];
  }
}

/** The q-quantile (0..1) of numbers, nearest rank; NaN of none. @param {number[]} values @param {number} q */
export function percentile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] : NaN;
}

/** An amount per second over the last seconds. */
export class Rate {
  constructor(span = 3) {
    this.span = span;
    /** @type {{at: number, amount: number}[]} */
    this.events = [];
    this.since = NaN;
  }

  /** @param {number} now @param {number} amount */
  add(now, amount) {
    if (Number.isNaN(this.since)) this.since = now;
    this.events.push({ at: now, amount });
    while (this.events.length > 1024 || this.events[0].at < now - this.span) this.events.shift();
  }

  /** @param {number} now */
  perSecond(now) {
    const recent = this.events.filter((event) => event.at >= now - this.span);
    const elapsed = Math.min(this.span, now - this.since);
    return recent.length && elapsed > 0.2 ? recent.reduce((sum, event) => sum + event.amount, 0) / elapsed : 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The connection

/**
 * The wait before the next attempt: about `base`, twice as long each time, at most `cap`; half to one and a half of
 * that by chance, so that a restarted server is not stormed. (Decorrelated jitter may draw short waits over and over; a
 * refused page, which cannot tell 403 from a server that is down, would knock a dozen times in five seconds.)
 */
export class Backoff {
  /** @param {{base?: number, cap?: number, random?: () => number}} [bounds] seconds */
  constructor({ base = 0.5, cap = 15, random = Math.random } = {}) {
    this.base = base;
    this.cap = cap;
    this.random = random;
    this.mean = base;
  }

  /** @param {number} [least] seconds that the server asked for */
  next(least = 0) {
    const wait = this.mean * (0.5 + this.random());
    this.mean = Math.min(this.cap / 1.5, this.mean * 2);
    return Math.max(least, wait);
  }

  reset() {
    this.mean = this.base;
  }
}

/**
 * Where the socket of a stream is.
 * @param {{src?: string | null, stream?: string | null}} from  `src` in any of http(s) and ws(s)
 * @param {string} base the URL of this file (for `stream`) or of the page (for a relative `src`)
 */
export function socketUrl({ src, stream }, base) {
  // This file is served at ROOT/player.js and, to whoever asks, at ROOT/web/player.js.
  const root = new URL(base).href.replace(/(web\/)?[^/]*$/, "");
  const url = src ? new URL(src, base) : new URL(`streams/${encodeURIComponent(stream ?? "")}/live`, root);
  url.protocol = url.protocol.replace(/^http/, "ws");
  return url.href;
}

/**
 * What lies beside a stream's socket, by HTTP.
 * @param {string} socket its URL
 * @param {"info" | "prompts" | "live.mjpeg"} what
 * @param {string} [token] for what cannot carry a header
 */
export function besideUrl(socket, what, token = "") {
  const url = new URL(socket.replace(/^ws/, "http"));
  url.search = url.hash = ""; // a token of the socket's own query goes on below
  const rest =
    what === "info" ? "api/streams/$1" : what === "prompts" ? "api/streams/$1/prompts" : `streams/$1/${what}`;
  url.pathname = url.pathname.replace(/streams\/([^/]+)\/live$/, rest);
  const given = token || new URL(socket).searchParams.get("token");
  if (given) url.searchParams.set("token", given);
  return url.href;
}

// =====================================================================================================================
// The browser from here on

const seconds = () => performance.now() / 1000;

// ---------------------------------------------------------------------------------------------------------------------
// The ways to play

/**
 * @typedef {object} Screen  what a path tells the element
 * @property {(pts: number) => void} shown  a picture with this pts is on the screen
 * @property {(pts: number) => void} reached  the film has come to this pts, whatever was drawn
 * @property {(width: number, height: number) => void} sized  the pictures have this size
 * @property {(reason: string) => void} resync  the server should send a keyframe
 * @property {(reason: string) => void} fail  this path cannot play the film here
 * @property {(reason: string) => void} wait  why nothing comes now and is asked for again; "" when it comes
 * @property {(count: number) => void} skipped  frames that were decoded and not shown, or not decoded
 * @property {() => void} blocked  the browser wants a click before it plays
 * @property {() => boolean} playing  the server says that the film runs
 * @property {(what: "live.mjpeg") => string} address  of what lies beside the socket
 */

/** WebCodecs: VideoDecoder to canvas. Shows a frame when it is due and never waits for a second one. */
class CanvasPath {
  static id = "webcodecs";
  /** What this browser lacks, "" for nothing. */
  static lacks() {
    if (!globalThis.isSecureContext) return "WebCodecs needs a secure context: open the page by https, or on localhost";
    return "VideoDecoder" in globalThis ? "" : "this browser has no VideoDecoder";
  }

  static HELD = 12; // decoded frames at most: hardware decoders own few and stall when they are kept
  static AHEAD = 4; // frames decoded before they are due
  static WAITING = 600; // chunks at most, more than any GOP

  #screen;
  #context;
  #clock = new Clock();
  #gate = new Gate();
  /** @type {Init | null} */ #init = null;
  #configured = false;
  /** @type {VideoDecoder | null} */ #decoder = null;
  /** @type {Chunk[]} */ #waiting = [];
  /** @type {VideoFrame[]} */ #held = [];
  /** @type {Backlog | null} */ #joining = new Backlog(); // being decoded; only its newest picture is shown
  #from = -Infinity; // pts below which nothing is shown any more
  #failures = 0; // errors of the decoder since its last picture
  #settling = 0;
  #animation = 0;

  decoded = 0;

  /** @param {Screen} screen */
  constructor(screen) {
    this.#screen = screen;
    this.element = document.createElement("canvas");
    this.#context = this.element.getContext("2d", { alpha: false });
    const tick = () => {
      this.#animation = requestAnimationFrame(tick);
      this.#pump();
      this.#present();
    };
    this.#animation = requestAnimationFrame(tick);
  }

  /** Decoding starts anew at the next keyframe; the picture stays. */
  restart() {
    this.#gate.restart();
    this.#clock.reset();
    this.#drop();
    this.#joining = new Backlog();
    this.#from = -Infinity;
    if (this.#decoder?.state === "configured") this.#decoder.reset(); // forgets what is queued
    this.#configured = false;
  }

  /** @param {Init} init used from the next keyframe on */
  configure(init) {
    this.#init = init;
    this.#configured = false;
  }

  /** A new epoch begins at `pts`: what is older is worthless now. @param {number} pts */
  jump(pts) {
    if (this.#joining) return; // there is nothing to jump from
    this.#drop();
    this.#from = pts;
    this.#clock.reset();
  }

  /** @param {Chunk} chunk @param {Uint8Array} _ @param {number} age seconds since its frame was encoded */
  push(chunk, _, age) {
    const verdict = this.#gate.admit(chunk, this.#decoder?.decodeQueueSize ?? 0, seconds(), this.#joining !== null);
    if (verdict !== "decode") {
      this.#screen.skipped(1);
      if (verdict === "hole") this.#screen.resync("hole");
      return;
    }
    this.#clock.floor = (2 * chunk.duration) / TIMESCALE;
    this.#clock.arrive(seconds(), chunk.pts / TIMESCALE);
    this.#joining?.arrive(seconds(), age);
    this.#waiting.push(chunk);
    if (this.#waiting.length > CanvasPath.WAITING) {
      this.restart();
      this.#screen.resync("overflow");
    } else this.#pump();
  }

  /** Feed the decoder: everything while joining, else a few frames ahead of their time. */
  #pump() {
    const now = seconds();
    while (this.#waiting.length) {
      const chunk = this.#waiting[0];
      const busy = this.#held.length + (this.#decoder?.decodeQueueSize ?? 0);
      const early = this.#clock.due(chunk.pts / TIMESCALE) > now;
      if (!this.#joining && early && busy >= CanvasPath.AHEAD) break;
      this.#waiting.shift();
      this.#decode(chunk);
    }
  }

  /** @param {Chunk} chunk */
  #decode(chunk) {
    if (!this.#init) return;
    try {
      if (!this.#decoder || this.#decoder.state === "closed") {
        this.#decoder = this.#build();
        this.#configured = false;
      }
      if (!this.#configured) {
        if (!chunk.keyframe) return;
        const { codec, description, width, height } = this.#init;
        const size = { codedWidth: width, codedHeight: height };
        this.#decoder.configure({ codec, description, ...size, optimizeForLatency: true });
        this.#configured = true;
      }
      // µs are coarser than ticks only in name: rounding there and back is exact.
      const timestamp = Math.round((chunk.pts * 100) / 9);
      const duration = Math.round((chunk.duration * 100) / 9);
      const type = chunk.keyframe ? "key" : "delta";
      this.#decoder.decode(new EncodedVideoChunk({ type, timestamp, duration, data: chunk.data }));
    } catch (error) {
      this.#broken(/** @type {Error} */ (error));
    }
  }

  #build() {
    /** @type {VideoDecoder} */
    const decoder = new VideoDecoder({
      output: (frame) => (decoder === this.#decoder ? this.#output(frame) : frame.close()),
      error: (error) => decoder === this.#decoder && this.#broken(error),
    });
    return decoder;
  }

  /** @param {Error} error */
  #broken(error) {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
    this.#failures += 1;
    if (error.name === "NotSupportedError" || this.#failures >= 3) {
      this.#screen.fail(`VideoDecoder cannot play ${this.#init?.codec}: ${error.message}`);
    } else {
      this.restart();
      this.#screen.resync(`decoder: ${error.message}`);
    }
  }

  /** @param {VideoFrame} frame */
  #output(frame) {
    this.decoded += 1;
    this.#failures = 0;
    if (ptsOf(frame) < this.#from) {
      frame.close();
      this.#screen.skipped(1);
      return;
    }
    this.#held.push(frame);
    if (this.#held.length > CanvasPath.HELD) {
      this.#held.shift()?.close();
      if (!this.#joining) this.#screen.skipped(1);
    }
    if (this.#joining) this.#settle();
    else if (this.#from > -Infinity) {
      this.#from = -Infinity;
      this.#show(this.#held.length - 1); // the first picture of an epoch waits for nobody
    } else {
      this.#pump();
      if (document.hidden) this.#present(); // shown in another window: no animation frames come here
    }
  }

  /** Show the newest of a backlog once nothing more of it comes: replaying a GOP fast is ugly (mediamtx #4189). */
  #settle() {
    clearTimeout(this.#settling);
    const backlog = this.#joining;
    if (!backlog || !this.#held.length) return;
    if (Number.isNaN(backlog.decoded)) backlog.decoded = seconds();
    const left = backlog.left(seconds());
    const busy = this.#waiting.length + (this.#decoder?.decodeQueueSize ?? 0) > 0; // its next picture asks again
    if (busy && seconds() - backlog.decoded < Backlog.LIMIT) return;
    if (left > 0) this.#settling = setTimeout(() => this.#settle(), left * 1000);
    else {
      this.#joining = null;
      const newest = this.#held[this.#held.length - 1];
      this.#clock.show(seconds(), ptsOf(newest) / TIMESCALE);
      this.#show(this.#held.length - 1, false);
    }
  }

  /** Draw what is due. */
  #present() {
    if (this.#joining || !this.#held.length) return;
    const times = this.#held.map((frame) => ptsOf(frame) / TIMESCALE);
    const newest = newestDue(times, this.#clock, seconds());
    if (newest >= 0) this.#show(newest);
  }

  /** Draw one of the held frames and let go of all up to it. @param {number} index @param {boolean} [count] */
  #show(index, count = true) {
    const frames = this.#held.splice(0, index + 1);
    const frame = /** @type {VideoFrame} */ (frames.pop());
    for (const late of frames) late.close();
    if (count && frames.length) this.#screen.skipped(frames.length);
    const { displayWidth: width, displayHeight: height } = frame;
    // Setting a size clears the canvas, even when it is the same.
    if (this.element.width !== width || this.element.height !== height) {
      [this.element.width, this.element.height] = [width, height];
    }
    this.#context?.drawImage(frame, 0, 0, width, height);
    const pts = ptsOf(frame);
    frame.close();
    this.#screen.shown(pts);
  }

  #drop() {
    this.#waiting.length = 0;
    for (const frame of this.#held.splice(0)) frame.close();
    clearTimeout(this.#settling);
  }

  get picture() {
    const { width, height } = this.element;
    return { source: this.element, width, height };
  }

  /** What a picture-in-picture window can show; null where a canvas cannot be filmed. */
  floating() {
    if (!this.element.captureStream) return null;
    const video = document.createElement("video");
    video.muted = video.playsInline = true;
    video.srcObject = this.element.captureStream();
    return video;
  }

  /** Milliseconds between arrival and drawing that the clock asks for now. */
  get buffer() {
    const { offset, anchor } = this.#clock;
    return Number.isFinite(offset - anchor) ? Math.round((offset - anchor) * 1000) : 0;
  }

  close() {
    cancelAnimationFrame(this.#animation);
    this.#drop();
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }
}

/** @param {VideoFrame} frame @returns {number} ticks */
const ptsOf = (frame) => Math.round((frame.timestamp * 9) / 100);

/** Media Source Extensions: chunks as they come, into a <video> that is kept near its live edge. */
class MsePath {
  static id = "mse";
  static lacks() {
    return MsePath.source() ? "" : "this browser has no Media Source Extensions";
  }

  /** @returns {typeof MediaSource | undefined} iPhones have only the managed one */
  static source() {
    return /** @type {any} */ (globalThis).ManagedMediaSource ?? globalThis.MediaSource;
  }

  static KEEP = 5; // seconds behind the playhead
  static BACK = 10; // seconds by which the time may fall back, more than any GOP, before it is another film's
  static QUEUE_BYTES = 8 << 20;

  #screen;
  #gate = new Gate();
  /** @type {MediaSource} */ #source;
  /** @type {SourceBuffer | null} */ #buffer = null;
  /** @type {{init: Init | null, bytes: Uint8Array, at: number}[]} `at`: seconds */ #queue = [];
  #queued = 0; // bytes
  /** @type {{init: Init, bytes: Uint8Array, at: number} | null} */ #head = null; // the newest init segment
  #codec = ""; // what the source buffer takes now
  #failures = 0; // errors of the media element since its last picture
  #clock = new Clock(); // only for the link's jitter: the <video> keeps its own time
  #interval = 1 / 24;
  /** @type {Backlog | null} */ #joining = new Backlog(); // being collected; only its end is shown
  #landing = false; // it is being appended
  #settling = 0;
  #jump = NaN; // seconds: where a new epoch begins, until it is buffered
  #sought = -Infinity;
  #dropped = 0;
  #address = "";
  #timer = 0;

  /** @param {Screen} screen */
  constructor(screen) {
    this.#screen = screen;
    const video = (this.element = document.createElement("video"));
    video.muted = video.autoplay = video.playsInline = true; // the only way to start without a click
    video.disableRemotePlayback = true; // before a ManagedMediaSource is attached, else it never opens
    video.addEventListener("error", () => this.#broken());
    this.#source = this.#attach();
    this.#watch();
    // Stalls are seen by nobody else: a gap or a pause ends no append.
    this.#timer = setInterval(() => this.#follow(), 100);
  }

  /** A fresh source: an element that has met an error takes no more data. */
  #attach() {
    const Source = /** @type {typeof MediaSource} */ (MsePath.source());
    const source = new Source();
    source.addEventListener("sourceopen", () => this.#append());
    // A managed source says when it wants data; what came meanwhile is useless, so start at a keyframe.
    source.addEventListener("startstreaming", () => this.#again("startstreaming"));
    URL.revokeObjectURL(this.#address);
    this.#address = URL.createObjectURL(source);
    this.#buffer = null;
    this.#queue = this.#head ? [this.#head] : [];
    this.#queued = 0;
    this.element.src = this.#address;
    return source;
  }

  #broken() {
    const message = `video: ${this.element.error?.message || "error"}`;
    this.#failures += 1;
    if (this.#failures >= 3) this.#screen.fail(message);
    else {
      this.#source = this.#attach();
      this.#again(message);
    }
  }

  get decoded() {
    return this.element.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
  }

  restart() {
    this.#gate.restart();
    this.#queue = this.#queue.filter((item) => item.init);
    this.#queued = 0;
    this.#joining = new Backlog();
    this.#jump = NaN;
    this.#clock.reset();
  }

  /** @param {Init} init @param {Uint8Array} bytes */
  configure(init, bytes) {
    if (!(/** @type {typeof MediaSource} */ (MsePath.source()).isTypeSupported(mimeOf(init)))) {
      this.#screen.fail(`Media Source Extensions cannot play ${init.codec}`);
      return;
    }
    this.#head = { init, bytes, at: NaN };
    this.#queue.push(this.#head);
    this.#append();
  }

  /** @param {number} pts */
  jump(pts) {
    this.#queue = this.#queue.filter((item) => item.init);
    this.#queued = 0;
    this.#jump = pts / TIMESCALE;
  }

  /** @param {Chunk} chunk @param {Uint8Array} bytes @param {number} age seconds since its frame was encoded */
  push(chunk, bytes, age) {
    const idle = /** @type {any} */ (this.#source).streaming === false;
    const verdict = idle ? "skip" : this.#gate.admit(chunk, 0, seconds());
    if (verdict !== "decode") {
      this.#screen.skipped(1);
      if (verdict === "hole") this.#screen.resync("hole");
      return;
    }
    const at = chunk.pts / TIMESCALE;
    this.#interval = chunk.duration / TIMESCALE;
    this.#clock.floor = 2 * this.#interval;
    if (this.#joining) this.#joining.arrive(seconds(), age);
    else this.#clock.arrive(seconds(), at); // a backlog says nothing of the link
    this.#queue.push({ init: null, bytes, at });
    this.#queued += bytes.length;
    if (this.#queued > MsePath.QUEUE_BYTES) this.#again("overflow");
    else this.#append();
  }

  /** @param {string} reason */
  #again(reason) {
    this.restart();
    this.#screen.resync(reason);
  }

  /** Append what is queued, an init segment or all chunks up to the next one. */
  #append() {
    if (this.#source.readyState !== "open" || this.#buffer?.updating || !this.#queue.length || this.element.error)
      return;
    try {
      const { init, bytes } = this.#queue[0];
      if (init) {
        this.#open(init);
        this.#queue.shift();
        this.#buffer?.appendBuffer(/** @type {BufferSource} */ (bytes));
        return;
      }
      // The first picture that is there is shown at once: it must not be the oldest of a backlog.
      const left = this.#joining?.left(seconds()) ?? 0;
      if (left > 0) {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#append(), left * 1000);
        return;
      }
      const { buffered } = this.element;
      if (this.#joining && buffered.length && this.#queue[0].at < buffered.end(buffered.length - 1) - MsePath.BACK) {
        this.#buffer?.remove(0, Infinity); // the film begins anew: what is buffered lies in its future
        return;
      }
      if (this.#joining) [this.#joining, this.#landing] = [null, true];
      const next = this.#queue.findIndex((item) => item.init);
      const items = this.#queue.splice(0, next < 0 ? this.#queue.length : next);
      this.#queued = 0;
      const joined = new Uint8Array(items.reduce((sum, item) => sum + item.bytes.length, 0));
      let at = 0;
      for (const item of items) {
        joined.set(item.bytes, at);
        at += item.bytes.length;
      }
      this.#buffer?.appendBuffer(joined);
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      if (name !== "QuotaExceededError") this.#screen.fail(`Media Source Extensions: ${message}`);
      else {
        // Nothing of what is kept is worth more than what comes: drop all, start at a keyframe (Weylus #28).
        this.#buffer?.remove(0, Infinity);
        this.#again("quota");
      }
    }
  }

  /** @param {Init} init */
  #open(init) {
    if (!this.#buffer) {
      this.#buffer = this.#source.addSourceBuffer(mimeOf(init));
      this.#buffer.mode = "segments"; // chunks carry their own absolute times
      this.#buffer.addEventListener("updateend", () => {
        this.#follow();
        this.#append();
      });
      this.#source.duration = Infinity; // else Safari pauses when it runs dry (jmuxer #149)
    } else if (this.#codec !== init.codec) this.#buffer.changeType?.(mimeOf(init));
    this.#codec = init.codec;
  }

  /** Keep the playhead near the live edge, across holes, and the buffer short. */
  #follow() {
    const video = this.element;
    const ranges = video.buffered;
    if (!ranges.length || !this.#buffer || video.error) return;
    const last = ranges.length - 1;
    const [start, end] = [ranges.start(last), ranges.end(last)];
    const target = Math.max(0.1, this.#interval + this.#clock.lag); // a <video> shows a frame when it has the next
    if (this.#landing && !this.#buffer.updating) {
      this.#landing = false;
      this.#seek(Math.max(start, end - target));
    } else if (this.#jump >= start && this.#jump < end) {
      if (this.#jump > video.currentTime) this.#seek(this.#jump);
      this.#jump = NaN;
    } else if (video.currentTime < start) {
      // A hole: play what is left before it, then cross.
      if (!holds(ranges, video.currentTime + this.#interval)) this.#seek(start);
    } else {
      const { rate, seek } = chase(end - video.currentTime, target, seconds() - this.#sought);
      if (seek) this.#seek(end - target);
      else if (video.playbackRate !== rate) video.playbackRate = rate;
    }
    if (video.paused) this.#play();
    if (!this.#buffer.updating && video.currentTime - ranges.start(0) > 2 * MsePath.KEEP) {
      this.#source.setLiveSeekableRange?.(video.currentTime - MsePath.KEEP, end);
      this.#buffer.remove(0, video.currentTime - MsePath.KEEP);
    }
  }

  /** @param {number} time */
  #seek(time) {
    this.#sought = seconds();
    this.element.playbackRate = 1;
    // A little inside the range: the end of one tick and the start of the next differ by rounding.
    this.element.currentTime = time + 0.001;
  }

  #play() {
    this.element.play().catch((error) => {
      // Interrupted by a seek: the next call plays. Not allowed: only a click helps, and the notice asks for it.
      if (error.name === "NotAllowedError") this.#screen.blocked();
    });
  }

  /** Tell the element of every picture that is really composed. */
  #watch() {
    const video = this.element;
    /** @param {number} mediaTime */
    const shown = (mediaTime) => {
      const { droppedVideoFrames: dropped = 0 } = video.getVideoPlaybackQuality?.() ?? {};
      if (dropped > this.#dropped) this.#screen.skipped(dropped - this.#dropped);
      this.#dropped = dropped;
      this.#failures = 0;
      this.#screen.shown(Math.round(mediaTime * TIMESCALE));
    };
    if (typeof video.requestVideoFrameCallback === "function") {
      /** @type {VideoFrameRequestCallback} */
      const each = (_, { mediaTime }) => {
        shown(mediaTime);
        video.requestVideoFrameCallback(each);
      };
      video.requestVideoFrameCallback(each);
    } else video.addEventListener("timeupdate", () => shown(video.currentTime));
  }

  get picture() {
    const { videoWidth: width, videoHeight: height } = this.element;
    return { source: this.element, width, height };
  }

  /** What a picture-in-picture window can show. */
  floating() {
    return this.element;
  }

  get buffer() {
    const ranges = this.element.buffered;
    return ranges.length ? Math.round((ranges.end(ranges.length - 1) - this.element.currentTime) * 1000) : 0;
  }

  close() {
    clearInterval(this.#timer);
    clearTimeout(this.#settling);
    URL.revokeObjectURL(this.#address);
    this.element.removeAttribute("src");
    this.element.load();
  }
}

/** @param {Init} init */
const mimeOf = (init) => `video/mp4; codecs="${init.codec}"`;

/** @param {TimeRanges} ranges @param {number} time */
function holds(ranges, time) {
  for (let i = 0; i < ranges.length; i += 1) if (ranges.start(i) <= time && time < ranges.end(i)) return true;
  return false;
}

/**
 * Motion JPEG: the server's pictures, one after the other, in an <img>. Some ten times the bytes, and no picture tells
 * its time, but there is no browser without it. The words come by the socket and are shown as they come.
 */
class ImagePath {
  static id = "mjpeg";
  static lacks() {
    return "";
  }

  static TRIES = 4; // images in a row that cannot be shown, before it is given up
  static LATEST = 3600; // seconds, at most, until it is asked for again, whatever Retry-After says
  static STILL = 10; // seconds without a new picture, of a film that runs, after which it is asked for again

  #screen;
  #still = document.createElement("canvas"); // the last picture, while no connection brings another
  #probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  #seen = ""; // what the probe saw
  #seenAt = 0;
  #backoff = new Backoff();
  #failures = 0;
  #timer = 0;
  #turn = 0; // changes when an answer that is on its way is nobody's any more
  #animation = 0;
  #loaded = false;
  #told = 0; // pts of the newest words

  decoded = 0;
  buffer = 0;

  /** @param {Screen} screen */
  constructor(screen) {
    this.#screen = screen;
    this.element = document.createElement("img");
    this.element.alt = "";
    this.element.crossOrigin = "anonymous"; // else a page of another origin could take no screenshot
    this.element.addEventListener("load", () => this.#load());
    this.element.addEventListener("error", () => this.#broken());
    const tick = () => {
      this.#animation = requestAnimationFrame(tick);
      this.#look();
    };
    this.#animation = requestAnimationFrame(tick);
  }

  configure() {}

  push() {}

  /** Words have come: there is no other way to know where the film is. @param {number} pts */
  jump(pts) {
    this.#told = pts;
    if (this.#loaded) this.#screen.reached(pts);
  }

  /** Ask for the pictures; the last one stays until the next is there. */
  restart() {
    this.#forget();
    this.#seenAt = seconds();
    this.element.src = this.#screen.address("live.mjpeg");
  }

  /** Let go of the connection and hold the picture. */
  rest() {
    this.#forget();
    if (!this.element.hasAttribute("src")) return;
    const { source, width, height } = this.picture;
    if (this.#loaded && width) {
      [this.#still.width, this.#still.height] = [width, height];
      this.#still.getContext("2d")?.drawImage(source, 0, 0);
      this.element.before(this.#still);
    }
    this.element.removeAttribute("src");
  }

  /** Nothing is asked for any more, and what was is not waited for. */
  #forget() {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  #load() {
    this.#still.remove();
    this.#loaded = true;
    this.#failures = 0;
    this.#backoff.reset();
    this.#screen.wait("");
  }

  #broken() {
    if (!this.element.hasAttribute("src")) return;
    this.#failures += 1;
    void this.#inquire((wait) => (this.#timer = setTimeout(() => this.restart(), wait * 1000)));
  }

  /**
   * Ask why no pictures come, which an <img> is not told, until they do or it is no use. The server may be full, may
   * restart, may have had too many questions: all that passes.
   * @param {(wait: number) => void} come they would come, by the answer; seconds to leave between two failures
   */
  async #inquire(come) {
    const turn = (this.#turn += 1);
    const asked = { signal: AbortSignal.timeout(5000) };
    const answer = await fetch(this.#screen.address("live.mjpeg"), asked).catch(() => null);
    const body = answer && !answer.ok ? await answer.json().catch(() => null) : null;
    void answer?.body?.cancel().catch(() => {}); // a stream without an end
    if (turn !== this.#turn) return;
    const { ok = false, status = 0 } = answer ?? {};
    const words = body?.error?.message ?? (answer ? `the answer is ${status}` : "no answer");
    const reason = `live.mjpeg does not come: ${words}`;
    if (ok ? this.#failures >= ImagePath.TRIES : status >= 400 && status < 500 && status !== 429) {
      this.#screen.fail(reason);
    } else if (ok) come(this.#backoff.next());
    else {
      this.#failures = 0;
      this.#screen.wait(reason);
      const least = Math.min(ImagePath.LATEST, Number(answer?.headers.get("Retry-After")) || 0);
      const again = () => void this.#inquire(() => this.restart());
      this.#timer = setTimeout(again, this.#backoff.next(least) * 1000);
    }
  }

  /** Whether there is another picture: an <img> fires `load` for the first one only (Chromium). */
  #look() {
    const { source, width, height } = this.picture;
    if (!this.#probe || !width || source !== this.element || !this.#loaded) return;
    this.#probe.drawImage(source, 0, 0, 16, 9);
    const seen = this.#probe.getImageData(0, 0, 16, 9).data.join();
    const now = seconds();
    if (seen !== this.#seen) {
      [this.#seen, this.#seenAt] = [seen, now];
      this.decoded += 1;
      this.#screen.sized(width, height);
      this.#screen.shown(this.#told);
    } else if (now - this.#seenAt > ImagePath.STILL && this.#screen.playing()) this.restart();
  }

  get picture() {
    const source = this.#still.isConnected ? this.#still : this.element;
    const [width, height] =
      source instanceof HTMLImageElement ? [source.naturalWidth, source.naturalHeight] : [source.width, source.height];
    return { source, width, height };
  }

  floating() {
    return null;
  }

  close() {
    cancelAnimationFrame(this.#animation);
    this.#forget();
    this.element.removeAttribute("src");
    this.#still.remove();
  }
}

/** Ways to play, best first. */
const PATHS = [CanvasPath, MsePath, ImagePath];

// ---------------------------------------------------------------------------------------------------------------------
// The socket

/** Kept open: back-off, a watchdog for links that died silently. */
class Link {
  static SILENCE = 15; // seconds; the server says `status` every 5
  static OPENING = 10; // seconds for the handshake; a browser waits minutes for one that hangs
  static LARGEST = 4096; // bytes of a message; the server closes at a larger one

  #url;
  #on;
  #backoff = new Backoff();
  /** @type {WebSocket | null} */ #socket = null;
  #timer = 0;
  #opening = 0;
  #silence = 0;
  #heard = 0;
  #offline = NaN; // since when the network is away
  #token;
  held = false; // no attempt is made until `again`
  attempts = 0; // failed in a row
  openedAt = NaN; // seconds
  said = ""; // why the server closed, or does not let in; "" when that is not known
  denied = ""; // the newest message, if it says that a token does not do: with 1008 behind it nobody is let in

  /**
   * @param {string} url
   * @param {() => string} token the newest; "" for none
   * @param {{open: () => void, text: (message: any) => void, bytes: (bytes: Uint8Array) => void, down: () => void}} on
   */
  constructor(url, token, on) {
    this.#url = url;
    this.#token = token;
    this.#on = on;
    this.#silence = setInterval(() => {
      if (this.open && seconds() - this.#heard > Link.SILENCE) this.#lost(1006, "");
    }, 1000);
    addEventListener("online", this.#now);
    addEventListener("offline", this.#away);
    this.#connect();
  }

  get open() {
    return this.#socket?.readyState === 1;
  }

  #away = () => {
    this.#offline = seconds();
  };

  /** The network is back: a socket from before it went may be dead without a word. */
  #now = () => {
    if (this.open && this.#heard < this.#offline) this.#lost(1006, "");
    this.#offline = NaN;
    if (!this.open && !this.held) this.again();
  };

  /** Connect now. */
  again() {
    this.held = false;
    this.#detach();
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.openedAt = NaN;
    this.denied = "";
    this.#opening = setTimeout(() => this.#lost(1006, ""), Link.OPENING * 1000);
    const socket = (this.#socket = new WebSocket(this.#url, "streamer.v1"));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      clearTimeout(this.#opening);
      this.openedAt = this.#heard = seconds();
      this.said = "";
      this.present(); // before anything else is said
      this.#on.open();
    };
    socket.onmessage = ({ data }) => {
      this.#heard = seconds();
      this.denied = "";
      if (typeof data !== "string") this.#on.bytes(new Uint8Array(data));
      else {
        const message = JSON.parse(data);
        if (message.type === "hello") {
          this.attempts = 0;
          this.#backoff.reset();
        }
        if (message.type === "error" && message.code === "token" && !message.ref) {
          this.denied = sentence(message.message || "the server asks for a token");
        }
        this.#on.text(message);
      }
    };
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
  }

  /** Show the newest token. */
  present() {
    const token = this.#token();
    if (token) this.send({ type: "token", token });
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    const refused = Number.isNaN(this.openedAt);
    this.#detach();
    this.attempts += 1;
    if (code === 1008 && this.denied) {
      this.held = true; // the next attempt would be refused like this one
      this.#on.down();
      return;
    }
    if (reason) this.said = reason;
    else if (refused && this.attempts >= 3) void this.#inquire();
    this.#timer = setTimeout(() => this.#connect(), this.#backoff.next(code === 1013 ? 3 : 0) * 1000);
    this.#on.down();
  }

  /** A page is not told why its socket is refused; beside it somebody may say. */
  async #inquire() {
    const headers = this.#authorization();
    const url = besideUrl(this.#url, "info");
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5000) }).catch(() => null);
    const body = answer ? await answer.json().catch(() => ({})) : {};
    if (this.open || !answer) return;
    this.said = answer.ok
      ? `The server is up, but takes no socket of ${location.origin}: it is full (max_viewers), does not allow this ` +
        "page (allowed_origins), or a proxy in front lets none through."
      : sentence(body.error?.message || `the server answers ${answer.status}`);
    this.#on.down();
  }

  /** @returns {Record<string, string>} */
  #authorization() {
    const token = this.#token();
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  #detach() {
    clearTimeout(this.#opening);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {object} message @returns {boolean} whether it went out */
  send(message) {
    if (!this.open) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  /**
   * A wish that no message holds, by the REST door beside the socket.
   * @param {object} wish
   * @returns {Promise<{id: string, progress: string}>} rejects with the server's reason
   */
  async post(wish) {
    const answer = await fetch(besideUrl(this.#url, "prompts"), {
      method: "POST",
      headers: { "Content-Type": "application/json", ...this.#authorization() },
      body: JSON.stringify(wish),
      signal: AbortSignal.timeout(StreamerVideo.PROMPT_TIMEOUT * 1000),
    });
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    if (body.error) throw refusal(body.error);
    const wait = Number(answer.headers.get("Retry-After")); // of a proxy; our own says it in words
    throw new Error(`the server answered ${answer.status}${wait > 0 ? `, again in ${wait} s` : ""}`);
  }

  close() {
    clearTimeout(this.#timer);
    clearInterval(this.#silence);
    removeEventListener("online", this.#now);
    removeEventListener("offline", this.#away);
    this.#detach();
  }
}

/** What the server says of a wish that it refuses. @param {{message: string, code?: string, field?: string}} said */
const refusal = ({ message, code = "refused", field = "" }) => Object.assign(new Error(message), { code, field });

// ---------------------------------------------------------------------------------------------------------------------
// The element

const STYLE = `
:host { --streamer-ratio: 1; display: block; position: relative; overflow: hidden; container-type: size;
  aspect-ratio: var(--streamer-ratio); background: var(--streamer-background, #0b0d12);
  touch-action: manipulation; color: var(--streamer-text, #fff);
  border-radius: var(--streamer-radius, 0); font: 15px/1.4 system-ui, sans-serif; }
:host([hidden]) { display: none; }
:host(:focus-visible) { outline: 3px solid var(--streamer-accent, #ff9d5c); outline-offset: 2px; }
:host(:fullscreen) { border-radius: 0; aspect-ratio: auto; }
.stage { position: absolute; inset: 0; margin: auto; width: min(100cqw, 100cqh * var(--streamer-ratio));
  aspect-ratio: var(--streamer-ratio); max-height: 100cqh; }
.stage > :not(slot) { position: absolute; inset: 0; width: 100%; height: 100%; display: block;
  transition: filter .4s; }
:host([data-dim]) .stage > :not(slot) { filter: brightness(.55) saturate(.7); }
.stage:not(.shown) > canvas { visibility: hidden; } /* black before the first picture */
.floating { position: absolute; width: 1px; height: 1px; opacity: 0; pointer-events: none; }
::slotted(*) { position: absolute; inset: 0; }
[hidden] { display: none !important; }
.caption { position: absolute; inset: auto 0 0 0; margin: 0 auto; padding: 0 4cqw 3.5cqh; text-align: center;
  pointer-events: none; font-size: clamp(13px, 2.6cqw, 22px); text-wrap: balance; }
.caption span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
  background: var(--streamer-veil, rgb(8 10 14 / .74)); padding: 0 .8em; border-radius: .5em; width: fit-content;
  border: solid transparent; border-width: .35em 0; /* what a padding would show of a fourth line is cut off by it */
  margin: 0 auto; max-width: 46em; box-sizing: border-box; }
.stats { position: absolute; inset-inline-start: 10px; top: 10px; unicode-bidi: plaintext;
  text-align: left; margin: 0; padding: .7em 1em; border-radius: 8px;
  pointer-events: none; max-width: calc(100cqw - 20px); box-sizing: border-box; white-space: pre-wrap;
  font: 12px/1.55 ui-monospace, monospace;
  background: var(--streamer-veil, rgb(8 10 14 / .82)); }
.notice { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: .5em;
  padding: 6cqw; text-align: center; text-shadow: 0 1px 6px rgb(0 0 0 / .8); pointer-events: none; }
.notice b { font-size: clamp(17px, 3.4cqw, 28px); font-weight: 650; }
.notice span { font-size: clamp(13px, 2.2cqw, 17px); opacity: .92; max-width: 34em; }
.badge { position: absolute; inset-inline-end: 10px; top: 10px; unicode-bidi: plaintext;
  padding: .3em .8em; border-radius: 1em; font-size: 13px;
  background: var(--streamer-veil, rgb(8 10 14 / .74)); max-width: calc(100cqw - 20px); box-sizing: border-box; }
.controls { position: absolute; inset: auto 0 0 0; display: flex; gap: 2px; align-items: center; padding: 30px 8px 6px;
  background: linear-gradient(transparent, rgb(0 0 0 / .65)); opacity: 0; transition: opacity .2s;
  pointer-events: none; }
:host(:not([controls])) .controls { display: none; }
:host(:is([data-awake], [paused])) .controls { opacity: 1; pointer-events: auto; }
:host([controls]:is([data-awake], [paused])) .caption { bottom: 56px; }
.controls .live { margin-inline-end: auto; padding-inline-start: 6px; font-size: 13px; white-space: nowrap;
  font-variant-numeric: tabular-nums; overflow: hidden; text-overflow: ellipsis; }
.controls .live::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%;
  margin-inline-end: 7px; background: #8b93a3; }
:host([data-live]) .controls .live::before { background: #ff4d4d; }
button { all: unset; cursor: pointer; flex: none; width: 44px; height: 44px; display: grid; place-items: center;
  border-radius: 8px; font: 600 13px/1 system-ui, sans-serif; }
button:hover { background: rgb(255 255 255 / .16); }
button:focus-visible { outline: 2px solid var(--streamer-accent, #ff9d5c); outline-offset: -2px; }
button[aria-pressed="true"] { color: var(--streamer-accent, #ffb27d); }
svg { width: 22px; height: 22px; fill: currentColor; }
@container (max-width: 340px) { .controls [data-do="stats"], .controls [data-do="save"] { display: none; } }
@container (max-width: 240px) { .controls .live { visibility: hidden; }
  .controls [data-do="captions"] { display: none; } }
@media (forced-colors: active) { button[aria-pressed="true"] { outline: 2px solid Highlight; outline-offset: -2px; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;

const SHADOW = `
<div class="stage" part="picture"><slot></slot></div>
<p class="caption" part="caption" hidden><span dir="auto"></span></p>
<div class="notice" part="notice" role="status" hidden><b></b><span dir="auto"></span></div>
<div class="controls" part="controls">
  <button data-do="pause" part="button" aria-label="Pause (k)"
    ><svg viewBox="0 0 24 24" aria-hidden="true"><path/></svg></button>
  <span class="live"></span>
  <button data-do="captions" part="button" aria-label="Captions (c)">CC</button>
  <button data-do="stats" part="button" aria-label="Figures (i)"
    ><svg viewBox="0 0 24 24" aria-hidden="true"
    ><path d="M4 20V12h4v8zm6 0V4h4v16zm6 0V9h4v11z"/></svg></button>
  <button data-do="save" part="button" aria-label="Save the picture (s)"
    ><svg viewBox="0 0 24 24" aria-hidden="true"
    ><path d="M11 4h2v8h3l-4 5-4-5h3zM5 18h14v2H5z"/></svg></button>
  <button data-do="float" part="button" aria-label="Picture in picture (p)"
    ><svg viewBox="0 0 24 24" aria-hidden="true"
    ><path d="M3 5h18v6h-2V7H5v10h6v2H3zm10 8h8v6h-8z"/></svg></button>
  <button data-do="fullscreen" part="button" aria-label="Full screen (f)"
    ><svg viewBox="0 0 24 24" aria-hidden="true"
    ><path d="M4 4h6v2H6v4H4zm10 0h6v6h-2V6h-4zM4 14h2v4h4v2H4zm14 0h2v6h-6v-2h4z"/></svg></button>
</div>
<pre class="stats" part="stats" hidden></pre>
<div class="badge" part="badge" hidden></div>
`;

/** What a key does. @type {Record<string, string>} */
const KEYS = { k: "pause", " ": "pause", c: "captions", i: "stats", s: "save", p: "float", f: "fullscreen" };

/** What a page may lay over the picture and people type into. */
const TYPED = "input, textarea, select, [contenteditable]";

const ICONS = { pause: "M6 5h4v14H6zm8 0h4v14h-4z", play: "M7 4.5v15l13-7.5z" };

/** What to say when no film runs. @type {Record<string, [string, string]>} */
const REASONS = {
  waiting: ["No film yet", "It begins with the first words that somebody sends."],
  paused: ["Paused", "The director waits; resume, or send new words."],
  idle: ["Resting", "Nobody was watching. It goes on in a moment."],
  budget: ["Resting", "The budget of this film is used up for now."],
  stopped: ["The end", "Send new words to begin another film."],
  length: ["The end", "The film was as long as asked for. Send new words to begin another one."],
  held: ["Holding", ""],
  ended: ["The end", "Send new words to begin another film."],
};

/** Behind a missing HTMLElement stands node, which tests the pure part. */
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

export class StreamerVideo extends Base {
  static observedAttributes = ["src", "stream", "path", "captions", "stats", "paused", "token"];
  static AWAKE = 3; // seconds for which the controls stay after a touch or a movement
  static HIDE_AFTER = 5; // seconds in a hidden tab after which no media is asked for
  static PROMPT_TIMEOUT = 10; // seconds for the first answer to a wish

  /** @type {Link | null} */ #link = null;
  /** @type {CanvasPath | MsePath | ImagePath | null} */ #path = null;
  /** @type {Uint8Array | null} */ #initBytes = null;
  /** @type {Init | null} */ #init = null;
  /** @type {any} */ #hello = null;
  #url = "";
  #status = { status: "connecting", reason: "", viewers: 0, prompt: "", note: "" };
  /** @type {Cues<{pts: number, epoch: number, prompt: string}>} */ #epochs = new Cues();
  /** @type {Cues<{pts: number, description: any}>} */ #descriptions = new Cues();
  /** @type {{pts: number, wall: number, sampled: boolean}[]} */ #walls = [];
  /** @type {Map<string, {resolve: Function, reject: Function, timer: number}>} */ #wishes = new Map();
  /** @type {number[]} */ #latencies = [];
  #skew = new Least(60); // our clock minus the server's: the quickest message of a minute
  #epoch = 0;
  /** @type {any} */ #description = null;
  #pts = -1;
  #reason = "";
  #fatal = "";
  #missing = ""; // why nothing comes by this path now
  #token = ""; // set as a property; the attribute counts without it
  #size = { width: 0, height: 0 };
  #first = false; // the first picture since the socket opened is on the screen
  /** @type {"media" | "words" | "nothing"} */ #wanted = "media"; // what the server was asked for last
  /** @type {HTMLVideoElement | null} */ #floating = null; // what the picture-in-picture window shows
  #needsClick = false;
  #resyncAt = -Infinity;
  #chunkAt = NaN;
  #counts = { drawn: 0, dropped: 0, reconnects: 0 };
  #frames = new Rate(2);
  #bytes = new Rate(3);
  #hideTimer = 0;
  #ackTimer = 0;
  #sleepTimer = 0;
  #wish = 0;
  #noteUntil = 0;
  /** @type {ShadowRoot} */ #root;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // a <style> element would need 'unsafe-inline' in the page's policy
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.innerHTML = SHADOW;
    this.#root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (button) this.#act(button.dataset.do ?? "");
      else if (this.#needsClick) this.play();
    });
    // A mouse wakes the controls by moving, a finger by a tap, which also sends them away; twice is full screen.
    this.addEventListener("pointermove", ({ pointerType }) => pointerType === "mouse" && this.#wake());
    this.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.#sleep());
    this.#root.addEventListener("pointerup", (event) => {
      if (/** @type {PointerEvent} */ (event).pointerType === "mouse") return;
      const onControls = /** @type {Element} */ (event.target).closest("button");
      this.hasAttribute("data-awake") && !onControls ? this.#sleep() : this.#wake();
    });
    this.#root.addEventListener("dblclick", (event) => {
      if (this.hasAttribute("controls") && !(/** @type {Element} */ (event.target).closest("button")))
        this.#act("fullscreen");
    });
    this.#root.addEventListener("focusin", () => this.#wake());
    this.addEventListener("keydown", (event) => {
      const act = KEYS[event.key];
      const on = /** @type {Element} */ (event.composedPath()[0]);
      const used = on.matches(event.key === " " ? `button, ${TYPED}` : TYPED);
      if (!act || used || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) this.#act(act); // a key that is held down
    });
  }

  connectedCallback() {
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
    if (!this.hasAttribute("role")) this.setAttribute("role", "region");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Live film");
    document.addEventListener("visibilitychange", this.#visibility);
    this.#start();
  }

  disconnectedCallback() {
    this.#sleep();
    document.removeEventListener("visibilitychange", this.#visibility);
    this.#stop();
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    if (name === "src" || name === "stream" || name === "path") {
      this.#stop();
      this.#start();
    } else if (name === "paused") this.#look(document.hidden);
    else if (name === "token") this.#present();
    this.#draw();
  }

  // What a page may ask and do

  /** `waiting`, `playing`, `held`, `ended` as the server says, or `connecting`. */
  get status() {
    return this.#status.status;
  }

  /** The newest hello: who directs, what draws, size, rate, or null. */
  get hello() {
    return this.#hello;
  }

  /** The epoch on the screen. */
  get epoch() {
    return this.#epoch;
  }

  /** The description on the screen (a FrameDescription), or null. */
  get description() {
    return this.#description;
  }

  /** pts of the picture on the screen, ticks of 1/90000 s; -1 before the first. */
  get pts() {
    return this.#pts;
  }

  /** What lets in where the server asks for it. A new one is shown at once, and asks again after a refusal. */
  get token() {
    return this.#token || (this.getAttribute("token") ?? "");
  }

  set token(token) {
    if (token === this.token) return;
    this.#token = token;
    this.#present();
  }

  #present() {
    if (this.#link?.held) this.#link.again();
    else this.#link?.present();
    this.#draw();
  }

  /** How it plays: `webcodecs`, `mse` or `mjpeg`; "" before it is chosen. */
  get path() {
    return /** @type {{id: string} | undefined} */ (this.#path?.constructor)?.id ?? "";
  }

  /** Why it does not play by the best way; "" when it does. */
  get reason() {
    return this.#reason;
  }

  get connected() {
    return this.#link?.open ?? false;
  }

  /** The figures of now. */
  get stats() {
    const now = seconds();
    const ms = (/** @type {number} */ q) => Math.round(percentile(this.#latencies, q) * 1000);
    return {
      path: this.path,
      reason: this.#reason,
      codec: this.path === "mjpeg" ? "jpeg" : (this.#init?.codec ?? ""),
      ...this.#size,
      decoded: this.#path?.decoded ?? 0,
      ...this.#counts,
      fps: Math.round(this.#frames.perSecond(now) * 10) / 10,
      bitrate: Math.round(this.#bytes.perSecond(now) * 8),
      // From the encoder to the screen by the server's clock; the shortest trip of a message is taken for none.
      latency: this.#latencies.length ? { p50: ms(0.5), p95: ms(0.95) } : null,
      buffer: this.#path?.buffer ?? 0,
      viewers: this.#status.viewers,
    };
  }

  /** Go on, at the live edge. */
  play() {
    this.#needsClick = false;
    if (this.#path instanceof MsePath) this.#path.element.play().catch(() => (this.#needsClick = true));
    this.removeAttribute("paused");
  }

  /** Hold this viewer's picture; the film goes on. To pause the film itself: `prompt("", {action: "pause"})`. */
  pause() {
    this.setAttribute("paused", "");
  }

  /**
   * Send a wish. Resolves with the server's first answer; later progress comes as `prompt` events.
   * @param {string} text
   * @param {import("./player.js").PromptOptions} [options]
   * @returns {Promise<{id: string, progress: string, epoch?: number, reason?: string}>} rejects with the server's
   *   words; `code` and `field` of the error are the server's, too
   */
  prompt(text, { action, ...options } = {}) {
    const ref = `${Date.now().toString(36)}-${(this.#wish += 1)}`;
    const message = { type: "prompt", prompt: text, action, options, ref };
    const link = this.#link;
    if (link && new TextEncoder().encode(JSON.stringify(message)).length > Link.LARGEST) {
      return link.post({ prompt: text, action, options });
    }
    if (!link?.send(message)) return Promise.reject(new Error("not connected: the wish was not sent"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wishes.delete(ref);
        reject(new Error(`no answer within ${StreamerVideo.PROMPT_TIMEOUT} s`));
      }, StreamerVideo.PROMPT_TIMEOUT * 1000);
      this.#wishes.set(ref, { resolve, reject, timer });
    });
  }

  /** The picture on the screen as a PNG. @returns {Promise<Blob>} */
  screenshot() {
    const picture = this.#path?.picture;
    if (!picture?.width || this.#pts < 0) return Promise.reject(new Error("no picture yet"));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    canvas.getContext("2d")?.drawImage(picture.source, 0, 0);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture cannot be read"))), "image/png");
    });
  }

  /**
   * Show the film in a window that stays above all others, or put it back. Browsers allow it after a click or a key.
   * @returns {Promise<void>} rejects with the reason where it cannot be
   */
  async pictureInPicture() {
    if (this.#floating) return document.exitPictureInPicture();
    const video = this.#floats() ? this.#path?.floating() : null;
    if (!video)
      throw new Error(`no picture in picture for ${this.path || "a film that does not play"} in this browser`);
    if (!video.isConnected) {
      video.className = "floating";
      this.#root.append(video);
    }
    const leave = () => {
      if (video !== this.#floating) return;
      this.#floating = null;
      if (video.className) this.#unfilm(video);
      this.#look(document.hidden);
      this.#emit("pictureinpicture", { active: false });
    };
    try {
      await video.play();
      await video.requestPictureInPicture();
    } catch (error) {
      if (video.className) this.#unfilm(video);
      throw error;
    }
    this.#floating = video;
    video.addEventListener("leavepictureinpicture", leave, { once: true });
    this.#emit("pictureinpicture", { active: true });
  }

  /** Whether a picture-in-picture window could show what plays. */
  #floats() {
    const able = document.pictureInPictureEnabled && "requestPictureInPicture" in HTMLVideoElement.prototype;
    return (
      able && (this.path === "mse" || (this.path === "webcodecs" && "captureStream" in HTMLCanvasElement.prototype))
    );
  }

  /** @param {HTMLVideoElement} video that films a canvas */
  #unfilm(video) {
    const stream = /** @type {MediaStream | null} */ (video.srcObject);
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.remove();
  }

  // The way from the socket to the screen

  #start() {
    const [src, stream] = [this.getAttribute("src"), this.getAttribute("stream")];
    if ((!src && !stream) || !this.#choose(PATHS, [])) return; // like a <video> without a source
    const url = socketUrl({ src, stream }, src ? document.baseURI : import.meta.url);
    this.#url = url;
    this.#link = new Link(url, () => this.token, {
      open: () => {
        if (this.#counts.drawn) this.#counts.reconnects += 1;
        this.#first = false;
        this.#wanted = "media";
        this.#look(document.hidden);
        this.#emit("connection", { connected: true });
        this.#draw();
      },
      text: (message) => this.#message(message),
      bytes: (bytes) => this.#media(bytes),
      down: () => {
        for (const ref of this.#wishes.keys()) {
          this.#answered(ref)?.reject(new Error("the connection was lost before an answer came"));
        }
        if (this.#path instanceof ImagePath) this.#path.rest();
        this.#emit("connection", { connected: false });
        this.#draw();
      },
    });
    this.#ackTimer = setInterval(() => this.#second(), 1000);
    this.#draw();
  }

  #stop() {
    clearInterval(this.#ackTimer);
    clearTimeout(this.#hideTimer);
    this.#link?.close();
    this.#link = null;
    this.#leave();
    this.#init = this.#initBytes = this.#hello = this.#description = null;
    this.#status = { status: "connecting", reason: "", viewers: 0, prompt: "", note: "" };
    this.#pts = -1;
    this.#fatal = "";
    this.#size = { width: 0, height: 0 };
    this.#latencies = [];
    this.#forget();
  }

  /** Play by no path. What it still says is nobody's any more. */
  #leave() {
    if (this.#floating) void document.exitPictureInPicture().catch(() => {}); // it may be closed already
    this.#path?.close();
    this.#path?.element.remove();
    this.#path = null;
    this.#missing = "";
  }

  /** Take the first of `paths` that this browser has. @param {typeof PATHS} paths @param {string[]} reasons */
  #choose(paths, reasons) {
    const forced = this.getAttribute("path");
    if (forced && paths === PATHS) {
      paths = PATHS.filter((path) => path.id === forced);
      reasons.push(paths.length ? `path="${forced}" was asked for` : `there is no path "${forced}"`);
    }
    for (const Path of paths) {
      const lack = Path.lacks();
      if (lack) {
        reasons.push(lack);
        continue;
      }
      this.#leave();
      const screen = {
        shown: (/** @type {number} */ pts) => path === this.#path && this.#shown(pts),
        reached: (/** @type {number} */ pts) => path === this.#path && this.#reached(pts),
        sized: (/** @type {number} */ width, /** @type {number} */ height) => this.#sized(width, height),
        playing: () => this.status === "playing" && this.connected,
        address: (/** @type {"live.mjpeg"} */ what) => besideUrl(this.#url, what, this.token),
        resync: (/** @type {string} */ reason) => path === this.#path && this.#resync(reason),
        skipped: (/** @type {number} */ count) => void (this.#counts.dropped += count),
        wait: (/** @type {string} */ reason) => {
          if (path !== this.#path) return;
          this.#missing = reason;
          this.#draw();
        },
        blocked: () => {
          if (path !== this.#path) return;
          this.#needsClick = true;
          this.#draw();
        },
        fail: (/** @type {string} */ reason) => {
          if (path !== this.#path) return;
          // What a path cannot do it cannot do later either: go on with the next one.
          const next = forced ? [] : PATHS.slice(PATHS.indexOf(Path) + 1);
          const gone = [...reasons, reason];
          if (this.#choose(next, gone) && !this.#look(document.hidden)) this.#resync("path", true);
        },
      };
      const path = new Path(screen);
      this.#path = path;
      this.#reason = reasons.join("; ");
      this.#noteUntil = this.#reason ? seconds() + 8 : 0;
      path.element.setAttribute("aria-hidden", "true"); // the host has the label
      path.element.part.add("media");
      this.#root.querySelector(".stage")?.prepend(path.element);
      if (this.#init && this.#initBytes) path.configure(this.#init, this.#initBytes);
      this.#emit("path", { path: Path.id, reason: this.#reason });
      return true;
    }
    this.#fatal = `This browser cannot play the film: ${reasons.join("; ")}`;
    this.#reason = reasons.join("; ");
    this.#leave();
    this.#link?.close(); // it would be sent a film that nobody sees
    this.#link = null;
    clearInterval(this.#ackTimer);
    this.#emit("error", { code: "unsupported", message: this.#fatal });
    this.#draw();
    return false;
  }

  /** @param {any} message */
  #message(message) {
    if (message.type === "hello") this.#skew.clear(); // perhaps another server's clock
    if (typeof message.clock === "number") this.#skew.add(seconds(), Date.now() / 1000 - message.clock);
    this.#handlers[message.type]?.(message); // an unknown type is from a newer server
  }

  /** @type {Record<string, (message: any) => void>} */
  #handlers = {
    hello: (message) => {
      this.#hello = message;
      this.#forget();
      this.#setStatus(message);
      this.#begin();
      this.#epochs.add({ pts: -1, epoch: message.epoch, prompt: message.prompt ?? "" });
      this.#emit("hello", message);
    },
    epoch: (message) => {
      this.#epochs.add(message);
      this.#descriptions.clear();
      this.#path?.jump(message.pts);
    },
    description: (message) => {
      this.#descriptions.add(message);
      if (this.#path instanceof ImagePath) this.#path.jump(message.pts);
    },
    status: (message) => this.#setStatus(message),
    prompt: (message) => {
      this.#answered(message.ref)?.resolve(message);
      this.#emit("prompt", message);
    },
    error: (message) => {
      // Only the wish that it names: errors overtake answers, and some are about no wish at all.
      this.#answered(message.ref)?.reject(refusal(message));
      this.#emit("error", message);
    },
  };

  /** The wish of a `ref`, which waits no longer. @param {string} ref */
  #answered(ref) {
    const wish = this.#wishes.get(ref);
    clearTimeout(wish?.timer);
    this.#wishes.delete(ref);
    return wish;
  }

  /** @param {any} message */
  #setStatus({ status, reason = "", viewers = 0, prompt = "", note = "" }) {
    const before = JSON.stringify(this.#status);
    this.#status = { status, reason, viewers, prompt, note };
    if (JSON.stringify(this.#status) !== before) this.#emit("status", this.#status);
    this.#draw();
  }

  /** @param {Uint8Array} bytes */
  #media(bytes) {
    const now = seconds();
    this.#bytes.add(now, bytes.length);
    try {
      const kind = kindOf(bytes);
      if (kind === "init") {
        // The same generation is written again every minute; only other bytes are another one.
        if (!this.#initBytes || !same(bytes, this.#initBytes)) {
          this.#init = parseInit(bytes);
          this.#initBytes = bytes;
          this.#sized(this.#init.width, this.#init.height);
          this.#path?.configure(this.#init, bytes);
        }
      } else if (kind === "chunk") {
        const chunk = parseChunk(bytes);
        this.#chunkAt = now;
        if (chunk.wall !== null) {
          // What a newcomer is sent at first is as old as it is, and tells nothing of the way here.
          this.#walls.push({ pts: chunk.pts, wall: chunk.wall, sampled: !this.#walls.length });
          if (this.#walls.length > 16) this.#walls.shift();
        }
        if (this.#wanted === "media") this.#path?.push(chunk, bytes, this.#age(chunk.pts));
      }
    } catch (error) {
      this.#emit("error", { code: "media", message: /** @type {Error} */ (error).message });
      this.#path?.restart();
      this.#resync("media");
    }
  }

  /** @param {number} width @param {number} height */
  #sized(width, height) {
    if (this.#size.width === width && this.#size.height === height) return;
    this.#size = { width, height };
    this.style.setProperty("--streamer-ratio", `${width / height}`);
  }

  /** @param {number} pts of the picture on the screen */
  #shown(pts) {
    const now = seconds();
    this.#counts.drawn += 1;
    this.#frames.add(now, 1);
    this.#needsClick = false;
    if (this.#path instanceof ImagePath) this.#chunkAt = now;
    else this.#sample(pts);
    this.#reached(pts);
    if (!this.#first) {
      this.#first = true;
      this.#emit("firstframe", { pts, ms: (now - (this.#link?.openedAt ?? now)) * 1000, path: this.path });
      this.#draw();
    }
  }

  /** @param {number} pts that the film has come to on the screen */
  #reached(pts) {
    this.#pts = pts;
    const epoch = this.#epochs.reached(pts).at(-1);
    if (epoch && epoch.epoch !== this.#epoch) {
      this.#epoch = epoch.epoch;
      this.#emit("epoch", epoch);
    }
    const shown = this.#descriptions.reached(pts).at(-1);
    if (shown) {
      this.#description = shown.description;
      this.#emit("description", shown);
      this.#draw();
    }
  }

  /** The keyframe before a picture, if both clocks are known. @param {number} pts */
  #keyframe(pts) {
    return Number.isFinite(this.#skew.value) ? this.#walls.filter((wall) => wall.pts <= pts).at(-1) : undefined;
  }

  /** Seconds since a frame was encoded, by its keyframe's clock; 0 when that is not known. @param {number} pts */
  #age(pts) {
    const key = this.#keyframe(pts);
    return key ? Math.max(0, Date.now() / 1000 - this.#skew.value - key.wall - (pts - key.pts) / TIMESCALE) : 0;
  }

  /** From the encoder to the screen, once per keyframe. @param {number} pts */
  #sample(pts) {
    const key = this.#keyframe(pts);
    if (!key || key.sampled) return;
    key.sampled = true;
    this.#latencies.push(this.#age(pts));
    if (this.#latencies.length > 60) this.#latencies.shift();
  }

  /** @param {string} reason @param {boolean} [now] */
  #resync(reason, now = false) {
    // Browsers take decoders back from who does not look; the `show` that follows brings a keyframe anyway.
    if (this.#wanted !== "media") return;
    // A second of patience: one fault makes many complaints, and each answer costs the server a GOP.
    if (!now && seconds() - this.#resyncAt < 1) return;
    this.#resyncAt = seconds();
    this.#path?.restart();
    this.#link?.send({ type: "resync", reason: reason.slice(0, 200) });
  }

  #forget() {
    this.#epochs.clear();
    this.#descriptions.clear();
    this.#walls = [];
    this.#chunkAt = NaN;
  }

  // Looking away: no media for a tab that nobody sees (go2rtc closes after 5 s, too)

  #visibility = () => {
    clearTimeout(this.#hideTimer);
    if (document.hidden) this.#hideTimer = setTimeout(() => this.#look(true), StreamerVideo.HIDE_AFTER * 1000);
    else this.#look();
  };

  /**
   * Tell the server what is wanted of it: media, the words alone, or nothing while nobody looks.
   * @param {boolean} [hidden] the tab has been hidden long enough
   * @returns {boolean} whether that is another thing than before
   */
  #look(hidden = false) {
    const away = (hidden && !this.#floating) || this.hasAttribute("paused");
    const wanted = away ? "nothing" : this.#path instanceof ImagePath ? "words" : "media";
    if (wanted === this.#wanted) return false;
    this.#wanted = wanted;
    if (away && this.#path instanceof ImagePath) this.#path.rest();
    else this.#begin(); // the last picture stays; after `show` comes a keyframe
    if (wanted === "media") this.#link?.send({ type: "show" });
    else this.#link?.send(wanted === "words" ? { type: "hide", words: true } : { type: "hide" });
    this.#draw();
    return true;
  }

  /** Play from the next keyframe on. Images of a film that is not there yet, or that nobody sees, are not asked for. */
  #begin() {
    const idle = this.#wanted === "nothing" || !this.#hello || this.status === "waiting";
    if (!(this.#path instanceof ImagePath) || !idle) this.#path?.restart();
  }

  #second() {
    if (this.#pts >= 0 && this.#wanted !== "nothing") {
      this.#link?.send({ type: "ack", pts: this.#pts, drops: this.#counts.dropped, path: this.path });
    }
    this.#draw();
  }

  // What is drawn over the picture

  /** @param {string} action */
  #act(action) {
    if (action === "pause") this.#stands() ? this.play() : this.pause();
    else if (action === "captions" || action === "stats") this.toggleAttribute(action);
    else {
      const deeds = { save: () => this.#save(), float: () => this.pictureInPicture(), fullscreen: () => this.#fill() };
      const done = deeds[/** @type {keyof deeds} */ (action)]?.();
      done?.catch((error) => this.#emit("error", { code: action, message: error.message }));
    }
  }

  /** Whether it takes a hand until the picture moves here. */
  #stands() {
    return this.#needsClick || this.hasAttribute("paused");
  }

  /** Full screen, and back. */
  async #fill() {
    const video = /** @type {any} */ (this.#path?.element);
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (document.fullscreenEnabled) await this.requestFullscreen();
    else video?.webkitEnterFullscreen?.(); // iPhones let nothing but a <video> fill the screen
  }

  /** The picture as a file. */
  async #save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await this.screenshot());
    link.download = `${this.#hello?.stream ?? "film"}-${Math.round(this.#pts / TIMESCALE)}s.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  #wake() {
    clearTimeout(this.#sleepTimer);
    this.toggleAttribute("data-awake", true);
    this.#sleepTimer = setTimeout(() => this.#sleep(), StreamerVideo.AWAKE * 1000);
  }

  /** Not while a keyboard is at a button, or a mouse on one. */
  #sleep() {
    clearTimeout(this.#sleepTimer);
    // A finger leaves :hover behind where it was last.
    const used = matchMedia("(hover: hover)").matches ? "button:is(:focus-visible, :hover)" : "button:focus-visible";
    if (this.isConnected && this.#root.querySelector(used)) this.#sleepTimer = setTimeout(() => this.#sleep(), 1000);
    else this.toggleAttribute("data-awake", false);
  }

  #draw() {
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (this.#root.querySelector(name));
    const [title, text, badge] = this.#words();
    part(".stage").classList.toggle("shown", this.#pts >= 0);
    const notice = part(".notice");
    notice.hidden = !title;
    setText(part(".notice b"), title);
    setText(part(".notice span"), text);
    this.toggleAttribute("data-dim", Boolean(title) && this.#pts >= 0 && !this.hasAttribute("paused"));
    const pill = part(".badge");
    pill.hidden = !badge;
    this.toggleAttribute("data-badge", Boolean(badge)); // a page's own label can make room
    setText(pill, badge);
    const caption = this.hasAttribute("captions") ? (this.#description?.text ?? "") : "";
    part(".caption").hidden = !caption || Boolean(title);
    setText(part(".caption span"), caption);
    const figures = part(".stats");
    figures.hidden = !this.hasAttribute("stats");
    if (!figures.hidden) setText(figures, this.#figures());
    const live = this.status === "playing" && this.connected;
    this.toggleAttribute("data-live", live);
    const { viewers } = this.#status;
    setText(part(".live"), (live ? "live" : this.status) + (viewers > 0 ? ` · ${viewers} watching` : ""));
    part('[data-do="pause"]').setAttribute("aria-label", this.#stands() ? "Play (k)" : "Pause (k)");
    part('[data-do="pause"] path').setAttribute("d", this.#stands() ? ICONS.play : ICONS.pause);
    part('[data-do="captions"]').setAttribute("aria-pressed", `${this.hasAttribute("captions")}`);
    part('[data-do="stats"]').setAttribute("aria-pressed", `${this.hasAttribute("stats")}`);
    part('[data-do="float"]').hidden = !this.#floats();
    const fills = document.fullscreenEnabled || "webkitEnterFullscreen" in (this.#path?.element ?? {});
    part('[data-do="fullscreen"]').hidden = !fills;
  }

  /** The notice's title and text, and the badge. @returns {[string, string, string]} */
  #words() {
    const { status, reason, note } = this.#status;
    if (this.#fatal) return ["Cannot play here", this.#fatal, ""];
    if (this.#link?.held) return ["Not let in", this.#link.denied, ""];
    if (this.#needsClick) return ["Click to play", "This browser starts no film by itself.", ""];
    if (!this.connected) {
      if (navigator.onLine === false && this.#pts >= 0) return ["", "", "no network; reconnecting…"];
      const { said = "", attempts = 0 } = this.#link ?? {};
      const foreign = `No answer yet. Is the server up, and does it allow ${location.origin} (allowed_origins)?`;
      if (this.#pts < 0) return ["Connecting…", attempts < 3 ? "" : said || foreign, ""];
      return ["", "", said ? `reconnecting: ${said}` : "reconnecting…"];
    }
    // A film that was there comes back: its last picture says more than a veil over it.
    if (status === "waiting" && this.#pts >= 0) return ["", "", reason || "rendering resumes…"];
    if (status === "waiting" || status === "held" || status === "ended") {
      const [title, text] = REASONS[reason] ?? REASONS[status];
      const words = REASONS[reason] || !reason ? text : reason;
      return [title, reason === "budget" && note ? sentence(note) : words, ""];
    }
    if (this.#pts < 0) return ["Tuning in…", "", this.#missing];
    if (this.hasAttribute("paused")) return ["", "", "paused here · the film goes on"];
    if (this.#missing) return ["", "", this.#missing];
    if (status === "playing" && this.#wanted !== "nothing" && seconds() - this.#chunkAt > 4)
      return ["", "", "rendering resumes…"];
    if (seconds() < this.#noteUntil) return ["", "", `playing by ${this.path}: ${this.#reason}`];
    return ["", "", ""];
  }

  #figures() {
    const { fps, latency, bitrate, decoded, drawn, dropped, buffer, reconnects, path, reason, codec, width, height } =
      this.stats;
    const unknown = path === "mjpeg" ? "not known of an image" : "not known yet";
    const lines = [
      `path      ${path}${reason ? ` (${reason})` : ""}`,
      `picture   ${codec} ${width}x${height}, ${fps.toFixed(1)} fps`,
      `latency   ${latency ? `p50 ${latency.p50} ms, p95 ${latency.p95} ms` : unknown}, buffer ${buffer} ms`,
      `bitrate   ${path === "mjpeg" ? unknown : `${(bitrate / 1e6).toFixed(2)} Mbit/s`}`,
      `frames    ${decoded} decoded, ${drawn} drawn, ${dropped} dropped`,
      `epoch     ${this.#epoch}, reconnects ${reconnects}`,
    ];
    if (this.#hello)
      lines.push(`drawn by  ${this.#hello.engine} (${this.#hello.backend}), told by ${this.#hello.director}`);
    return lines.join("\n");
  }

  /** @param {string} type @param {any} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {string} words */
const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;

/**
 * Only when it differs: a live region that is written again is read again.
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function same(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

if (globalThis.customElements && !customElements.get("streamer-video")) {
  customElements.define("streamer-video", StreamerVideo);
}
