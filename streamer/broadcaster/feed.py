"""From the bus into the hub: the states to their end, then the video from where it can be joined, then both for ever.

Besides, from now on, what other broadcasters do: the wishes that they take (`streamer.prompts` from its end, which
strangers write to as well) and how many watch through them.

A broadcaster that restarts shows what the one before it showed: it seeks to the lowest keyframe of the films that
play, so that its channels have a whole GOP before the first viewer comes back. A film that is held or over may have
its last GOP hours back; that is fetched by a short read of its own, and the partition is followed from its end.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from streamer.bus.base import Bus, Received, Start
from streamer.errors import Rejected, UserError
from streamer.topics import AUDIENCE, DIRECTOR_STATE, PROMPTS, VIDEO, WORKER_STATE, Topic, home

from .hub import Hub

logger = logging.getLogger(__name__)

STILL_TIMEOUT = 5.0
"""Seconds for fetching the last picture of a film that does not play."""

STILL_BYTES = 64 << 20
"""Bytes read for it, those of the films beside it included."""

MAX_PAUSE = 10.0
"""Longest pause before a broken tail is opened again, in seconds."""


class Feed:
    """Runs until cancelled; opens a tail again, where it was, when the bus fails."""

    def __init__(self, hub: Hub, bus: Bus) -> None:
        self._hub = hub
        self._bus = bus
        self.failing: set[str] = set()  # topics that cannot be read at the moment
        self._next: dict[tuple[str, int], int] = {}  # (topic, partition): the offset to be read next
        self._rejected = 0

    async def run(self) -> None:
        """Follow the bus."""
        starts = {
            DIRECTOR_STATE: self._state_start,
            WORKER_STATE: self._state_start,
            AUDIENCE: self._state_start,
            PROMPTS: self._news_start,
        }
        async with asyncio.TaskGroup() as tasks:
            read = []
            for topic, start in starts.items():
                read.append(asyncio.Event())
                tasks.create_task(self._follow(topic, start, read[-1].set))
            for event in read:
                await event.wait()
            tasks.create_task(self._follow(VIDEO, self._video_start, self._caught_up, self._fetch_stills))

    def _state_start(self, topic: Topic) -> Start:
        # Partitions of which nothing has been read begin at 0, which means: the earliest that is kept.
        return {partition: self._next.get((topic.name, partition), 0) for partition in range(self._bus.partitions)}

    def _news_start(self, topic: Topic) -> dict[int, int]:
        return {partition: offset for (name, partition), offset in self._next.items() if name == topic.name}

    def _video_start(self, topic: Topic) -> Start:
        return self._hub.starts(self._bus.partitions) | self._news_start(topic)

    def _caught_up(self) -> None:
        self._hub.ready = True

    async def _follow(
        self,
        topic: Topic,
        start: Callable[[Topic], Start],
        caught_up: Callable[[], None],
        opened: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        pause, ever = 0.1, False
        while True:
            try:
                async with self._bus.tail(topic, start=start(topic)) as tail:
                    ever = True
                    self.failing.discard(topic.name)
                    if opened is not None:
                        await opened()
                    told = False
                    while True:
                        if not told and tail.caught_up:
                            told = True
                            caught_up()
                            pause = 0.1
                        for record in await tail.records(timeout=0.5 if told else 0.02):
                            self._take(record)
            except UserError:
                if not ever:  # no such topic: somebody has to create it first
                    raise
                logger.warning("%s is gone; looking for it again in %.1f s", topic.name, pause)
            except Exception as error:  # of the bus: whatever it is, the film goes on when the bus does
                expected = isinstance(error, OSError)  # TimeoutError, ConnectionError
                logger.warning(
                    "%s: reading failed, again in %.1f s: %s", topic.name, pause, error, exc_info=not expected
                )
            self.failing.add(topic.name)
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(MAX_PAUSE, pause * 2)

    def _take(self, record: Received) -> None:
        self._next[record.topic.name, record.partition] = record.offset + 1
        self._show(record)

    def _show(self, record: Received) -> None:
        try:
            self._hub.take(record)
        except Rejected as error:
            self._rejected += 1
            # One line for the 1st, 2nd, 4th, 8th …: a stranger that writes nonsense must not fill the disk.
            if self._rejected & (self._rejected - 1) == 0:
                where = f"{record.topic.name}/{record.partition}@{record.offset}"
                logger.warning("%s passed over (%d so far): %s", where, self._rejected, error)

    async def _fetch_stills(self) -> None:
        """The last GOP of the films that do not play, where it is not here yet. The tail of all is open by now, so that
        nothing is missed between the two; what both bring is shown once."""
        for stream, offset in self._hub.stills(self._bus.partitions).items():
            channel = self._hub.room(stream).channel
            if channel.complete:
                continue  # the tail was opened again, and the film has stood all the time
            try:
                async with asyncio.timeout(STILL_TIMEOUT):
                    await self._fetch_still(stream, offset)
            except TimeoutError:
                logger.info("stream %s: its last picture was not found within %.0f s", stream, STILL_TIMEOUT)

    async def _fetch_still(self, stream: str, offset: int) -> None:
        room = self._hub.room(stream)
        partition = home(stream, self._bus.partitions)
        read_bytes = 0
        async with self._bus.tail(VIDEO, start={partition: offset}, partitions=[partition]) as tail:
            while read_bytes < STILL_BYTES:
                for record in await tail.records(timeout=0.02):
                    read_bytes += len(record.value or b"")
                    if record.key == stream.encode():
                        self._show(record)
                if tail.caught_up or room.channel.complete:
                    return
