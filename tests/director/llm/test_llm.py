"""One question to any OpenAI-compatible server: its words as they come, and a clear end, whatever the server does."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from hostile import DONE, HANG, RST, SSE, STOP, Hostile, Script, chunk, event, of, say, status
from question import ASK, SCHEMA, answer, of_kind, one

from streamer.director.llm import AnswerCut, EndpointError, Llm, client, refusal


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
        [
            SSE,
            chunk({"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}]}),
            say("b"),
            STOP,
        ],
        [SSE, event(choices=[of("x", 1), of("a", 0)]), event(choices=[of("y", 1)]), say("b"), STOP],
        [SSE, event(choices=None, error=None), event(), say("ab"), STOP],
        [SSE, b'data: null\n\ndata: 7\n\ndata: "a"\n\ndata: [1]\n\n', say("ab"), STOP],
        [SSE, event(choices=[None, 7]), event(choices=[{"delta": []}]), event(choices={}), say("ab"), STOP],
        [SSE, b"event: message\n" + say("ab"), STOP],
        [SSE, say("ab"), STOP, chunk(finish="length"), DONE],
        [SSE, say("ab"), STOP, RST],
        [SSE, say("ab"), STOP, b'data: {"object":"error","message":"too late"}\n\n'],
        [SSE, say("a"), chunk({"content": "b"}, "stop"), HANG],
        [SSE, say("ab"), STOP, HANG],
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
        ([chunk(finish="content_filter"), DONE], "finish_reason 'content_filter'"),
        ([chunk(finish="tool_calls"), DONE], "finish_reason 'tool_calls'"),
        ([event(choices=[{"index": 0, "delta": {}, "finish_reason": 7}]), DONE], "finish_reason '7'"),
        ([b'data: {"error":"out of memory"}\n\n'], "out of memory"),
        ([b'data: {"error":{"message":"out of memory","code":7}}\n\n', DONE], "out of memory"),
        ([b'event: error\ndata: {"object":"error","message":"engine died"}\n\n'], "engine died"),
        ([b'event: error\ndata: {"detail":"engine died"}\n\n'], "engine died"),
        ([event(object="error")], "error"),
        ([b'error: {"message":"engine died"}\n\n'], "ended without a finish_reason"),
        ([b"data: null\n\n"], "ended without a finish_reason"),
        ([b"data: {not json\n\n"], "Expecting property name"),
        ([b"data:\n\n"], "Expecting value"),
        ([b"data: [1]\n\n"], "hostile|without|list"),
        ([b'data: {"error":"\\ud800 is no character"}\n\n'], r"\? is no character"),
        ([b'data: {"choices":[{"delta":{},"finish_reason":"\\ud800"}]}\n\n'], r"finish_reason '\?'"),
        ([b'data: {"choices":[{"delta":{},"finish_reason":%b}]}\n\n' % (b"[" * 950 + b"]" * 950)], "finish|recursion"),
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
        ([SSE, b'data: {"error":"busy"}\n\n'], "busy"),
        ([status(500, b"plain text")], "500|plain text"),
        ([status(400, {"error": "context too long"})], "400.*context too long"),
        ([status(400, b'{"detail":' + b"[" * 950 + b"]" * 950 + b"}")], "400"),
        ([of_kind("application/json", "content-length: 100") + b'{"a"', RST], "ReadError|reset"),
        ([of_kind("application/json", "content-length: 100") + b'{"a"'], "incomplete|closed"),
        ([of_kind("text/html", "content-length: 100") + b"<a"], "incomplete|closed"),
        ([of_kind("application/json", "content-encoding: gzip") + b'{"a"'], "incorrect header"),
        ([of_kind("application/json") + b"[" * 200_000], r"application/json.*\[\["),
        ([status(429, {"error": "slow"}, f"retry-after: Wed, 21 Oct {'9' * 20} 07:28:00 GMT\r\n")], "slow"),
        ([status(429, {"error": "slow"}, f"retry-after: Wed, 21 Oct 2015 {'9' * 20}:28:00 GMT\r\n")], "slow"),
        ([SSE, b'data: {"error":"\\ud800 is no character"}\n\n'], r"\? is no character"),
        ([SSE, b'data: {"detail":"\\ud800 is no character"}\n\n'], r"\? is no character"),
        ([status(500, b'{"error":"\\ud800 is no character"}')], r"\? is no character"),
    ],
)
async def test_no_answer_at_all_is_the_endpoints_error(script: Script, reason: str) -> None:
    async with Hostile(script) as server:
        with pytest.raises(EndpointError, match=reason) as caught:
            await answer(server, first=2.0 if HANG in script else 60.0)
        assert str(caught.value).encode(), "no half characters"
        assert len(server.requests) == 1, "no retries of the SDK's own"


PAGE = b"<!doctype html><title>Welcome</title>"


@pytest.mark.parametrize(
    ("answer_", "reason"),
    [
        (status(401, {"error": {"message": "wrong key"}}), "HTTP 401: wrong key; give --api-key or OPENAI_API_KEY"),
        (status(403, b"forbidden"), "HTTP 403: forbidden; give --api-key or OPENAI_API_KEY"),
        (status(404, {"error": {"message": "model 'm' not found, try pulling it first"}}),
         "HTTP 404: model 'm' not found, .*; the server knows no model 'm'; it has llama3, qwen3 \\(--model\\)"),
        (status(400, {"error": {"message": "Invalid model name passed in model=m"}}), "it has llama3, qwen3"),
        (status(405, {"detail": "Method Not Allowed"}), "405.*write the base URL of an OpenAI-compatible server"),
        (status(501, PAGE, "content-type: text/html\r\n"), "501.*write the base URL"),
        (status(200, PAGE, "content-type: text/html\r\n"), "answered with text/html.*Welcome.*write the base URL"),
    ],
)  # fmt: skip
async def test_what_only_a_person_can_mend_is_permanent_and_says_how(answer_: bytes, reason: str) -> None:
    async with Hostile([answer_]) as server:
        server.models = ["llama3", "qwen3"]
        with pytest.raises(EndpointError, match=reason) as caught:
            await answer(server)
        assert caught.value.permanent


async def test_an_address_without_completions_is_no_llm() -> None:
    async with Hostile([status(404, {"detail": "Not Found"})]) as server:
        with pytest.raises(EndpointError, match="404: Not Found; write the base URL") as caught:
            await answer(server)
        assert caught.value.permanent


@pytest.mark.parametrize(
    "answer_",
    [
        status(400, {"error": "context too long"}),
        status(400, {"error": "the model is not ready"}),
        status(404, {"error": {"message": "No endpoints found matching your data policy"}}),
        status(429, {"error": "slow down"}),
        status(502, PAGE, "content-type: text/html\r\n"),
        status(503, {"error": "loading model"}),
        status(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    ],
)
async def test_what_may_pass_is_not_permanent(answer_: bytes) -> None:
    async with Hostile([answer_]) as server:
        server.models = ["m"]
        with pytest.raises(EndpointError) as caught:
            await answer(server)
        assert not caught.value.permanent


async def test_an_error_wrapped_in_a_success_is_told() -> None:
    async with Hostile([status(200, {"error": "Unexpected endpoint or method."})]) as server:
        with pytest.raises(EndpointError, match="answered with application/json, .*: Unexpected endpoint or method"):
            await answer(server)


async def test_a_model_that_thinks_aloud_is_alive() -> None:
    thinking: Script = [step for _ in range(5) for step in (chunk({"reasoning": "hm"}), 0.5)]
    async with Hostile([SSE, *thinking, say("ab"), STOP]) as server:
        assert await answer(server, first=2.0, between=2.0) == "ab"


async def test_an_answer_without_end_is_cut_at_the_whole_limit() -> None:
    endless: Script = [say("a"), 0.05] * 100
    async with Hostile([SSE, *endless]) as server:
        with pytest.raises(AnswerCut, match=r"within 2 s \(answer_timeout\)"):
            await answer(server, whole=2.0)


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("retry-after: 7", 7.0),
        ("retry-after-ms: 1500\r\nretry-after: 2", 1.5),
        ("retry-after: Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("retry-after: soon", None),
        ("retry-after: -1", None),
        ("x: y", None),
    ],
)
async def test_retry_after_is_passed_on(head: str, seconds: float | None) -> None:
    async with Hostile([status(429, {"error": "slow down"}, head + "\r\n")]) as server:
        with pytest.raises(EndpointError) as caught:
            await answer(server)
        assert caught.value.retry_after == seconds


def test_retry_after_may_be_a_date() -> None:
    wall = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert refusal.retry_after({"retry-after": "Thu, 01 Jan 2026 12:00:09 GMT"}, wall) == 9.0


async def test_nobody_listens() -> None:
    async with Llm("http://127.0.0.1:9/v1", model="m", key="k") as llm:
        with pytest.raises(EndpointError, match="Connection error"):
            await one(llm)


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


@pytest.mark.parametrize("path", ["/srv/models/qwen3.gguf", "C:\\\\models\\\\qwen3.gguf"])
async def test_of_a_model_that_is_called_by_its_file_only_the_files_name_is_told(path: str) -> None:
    named = say("ab").replace(b'"model": "hostile"', b'"model": "%b"' % path.encode())
    async with Hostile([SSE, named, STOP]) as server, Llm(server.url, model="default", key="k") as llm:
        await one(llm)
        assert llm.name == "qwen3.gguf"


async def test_a_server_with_one_model_needs_no_name() -> None:
    unknown: Script = [status(404, {"error": {"message": "The model `default` does not exist."}})]
    async with Hostile(unknown, [SSE, say("ab"), STOP]) as server, Llm(server.url, model="default", key="k") as llm:
        server.models = ["qwen3"]
        assert [await one(llm), await one(llm)] == ["ab", "ab"]
        assert [request["model"] for request in server.requests] == ["default", "qwen3", "qwen3"]
        assert llm.name == "qwen3"
    async with Hostile(unknown) as server, Llm(server.url, model="default", key="k") as llm:
        server.models = ["qwen3", "llama3"]
        with pytest.raises(EndpointError, match=r"no model 'default'; it has qwen3, llama3 \(--model\)"):
            await one(llm)


async def test_the_models_of_a_server_are_asked_for() -> None:
    async with Hostile([SSE]) as server, Llm(server.url, model="m", key="k") as llm:
        assert await llm.models() is None
        server.models = ["a", "b", "\ud800", "c" * 1000]
        assert await llm.models() == ["a", "b"]


def test_a_chunk_is_what_servers_send() -> None:
    assert json.loads(say("a").removeprefix(b"data: "))["choices"][0]["delta"] == {"content": "a"}


async def test_a_name_that_no_record_can_hold_is_mended() -> None:
    named = say("ab").replace(b'"model": "hostile"', b'"model": "\\ud800"')
    async with Hostile([SSE, named, STOP]) as server, Llm(server.url, model="default", key="k") as llm:
        await one(llm)
        assert llm.name == "?"
    assert Llm("http://127.0.0.1:9/v1", model="ollama/qwen3", key="ollama").name == "ollama/qwen3", "that is no key"


async def test_a_server_that_begins_anew_with_another_model_is_asked_for_that() -> None:
    unknown: Script = [status(404, {"error": {"message": "The model does not exist."}})]
    good: Script = [SSE, say("ab"), STOP]
    scripts = [unknown, good, unknown, good, unknown, good]
    async with Hostile(*scripts) as server, Llm(server.url, model="default", key="k") as llm:
        for models in (["old"], ["new"], ["one", "two"]):
            server.models = models
            assert await one(llm) == "ab"
        assert [r["model"] for r in server.requests] == ["default", "old", "old", "new", "new", "default"]


async def test_who_says_more_after_the_end_is_not_waited_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LINGER", 0.3)
    more: Script = [step for _ in range(500) for step in (event(choices=[]), chunk({"content": ""}), 0.1)]
    async with Hostile([SSE, say("ab"), STOP, *more]) as server, Llm(server.url, model="m", key="k", whole=20) as llm:
        async with asyncio.timeout(10):  # those 500 take 50 s
            assert await one(llm) == "ab"


KEY = "sk-SECRET-0123456789"


@pytest.mark.parametrize(
    "script",
    [
        [status(401, {"error": {"message": f"wrong key: {KEY}."}})],
        [status(503, f"key={KEY}".encode())],
        [status(400, {"error": f"max_tokens{'.' * 280} {KEY}"})],
        [status(200, {"error": f"strange key {KEY}"})],
        [SSE, b'data: {"error":"not with %b"}\n\n' % KEY.encode()],
        [SSE, say("a"), b'data: {"error":{"message":"not with %b"}}\n\n' % KEY.encode()],
        [SSE, say("a"), b'data: {"detail":"not with %b"}\n\n' % KEY.encode()],
        [SSE, say("a"), chunk(finish=KEY)],
    ],
)
async def test_a_key_that_the_server_quotes_is_told_to_nobody(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    async with Hostile(script) as server, Llm(server.url, model="m", key=KEY) as llm:
        with pytest.raises((EndpointError, AnswerCut)) as caught:
            await one(llm)
        told = str(caught.value) + caplog.text
        assert "SECRET" not in told
        assert "…" in told or "...." in told


def test_a_short_key_is_only_hidden_as_a_word() -> None:
    assert refusal.one_line("EMPTY is no key, and EMPTYING is a word", "EMPTY") == "… is no key, and EMPTYING is a word"
    assert refusal.one_line("none of these", refusal.NO_KEY) == "none of these"


async def test_cancelling_before_it_is_clear_what_is_sent_closes_the_connection_too() -> None:
    begun = of_kind("application/json", "content-length: 100") + b"{"
    async with Hostile([begun, HANG]) as server, Llm(server.url, model="m", key="k") as llm:
        task = asyncio.create_task(one(llm))
        while not server.requests:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait_for(server.left.wait(), 30)


def test_an_error_that_is_nested_without_end_is_told_in_words() -> None:
    deep: object = "down"
    for _ in range(5000):
        deep = [deep]
    assert refusal.one_line({"error": deep}) == "(nested too deeply)"
