"""What a film uses of the LLM, and the budget that holds it. Pure: the clock is an argument, in unix seconds, so that
it means the same to the next director.

The budget is a cap: in no window of an hour are more than the budget and the one answer that overran it used, wherever
the hour begins. A bucket that drains gives that only if what fits into it and what drains in an hour make up the
budget together: `BURST` of it fits, the rest drains. So a film may use four fifths of its budget for ever, and is held
from time to time when it uses more, since a bucket remembers one number and not the hour.

A film that is held goes on when the bucket is half empty: one long rest and a stretch of film, instead of a stutter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from msgspec.structs import replace

from streamer.errors import UserError
from streamer.messages import Spending

BURST = 0.2  # of an hour's budget that may be used at once
DRAIN = 3600 * BURST / (1 - BURST)  # seconds in which a full bucket empties: 15 minutes
GOES_ON = 0.5  # how full it may be when a held film goes on: 7.5 minutes after it was full
FULLEST = 5.0  # more than that is not held against a film: 67.5 minutes, whatever a server says that it used
MAX_TOKENS = 10_000_000  # of one answer that are believed; the largest context on offer has some two million


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The settings of the same names. Raises `UserError` for a cost that can never be reached."""

    price_in: float = 0.0  # of a million tokens
    price_out: float = 0.0
    tokens: int = 0  # an hour and stream, read and written; 0: no limit
    cost: float = 0.0  # an hour and stream; 0: no limit

    def __post_init__(self) -> None:
        if self.cost and not (self.price_in or self.price_out):
            raise UserError(f"--budget-cost {self.cost:g}: without --price-in or --price-out nothing has a cost")

    @property
    def limited(self) -> bool:
        return bool(self.tokens or self.cost)

    def cost_of(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6

    def share(self, tokens: int, cost: float) -> float:
        """How much of an hour's budget that is, by the limit that is nearer. Summed over answers it is never less than
        what either limit counts."""
        return max(tokens / self.tokens if self.tokens else 0.0, cost / self.cost if self.cost else 0.0)

    def __str__(self) -> str:
        limits = [f"{self.tokens} tokens"] * bool(self.tokens) + [f"{self.cost:g} (budget_cost)"] * bool(self.cost)
        return f"{' or '.join(limits)} an hour"


class Ledger:
    """The account of one stream. `spending` is what a predecessor left: it travels in DirectorState."""

    def __init__(self, budget: Budget, spending: Spending | None = None) -> None:
        self.spending = spending or Spending()
        self.budget = budget
        self._held = False

    def add(self, wall: float, *, tokens_in: int = 0, tokens_out: int = 0, film: float = 0.0) -> Spending:
        """Enter what an answer used, and the seconds of film that were published."""
        self._drain(wall)
        tokens_in, tokens_out = (min(max(n, 0), MAX_TOKENS) for n in (tokens_in, tokens_out))
        cost, now = self.budget.cost_of(tokens_in, tokens_out), self.spending
        used = min(now.used + self.budget.share(tokens_in + tokens_out, cost) / BURST, FULLEST)
        self.spending = replace(
            now,
            tokens_in=now.tokens_in + tokens_in,
            tokens_out=now.tokens_out + tokens_out,
            cost=now.cost + cost,
            film=now.film + film,
            used=used,
        )
        return self.spending

    def held_until(self, wall: float) -> float | None:
        """When a film that has used up its budget goes on, in unix seconds; None: it may ask now.

        A new director has not seen the bucket full: of a film that its predecessor held it asks again as soon as it is
        less than full, which is earlier than was told and within the budget all the same.
        """
        self._drain(wall)
        used = self.spending.used
        self._held = self.budget.limited and used > GOES_ON and (self._held or used >= 1.0)
        return wall + (used - GOES_ON) * DRAIN if self._held else None

    def _drain(self, wall: float) -> None:
        """A clock that was set back drains nothing, and goes on from there."""
        passed = max(0.0, wall - self.spending.at)
        self.spending = replace(self.spending, used=max(0.0, self.spending.used - passed / DRAIN), at=wall)

    def note(self, until: float) -> str:
        """For people, of a film that is held."""
        minute = datetime.fromtimestamp(ceil(until / 60) * 60, UTC)
        return f"the budget of {self.budget} is used up for now: goes on at {minute:%H:%M} UTC"

    @property
    def tokens_per_minute(self) -> float:
        """Tokens, read and written, for a minute of film so far; 0 before there is any."""
        return self._per_minute(self.spending.tokens_in + self.spending.tokens_out)

    @property
    def cost_per_minute(self) -> float:
        """Cost of a minute of film so far."""
        return self._per_minute(self.spending.cost)

    def _per_minute(self, amount: float) -> float:
        return 60 * amount / self.spending.film if self.spending.film else 0.0
