"""Memory of a worker by the number of films that it draws at a time, and what stays of it when they have ended.

    python -m tools.bench streams [--streams 64] [--size 128x128] [--fps 3] [--minutes 4]

One worker on a bus in memory in this process, whose logs are kept short; their bytes are printed and not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import time

import psutil

from engines.sketch import SketchEngine
from engines.sketch.settings.places import PLACES
from streamer import metrics
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.messages import Box, EndOfStory, FrameDescription, SceneObject, Setting, decode_worker_state, encode
from streamer.settings import Settings
from streamer.topics import DESCRIPTIONS, WORKER_STATE, home
from streamer.worker.service import WorkerService

AHEAD = 3
"""Descriptions that wait for a film, as with a director."""

_NOUNS = ("fox", "dog", "horse", "woman", "wizard", "boat", "tree", "balloon", "owl", "car", "elephant", "whale")


def described(stream: str, seq: int) -> FrameDescription:
    """Another place, light, weather and cast with every fourth description."""
    words = random.Random(f"{stream} {seq // 4}")
    cast = tuple(
        SceneObject(
            id=f"{n}", noun=words.choice(_NOUNS), look=words.choice(["red", "small, blue", "old"]),
            action=words.choice(["running", "flying", "standing"]),
            box=Box(0.1 + 0.2 * ((seq + n) % 4), 0.3 + 0.2 * n, 0.3, 0.3),
        )
        for n in range(3)
    )  # fmt: skip
    setting = Setting(
        place=words.choice(tuple(PLACES)),
        time=words.choice(["noon", "sunset", "night"]),
        weather=words.choice(["", "snow", "rain"]),
    )
    return FrameDescription(
        epoch=1, seq=seq, shot=seq // 4, duration=2.0, text=f"Scene {seq} of {stream}.", setting=setting, objects=cast
    )


async def _direct(bus: MemoryBus, streams: list[str]) -> None:
    said = dict.fromkeys(streams, 0)
    while True:
        for stream in streams:
            state = bus.log(WORKER_STATE, home(stream)).newest().get(stream)
            entered = decode_worker_state(state).described if state else 0
            while said[stream] < entered + AHEAD:
                await bus.publish(Record(DESCRIPTIONS, stream, encode(described(stream, said[stream]))))
                said[stream] += 1
        await asyncio.sleep(0.5)


async def measure(count: int, size: str, fps: float, minutes: float) -> None:
    """Print while it runs."""
    process = psutil.Process()

    def rss() -> float:
        return process.memory_info().rss / 1e6

    bus = MemoryBus(max_partition_bytes=1 << 19)
    streams = [f"film-{n}" for n in range(count)]
    working = asyncio.create_task(WorkerService(bus, SketchEngine(), Settings(size=size, fps=fps)).run())
    await asyncio.sleep(1.0)
    base = rss()
    print(f"worker without films {base:.1f} MB")
    directing = asyncio.create_task(_direct(bus, streams))
    begun = time.monotonic()
    for _ in range(8):
        await asyncio.sleep(minutes * 60 / 8)
        kept, now = sum(log.bytes for log in bus._logs.values()) / 1e6, rss()
        print(
            f"{time.monotonic() - begun:4.0f} s  RSS {now:.1f} MB, the bus' logs {kept:.1f} MB, "
            f"so {(now - base - kept) / count:.2f} MB a film; {metrics.frames._value.get():.0f} frames", flush=True
        )  # fmt: skip
    directing.cancel()
    for stream in streams:
        await bus.publish(Record(DESCRIPTIONS, stream, encode(EndOfStory(epoch=2, seq=0))))
    await asyncio.sleep(5.0)
    kept = sum(log.bytes for log in bus._logs.values()) / 1e6
    print(f"all ended: RSS {rss():.1f} MB, the bus' logs {kept:.1f} MB")
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench streams", description=__doc__)
    parser.add_argument("--streams", type=int, default=64)
    parser.add_argument("--size", default="128x128")
    parser.add_argument("--fps", type=float, default=3.0)
    parser.add_argument("--minutes", type=float, default=4.0)
    options = parser.parse_args(argv)
    asyncio.run(measure(options.streams, options.size, options.fps, options.minutes))
    return 0
