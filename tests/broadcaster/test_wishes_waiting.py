"""Wishes by socket while the bus does not answer: they wait a little, and never act late."""

from __future__ import annotations

import asyncio

import pytest

from streamer.broadcaster import service as broadcaster_service
from streamer.topics import PROMPTS, home


@pytest.fixture
def asleep(house, monkeypatch):
    """A house whose bus takes prompts only from when the event that this gives with it is set."""
    publish, awake = house.bus.publish, asyncio.Event()

    async def sleeping(record):
        if record.topic is PROMPTS:
            await awake.wait()
        return await publish(record)

    monkeypatch.setattr(house.bus, "publish", sleeping)
    return house, awake


def wished(house) -> list[bytes]:
    """The prompts for `main` that are on the bus."""
    return [record.value for record in house.bus.log(PROMPTS, home("main")).read(0, 1 << 20)[0]]


async def test_a_wish_that_has_waited_too_long_for_the_bus_is_refused_and_not_passed_on_late(asleep, monkeypatch):
    house, awake = asleep
    monkeypatch.setattr(broadcaster_service, "ASK_PATIENCE", 0.2)
    async with house.watching() as person:
        await person.say(type="prompt", prompt="a fox", ref="first")
        await person.say(type="prompt", prompt="a hare", ref="second")
        await house.until(lambda: house.service._asks.qsize() == 1, "one is on its way, one waits")
        await asyncio.sleep(0.3)
        awake.set()
        assert (await person.told("prompt", ref="first"))["progress"] == "accepted"
        assert (await person.told("error", ref="second"))["code"] == "bus"
    assert [b"fox" in value for value in wished(house)] == [True]


async def test_a_wish_that_waits_for_the_bus_goes_with_who_asked(asleep, monkeypatch):
    house, awake = asleep
    monkeypatch.setattr(broadcaster_service, "GONE_PATIENCE", 0.2)
    async with house.watching() as person:
        async with house.watching() as leaver:
            await person.say(type="prompt", prompt="a fox", ref="first")
            await house.until(lambda: house.hub.viewers == 2)
            await leaver.say(type="prompt", prompt="a hare")
            await house.until(lambda: house.service._asks.qsize() == 1)
        await person.say(type="prompt", prompt="a boat", ref="second")
        await house.until(lambda: house.service._asks.qsize() == 2 and house.hub.viewers == 1)
        await asyncio.sleep(0.3)
        awake.set()
        await person.told("prompt", ref="second")
    assert [value.split(b'"')[3] for value in wished(house)] == [b"a fox", b"a boat"]


async def test_who_asks_and_leaves_at_once_has_asked(asleep, monkeypatch):
    house, awake = asleep
    monkeypatch.setattr(broadcaster_service, "GONE_PATIENCE", 60.0)
    async with house.watching() as person:
        await person.say(type="prompt", prompt="a fox")
        await person.say(type="prompt", prompt="a hare")
        await house.until(lambda: house.service._asks.qsize() == 1)
    await house.until(lambda: house.hub.viewers == 0)
    awake.set()
    await house.until(lambda: len(wished(house)) == 2)
