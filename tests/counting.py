"""The stage that counts, with which every bus is tested, and what a test does with it.

For each record of a key it writes the next number of that key to `descriptions`, beside the record's own number, keeps
the count in `director-state`, and moves its offset, all in one commit. Whatever goes wrong on the way, `descriptions`
must show 0, 1, 2, … beside inputs 0, 1, 2, …: no gap, no repeat, no inversion.

`python counting.py SERVERS PREFIX [INSTANCE]` is a member of it as a process of its own, to be killed.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from streamer.bus.base import Bus, Received, Record, Serve, Session, Tail
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, Topic, home

PARTITIONS = 4
KEYS = ("main", "fox", "boat", "night", "storm", "snow")  # of several partitions, some together in one

PATIENCE = 90.0  # seconds for what happens within one; a busy machine is no fault of the bus


async def count(session: Session) -> None:
    """Count each record at home, and forward it there if it came to another partition."""
    counts = {key: int(value) for key, value in session.restored.items()}
    while True:
        for record in await session.records():
            key = (record.key or b"").decode()
            if home(key, PARTITIONS) != session.partition:
                await session.commit([Record(PROMPTS, key, record.value)], consumed=record.offset + 1)
                continue
            number = counts.get(key, 0)
            await session.commit(
                [Record(DESCRIPTIONS, key, b"%d" % number, headers=[("input", record.value or b"")])],
                [Record(DIRECTOR_STATE, key, b"%d" % (number + 1))],
                consumed=record.offset + 1,
            )
            counts[key] = number + 1


def own(bus: Bus, serve: Serve) -> Coroutine[Any, Any, None]:
    """Be a member of the stage, which serves with `count` or with what a test has instead."""
    return bus.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=serve)


@asynccontextmanager
async def running(*members: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The members' tasks, cancelled at the end; raises what one of them raised."""
    tasks = [asyncio.create_task(member) for member in members]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def write(bus: Bus, numbers: range, keys: Sequence[str] = KEYS, *, pause: float = 0.0) -> None:
    """Each number once for each key, with `pause` seconds after all keys had it."""
    for number in numbers:
        for key in keys:
            await bus.publish(Record(PROMPTS, key, b"%d" % number))
        await asyncio.sleep(pause)


async def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.01)


async def committed(bus: Bus, topic: Topic, partitions: Sequence[int] | None = None) -> list[Received]:
    """Everything that a fresh reader sees now."""
    seen: list[Received] = []
    async with bus.tail(topic, partitions=partitions) as tail, asyncio.timeout(PATIENCE):
        while not tail.caught_up:
            seen += await tail.records()
    return seen


def pairs(records: Sequence[Received]) -> dict[str, list[tuple[int, int]]]:
    """For each key, (number, input) of what `count` wrote, in order."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in records:
        found[(record.key or b"").decode()].append((int(record.value or b"-1"), int(dict(record.headers)["input"])))
    return dict(found)


def exactly(total: int, keys: Sequence[str] = KEYS) -> dict[str, list[tuple[int, int]]]:
    """`pairs`, when nothing went wrong."""
    return {key: [(number, number) for number in range(total)] for key in keys}


async def counted(bus: Bus, total: int, keys: Sequence[str] = KEYS) -> dict[str, list[tuple[int, int]]]:
    """What `count` has written, once every key has `total`: or more, if something was written twice."""
    async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(PATIENCE):
        await _read_until(tail, total, keys)
    return pairs(await committed(bus, DESCRIPTIONS))


async def watched(
    bus: Bus, total: int, keys: Sequence[str] = KEYS, *, opened: asyncio.Event | None = None
) -> dict[str, list[tuple[int, int]]]:
    """The same in the eyes of one tail, which stays a little longer: repeats would come then.

    `opened` is set once that tail is open.
    """
    async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(240):
        if opened is not None:
            opened.set()
        seen = await _read_until(tail, total, keys)
        seen += await tail.records(0.5)
    return pairs(seen)


async def _read_until(tail: Tail, total: int, keys: Sequence[str]) -> list[Received]:
    seen: list[Received] = []
    while not all(len(pairs(seen).get(key, [])) >= total for key in keys):
        seen += await tail.records(0.1)
    return seen


async def member(servers: str, prefix: str, instance: str | None = None) -> None:
    from streamer.bus.kafka import KafkaBus

    async with KafkaBus(
        servers, prefix=prefix, partitions=PARTITIONS, session_timeout=2.0, heartbeat=0.3, instance=instance
    ) as bus:
        await own(bus, count)


if __name__ == "__main__":
    asyncio.run(member(*sys.argv[1:]))
