"""What an answer cost: as the server counts it, else estimated."""

from __future__ import annotations

from contextlib import aclosing, suppress

import pytest
from hostile import DONE, HANG, RST, SSE, STOP, Hostile, Script, chunk, event, of, say, status
from question import SCHEMA

from streamer.director.llm import AnswerCut, EndpointError, Llm, Usage


async def used(server: Hostile, question: str = "?" * 40, leave_after: int = 10**9) -> Usage:
    usage = Usage()
    async with Llm(server.url, model="m", key="k") as llm:
        with suppress(AnswerCut, EndpointError):
            async with aclosing(llm.answer([{"role": "user", "content": question}], SCHEMA, usage=usage)) as texts:
                async for _ in texts:
                    leave_after -= 1
                    if leave_after == 0:
                        break
    return usage


COUNTED = {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}


@pytest.mark.parametrize(
    "script",
    [
        [SSE, say("a"), STOP, event(choices=[], usage=COUNTED), DONE],
        [SSE, say("a"), event(choices=[of("", 0, "stop")], usage=COUNTED)],
        [SSE, event(choices=[of("a", 0)], usage=COUNTED | {"completion_tokens": 1}), STOP,
         event(choices=[], usage=COUNTED), DONE],
        [SSE, say("a"), event(choices=[of("", 0, "stop")], timings={"prompt_n": 10, "cache_n": 20, "predicted_n": 5})],
        [SSE, say("a"), chunk(finish="length"), event(choices=[], usage=COUNTED), DONE],
    ],
)  # fmt: skip
async def test_tokens_are_those_that_the_server_counted_wherever_it_says_so(script: Script) -> None:
    async with Hostile(script) as server:
        assert await used(server) == Usage(30, 5, estimated=False, endpoint="m")


@pytest.mark.parametrize(
    ("script", "tokens_out"),
    [
        ([SSE, say("twelve chars"), STOP], 3),
        ([SSE, say("twelve chars"), RST], 3),
        ([SSE, say("twelve chars"), chunk(finish="length")], 3),
        ([SSE, say("四个汉字"), STOP], 3),
        ([SSE, say("twelve chars"), STOP, event(choices=[], usage={"prompt_tokens": 0, "completion_tokens": 0})], 3),
        ([SSE, say("twelve chars"), STOP, event(choices=[], usage="many"), DONE], 3),
        ([SSE, say("twelve chars"), STOP, event(choices=[], timings=[1]), DONE], 3),
        ([SSE], 0),
    ],
)
async def test_tokens_that_nobody_counted_are_estimated(script: Script, tokens_out: int) -> None:
    async with Hostile(script) as server:
        assert await used(server) == Usage(10, tokens_out, estimated=True, endpoint="m")


async def test_thoughts_are_paid_for() -> None:
    thinking: Script = [SSE, chunk({"reasoning": "four"}), chunk({"reasoning_content": "four"}), say("four"), RST]
    async with Hostile(thinking) as server:
        assert await used(server) == Usage(10, 3, estimated=True, endpoint="m", thought=True)


async def test_an_answer_that_is_left_early_costs_what_had_come() -> None:
    async with Hostile([SSE, say("four", "four"), HANG]) as server:
        assert await used(server, leave_after=1) == Usage(10, 1, estimated=True, endpoint="m")
    part = event(choices=[of("a", 0)], usage={"prompt_tokens": 33, "completion_tokens": 9})
    async with Hostile([SSE, part, HANG]) as server:
        assert await used(server, leave_after=1) == Usage(33, 9, estimated=True, endpoint="m")


async def test_a_question_that_was_refused_costs_nothing() -> None:
    async with Hostile([status(429, {"error": "slow down"})]) as server:
        assert await used(server) == Usage()
