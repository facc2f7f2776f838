"""What becomes of a wish reaches its author, whatever it is; and a wish that is sent twice acts once."""

from __future__ import annotations

import asyncio

from stage import HERE, SHARING, Stage, a_film, letters, records, say_to

from streamer.bus.memory import MemoryBus
from streamer.director.desk import OUTCOMES
from streamer.director.service import IN_HAND
from streamer.director.storyboard import Storyboard
from streamer.messages import OUTCOMES_HEADER, Outcome, decode_director_state, decode_outcomes
from streamer.topics import DIRECTOR_STATE


def told_of(bus: MemoryBus, stream: str) -> list[Outcome]:
    """What the director said of prompts to a stream that never played."""
    told: list[Outcome] = []
    for partition in range(bus.partitions):
        for r in records(bus, DIRECTOR_STATE, partition):
            if r.key == stream.encode() and r.value is None:
                told += decode_outcomes(dict(r.headers).get(OUTCOMES_HEADER, b"[]"))
    return told


# Refusals


async def test_a_play_for_which_there_is_no_room_is_refused_to_its_author_and_leaves_nothing(bus: MemoryBus) -> None:
    async with a_film(bus, max_streams=1) as (stage, _):
        await stage.say({"prompt": "a boat", "action": "play"}, stream=SHARING, name="w1")
        await stage.until(lambda: bool(told_of(bus, SHARING)))
        (outcome,) = told_of(bus, SHARING)
        assert (outcome.id, outcome.outcome, outcome.epoch) == ("w1", "refused", 0)
        assert "max_streams" in outcome.reason
        assert len(letters(bus)) == 1
        assert bus.log(DIRECTOR_STATE, HERE).newest().keys() == {"main"}, "no state is kept of a made-up name"


async def test_a_stream_that_was_refused_may_begin_later(bus: MemoryBus) -> None:
    async with a_film(bus, max_streams=1) as (stage, _):
        await stage.say("a boat", stream=SHARING, name="w1")
        await stage.until(lambda: bool(told_of(bus, SHARING)))
        await stage.say({"action": "stop"})
        await stage.until(lambda: stage.state().status == "ended")
        await stage.say("a boat", stream=SHARING, name="w1")
        await stage.until_told(1, SHARING)
        assert stage.outcomes(SHARING) == [("w1", "taken")]


async def test_a_prompt_that_is_none_is_refused_to_an_author_who_named_it(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await say_to(bus, b'{"prompt":5}', name="w1")
        await stage.until(lambda: ("w1", "refused") in stage.outcomes())
        assert "Expected `str`" in stage.state().outcomes[-1].reason
        await say_to(bus, b'{"prompt":5}', stream=SHARING, name="w2")
        await stage.until(lambda: bool(told_of(bus, SHARING)))
        assert [(o.id, o.outcome) for o in told_of(bus, SHARING)] == [("w2", "refused")]
        assert len(letters(bus)) == 2


async def test_of_a_crowd_everyone_is_told_and_then_the_newest_are_remembered(bus: MemoryBus) -> None:
    crowd = [f"w{n}" for n in range(OUTCOMES + 40)]
    for name in crowd:
        await say_to(bus, "a red fox", name=name)
    states = bus.tail(DIRECTOR_STATE, partitions=[HERE])
    async with states as tail, Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as stage:
        (first, *_) = await tail.records(60)
        assert [o.id for o in decode_director_state(first.value or b"").outcomes] == crowd
        await stage.until(lambda: len(stage.outcomes()) == OUTCOMES)
        assert [name for name, _ in stage.outcomes()] == crowd[-OUTCOMES:]


async def test_a_flood_is_decided_in_parts_so_that_what_became_of_it_fits_into_records(bus: MemoryBus) -> None:
    flood = [f"w{n}" for n in range(2 * IN_HAND + 100)]
    for name in flood:
        await say_to(bus, {"action": "pause"}, name=name)
    told: list[list[str]] = []
    states = bus.tail(DIRECTOR_STATE, partitions=[HERE])
    async with states as tail, Storyboard(rate=1e6) as url, Stage(bus, url).at_work(), asyncio.timeout(60):
        while sum(map(len, told)) < len(flood):
            for record in await tail.records(1):
                told.append([o.id for o in decode_outcomes(dict(record.headers)[OUTCOMES_HEADER])])
    assert [name for part in told for name in part] == flood
    assert max(map(len, told)) <= IN_HAND


# Repetitions


async def test_a_wish_sent_again_raises_no_epoch_and_is_told_the_same(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say("now it snows", name="w1")
        await stage.until(lambda: ("w1", "taken") in stage.outcomes())
        before = stage.state()
        count = len(records(bus, DIRECTOR_STATE, HERE))
        await stage.say("now it snows", name="w1")
        await stage.until(lambda: len(records(bus, DIRECTOR_STATE, HERE)) > count)
        await stage.say({"action": "pause"}, name="w2")
        await stage.until(lambda: stage.state().status == "held")
        assert stage.outcomes() == [("first", "taken"), ("w1", "taken"), ("w2", "taken")]
        assert stage.state().epoch == before.epoch


async def test_a_successor_knows_what_was_already_done(bus: MemoryBus) -> None:
    async with Storyboard(rate=1e6) as url:
        async with Stage(bus, url).at_work() as stage:
            await stage.say("a red fox", name="w1")
            await stage.until_told(1)
            epoch = stage.state().epoch
        async with Stage(bus, url).at_work() as second:
            await second.say("a red fox", name="w1")
            await second.say({"action": "pause"}, name="w2")
            await second.until(lambda: second.state().status == "held")
            assert (second.outcomes(), second.state().epoch) == ([("w1", "taken"), ("w2", "taken")], epoch)
