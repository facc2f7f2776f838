"""Sketch + encode: frames per second of the whole picture path of a worker, on one core.

python -m tools.bench draw [--size 512x512] [--seconds 4] [--rounds 5]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from engines.base import Shot
from engines.sketch import SketchEngine
from streamer.media.encoder import Encoder
from streamer.messages import Box, Camera, FrameDescription, SceneObject, Setting
from streamer.worker.timeline import Timeline


def film(seconds: float) -> Timeline:
    """A fox that runs through a snowy forest: boxes that move and jump back, a tree, weather, a pan."""
    timeline = Timeline()
    for seq in range(int(seconds / 2) + 1):
        fox = SceneObject(
            id="fox", noun="fox", look="red", action="running", box=Box(0.1 + 0.1 * (seq % 5), 0.5, 0.3, 0.3)
        )
        tree = SceneObject(id="tree", noun="tree", look="green", box=Box(0.6, 0.2, 0.25, 0.5))
        setting = Setting(place="snowy forest", time="sunset", weather="snow")
        timeline.push(
            FrameDescription(
                epoch=1, seq=seq, shot=0, duration=2.0, text="A red fox runs.", setting=setting, objects=(tree, fox),
                camera=Camera(movement="panning right", pan=(0.1, 0.0)),
            )
        )  # fmt: skip
    return timeline


def measure(size: str, seconds: float) -> tuple[float, float]:
    """(seconds a frame for drawing, seconds a frame for encoding), one round."""
    width, _, height = size.partition("x")
    engine = SketchEngine()
    session = engine.open(Shot("bench", int(width), int(height), seed=1))
    encoder = Encoder(int(width), int(height), fps=24.0, bitrate=1_500_000)
    timeline = film(seconds)
    drawing = encoding = 0.0
    frames = int(seconds * 24)
    for n in range(frames):
        step = timeline.frame(1 / 24)
        assert step is not None
        begin = time.perf_counter()
        (picture,) = engine.render([(session, step.spec)])
        drawn = time.perf_counter()
        encoder.encode(picture, keyframe=n % 24 == 0)
        drawing += drawn - begin
        encoding += time.perf_counter() - drawn
    encoder.close()
    engine.close()
    return drawing / frames, encoding / frames


def main(argv: list[str]) -> int:
    """Print the medians."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench draw", description=__doc__)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    pin: Callable[[int, set[int]], None] | None = getattr(os, "sched_setaffinity", None)
    if pin:
        pin(0, {0})
    rounds = [measure(options.size, options.seconds) for _ in range(options.rounds)]
    draw, encode = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"{options.size}, one core, median of {options.rounds} rounds of {options.seconds:g} s of film")
    print(f"draw {draw * 1e3:.2f} ms   encode {encode * 1e3:.2f} ms   together {1 / (draw + encode):.0f} frames/s")
    return 0
