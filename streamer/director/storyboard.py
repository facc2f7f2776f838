"""The built-in storyboard: an OpenAI-compatible endpoint on loopback, offline and deterministic. It is not an LLM.

`POST /v1/chat/completions` (streamed or whole) and `GET /v1/models`, over a real TCP socket, so that the director has
one way to its words whatever stands behind the URL. The words come from `storyteller`; here is a small HTTP/1.1 server
(a web framework would cost 0.2 s of the first second) that paces them like a model: 400 tokens a second.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import msgspec

from streamer.messages import UNREADABLE

from .storyteller import tell

log = logging.getLogger(__name__)

NAME = "storyboard"
MAX_HEAD_BYTES = 16_384
MAX_BODY_BYTES = 1 << 20
MAX_CONNECTIONS = 256
PATIENCE = 30.0  # seconds for a request to arrive, and for a client to take what it is sent
KEEP_ALIVE = 75.0  # seconds between requests
TOKEN = 4  # characters: about what English has per token


class Storyboard:
    """`async with Storyboard() as url:` serves until the block ends; `url` is the base URL, "http://127.0.0.1:…/v1".

    `rate` is tokens a second. `asked` counts requests for completions, `abandoned` those whose client left early.
    """

    def __init__(self, *, rate: float = 400.0) -> None:
        self.rate = rate
        self.asked = 0
        self.abandoned = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)  # asyncio.start_server keeps no reference that close() would cancel
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError) as error:
            log.debug("storyboard: connection ended: %r", error)
        except asyncio.CancelledError:  # only by __aexit__; asyncio logs a handler that ends cancelled as an error
            pass
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether another may follow."""
        async with asyncio.timeout(KEEP_ALIVE):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        method, _, rest = request.partition(" ")
        path = rest.partition(" ")[0].partition("?")[0]
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = fields.get("content-length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES or "transfer-encoding" in fields:
            await _reply(writer, 413, _error(f"at most {MAX_BODY_BYTES} bytes with a content-length are taken"))
            return False
        async with asyncio.timeout(PATIENCE):
            body = await reader.readexactly(int(length))
        match method, path:
            case "POST", "/v1/chat/completions":
                await self._complete(body, reader, writer)
            case "GET", "/v1/models":
                models = [{"id": NAME, "object": "model", "created": 0, "owned_by": "streamer"}]
                await _reply(writer, 200, {"object": "list", "data": models})
            case _:
                here = "POST /v1/chat/completions and GET /v1/models"
                await _reply(writer, 404, _error(f"{method} {path} is not here: {here} are"))
        return fields.get("connection", "").lower() != "close"

    async def _complete(self, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = msgspec.json.decode(body)
            messages = request["messages"]
            if not isinstance(messages, list) or not messages:
                raise ValueError("messages: expected a list with at least one message")
        except (*UNREADABLE, KeyError, TypeError, ValueError) as error:
            await _reply(writer, 400, _error(f"not a chat completion request: {error}"))
            return
        self.asked += 1
        answer = tell(messages)
        shape = {"id": f"storyboard-{self.asked}", "created": 0, "model": NAME}
        if request.get("stream") is not True:
            choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
            await _reply(writer, 200, shape | {"object": "chat.completion", "choices": [choice]})
            return
        try:
            await self._stream(answer, shape, reader, writer)
        except (OSError, TimeoutError):
            self.abandoned += 1
            raise

    async def _stream(
        self, answer: str, shape: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Server-sent events in chunked transfer coding, a token each, at `rate`; a late one is not waited for."""
        _write(
            writer,
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
            b"transfer-encoding: chunked\r\n\r\n",
        )

        async def event(delta: dict[str, str], finish: str | None = None) -> None:
            if reader.at_eof():
                raise ConnectionResetError("the client has left")
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            data = msgspec.json.encode(shape | {"object": "chat.completion.chunk", "choices": [choice]})
            _write(writer, _chunk(b"data: " + data + b"\n\n"))
            async with asyncio.timeout(PATIENCE):
                await writer.drain()

        await event({"role": "assistant", "content": ""})
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for n, start in enumerate(range(0, len(answer), TOKEN)):
            await asyncio.sleep(max(0.0, begun + n / self.rate - loop.time()))
            await event({"content": answer[start : start + TOKEN]})
        await event({}, "stop")
        _write(writer, _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        await writer.drain()


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    """A transport of uvloop raises RuntimeError once its peer is gone, asyncio's own one says nothing."""
    if writer.is_closing():
        raise ConnectionResetError("the client has left")
    writer.write(data)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": None}}


async def _reply(writer: asyncio.StreamWriter, status: int, value: dict[str, Any]) -> None:
    body = msgspec.json.encode(value)
    words = {200: "OK", 400: "Bad Request", 404: "Not Found", 413: "Content Too Large"}[status]
    head = f"HTTP/1.1 {status} {words}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    _write(writer, head.encode() + body)
    async with asyncio.timeout(PATIENCE):
        await writer.drain()
