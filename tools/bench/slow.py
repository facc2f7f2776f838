"""How stale the picture is for viewers whose line is too slow, and whether it is ever corrupt.

    python -m tools.bench slow [--seconds 600] [--speeds 40,60,80,130] [--queues 0.05,1.0] [--congestion bbr]

A film that is drawn and encoded once is shown over and over through the whole broadcaster at its own pace. For each
speed, in percent of the bandwidth that the film needs with its headers, and for each length of the queue before the
line, in seconds, there is a viewer in a network namespace of its own behind a shaped link (tools/link.py). They all
watch at once. Without root the viewers read slowly on the loopback instead, and the first line says so.

The picture's age is the time since the newest picture that is there was published, at any moment from four seconds
after the join; a frame's delay is its arrival less that. Every picture must decode to what a decoder makes of the whole
film, bit by bit; a run is what comes between two holes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import uvloop

from engines.base import Shot
from engines.sketch import SketchEngine
from streamer import metrics
from streamer.broadcaster import socket as viewer_socket
from streamer.broadcaster.service import BroadcasterService
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.messages import Media
from streamer.settings import Settings
from streamer.topics import VIDEO
from streamer.video import Chunk, InitSegment, to_headers
from tools.bench._eye import checksum, opened
from tools.bench.draw import film as story
from tools.link import NotHere, link

FPS, TICKS = 24, 3750
SETTLING = 4.0
"""Seconds after a join that are not judged: it begins with up to a GOP at once, which a slow line has to carry."""

HEADERS = 1 + 66 / 1448
"""Bytes on the wire for a byte of TCP: Ethernet, IPv4, TCP with timestamps, in full segments."""


@dataclass(frozen=True)
class Film:
    """A film that can be repeated: each GOP begins with an IDR."""

    init: bytes
    samples: list[bytes]
    sums: list[int]  # of the pictures
    avcc: bytes
    media: Media

    @property
    def bytes_per_second(self) -> float:
        """As it goes out, with the frame of the WebSocket."""
        return FPS * sum(len(self.chunk(n).data) + 4 for n in range(len(self.samples))) / len(self.samples)

    @property
    def keyframe_share(self) -> float:
        """Of its bytes."""
        return sum(map(len, self.samples[::FPS])) / sum(map(len, self.samples))

    def write(self, path: Path) -> Path:
        """What a viewer checks it by."""
        path.write_text(json.dumps({"sums": self.sums, "avcc": self.avcc.hex(), "ticks": TICKS}))
        return path

    def chunk(self, n: int) -> Chunk:
        """Frame `n` of the endless film."""
        keyframe, sample = n % FPS == 0, self.samples[n % len(self.samples)]
        wall = time.time() if keyframe else None
        data = cmaf.chunk(seq=n, pts=n * TICKS, duration=TICKS, keyframe=keyframe, data=sample, wall=wall)
        return Chunk(1, n, n * TICKS, TICKS, keyframe, 1, data)


def make_film(seconds: int, size: int = 384, bitrate: int = 1_000_000) -> Film:
    """A sketch, encoded as a worker does."""
    engine = SketchEngine()
    session = engine.open(Shot("bench", size, size, seed=1))
    encoder = Encoder(size, size, fps=float(FPS), bitrate=bitrate)
    timeline, samples = story(seconds), []
    for n in range(seconds * FPS):
        step = timeline.frame(1 / FPS)
        assert step is not None
        (picture,) = engine.render([(session, step.spec)])
        samples.append(encoder.encode(picture, keyframe=n % FPS == 0).data)
    init, codec = encoder.init, encoder.codec
    encoder.close()
    engine.close()
    at = init.index(b"avcC")
    avcc = init[at + 4 : at - 4 + int.from_bytes(init[at - 4 : at])]
    decoder = opened(avcc)
    sums = [checksum(picture) for sample in samples for picture in decoder.decode(av.Packet(sample))]
    assert len(sums) == len(samples)
    return Film(init, samples, sums, avcc, Media(codec=codec, width=size, height=size, fps=FPS, engine="sketch"))


@contextlib.asynccontextmanager
async def showing(film: Film) -> AsyncIterator[tuple[int, list[float]]]:
    """A broadcaster that shows the film. Yields its port, and when (monotonic) each frame was published so far."""
    bus = MemoryBus(max_partition_bytes=8 << 20)
    service = BroadcasterService(bus, Settings(port=0, host="0.0.0.0", connect_rate=0.0))
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    published: list[float] = []

    async def show() -> None:
        first = InitSegment(1, 1, film.media, film.init)
        await bus.publish(Record(VIDEO, "main", first.data, to_headers(first)))
        begun = time.monotonic()
        while True:
            chunk = film.chunk(len(published))
            published.append(time.monotonic())
            await bus.publish(Record(VIDEO, "main", chunk.data, to_headers(chunk)))
            await asyncio.sleep(max(0.0, begun + len(published) / FPS - time.monotonic()))

    running = asyncio.create_task(service.run(url.set_result))
    port = int((await url).rpartition(":")[2])
    while not service.hub.ready:
        await asyncio.sleep(0.01)
    showing = asyncio.create_task(show())
    try:
        yield port, published
    finally:
        for task in (showing, running):
            task.cancel()
        await asyncio.wait({showing, running}, timeout=20)


@dataclass(frozen=True)
class Verdict:
    """Of one viewer; seconds."""

    ages: list[float]  # of the picture, each 10 ms
    oldest: float
    delays: list[float]  # of frames
    seen: float  # share of the film
    runs: int
    clean: int  # of them

    @classmethod
    def of(cls, frames: list[tuple[float, int, bool]], published: list[float], until: float) -> Verdict:
        """`frames` as `_eye` prints them, watched until then."""
        judged = [frame for frame in frames if frame[0] >= frames[0][0] + SETTLING]
        ages: list[float] = []
        oldest = 0.0
        for (at, n, _), after in zip(judged, [*(frame[0] for frame in judged[1:]), until], strict=True):
            oldest = max(oldest, after - published[n])
            ages += [at - published[n] + step / 100 for step in range(1 + int((after - at) * 100))]
        clean: list[bool] = []
        last = -2
        for _, n, right in frames:
            if n != last + 1:
                clean.append(True)
            clean[-1] &= right
            last = n
        watched = until - judged[0][0]
        delays = [at - published[n] for at, n, _ in judged]
        return cls(ages, oldest, delays, len(judged) / FPS / watched, len(clean), sum(clean))


async def watch(port: int, inside: list[str], host: str, seconds: float, film: Path, speed: float) -> dict[str, Any]:
    """A viewer from start to end."""
    process = await asyncio.create_subprocess_exec(
        *inside, sys.executable, "-m", "tools.bench._eye", host, str(port), str(seconds), str(film), str(speed),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds + 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    found: dict[str, Any] = json.loads(out) | {"until": time.monotonic()}
    return found


async def measure(film: Film, speeds: list[float], queues: list[float], seconds: float) -> dict[str, Verdict]:
    """All viewers at once; by what their line is."""
    need = film.bytes_per_second * HEADERS * 8
    lines: dict[str, tuple[list[str], str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        path = film.write(Path(folder, "film.json"))
        try:
            for speed in speeds:
                for queue in queues:
                    cable = stack.enter_context(link(len(lines), need * speed, queue))
                    lines[f"{speed:.0%}, queue of {queue:g} s"] = (cable.inside, cable.address, 0.0)
        except NotHere as error:
            print(f"No shaped links ({error}): the viewers read slowly instead.")
            stack.close()
            lines = {f"{s:.0%}, reads slowly": ([], "127.0.0.1", s * film.bytes_per_second) for s in speeds}
        async with showing(film) as (port, published):
            while len(published) < FPS * 2:
                await asyncio.sleep(0.1)
            found = await asyncio.gather(
                *(watch(port, inside, host, seconds, path, speed) for inside, host, speed in lines.values())
            )
    verdicts = {}
    for name, seen in zip(lines, found, strict=True):
        if not seen["frames"]:
            raise RuntimeError(f"{name}: no picture came")
        if seen["end"] != "told to":
            print(f"{name}: {seen['end']} after {len(seen['frames'])} frames")
        verdicts[name] = Verdict.of(seen["frames"], published, min(seen["until"], seen["frames"][-1][0] + 0.5))
    return verdicts


def report(verdicts: dict[str, Verdict]) -> None:
    """Print."""
    print(f"\n{'line':<22}{'picture age, s':^27}{'frame delay, s':^18}{'film':>6}{'runs':>7}{'clean':>7}")
    print(f"{'':<22}{'median':>9}{'p99':>9}{'max':>9}{'median':>9}{'max':>9}{'seen':>6}")
    for name, v in verdicts.items():
        p99 = statistics.quantiles(v.ages, n=100)[98]
        print(
            f"{name:<22}{statistics.median(v.ages):9.3f}{p99:9.3f}{v.oldest:9.3f}{statistics.median(v.delays):9.3f}"
            f"{max(v.delays):9.3f}{v.seen:6.0%}{v.runs:7}{v.clean:7}"
        )
    causes = {sample.labels["reason"]: sample.value for sample in next(iter(metrics.skips.collect())).samples
              if sample.name.endswith("_total")}  # fmt: skip
    print("skips:", ", ".join(f"{reason} {count:.0f}" for reason, count in causes.items()) or "none")


def use(congestion: str) -> None:
    """Have TCP control congestion so, on every connection of this process."""
    tune: Callable[[socket.socket], None] = viewer_socket.tune

    def tuned(sock: socket.socket) -> None:
        tune(sock)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, congestion.encode())

    viewer_socket.tune = tuned


def main(argv: list[str]) -> int:
    """The bench; 1 when a run is corrupt, or a picture at 60 % is a second old."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench slow", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--speeds", default="40,60,80,130", help="in percent")
    parser.add_argument("--queues", default="0.05,1.0", help="in seconds")
    parser.add_argument("--film", type=int, default=20, help="seconds of it that are drawn, then repeated")
    parser.add_argument("--congestion", default="", help="what TCP uses (default: what this machine does)")
    options = parser.parse_args(argv)
    speeds = [float(word) / 100 for word in options.speeds.split(",")]
    queues = [float(word) for word in options.queues.split(",")]
    if options.congestion:
        use(options.congestion)
    film = make_film(options.film)
    print(
        f"{options.seconds:g} s; the film needs {film.bytes_per_second * HEADERS * 8e-6:.2f} Mbit/s, "
        f"{film.keyframe_share:.0%} of it keyframes; TCP uses {options.congestion or 'the default'}",
        flush=True,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        verdicts = runner.run(measure(film, speeds, queues, options.seconds))
    report(verdicts)
    corrupt = any(v.clean < v.runs for v in verdicts.values())
    stale = any(v.oldest >= 1.0 for name, v in verdicts.items() if name.startswith("60%"))
    return int(corrupt or stale)
