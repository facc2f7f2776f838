"""One question to any OpenAI-compatible server: its words as they come, and a clear end, whatever the server does."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from hostile import DONE, HANG, RST, SSE, STOP, Hostile, Script, chunk, say, status

from streamer.director.llm import AnswerCut, EndpointError, Llm, base_url
from streamer.errors import UserError

ASK = [{"role": "user", "content": "?"}]
SCHEMA = {"type": "object"}


async def answer(server: Hostile, **limits: float) -> str:
    async with Llm(server.url, model="m", key="k", **limits) as llm:
        return await one(llm)


async def one(llm: Llm) -> str:
    return "".join([text async for text in llm.answer(ASK, SCHEMA)])


@pytest.mark.parametrize(
    "script",
    [
        [SSE, say("a", "b"), STOP, DONE],
        [SSE, say("a", "b"), STOP],
        [SSE, say("a"), chunk({"content": "b"}, "stop"), DONE],
        [SSE, chunk({"role": "assistant", "content": None}), b": ping\n\n", say("a", "b"), STOP, DONE],
        [SSE, chunk({"reasoning_content": "hm"}), chunk({"reasoning": "hm"}), say("a", "", "b"), STOP, DONE],
        [SSE, say("a", "b"), STOP, b'data: {"id":"x","choices":[],"usage":{"total_tokens":5}}\n\n', DONE],
        [SSE, b'data: {"choices":[{"delta":{"content":"ab"}}]}\r\n\r\n', STOP, DONE],
        [SSE, b"\n\n\n", say("ab"), STOP, b"data: {broken after its end\n\n"],
        [SSE, say("a")[:20], 0.02, say("a")[20:] + say("b"), STOP],
    ],
)
async def test_a_whole_answer_in_every_form_that_servers_send(script: Script) -> None:
    async with Hostile(script) as server:
        assert await answer(server) == "ab"


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ([], "ended without a finish_reason"),
        ([DONE], "ended without a finish_reason"),
        ([chunk(finish="length"), DONE], "finish_reason 'length'"),
        ([chunk(finish="abort"), DONE], "finish_reason 'abort'"),
        ([RST], "Connection error|ReadError|reset"),
        ([b'data: {"error":"out of memory"}\n\n'], "error"),
        ([b'data: {"error":{"message":"out of memory","code":7}}\n\n', DONE], "out of memory"),
        ([b"data: {not json\n\n"], "Expecting property name"),
        ([b"data:\n\n"], "Expecting value"),
        ([b"data: [1]\n\n"], "hostile|without|list"),
        ([b"data: \xff\xff\n\n"], "codec can't decode"),
        ([b"data: " + b"[" * 100_000 + b"\n\n"], "recursion"),
        ([HANG], r"no more words within 1 s \(token_timeout\)"),
        ([b": ping\n\n", 0.6, b": ping\n\n", 0.6, b": ping\n\n", HANG], r"within 1 s \(token_timeout\)"),
    ],
)
async def test_an_answer_that_does_not_end_as_it_should_is_cut_after_what_came(end: Script, reason: str) -> None:
    between = 1.0 if HANG in end else 60.0  # the others end by themselves, however long that takes
    script: Script = [SSE, say("a", "b"), *end]
    async with Hostile(script) as server, Llm(server.url, model="m", key="k", between=between) as llm:
        came = []
        with pytest.raises(AnswerCut, match=reason):  # noqa: PT012  what came before counts
            async for text in llm.answer(ASK, SCHEMA):
                came.append(text)
        assert came == ["a", "b"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([RST], "Connection error"),
        ([], "Server disconnected"),
        ([b"not HTTP at all\r\n\r\n"], "Connection error"),
        ([HANG], r"sent nothing for 2 s \(first_token_timeout\)"),
        ([SSE, HANG], r"within 2 s \(first_token_timeout\)"),
        ([SSE, chunk({"role": "assistant"}), HANG], "first_token_timeout"),
        ([SSE], "without a finish_reason"),
        ([SSE, DONE], "without a finish_reason"),
        ([SSE, b'data: {"error":"busy"}\n\n'], "error"),
        ([status(401, {"error": {"message": "wrong key"}})], "401.*wrong key"),
        ([status(404, {"detail": "no such model"})], "404.*no such model"),
        ([status(500, b"plain text")], "500|plain text"),
        ([status(400, {"error": "context too long"})], "400.*context too long"),
    ],
)
async def test_no_answer_at_all_is_the_endpoints_error(script: Script, reason: str) -> None:
    async with Hostile(script) as server:
        with pytest.raises(EndpointError, match=reason):
            await answer(server, first=2.0 if HANG in script else 60.0)
        assert len(server.requests) == 1, "no retries of the SDK's own"


async def test_a_model_that_thinks_aloud_is_alive() -> None:
    thinking: Script = [step for _ in range(5) for step in (chunk({"reasoning": "hm"}), 0.5)]
    async with Hostile([SSE, *thinking, say("ab"), STOP]) as server:
        assert await answer(server, first=2.0, between=2.0) == "ab"


async def test_an_answer_without_end_is_cut_at_the_whole_limit() -> None:
    endless: Script = [say("a"), 0.05] * 100
    async with Hostile([SSE, *endless]) as server:
        with pytest.raises(AnswerCut, match=r"within 2 s \(answer_timeout\)"):
            await answer(server, whole=2.0)


async def test_retry_after_is_passed_on() -> None:
    async with Hostile([status(429, {"error": "slow down"}, "retry-after: 7\r\n")]) as server:
        with pytest.raises(EndpointError) as caught:
            await answer(server)
        assert caught.value.retry_after == 7.0


async def test_nobody_listens() -> None:
    async with Llm("http://127.0.0.1:9/v1", model="m", key="k") as llm:
        with pytest.raises(EndpointError, match="Connection error"):
            await one(llm)


def form(request: dict[str, Any]) -> str:
    return str(request.get("response_format", {}).get("type", "none"))


@pytest.mark.parametrize("code", [400, 422, 500])
async def test_a_server_that_balks_at_the_format_is_asked_in_the_next_one_and_remembered(code: int) -> None:
    balk: Script = [status(code, {"detail": [{"loc": ["body", "response_format"], "msg": "Extra inputs"}]})]
    good: Script = [SSE, say("ab"), STOP]
    async with Hostile(balk, balk, good) as server, Llm(server.url, model="m", key="k") as llm:
        assert await one(llm) == "ab"
        assert await one(llm) == "ab"
        assert [form(r) for r in server.requests] == ["json_schema", "json_object", "none", "none"]
        assert server.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_an_error_that_is_not_about_the_format_does_not_step_down() -> None:
    async with Hostile([status(400, {"error": "no such model"})]) as server:
        with pytest.raises(EndpointError):
            await answer(server)
        assert [form(r) for r in server.requests] == ["json_schema"]


async def test_a_doubted_format_is_left() -> None:
    async with Hostile([SSE, say("ab"), STOP]) as server, Llm(server.url, model="m", key="k") as llm:
        for _ in range(4):
            await one(llm)
            llm.doubt_format()
        assert [form(r) for r in server.requests] == ["json_schema", "json_object", "none", "none"]


async def test_only_what_every_server_knows_is_sent() -> None:
    async with Hostile([SSE, say("ab"), STOP]) as server:
        await answer(server)
        assert server.requests[0].keys() == {"model", "messages", "stream", "response_format"}
        assert server.requests[0]["stream"] is True


async def test_a_connection_that_went_stale_is_replaced_without_counting_as_a_failure() -> None:
    scripts: list[Script] = [[SSE, say("ab"), STOP], [RST], [SSE, say("cd"), STOP]]
    async with Hostile(*scripts) as server, Llm(server.url, model="m", key="k") as llm:
        assert [await one(llm), await one(llm)] == ["ab", "cd"]


async def test_cancelling_closes_the_connection_so_that_the_server_stops() -> None:
    async with Hostile([SSE, say("a"), HANG]) as server, Llm(server.url, model="m", key="k") as llm:
        began = asyncio.Event()

        async def read() -> None:
            async with aclosing(llm.answer(ASK, SCHEMA)) as texts:
                async for _ in texts:
                    began.set()

        task = asyncio.create_task(read())
        await began.wait()
        task.cancel()
        await asyncio.wait_for(server.left.wait(), 30)


async def test_leaving_early_closes_the_connection() -> None:
    async with Hostile([SSE, say("a"), HANG]) as server, Llm(server.url, model="m", key="k") as llm:
        async with aclosing(llm.answer(ASK, SCHEMA)) as texts:
            async for _ in texts:
                break
        await asyncio.wait_for(server.left.wait(), 30)


async def test_a_default_model_is_called_by_its_real_name() -> None:
    async with Hostile([SSE, say("ab"), STOP]) as server, Llm(server.url, model="default", key="k") as llm:
        await one(llm)
        assert llm.name == "hostile"
    assert Llm("https://llm.example/v1", model="qwen3", key="k").name == "qwen3 at llm.example"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://host:8000", "http://host:8000/v1"),
        ("http://host:8000/", "http://host:8000/v1"),
        ("http://host/v1/", "http://host/v1"),
        ("https://host/openai/v2", "https://host/openai/v2"),
        ("http://host/v1/chat/completions", "http://host/v1"),
    ],
)
def test_a_base_url_without_a_path_gets_the_usual_one(url: str, base: str) -> None:
    assert base_url(url) == base


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(UserError, match="--llm storyboard: write the base URL"):
        Llm("storyboard", model="m", key="k")


def test_a_chunk_is_what_servers_send() -> None:
    assert json.loads(say("a").removeprefix(b"data: "))["choices"][0]["delta"] == {"content": "a"}
