"""One viewer: live, skipping, or hidden (pure; the clock is an argument, the connection is behind `Line`).

A viewer that is `live` gets every chunk the moment it comes. When its line is too slow it is `skipping`: it gets
nothing, nothing is queued for it, and it goes on with a keyframe. Dropping single frames would leave a corrupt picture
(mediamtx and go2rtc do).

When to skip is a forecast, not a limit. What was written cannot be taken back, so the question before each chunk is
whether what is on the way already will be gone when the next keyframe is due. If not, the rest of this GOP is left out,
the line is empty just in time, and the keyframe arrives at once: of all rules this one keeps the picture freshest and
shows most of the film. A line with a third more than the film needs is behind for most of every GOP, since a keyframe
is a large part of it, and yet always done in time.

On the way is whatever the peer's machine has not acknowledged, wherever it waits: in this process, in the kernel, in a
router. What a proxy or the player itself holds back shows only in the player's acks (`acked`).
"""

from __future__ import annotations

from typing import Literal

from .channel import Mark
from .line import Facts, Line
from .pace import Pace

PATIENCE = 0.2
"""Seconds, beyond a round trip, that a byte may be on the way whatever comes next."""

MARGIN = 0.08
"""Seconds that the line should be free before the keyframe comes: one that meets a queue is late, and may be lost."""

JOIN_PATIENCE = 0.5
"""Seconds, beyond JOIN_TRIPS, after a join without any skip: it begins with up to a GOP of bytes at once."""

JOIN_TRIPS = 4
"""Round trips until a new connection is as fast as its line: TCP begins with 14 kB in one and doubles that."""

ACK_PATIENCE = 1.5
"""Seconds by which the player's lag may grow while it plays; more than it ever holds back for smoothness (0.6)."""

ACK_WAIT = 5.0
"""Seconds that the player has to show what it was sent before the skip; then it goes on anyway."""

MEASURABLE = 0.1
"""Seconds that a line must have been busy for its speed to be known."""

SUSPICION = 10.0
"""Seconds that a line is watched closely after a skip."""

BACKLOG_BYTES = 2 << 20
"""Bytes behind in this process at which it skips at once."""

RESYNC_INTERVAL = 2.0
"""Seconds between two joins that a client may ask for; sooner ones wait for the next keyframe."""

VOID = Mark(-1, -1, -1, -1)
"""Of a viewer that must be sent everything."""

State = Literal["live", "skipping", "hidden"]

Cause = Literal["", "network", "reader", "player", "bytes"]
"""Why it skips: the network between is slow; the peer's machine takes no more; its acks say that it lags, so a proxy or
the player is slow; too many bytes wait here. "": it does not."""


