"""All measures of a film in one pass, pair by pair, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .coherence import Anchor, Step, Summary, step
from .film import FilmError, Picture
from .flow import Moved, moved
from .likeness import WINDOW, colour_drift, colours, flicker, luma, ms_ssim, scales, ssim

LEAST = 16
"""px of the shorter side that every measure can work with."""

assert LEAST > WINDOW


@dataclass(frozen=True, slots=True)
class Pair:
    """A frame against the one before it, and against the first of its shot."""

    flicker: float
    ssim: float
    ms_ssim: float
    anchor_ssim: float  # against the first frame of the shot, pixel on pixel
    colour_drift: float  # from the first frame of the shot
    moved: Moved
    step: Step


def pairs(film: Iterable[Picture], cuts: Collection[int] = ()) -> Iterator[Pair]:
    """A pair for each frame but the first of every shot. `cuts`: indices of frames that begin a new shot.

    Holds four pictures at a time. Raises FilmError for one that is too small, or of another size than the first.
    """
    before = first = None
    anchor: Anchor | None = None
    for index, picture in enumerate(film):
        if min(picture.shape[:2]) < LEAST:
            raise FilmError(f"{picture.shape[1]}x{picture.shape[0]} px: at least {LEAST} px a side are needed")
        if before is not None and picture.shape != before.shape:
            raise FilmError(
                f"frame {index} is {picture.shape[1]}x{picture.shape[0]} px after {before.shape[1]}x{before.shape[0]}: "
                f"a film has one size"
            )
        if before is None or first is None or anchor is None or index in cuts:
            first, anchor = picture, Anchor(picture)
        else:
            grey, grey_before = luma(picture), luma(before)
            yield Pair(
                flicker=flicker(before, picture),
                ssim=ssim(grey_before, grey),
                ms_ssim=ms_ssim(grey_before, grey),
                anchor_ssim=ssim(luma(first), grey),
                colour_drift=colour_drift(colours(first), colours(picture)),
                moved=moved(before, picture),
                step=step(index, before, picture, anchor),
            )
        before = picture


@dataclass(frozen=True, slots=True)
class Line:
    """One measure over a film."""

    name: str
    mean: float
    worst: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Report:
    """A film's measures."""

    width: int
    height: int
    frames: int
    shots: int
    lines: tuple[Line, ...]
    coherence: Summary


def measure(film: Iterable[Picture], cuts: Collection[int] = ()) -> Report:
    """All measures. Raises FilmError where there is nothing to measure: no two frames that follow each other."""
    size: list[int] = []
    counts = {"frames": 0, "shots": 0}

    def counted() -> Iterator[Picture]:
        for index, picture in enumerate(film):
            size[:] = picture.shape[:2]
            counts["frames"] += 1
            counts["shots"] += index == 0 or index in cuts
            yield picture

    found = list(pairs(counted(), cuts))
    if not found:
        raise FilmError(
            f"{counts['frames']} frame{'s' * (counts['frames'] != 1)} in {counts['shots']} "
            f"shot{'s' * (counts['shots'] != 1)}: two that follow each other are needed"
        )
    height, width = size
    return Report(
        width, height, counts["frames"], counts["shots"], tuple(_lines(found, height, width)),
        Summary.of([pair.step for pair in found]),
    )  # fmt: skip


def _lines(found: list[Pair], height: int, width: int) -> Iterator[Line]:
    def line(name: str, worst: Callable[[list[float]], float], meaning: str, of: Callable[[Pair], float]) -> Line:
        values = [value for value in map(of, found) if not math.isnan(value)]
        return Line(
            name, float(np.mean(values)) if values else math.nan, worst(values) if values else math.nan, meaning
        )

    short = min(height, width)
    count = scales(height, width)
    yield line("flicker", min, "1 - MAE/255 of adjacent frames (VBench: of static scenes)", lambda p: p.flicker)
    yield line("ssim", min, "of adjacent frames, luma", lambda p: p.ssim)
    yield line("ms_ssim", min, f"of adjacent frames, luma, {count} of 5 scales", lambda p: p.ms_ssim)
    yield line("anchor_ssim", min, "with the first frame of the shot", lambda p: p.anchor_ssim)
    yield line("colour_drift", max, "of histograms from the shot's first frame, 0..1", lambda p: p.colour_drift)
    yield line("difference", max, "of adjacent frames, the pan undone, 0..1", lambda p: p.step.difference)
    yield line("identity", min, "how far the shot's anchor is still shown, about 0..1", lambda p: p.step.identity)
    yield line(
        "warp_error", max, "of adjacent frames, the flow undone, where seen in both", lambda p: p.moved.warp_error
    )
    yield line("occluded", max, "part of the frame that is not seen in both", lambda p: p.moved.occluded)
    yield line("motion", max, "px a frame, median of the flow", lambda p: p.moved.median)
    yield line("motion_top", max, "px a frame, mean of the fastest 5 % of the flow", lambda p: p.moved.top)
    yield line("motion_part", max, "the same as a part of the shorter side", lambda p: p.moved.top / short)
    yield line(
        "roughness", max, "of the flow, px per px: 0 for a pan, s - 1 for a zoom by s", lambda p: p.moved.roughness
    )
    yield line("pan_right", max, "px a frame of the camera, whole frame", lambda p: p.step.pan[0])
    yield line("pan_down", max, "px a frame of the camera, whole frame", lambda p: p.step.pan[1])
    yield line("tcl", max, "EIDT-V's, with its error, to compare with its tables only", lambda p: p.moved.tcl)
