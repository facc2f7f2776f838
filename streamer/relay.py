"""A film as other servers want it: time begins at 0 and rises, whatever the film does (pure).

Where the film goes on without a hole, so does its time there. Where it does not (frames were skipped, the broadcaster
was away, the film was held or begun anew), it goes on where the clock is.

A held film sends nothing, and servers close a connection on which nothing comes. So its newest GOP is sent again, in a
few milliseconds: the last picture stays on the screen, and every decoder is where it was, ready for what comes next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .backlog import Piece
from .messages import TIMESCALE

STEP = TIMESCALE // 1000
"""Ticks between two frames of a GOP that is sent again: RTMP's time has no finer grain than the millisecond."""

MOST_BYTES = 8 << 20
"""Bytes of one GOP that are kept for that."""


class Sample(NamedTuple):
    """One frame on its way out."""

    data: bytes  # H.264, with 4-byte lengths before its NAL units
    pts: int  # ticks from the beginning of this connection
    duration: int  # ticks
    keyframe: bool


class Relay:
    """Gives samples their time on one connection after the other. `now` is any clock's, in seconds."""

    def __init__(self) -> None:
        self.sent = 0  # ticks, over all connections
        self._gop: list[Piece] = []  # since the newest keyframe
        self._gop_bytes = 0
        self.opened()

    def opened(self) -> None:
        """A new connection, whose time begins at 0."""
        self._start = self._end = 0  # of the newest sample, ticks
        self._at: float | None = None  # when it was given its time; None: there is none on this connection
        self._next = -1  # pts of the film that goes on without a hole

    def samples(self, pieces: Iterable[Piece], now: float) -> list[Sample]:
        """What a connection is sent for these pieces, which need one init segment."""
        out: list[Sample] = []
        for piece in pieces:
            chunk = piece.chunk
            if self._at is None and not chunk.keyframe:
                out += self.again(now)  # the connection is new, the film in the middle of a GOP
                if not out:
                    continue
            self._keep(piece)
            start = self._end if chunk.pts == self._next else self._here(now)
            out.append(self._sample(piece, start, chunk.duration, now))
            self._next = chunk.pts + chunk.duration
        return out

    def again(self, now: float) -> list[Sample]:
        """The newest GOP once more, in `STEP`s."""
        start = self._here(now)
        out = [self._sample(piece, start + n * STEP, STEP, now) for n, piece in enumerate(self._gop)]
        self._next = -1
        return out

    @property
    def init(self) -> bytes:
        """The init segment of the newest GOP; empty when there is none."""
        return self._gop[0].init if self._gop else b""

    def _here(self, now: float) -> int:
        """Where the clock is on this connection, and not before the end of what was sent."""
        passed = 0 if self._at is None else round((now - self._at) * TIMESCALE)
        return max(self._end, self._start + passed)

    def _sample(self, piece: Piece, start: int, duration: int, now: float) -> Sample:
        self.sent += start + duration - self._end
        self._start, self._end, self._at = start, start + duration, now
        return Sample(piece.chunk.sample, start, duration, piece.chunk.keyframe)

    def _keep(self, piece: Piece) -> None:
        if piece.chunk.keyframe:
            self._gop, self._gop_bytes = [piece], len(piece.chunk.sample)
        elif self._gop:
            self._gop.append(piece)
            self._gop_bytes += len(piece.chunk.sample)
            if self._gop_bytes > MOST_BYTES:
                self._gop = []
