"""Readers: what a cancelled read keeps, where a tail begins, and how much waits for a stage that does not read."""

from __future__ import annotations

import asyncio

import psutil
import pytest
from counting import KEYS, PATIENCE, committed, own, running, until, write

from streamer.bus.base import Received, Record, Session
from streamer.topics import PROMPTS, home

pytestmark = pytest.mark.timeout(300)


async def test_a_cancelled_read_loses_nothing(bus_factory):
    bus = await bus_factory()
    got: list[int] = []

    async def serve(session: Session) -> None:
        patience = 0.0
        while True:
            patience = (patience + 0.0007) % 0.01
            try:
                async with asyncio.timeout(patience):
                    batch = await session.records(10)
            except TimeoutError:
                continue
            got.extend(int(record.value or b"") for record in batch)

    async with running(own(bus, serve)):
        await write(bus, range(200), ("main",))
        await until(lambda: len(got) >= 200)
    assert got == list(range(200))


async def test_a_tail_shows_everything_from_the_start_and_then_what_comes(bus_factory):
    bus = await bus_factory()
    await write(bus, range(3))
    async with bus.tail(PROMPTS) as tail, asyncio.timeout(PATIENCE):
        seen: list[Received] = []
        while not tail.caught_up:
            seen += await tail.records()
        assert len(seen) == 3 * len(KEYS)
        await bus.publish(Record(PROMPTS, "main", b"news"))
        while not (news := await tail.records(5)):
            pass
        assert [record.value for record in news] == [b"news"]
        assert tail.caught_up


async def test_a_tail_may_start_at_the_end_or_at_given_offsets(bus_factory):
    bus = await bus_factory()
    await write(bus, range(4), ("main", "fox"))
    main, fox = home("main", bus.partitions), home("fox", bus.partitions)
    assert main != fox
    async with bus.tail(PROMPTS, start="latest") as new, bus.tail(PROMPTS, start={main: 2}) as some:
        assert new.caught_up
        assert not some.caught_up
        await write(bus, range(4, 5), ("main", "fox"))
        got: dict[str, list[tuple[bytes | None, bytes | None]]] = {"new": [], "some": []}
        async with asyncio.timeout(PATIENCE):
            while len(got["new"]) < 2 or len(got["some"]) < 4:
                got["new"] += [(record.key, record.value) for record in await new.records()]
                got["some"] += [(record.key, record.value) for record in await some.records()]
    assert sorted(got["new"]) == [(b"fox", b"4"), (b"main", b"4")]
    assert sorted(got["some"]) == [(b"fox", b"4"), (b"main", b"2"), (b"main", b"3"), (b"main", b"4")]


async def test_a_tail_of_some_partitions_shows_only_those(bus_factory):
    bus = await bus_factory()
    await write(bus, range(1))
    partition = home("main", bus.partitions)
    assert {record.partition for record in await committed(bus, PROMPTS, [partition])} == {partition}


async def test_a_stage_that_does_not_read_holds_a_bounded_amount(bus_factory):
    """100 MB arrive for it meanwhile; in memory its log is capped at 8 MiB, on Kafka it reads ahead 1 MiB."""
    bus = await bus_factory()
    served, go_on = asyncio.Event(), asyncio.Event()
    got: list[int] = []

    async def serve(session: Session) -> None:
        if session.partition == home("main", bus.partitions):
            served.set()
            await go_on.wait()
            while True:
                got.extend(int((record.value or b"")[:8]) for record in await session.records())

    async with running(own(bus, serve)):
        await asyncio.wait_for(served.wait(), PATIENCE)
        process = psutil.Process()
        before = process.memory_info().rss
        filling = bytes(1 << 20)
        for number in range(100):
            await bus.publish(Record(PROMPTS, "main", b"%08d" % number + filling))
        assert process.memory_info().rss - before < 60e6
        go_on.set()
        await until(lambda: bool(got) and got[-1] == 99)
    assert got == list(range(got[0], 100))  # in memory the oldest are gone, and it begins with the earliest kept
    assert len(got) >= 7
