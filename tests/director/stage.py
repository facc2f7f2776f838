"""A director at work on a bus in memory: what a test says to it and sees of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from streamer.bus.base import Headers, Record
from streamer.bus.memory import MemoryBus
from streamer.director.service import DirectorService
from streamer.director.storyboard import Storyboard
from streamer.messages import (
    Direction,
    DirectorState,
    FrameDescription,
    WorkerState,
    decode_direction,
    decode_director_state,
    encode,
)
from streamer.settings import Settings
from streamer.topics import DEAD_LETTERS, DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, WORKER_STATE, Topic, home

HERE = home("main")
SHARING = next(name for name in (f"s{n}" for n in range(99)) if home(name) == HERE)  # a stream of the same partition


class Stage:
    """A bus with a director at work, and what a test says to it and sees of it."""

    def __init__(self, bus: MemoryBus, url: str, **options: Any) -> None:
        self.bus = bus
        self.service = DirectorService(bus, Settings(**({"idle": 0} | options)), url)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Stage]:
        task = asyncio.create_task(self.service.run())
        try:
            yield self
        finally:
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=30)
            assert done, "the director did not stop"
            if not task.cancelled():
                task.result()

    async def say(self, value: str | bytes | dict[str, Any] | None, **record: Any) -> str:
        return await say_to(self.bus, value, **record)

    def directions(self, stream: str = "main") -> list[Direction]:
        return [decode_direction(value) for value in values(self.bus, DESCRIPTIONS, stream)]

    def told(self, stream: str = "main") -> list[FrameDescription]:
        return [d for d in self.directions(stream) if isinstance(d, FrameDescription)]

    def state(self, stream: str = "main") -> DirectorState:
        return decode_director_state(values(self.bus, DIRECTOR_STATE, stream)[-1])

    def outcomes(self, stream: str = "main") -> list[tuple[str, str]]:
        return [(o.id, o.outcome) for o in self.state(stream).outcomes]

    async def until(self, what: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"{[type(d).__name__ for d in self.directions()]}, {letters(self.bus)}"
            await asyncio.sleep(0.01)

    async def until_told(self, count: int, stream: str = "main") -> list[FrameDescription]:
        """The first `count` descriptions of the newest epoch."""

        def newest() -> list[FrameDescription]:
            told = self.told(stream)
            return [d for d in told if d.epoch == told[-1].epoch]

        await self.until(lambda: len(newest()) >= count)
        return newest()

    async def rendered(self, epoch: int, seconds: float) -> None:
        """As a worker reports it."""
        state = WorkerState(epoch=epoch, status="playing", rendered=seconds)
        await self.bus.publish(Record(WORKER_STATE, "main", encode(state)))


def values(bus: MemoryBus, topic: Topic, stream: str) -> list[bytes]:
    """What the stream's records in a topic hold, oldest first."""
    partition = home(stream)
    return [r.value for r in records(bus, topic, partition) if r.key == stream.encode() and r.value is not None]


def records(bus: MemoryBus, topic: Topic, partition: int) -> list[Any]:
    return bus.log(topic, partition).read(0, 1 << 30)[0]


def letters(bus: MemoryBus) -> list[tuple[bytes, str]]:
    found = [r for partition in range(bus.partitions) for r in records(bus, DEAD_LETTERS, partition)]
    return [(r.value, dict(r.headers)["reason"].decode()) for r in found]


async def say_to(
    bus: MemoryBus,
    value: str | bytes | dict[str, Any] | None,
    *,
    stream: str | None = "main",
    name: str = "",
    partition: int | None = None,
) -> str:
    raw = json.dumps(value).encode() if isinstance(value, dict) else value.encode() if isinstance(value, str) else value
    headers: Headers = [("id", name.encode())] if name else []
    where, offset = await bus.publish(Record(PROMPTS, stream, raw, headers=headers, partition=partition))
    return name or f"{where}-{offset}"


def check(directions: list[Direction]) -> None:
    """The oracle: epochs never fall, and in each seq is 0, 1, 2, … without gap or repeat."""
    epoch, seq = -1, 0
    for direction in directions:
        if isinstance(direction, FrameDescription):
            assert direction.epoch >= epoch
            assert direction.seq == (seq if direction.epoch == epoch else 0)
            epoch, seq = direction.epoch, direction.seq + 1


@asynccontextmanager
async def a_film(
    bus: MemoryBus, words: str = "a red fox runs", rate: float = 1e6, **options: Any
) -> AsyncIterator[tuple[Stage, Storyboard]]:
    """A director with the storyboard as its LLM, and a film that has begun."""
    board = Storyboard(rate=rate)
    async with board as url, Stage(bus, url, **options).at_work() as stage:
        await stage.say({"prompt": words, "action": "play"}, name="first")
        await stage.until_told(1)
        yield stage, board


def frames(*numbers: int, end: str = "]}") -> str:
    box = [0.1, 0.5, 0.2, 0.2]
    told = [{"action": f"step {n}", "place": "forest", "objects": [{"noun": "fox", "box": box}]} for n in numbers]
    return '{"frames":[' + ",".join(json.dumps(frame) for frame in told) + end
