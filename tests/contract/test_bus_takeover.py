"""A successor: its predecessor is fenced, the state is as committed, and it knows where it has caught up."""

from __future__ import annotations

import asyncio

import pytest
from counting import PATIENCE, own, running, until, write

from streamer.bus.base import Received, Record, Session
from streamer.errors import SessionLost
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, home

pytestmark = pytest.mark.timeout(300)


async def test_a_zombie_is_refused_and_nothing_of_it_is_visible(bus_factory):
    bus = await bus_factory()
    old: list[Session] = []
    zombie: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    successor: list[Session] = []

    async def first(session: Session) -> None:
        if session.partition == home("main", bus.partitions):
            old.append(session)
        await asyncio.sleep(60)

    async def second(session: Session) -> None:
        if session.partition == home("main", bus.partitions):
            successor.append(session)
            try:
                await old[0].commit([Record(DESCRIPTIONS, "main", b"zombie")], consumed=5)
            except SessionLost as error:
                zombie.set_result(error)
            await session.commit([Record(DESCRIPTIONS, "main", b"successor")])

    async with running(own(bus, first)) as [member]:
        await until(lambda: bool(old))
        member.cancel()
        await asyncio.wait({member})
        async with running(own(await bus_factory(), second)):
            await asyncio.wait_for(zombie, PATIENCE)
            async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(PATIENCE):
                while not (seen := await tail.records()):
                    pass
    assert not old[0].alive
    assert successor[0] is not old[0]
    assert [record.value for record in seen] == [b"successor"]


async def test_the_state_is_restored_as_it_was_committed_last(bus_factory):
    bus = await bus_factory()
    partition = home("main", bus.partitions)
    restored: list[dict[str, bytes]] = []

    async def write_states(session: Session) -> None:
        if session.partition == partition:
            for number in range(5):
                await session.commit(states=[Record(DIRECTOR_STATE, "main", b"%d" % number, partition=partition)])
            await session.commit(states=[Record(DIRECTOR_STATE, "fox", b"gone", partition=partition)])
            await session.commit(states=[Record(DIRECTOR_STATE, "fox", None, partition=partition)])
            await session.commit(states=[Record(DIRECTOR_STATE, "boat", b"kept", partition=partition)])
            restored.append({})

    async def read_states(session: Session) -> None:
        if session.partition == partition:
            restored.append(dict(session.restored))

    async with running(own(bus, write_states)):
        await until(lambda: len(restored) == 1)
    async with running(own(await bus_factory(), read_states)):
        await until(lambda: len(restored) == 2)
    assert restored[1] == {"main": b"4", "boat": b"kept"}


@pytest.mark.parametrize(("consumed", "replayed"), [(None, [0, 1, 2, 3]), (1, [1, 2, 3]), (4, [])])
async def test_a_successor_reads_from_what_was_consumed_and_not_from_what_was_read(bus_factory, consumed, replayed):
    bus = await bus_factory()
    partition = home("main", bus.partitions)
    committed_once = asyncio.Event()
    again: list[int] = []
    caught_up = asyncio.Event()

    async def first(session: Session) -> None:
        if session.partition == partition:
            read: list[Received] = []
            while len(read) < 4:
                read += await session.records()
            await session.commit(states=[Record(DIRECTOR_STATE, "main", b"read four")], consumed=consumed)
            committed_once.set()

    async def second(session: Session) -> None:
        if session.partition == partition:
            while not session.caught_up:
                again.extend(record.offset for record in await session.records())
            caught_up.set()

    await write(bus, range(4), ("main",))
    async with running(own(bus, first)):
        await asyncio.wait_for(committed_once.wait(), PATIENCE)
    async with running(own(await bus_factory(), second)):
        await asyncio.wait_for(caught_up.wait(), PATIENCE)
    assert again == replayed


async def test_a_session_is_caught_up_once_what_was_there_has_been_handed_out(bus_factory):
    bus = await bus_factory()
    partition = home("main", bus.partitions)
    await write(bus, range(3), ("main",))
    order: list[object] = []

    async def serve(session: Session) -> None:
        if session.partition == partition:
            order.append(session.caught_up)
            while not session.caught_up:
                order.extend(int(record.value or b"") for record in await session.records())
            order.append(session.caught_up)

    async with running(own(bus, serve)):
        await until(lambda: len(order) >= 2 and order[-1] is True)
    assert order == [False, 0, 1, 2, True]


async def test_a_session_ends_where_transaction_markers_end_the_partition(bus_factory):
    """A forwarded prompt leaves a marker behind it: the last offset never comes as a record."""
    bus = await bus_factory()
    partition = home("main", bus.partitions)
    forwarded = asyncio.Event()
    caught_up = asyncio.Event()

    async def forward(session: Session) -> None:
        if session.partition == partition:
            await session.commit([Record(PROMPTS, "main", b"forwarded")])
            forwarded.set()

    async def consume(session: Session) -> None:
        if session.partition == partition:
            while not session.caught_up:
                for record in await session.records():
                    await session.commit(consumed=record.offset + 1)
            caught_up.set()

    async with running(own(bus, forward)):
        await asyncio.wait_for(forwarded.wait(), PATIENCE)
    for _ in range(2):  # the second one begins at the marker itself
        caught_up.clear()
        async with running(own(await bus_factory(), consume)):
            await asyncio.wait_for(caught_up.wait(), PATIENCE)
