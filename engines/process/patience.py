"""How long the parent waits, how often it tries again, and when it gives the engine up: numbers, no processes."""

from __future__ import annotations

from dataclasses import dataclass

from engines.errors import EngineError

LONGEST_PAUSE = 30.0
"""Seconds, at most, from one restart to the next."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the parent waits for what, in seconds, and how often it tries."""

    prepare: float = 4 * 3600.0  # in all, the first time; networks may have to be built
    silence: float = 60.0  # without a sign of life while it prepares
    first: float = 120.0  # for a process's first call with so many frames, for which it may compile something
    render: float = 10.0  # for a later call with as many; twenty times what pictures took lately, where that is more
    answer: float = 30.0  # for anything else
    close: float = 10.0  # to end in good order
    beat: float = 1.0  # from one sign of life to the next
    deaths: int = 3  # over the same frame in a row, before it is called poison
    condemned: int = 3  # descriptions in a row without a picture in between, before the engine is given up
    restarts: int = 6  # without a picture in between, and for no poison's sake, before the engine is given up
    reviving: float = 600.0  # until a process draws again, beside what it took to prepare last
    pause: float = 0.5  # before the second restart without a picture in between; twice as long before each further one


class Losses:
    """What was lost since a picture was last drawn, and when that is too much."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._restarts = 0
        self._condemned = 0

    def drawn(self) -> None:
        """A picture was drawn: all that was before is forgiven."""
        self._restarts = self._condemned = 0

    def restart(self) -> float:
        """Count one more; seconds to wait before it. Raises EngineError after too many."""
        if self._restarts >= self._patience.restarts:
            raise EngineError(f"{self._restarts} restarts without a picture drawn did not help")
        self._restarts += 1
        if self._restarts == 1:
            return 0.0
        return min(LONGEST_PAUSE, self._patience.pause * 2.0 ** (self._restarts - 2))

    def condemn(self, deaths: int) -> None:
        """A description is called poison: the restarts were its own. Raises EngineError after too many in a row."""
        self._restarts = max(0, self._restarts - deaths)
        self._condemned += 1
        if self._condemned >= self._patience.condemned:
            raise EngineError(f"{self._condemned} descriptions in a row cannot all be poison")


class Pace:
    """Seconds that a call may take, by what calls took."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._each = 0.0  # seconds a picture, the slowest of late; 0: not known
        self._drawn: set[int] = set()  # frames of a call that this process has had

    def anew(self) -> None:
        """Another process has had no call yet."""
        self._drawn.clear()

    def limit(self, frames: int) -> float:
        """For a call with so many frames."""
        known = self._each > 0 and frames in self._drawn
        return max(self._patience.render if known else self._patience.first, 20 * self._each * frames)

    def took(self, frames: int, seconds: float) -> None:
        """A call is over. What the first one with so many frames took says nothing of the next."""
        if frames in self._drawn:
            self._each = max(self._each * 0.95, seconds / frames)
        self._drawn.add(frames)
