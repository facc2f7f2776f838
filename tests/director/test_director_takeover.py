"""A director that takes over goes on where its predecessor stopped, wherever that was."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from stage import Stage, a_film, check, say_to

from streamer.bus.base import Record, Session
from streamer.bus.memory import MemberCrashed, MemoryBus
from streamer.director.storyboard import Storyboard
from streamer.messages import DirectorState, encode
from streamer.topics import DIRECTOR_STATE


async def test_prompts_read_at_takeover_only_the_newest_acts(bus: MemoryBus) -> None:
    for n in range(20):
        await say_to(bus, {"prompt": f"a boat {n}", "action": "play"}, name=f"p{n}")
    await say_to(bus, {"prompt": "at night"}, name="last")
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as stage:
        await stage.until_told(1)
        assert len({d.epoch for d in stage.told()}) == 1
        first = stage.told()[0]
        assert (first.prompt, first.setting.time, first.objects[0].noun) == ("at night", "night", "boat")
        assert stage.outcomes() == [*((f"p{n}", "superseded") for n in range(20)), ("last", "taken")]


@pytest.mark.parametrize("after", [1, 3, 5])
async def test_a_successor_goes_on_without_gap_or_repeat(bus: MemoryBus, after: int) -> None:
    async with Storyboard(rate=1000) as url:
        first = Stage(bus, url, lead_low=60)
        task = asyncio.create_task(first.service.run())
        await first.say("a red fox runs", name="w")
        await first.until_told(after)
        bus.crash(session_of(first))
        with pytest.raises(BaseException) as died:  # noqa: PT011  as a killed process does, it says nothing
            await task
        assert died.group_contains(MemberCrashed)
        async with Stage(bus, url, lead_low=60).at_work() as second:
            await second.until_told(8)
            assert len({d.epoch for d in second.told()}) == 1, "the prompt is not acted upon again"
            assert second.outcomes() == [("w", "taken")]
            check(second.directions())


def session_of(stage: Stage) -> Session:
    return stage.service.films["main"]._session


@pytest.mark.parametrize("step", ["begin", "outputs", "states", "offsets", "end"])
async def test_whatever_step_a_commit_fails_at_nothing_is_lost_or_told_twice(step: str) -> None:
    failing = {2, 5, 6}
    seen = 0

    def trace(_: Session, at: str) -> None:
        nonlocal seen
        if at == step:
            seen += 1
            if seen in failing:
                raise OSError("the broker is gone")

    failing_bus = MemoryBus(trace=trace)
    async with failing_bus as bus, Storyboard(rate=1e6) as url, Stage(bus, url, lead_low=60).at_work() as stage:
        await stage.say("a red fox runs", name="w")
        await stage.until_told(8)
        await stage.say("now it snows", name="x")
        await stage.until(lambda: stage.told()[-1].setting.weather == "snow")
        await stage.until_told(8)
        check(stage.directions())
        assert [name for name, _ in stage.outcomes()] == ["w", "x"]


async def test_a_paused_film_is_still_paused_for_its_successor(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.until_told(8)
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.state().status == "held")
        before = stage.directions()
    board = Storyboard(rate=1e6)
    async with board as url, Stage(bus, url).at_work() as second:
        await second.rendered(second.state().epoch, second.state().published)
        await asyncio.sleep(0.5)
        assert (second.directions(), board.asked) == (before, 0)
        await second.say({"action": "resume"})
        await second.until_told(16)
        check(second.directions())


@pytest.mark.parametrize("story", [b'"nonsense"', b'{"epoch":100}', b"null"])
async def test_a_story_that_cannot_be_read_goes_on_with_the_same_words_and_seq(bus: MemoryBus, story: bytes) -> None:
    left = DirectorState(
        epoch=100, status="playing", prompt="a blue boat", seq=5, published=10.0, story=msgspec.Raw(story)
    )
    await bus.publish(Record(DIRECTOR_STATE, "main", encode(left)))
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as stage:
        await stage.rendered(100, 10.0)
        (first, *_) = await stage.until_told(1)
        assert (first.epoch, first.seq, first.objects[0].noun) == (100, 5, "boat")
        assert stage.state().published > 10.0


async def test_two_directors_share_the_partitions(bus: MemoryBus) -> None:
    streams = [f"film{n}" for n in range(8)]
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as one, Stage(bus, url).at_work() as two:
        for stream in streams:
            await one.say("a red fox", stream=stream)
        for stream in streams:
            await one.until_told(8, stream)
            check(one.directions(stream))
        assert not one.service.films.keys() & two.service.films.keys()
        assert one.service.films.keys() | two.service.films.keys() == set(streams)
