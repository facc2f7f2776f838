"""Delays by the million, kept as counts: an hour of a crowd is 26 million of them."""

from __future__ import annotations

from collections import Counter

STEP = 1e-4
"""Seconds; delays are told apart no finer."""


class Delays:
    """Times in seconds; those below 0, of clocks that differ by less than a step, count as 0."""

    def __init__(self, counts: dict[str, int] | None = None) -> None:
        self.steps: Counter[int] = Counter({int(step): count for step, count in (counts or {}).items()})

    def add(self, delay: float) -> None:
        """One more."""
        self.steps[max(0, int(delay / STEP))] += 1

    def at(self, share: float) -> float:
        """The delay that `share` (0 to 1) of all do not exceed, in seconds; 0 where there are none."""
        left = share * self.steps.total()
        for step in sorted(self.steps):
            left -= self.steps[step]
            if left <= 0:
                return (step + 1) * STEP
        return 0.0

    def plain(self) -> dict[str, int]:
        """As JSON has it; give it to the constructor."""
        return {str(step): count for step, count in self.steps.items()}

    def __str__(self) -> str:
        p50, p99, most = (1e3 * self.at(share) for share in (0.5, 0.99, 1.0))
        return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {most:.0f} ms"
