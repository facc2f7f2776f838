"""What only a real Kafka shows: foreign producers, fences, other applications, and what is said when there is none."""

from __future__ import annotations

import asyncio
import gc

import pytest
from counting import PARTITIONS, committed, count, exactly, own, running, until, watched, write

from streamer.bus.admin import create_topics
from streamer.bus.base import Record, Session
from streamer.bus.kafka import KafkaBus
from streamer.bus.kafka_clients import Timing, producer
from streamer.errors import SessionLost, UserError
from streamer.topics import DESCRIPTIONS, PROMPTS, home

PATIENCE = 120.0  # seconds for what happens soon on a machine that has time

pytestmark = pytest.mark.timeout(420)


async def test_prompts_that_kcat_placed_elsewhere_are_forwarded_home(kafka, kafka_buses, kcat):
    """kcat's default partitioner is CRC32, ours is murmur2: they agree on about one key in four here."""
    bus = await kafka_buses()
    keys = [f"film-{number}" for number in range(12)]
    process = await asyncio.create_subprocess_exec(
        kcat, "-P", "-b", kafka, "-t", PROMPTS.full_name(kafka_buses.prefix), "-K:", stdin=asyncio.subprocess.PIPE
    )
    await process.communicate("".join(f"{key}:0\n" for key in keys).encode())
    assert process.returncode == 0
    async with running(own(await kafka_buses(), count), own(await kafka_buses(), count)):
        assert await watched(bus, 1, keys) == exactly(1, keys)
        seen = await committed(bus, PROMPTS)
        astray = [r for r in seen if home((r.key or b"").decode(), PARTITIONS) != r.partition]
        assert astray  # otherwise this test shows nothing
        assert len(seen) == len(keys) + len(astray)


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

    member = asyncio.create_task(own(bus, serve))
    await until(lambda: bool(sessions), PATIENCE)
    fence = producer(kafka, Timing(), f"{kafka_buses.prefix}count.{home('main', PARTITIONS)}")
    await fence.start()
    go_on.set()
    await asyncio.wait_for(refused, PATIENCE)
    # Still the owner by the group's word, it takes the partition back.
    await until(lambda: len(sessions) == 2, PATIENCE)
    async with bus.tail(DESCRIPTIONS) as tail, asyncio.timeout(PATIENCE):
        while not (seen := await tail.records()):
            pass
    assert [record.value for record in seen] == [b"from session 2"]
    await fence.stop()
    member.cancel()
    await asyncio.wait({member})
    await bus.__aexit__()
    gc.collect()
    assert complaints == []


async def test_two_applications_on_one_broker_do_not_fence_each_other(kafka, kafka_buses):
    one = await kafka_buses()
    other_prefix = kafka_buses.prefix.rstrip(".") + "-"
    await create_topics(kafka, other_prefix, PARTITIONS)
    other = KafkaBus(kafka, prefix=other_prefix, partitions=PARTITIONS)
    async with other, running(own(one, count), own(other, count)):
        await asyncio.gather(write(one, range(10)), write(other, range(10)))
        assert await watched(one, 10) == exactly(10)
        assert await watched(other, 10) == exactly(10)


async def test_a_bus_without_its_topics_or_with_other_partitions_says_so(kafka, kafka_buses):
    async with KafkaBus(kafka, prefix=kafka_buses.prefix, partitions=8) as bus:
        with pytest.raises(UserError, match="has 4 partitions, this process expects 8: set --partitions 4"):
            await own(bus, count)
    async with KafkaBus(kafka, prefix="nowhere.", partitions=4, publish_deadline=5) as bus:
        with pytest.raises(UserError, match=r"shows no topic nowhere\.prompts: `streamer topics create` makes it"):
            await own(bus, count)
        with pytest.raises(TimeoutError, match=r"not written to nowhere\.prompts within 5 s"):
            await bus.publish(Record(PROMPTS, "main", b"x"))


async def test_a_broker_that_is_not_there_is_one_clear_line():
    with pytest.raises(UserError, match=r"no Kafka answers at 127\.0\.0\.1:1 .*`streamer kafka` starts one"):
        await KafkaBus("127.0.0.1:1").__aenter__()
    with pytest.raises(UserError, match=r"no Kafka answers at 127\.0\.0\.1:1 "):
        await create_topics("127.0.0.1:1")
