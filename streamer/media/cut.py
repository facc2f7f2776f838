"""A stretch of a film as one MP4: where it begins, where it ends, what is left out (pure).

It begins with the keyframe at or before the moment that was asked for, or with the first one there is. Time is that of
the producer: a keyframe tells its own (`prft`, else that of its record), the pictures behind it follow by their pts.
A plain MP4 cannot change its size, so a stretch ends with its generation.
"""

from __future__ import annotations

from streamer.messages import TIMESCALE
from streamer.video import Chunk, InitSegment

from . import cmaf

MOST_GOP_BYTES = 32 << 20
"""Of the GOP that is kept until it is known whether the stretch begins with it; a larger one is passed over."""

BURST = 1.0
"""Seconds that a worker's clock may be off from picture to picture: it draws up to half a second ahead, in batches."""


class Cut:
    """From `begin` to `end`, unix seconds. Give it what was filmed, in order; it returns the fragments to be written
    after `init`, their time from 0 on. It wants no more when it is `done`."""

    def __init__(self, begin: float, end: float) -> None:
        self.done = False
        self.began: float | None = None  # unix seconds of the first picture, once it is known
        self.generation = -1  # of the film that it begins with; −1: not known yet
        self.init: bytes | None = None  # its init segment, None where none has come
        self._begin = begin
        self._end = end
        self._inits: dict[int, bytes] = {}
        self._gop: list[bytes | memoryview] = []  # what it may begin with
        self._gop_bytes = 0
        self._key_at, self._key_pts = 0.0, 0  # of the newest keyframe
        self._next_pts = -1  # −1: only a keyframe will do
        self._base = 0  # ticks: pts of its first picture
        self._pts: list[int] = []  # of what is in `_gop`
        self._written = 0  # fragments

    def know(self, generation: int, init: bytes | memoryview) -> None:
        """An init segment, from wherever."""
        self._inits[generation] = bytes(init)
        if generation == self.generation and self.init is None:
            self.init = bytes(init)

    def take(self, item: InitSegment | Chunk, data: bytes | memoryview, at: float) -> list[bytes]:
        """The next record: its facts, its bytes, and its time in unix seconds, which counts where `data` tells none."""
        if self.done:
            return []
        if isinstance(item, InitSegment):
            self.know(item.generation, data)
            return []
        if item.keyframe:
            told = cmaf.wall(data)
            key_at = at if told is None else told
            fragments = self._begin_with_the_gop() if key_at > self._begin and self._gop else []
            if self._over(item, key_at):
                self.done = True
                return fragments
            self._key_at, self._key_pts = key_at, item.pts
        elif item.pts != self._next_pts:
            self._lose(item)
            return []
        elif self._time(item.pts) >= self._end:
            self.done = True
            return self.finish()
        else:
            fragments = []
        self._next_pts = item.pts + item.duration
        if self._written:
            return [*fragments, self._fragment(item.pts, data)]
        self._keep(item, data)
        if self._key_at > self._begin and self._gop:
            return self._begin_with_the_gop()
        return fragments

    def finish(self) -> list[bytes]:
        """No more comes: what is left to be written. A GOP that ended before the stretch is not."""
        if self._gop and self._time(self._next_pts) + BURST >= self._begin:
            return self._begin_with_the_gop()
        return []

    def _time(self, pts: int) -> float:
        return self._key_at + (pts - self._key_pts) / TIMESCALE

    def _over(self, keyframe: Chunk, key_at: float) -> bool:
        """Does it end before a keyframe?"""
        if key_at >= self._end:
            return True
        return self._written > 0 and (keyframe.generation != self.generation or keyframe.pts < self._next_pts)

    def _lose(self, item: Chunk) -> None:
        """A picture that does not follow: seen before, or after a hole. Nothing more until a keyframe."""
        if item.pts > self._next_pts:
            self._next_pts = -1

    def _keep(self, item: Chunk, data: bytes | memoryview) -> None:
        if item.keyframe:
            self._gop, self._pts, self._gop_bytes = [], [], 0
            self.generation, self.init = item.generation, self._inits.get(item.generation)
        if self._gop or item.keyframe:
            self._gop.append(data)
            self._pts.append(item.pts)
            self._gop_bytes += len(data)
        if self._gop_bytes > MOST_GOP_BYTES:
            self._gop, self._pts, self._gop_bytes, self._next_pts = [], [], 0, -1

    def _begin_with_the_gop(self) -> list[bytes]:
        self.began, self._base = self._key_at, self._pts[0]
        fragments = [self._fragment(pts, data) for pts, data in zip(self._pts, self._gop, strict=True)]
        self._gop, self._pts, self._gop_bytes = [], [], 0
        return fragments

    def _fragment(self, pts: int, data: bytes | memoryview) -> bytes:
        self._written += 1
        return cmaf.rebase(data, seq=self._written, pts=pts - self._base)
