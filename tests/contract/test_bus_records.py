"""What is written arrives: in order, at home, whole, or is refused before anything happens."""

from __future__ import annotations

import os

import pytest
from counting import KEYS, committed, count, counted, exactly, own, running, until, write

from streamer.bus.base import Received, Record, Session
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, VIDEO, home

pytestmark = pytest.mark.timeout(300)


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
