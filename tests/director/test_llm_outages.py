"""When the LLM fails in any way, the film goes on without a gap, and back to the LLM when it answers."""

from __future__ import annotations

import json

import pytest
from hostile import DONE, HANG, RST, SSE, STOP, Hostile, Script, chunk, say, status
from stage import Stage, check, frames

from streamer.bus.memory import MemoryBus

CUTS: dict[str, Script] = {
    "a clean end without finish": [],
    "length": [chunk(finish="length"), DONE],
    "a reset": [0.05, RST],
    "an error": [b'data: {"error":"gpu"}\n\n', DONE],
    "a stall": [HANG],
    "broken JSON": [b"data: {\n\n"],
    "white space without end": [say(" " * 1000, " " * 1000)],
    "an object without end": [say('"' + "x" * 20_000)],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
async def test_after_a_cut_answer_the_unfinished_object_is_dropped_and_the_story_goes_on(
    bus: MemoryBus, cut: Script
) -> None:
    first: Script = [SSE, say("Sure! ```json\n" + frames(0, 1, end=',{"action":"half a fr')), *cut]
    rest: Script = [SSE, say("<think>{</think>" + frames(2, 3, 4, 5, 6, 7, 8, 9)), STOP, DONE]
    patient = {"token_timeout": 0.3, "lead_low": 15}
    async with Hostile(first, rest) as server, Stage(bus, server.url, **patient).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(8)
        assert [d.action for d in told][:8] == [f"step {n}" for n in range(8)]
        assert all(d.source == "llm" for d in told)
        request = json.loads(server.requests[1]["messages"][1]["content"])
        assert request["first"] == 2
        assert [f["action"] for f in request["film"]["frames"]] == ["step 0", "step 1"]
        check(stage.directions())


async def test_refused_objects_are_skipped_without_a_gap(bus: MemoryBus) -> None:
    text = frames(0, end=',{"no":"frame"},5,{"action":[1]},' + frames(1, 2, end="]}").removeprefix('{"frames":['))
    async with Hostile([SSE, say(text), STOP]) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(3)
        assert [(d.seq, d.action) for d in told[:3]] == [(0, "step 0"), (1, "step 1"), (2, "step 2")]


@pytest.mark.parametrize(
    "script", [[RST], [status(500, {"error": "down"})], [SSE, say("I cannot do that."), STOP, DONE]]
)
async def test_when_the_endpoint_fails_fallback_descriptions_carry_the_film_on(bus: MemoryBus, script: Script) -> None:
    async with Hostile(script) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a red fox runs through snow")
        (first, *_) = await stage.until_told(1)
        assert (first.source, first.objects[0].noun, first.objects[0].look) == ("fallback", "fox", "red")
        await stage.rendered(first.epoch, 2.0)
        await stage.until_told(2)
        check(stage.directions())


async def test_a_silent_endpoint_is_carried_over_after_the_time_to_starve(bus: MemoryBus) -> None:
    async with Hostile([SSE, HANG]) as server, Stage(bus, server.url, starve=1.0).at_work() as stage:
        await stage.say("a red fox")
        (first, *_) = await stage.until_told(1)
        assert first.source == "fallback"
        assert len(server.requests) == 1, "it is still being waited for"


async def test_the_llm_takes_over_again_when_it_comes_back(bus: MemoryBus) -> None:
    good: Script = [SSE, say(frames(*range(8))), STOP]
    async with Hostile([RST], [RST], [RST], good) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a red fox")
        await stage.until(lambda: any(d.source == "llm" for d in stage.told()))
        assert stage.told()[0].source == "fallback"
        check(stage.directions())


async def test_a_slow_llm_gives_a_slower_film(bus: MemoryBus) -> None:
    slow: Script = [SSE, *(step for n in range(2) for step in (1.0, say(frames(n, end=",")[11 if n else 0 :])))]
    async with Hostile(slow) as server, Stage(bus, server.url, pace=0.5, window=2).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(2)
        assert told[0].duration > 0.5


async def test_a_steer_is_followed_by_its_own_words_while_the_llm_is_away(bus: MemoryBus) -> None:
    async with Hostile([status(503, b"")]) as server, Stage(bus, server.url, starve=1.0).at_work() as stage:
        await stage.say("a red fox runs through snow")
        await stage.until_told(1)
        await stage.say("a blue boat at night")
        await stage.until(lambda: stage.told()[-1].prompt == "a blue boat at night")
        told = stage.told()[-1]
        assert (told.source, told.action, told.setting.time) == ("fallback", "a blue boat at night", "night")
        assert [(o.noun, o.look) for o in told.objects] == [("boat", "blue")], "the fox is gone"
