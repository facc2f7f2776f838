"""The one retry policy (design §9): decorrelated back-off with a budget for each stream, a breaker for each endpoint,
and which of several endpoints is asked.

Pure: the clock is an argument, the dice are given. Decorrelated jitter is Marc Brooker's (AWS architecture blog, 2015).
"""

from __future__ import annotations

import random
from collections.abc import Collection


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
        self._until = 0.0
        self._failed_at = float("-inf")
        self.failures = 0  # in a row
        self.open = False  # whether the endpoint is taken to be down

    def wait(self, now: float) -> float:
        """Seconds until a try is allowed. A look: it grants nothing."""
        return max(0.0, self._until - now) if self.open else 0.0

    def take(self, now: float) -> bool:
        """Whether a try is granted: then report its outcome. Of an open breaker one caller gets the one try; while its
        outcome is awaited, the others are let wait another rest."""
        if self.wait(now) > 0:
            return False
        if self.open:
            self._until = now + self._rest
        return True

    def failed(self, now: float, *, asked: float | None = None, rest: float | None = None) -> None:
        """A try came to nothing that was `asked` then (None: now). With `rest` asking again sooner is known to be of no
        use: it is open at once. Those who were asked before the last failure tell the same one again: of many streams
        that a server refuses at one moment only the first counts."""
        if asked is not None and asked <= self._failed_at:
            return
        self._failed_at = now
        self.failures += 1
        if rest is not None or self.failures >= self._limit:
            self.open = True
            self._until = now + (self._rest if rest is None else rest)

    def left(self, now: float, asked: float) -> None:
        """A try that was granted then had no outcome: its stream wanted something else. The next one may have it."""
        if self.open and asked > self._failed_at:
            self._until = now

    def succeeded(self) -> None:
        self.failures = 0
        self.open = False


FIRST_REST = 5.0  # seconds that an endpoint rests after a failure where another answers; doubled with each
LONGEST_REST = 60.0  # seconds, at most; also for one that will refuse until a person changes something
DEAREST_REST = 600.0  # seconds, at most, where it was slow to refuse, or asks for a rest itself
DEAR = 10  # times as long as its refusal took it rests, so that asking a silent one costs a film at most a tenth
USELESS = 3  # answers in a row without one useful word, after which another endpoint is preferred
USELESS_REST = 30.0  # seconds


class Rota:
    """Several endpoints in order of preference, each with its breaker: whom to ask next, and whom to leave alone.

    The preferred one is asked first again as soon as its rest is over. Endpoints are indices.
    """

    def __init__(self, count: int) -> None:
        self.breakers = [Breaker() for _ in range(count)]
        self._useless = [0] * count

    @property
    def open(self) -> bool:
        """Whether all are taken to be down."""
        return all(breaker.open for breaker in self.breakers)

    def wait(self, now: float) -> float:
        """Seconds until any may be asked. A look: it grants nothing."""
        return min(breaker.wait(now) for breaker in self.breakers)

    def take(self, now: float, tried: Collection[int]) -> int | None:
        """The one to ask now, not of those `tried` for this question; its outcome is to be reported."""
        return next((n for n, b in enumerate(self.breakers) if n not in tried and b.take(now)), None)

    def refused(self, which: int, now: float, *, asked: float, permanent: bool, retry_after: float | None) -> None:
        """Asked then, it gave no word. Where another can be asked, it rests at once, as long as its Retry-After says,
        and longer the longer it was waited for: waiting for its first words with every question would cost the film
        more than the other's words. A single endpoint is given up only after several failures, and its Retry-After is a
        matter of the stream that asked."""
        rest = None
        if permanent:
            rest = LONGEST_REST
        elif self._elsewhere(which, now):
            doubled = FIRST_REST * 2 ** min(self.breakers[which].failures, 10)
            dear = max(DEAR * (now - asked), retry_after or 0.0)
            rest = max(min(doubled, LONGEST_REST), min(dear, DEAREST_REST))
        self.breakers[which].failed(now, asked=asked, rest=rest)

    def left(self, which: int, now: float, *, asked: float) -> None:
        """Asked then, it was no longer waited for before it spoke or refused."""
        self.breakers[which].left(now, asked)

    def spoke(self, which: int) -> None:
        """Words came: it is there."""
        self.breakers[which].succeeded()

    def useless(self, which: int, now: float) -> None:
        """It answered, and nothing of that could be published. Another one may do better."""
        self._useless[which] += 1
        if self._useless[which] >= USELESS and self._elsewhere(which, now):
            self._useless[which] = 0
            self.breakers[which].failed(now, rest=USELESS_REST)

    def useful(self, which: int) -> None:
        """A description of its answer was published."""
        self._useless[which] = 0

    def _elsewhere(self, which: int, now: float) -> bool:
        return any(n != which and breaker.wait(now) == 0 for n, breaker in enumerate(self.breakers))
