"""What the bus in memory has beyond the contract: crashes on demand, bounded partitions."""

from __future__ import annotations

import asyncio

import pytest

from streamer.bus.base import Received, Record, Session
from streamer.bus.memory import MemberCrashed, MemoryBus
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, home

PARTITION = home("main")


async def test_a_crashed_member_commits_nothing_more_and_another_takes_over():
    bus = MemoryBus()
    served: list[Session] = []
    arrived = asyncio.Event()

    async def serve(session: Session) -> None:
        if session.partition == PARTITION:
            served.append(session)
            arrived.set()
            try:
                await session.records(60)
            finally:
                await session.commit([Record(DESCRIPTIONS, "main", b"a last word that nobody hears")])

    members = [asyncio.create_task(bus.own(PROMPTS, stage="s", state=DIRECTOR_STATE, serve=serve)) for _ in range(2)]
    async with asyncio.timeout(30):
        while sum(bool(member.sessions) for group in bus._groups.values() for member in group.members) < 2:
            await asyncio.sleep(0)
        while not (served and served[-1].alive):
            await asyncio.sleep(0)
    doomed = served[-1]
    arrived.clear()
    bus.crash(doomed)
    [crashed], [heir] = await asyncio.wait(members, return_when=asyncio.FIRST_COMPLETED)
    with pytest.raises(MemberCrashed):
        crashed.result()
    await asyncio.wait_for(arrived.wait(), 30)
    assert not doomed.alive
    assert served[-1].alive
    assert bus.log(DESCRIPTIONS, PARTITION).end == 0
    heir.cancel()
    await asyncio.wait({heir})


async def test_a_crash_of_a_session_that_nobody_holds_is_an_error():
    bus = MemoryBus()
    held: list[Session] = []

    async def serve(session: Session) -> None:
        held.append(session)

    member = asyncio.create_task(bus.own(PROMPTS, stage="s", state=DIRECTOR_STATE, serve=serve))
    while not held:
        await asyncio.sleep(0)
    member.cancel()
    await asyncio.wait({member})
    with pytest.raises(ValueError, match="no member holds the session of partition"):
        bus.crash(held[0])


async def test_a_partition_forgets_its_oldest_records_and_a_slow_tail_goes_on_with_the_earliest_kept():
    bus = MemoryBus(max_partition_bytes=100_000)
    async with bus.tail(PROMPTS) as slow:
        for number in range(1000):
            await bus.publish(Record(PROMPTS, "main", b"%d" % number + bytes(1000)))
        seen: list[Received] = []
        while not slow.caught_up or not seen:
            seen += await slow.records()
        while batch := await slow.records():
            seen += batch
    assert bus.log(PROMPTS, PARTITION).bytes <= 100_000
    assert seen[0].offset > 900
    assert [record.offset for record in seen] == list(range(seen[0].offset, 1000))


async def test_a_reader_that_always_finds_something_lets_others_run():
    bus = MemoryBus()
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    async with bus.tail(PROMPTS) as tail:
        for _ in range(100):
            await bus.publish(Record(PROMPTS, "main", b"x"))
            assert await tail.records()
    assert turns >= 100
    task.cancel()
