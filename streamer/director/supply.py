"""When a film asks the LLM for more, and when it has to help itself.

Pure: the clock is an argument, in monotonic seconds.
"""

from __future__ import annotations

from typing import Protocol

from .llm.retry import Backoff

BRINK = 1.0  # seconds of lead, at most, at which a film is about to freeze
FAILURES = 2  # in a row, after which the brink is not waited out


class Source(Protocol):
    """What a film needs to know of the endpoints that it shares with others (`endpoints.Endpoints`)."""

    @property
    def open(self) -> bool:
        """Whether all are taken to be down."""

    def wait(self, now: float) -> float:
        """Seconds until any may be asked."""


class Supply:
    """The descriptions of one film, as a stock: `lead` is what is in store, in seconds of film.

    It asks below `low`. Where the LLM is failing, or nothing came for `starve` seconds although more was wanted, and
    the film is about to freeze, it is to be rescued with a fallback description.
    """

    def __init__(self, *, low: float, starve: float, endpoints: Source) -> None:
        self._low, self._starve = low, starve
        self._endpoints = endpoints
        self._backoff = Backoff()
        self._retry_at = 0.0
        self._hungry_since: float | None = None
        self._told_at = float("-inf")

    def ask_in(self, now: float, lead: float) -> float | None:
        """Seconds until the LLM is to be asked, 0: now (ask, and report what came of it); None: enough is in store."""
        if lead >= self._low:
            self._hungry_since = None
            return None
        if self._hungry_since is None:
            self._hungry_since = now
        return self._retry_at - now if now < self._retry_at else self._endpoints.wait(now)

    def told(self, now: float) -> None:
        """A description of the LLM's was published."""
        self._told_at = now
        self._retry_at = 0.0
        self._backoff.succeeded()

    def failed(self, now: float, retry_after: float | None = None) -> float:
        """An answer came to nothing; returns the seconds until the next try."""
        wait = self._backoff.failed(now, retry_after=retry_after)
        self._retry_at = now + wait
        return wait

    def wish(self) -> None:
        """A person waits for something new: what failed before does not make them wait longer."""
        self._retry_at = 0.0

    def rested(self) -> None:
        """The film was held or had ended: its silence meant nothing."""
        self._hungry_since = None

    def rescue(self, now: float, lead: float) -> bool:
        """Whether a fallback description is needed now."""
        if lead > BRINK or self._hungry_since is None:
            return False
        quiet = now - max(self._told_at, self._hungry_since)
        failing = self._backoff.failures >= FAILURES or self._endpoints.open
        return failing or quiet >= self._starve
