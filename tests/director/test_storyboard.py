"""The built-in endpoint speaks OpenAI's wire format over real TCP, at the pace of a model."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import Any

import httpx2
import pytest

from streamer.director.llm import Llm
from streamer.director.script import SCHEMA
from streamer.director.storyboard import TOKEN, Storyboard

ASK = [{"role": "user", "content": "a red fox"}]


async def test_it_streams_tokens_that_make_one_answer() -> None:
    async with Storyboard(rate=1e6) as url, Llm(url, model="default", key="k") as llm:
        tokens = [text async for text in llm.answer(ASK, SCHEMA)]
        assert max(map(len, tokens)) == TOKEN
        assert len(json.loads("".join(tokens))["frames"]) == 8
        assert llm.name == "storyboard"


async def test_the_whole_answer_is_the_same_and_the_model_is_listed() -> None:
    async with Storyboard(rate=1e6) as url, httpx2.AsyncClient(trust_env=False) as client:
        body = {"model": "x", "messages": ASK}
        whole = (await client.post(f"{url}/chat/completions", json=body)).json()
        assert whole["choices"][0]["finish_reason"] == "stop"
        async with Llm(url, model="x", key="k") as llm:
            streamed = "".join([text async for text in llm.answer(ASK, SCHEMA)])
        assert whole["choices"][0]["message"]["content"] == streamed
        assert [m["id"] for m in (await client.get(f"{url}/models")).json()["data"]] == ["storyboard"]


async def test_an_event_holds_as_many_characters_as_are_asked_for_and_the_pace_stays() -> None:
    for delta in (TOKEN, 32):
        async with Storyboard(rate=4000, delta=delta) as url, Llm(url, model="x", key="k") as llm:
            begun = asyncio.get_running_loop().time()
            texts = [text async for text in llm.answer(ASK, SCHEMA)]
            took = asyncio.get_running_loop().time() - begun
        assert {len(text) for text in texts[:-1]} == {delta}
        assert took >= len("".join(texts[:-1])) / TOKEN / 4000, "a token is four characters, however they are sent"


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_an_answer_ends_after_the_tokens_asked_for(name: str) -> None:
    async with Storyboard(rate=1e6) as url, httpx2.AsyncClient(trust_env=False) as client:
        body: dict[str, Any] = {"model": "x", "messages": ASK, name: 10}
        (choice,) = (await client.post(f"{url}/chat/completions", json=body)).json()["choices"]
        assert (len(choice["message"]["content"]), choice["finish_reason"]) == (10 * TOKEN, "length")
        streamed = await events(client, url, body)
        said = [event["choices"][0] for event in streamed]
        assert "".join(choice["delta"].get("content", "") for choice in said) == choice["message"]["content"]
        assert said[-1]["finish_reason"] == "length"
        refused = await client.post(f"{url}/chat/completions", json=body | {name: "many"})
        assert (refused.status_code, "max_tokens" in refused.text) == (400, True)


async def test_usage_is_counted_and_streamed_only_when_asked_for() -> None:
    async with Storyboard(rate=1e6) as url, httpx2.AsyncClient(trust_env=False) as client:
        body: dict[str, Any] = {"model": "x", "messages": ASK, "max_tokens": 10}
        whole = (await client.post(f"{url}/chat/completions", json=body)).json()["usage"]
        assert whole["completion_tokens"] == 10
        assert whole["total_tokens"] == whole["prompt_tokens"] + 10
        assert not any("usage" in event for event in await events(client, url, body))
        *_, last = await events(client, url, body | {"stream_options": {"include_usage": True}})
        assert (last["choices"], last["usage"]) == ([], whole)


async def events(client: httpx2.AsyncClient, url: str, body: dict[str, Any]) -> list[Any]:
    lines = (await client.post(f"{url}/chat/completions", json=body | {"stream": True})).text.splitlines()
    data = [line.removeprefix("data: ") for line in lines if line]
    assert data[-1] == "[DONE]"
    return [json.loads(event) for event in data[:-1]]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("POST", "/chat/completions", b"{", 400, "not a chat completion request"),
        ("POST", "/chat/completions", b"[]", 400, "not a chat completion request"),
        ("POST", "/chat/completions", b'{"messages":[]}', 400, "at least one message"),
        ("POST", "/chat/completions", b"x" * (1 << 20 | 1), 413, "at most 1048576 bytes"),
        ("GET", "/embeddings", b"", 404, "GET /v1/embeddings is not here"),
    ],
)
async def test_bad_requests_get_a_reason(method: str, path: str, body: bytes, status: int, reason: str) -> None:
    async with Storyboard() as url, httpx2.AsyncClient(trust_env=False) as client:
        reply = await client.request(method, url + path, content=body)
        assert reply.status_code == status
        assert reason in reply.json()["error"]["message"]


async def test_it_stops_when_its_client_leaves() -> None:
    board = Storyboard(rate=50)  # an answer takes many seconds
    async with board as url, Llm(url, model="x", key="k") as llm:
        async with aclosing(llm.answer(ASK, SCHEMA)) as texts:
            async for _ in texts:
                break
        async with asyncio.timeout(30):
            while not board.abandoned:
                await asyncio.sleep(0.01)
    assert board.asked == 1


def test_a_client_that_breaks_off_is_no_error() -> None:
    uvloop = pytest.importorskip("uvloop")  # whose transports raise RuntimeError where asyncio's own say nothing
    complaints: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        board = Storyboard(rate=50)  # an answer takes many seconds
        async with board as url:
            for _ in range(20):
                async with Llm(url, model="x", key="k") as llm, aclosing(llm.answer(ASK, SCHEMA)) as texts:
                    await anext(texts)
            async with asyncio.timeout(30):
                while board.abandoned < 20:
                    await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    assert complaints == []


async def test_a_connection_serves_many_requests() -> None:
    async with Storyboard(rate=1e6) as url:
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        for _ in range(3):
            writer.write(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK")
            length = int(head.decode().lower().split("content-length: ")[1].split("\r\n")[0])
            assert json.loads(await reader.readexactly(length))
        writer.close()


async def test_its_end_ends_what_it_is_sending() -> None:
    async with Storyboard(rate=1) as url:
        host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = json.dumps({"messages": ASK, "stream": True}).encode()
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await reader.readuntil(b"data: ")
    assert b"[DONE]" not in await reader.read()
    writer.close()
