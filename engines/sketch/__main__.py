"""`python -m engines.sketch [WIDTHxHEIGHT]`: how long a frame takes on this machine, scene by scene."""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter, thread_time

from engines.base import Box, Figure, FrameSpec, Setting, Shot, View

from .engine import SketchEngine

SCENES = {
    "a red fox runs through snow": (Setting("snowy field", "morning", "snow"), "fox", "red", "running"),
    "a blue boat at night": (Setting("sea", "night"), "boat", "blue", "sailing"),
    "a corgi surfs at sunset": (Setting("sea", "sunset"), "corgi", "", "surfing"),
    "a knight in a foggy forest": (Setting("pine forest", "evening", "fog"), "knight", "", "walking"),
    "a woman in the city, rain": (Setting("city", "night", "rain"), "woman", "green", "walking"),
    "a camel in the desert": (Setting("desert", "noon"), "camel", "", "walking"),
    "a white horse, mountains": (Setting("mountains", "dawn"), "horse", "white", "galloping"),
    "a turtle under water": (Setting("underwater"), "turtle", "green", "swimming"),
}
FRAMES = 24


def main(size: str) -> None:
    """Print milliseconds per frame: the median of 24 frames of a moving shot, wall clock and this thread's CPU time."""
    width, height = (int(side) for side in size.split("x"))
    engine = SketchEngine()
    session = engine.open(Shot("main", width, height))
    print(f"{size}: ms per frame, wall and CPU")
    for name, (setting, noun, look, action) in SCENES.items():
        wall, cpu = [], []
        for number in range(FRAMES):
            figure = Figure(noun, noun, look, action, Box(0.3, 0.45, 0.4, 0.42), (0.1, 0.0))
            view = View(x=0.1 * number / 24)
            spec = FrameSpec(number / 24, name, name, 1.0, setting, setting, (figure,), view, seed=1, shot=0)
            began, used = perf_counter(), thread_time()
            engine.render([(session, spec)])
            wall.append(perf_counter() - began)
            cpu.append(thread_time() - used)
        print(f"{median(wall) * 1e3:6.1f} {median(cpu) * 1e3:6.1f}  {name}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "512x512")
