/** Types of player.js: the element <streamer-video>, and the pure part that it is made of. */

/** One thing of the cast; box is [x, y, w, h] in fractions of the frame, (x, y) the top left corner, y down. */
export interface SceneObject {
  id: string;
  noun: string;
  look?: string;
  action?: string;
  box: [x: number, y: number, w: number, h: number];
}

/** A keyframe of the film in words, boxes and camera (messages.schema.json). Fields at their default are left out. */
export interface FrameDescription {
  type: "description";
  epoch: number;
  seq: number;
  shot: number;
  /** Seconds of film. */
  duration: number;
  /** The whole sentence. */
  text: string;
  /** The part of it that is new. */
  action?: string;
  setting?: { place?: string; time?: string; weather?: string; style?: string };
  /** Back to front. */
  objects?: SceneObject[];
  camera?: { movement?: string; pan?: [number, number]; zoom?: number };
  transition?: "blend" | "cut";
  seed?: number;
  source?: "llm" | "fallback";
  prompt?: string;
}

export type Status = "connecting" | "waiting" | "playing" | "held" | "ended";
export type Progress = "accepted" | "directing" | "on_screen" | "merged" | "superseded" | "refused";

/** What the server says first, and again whenever everything known is void. */
export interface Hello {
  stream: string;
  status: Status;
  reason: string;
  epoch: number;
  generation: number;
  /** RFC 6381; "" while waiting. */
  codec: string;
  width: number;
  height: number;
  fps: number;
  timescale: number;
  engine: string;
  backend: string;
  director: string;
  prompt: string;
  viewers: number;
  /** The server's clock, unix seconds. */
  clock: number;
  /** As in `StatusDetail`; left out by older servers. */
  note?: string;
}

export interface StatusDetail {
  status: Status;
  reason: string;
  viewers: number;
  prompt: string;
  /** For people: why the LLM does not direct now, when a held film goes on; "" when all is well. */
  note: string;
}

export interface Wish {
  id: string;
  progress: Progress;
  epoch?: number;
  reason?: string;
  ref?: string;
}

/** How it plays; "" before that is chosen, and where nothing can play. */
export type Path = "" | "webcodecs" | "mse" | "mjpeg";

export interface Stats {
  path: Path;
  /** Why it is not the best path; "" when it is. */
  reason: string;
  codec: string;
  width: number;
  height: number;
  decoded: number;
  drawn: number;
  /** Frames that were skipped, by the decoder's rules or because they were late. */
  dropped: number;
  reconnects: number;
  /** Pictures on the screen per second; by mjpeg, those that differ from the one before. */
  fps: number;
  /** Bits per second that the socket brings; an image's are not told. */
  bitrate: number;
  /** Milliseconds from the encoder to the screen by the server's clock; null before the first. */
  latency: { p50: number; p95: number } | null;
  /** Milliseconds held back for a smooth picture. */
  buffer: number;
  viewers: number;
}

export interface PromptOptions {
  /** Left out: steer if the stream plays, else play. */
  action?: "play" | "steer" | "pause" | "resume" | "stop";
  style?: string;
  seed?: number;
  /** Seconds that a description lasts, 0.5 to 12. */
  pace?: number;
  /** Descriptions that the LLM is asked for at a time, 1 to 32. */
  window?: number;
  /** Seconds of film, 0: endless. */
  length?: number;
  /** Length in descriptions, 0: endless. */
  descriptions?: number;
  /** Of the words, where they do not show it themselves. */
  language?: string;
  /** Of the LLM's sampling, 0 to 2. */
  temperature?: number;
  /** Of the LLM's sampling, above 0, at most 1. */
  top_p?: number;
  /** How a steer follows what is there. */
  transition?: "auto" | "blend" | "cut";
}

export interface StreamerVideoEventMap {
  hello: CustomEvent<Hello>;
  status: CustomEvent<StatusDetail>;
  /** The first picture of an epoch is on the screen. */
  epoch: CustomEvent<{ epoch: number; pts: number; prompt: string }>;
  /** The first picture of a description is on the screen. */
  description: CustomEvent<{ pts: number; description: FrameDescription }>;
  prompt: CustomEvent<Wish>;
  /** The first picture after the socket opened; `ms` since then. */
  firstframe: CustomEvent<{ pts: number; ms: number; path: string }>;
  path: CustomEvent<{ path: string; reason: string }>;
  connection: CustomEvent<{ connected: boolean }>;
  /** `code` is the server's, or "media" (a message that cannot be read), "unsupported" (nothing can play the film),
   * "save", "float", "fullscreen" (what the viewer asked for cannot be). */
  error: CustomEvent<{ code: string; message: string; field?: string }>;
  /** The film went into a window of its own, or came back. */
  pictureinpicture: CustomEvent<{ active: boolean }>;
}

