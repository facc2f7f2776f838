"""A commit happens whole or not at all, wherever it fails, and whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio

import pytest
from counting import KEYS, PATIENCE, committed, count, counted, exactly, own, running, until, write

from streamer.bus.base import Received, Record, Session
from streamer.errors import SessionLost
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, VIDEO, WORKER_STATE, home

pytestmark = pytest.mark.timeout(300)


class Crash(Exception):
    """What a test throws into a commit."""


@pytest.mark.parametrize("step", ["begin", "outputs", "states", "offsets", "end"])
async def test_a_commit_that_fails_at_any_step_is_taken_up_without_gap_or_repeat(bus_factory, step):
    failures = iter([False, True, False, False, True])
    failed: list[Session] = []

    def trace(session: Session, at: str) -> None:
        if at == step and next(failures, False):
            failed.append(session)
            raise Crash(step)

    bus = await bus_factory(trace=trace)
    async with running(own(bus, count)):
        await write(bus, range(8), ("main",))
        assert await counted(bus, 8, ("main",)) == exactly(8, ("main",))
    assert len(failed) == 2
    assert not any(session.alive for session in failed)
    states = [record.value for record in await committed(bus, DIRECTOR_STATE)]
    assert states[-1] == b"8"


async def test_what_a_failed_commit_wrote_is_never_seen(bus_factory):
    failed = asyncio.Event()

    def trace(session: Session, at: str) -> None:
        if at == "offsets" and not failed.is_set():
            failed.set()
            raise Crash(at)

    bus = await bus_factory(trace=trace)
    again = asyncio.Event()

    async def serve(session: Session) -> None:
        if session.partition != home("main", bus.partitions):
            return
        if failed.is_set():
            again.set()
            await session.commit([Record(DESCRIPTIONS, "main", b"second")])
            return
        states = [Record(DIRECTOR_STATE, "main", b"first")]
        with pytest.raises(SessionLost, match="commit failed"):
            await session.commit([Record(DESCRIPTIONS, "main", b"first")], states, consumed=7)
        assert not session.alive
        with pytest.raises(SessionLost):
            await session.records()

    async with bus.tail(DESCRIPTIONS) as tail:
        assert tail.caught_up  # an empty topic
        async with running(own(bus, serve)):
            await asyncio.wait_for(again.wait(), PATIENCE)
            seen: list[Received] = []
            async with asyncio.timeout(PATIENCE):
                while not seen:
                    seen += await tail.records()
    assert [record.value for record in seen] == [b"second"]
    assert await committed(bus, DIRECTOR_STATE) == []


async def test_states_may_depend_on_the_offsets_that_the_outputs_got(bus_factory):
    bus = await bus_factory()
    returned: list[list[int]] = []

    async def serve(session: Session) -> None:
        if session.partition == home("main", bus.partitions):
            for _ in range(3):
                outputs = [Record(VIDEO, "main", b"a frame"), Record(VIDEO, "main", b"a keyframe")]
                offsets = await session.commit(outputs, lambda at: [Record(WORKER_STATE, "main", b"%d" % at[1])])
                returned.append(offsets)

    async with running(own(bus, serve)):
        await until(lambda: len(returned) == 3)
    frames = {record.offset: record.value for record in await committed(bus, VIDEO)}
    kept = [int(record.value or b"") for record in await committed(bus, WORKER_STATE)]
    assert kept == [offsets[1] for offsets in returned]
    assert [frames[offset] for offset in kept] == [b"a keyframe"] * 3


async def test_a_bug_in_the_function_for_states_comes_out_of_own_and_nothing_is_written(bus_factory):
    bus = await bus_factory()

    def states(offsets: object) -> list[Record]:
        raise LookupError("no such keyframe")

    async def serve(session: Session) -> None:
        await session.commit([Record(DESCRIPTIONS, "main", b"never")], states)

    with pytest.raises(LookupError, match="no such keyframe"):
        await asyncio.wait_for(own(bus, serve), PATIENCE)

    async def idle(session: Session) -> None:
        pass

    async with running(own(bus, idle)):  # on Kafka the next owner's takeover ends the open transaction
        await bus.publish(Record(DESCRIPTIONS, "main", b"later"))
        async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(PATIENCE):
            while not (seen := await tail.records()):
                pass
    assert [record.value for record in seen] == [b"later"]


async def test_a_prompt_read_away_from_its_home_is_forwarded_there_once(bus_factory):
    bus = await bus_factory()
    served: list[tuple[int, bytes | None]] = []

    async def serve(session: Session) -> None:
        while True:
            for record in await session.records():
                key = (record.key or b"").decode()
                if home(key, bus.partitions) != session.partition:
                    await session.commit([Record(PROMPTS, key, record.value)], consumed=record.offset + 1)
                else:
                    await session.commit(consumed=record.offset + 1)
                    served.append((session.partition, record.value))

    lost = [Record(PROMPTS, key, key.encode(), partition=number % 4) for number, key in enumerate(KEYS)]
    async with running(own(bus, serve)):
        for record in lost:
            await bus.publish(record)
        await until(lambda: len(served) >= len(lost))
    assert sorted(served) == sorted((home(key, bus.partitions), key.encode()) for key in KEYS)


async def test_commits_of_one_session_queue_behind_each_other(bus_factory):
    bus = await bus_factory()
    done: list[int] = []

    async def serve(session: Session) -> None:
        if session.partition == home("main", bus.partitions):
            await asyncio.gather(*(session.commit([Record(DESCRIPTIONS, "main", b"%d" % n)]) for n in range(10)))
            done.append(1)

    async with running(own(bus, serve)):
        await until(lambda: bool(done))
    assert [record.value for record in await committed(bus, DESCRIPTIONS)] == [b"%d" % n for n in range(10)]


async def test_a_commit_whose_serve_is_cancelled_half_way_happens_whole_or_not_at_all(bus_factory):
    members: list[asyncio.Task[None]] = []

    def trace(session: Session, at: str) -> None:
        if at == "outputs":
            members[0].cancel()

    bus = await bus_factory(trace=trace)

    async def serve(session: Session) -> None:
        if session.partition == home("main", bus.partitions):
            for number in range(3):
                await session.commit(
                    [Record(DESCRIPTIONS, "main", b"%d" % number)], [Record(DIRECTOR_STATE, "main", b"%d" % number)]
                )

    async with running(own(bus, serve)) as tasks:
        members += tasks
        await asyncio.wait(members, timeout=PATIENCE)
        assert members[0].cancelled()
    outputs = [record.value for record in await committed(bus, DESCRIPTIONS)]
    assert outputs == [record.value for record in await committed(bus, DIRECTOR_STATE)]
    assert len(outputs) < 3
