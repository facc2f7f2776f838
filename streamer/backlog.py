"""Chunks on their way to one who may be slow: bounded, and after a hole continued at a keyframe only (pure)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .broadcaster.messages import DescriptionBegins, EpochBegins, Hello
from .events import Chunk, Event, Init
from .messages import TIMESCALE, FrameDescription

MOST_BYTES = 8 << 20
"""Bytes that may wait: at the bitrate of 1.5 Mbit/s some 40 s, more than any `gop` is long."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk with all that it takes to show it."""

    chunk: Chunk
    init: bytes  # the init segment that it needs
    description: FrameDescription | None  # in force with it


class Backlog:
    """Takes events as they come, gives pieces of a film that can be decoded one after the other.

    A new connection repeats what is known since the newest keyframe; what has been here already is left out. More
    than `most_seconds` of film waiting when a keyframe comes are dropped for it; more than `most_bytes` are dropped at
    once, and what follows until the next keyframe with them.
    """

    def __init__(self, most_seconds: float, most_bytes: int = MOST_BYTES) -> None:
        self.skips = 0  # how often film was dropped
        self._most_ticks, self._most_bytes = most_seconds * TIMESCALE, most_bytes
        self._waiting: deque[Piece] = deque()
        self._ticks = self._bytes = 0
        self._init = b""
        self._description: FrameDescription | None = None
        self._broken = True  # nothing can be decoded before the next keyframe
        self._pts = -1  # of the newest chunk that was here
        self._made = self._of = 0.0  # when its GOP was made, and the one that comes in now; unix seconds

    def put(self, event: Event) -> None:
        """Something from `follow`."""
        match event:
            case Hello():  # what was known is void
                self._init, self._description = b"", None
            case Init():
                self._init = event.data
            case EpochBegins():
                self._description = None
            case DescriptionBegins():
                self._description = event.description
            case Chunk():
                self._chunk(event)

    def _chunk(self, chunk: Chunk) -> None:
        if chunk.keyframe:
            self._of = chunk.wall or 0.0
        # pts alone does not tell: a server that forgot everything counts from 0 again, with pictures made later.
        if chunk.pts <= self._pts and self._of <= self._made:
            return
        self._pts, self._made = chunk.pts, self._of
        if not self._init or (self._broken and not chunk.keyframe):
            return
        if chunk.keyframe and self._ticks > self._most_ticks:
            self._drop()
        self._broken = False
        self._waiting.append(Piece(chunk, self._init, self._description))
        self._ticks += chunk.duration
        self._bytes += len(chunk.data)
        if self._bytes > self._most_bytes:
            self._drop()
            self._broken = True

    def _drop(self) -> None:
        self.skips += 1
        self._waiting.clear()
        self._ticks = self._bytes = 0

    @property
    def seconds(self) -> float:
        """Film time that waits."""
        return self._ticks / TIMESCALE

    @property
    def init(self) -> bytes:
        """The init segment that the oldest piece needs; empty when nothing waits."""
        return self._waiting[0].init if self._waiting else b""

    def take(self, most: int | None = None) -> list[Piece]:
        """The oldest pieces that need one init segment, `most` of them or all."""
        taken: list[Piece] = []
        init = self.init
        while self._waiting and self._waiting[0].init == init and len(taken) != most:
            piece = self._waiting.popleft()
            self._ticks -= piece.chunk.duration
            self._bytes -= len(piece.chunk.data)
            taken.append(piece)
        return taken