/**
 * <streamer-video>. Attributes: `src` or `stream`, `path` ("webcodecs", "mse" or "mjpeg"), `token`, `captions`,
 * `stats`, `controls`, `paused`. Parts: picture, media, caption, stats, notice, badge, controls, button. Variables:
 * --streamer-background, --streamer-text, --streamer-veil, --streamer-accent, --streamer-radius.
 */
export class StreamerVideo extends HTMLElement {
  /** Seconds in a hidden tab after which no media is asked for. */
  static HIDE_AFTER: number;
  /** Seconds for which the controls stay after a touch or a movement. */
  static AWAKE: number;
  /** Seconds for the first answer to a wish. */
  static PROMPT_TIMEOUT: number;
  readonly status: Status;
  readonly hello: Hello | null;
  /** The epoch on the screen. */
  readonly epoch: number;
  /** The description on the screen. */
  readonly description: FrameDescription | null;
  /** Of the picture on the screen, ticks of 1/90000 s; -1 before the first. */
  readonly pts: number;
  readonly path: Path;
  readonly reason: string;
  readonly connected: boolean;
  readonly stats: Stats;
  /**
   * What lets in where the server asks for it. A new one is shown to the server at once, and after a refusal the player
   * connects again with it. Set here rather than as an attribute, it does not stand in the page's markup.
   */
  token: string;
  /** Go on at the live edge. */
  play(): void;
  /** Hold this viewer's picture; the film goes on. */
  pause(): void;
  /**
   * Send a wish; resolves with the server's first answer, rejects when it is refused or nobody answers. The error of a
   * refusal has the server's `code`, and the `field` that does not fit ("options.pace").
   */
  prompt(text: string, options?: PromptOptions): Promise<Wish>;
  /** The picture on the screen as a PNG. */
  screenshot(): Promise<Blob>;
  /** Into a window that stays above all others, or back. After a click or a key; rejects where it cannot be. */
  pictureInPicture(): Promise<void>;
  addEventListener<K extends keyof StreamerVideoEventMap>(
    type: K,
    listener: (event: StreamerVideoEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "streamer-video": StreamerVideo;
  }
}

// The pure part. Times are seconds, `pts` and durations ticks of 1/90000 s.

export const TIMESCALE: 90000;

export interface BoxAt {
  kind: string;
  start: number;
  body: number;
  end: number;
}

export interface Init {
  codec: string;
  /** The decoder's description: the payload of avcC. */
  description: Uint8Array;
  width: number;
  height: number;
  timescale: number;
}

export interface Chunk {
  seq: number;
  pts: number;
  duration: number;
  keyframe: boolean;
  /** Unix seconds of the producer's clock, on keyframes. */
  wall: number | null;
  data: Uint8Array;
}

export function boxes(bytes: Uint8Array, start?: number, end?: number): Generator<BoxAt>;
export function kindOf(bytes: Uint8Array): "init" | "chunk" | "unknown";
export function parseInit(bytes: Uint8Array): Init;
export function parseChunk(bytes: Uint8Array): Chunk;

/** The least of what was measured over the last `span` seconds. */
export class Least {
  constructor(span: number);
  add(now: number, value: number): void;
  /** Infinity of nothing. */
  readonly value: number;
  clear(): void;
}

export class Clock {
  constructor(bounds?: { floor?: number; ceiling?: number; span?: number; ease?: number });
  floor: number;
  readonly anchor: number;
  readonly offset: number;
  reset(): void;
  arrive(now: number, pts: number): void;
  show(now: number, pts: number): void;
  /** Seconds that a frame which came the quickest way waits. */
  readonly lag: number;
  due(pts: number): number;
}

export function newestDue(held: number[], clock: Clock, now: number): number;
export function chase(ahead: number, target: number, sinceSeek?: number): { rate: number; seek: boolean };

export class Backlog {
  /** Nothing came for so long: it may be over. */
  static QUIET: number;
  /** A chunk not older than this is of this moment. */
  static FRESH: number;
  /** It is not waited for longer than this. */
  static LIMIT: number;
  /** When its first picture was decoded, in seconds; NaN before that, and where a `<video>` decodes. */
  decoded: number;
  arrive(now: number, age: number): void;
  left(now: number): number;
}

export class Backoff {
  constructor(bounds?: { base?: number; cap?: number; random?: () => number });
  /** Seconds until the next attempt. */
  next(least?: number): number;
  reset(): void;
}

export class Gate {
  constructor(limit?: number, patience?: number);
  restart(): void;
  admit(
    chunk: { seq: number; keyframe: boolean },
    queued: number,
    now: number,
    joining?: boolean,
  ): "decode" | "skip" | "hole";
}

export class Cues<T extends { pts: number }> {
  add(cue: T): void;
  reached(pts: number): T[];
  clear(): void;
}

export class Rate {
  constructor(span?: number);
  add(now: number, amount: number): void;
  perSecond(now: number): number;
}

export function percentile(values: number[], q: number): number;
export function socketUrl(from: { src?: string | null; stream?: string | null }, base: string): string;
export function besideUrl(socket: string, what: "info" | "prompts" | "live.mjpeg", token?: string): string;
