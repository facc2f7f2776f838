"""The one retry policy (design §9): decorrelated back-off with a budget for each stream, a breaker for each endpoint.

Pure: the clock is an argument, the dice are given. Decorrelated jitter is Marc Brooker's (AWS architecture blog, 2015).
"""

from __future__ import annotations

import random


class Backoff:
    """How long one stream waits after a failure: random between `base` and three times the last wait, at most `cap`.

    A server's Retry-After is honoured up to `longest`. The budget, `tries` and one more every `refill` seconds, keeps a
    stream whose answers always fail late from asking without end.
    """

    def __init__(
        self,
        *,
        base: float = 0.25,
        cap: float = 15.0,
        longest: float = 120.0,
        tries: int = 8,
        refill: float = 10.0,
        dice: random.Random | None = None,
    ) -> None:
        self._base, self._cap, self._longest = base, cap, longest
        self._tries, self._refill = tries, refill
        self._dice = dice or random.Random()  # noqa: S311  not for secrets
        self._wait = base
        self._left = float(tries)
        self._counted: float | None = None
        self.failures = 0  # in a row

    def failed(self, now: float, *, retry_after: float | None = None) -> float:
        """Seconds to wait before the next try."""
        self.failures += 1
        if self._counted is not None:
            self._left = min(self._tries, self._left + (now - self._counted) / self._refill)
        self._counted = now
        self._left -= 1
        self._wait = min(self._cap, self._dice.uniform(self._base, 3 * self._wait))
        wait = self._wait if self._left >= 0 else max(self._wait, -self._left * self._refill)
        return min(max(wait, retry_after or 0.0), self._longest)

    def succeeded(self) -> None:
        """Something useful came: the next wait is short again. The budget is only refilled by time."""
        self.failures = 0
        self._wait = self._base


class Breaker:
    """Keeps every stream from hammering an endpoint that is down.

    After `limit` failures in a row it is open for `rest` seconds; then one try is let through, and its outcome closes
    it or opens it again.
    """

    def __init__(self, *, limit: int = 5, rest: float = 5.0) -> None:
        self._limit, self._rest = limit, rest
        self._failures = 0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether the endpoint is taken to be down."""
        return self._failures >= self._limit

    def wait(self, now: float) -> float:
        """Seconds until a try is allowed. At 0 the try is granted: report its outcome."""
        if self._failures < self._limit:
            return 0.0
        if now < self._until:
            return self._until - now
        self._until = now + self._rest  # this caller is the one try; the others wait for its outcome
        return 0.0

    def failed(self, now: float) -> None:
        self._failures += 1
        if self._failures >= self._limit:
            self._until = now + self._rest

    def succeeded(self) -> None:
        self._failures = 0
