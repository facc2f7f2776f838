"""What became of the wishes of a stream: accepted, directing, on the screen, or why not (pure).

A wish is accepted by the process that took it, directed when the newest DirectorState says so, and on the screen when
the channel shows its epoch. Only the last step is seen here alone; the others any process reads from the bus. That one
was accepted elsewhere is remembered for whoever asks, and no news for those who watch: strangers write there too.
Of a wish that no director takes up nothing is heard: after `UNHEARD` seconds that is said, too.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from streamer.messages import Outcome

from .messages import Progress, PromptProgress

KEPT = 256
"""Wishes remembered per stream; the oldest are forgotten."""

STAND_IN = "the LLM does not answer: a stand-in is shown"
"""Why a wish on the screen may not look like it."""

UNHEARD = 10.0
"""Seconds after which a wish is told that nobody has taken it up; a director that takes over needs fewer."""

NO_DIRECTOR = f"no director has taken it up for {UNHEARD:.0f} s: it is kept, and followed as soon as one does"
"""Why a wish is accepted and no more."""


class Wishes:
    """The wishes of one stream, oldest first."""

    def __init__(self) -> None:
        self._wishes: dict[str, PromptProgress] = {}
        self._unheard: dict[str, float] = {}  # since when they are accepted and no more
        self._overheard: set[str] = set()  # those of them that nobody here was told of
        self._shown = 0

    def __len__(self) -> int:
        return len(self._wishes)

    def get(self, id: str) -> PromptProgress | None:
        """How far it has come; None if nobody knows."""
        return self._wishes.get(id)

    def accept(self, id: str, now: float) -> PromptProgress:
        """It is on its way to the director. Returns how far it has come, which may be farther already."""
        self._overheard.discard(id)
        if known := self._wishes.get(id):
            return known
        wish = self._note(PromptProgress(id=id, progress="accepted"))
        self._unheard[id] = now
        return wish

    def overhear(self, id: str, now: float) -> None:
        """It is on its way to the director, as the bus tells; perhaps from here, and just not accepted yet."""
        if id not in self._wishes:
            self.accept(id, now)
            self._overheard.add(id)

    def told(self, id: str) -> bool:
        """Is it known here otherwise than from having overheard it?"""
        return id in self._wishes and id not in self._overheard

    def sweep(self, now: float) -> list[PromptProgress]:
        """Once a second: returns the wishes of which nothing has been heard for `UNHEARD` seconds."""
        late = [(id, self.told(id)) for id, since in self._unheard.items() if now - since >= UNHEARD]
        news = [(self._note(structs.replace(self._wishes[id], reason=NO_DIRECTOR)), told) for id, told in late]
        return [wish for wish, told in news if told]

    def learn(self, outcomes: Iterable[Outcome]) -> list[PromptProgress]:
        """Take what the director says became of wishes; returns those that made progress."""
        return self._changed(self._told(outcome) for outcome in outcomes)

    def show(self, epoch: int, *, stand_in: bool = False) -> list[PromptProgress]:
        """`epoch` is on the screen, as a `stand_in` if no LLM directed it; returns the wishes that made progress."""
        if epoch <= self._shown:
            return []
        self._shown = epoch
        return self._changed(
            PromptProgress(id=wish.id, progress="on_screen", epoch=wish.epoch, reason=STAND_IN if stand_in else "")
            for wish in list(self._wishes.values())
            if wish.progress == "directing" and wish.epoch <= epoch
        )

    def _told(self, outcome: Outcome) -> PromptProgress:
        progress: Progress
        if outcome.outcome == "taken":
            progress = "on_screen" if outcome.epoch <= self._shown else "directing"
        else:
            progress = outcome.outcome
        known = self._wishes.get(outcome.id)
        if known is not None and known.progress == progress == "on_screen":
            return known
        return PromptProgress(id=outcome.id, progress=progress, epoch=outcome.epoch, reason=outcome.reason)

    def _changed(self, told: Iterable[PromptProgress]) -> list[PromptProgress]:
        return [self._note(wish) for wish in told if self._wishes.get(wish.id) != wish]

    def _note(self, wish: PromptProgress) -> PromptProgress:
        self._wishes.pop(wish.id, None)
        self._wishes[wish.id] = wish
        self._forget(wish.id)
        while len(self._wishes) > KEPT:
            oldest = next(iter(self._wishes))
            del self._wishes[oldest]
            self._forget(oldest)
        return wish

    def _forget(self, id: str) -> None:
        self._unheard.pop(id, None)
        self._overheard.discard(id)
