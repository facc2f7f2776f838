"""One viewer: live, skipping, or hidden (pure; the clock is an argument, the connection is behind `Line`).

A viewer that is `live` gets every chunk the moment it comes. Kernel buffers hide slowness, so the connection keeps
them small (`socket.py`) and says when something stays behind in this process. A short while of that is normal: a
keyframe takes a few round trips, joining takes a GOP's worth of bytes. But when what waits is older than `PATIENCE`
the viewer is `skipping`: it gets nothing, nothing is queued for it, and it is live again at the first keyframe that
finds its line empty. Age is the measure, not time spent behind: a line with a third more than the film needs is
behind for most of every GOP, since a keyframe is a large part of it, and yet never late.

The rule against dropping single frames, and the keyframe as the only way back, are paid for by others: mediamtx and
go2rtc drop what does not fit and leave a corrupt picture.
"""

from __future__ import annotations

from typing import Literal, Protocol

from .channel import Mark

PATIENCE = 0.5
"""Seconds that bytes may wait for a live viewer before it skips."""

JOIN_PATIENCE = 2.0
"""The same after a join, which begins with up to a GOP of bytes at once."""

BACKLOG_BYTES = 2 << 20
"""Bytes behind at which it skips at once."""

RESYNC_INTERVAL = 2.0
"""Seconds between two joins that a client may ask for; sooner ones wait for the next keyframe."""

VOID = Mark(-1, -1, -1, -1)
"""Of a viewer that must be sent everything."""

State = Literal["live", "skipping", "hidden"]


class Line(Protocol):
    """What a viewer's connection can do."""

    def write(self, data: bytes, /) -> None:
        """Send bytes that are whole frames. Never blocks; what does not fit waits in this process."""

    def backlog(self) -> int:
        """Bytes that wait in this process."""

    def idle(self) -> bool:
        """Has the kernel sent all that it was given?"""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and hang up soon whatever the peer does."""


class Viewer:
    """`slow_limit` is the longest time, in seconds, that it may take nothing."""

    def __init__(self, line: Line, *, slow_limit: float) -> None:
        self.line = line
        self.slow_limit = slow_limit
        self.state: State = "skipping"
        self.mark = Mark(0, 0, 0, 0)  # while skipping: what it had been sent
        self.skips = 0  # times it has fallen behind
        self.shown_pts = -1  # as it last told, ticks
        self.drops = 0  # frames, as it last told
        self.path = ""  # how it decodes, as it told
        self._behind_since: float | None = None
        self._joined_at = 0.0
        self._may_join_at = 0.0

    @property
    def behind(self) -> bool:
        """Does something wait in this process for its line?"""
        return self._behind_since is not None

    def joined(self, now: float, mark: Mark, *, live: bool) -> None:
        """It was sent what a newcomer gets; not `live` when there was no picture to begin with."""
        self.state = "live" if live else "skipping"
        self.mark = mark
        self._joined_at = now
        self._may_join_at = now + RESYNC_INTERVAL

    def congested(self, now: float) -> None:
        """Its line took less than it was given."""
        if self._behind_since is None:
            self._behind_since = now

    def drained(self) -> None:
        """Nothing waits any more."""
        self._behind_since = None

    def falls_behind(self, now: float, age: float, mark: Mark) -> bool:
        """Ask a live viewer that is behind, before each chunk: is it time to skip?

        `age`: how many seconds ago the oldest of the bytes that wait for it was sent to everyone. `mark`: what it has
        been sent.
        """
        if self.state != "live" or self._behind_since is None:
            return False
        age = min(age, now - self._behind_since)  # a join sends at once what everyone got earlier
        # The patience for a join ends when its bytes are gone, so it cannot be had twice.
        joining = self._behind_since - self._joined_at < PATIENCE
        patience = JOIN_PATIENCE if joining else PATIENCE
        if age < patience and self.line.backlog() <= BACKLOG_BYTES:
            return False
        self.state, self.mark = "skipping", mark
        self.skips += 1
        return True

    def comes_back(self) -> bool:
        """Ask a skipping viewer at a keyframe, before that is sent: is its line empty? Then it is live again."""
        if self.state != "skipping" or self.behind or not self.line.idle():
            return False
        self.state = "live"
        return True

    def too_slow(self, now: float) -> bool:
        """Has it taken nothing for longer than `slow_limit`?"""
        return self._behind_since is not None and now - self._behind_since > self.slow_limit

    def hide(self) -> None:
        """It does not look."""
        self.state = "hidden"

    def wants_join(self, now: float) -> bool:
        """It asks for a join (`show`, `resync`). False when it has to wait, for the next keyframe or for its turn,
        which then brings everything: what it knew is void."""
        if now >= self._may_join_at and not self.behind:
            return True
        self.state, self.mark = "skipping", VOID
        return False

    def may_join(self, now: float, *, stands: bool) -> bool:
        """Ask a skipping viewer now and then: is a join due? `stands`: the film does, no keyframe is to be expected."""
        due = stands or (self.mark == VOID and now >= self._may_join_at)
        return due and not self.behind and self.line.idle()
