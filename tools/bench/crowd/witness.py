"""What a viewer was promised, held against what came: order, holes, words before pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from streamer.errors import Rejected

from .film import FPS, Film, epoch

MOST_FAULTS = 50
"""Faults that are kept in words; beyond that they are only counted."""


class Ledger:
    """What all witnesses of a crowd found."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []

    def fault(self, words: str) -> None:
        """A promise was broken."""
        self.counts["faults"] += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(words)


class Witness:
    """One connection. `judged` is given (number, chunk, is it the first of a run) where its pictures are decoded."""

    def __init__(
        self, name: str, film: Film, ledger: Ledger, judged: Callable[[int, bytes, bool], None] | None = None
    ) -> None:
        self.name = name
        self.last = -1  # the number of the newest frame; -1: none since the newest hello
        self._film = film
        self._ledger = ledger
        self._judged = judged
        self._epoch = -1
        self._init = b""

    def told(self, kind: str, number: int) -> None:
        """A text message, with its epoch."""
        if kind == "hello":
            self.last, self._epoch, self._init = -1, number, b""
        elif kind == "epoch":
            if number <= self._epoch:
                self._fault(f"epoch {number} after {self._epoch}")
            self._epoch = number

    def media(self, data: bytes) -> int:
        """An init segment (returns -1) or a chunk (returns its number)."""
        if data[4:8] == b"ftyp":
            self._init = data
            return -1
        try:
            n = self._film.number(data)
        except (Rejected, ValueError) as error:
            self._fault(str(error))
            return -1
        first = n != self.last + 1 or self.last < 0
        if n <= self.last:
            self._fault(f"frame {n} after {self.last}")
        elif first and n % FPS:
            self._fault(f"frame {n} after {self.last}: a hole that ends without a keyframe")
        if self._init != self._film.reel(n).init:
            self._fault(f"frame {n} without its init segment")
        if self._epoch != epoch(n):
            self._fault(f"frame {n} of epoch {epoch(n)}, told was {self._epoch}")
        if first:
            self._ledger.counts["runs"] += 1
        if self._judged is not None:
            self._judged(n, data, first)
        self.last = n
        return n

    def _fault(self, words: str) -> None:
        self._ledger.fault(f"{self.name}: {words}")
