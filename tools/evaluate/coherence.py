"""Is a film more coherent than its control, at the same motion? A judgement that a frozen film cannot win.

Every measure of consistency alone is best for a film that stands still. So three things are asked for together: less
change from frame to frame once the camera's pan is undone, the pan itself, and that what was seen is still there.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .film import Picture
from .pan import Pan, contrast, difference, pan, recognised, share

TOLERANCE = 0.10
"""Of the wanted motion, how far a film's may be from it."""

STILL = 0.5
"""px a frame: where less motion is wanted, a frozen film is right."""

SEEN = 0.3
"""Frames that are recognised in each other less than this are strangers, and there is no pan between them. Pictures of
one model from different noise, laid over each other where they fit best: median 0.14 and at most 0.40 of 276 pairs at
64 px, 0.12 and 0.27 at 96 px, 0.09 and 0.21 at 128 px."""

IDENTITY = 0.5
"""What every frame has to reach against the anchor of its shot: more than any stranger does."""


HELD = 0.8
"""An anchor that is recognised so well where the steps of the pan lead is looked for nowhere else."""


@dataclass(frozen=True, slots=True)
class Step:
    """A frame against the one before it, and against the anchor of its shot."""

    frame: int  # its index in the film
    pan: Pan  # px of the camera since the frame before, (right, down)
    difference: float  # mean |a - b| / 255 where both show the same, the pan undone
    contrast: float  # of the frame, / 255
    seen: float  # how far the frame before is recognised in it, about 0..1
    identity: float  # how far the anchor is


class Anchor:
    """What was seen at the start of a shot, and how far later frames still show it.

    A camera that pans leaves it behind. When less than half of it is in sight, the frame before takes its place, which
    has been compared with the old one: so each frame is held against something older that it must show, and no change
    slips through between two anchors. (What turns into something else more slowly than the camera leaves it does.)
    """

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self._before = picture
        self._way: Pan = (0.0, 0.0)  # of the camera since the anchor

    def against(self, picture: Picture, by: Pan) -> float:
        """`pan.recognised` for the shot's next frame, a pan of `by` after the one before."""
        way = self._way[0] + by[0], self._way[1] + by[1]
        if share(picture, way) < 0.5:
            self.picture, way = self._before, by
        found = recognised(self.picture, picture, way), way
        if found[0] < HELD:
            # The way summed up is wrong once a step was: the anchor is looked for anew.
            way = pan(self.picture, picture)
            if share(picture, way) >= 0.5:
                found = max(found, (recognised(self.picture, picture, way), way))
        self._before = picture
        self._way = found[1]
        return found[0]


def step(frame: int, before: Picture, picture: Picture, anchor: Anchor) -> Step:
    """The step from the picture `before` to the next one of the same shot, with index `frame`."""
    by = pan(before, picture)
    return Step(
        frame=frame,
        pan=by,
        difference=difference(before, picture, by),
        contrast=contrast(picture),
        seen=recognised(before, picture, by),
        identity=anchor.against(picture, by),
    )


