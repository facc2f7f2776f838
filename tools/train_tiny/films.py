"""Little films of the world, drawn by the diffusion engine with this coherence method or that, and what they are worth.

Each film is one thing at one place for a second, four frames a second; then it becomes another time of day, over five
frames. So noun and colour stay, and every frame can be asked for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import fmean

import numpy as np

from engines.base import FrameSpec, Session, Setting, Shot, View
from engines.diffusion.engine import DiffusionEngine
from engines.diffusion.options import DiffusionOptions
from tools.evaluate.likeness import flicker, luma, ssim

from .judge import Judge, agreement, clear
from .pictures import HELD_OUT, SIDE, Pictures
from .world import TIMES, Scene, caption, scene

STILL, TURN = 4, 5  # frames of the first description, on the way to the second
STEP = 0.25  # seconds from frame to frame
TOGETHER = 4  # films at a time
STEPS, GUIDANCE = 4, 2.0  # of a frame, unless others are asked for
METHODS: tuple[tuple[str, ...], ...] = (
    *((), ("joint",), ("joint", "pan"), ("joint", "slerp"), ("joint", "pan", "slerp", "bank"), ("joint", "rotation")),
    *(("joint", "slerp", "bank", "filter"), ("joint", "slerp", "feedback"), ("joint", "slerp", "feedback", "gates")),
)
"""Without any, the first; then one after the other beside `joint`, without which every frame is another picture."""


@dataclass(frozen=True, slots=True)
class Worth:
    """Means over films."""

    methods: tuple[str, ...]
    noun: float  # part of the frames in which the judge sees the noun
    colour: float
    flicker: float  # 1 - MAE/255 of adjacent frames
    ssim: float  # of adjacent frames' luma
    least: float  # SSIM of the worst pair of a film

    def __str__(self) -> str:
        names = " ".join(self.methods) or "off"
        numbers = (self.noun, self.colour, self.flicker, self.ssim, self.least)
        return f"| {names} | {' | '.join(f'{number:.3f}' for number in numbers)} |"


def wanted(count: int) -> list[Scene]:
    """Held-out scenes that the judge has an answer for."""
    found: list[Scene] = []
    number = 2 * HELD_OUT  # others than the judge's own
    while len(found) < count:
        found += [each for each in [scene(number)] if clear(each)]
        number += 1
    return found


def engine_of(
    model: Path | str, methods: tuple[str, ...], steps: int = STEPS, guidance: float = GUIDANCE
) -> DiffusionEngine:
    """Made ready, in this process."""
    options = DiffusionOptions(
        str(model), SIDE, SIDE, device="cpu", steps=steps, guidance=guidance, coherence=methods, eager=True,
        buckets=(1, 2, 4),
    )  # fmt: skip
    engine = DiffusionEngine(options)
    engine.prepare(lambda _: None)
    return engine


def stills(engine: DiffusionEngine, texts: Sequence[str], seed: int = 0) -> Iterator[Pictures]:
    """The first frame of a film of each text, [128, 128, 3]."""
    for first in range(0, len(texts), TOGETHER):
        jobs: list[tuple[Session, FrameSpec]] = []
        for n, text in enumerate(texts[first : first + TOGETHER], seed + first):
            jobs.append((engine.open(Shot(f"{n}", SIDE, SIDE, seed=n)), _spec(text, text, 1.0, 0, n)))
        yield from engine.render(jobs)
        for session, _ in jobs:
            session.close()


def film(engine: DiffusionEngine, scene: Scene, seed: int) -> Pictures:
    """[9, 128, 128, 3]"""
    other = replace(scene, time=TIMES[(TIMES.index(scene.time) + 1) % len(TIMES)])
    before, after = caption(scene, Random(seed)), caption(other, Random(seed))
    session = engine.open(Shot("film", SIDE, SIDE, seed=seed))
    specs = [_spec(before, before, 1.0, n, seed) for n in range(STILL)]
    specs += [_spec(before, after, n / TURN, STILL + n - 1, seed) for n in range(1, TURN + 1)]
    pictures = [engine.render([(session, spec)])[0] for spec in specs]
    session.close()
    return np.stack(pictures)


def worth(model: Path | str, methods: tuple[str, ...], judge: Judge, scenes: Sequence[Scene]) -> Worth:
    """Draw a film of each scene, and measure them."""
    engine = engine_of(model, methods)
    nouns, colours, flickers, likes, least = [], [], [], [], []
    for seed, each in enumerate(scenes):
        frames = film(engine, each, seed)
        noun, colour, _ = agreement(judge, frames, [each] * len(frames))
        pairs = list(zip(frames, frames[1:], strict=False))
        alike = [ssim(luma(a), luma(b)) for a, b in pairs]
        nouns.append(noun)
        colours.append(colour)
        flickers.append(fmean(flicker(a, b) for a, b in pairs))
        likes.append(fmean(alike))
        least.append(min(alike))
    engine.close()
    return Worth(methods, *(fmean(values) for values in (nouns, colours, flickers, likes, least)))


def _spec(before: str, after: str, mix: float, number: int, seed: int) -> FrameSpec:
    return FrameSpec(number * STEP, after, before, mix, Setting(), Setting(), (), View(), seed=seed, shot=0)
