"""What an engine is: `Engine.open(shot) → Session`, `render([(session, spec), …]) → pictures`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SNAPSHOT = 1 << 20
"""Bytes of a session's snapshot. Two latents in float16 and a line of JSON are 65 KiB at 512x512, 510 at 1920x1088."""

Picture = NDArray[np.uint8]
"""(height, width, 3), RGB, 0..255, C-contiguous."""


@dataclass(frozen=True, slots=True)
class Box:
    """[x, y, w, h] as fractions of the frame, (x, y) the top left corner, y down; may reach over the edges."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Figure:
    """An object at one instant."""

    id: str  # stable within a shot
    noun: str  # "fox"
    look: str  # "small, red"
    action: str  # "running"
    box: Box
    velocity: tuple[float, float] = (0.0, 0.0)  # frame widths and heights per second
    presence: float = 1.0  # 0..1: below 1 while it enters or leaves
    heading: int = 0  # where it faces: the way it went last, -1 left, 1 right, 0 unknown


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when; each a word or a few, "" for unsaid."""

    place: str = ""
    time: str = ""
    weather: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera is, summed over the shot."""

    x: float = 0.0  # frame widths to the right
    y: float = 0.0  # frame heights down
    zoom: float = 1.0  # 0.5..2.5, 1: as wide as at the start of the shot


@dataclass(frozen=True, slots=True)
class FrameSpec:
    """One frame to be drawn, somewhere between two descriptions."""

    t: float  # seconds of film since the shot began
    text: str  # the description that is being reached
    previous_text: str  # the one before it; the same at the start of a shot
    mix: float  # 0..1, from previous_text and previous_setting to text and setting
    setting: Setting
    previous_setting: Setting
    figures: tuple[Figure, ...]  # back to front
    view: View
    seed: int  # of the shot
    shot: int  # a cut is a change of (epoch, shot)


@dataclass(frozen=True, slots=True)
class Shot:
    """What a session is opened for: a run of frames of one stream at one size."""

    stream: str
    width: int  # pixels, even
    height: int  # pixels, even
    seed: int = 0


class Session(ABC):
    """An engine's memory of one stream, from frame to frame. Belongs to the engine that opened it."""

    @abstractmethod
    def snapshot(self) -> bytes:
        """What a successor needs to go on coherently; b"" for an engine without memory. At most `MAX_SNAPSHOT`."""

    @abstractmethod
    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot of the same engine; of one that cannot be used, begin anew. Never raises."""

    @abstractmethod
    def close(self) -> None:
        """Give up its memory. Closing twice does nothing."""


class Engine(ABC):
    """Draws frames. Methods block and are called from one thread at a time, never the event loop's."""

    name: str  # "sketch", "diffusion/sd-turbo"
    backend: str  # "cpu", "torch 2.15 eager on cpu"; what really runs, known once `prepare` has returned

    def prepare(self, say: Callable[[str], None]) -> None:
        """Load, build and warm up, before the first `open`. Blocks, for minutes perhaps; `say` is told what it is at,
        in words. Raises EngineError where it cannot work. `close` from another thread ends it."""
        return

    def counts(self) -> Mapping[str, int]:
        """What went wrong and was mended since it began, by name: "restarts", "repeated". From any thread."""
        return {}

    @abstractmethod
    def open(self, shot: Shot) -> Session:
        """A new session."""

    @abstractmethod
    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        """One picture a job, in order; several frames of one session come in film order. Raises on a frame it cannot
        draw: the caller then treats that description as poison."""

    def close(self) -> None:
        """Free what the engine holds; sessions are void afterwards."""
        return
