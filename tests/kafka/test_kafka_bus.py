"""What only a real Kafka can show: killed processes, frozen processes, a killed broker, a foreign producer."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from counting import PARTITIONS, count, pairs

import streamer
from streamer.bus.admin import create_topics
from streamer.bus.base import Bus, Received, Record, Session
from streamer.bus.broker import Broker
from streamer.bus.kafka import KafkaBus
from streamer.bus.kafka_clients import Timing, producer
from streamer.errors import SessionLost, UserError
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, TOPICS, home

KEYS = ("main", "fox", "boat", "night", "storm", "snow")
PATIENCE = 120.0  # seconds for what happens soon on a machine that has time

pytestmark = pytest.mark.timeout(420)

SCRIPT = Path(__file__).with_name("counting.py")


class Members:
    """Processes that run the counting stage; whichever is killed is replaced."""

    def __init__(self, servers: str, prefix: str) -> None:
        self._arguments = [servers, prefix]
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str, *, static: bool = False) -> None:
        arguments = [str(SCRIPT), *self._arguments, *([name] if static else [])]
        environment = {**os.environ, "PYTHONPATH": str(Path(streamer.__file__).parent.parent)}
        self._running[name] = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)

    async def kill(self, name: str) -> None:
        process = self._running.pop(name)
        assert process.returncode is None, f"member {name} ended by itself with code {process.returncode}"
        process.kill()
        await process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        self._running[name].send_signal(number)

    async def stop(self) -> None:
        for name in list(self._running):
            await self.kill(name)


@asynccontextmanager
async def members(servers: str, prefix: str) -> AsyncIterator[Members]:
    group = Members(servers, prefix)
    try:
        yield group
    finally:
        await group.stop()


async def write(bus: Bus, total: int, pause: float, first: int = 0) -> None:
    for number in range(first, total):
        for key in KEYS:
            await bus.publish(Record(PROMPTS, key, b"%d" % number))
        await asyncio.sleep(pause)


async def counted(
    bus: Bus, total: int, keys: Sequence[str] = KEYS, opened: asyncio.Event | None = None
) -> dict[str, list[tuple[int, int]]]:
    """What the stage has written, once every key has `total`, and a little later: repeats would come then."""
    seen: list[Received] = []
    async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(2 * PATIENCE):
        if opened is not None:
            opened.set()
        while not all(len(pairs(seen).get(key, [])) >= total for key in keys):
            seen += await tail.records(0.2)
        seen += await tail.records(0.5)
    return pairs(seen)


def exactly(total: int, keys: Sequence[str] = KEYS) -> dict[str, list[tuple[int, int]]]:
    return {key: [(number, number) for number in range(total)] for key in keys}


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_killed_and_frozen_members_leave_neither_gap_nor_repeat(kafka, kafka_buses):
    """Eight times kill -9 at a random moment, of dynamic and static members; one wakes up after its session ended."""
    bus = await kafka_buses()
    dice = random.Random()
    total = 200
    async with members(kafka, kafka_buses.prefix) as group, asyncio.TaskGroup() as tasks:
        await group.start("a")
        await group.start("b")
        await group.start("c", static=True)
        tasks.create_task(write(bus, total, 0.06))
        for turn in range(8):
            await asyncio.sleep(dice.uniform(0.5, 1.5))
            name = dice.choice("abc")
            await group.kill(name)
            await group.start(name, static=name == "c")
            if turn == 3:
                group.signal("b", signal.SIGSTOP)
                await asyncio.sleep(3.5)  # longer than its session of 2 s: its partitions go to others
                group.signal("b", signal.SIGCONT)
        assert await counted(bus, total) == exactly(total)


@pytest.mark.slow
async def test_a_killed_broker_that_comes_back_with_its_data_is_waited_for(kafka, tmp_path):
    with Broker(data_dir=tmp_path / "kafka") as broker:
        await create_topics(broker.address, "test.", PARTITIONS)
        # Longer than the broker takes to start: what is published while it is away is waited for.
        bus = KafkaBus(broker.address, prefix="test.", partitions=PARTITIONS, session_timeout=3, publish_deadline=90)
        async with bus, members(broker.address, "test.") as group:
            await group.start("a")
            await write(bus, 1, 0)
            assert await counted(bus, 1) == exactly(1)  # the member has joined
            opened = asyncio.Event()
            watching = asyncio.create_task(counted(bus, 60, opened=opened))  # a tail, open before, during and after
            await opened.wait()
            writing = asyncio.create_task(write(bus, 60, 0.05, first=1))
            await asyncio.sleep(1)
            assert not writing.done()
            broker.kill()
            await asyncio.to_thread(broker.restart)
            await writing
            assert await watching == exactly(60)
            assert await counted(bus, 60) == exactly(60)


async def test_prompts_that_kcat_placed_elsewhere_are_forwarded_home(kafka, kafka_buses, kcat):
    """kcat's default partitioner is CRC32, ours is murmur2: they agree on about one key in four here."""
    bus = await kafka_buses()
    keys = [f"film-{number}" for number in range(12)]
    process = await asyncio.create_subprocess_exec(
        kcat, "-P", "-b", kafka, "-t", PROMPTS.full_name(kafka_buses.prefix), "-K:", stdin=asyncio.subprocess.PIPE
    )
    await process.communicate("".join(f"{key}:0\n" for key in keys).encode())
    assert process.returncode == 0
    async with AsyncExitStack() as stack:
        for _ in range(2):
            peer = await kafka_buses()
            own = asyncio.create_task(peer.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=count))
            stack.callback(own.cancel)
        assert await counted(bus, 1, keys) == exactly(1, keys)
        async with bus.tail(PROMPTS) as tail:
            seen: list[Received] = []
            while not tail.caught_up:
                seen += await tail.records()
        astray = [r for r in seen if home((r.key or b"").decode(), PARTITIONS) != r.partition]
        assert astray  # otherwise this test shows nothing
        assert len(seen) == len(keys) + len(astray)


