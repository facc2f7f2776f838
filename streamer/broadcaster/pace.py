"""What everyone who is live has been sent, and when: from it follows how old the bytes on a line are (pure)."""

from __future__ import annotations

from collections import deque

SENDS_KEPT = 512
"""Sends remembered: eight seconds at 60 frames a second. What is older counts as that old."""

LONGEST_GOP = 10.0
"""Seconds, the most that setting `gop` allows. More from keyframe to keyframe means that the film stood in between."""

UNKNOWN_GOP = 1.0
"""Seconds that are taken for it before there have been two keyframes."""


class Pace:
    """Of one stream. Times are seconds of the monotonic clock, pts ticks."""

    def __init__(self) -> None:
        self.position = 0  # bytes sent to the live, ever
        self.pts = -1  # of the newest frame sent
        self.gop = UNKNOWN_GOP  # seconds between the last two keyframes
        self._regular = False  # there have been two
        self._keyframe_at = 0.0
        self._sent: deque[tuple[float, int, int]] = deque(maxlen=SENDS_KEPT)  # (when, position after it, pts)

    def sent(self, now: float, size_bytes: int, pts: int, *, keyframe: bool) -> None:
        """A frame went out to everyone who is live."""
        self.position += size_bytes
        self.pts = pts
        self._sent.append((now, self.position, pts))
        if keyframe:
            if 0 < now - self._keyframe_at <= LONGEST_GOP:
                self.gop, self._regular = now - self._keyframe_at, True
            self._keyframe_at = now

    def left(self, now: float) -> float:
        """Seconds until the next keyframe is due, if it comes as the last one did; never below 0."""
        return max(0.0, self._keyframe_at + self.gop - now) if self._regular else UNKNOWN_GOP

    def age(self, unacked_bytes: int, now: float) -> float:
        """How long ago the first of the last so many bytes was sent."""
        begin, end = now, self.position - unacked_bytes
        for at, position, _ in reversed(self._sent):
            if position <= end:
                break
            begin = at
        return now - begin

    def lag(self, shown_pts: int, now: float) -> float:
        """How long ago the first frame behind the one that is shown was sent; 0 when there is none."""
        begin = now
        for at, _, pts in reversed(self._sent):
            if pts <= shown_pts:
                break
            begin = at
        return now - begin
