"""How many prompts are taken, from one author and for one stream. Pure: the clock is an argument.

Both are token buckets: a third of a minute's worth may come at once, five at least, and the rest as time goes by. In
any w seconds at most burst + rate·w/60 are taken. A bucket is one number, the time at which it is full again (the
generic cell rate algorithm, ITU-T I.371), so that a full one need not be remembered: forgetting it changes nothing.

The doors of a broadcaster and the desk of a director use the same limits, each with what it has seen itself: after a
restart or a takeover the buckets are full, and who asks through n broadcasters is n authors to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

REMEMBERED = 10_000
"""Authors, and streams, whose buckets are kept. To drop one that is not full, so many others must have asked within
the third of a minute that filling one takes."""


class Buckets:
    """A bucket for each name. `rate`: how many a minute; 0: without limit. `remembered`: how many are kept."""

    def __init__(self, rate: float, remembered: int) -> None:
        self.rate = rate
        self._gap = 60.0 / rate if rate else 0.0  # seconds that one more takes to fill up
        self._depth = max(5.0, rate / 3) * self._gap  # seconds that an empty one takes to fill
        self._remembered = remembered
        self._full: dict[str, float] = {}  # when each is full again; who asked last is last

    def __len__(self) -> int:
        return len(self._full)

    def wait(self, name: str, now: float) -> float:
        """Seconds until one can be taken."""
        return max(0.0, self._filling(name, now) + self._gap - self._depth) if self.rate else 0.0

    def take(self, name: str, now: float) -> None:
        if not self.rate:
            return
        full = now + self._filling(name, now) + self._gap
        self._full.pop(name, None)
        if len(self._full) >= self._remembered:
            self._full = {n: t for n, t in self._full.items() if t > now}
        if len(self._full) >= self._remembered:
            del self._full[next(iter(self._full))]
        self._full[name] = full

    def _filling(self, name: str, now: float) -> float:
        """Seconds until it is full; never more than an empty one needs, should the clock jump back."""
        return min(max(self._full.get(name, now) - now, 0.0), self._depth)


@dataclass(frozen=True, slots=True)
class Excess:
    """One prompt too many. `wait`: seconds until the next is taken."""

    reason: str
    wait: float


class Rates:
    """What `author_rate` and `stream_rate` allow, in prompts a minute; 0: no limit."""

    def __init__(self, *, author: float = 0.0, stream: float = 0.0, remembered: int = REMEMBERED) -> None:
        self._authors = Buckets(author, remembered)
        self._streams = Buckets(stream, remembered)

    @property
    def remembered(self) -> int:
        """Buckets in memory."""
        return len(self._authors) + len(self._streams)

    def excess(self, author: str, stream: str, now: float) -> Excess | None:
        """Why a prompt cannot be taken now, or None. A pure look. An unknown author ("") has no bucket: what comes from
        all of them is bounded by the stream's."""
        by_author = self._authors.wait(author, now) if author else 0.0
        by_stream = self._streams.wait(stream, now)
        wait = max(by_author, by_stream)
        if not wait:
            return None
        if by_author >= by_stream:
            whose = f"{self._authors.rate:g} prompts a minute are taken from one author (author_rate)"
        else:
            whose = f"{self._streams.rate:g} prompts a minute are taken for one stream (stream_rate)"
        return Excess(f"{whose}; the next in {ceil(wait)} s", wait)

    def take(self, author: str, stream: str, now: float) -> Excess | None:
        """Take one prompt, or say why not; what is not taken does not count."""
        if excess := self.excess(author, stream, now):
            return excess
        if author:
            self._authors.take(author, now)
        self._streams.take(stream, now)
        return None
