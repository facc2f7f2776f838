"""Who serves which partition: members that come and go, stages side by side, and how a `serve` ends."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import Any

import pytest
from counting import PATIENCE, committed, count, counted, exactly, own, running, until, write

from streamer.bus.base import Record, Serve, Session
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, WORKER_STATE, Topic

pytestmark = pytest.mark.timeout(300)


class Roster:
    """Who serves what right now, as the members themselves see it."""

    def __init__(self) -> None:
        self.owners: dict[int, list[str]] = defaultdict(list)
        self.doubles: list[str] = []

    def member(self, name: str) -> Serve:
        async def serve(session: Session) -> None:
            others = [other for other in self.owners[session.partition] if other != name]
            self.doubles += [f"{name} and {other} on {session.partition}" for other in others]
            self.owners[session.partition].append(name)
            try:
                while True:
                    await session.records(1)
            finally:
                self.owners[session.partition].remove(name)

        return serve

    def shares(self) -> dict[str, int]:
        shares: dict[str, int] = defaultdict(int)
        for names in self.owners.values():
            for name in names:
                shares[name] += 1
        return dict(shares)


async def test_two_and_three_members_share_the_partitions_and_those_of_one_that_leaves(bus_factory):
    roster = Roster()
    async with running(own(await bus_factory(session_timeout=120), roster.member("a"))):
        await until(lambda: roster.shares() == {"a": 4})
        async with running(own(await bus_factory(session_timeout=120), roster.member("b"))) as [second]:
            await until(lambda: roster.shares() == {"a": 2, "b": 2})
            async with running(own(await bus_factory(session_timeout=120), roster.member("c"))):
                await until(lambda: sorted(roster.shares().values()) == [1, 1, 2])
                second.cancel()
                # Before its session times out: a member that is cancelled says goodbye.
                await until(lambda: roster.shares().keys() == {"a", "c"} and sum(roster.shares().values()) == 4)
        await until(lambda: roster.shares() == {"a": 4})
    assert roster.shares() == {}
    assert roster.doubles == []


async def test_members_that_come_and_go_leave_neither_gap_nor_repeat(bus_factory):
    bus = await bus_factory()
    async with running(own(bus, count)):
        for number in range(3):
            async with running(own(await bus_factory(), count)):
                await write(bus, range(number * 10, number * 10 + 10))
                await counted(bus, number * 10 + 5)
        assert await counted(bus, 30) == exactly(30)


async def test_stages_of_different_names_read_the_same_topic_independently(bus_factory):
    bus = await bus_factory()
    seen: dict[str, list[bytes | None]] = {"one": [], "two": []}

    def reader(name: str, state: Topic) -> Coroutine[Any, Any, None]:
        async def serve(session: Session) -> None:
            while True:
                seen[name] += [record.value for record in await session.records()]

        return bus.own(PROMPTS, stage=name, state=state, serve=serve)

    async with running(reader("one", DIRECTOR_STATE), reader("two", WORKER_STATE)):
        await bus.publish(Record(PROMPTS, "main", b"x"))
        await until(lambda: seen == {"one": [b"x"], "two": [b"x"]})


async def test_an_exception_in_serve_comes_out_of_own(bus_factory):
    bus = await bus_factory()

    async def serve(session: Session) -> None:
        raise LookupError("a bug in the stage")

    with pytest.raises(LookupError, match="a bug in the stage"):
        await asyncio.wait_for(own(bus, serve), PATIENCE)


async def test_a_serve_that_returns_keeps_its_partition(bus_factory):
    bus = await bus_factory()
    calls: list[int] = []

    async def serve(session: Session) -> None:
        calls.append(session.partition)

    async with running(own(bus, serve)):
        await until(lambda: len(calls) == 4)
        await asyncio.sleep(0.3)
    assert sorted(calls) == [0, 1, 2, 3]


async def test_a_cancelled_serve_may_still_commit_what_is_in_hand(bus_factory):
    bus = await bus_factory()
    begun = asyncio.Event()

    async def serve(session: Session) -> None:
        if session.partition != 0:
            return
        try:
            begun.set()
            await asyncio.sleep(60)
        finally:
            await session.commit([Record(DESCRIPTIONS, "main", b"last words")])

    async with running(own(bus, serve)) as [member]:
        await asyncio.wait_for(begun.wait(), PATIENCE)
        member.cancel()
        await asyncio.wait({member})
    assert [record.value for record in await committed(bus, DESCRIPTIONS)] == [b"last words"]
