"""Films for the tests of the diffusion engine: engines of tiny models, sessions, and what a frame shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from engines.base import Figure, FrameSpec, Setting, Shot, View
from engines.diffusion.engine import DiffusionEngine
from engines.diffusion.options import DiffusionOptions
from engines.diffusion.session import DiffusionSession

SIDE = 64
"""Pixels: 8 cells of a latent."""


@contextmanager
def engine_of(model: Path, **options: Any) -> Iterator[DiffusionEngine]:
    """A prepared engine on the CPU, every frame for itself unless `coherence` says otherwise."""
    told = {"coherence": (), "width": SIDE, "height": SIDE, "device": "cpu", "buckets": (1, 2, 4)} | options
    engine = DiffusionEngine(DiffusionOptions(str(model), **told))
    engine.prepare(lambda words: None)
    try:
        yield engine
    finally:
        engine.close()


def film(engine: DiffusionEngine, stream: str = "main") -> DiffusionSession:
    """A new session of the engine's size."""
    return engine.open(Shot(stream, engine.options.width, engine.options.height))


def spec(
    text: str = "a red fox runs through snow", *, seed: int = 3, shot: int = 0, previous: str = "", mix: float = 1.0,
    x: float = 0.0, y: float = 0.0, t: float = 0.0, figures: tuple[Figure, ...] = (),
) -> FrameSpec:  # fmt: skip
    """A frame to be drawn; by default the first one of a film."""
    return FrameSpec(
        t, text, previous or text, mix, Setting(), Setting(), figures, View(x=x, y=y), seed=seed, shot=shot
    )


def shot_of(count: int, **told: Any) -> list[FrameSpec]:
    """`count` frames of one description, 24 a second."""
    first = spec(**told)
    return [replace(first, t=n / 24) for n in range(count)]


def drawn(engine: DiffusionEngine, session: DiffusionSession, specs: list[FrameSpec], at_once: int = 1) -> Any:
    """The pictures of a film, `at_once` in each call: (n, h, w, 3) int16."""
    pictures = []
    for n in range(0, len(specs), at_once):
        pictures += engine.render([(session, each) for each in specs[n : n + at_once]])
    return np.stack(pictures).astype(np.int16)
