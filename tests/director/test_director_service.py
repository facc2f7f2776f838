"""The director as a whole: prompts go in, descriptions come out, over a bus and with a real HTTP endpoint."""

from __future__ import annotations

import asyncio
import time

import pytest
from hostile import HANG, SSE, STOP, Hostile, Script, say
from stage import SHARING, Stage, a_film, check, frames

from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.messages import Audience, EndOfStory, Hold, Resume, encode
from streamer.topics import AUDIENCE

# Playing


async def test_descriptions_are_published_one_by_one_while_the_answer_is_still_coming(bus: MemoryBus) -> None:
    script: Script = [SSE, say(frames(0, 1, end="")), HANG]
    async with Hostile(script) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(2)
        assert [d.action for d in told] == ["step 0", "step 1"]
        assert not server.left.is_set(), "the answer goes on"


async def test_a_film_plays_within_its_bounded_lead_and_no_further(bus: MemoryBus) -> None:
    async with a_film(bus, pace=10.0) as (stage, board):  # longer than any machine needs for a description
        told = await stage.until_told(8)
        assert [(d.seq, d.duration, d.source, d.prompt) for d in told] == [
            (n, 10.0, "llm", "a red fox runs") for n in range(8)
        ]
        await asyncio.sleep(1.5)
        assert board.asked == 1, "80 s of film are in store and no worker renders them"
        assert stage.state().published == 80.0
        await stage.rendered(told[0].epoch, 76.1)
        assert len(await stage.until_told(16)) == 16
        assert board.asked == 2
        check(stage.directions())


async def test_what_another_epoch_rendered_does_not_count(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, board):
        await stage.until_told(8)
        await stage.rendered(stage.state().epoch - 1, 100.0)
        await asyncio.sleep(0.5)
        assert board.asked == 1


async def test_the_state_tells_everybody_what_plays(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        state = stage.state()
        assert (state.status, state.prompt, state.director) == ("playing", "a red fox runs", "storyboard")
        assert stage.outcomes() == [("first", "taken")]
        assert abs(state.epoch - time.time()) < 30, "epochs rise even if state is lost"


# Steering and control


async def test_a_steer_cuts_the_answer_short_and_raises_the_epoch(bus: MemoryBus) -> None:
    async with a_film(bus, rate=100) as (stage, board):  # the whole answer would take many seconds
        before = stage.told()[-1].epoch
        await stage.say("now it snows", name="wish")
        await stage.until(lambda: stage.told()[-1].epoch > before)
        first = stage.told()[-1]
        assert (first.seq, first.setting.weather, first.objects[0].noun) == (0, "snow", "fox")
        assert board.abandoned == 1, "the endpoint stopped generating"
        assert stage.outcomes() == [("first", "taken"), ("wish", "taken")]
        assert stage.state().outcomes[-1].epoch == first.epoch
        check(stage.directions())


async def test_the_old_epoch_is_left_alone_until_the_new_one_has_something_to_show(bus: MemoryBus) -> None:
    slow: Script = [SSE, HANG]
    quick: Script = [SSE, say(frames(*range(8))), STOP]
    async with Hostile(quick, slow) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a fox")
        await stage.until_told(8)
        await stage.say("at night")
        await stage.until(lambda: len(server.requests) == 2)
        assert stage.state().epoch > stage.told()[-1].epoch
        assert len(stage.directions()) == 8


async def test_pause_resume_and_stop(bus: MemoryBus) -> None:
    async with a_film(bus, rate=400) as (stage, board):
        epoch = stage.state().epoch
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.directions()[-1] == Hold(epoch=epoch, reason="paused"))
        paused = stage.state()
        assert (paused.status, paused.reason, board.asked) == ("held", "paused", 1)
        await stage.say({"action": "resume"})
        await stage.until(lambda: Resume(epoch=epoch) in stage.directions())
        await stage.rendered(epoch, paused.published)  # however much had been told when the pause came
        await stage.until_told(paused.seq + 4)
        await stage.say({"action": "stop"})
        await stage.until(lambda: isinstance(stage.directions()[-1], EndOfStory))
        assert stage.directions()[-1] == EndOfStory(epoch=stage.state().epoch, seq=0)
        assert (stage.state().status, stage.state().epoch > epoch) == ("ended", True)
        assert [outcome for _, outcome in stage.outcomes()] == ["taken"] * 4
        check(stage.directions())


async def test_a_steer_to_a_paused_film_takes_effect_and_lets_it_go_on(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.until_told(8)
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.state().status == "held")
        epoch = stage.state().epoch
        await stage.say("now it rains")
        await stage.until(lambda: stage.told()[-1].epoch > epoch)
        assert stage.state().status == "playing"
        assert stage.directions()[9] == Resume(epoch=epoch), "the old film moves until the new one is there"


async def test_a_stopped_stream_plays_again_with_plain_text(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say({"action": "stop"})
        await stage.until(lambda: stage.state().status == "ended")
        ended = stage.state().epoch
        await stage.say("a blue boat")
        await stage.until(lambda: stage.told()[-1].epoch > ended)
        assert [o.noun for o in stage.told()[-1].objects] == ["boat"]
        check(stage.directions())


async def test_of_wishes_that_come_together_the_newest_wins_and_every_author_sees_it(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.until_told(8)
        await asyncio.gather(*(stage.say(f"a dragon number {n}", name=f"w{n}") for n in range(5)))
        await stage.until(lambda: stage.told()[-1].prompt == "a dragon number 4")
        outcomes = dict(stage.outcomes())
        assert outcomes["w4"] == "taken"
        assert all(outcomes[f"w{n}"] == "merged" for n in range(1, 4))
        assert len({d.epoch for d in stage.told()}) <= 3
        check(stage.directions())


async def test_streams_of_one_partition_live_side_by_side(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say("a blue boat", stream=SHARING)
        await stage.until_told(8, SHARING)
        await stage.say({"action": "pause"}, stream=SHARING)
        await stage.until(lambda: stage.state(SHARING).status == "held")
        await stage.until_told(8)
        assert stage.state().status == "playing"
        check(stage.directions(SHARING))


# Idle


async def test_what_nobody_watches_is_held_and_goes_on_when_somebody_does(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def watched_by(count: int) -> None:
        await bus.publish(Record(AUDIENCE, "main/b1", encode(Audience(count=count, until=time.time() + 600))))

    monkeypatch.setattr("streamer.director.film.BOUGHT", 0.5)
    await watched_by(1)  # until it has begun, however long that takes
    async with a_film(bus, idle=1.0) as (stage, _):
        epoch = stage.state().epoch
        await watched_by(0)
        await stage.until(lambda: stage.directions()[-1] == Hold(epoch=epoch, reason="idle"))
        await watched_by(1)
        await stage.until(lambda: stage.directions()[-1] == Resume(epoch=epoch))
        await watched_by(0)
        await stage.until(lambda: stage.directions()[-1] == Hold(epoch=epoch, reason="idle"))
        monkeypatch.undo()  # a wish buys time enough to be seen
        await stage.say("now it snows")
        await stage.until(lambda: stage.told()[-1].epoch > epoch)
        assert Resume(epoch=epoch) in stage.directions()[-11:]