async def test_a_session_that_was_fenced_loses_what_it_had_in_hand(kafka, kafka_buses):
    """Somebody else opens the partition's transactional id: the one thing that a zombie cannot survive.

    And nothing of the failed producer is left to complain later.
    """
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    bus = await kafka_buses()
    sessions: list[Session] = []
    refused: asyncio.Future[SessionLost] = asyncio.get_running_loop().create_future()
    go_on = asyncio.Event()

    async def serve(session: Session) -> None:
        if session.partition != home("main", PARTITIONS):
            return
        sessions.append(session)
        await go_on.wait()
        try:
            await session.commit([Record(DESCRIPTIONS, "main", b"from session %d" % len(sessions))], consumed=3)
        except SessionLost as error:
            refused.set_result(error)
            raise

    own = asyncio.create_task(bus.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=serve))
    await until(lambda: bool(sessions))
    fence = producer(kafka, Timing(), f"{kafka_buses.prefix.rstrip('.')}.count.{home('main', PARTITIONS)}")
    await fence.start()
    go_on.set()
    await asyncio.wait_for(refused, PATIENCE)
    await until(lambda: len(sessions) == 2)  # still the owner by the group's word, it takes the partition back
    async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(PATIENCE):
        while not (seen := await tail.records()):
            pass
    assert [record.value for record in seen] == [b"from session 2"]
    await fence.stop()
    own.cancel()
    await asyncio.wait({own})
    await bus.__aexit__()
    gc.collect()
    assert complaints == []


async def test_two_applications_on_one_broker_do_not_fence_each_other(kafka, kafka_buses):
    one = await kafka_buses()
    other_prefix = kafka_buses.prefix.replace("test-", "other-")
    await create_topics(kafka, other_prefix, PARTITIONS)
    async with KafkaBus(kafka, prefix=other_prefix, partitions=PARTITIONS) as other:
        owns = [
            asyncio.create_task(bus.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=count))
            for bus in (one, other)
        ]
        await asyncio.gather(write(one, 10, 0), write(other, 10, 0))
        assert await counted(one, 10) == exactly(10)
        assert await counted(other, 10) == exactly(10)
        for own in owns:
            own.cancel()
        await asyncio.wait(owns)


async def test_a_bus_without_its_topics_or_with_other_partitions_says_so(kafka, kafka_buses):
    async def own(bus: Bus) -> None:
        await bus.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=count)

    async with KafkaBus(kafka, prefix=kafka_buses.prefix, partitions=8) as bus:
        with pytest.raises(UserError, match="has 4 partitions, this process expects 8: set --partitions 4"):
            await own(bus)
    async with KafkaBus(kafka, prefix="nowhere.", partitions=4, publish_deadline=5) as bus:
        with pytest.raises(UserError, match=r"shows no topic nowhere\.prompts: `streamer topics create` makes it"):
            await own(bus)
        with pytest.raises(TimeoutError, match=r"not written to nowhere\.prompts within 5 s"):
            await bus.publish(Record(PROMPTS, "main", b"x"))


async def test_a_broker_that_is_not_there_is_one_clear_line():
    with pytest.raises(UserError, match=r"no Kafka answers at 127\.0\.0\.1:1 .*`streamer kafka` starts one"):
        await KafkaBus("127.0.0.1:1").__aenter__()
    with pytest.raises(UserError, match=r"no Kafka answers at 127\.0\.0\.1:1 "):
        await create_topics("127.0.0.1:1")


def test_every_topic_has_a_record_limit_that_the_clients_can_carry():
    assert max(int(topic.config.get("max.message.bytes", 0)) for topic in TOPICS) <= 4 << 20


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_prompts_may_be_compressed_in_any_way(kafka, kafka_buses, kcat, codec):
    """Most clients of Kafka compress; a codec that is not installed here would stop the reader for good."""
    bus = await kafka_buses()
    text = b"a red boat on the sea, " * 50  # what does not shrink is sent as it is
    process = await asyncio.create_subprocess_exec(
        kcat, "-P", "-b", kafka, "-t", PROMPTS.full_name(kafka_buses.prefix), "-z", codec, stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(text)
    assert process.returncode == 0
    async with bus.tail(PROMPTS) as tail, asyncio.timeout(PATIENCE):
        while not (found := await tail.records(1.0)):
            pass
    assert [record.value for record in found] == [text]
