"""What an engine's process of its own costs: a picture that is there already, asked for and copied across.

python -m tools.bench apart [--size 512x512] [--calls 300]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence

import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Setting, Shot, View
from engines.process import ProcessEngine


class Blank(Engine):
    """Draws nothing, at once."""

    name, backend = "blank", "none"

    def __init__(self, size: tuple[int, int]) -> None:
        self.picture = np.zeros((size[1], size[0], 3), np.uint8)

    def open(self, shot: Shot) -> Session:
        return BlankSession()

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        return [self.picture for _ in jobs]


class BlankSession(Session):
    def snapshot(self) -> bytes:
        return bytes(32 << 10)  # as large as a latent of 512x512

    def restore(self, snapshot: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def main(arguments: list[str]) -> None:
    """Print milliseconds for a call and for a frame, by frames in a call; and what a restart costs."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench apart")
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--calls", type=int, default=300)
    given = parser.parse_args(arguments)
    width, height = map(int, given.size.split("x"))
    text = "a red fox runs through a snowy forest at sunset" * 3
    spec = FrameSpec(0.0, text, text, 1.0, Setting("forest"), Setting("forest"), (), View(), seed=1, shot=0)
    engine = ProcessEngine("tools.bench.apart:Blank", (width, height), width=width, height=height)
    engine.prepare(lambda words: None)
    session = engine.open(Shot("bench", width, height))
    print(f"{given.size}, {given.calls} calls each\n\nframes   p50 ms   p99 ms   ms/frame")
    for size in (1, 2, 4, 8):
        calls = []
        for _ in range(given.calls):
            begun = time.perf_counter()
            engine.render([(session, spec)] * size)
            calls.append(1e3 * (time.perf_counter() - begun))
        p = statistics.quantiles(calls, n=100, method="inclusive")
        print(f"{size:6}   {p[49]:6.2f}   {p[98]:6.2f}   {p[49] / size:8.2f}")
    engine.close()
