"""What every bus promises, run on the one in memory and on a real Kafka.

The stage under test counts: for each record of a key it writes the next number of that key to `descriptions`, keeps the
count in `director-state`, and moves its offset, all in one commit. Whatever goes wrong on the way, `descriptions` must
show 0, 1, 2, … beside inputs 0, 1, 2, …: no gap, no repeat, no inversion.
"""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import psutil
import pytest

from streamer.bus.base import Bus, Received, Record, Serve, Session
from streamer.errors import SessionLost
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, VIDEO, WORKER_STATE, Topic, home

KEYS = ("main", "fox", "boat", "night", "storm", "snow")  # of several partitions, some together in one

PATIENCE = 90.0  # seconds for what happens within one; a busy machine is no fault of the bus

pytestmark = pytest.mark.timeout(300)


@asynccontextmanager
async def running(*members: Coroutine[Any, Any, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(member) for member in members]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def own(bus: Bus, serve: Serve) -> Coroutine[Any, Any, None]:
    return bus.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=serve)


async def count(session: Session) -> None:
    counts = {key: int(value) for key, value in session.restored.items()}
    while True:
        for record in await session.records():
            await count_one(session, counts, record)


async def count_one(session: Session, counts: dict[str, int], record: Received) -> None:
    key = (record.key or b"").decode()
    number = counts.get(key, 0)
    await session.commit(
        [Record(DESCRIPTIONS, key, b"%d" % number, headers=[("input", record.value or b"")])],
        [Record(DIRECTOR_STATE, key, b"%d" % (number + 1))],
        consumed=record.offset + 1,
    )
    counts[key] = number + 1


async def write(bus: Bus, numbers: range, keys: tuple[str, ...] = KEYS) -> None:
    for number in numbers:
        for key in keys:
            await bus.publish(Record(PROMPTS, key, b"%d" % number))


async def committed(bus: Bus, topic: Topic, partitions: list[int] | None = None) -> list[Received]:
    """Everything that a fresh reader sees now."""
    seen: list[Received] = []
    async with bus.tail(topic, partitions=partitions) as tail:
        async with asyncio.timeout(PATIENCE):
            while not tail.caught_up:
                seen += await tail.records()
    return seen


def pairs(records: list[Received]) -> dict[str, list[tuple[int, int]]]:
    """For each key, (number, input) of what `count` wrote, in order."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in records:
        found[(record.key or b"").decode()].append((int(record.value or b"-1"), int(dict(record.headers)["input"])))
    return dict(found)


def exactly(count: int, keys: tuple[str, ...] = KEYS) -> dict[str, list[tuple[int, int]]]:
    return {key: [(number, number) for number in range(count)] for key in keys}


async def counted(bus: Bus, total: int, keys: tuple[str, ...] = KEYS) -> dict[str, list[tuple[int, int]]]:
    """What `count` has written, once every key has `total`: or more, if something was written twice."""
    seen: list[Received] = []
    async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(PATIENCE):
        while not all(len(pairs(seen).get(key, [])) >= total for key in keys):
            seen += await tail.records(0.1)
    return pairs(await committed(bus, DESCRIPTIONS))


# Order


async def test_records_of_a_key_are_served_in_the_order_in_which_they_were_written(bus_factory):
    bus = await bus_factory()
    async with running(own(bus, count)):
        await write(bus, range(20))
        assert await counted(bus, 20) == exactly(20)


async def test_a_record_without_a_partition_goes_to_the_home_of_its_key(bus_factory):
    bus = await bus_factory()
    for key in KEYS:
        partition, offset = await bus.publish(Record(PROMPTS, key, b"x"))
        assert partition == home(key, bus.partitions)
        [record] = [r for r in await committed(bus, PROMPTS, [partition]) if r.key == key.encode()]
        assert (record.partition, record.offset) == (partition, offset)


async def test_keys_values_and_headers_arrive_as_they_were_written(bus_factory):
    bus = await bus_factory()
    await bus.publish(Record(PROMPTS, None, b"\x00\xff", headers=[("a", b"1"), ("a", b"\x80")], partition=2))
    await bus.publish(Record(DIRECTOR_STATE, "fox", None))
    [plain] = await committed(bus, PROMPTS)
    assert (plain.topic, plain.partition, plain.key, plain.value) == (PROMPTS, 2, None, b"\x00\xff")
    assert list(plain.headers) == [("a", b"1"), ("a", b"\x80")]
    assert plain.at > 1_600_000_000
    [tombstone] = await committed(bus, DIRECTOR_STATE)
    assert (tombstone.key, tombstone.value) == (b"fox", None)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(Record(PROMPTS, "main", bytes(5 << 20)), id="more than the topic takes"),
        pytest.param(Record(DIRECTOR_STATE, None, b"x", partition=0), id="no key for a compacted topic"),
        pytest.param(Record(PROMPTS, None, b"x"), id="neither key nor partition"),
        pytest.param(Record(PROMPTS, "main", b"x", partition=99), id="no such partition"),
    ],
)
async def test_a_record_that_cannot_be_written_is_refused_before_anything_happens(bus_factory, record):
    bus = await bus_factory()
    with pytest.raises(ValueError, match="record"):
        await bus.publish(record)

    outcomes: list[object] = []

    async def serve(session: Session) -> None:
        if session.partition == 0:
            with pytest.raises(ValueError, match="record"):
                await session.commit([Record(DESCRIPTIONS, "main", b"with it"), record])
            outcomes.append(await session.commit([Record(DESCRIPTIONS, "main", b"after it")]))

    async with running(own(bus, serve)):
        await until(lambda: bool(outcomes))
    assert [r.value for r in await committed(bus, DESCRIPTIONS)] == [b"after it"]


async def test_a_record_of_four_megabytes_passes(bus_factory):
    bus = await bus_factory()
    big = os.urandom((4 << 20) - 1000)
    got: list[Received] = []

    async def serve(session: Session) -> None:
        while True:
            for record in await session.records():
                await session.commit([Record(VIDEO, "main", record.value)], consumed=record.offset + 1)
                got.append(record)

    async with running(own(bus, serve)):
        await bus.publish(Record(PROMPTS, "main", big))
        await until(lambda: bool(got))
    [copy] = await committed(bus, VIDEO)
    assert got[0].value == big == copy.value


# Ownership


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


# Commits


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
    outputs = [record.value for record in await committed(bus, DESCRIPTIONS)]
    assert outputs == [record.value for record in await committed(bus, DIRECTOR_STATE)]
    assert len(outputs) < 3


# Takeover


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


# Reading


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
