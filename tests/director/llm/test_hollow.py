"""Answers of which nothing can be published: a film gets its words in another form, or from another endpoint."""

from __future__ import annotations

import logging

import pytest
from hostile import HANG, SSE, STOP, Hostile, Script, chunk, say, status
from stage import Stage, check, frames

from streamer.bus.memory import MemoryBus

GOOD: Script = [SSE, say(frames(*range(8))), STOP]
EMPTY: Script = [SSE, chunk({"reasoning_content": "hm"}), STOP]
BLANKS: Script = [SSE, say('{"frames":[', *[" \n" * 400] * 10), HANG]
ENDLESS: Script = [SSE, say('{"frames":[{"action":"' + "a" * 20_000), HANG]


def forms(server: Hostile) -> list[str | None]:
    return [request.get("response_format", {}).get("type") for request in server.requests]


async def until_directed(stage: Stage) -> None:
    await stage.say("a red fox")
    await stage.until(lambda: any(told.source == "llm" for told in stage.told()))
    check(stage.directions())


@pytest.mark.parametrize("hollow", [EMPTY, BLANKS, ENDLESS], ids=["empty", "blanks", "endless"])
async def test_after_two_of_one_form_the_next_form_is_asked_for(bus: MemoryBus, hollow: Script) -> None:
    async with Hostile(hollow, hollow, hollow, hollow, GOOD) as server, Stage(bus, server.url).at_work() as stage:
        await until_directed(stage)
        assert forms(server)[:5] == ["json_schema", "json_schema", "json_object", "json_object", None]


@pytest.mark.parametrize("hollow", [EMPTY, BLANKS], ids=["empty", "blanks"])
async def test_after_three_the_next_endpoint_is_asked(bus: MemoryBus, hollow: Script) -> None:
    async with Hostile(hollow) as first, Hostile(GOOD) as second:
        async with Stage(bus, llm=[first.url, second.url], url=None).at_work() as stage:
            await until_directed(stage)
        assert len(first.requests) == 3


async def test_the_form_of_whoever_gave_them_is_left_where_another_is_down(bus: MemoryBus) -> None:
    down: Script = [status(503, {"error": "down"})]
    async with Hostile(down) as first, Hostile(EMPTY, EMPTY, GOOD) as second:
        async with Stage(bus, llm=[first.url, second.url], url=None).at_work() as stage:
            await until_directed(stage)
        assert forms(second)[:3] == ["json_schema", "json_schema", "json_object"]
        assert forms(first) == ["json_schema"] * len(first.requests)


async def test_one_of_each_endpoint_is_no_reason_to_leave_the_form(bus: MemoryBus) -> None:
    down: Script = [status(503, {"error": "down"})]
    async with Hostile(EMPTY, down) as first, Hostile(EMPTY, GOOD) as second:
        async with Stage(bus, llm=[first.url, second.url], url=None).at_work() as stage:
            await until_directed(stage)
        assert forms(second)[:2] == ["json_schema", "json_schema"]


async def test_a_film_says_who_directs_it_and_not_who_answered_another(bus: MemoryBus) -> None:
    """The first film's next answer is still coming while the other film is directed by the second endpoint."""
    full: Script = [status(429, {"error": "one at a time"}, "retry-after: 600\r\n")]
    slow: Script = [SSE, say(frames(0, end=",").replace("step", "slow step")), HANG]
    named = [step.replace(b"hostile", b"other") if isinstance(step, bytes) else step for step in GOOD]
    async with Hostile(slow, full) as first, Hostile(named) as second:
        llms = {"llm": [first.url, second.url], "model": ["default"], "token_timeout": 60, "lead_low": 15}
        async with Stage(bus, url=None, **llms).at_work() as stage:
            await stage.say("a red fox")
            await stage.until_told(1)
            await stage.say("a blue boat", stream="other")
            await stage.until(lambda: bool(stage.told("other")))
            assert stage.state("other").director == "other"
            await stage.say({"action": "pause", "prompt": ""}, name="pause")
            await stage.until(lambda: stage.state().status == "held")
            assert stage.state().director == "hostile"


async def test_no_word_of_a_server_ends_the_director(bus: MemoryBus, caplog: pytest.LogCaptureFixture) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\nconnection: close\r\n\r\n"
    strange = b'data: {"model":"\\ud800","choices":[{"delta":{"content":""}}]}\n\n'
    named = say(frames(*range(8))).replace(b'"model": "hostile"', b'"model": "\\ud800"')
    scripts: list[Script] = [[head + b'{"a"'], [SSE, b'data: {"error":"\\ud800"}\n\n'], [SSE, strange, named, STOP]]
    with caplog.at_level(logging.WARNING):
        async with Hostile(*scripts) as server, Stage(bus, server.url).at_work() as stage:
            await until_directed(stage)
            assert stage.state().director == "?"