class Viewer:
    """`slow_limit` is the longest time, in seconds, that it may take nothing."""

    __slots__ = (
        "_anchor", "_cause", "_cut", "_joined_at", "_least_lag", "_may_join_at", "_stuck_since", "behind", "drops",
        "facts", "line", "mark", "path", "shown_pts", "skips", "slow_limit", "state", "suspect_until", "words",
    )  # fmt: skip

    def __init__(self, line: Line, *, slow_limit: float) -> None:
        self.line = line
        self.slow_limit = slow_limit
        self.state: State = "skipping"
        self.words = False  # while hidden: wants what is said all the same
        self.mark = Mark(0, 0, 0, 0)  # while skipping: what it had been sent
        self.skips = 0  # times it has fallen behind
        self.shown_pts = -1  # as it last told, ticks
        self.drops = 0  # frames, as it last told
        self.path = ""  # how it decodes, as it told
        self.behind = False  # does something wait in this process for its line?
        self.facts = Facts()  # of its line, as last asked
        self.suspect_until = 0.0  # its line is watched closely
        self._stuck_since: float | None = None
        self._joined_at = 0.0
        self._may_join_at = 0.0
        self._anchor = (0.0, 0)  # when its line was last free, and how many of everyone's bytes it had taken by then
        self._cut = (0.0, 0.0, 0, -1)  # its last skip: when, how late it was, everyone's bytes by then, its newest pts
        self._cause: Cause = ""  # of its last skip
        self._least_lag = -1.0  # seconds, of its acks since the last hole

    def joined(self, now: float, mark: Mark, pace: Pace, size_bytes: int, *, live: bool) -> None:
        """It is sent what a newcomer gets, so many bytes; not `live` when there was no picture to begin with."""
        self.state = "live" if live else "skipping"
        self.mark = mark
        self._cause = ""
        self._joined_at = now
        self._may_join_at = now + RESYNC_INTERVAL
        self._anchor, self._least_lag = (now, pace.position - size_bytes), -1.0

    def congested(self, now: float) -> None:
        """Its line took less than it was given."""
        self.behind = True
        if self._stuck_since is None:
            self._stuck_since = now

    def drained(self) -> None:
        """Nothing waits in this process any more."""
        self.behind = False

    def look(self, now: float, unacked: int) -> None:
        """Once a second, when it is watched."""
        before, self.facts = self.facts, self.line.facts()
        if not unacked:
            self._stuck_since = None
        elif self._stuck_since is None or self.facts.taken != before.taken:
            self._stuck_since = now

    def fine(self, now: float, late: float) -> bool:
        """Need it not be watched any more? `late`: the age of the first byte on its line."""
        late -= self.facts.rtt
        return not self.behind and self._stuck_since is None and late < PATIENCE / 2 and now > self.suspect_until

    def falls_behind(self, now: float, unacked: int, pace: Pace, mark: Mark, *, keyframe: bool) -> Cause:
        """Ask a live viewer that is watched, before each chunk: why should it skip?

        `unacked` bytes are on its line; `pace` and `mark`: what it has been sent. `keyframe`: the chunk is one.
        """
        if self.state != "live":
            return ""
        # A join sends at once what everyone got earlier: no byte is older than that.
        late = min(pace.age(unacked, now), now - self._joined_at) - self.facts.rtt
        if self.line.backlog() > BACKLOG_BYTES:
            return self._skip(now, late, pace, mark, "bytes")
        wait = self._wait(now, unacked, late, pace.position)
        # To leave out a keyframe costs a whole GOP: only when it would be late by the half of one.
        enough = pace.gop / 2 if keyframe else max(0.0, pace.left(now) - MARGIN)
        if wait <= enough or late <= PATIENCE:
            return ""
        if now - self._joined_at < JOIN_PATIENCE + JOIN_TRIPS * self.facts.rtt:
            return ""
        facts = self.line.facts()
        shut = facts.shut - self.facts.shut > (facts.busy - self.facts.busy) / 2
        return self._skip(now, late, pace, mark, "reader" if shut else "network")

    def acked(self, now: float, pts: int, pace: Pace, mark: Mark) -> Cause:
        """The player says what it shows. Why should it skip?

        A lag that stays is the player's own affair, as is a picture that stands still: paused, or in a hidden tab. One
        that grows while the film runs means that bytes pile up where TCP does not see it.
        """
        runs, self.shown_pts = pts > self.shown_pts, pts
        if self.state != "live" or not runs or pts <= self._cut[3]:
            return ""
        lag = pace.lag(pts, now)
        self._least_lag = lag if self._least_lag < 0 else min(lag, self._least_lag)
        return "" if lag - self._least_lag <= ACK_PATIENCE else self._skip(now, lag, pace, mark, "player")

    def comes_back(self, now: float, unacked: int, pace: Pace, *, begun: bool = False) -> bool:
        """Ask a skipping viewer at a keyframe, before it is sent that: is its line free, or soon? Then it is live
        again. When the GOP has `begun` before, its line must be free now. The arguments are those of `falls_behind`."""
        if self.state != "skipping":
            return False
        at, late, sent, pts = self._cut
        if self._cause == "player" and self.shown_pts < pts and now - at < ACK_WAIT:
            return False
        if begun and (unacked or self.mark == VOID):
            return False
        if self.behind if not self._cause else self._wait(now, unacked, late + now - at, sent) > pace.gop / 2:
            return False
        self.state = "live"
        self._anchor, self._least_lag = (now, pace.position - unacked), -1.0
        return True

    def too_slow(self, now: float) -> bool:
        """Has it taken nothing for longer than `slow_limit`?"""
        return self._stuck_since is not None and now - self._stuck_since > self.slow_limit

    def hide(self, *, words: bool) -> None:
        """It does not look; with `words`, it reads."""
        self.state, self.words = "hidden", words

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
        return due and not self.behind and not self.line.unacked()

    # Inside

    def _skip(self, now: float, late: float, pace: Pace, mark: Mark, cause: Cause) -> Cause:
        self.state, self.mark, self._cause = "skipping", mark, cause
        self._cut = (now, late, pace.position, pace.pts)
        self.suspect_until = now + SUSPICION
        self.skips += 1
        return cause

    def _wait(self, now: float, unacked: int, late: float, position: int) -> float:
        """Seconds until what is on the line has arrived, by how fast it was since it was last free.

        `late`: the age of the first byte beyond a round trip. A line that stalls for a moment has no speed; then, and
        as a bound to a bad measure, that is the best guess: what took so long to come this far will take as long again.
        """
        if not unacked or late <= 0.02:
            self._anchor = (now, position - unacked)
            return 0.0
        at, before = self._anchor
        taken = position - unacked - before
        if now - at < MEASURABLE or taken <= 0:
            return late
        return min(max(0.0, unacked * (now - at) / taken - self.facts.rtt), 2 * late)
