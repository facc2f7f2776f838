"""What the tests of an engine in a process of its own go by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psutil

from engines.base import Box, Figure, FrameSpec, Setting, Shot, View
from engines.process import Patience, ProcessEngine

SHOT = Shot("main", 64, 64)
SPEC = FrameSpec(
    t=0.0, text="a fox", previous_text="a fox", mix=1.0, setting=Setting("forest", "night"),
    previous_setting=Setting(), figures=(Figure("a", "fox", "red", "running", Box(0.2, 0.4, 0.3, 0.3)),),
    view=View(), seed=1, shot=1,
)  # fmt: skip
QUICK = Patience(first=20, render=20, silence=20, answer=20, close=5, beat=0.1, pause=0.01)

Make = Callable[..., ProcessEngine]


def frame(text: str = "", t: float = 0.0) -> FrameSpec:
    return replace(SPEC, text=text, t=t)


def ignored(words: str) -> None:
    pass


def children() -> list[psutil.Process]:
    """The processes of engines that this one has."""
    return [p for p in psutil.Process().children(recursive=True) if "engines.process.child" in " ".join(p.cmdline())]


def drawn(engine: ProcessEngine, *jobs: tuple[object, FrameSpec]) -> list[int]:
    """The grey levels of the pictures."""
    pictures = engine.render(jobs)  # type: ignore[arg-type]
    assert all(picture.shape == (64, 64, 3) and picture.flags.writeable for picture in pictures)
    return [int(picture[0, 0, 0]) for picture in pictures]
