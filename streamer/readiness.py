"""Whether a process can do its work yet, and what it is at until then: /readyz."""

from __future__ import annotations

from typing import Literal

Status = Literal["starting", "warming up", "restarting", "ready"]


class Readiness:
    """Told by whoever knows, asked by whoever wants to; from any thread."""

    def __init__(self) -> None:
        self._state: tuple[Status, str] = ("starting", "")

    def at(self, status: Status, detail: str = "") -> None:
        """It is at `detail` now, in words for people."""
        self._state = status, detail

    @property
    def ready(self) -> bool:
        """Can it do its work?"""
        return self._state[0] == "ready"

    @property
    def words(self) -> str:
        """`the engine is warming up: loading weights`; "" when it is ready, or has not said what it is at."""
        status, detail = self._state
        return f"the engine is {status}: {detail}" if detail and status != "ready" else ""

    def answer(self) -> tuple[int, dict[str, str]]:
        """HTTP status and JSON body of /readyz."""
        status, detail = self._state
        body = {"status": status} | ({"detail": detail} if detail else {})
        return (200 if status == "ready" else 503), body
