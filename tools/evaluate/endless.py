"""A long film, directed and drawn: does it repeat itself, does anything jump, does it ever stand still?

    python -m tools.evaluate endless [--seconds 600] [--prompt WORDS]... [--llm URL --model NAME]
                                     [--fps 4] [--size 512x512] [--json]

Directed as `streamer render` would, by the built-in storyteller or by the LLM that is named, and drawn by the sketch
engine, `--fps` frames a second of film. Measured while it is drawn: kept of each frame are 64x64 levels of grey (4 KB),
and of each description a checksum. Exit status 1 where a bound is missed:

- no 30 s of descriptions come twice, word for word and box for box;
- no 30 s of pictures are more than `LIKENESS` like other 30 s that begin at least 30 s later (SSIM, `windows.py`);
- no two frames on end, but for cuts, differ by more than 1 - `STEADY` of the range of a colour (`likeness.flicker`);
- on average `MOVING` pixels of optical flow from frame to frame.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from zlib import crc32

import cv2
import numpy as np

from engines.base import Picture, Shot
from engines.sketch import SketchEngine
from streamer.app import llm_of
from streamer.direct import descriptions
from streamer.director.llm.endpoints import Endpoints, endpoints_of
from streamer.director.story import Story
from streamer.director.ways import Ways, form_of
from streamer.errors import UserError
from streamer.messages import FrameDescription, Prompt, PromptOptions
from streamer.settings import Settings
from streamer.worker.timeline import FrameStep, Timeline

from .flow import dense
from .likeness import flicker, luma
from .windows import SIDE, Nearest, Small, nearest

PROMPT = "a corgi surfs a giant wave at sunset"
WINDOW = 30.0  # seconds
LIKENESS = 0.85  # of two windows, at most
STEADY = 0.93  # 1 - MAE / 255 of two frames on end, at least
MOVING = 0.5  # px of flow from frame to frame, at least, on average; measured at half the size


@dataclass(frozen=True, slots=True)
class Moment:
    """What was measured there."""

    value: float
    at: float  # seconds of film
    action: str  # of the description


@dataclass
class Film:
    """A film as it was measured."""

    prompt: str
    seconds: float
    fps: float
    descriptions: int = 0
    sentences: int = 0  # different ones
    scenes: int = 0  # stretches between cuts
    repeated_descriptions: int = 0  # beyond their first time, words and boxes
    repeated_windows: int = 0  # of descriptions that last WINDOW
    flicker_mean: float = 1.0
    flicker_least: list[Moment] = field(default_factory=list)  # the worst first
    flow_mean: float = 0.0  # px
    flow_least: Moment | None = None  # over two seconds
    likest: Nearest | None = None  # None: too short to have two windows

    def missed(self) -> list[str]:
        """The bounds that it misses, in words."""
        found = []
        if self.repeated_windows:
            found.append(f"{self.repeated_windows} windows of {WINDOW:g} s are told word for word again, expected none")
        if self.likest and self.likest.likeness > LIKENESS:
            found.append(f"two windows of {WINDOW:g} s are {self.likest.likeness:.3f} like, expected {LIKENESS:g}")
        if self.flicker_least and self.flicker_least[0].value < STEADY:
            found.append(f"two frames on end are {self.flicker_least[0].value:.3f} like, expected {STEADY:g}")
        if self.flow_mean < MOVING:
            found.append(f"{self.flow_mean:.2f} px of flow from frame to frame, expected {MOVING:g}")
        return found

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.prompt}: {self.seconds:g} s at {self.fps:g}/s",
            f"  told: {self.descriptions} descriptions, {self.sentences} different sentences, {self.scenes} scenes; "
            f"again word for word and box for box: {self.repeated_descriptions}, "
            f"windows of {WINDOW:g} s: {self.repeated_windows}",
        ]
        if self.likest:
            told.append(
                f"  nearest two windows of {WINDOW:g} s: SSIM {self.likest.likeness:.3f}, "
                f"at {self.likest.first / self.fps:.1f} s and {self.likest.second / self.fps:.1f} s"
            )
        told.append(f"  1 - MAE/255 from frame to frame outside cuts: mean {self.flicker_mean:.4f}; least:")
        told += [f"    {one.value:.4f} at {one.at:.2f} s: {one.action}" for one in self.flicker_least]
        told.append(f"  optical flow: mean {self.flow_mean:.2f} px")
        if self.flow_least:
            told.append(f"    least over 2 s: {self.flow_least.value:.2f} px at {self.flow_least.at:.1f} s: "
                        f"{self.flow_least.action}")  # fmt: skip
        return [*told, *(f"  MISSED: {words}" for words in self.missed())]


WORST = 5  # moments that are named


async def directed(
    llm: Endpoints, settings: Settings, words: str, seconds: float, fps: float
) -> AsyncIterator[tuple[FrameStep, int]]:
    """The film's frames in order, `fps` of them a second, and its seed. Raises UserError."""
    options = PromptOptions(style=settings.style or None)
    prompt = Prompt(id="endless", stream="endless", action="play", prompt=words, options=options)
    story = Story.begin(prompt, 1, Ways.of(settings))
    timeline, length = Timeline(), 0.0
    stream = descriptions(llm, story, settings, form_of(settings), round(seconds * settings.fps))
    async with contextlib.aclosing(stream):
        for number in range(round(seconds * fps)):
            while length <= number / fps:
                told = await anext(stream)
                timeline.push(told)
                length += told.duration
            step = timeline.frame(1 / fps)
            assert step is not None, "a described film has a frame at every moment"
            yield step, story.seed


