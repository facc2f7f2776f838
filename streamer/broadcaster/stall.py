"""Does a film that should play stand still? While a worker restarts, or another takes over, people are told (pure)."""

from __future__ import annotations

from collections.abc import Callable

STALL = 3.0
"""Seconds without a new picture after which a film that should play is said to wait; more where frames are longer."""

STALL_FRAMES = 4
"""So many of the longest frame of late must have passed as well: a slow engine does not stand still."""

RESUMES = "rendering resumes…"
"""Why a film that should play shows its last picture."""


class Stall:
    """Looked at once a second; `now` is a clock that never jumps."""

    def __init__(self) -> None:
        self.stands = False
        self._version = 0  # of the channel, when a look last found a new one
        self._moved_at = 0.0  # when that was

    def look(self, now: float, version: int, playing: bool, longest_frame: Callable[[], float]) -> None:
        """`version` rises with every picture; `longest_frame`, in seconds, is asked for only where it matters."""
        if version != self._version or not playing:
            self._version, self._moved_at = version, now
            self.stands = False
        else:
            self.stands = now - self._moved_at >= max(STALL, STALL_FRAMES * longest_frame())

    def over(self) -> None:
        """A picture has come."""
        self.stands = False

    def words(self, wait: str) -> str:
        """What to say meanwhile; `wait` is what is known of why."""
        return f"{RESUMES} ({wait})" if wait else RESUMES
