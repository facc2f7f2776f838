"""Where a moment is: offsets by time, for tails that begin in the past."""

from __future__ import annotations

import asyncio
import time

import pytest
from counting import KEYS, PATIENCE, committed, write

from streamer.topics import PROMPTS, home

pytestmark = pytest.mark.timeout(300)


async def halves(bus) -> float:
    """Write 0, 1, 2 and, after a pause, 3, 4; returns a moment of the pause."""
    await write(bus, range(3))
    await asyncio.sleep(0.05)  # Kafka counts in milliseconds
    between = time.time()
    await asyncio.sleep(0.05)
    await write(bus, range(3, 5))
    return between


async def test_a_tail_from_the_offsets_of_a_moment_shows_what_came_after_it_and_nothing_else(bus_factory):
    bus = await bus_factory()
    between = await halves(bus)
    got: list[bytes | None] = []
    async with bus.tail(PROMPTS, start=await bus.offsets_at(PROMPTS, between)) as tail, asyncio.timeout(PATIENCE):
        while not tail.caught_up:
            got += [record.value for record in await tail.records()]
    assert sorted(value or b"" for value in got) == [b"3"] * len(KEYS) + [b"4"] * len(KEYS)


async def test_a_moment_before_everything_is_the_first_record_and_one_after_everything_the_end(bus_factory):
    bus = await bus_factory()
    await halves(bus)
    partition = home("main", bus.partitions)
    offsets = [record.offset for record in await committed(bus, PROMPTS, [partition])]
    assert await bus.offsets_at(PROMPTS, 0.0, [partition]) == {partition: offsets[0]}
    assert await bus.offsets_at(PROMPTS, time.time() + 60, [partition]) == {partition: offsets[-1] + 1}


async def test_a_moment_finds_the_very_record_that_was_written_then(bus_factory):
    bus = await bus_factory()
    await halves(bus)
    partition = home("main", bus.partitions)
    third = (await committed(bus, PROMPTS, [partition]))[3]
    assert await bus.offsets_at(PROMPTS, third.at, [partition]) == {partition: third.offset}


async def test_every_partition_is_told_of_unless_some_are_named(bus_factory):
    bus = await bus_factory()
    assert await bus.offsets_at(PROMPTS, time.time()) == dict.fromkeys(range(bus.partitions), 0)
    assert set(await bus.offsets_at(PROMPTS, time.time(), [2, 1])) == {1, 2}