class _Gauge:
    """Measures while frames come; keeps of them what has a bound."""

    def __init__(self, fps: float) -> None:
        self.fps = fps
        self.told: list[tuple[int, float]] = []  # checksum of words and boxes, seconds
        self.sentences: set[int] = set()
        self.small: list[Small] = []
        self.flicker: list[Moment] = []
        self.flow: list[float] = []
        self.actions: list[str] = []  # by frame
        self.cuts = 0
        self.action = ""
        self._before: Picture | None = None
        self._grey: Small = np.zeros((2, 2), np.uint8)  # of that, at half the size

    def hears(self, description: FrameDescription) -> None:
        """A description begins."""
        boxes = [(thing.id, thing.box) for thing in description.objects]
        self.told.append((crc32(repr((description.text, boxes)).encode()), description.duration))
        self.sentences.add(crc32(description.text.encode()))
        self.action = description.action

    def sees(self, picture: Picture, *, cut: bool) -> None:
        """The next frame."""
        grey = luma(picture).astype(np.uint8)
        half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        self.small.append(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))
        self.actions.append(self.action)
        self.cuts += cut
        if self._before is not None and not cut:
            at = (len(self.small) - 1) / self.fps
            self.flicker.append(Moment(flicker(self._before, picture), at, self.action))
            self.flow.append(float(np.linalg.norm(dense(self._grey, half), axis=2).mean()) * 2.0)
        self._before, self._grey = picture, half

    def film(self, words: str, seconds: float) -> Film:
        """What came of it."""
        film = Film(words, seconds, self.fps, len(self.told), len(self.sentences), max(self.cuts, 1))
        film.repeated_descriptions = _again([checksum for checksum, _ in self.told])
        film.repeated_windows = repeated(self.told, WINDOW)
        if self.flicker:
            film.flicker_mean = float(np.mean([one.value for one in self.flicker]))
            film.flicker_least = sorted(self.flicker, key=lambda one: one.value)[:WORST]
            film.flow_mean = float(np.mean(self.flow))
            width = max(1, min(round(2 * self.fps), len(self.flow)))
            sliding = np.convolve(self.flow, np.ones(width) / width, "valid")
            at = int(sliding.argmin())
            film.flow_least = Moment(float(sliding[at]), at / self.fps, self.actions[at])
        film.likest = nearest(np.array(self.small), round(WINDOW * self.fps))
        return film


def _again(values: Sequence[object]) -> int:
    """How many are there for a second time or more."""
    return sum(count - 1 for count in Counter(values).values())


def repeated(told: Sequence[tuple[int, float]], window: float) -> int:
    """How many runs of (checksum, seconds) that last at least `window` seconds are there again, later on."""
    runs: list[tuple[int, ...]] = []
    end, lasts = 0, 0.0
    for start in range(len(told)):
        while end < len(told) and lasts < window:
            lasts += told[end][1]
            end += 1
        if lasts < window:
            break
        runs.append(tuple(checksum for checksum, _ in told[start:end]))
        lasts -= told[start][1]
    return _again(runs)


async def watched(settings: Settings, prompts: Sequence[str], seconds: float, fps: float) -> AsyncIterator[Film]:
    """The films, one after the other. Raises UserError."""
    engine = SketchEngine()
    async with llm_of(settings) as url, endpoints_of(settings, url) as llm:
        for words in prompts:
            gauge, session = _Gauge(fps), None
            async for step, seed in directed(llm, settings, words, seconds, fps):
                session = session or engine.open(Shot("endless", settings.width, settings.height, seed))
                if step.begins:
                    gauge.hears(step.begins)
                [picture] = engine.render([(session, step.spec)])
                gauge.sees(picture, cut=step.cut)
            if session:
                session.close()
            yield gauge.film(words, seconds)
    engine.close()


async def _printed(films: AsyncIterator[Film], *, as_json: bool) -> bool:
    """Print each as soon as it is measured; whether all keep the bounds."""
    missed = False
    async for film in films:
        missed = missed or bool(film.missed())
        print(json.dumps(asdict(film) | {"missed": film.missed()}) if as_json else "\n".join(film.lines()), flush=True)
    return not missed


def main(argv: Sequence[str]) -> int:
    """Measure, print; 1 where a bound is missed, 2 where there is no film, with the reason in a line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate endless", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--seconds", type=float, default=600.0, help="of film (default: %(default)g)")
    parser.add_argument("--prompt", action="append", metavar="WORDS", help=f"again for more films (default: {PROMPT})")
    parser.add_argument("--fps", type=float, default=4.0, help="frames a second that are drawn (default: %(default)g)")
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--llm", metavar="URL", help="an OpenAI-compatible server; without it the built-in storyteller")
    parser.add_argument("--model", metavar="NAME")
    parser.add_argument("--json", action="store_true", help="a line a film")
    options = parser.parse_args(argv)
    asked = {"size": options.size, "llm": options.llm, "model": options.model}
    try:
        if not (0.5 <= options.fps <= 60 and 1 <= options.seconds * options.fps <= 100_000):
            raise UserError(f"--seconds {options.seconds:g} --fps {options.fps:g}: 0.5 to 60 frames a second, and "
                            "at most 100000 of them")  # fmt: skip
        settings = Settings(**{name: value for name, value in asked.items() if value is not None})
        films = watched(settings, options.prompt or [PROMPT], options.seconds, options.fps)
        kept = asyncio.run(_printed(films, as_json=options.json))
    except (UserError, ValueError, OSError) as error:
        print(str(error), file=sys.stderr)
        return 2
    return 0 if kept else 1
