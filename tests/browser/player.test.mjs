// The pure part of player.js. Run: node --test tests/browser/
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import {
  Backlog,
  Backoff,
  besideUrl,
  boxes,
  chase,
  Clock,
  Cues,
  Gate,
  kindOf,
  Least,
  newestDue,
  parseChunk,
  parseInit,
  percentile,
  Rate,
  socketUrl,
} from "../../streamer/broadcaster/web/player.js";
import * as player from "../../streamer/broadcaster/web/player.js";

const be = (bytes, n) =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt(n) >> BigInt(8 * (bytes - 1 - i))) & 255n));
const u16 = (n) => be(2, n);
const u32 = (n) => be(4, n);
const u64 = (n) => be(8, n);
const box = (kind, ...parts) => {
  const body = parts.flat(Infinity);
  return [...u32(8 + body.length), ...Buffer.from(kind, "latin1"), ...body];
};
const bytes = (...parts) => Uint8Array.from(parts.flat(Infinity));

const NTP = 2_208_988_800;

/** A chunk as streamer/media/cmaf.py writes it. */
function chunk({ seq = 7, pts = 90_000, duration = 3750, keyframe = false, wall = null, data = [1, 2, 3, 4, 5] } = {}) {
  const moof = box(
    "moof",
    box("mfhd", u32(0), u32(seq)),
    box(
      "traf",
      box("tfhd", u32(0x020038), u32(1), u32(duration), u32(data.length), u32(keyframe ? 0x02000000 : 0x01010000)),
      box("tfdt", u32(0x01000000), u64(pts)),
      box("trun", u32(1), u32(1), u32(108)),
    ),
  );
  const prft =
    wall === null
      ? []
      : box(
          "prft",
          u32(0x01000000),
          u32(1),
          u32((Math.floor(wall) + NTP) % 2 ** 32),
          u32(Math.round((wall % 1) * 2 ** 32)),
          u64(pts),
        );
  return bytes(prft, moof, box("mdat", data));
}

const AVCC = [1, 0x64, 0, 0x1f, 255, 225, 0, 1, 0x67, 1, 0, 1, 0x68];

function init({ width = 512, height = 288, config = AVCC, timescale = 90_000 } = {}) {
  const entry = box("avc1", Array(24).fill(0), u16(width), u16(height), Array(50).fill(0), box("avcC", config));
  return bytes(
    box("ftyp", [...Buffer.from("iso5")], u32(0)),
    box(
      "moov",
      box("mvhd", Array(100).fill(0)),
      box(
        "trak",
        box(
          "mdia",
          box("mdhd", u32(0), u32(0), u32(0), u32(timescale), u32(0), u32(0)),
          box("minf", box("stbl", box("stsd", u32(0), u32(1), entry))),
        ),
      ),
    ),
  );
}

