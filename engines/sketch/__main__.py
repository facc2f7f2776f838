"""`python -m engines.sketch [WIDTHxHEIGHT]`: how long a frame takes on this machine, scene by scene, style by style."""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter, thread_time

from engines.base import Box, Figure, FrameSpec, Session, Setting, Shot, View

from .engine import SketchEngine
from .styles.style import KINDS

SCENES = {
    "a red fox runs through snow": (Setting("snowy field", "morning", "snow"), "fox", "red", "running"),
    "a blue boat at night": (Setting("sea", "night"), "boat", "blue", "sailing"),
    "a corgi surfs at sunset": (Setting("sea", "sunset"), "corgi", "", "surfing"),
    "a knight in a foggy forest": (Setting("pine forest", "evening", "fog"), "knight", "", "walking"),
    "a woman in the city, rain": (Setting("city", "night", "rain"), "woman", "green", "walking"),
    "a camel in the desert": (Setting("desert", "noon"), "camel", "", "walking"),
    "a white horse, mountains": (Setting("mountains", "dawn"), "horse", "white", "galloping"),
    "a turtle under water": (Setting("underwater"), "turtle", "green", "swimming"),
    "a cat in a room": (Setting("room", "evening"), "cat", "black", "sitting"),
    "a car in a street": (Setting("street", "noon"), "car", "yellow", "driving"),
    "a cow in a village": (Setting("village", "morning"), "cow", "", "walking"),
    "an umbrella on a beach": (Setting("beach", "noon"), "umbrella", "red", ""),
    "a rocket in space": (Setting("space"), "rocket", "", "flying"),
    "an eagle in the sky": (Setting("sky", "sunset"), "eagle", "", "flying"),
}
STYLED = "a corgi surfs at sunset"
"""The scene that every style is timed with."""

FRAMES = 24


def measured(session: Session, engine: SketchEngine, scene: str, style: str = "") -> tuple[float, float]:
    """Seconds per frame, wall clock and this thread's CPU time: the medians of 24 frames of a moving shot."""
    setting, noun, look, action = SCENES[scene]
    setting = Setting(setting.place, setting.time, setting.weather, style)
    wall, cpu = [], []
    for number in range(FRAMES):
        figure = Figure(noun, noun, look, action, Box(0.3, 0.45, 0.4, 0.42), (0.1, 0.0))
        view = View(x=0.1 * number / 24)
        spec = FrameSpec(number / 24, scene, scene, 1.0, setting, setting, (figure,), view, seed=1, shot=0)
        began, used = perf_counter(), thread_time()
        engine.render([(session, spec)])
        wall.append(perf_counter() - began)
        cpu.append(thread_time() - used)
    return median(wall), median(cpu)


def main(size: str) -> None:
    """Print milliseconds per frame and frames per second, for the scenes in the plain style and for one in each."""
    width, height = (int(side) for side in size.split("x"))
    engine = SketchEngine()
    session = engine.open(Shot("main", width, height))
    print(f"{size}: ms per frame, wall and CPU; frames/s of CPU time")
    slowest = (0.0, "")
    for name in SCENES:
        slowest = max(slowest, _print(name, measured(session, engine, name)))
    for style in KINDS:
        slowest = max(slowest, _print(f"{STYLED}, {style}", measured(session, engine, STYLED, style)))
    print(f"the slowest: {1 / slowest[0]:.0f} frames/s, {slowest[1]}")


def _print(name: str, seconds: tuple[float, float]) -> tuple[float, str]:
    wall, cpu = seconds
    print(f"{wall * 1e3:6.1f} {cpu * 1e3:6.1f} {1 / cpu:5.0f}  {name}")
    return cpu, name


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "512x512")