def follow(film: Iterable[Picture], cuts: Collection[int] = ()) -> Iterator[Step]:
    """A step for each frame but the first of every shot. `cuts`: indices of frames that begin a new shot.

    Holds three pictures at a time.
    """
    before: Picture | None = None
    anchor: Anchor | None = None
    for index, picture in enumerate(film):
        if before is None or anchor is None or index in cuts:
            anchor = Anchor(picture)
        else:
            yield step(index, before, picture, anchor)
        before = picture


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a film's steps."""

    steps: int
    difference: float  # mean
    contrast: float  # mean
    pan: Pan | None  # mean over the steps between which something is recognised; None where that is less than half
    identity: float  # the least
    weakest: int  # the frame that has it

    @classmethod
    def of(cls, steps: Collection[Step]) -> Summary:
        """Raises ValueError without any."""
        if not steps:
            raise ValueError("a film of one frame has nothing that could be coherent")
        known = [step.pan for step in steps if step.seen >= SEEN]
        weakest = min(steps, key=lambda step: step.identity)
        return cls(
            steps=len(steps),
            difference=_mean(step.difference for step in steps),
            contrast=_mean(step.contrast for step in steps),
            pan=(_mean(x for x, _ in known), _mean(y for _, y in known)) if 2 * len(known) > len(steps) else None,
            identity=weakest.identity,
            weakest=weakest.frame,
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """On a film beside its control. `faults` is empty if it passed; otherwise what is wrong, in words with figures."""

    film: Summary
    control: Summary
    wanted: Pan  # px a frame
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults

    @property
    def score(self) -> float:
        """0..1: the part of the control's change that is gone, by contrast if that says less; 0 for a film that did not
        pass."""
        if self.faults:
            return 0.0
        left = self.film.difference / self.control.difference
        return 1.0 - max(left, left * self.control.contrast / self.film.contrast)

    def __str__(self) -> str:
        if self.faults:
            return "not coherent: " + "; ".join(self.faults)
        return (
            f"coherent, score {self.score:.2f}: differs by {self.film.difference:.4f} a frame (control "
            f"{self.control.difference:.4f}), pans {_px(self.film.pan)} ({_px(self.wanted)} wanted), least identity "
            f"{self.film.identity:.2f}"
        )


def judge(
    film: Iterable[Picture],
    control: Iterable[Picture],
    *,
    pan: Pan | None = None,
    cuts: Collection[int] = (),
    identity: float = IDENTITY,
) -> Verdict:
    """Is `film` more coherent than `control`, a film of the same scene without the method?

    It is if it

    - differs less from frame to frame, the pan undone, as it is and as a part of its contrast (grey is not coherent);
    - pans as the camera did: by `pan`, px a frame (right, down), or without it as the control, to 10 %;
    - still shows what it showed: every frame reaches `identity` against the anchor of its shot.

    Raises ValueError where nothing can be judged: the motion that is wanted is unknown, or so small that a frozen film
    would have it.
    """
    return verdict(Summary.of(list(follow(film, cuts))), Summary.of(list(follow(control, cuts))), pan, identity)


def verdict(film: Summary, control: Summary, pan: Pan | None = None, identity: float = IDENTITY) -> Verdict:
    """`judge` of films that have been followed already."""
    wanted = pan or control.pan
    if wanted is None:
        raise ValueError("the control's frames are strangers to each other, so its pan is unknown: give the camera's")
    if math.hypot(*wanted) < STILL:
        raise ValueError(
            f"a pan of {_px(wanted)} a frame is wanted; below {STILL} px nothing tells coherent from frozen"
        )
    return Verdict(film, control, wanted, tuple(_faults(film, control, wanted, identity)))


def _faults(film: Summary, control: Summary, wanted: Pan, identity: float) -> Iterator[str]:
    if not film.difference < control.difference:
        yield f"differs by {film.difference:.4f} a frame, the control by {control.difference:.4f}"
    elif not film.difference * control.contrast < control.difference * film.contrast:
        yield (
            f"differs by {film.difference:.4f} a frame at a contrast of {film.contrast:.4f}, the control by "
            f"{control.difference:.4f} at {control.contrast:.4f}: less contrast, not more coherence"
        )
    if film.pan is None:
        yield "its frames are strangers to each other, no pan is to be found"
    elif math.dist(film.pan, wanted) > TOLERANCE * math.hypot(*wanted):
        yield f"pans {_px(film.pan)} a frame, {_px(wanted)} to {TOLERANCE:.0%} are wanted"
    if film.identity < identity:
        yield f"frame {film.weakest} shows {film.identity:.2f} of what was there before, {identity:g} is asked for"


def _px(pan: Pan | None) -> str:
    return "nowhere" if pan is None else f"({pan[0]:.2f}, {pan[1]:.2f}) px"


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