test("the types tell all that the player exports", async () => {
  const types = await readFile(new URL("../../streamer/broadcaster/web/player.d.ts", import.meta.url), "utf8");
  const told = [...types.matchAll(/^export (?:class|const|function) (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(told.sort(), Object.keys(player).sort());
});

test("a chunk tells its seq, time, duration and sample", () => {
  const { data, ...rest } = parseChunk(chunk());
  assert.deepEqual(rest, { seq: 7, pts: 90_000, duration: 3750, keyframe: false, wall: null });
  assert.deepEqual([...data], [1, 2, 3, 4, 5]);
});

test("the sample of a chunk is a view of the message, not a copy", () => {
  const message = chunk();
  assert.equal(parseChunk(message).data.buffer, message.buffer);
});

test("a keyframe tells when it was made, to the millisecond", () => {
  const { keyframe, wall } = parseChunk(chunk({ keyframe: true, wall: 1_790_000_000.125 }));
  assert.equal(keyframe, true);
  assert.ok(Math.abs(wall - 1_790_000_000.125) < 1e-3);
});

test("the producer's clock goes on after NTP's era ends in 2036", () => {
  const wall = 2_100_000_000.5;
  assert.ok(Math.abs(parseChunk(chunk({ keyframe: true, wall })).wall - wall) < 1e-3);
});

test("a film of three hundred years still has exact times", () => {
  const pts = 90_000 * 86_400 * 365 * 300 + 1;
  assert.equal(parseChunk(chunk({ pts })).pts, pts);
});

test("a chunk that lies somewhere inside a larger buffer is read from its own start", () => {
  const inner = chunk({ seq: 3 });
  const outer = new Uint8Array(inner.length + 10);
  outer.set(inner, 5);
  assert.equal(parseChunk(outer.subarray(5, 5 + inner.length)).seq, 3);
});

for (const cut of [1, 7, 20, 60, 100, 107, 110]) {
  test(`a chunk cut after ${cut} bytes is refused`, () => {
    assert.throws(() => parseChunk(chunk().subarray(0, cut)), RangeError);
  });
}

test("a box that claims more than there is names both numbers", () => {
  assert.throws(() => [...boxes(bytes(u32(99), [...Buffer.from("moof")]))], /"moof" at 0 says 99 bytes, there are 8/);
});

test("a box with a 64-bit size is walked like any other", () => {
  const wide = bytes(u32(1), [...Buffer.from("mdat")], u64(18), [9, 9], box("free"));
  assert.deepEqual(
    [...boxes(wide)].map((b) => [b.kind, b.body, b.end]),
    [
      ["mdat", 16, 18],
      ["free", 26, 26],
    ],
  );
});

test("an init segment tells codec, parameter sets and size", () => {
  const { description, ...rest } = parseInit(init());
  assert.deepEqual(rest, { codec: "avc1.64001f", width: 512, height: 288, timescale: 90_000 });
  assert.deepEqual([...description], AVCC);
});

test("an init segment without a track is refused", () => {
  assert.throws(() => parseInit(bytes(box("ftyp"), box("moov", box("mvhd", Array(100).fill(0))))), /without a codec/);
});

test("the first box tells what a message is", () => {
  assert.equal(kindOf(init()), "init");
  assert.equal(kindOf(chunk()), "chunk");
  assert.equal(kindOf(chunk({ keyframe: true, wall: 1.5 })), "chunk");
  assert.equal(kindOf(bytes(box("free"))), "unknown");
  assert.equal(kindOf(bytes([1, 2])), "unknown");
});

const FRAME = 1 / 24;

/** Frames of a steady film, each with the delay that the network gives it; returns when each was due. */
function play(clock, delays, { from = 1000 } = {}) {
  return delays.map((delay, n) => {
    const pts = n * FRAME;
    clock.arrive(from + pts + delay, pts);
    return clock.due(pts) - (from + pts);
  });
}

test("before anything came everything is due at once", () => {
  assert.equal(new Clock().due(12), -Infinity);
});

test("on a steady link the picture is two frames behind the arrivals, no more", () => {
  const due = play(new Clock(), Array(240).fill(0.05));
  assert.ok(Math.abs(due.at(-1) - (0.05 + 2 * FRAME)) < 1e-6, `${due.at(-1)}`);
});

test("small jitter is taken up: once it is known, no frame is late", () => {
  const clock = new Clock();
  const delays = Array.from({ length: 240 }, (_, n) => 0.05 + (n % 3) * 0.02);
  const due = play(clock, delays);
  assert.equal(due.filter((at, n) => n > 3 && at < delays[n]).length, 0);
});

test("one late burst delays the picture once, then it eases back to the live edge", () => {
  const clock = new Clock();
  const delays = Array.from({ length: 600 }, (_, n) => (n >= 48 && n < 54 ? 0.05 + (54 - n) * FRAME : 0.05));
  const due = play(clock, delays);
  assert.ok(due[60] > 0.25, `just after the burst ${due[60]}`);
  assert.ok(Math.abs(due.at(-1) - (0.05 + 2 * FRAME)) < 1e-6, `at the end ${due.at(-1)}`);
  const steps = due.slice(1).map((at, n) => at - due[n]);
  assert.ok(Math.min(...steps) > -0.05 * FRAME, "it never hurries by more than a twentieth");
});

test("a worker that renders ahead builds a buffer up to the ceiling instead of a rush", () => {
  const clock = new Clock({ ceiling: 0.6 });
  // Twelve frames in a fifth of their time.
  const delays = Array.from({ length: 48 }, (_, n) => Math.max(-0.5, -n * FRAME * 0.8));
  const due = play(clock, delays);
  assert.ok(
    due.slice(1).every((at, n) => at - due[n] > -0.04 * FRAME),
    "the pace stays the film's",
  );
});

test("never more than the ceiling behind the quickest arrival", () => {
  const due = play(new Clock({ ceiling: 0.6 }), [...Array(24).fill(0.05), 3, ...Array(24).fill(2)]);
  assert.ok(Math.max(...due) <= 0.65 + 1e-9);
});

test("after the worker stalled and went on later, the new rhythm counts within the span", () => {
  const clock = new Clock({ span: 4 });
  const due = play(clock, [...Array(120).fill(0.05), ...Array(240).fill(2.05)]);
  assert.ok(Math.abs(due.at(-1) - (2.05 + 2 * FRAME)) < 0.2 && due.at(-1) >= 2.05 + 2 * FRAME - 1e-9, `${due.at(-1)}`);
});

test("clocks that drift apart by 200 ppm do not add delay over an hour", () => {
  const clock = new Clock();
  for (let n = 0; n < 3600 * 24; n += 1) clock.arrive(n * FRAME * 1.0002, n * FRAME);
  assert.ok(clock.due(3600) - 3600 * 1.0002 < 2 * FRAME + 0.01);
});

test("the least of a minute is forgotten when the minute is over", () => {
  const skew = new Least(60);
  assert.equal(skew.value, Infinity);
  skew.add(0, -3); // a clock that was set meanwhile
  for (let now = 5; now <= 45; now += 5) skew.add(now, 0.2);
  assert.equal(skew.value, -3);
  for (let now = 50; now <= 120; now += 5) skew.add(now, now === 100 ? 0.1 : 0.2);
  assert.equal(skew.value, 0.1);
  skew.add(10_000, 0.4);
  assert.equal(skew.value, 0.4, "after an hour without a message");
  skew.clear();
  assert.equal(skew.value, Infinity);
});

test("a new scene is due when it arrives", () => {
  const clock = new Clock();
  play(clock, Array(48).fill(0.05));
  clock.reset();
  clock.arrive(5000, 3);
  assert.equal(clock.due(3), 5000);
});

test("of the frames that are due only the newest is drawn", () => {
  const clock = new Clock({ floor: 0 });
  clock.arrive(100, 0);
  assert.equal(newestDue([0, 0.04, 0.08, 0.12], clock, 100.09), 2);
  assert.equal(newestDue([0.2, 0.3], clock, 100.09), -1);
  assert.equal(newestDue([], clock, 100), -1);
});

test("the backlog of a joining viewer is all late but its end", () => {
  const clock = new Clock();
  const pts = Array.from({ length: 24 }, (_, n) => n * FRAME);
  pts.forEach((at, n) => clock.arrive(50 + n * 0.001, at));
  clock.show(50.06, pts.at(-1));
  assert.equal(newestDue(pts, clock, 50.023 + 2 * FRAME), 23);
});

test("a backlog is over when its newest chunk is of this moment and nothing follows", () => {
  const backlog = new Backlog();
  assert.equal(backlog.left(5), Infinity);
  backlog.arrive(10, 0.9);
  backlog.arrive(10.002, 0.05);
  assert.ok(Math.abs(backlog.left(10.004) - 0.008) < 1e-9);
  assert.equal(backlog.left(10.013), 0);
});

test("a backlog whose end is still on its way is waited for, but not for ever", () => {
  const backlog = new Backlog();
  backlog.arrive(10, 0.9);
  assert.ok(Math.abs(backlog.left(10.1) - 0.15) < 1e-9);
  backlog.arrive(10.24, 0.8);
  assert.ok(backlog.left(10.245) > 0);
  assert.equal(backlog.left(10.26), 0);
});

test("where nothing is known of a chunk's age, quiet alone ends the backlog", () => {
  const backlog = new Backlog();
  backlog.arrive(10, 0);
  assert.equal(backlog.left(10.02), 0);
});

test("a video near its edge runs at rate 1", () => {
  assert.deepEqual(chase(0.1, 0.125), { rate: 1, seek: false });
  assert.deepEqual(chase(0.18, 0.125), { rate: 1, seek: false });
  assert.deepEqual(chase(0, 0.125), { rate: 1, seek: false });
});

test("a video that fell behind runs faster, in steps, at most 1.2", () => {
  const rates = [0.2, 0.3, 0.4, 0.6, 1.2].map((ahead) => chase(ahead, 0.125).rate);
  assert.deepEqual(
    rates.map((r) => Math.round(r * 100)),
    [105, 110, 115, 120, 120],
  );
});

test("far behind it seeks, but not twice in two seconds", () => {
  assert.equal(chase(4, 0.125).seek, true);
  assert.equal(chase(4, 0.125, 1).seek, false);
  assert.equal(chase(4, 0.125, 3).seek, true);
});

test("decoding begins at a keyframe", () => {
  const gate = new Gate();
  assert.equal(gate.admit({ seq: 4, keyframe: false }, 0, 0), "skip");
  assert.equal(gate.admit({ seq: 5, keyframe: true }, 0, 0), "decode");
  assert.equal(gate.admit({ seq: 6, keyframe: false }, 0, 0), "decode");
});

test("a hole asks for help once and waits for the next keyframe", () => {
  const gate = new Gate();
  gate.admit({ seq: 0, keyframe: true }, 0, 0);
  assert.equal(gate.admit({ seq: 2, keyframe: false }, 0, 0), "hole");
  assert.equal(gate.admit({ seq: 3, keyframe: false }, 0, 0), "skip");
  assert.equal(gate.admit({ seq: 9, keyframe: true }, 0, 0), "decode");
});

test("a hole before a keyframe is none: the server skipped us", () => {
  const gate = new Gate();
  gate.admit({ seq: 0, keyframe: true }, 0, 0);
  assert.equal(gate.admit({ seq: 24, keyframe: true }, 0, 0), "decode");
});

test("a decoder that cannot follow is given the next keyframe, not every other frame", () => {
  const gate = new Gate(10, 0.25);
  gate.admit({ seq: 0, keyframe: true }, 0, 5);
  assert.equal(gate.admit({ seq: 1, keyframe: false }, 11, 5.0), "decode");
  assert.equal(gate.admit({ seq: 2, keyframe: false }, 12, 5.2), "decode");
  assert.equal(gate.admit({ seq: 3, keyframe: false }, 12, 5.3), "skip");
  assert.equal(gate.admit({ seq: 4, keyframe: false }, 2, 5.4), "skip");
  assert.equal(gate.admit({ seq: 5, keyframe: true }, 2, 5.5), "decode");
});

test("a decoder that still cannot follow at a keyframe is spared that one too", () => {
  const gate = new Gate(10, 0.25);
  gate.admit({ seq: 0, keyframe: true }, 11, 5);
  assert.equal(gate.admit({ seq: 24, keyframe: true }, 11, 6), "skip");
});

test("a burst after a busy moment of the page is no reason to drop", () => {
  const gate = new Gate(10, 0.25);
  for (let seq = 0; seq < 30; seq += 1) {
    assert.equal(gate.admit({ seq, keyframe: seq === 0 }, seq, 5 + seq * 0.003), "decode");
  }
  assert.equal(gate.admit({ seq: 30, keyframe: false }, 3, 5.2), "decode");
  assert.equal(gate.admit({ seq: 31, keyframe: false }, 11, 5.4), "decode");
});

test("while joining a whole GOP may queue, however long it takes", () => {
  const gate = new Gate(10, 0.25);
  for (let seq = 0; seq < 48; seq += 1)
    assert.equal(gate.admit({ seq, keyframe: seq === 0 }, seq, seq, true), "decode");
});

test("cues fire with their picture, in order, once", () => {
  const cues = new Cues();
  for (const pts of [10, 20, 30]) cues.add({ pts });
  assert.deepEqual(cues.reached(5), []);
  assert.deepEqual(
    cues.reached(25).map((cue) => cue.pts),
    [10, 20],
  );
  assert.deepEqual(cues.reached(25), []);
  assert.deepEqual(
    cues.reached(30).map((cue) => cue.pts),
    [30],
  );
});

test("cues of a page that shows nothing are bounded, the newest stay", () => {
  const cues = new Cues();
  for (let pts = 0; pts < 1000; pts += 1) cues.add({ pts });
  const kept = cues.reached(1000);
  assert.equal(kept.length, 64);
  assert.equal(kept.at(-1).pts, 999);
});

test("the wait before another attempt begins at half a second and doubles up to the cap", () => {
  const middle = new Backoff({ random: () => 0.5 });
  assert.deepEqual(
    Array.from({ length: 7 }, () => middle.next()),
    [0.5, 1, 2, 4, 8, 10, 10],
  );
  const longest = new Backoff({ random: () => 1 });
  assert.deepEqual(
    Array.from({ length: 7 }, () => longest.next()),
    [0.75, 1.5, 3, 6, 12, 15, 15],
  );
});

test("whatever chance does, a page that is refused for good knocks at most five times in its first five seconds", () => {
  const luckless = new Backoff({ random: () => 0 });
  let [knocks, at] = [1, 0];
  while ((at += luckless.next()) <= 5) knocks += 1;
  assert.equal(knocks, 5);
});

test("many pages that lost their server come back spread out, and after a success at once again", () => {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const waits = Array.from({ length: 200 }, () => new Backoff({ random }).next());
  assert.ok(Math.max(...waits) - Math.min(...waits) > 0.45, "over the whole half second");
  const backoff = new Backoff({ random: () => 0.5 });
  for (let n = 0; n < 9; n += 1) backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 0.5);
});

test("a server that asks for patience gets it", () => {
  assert.equal(new Backoff({ random: () => 0 }).next(3), 3);
});

test("percentiles are values that were seen", () => {
  const values = [5, 1, 4, 2, 3];
  assert.equal(percentile(values, 0.5), 3);
  assert.equal(percentile(values, 0.95), 5);
  assert.equal(percentile(values, 0), 1);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test("a rate is over the last seconds and falls to nothing", () => {
  const rate = new Rate(2);
  for (let n = 0; n <= 96; n += 1) rate.add(n / 24, 1);
  assert.ok(Math.abs(rate.perSecond(4) - 24.5) < 0.6, `${rate.perSecond(4)}`);
  assert.equal(rate.perSecond(10), 0);
});

test("the socket is found beside the player, behind any prefix", () => {
  const at = (base, from) => socketUrl(from, base);
  assert.equal(at("http://h:1/player.js", { stream: "main" }), "ws://h:1/streams/main/live");
  assert.equal(at("https://h/films/player.js", { stream: "a.b" }), "wss://h/films/streams/a.b/live");
  assert.equal(at("https://h/web/player.js", { stream: "b" }), "wss://h/streams/b/live");
  assert.equal(at("https://page/x", { src: "wss://other/streams/x/live" }), "wss://other/streams/x/live");
  assert.equal(at("http://page/a/", { src: "../streams/x/live" }), "ws://page/streams/x/live");
});

test("what lies beside a socket is found behind any prefix, with the token where it is asked for", () => {
  assert.equal(besideUrl("wss://h/films/streams/a.b/live", "info"), "https://h/films/api/streams/a.b");
  assert.equal(besideUrl("ws://h:1/streams/main/live", "prompts"), "http://h:1/api/streams/main/prompts");
  assert.equal(
    besideUrl("ws://h/streams/main/live", "live.mjpeg", "t+1"),
    "http://h/streams/main/live.mjpeg?token=t%2B1",
  );
  assert.equal(
    besideUrl("wss://h/streams/m/live?token=old&x=1", "live.mjpeg"),
    "https://h/streams/m/live.mjpeg?token=old",
  );
});

test("a video keeps as much in hand as the link is restless", () => {
  const steady = new Clock();
  play(steady, Array(240).fill(0.05));
  assert.ok(Math.abs(steady.lag - 2 * FRAME) < 1e-6);
  const restless = new Clock();
  play(
    restless,
    Array.from({ length: 240 }, (_, n) => 0.05 + (n % 5 === 0 ? 0.2 : 0)),
  );
  assert.ok(restless.lag > 0.15 && restless.lag < 0.25, `${restless.lag}`);
  assert.equal(new Clock({ floor: 0.1 }).lag, 0.1);
});
