"""When the next frame is due and how long it is shown. Pure: every method takes the clock as an argument.

Film time is tied to the wall clock at an anchor (wall, pts). A worker runs at most `lead` seconds ahead of it, and one
that has fallen more than `lead` behind forgives itself the rest: it anchors anew, so that a stall is neither caught up
in a burst nor carried along. A duration is fixed before its frame is made, because it is written into the chunk; an
engine that cannot keep the asked rate gets longer durations instead of a growing delay.
"""

from __future__ import annotations

import math
from fractions import Fraction

from engines.compile.spec import BUCKETS
from streamer.messages import TIMESCALE

_BATCHES = 3
"""Batches of frames that were made one right after the other; the lower median of their costs is the engine's pace."""

BATCH = 0.25
"""Seconds of video of a stream in one commit, at most, and of drawing it (but always one frame)."""

LONGEST = 10.0
"""Seconds that one frame may be announced for."""


def most_at_once(frame: float, picture: float, lead: float) -> int:
    """Frames of a film that are drawn together, at most: `frame` seconds long each, drawn in `picture` seconds of late.

    An engine that has batches fills them up to one of `BUCKETS`, so that three pictures cost what four do: one that
    cannot keep the rate is given the four, if they are drawn within the lead.
    """
    most = max(1, int(BATCH / max(frame, picture)))
    if picture <= frame or most < 3:
        return most
    largest = max(BUCKETS)
    if most >= largest:
        return most // largest * largest
    full = min(size for size in BUCKETS if size >= most)
    return full if full * picture <= lead else max(size for size in BUCKETS if size <= most)


class Pacer:
    """The clock of one stream. `copy.copy` remembers it, all of its values are immutable."""

    def __init__(self, rate: Fraction, *, lead: float = 0.5, pts: int = 0) -> None:
        """`rate` in frames per second, `lead` in seconds, `pts` of the next frame in ticks of 1/90000 s."""
        self.pts = pts
        self.anchors = 0  # times that it fell more than `lead` behind
        self._ticks = TIMESCALE / rate  # of a frame, exact
        self._lead = lead
        self._rest = Fraction(0)  # of a tick, owed by the rounding of earlier durations
        self._anchor: tuple[float, int] | None = None
        self._batch: tuple[float, int] | None = None  # when the last batch was begun, of how many frames
        self._waited = True  # after the last batch nothing was due
        self._costs: tuple[float, ...] = ()  # seconds per frame of the last batches
        self._seconds = 0.0  # that each frame of this batch is shown

    def reset(self) -> None:
        """Anchor anew at the next frame: after a hold, at a new epoch. The engine's pace stays known."""
        self._anchor = self._batch = None

    @property
    def at_rest(self) -> bool:
        """True while it has no anchor: nothing was made yet, or not since `reset`."""
        return self._anchor is None

    def ahead(self, now: float) -> float:
        """Seconds from the wall clock to the next frame; negative when it is late, 0 without an anchor."""
        if self._anchor is None:
            return 0.0
        wall, pts = self._anchor
        return (self.pts - pts) / TIMESCALE - (now - wall)

    def due(self, now: float) -> int:
        """How many frames may be made now."""
        room = self._lead - max(self.ahead(now), -self._lead)
        return max(0, math.ceil(room / self._expected(now) - 1e-6))

    def wait(self, now: float) -> float:
        """Seconds until a frame is due; 0 when one is."""
        return 0.0 if self.due(now) else self.ahead(now) - self._lead + 1e-4

    def next(self, now: float) -> int:
        """Begin the next frame: its duration in ticks. Its pts is what `pts` was before.

        Frames that are made together are begun with the same `now`.
        """
        if self._learn(now):
            self._seconds = self._expected(now)
        if self._anchor is None or -self.ahead(now) > self._lead:
            self.anchors += self._anchor is not None
            self._anchor = now, self.pts
        slow = self._seconds > self._nominal
        exact = Fraction(round(self._seconds * TIMESCALE)) if slow else self._ticks + self._rest
        duration = math.floor(exact)
        self._rest = exact - duration
        self.pts += duration
        self._waited = self.due(now) == 0
        return duration

    def _learn(self, now: float) -> bool:
        """Keep count of batches; True at the first frame of one.

        A batch tells what a frame costs only if the next frame was due all the while.
        """
        if self._batch is not None:
            begun, frames = self._batch
            if begun == now:
                self._batch = begun, frames + 1
                return False
            if not self._waited:
                self._costs = (*self._costs, (now - begun) / frames)[-_BATCHES:]
        self._batch = now, 1
        return True

    @property
    def _nominal(self) -> float:
        return float(self._ticks) / TIMESCALE

    def _expected(self, now: float) -> float:
        """Seconds that the next frame should be shown: as asked, or the engine's pace once the lead is used up."""
        # One batch tells nothing: an engine's first picture takes longer than any other.
        if len(self._costs) < 2 or self.ahead(now) > self._lead / 2:
            return self._nominal
        pace = sorted(self._costs)[(len(self._costs) - 1) // 2]
        return max(self._nominal, min(pace, LONGEST))
