"""Who watches by HLS: nobody stays connected, so whoever asks counts until some time after having asked last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass

from .room import Room

PATIENCE = 3.0
"""Target durations without a request after which a player is gone."""

_SWEEP = 1.0
"""Seconds from look to look, while anybody is there."""


@dataclass(slots=True)
class _Place:
    room: Room
    held: ExitStack
    until: float


class HlsAudience:
    """`enter` is `Hub.guest`, which also bounds how many are remembered. `now` is the monotonic clock."""

    def __init__(self, enter: Callable[[Room, str], AbstractContextManager[None]]) -> None:
        self._enter = enter
        self._places: dict[tuple[str, str], _Place] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._places)

    def holds(self, room: Room, who: str) -> bool:
        """Has `who` a place already?"""
        place = self._places.get((room.channel.stream, who))
        return place is not None and place.room is room

    def asks(self, room: Room, who: str, target: int, now: float) -> None:
        """`who` asks for the playlist, whose target duration is so many seconds. Raises `Refused` where all places are
        taken and this would be one more."""
        key = room.channel.stream, who
        place = self._places.get(key)
        if place is not None and place.room is not room:  # the stream was forgotten and is back
            self._leave(key)
            place = None
        if place is None:
            held = ExitStack()
            held.enter_context(self._enter(room, "hls"))
            place = self._places[key] = _Place(room, held, now)
        place.until = now + PATIENCE * target
        self._look_later()

    def stays(self, room: Room, who: str, target: int, now: float) -> None:
        """`who` asks for a segment: nobody new, but still there."""
        place = self._places.get((room.channel.stream, who))
        if place is not None:
            place.until = max(place.until, now + PATIENCE * target)

    def sweep(self, now: float) -> None:
        """Let those go who have not asked for too long."""
        for key in [key for key, place in self._places.items() if now >= place.until]:
            self._leave(key)

    def _leave(self, key: tuple[str, str]) -> None:
        self._places.pop(key).held.close()

    def _look_later(self) -> None:
        if self._timer is None and self._places:
            self._timer = asyncio.get_running_loop().call_later(_SWEEP, self._look)

    def _look(self) -> None:
        self._timer = None
        self.sweep(asyncio.get_running_loop().time())
        self._look_later()
