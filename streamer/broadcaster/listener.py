"""One who takes a film in its own time, in this process: a download, a decoder, an HLS ring (pure but for the waiting).

As a viewer it begins with what a newcomer gets, and is never sent anything that cannot be decoded: when more waits than
it may keep, what waits is dropped and it goes on with the next keyframe, after what changed meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from .channel import Mark
from .wire import Outgoing, Packet

MOST_BYTES = 8 << 20
"""Bytes that may wait for one listener."""

AT_ONCE_BYTES = 256 << 10
"""Bytes that are handed on at a time: what has been taken is not counted any more, nor can it be dropped."""


class Listener:
    """Made and ended by `Room.listen`. `skips` counts how often it has lost its place."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self.skips = 0
        self.skipping: Mark | None = None  # what it had been given when it fell behind; None: it keeps up
        self._most_bytes = most_bytes
        self._waiting: deque[Outgoing] = deque()
        self._bytes = 0
        self._more = asyncio.Event()

    def put(self, news: Iterable[Outgoing], before: Mark) -> None:
        """What has just come, in order; `before` is the channel's mark before that."""
        if self.skipping is not None:
            return
        for item in news:
            self._waiting.append(item)
            self._bytes += _size_bytes(item)
        if self._bytes > self._most_bytes:
            self.drop()
        self._more.set()

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait to be taken."""
        return self._bytes

    def drop(self) -> None:
        """Lose its place: what waits is dropped as a whole, and it goes on with the next keyframe."""
        # The mark must be of what it was given, so the hole begins before what waits.
        self.skips += 1
        self.skipping = Mark(-1, -1, -1, -1)
        self._waiting.clear()
        self._bytes = 0

    def go_on(self, news: Iterable[Outgoing], before: Mark) -> None:
        """At a keyframe, when it skips: all it needs to go on there."""
        self.skipping = None
        self.put(news, before)

    async def take(self, timeout: float | None = None, *, most_bytes: int = AT_ONCE_BYTES) -> list[Outgoing]:
        """What has waited longest, up to so many bytes and one item at least; when nothing does, after `timeout`
        seconds, an empty list. Safe to cancel."""
        if not self._waiting:
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), timeout)
            except TimeoutError:
                return []
        taken: list[Outgoing] = []
        room_bytes = most_bytes
        while self._waiting:
            size_bytes = _size_bytes(self._waiting[0])
            room_bytes -= size_bytes
            if taken and room_bytes < 0:
                break
            taken.append(self._waiting.popleft())
            self._bytes -= size_bytes
        return taken


def _size_bytes(item: Outgoing) -> int:
    """What it counts for: messages are small."""
    return len(item.wire) if isinstance(item, Packet) else 0
