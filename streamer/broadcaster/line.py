"""What a viewer's connection can do, and what is known of it: all that the rules about slow viewers may ask for."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Facts(NamedTuple):
    """Of one connection."""

    rtt: float = 0.0  # seconds, the least round trip of the last minutes; 0 when nothing is known
    busy: float = 0.0  # seconds with bytes on the way, since it was opened
    shut: float = 0.0  # seconds of that in which the peer's machine would take no more
    taken: int = 0  # bytes that the peer's machine has taken; a number that stands still while nothing moves


class Line(Protocol):
    """A connection."""

    def write(self, data: bytes, /) -> None:
        """Send bytes that are whole frames. Never blocks; what does not fit waits in this process."""

    def backlog(self) -> int:
        """Bytes that wait in this process."""

    def unacked(self) -> int:
        """Bytes on the way: those, and what the peer's machine has not acknowledged. A system call."""

    def facts(self) -> Facts:
        """Why it is as fast as it is. A system call."""

    def beat(self, now: float) -> None:
        """Once a second: time for a sign of life."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and hang up soon whatever the peer does."""
