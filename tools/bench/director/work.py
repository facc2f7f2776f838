"""A director at work in this process, and what stands in for a worker."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.director.service import DirectorService
from streamer.messages import FrameDescription, WorkerState, decode_direction, encode
from streamer.settings import Settings
from streamer.topics import DESCRIPTIONS, PROMPTS, WORKER_STATE, home

REPORT = 0.25  # seconds between two reports of a worker about a stream: a commit of its


class Work:
    """A bus, the director on it, and the words of people. The bus keeps little: it is not what is measured."""

    def __init__(self, url: str, **options: Any) -> None:
        self.bus = MemoryBus(max_partition_bytes=1 << 19)
        given = {"idle": 0, "max_streams": 1000, "author_rate": 0, "stream_rate": 0} | options
        self.director = DirectorService(self.bus, Settings(**given), url)

    async def say(self, stream: str, **prompt: Any) -> None:
        await self.bus.publish(Record(PROMPTS, stream, msgspec.json.encode(prompt)))

    async def report(self, *, at_once: bool = False) -> None:
        """As a worker does, until cancelled: what has been rendered, in real time, or all that there is."""
        begun: dict[tuple[str, int], float] = {}
        while True:
            now = time.monotonic()
            for stream, film in list(self.director.films.items()):
                story = film.story
                if story is None or story.published == 0.0:
                    continue
                shown = now - begun.setdefault((stream, story.epoch), now)
                rendered = story.published if at_once else min(shown, story.published)
                state = WorkerState(epoch=story.epoch, status="playing", rendered=rendered)
                await self.bus.publish(Record(WORKER_STATE, stream, encode(state)))
            await asyncio.sleep(0.0 if at_once else REPORT)

    async def told(self, stream: str, that: Callable[[FrameDescription], bool]) -> tuple[FrameDescription, float]:
        """The first description from now on of which `that` holds, and when it was on the bus (monotonic)."""
        partition = home(stream)
        async with self.bus.tail(DESCRIPTIONS, start="latest", partitions=[partition]) as tail:
            while True:
                for record in await tail.records(30.0):
                    at = time.monotonic()
                    said = decode_direction(record.value or b"")
                    if record.key == stream.encode() and isinstance(said, FrameDescription) and that(said):
                        return said, at

    @property
    def descriptions(self) -> int:
        """Published so far, in all epochs that play now."""
        return sum(film.story.seq for film in self.director.films.values() if film.story)


@contextlib.asynccontextmanager
async def at_work(url: str, *, at_once: bool = False, **options: Any) -> AsyncIterator[Work]:
    """Both of them, until the block ends."""
    work = Work(url, **options)
    tasks = [asyncio.create_task(work.director.run()), asyncio.create_task(work.report(at_once=at_once))]
    try:
        yield work
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
