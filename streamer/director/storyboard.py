"""The built-in storyboard: an OpenAI-compatible endpoint on loopback, offline and deterministic. It is not an LLM.

`POST /v1/chat/completions` (streamed or whole) and `GET /v1/models`, over a real TCP socket, so that the director has
one way to its words whatever stands behind the URL. The words come from `storyteller`; here is a small HTTP/1.1 server
(a web framework would cost 0.2 s of the first second) that paces them like a model: 400 tokens a second.

On demand it misbehaves as real servers do (`faults`), so that a film can be seen, and tested, to live on. Its limits:
it takes any model name and key, and understands `max_tokens`, `max_completion_tokens` and
`stream_options.include_usage`; every other option (sampling, formats, tools, `n`) is ignored; its tokens are four
characters each, whatever the language.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from streamer.messages import UNREADABLE

from .faults import Act, Demand, Fault, Finish, Raw, Reason, Repeat, Reply, Say, Step, demand, plan, turn
from .storyteller import tell

log = logging.getLogger(__name__)

NAME = "storyboard"
MAX_HEAD_BYTES = 16_384
MAX_BODY_BYTES = 1 << 20
MAX_CONNECTIONS = 256
MAX_DEMANDS = 256  # model names whose turns are counted
PATIENCE = 30.0  # seconds for a request to arrive, and for a client to take what it is sent
KEEP_ALIVE = 75.0  # seconds between requests
LONGEST_STALL = 900.0  # seconds; every client has left long before
ENDLESS = 10_000  # repetitions where no limit is given: 600 kB, more than any client should take
TOKEN = 4  # characters: about what English has per token


class Storyboard:
    """`async with Storyboard() as url:` serves until the block ends; `url` is the base URL, "http://127.0.0.1:…/v1".

    `rate` is tokens a second, `delta` characters in an event. `faults` take their turns, an answer each or as many as
    they say (`Fault.times`); then all is well. A model name with demands (`faults.demand`) is served by these instead.
    `tell` makes the answer of the chat messages, `{"frames":[…], …}` in compact JSON. `sent` is told of each frame
    whose last character went out before a fault: the number of the request, from 0, and the frame as JSON.

    `asked` counts requests for completions, `abandoned` those whose client left early.
    """

    def __init__(
        self,
        *,
        rate: float = 400.0,
        delta: int = TOKEN,
        faults: Sequence[Fault | None] = (),
        tell: Callable[[Sequence[Any]], str] = tell,
        sent: Callable[[int, str], None] = lambda request, frame: None,
    ) -> None:
        self.rate = rate
        self.delta = delta
        self.faults = faults
        self.sent = sent
        self.asked = 0
        self.abandoned = 0
        self._tell = tell
        self._turns: dict[str, int] = {}  # model name with demands: answers so far; the last one asked last
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
                if not await self._complete(body, reader, writer):
                    return False
            case "GET", "/v1/models":
                models = [{"id": NAME, "object": "model", "created": 0, "owned_by": "streamer"}]
                await _reply(writer, 200, {"object": "list", "data": models})
            case _:
                here = "POST /v1/chat/completions and GET /v1/models"
                await _reply(writer, 404, _error(f"{method} {path} is not here: {here} are"))
        return fields.get("connection", "").lower() != "close"

    async def _complete(self, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request for a completion; whether another may follow."""
        try:
            asked = _read(body)
        except (*UNREADABLE, KeyError, TypeError, ValueError) as error:
            await _reply(writer, 400, _error(f"not a chat completion request: {error}"))
            return True
        try:
            wanted = demand(asked.model)
        except ValueError as error:
            await _reply(writer, 400, _error(f"model {asked.model[:200]!r}: {error}"))
            return True
        fault = self._fault(asked.model, wanted)
        steps = plan(self._tell(asked.messages), fault, delta=wanted.delta or self.delta, most=asked.most)
        answer = _Answer(asked, self.asked, wanted.rate or self.rate, self.sent, reader, writer)
        self.asked += 1
        try:
            return await (answer.stream(steps) if asked.stream else answer.whole(steps))
        except (OSError, TimeoutError):
            self.abandoned += 1
            raise

    def _fault(self, model: str, wanted: Demand) -> Fault | None:
        if not wanted.faults:
            return turn(self.faults, self.asked)
        n = self._turns.pop(model, 0)
        self._turns[model] = n + 1
        if len(self._turns) > MAX_DEMANDS:
            del self._turns[next(iter(self._turns))]
        return turn(wanted.faults, n)


class _Asked(NamedTuple):
    """A request for a completion, of which this is understood."""

    model: str
    messages: list[Any]
    stream: bool
    usage: bool  # whether a stream is to end with it
    most: int | None  # characters of the answer


def _read(body: bytes) -> _Asked:
    request = msgspec.json.decode(body)
    messages = request["messages"]
    if not isinstance(messages, list) or not messages:
        raise ValueError("messages: expected a list with at least one message")
    tokens = request.get("max_completion_tokens") or request.get("max_tokens")
    if tokens is not None and not (isinstance(tokens, int) and tokens > 0):
        raise ValueError(f"max_tokens: expected a number above 0, got {str(tokens)[:40]}")
    options = request.get("stream_options")
    return _Asked(
        model=str(request.get("model", "")),
        messages=messages,
        stream=request.get("stream") is True,
        usage=isinstance(options, dict) and options.get("include_usage") is True,
        most=tokens and tokens * TOKEN,
    )


class _Answer:
    """Carries out the steps of one answer. Both ways return whether the connection can take another request, and raise
    `OSError` when the client has left."""

    def __init__(
        self,
        asked: _Asked,
        number: int,
        rate: float,
        sent: Callable[[int, str], None],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._asked, self._number, self._rate, self._sent = asked, number, rate, sent
        self._reader, self._writer = reader, writer
        self._shape = {"id": f"storyboard-{number + 1}", "created": 0, "model": NAME}
        self._said = 0  # characters of the first choice
        self._begun = 0.0

    async def stream(self, steps: Iterable[Step]) -> bool:
        """Server-sent events in chunked transfer coding, the text at `rate`; a late event is not waited for."""
        for step in steps:
            match step:
                case Act.OPEN:
                    head = "content-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked"
                    _write(self._writer, f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
                    await self._event({"role": "assistant", "content": ""})
                    self._begun = asyncio.get_running_loop().time()
                case Say() | Repeat():
                    for say in _says(step, self._asked.most, self._said):
                        await self._say(say)
                case Reason(field, text):
                    await self._event({field: text})
                case Raw(event):
                    await self._send(event)
                case Finish(reason):
                    await self._event({}, finish=reason)
                case Act.DONE:
                    if self._asked.usage:
                        await self._send(_sse(self._chunk() | {"choices": [], "usage": self._usage()}))
                    await self._send(b"data: [DONE]\n\n")
                case Act.END:
                    _write(self._writer, b"0\r\n\r\n")
                    await self._drain()
                case _:
                    return await self._break_off(step)
        return True

    async def whole(self, steps: Iterable[Step]) -> bool:
        """One JSON body. Of the faults only those of the text and of the connection can be told."""
        text, finish = "", None
        for step in steps:
            match step:
                case Say() | Repeat():
                    for say in _says(step, self._asked.most, len(text)):
                        text += say.text if say.choice == 0 else ""
                        self._report(say)
                case Finish(reason):
                    finish = reason
                case Act.OPEN | Act.DONE | Act.END | Reason() | Raw():
                    pass
                case _:
                    return await self._break_off(step)
        self._said = len(text)
        message = {"role": "assistant", "content": text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        body = self._shape | {"object": "chat.completion", "choices": [choice], "usage": self._usage()}
        await _reply(self._writer, 200, body)
        return True

    async def _say(self, say: Say) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._begun + self._said / TOKEN / self._rate - loop.time()))
        await self._event({"content": say.text}, choice=say.choice, torn=say.torn)
        if say.choice == 0:
            self._said += len(say.text)
        self._report(say)

    def _report(self, say: Say) -> None:
        for frame in say.frames:
            self._sent(self._number, frame)

    async def _event(
        self, delta: dict[str, str], *, finish: str | None = None, choice: int = 0, torn: bool = False
    ) -> None:
        event = _sse(self._chunk() | {"choices": [{"index": choice, "delta": delta, "finish_reason": finish}]})
        within = next((n for n, byte in enumerate(event) if byte >= 0x80), 0) + 1 if torn else 0
        if within:
            await self._send(event[:within])
            await asyncio.sleep(0.01)  # so that the halves are read apart
        await self._send(event[within:])

    def _chunk(self) -> dict[str, Any]:
        return self._shape | {"object": "chat.completion.chunk"}

    def _usage(self) -> dict[str, int]:
        read = -(-len(str(self._asked.messages)) // TOKEN)
        written = -(-self._said // TOKEN)
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

    async def _send(self, event: bytes) -> None:
        if self._reader.at_eof():
            raise ConnectionResetError("the client has left")
        _write(self._writer, b"%x\r\n%b\r\n" % (len(event), event))
        await self._drain()

    async def _drain(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._writer.drain()

    async def _break_off(self, step: Step) -> bool:
        match step:
            case Reply(status, body, retry_after):
                await _reply(self._writer, status, body, retry_after)
                return True
            case Act.STALL:
                await self._writer.drain()
                async with asyncio.timeout(LONGEST_STALL):
                    await self._reader.read(1)
                raise ConnectionResetError("the client has left")
            case Act.TEAR:
                _write(self._writer, b"ffff\r\ndata: {")
            case Act.RESET:
                self._writer.transport.set_write_buffer_limits(0)  # a reset would void what is still in it
                await self._drain()
                raw: socket.socket = self._writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


def _says(step: Say | Repeat, most: int | None, said: int) -> Iterator[Say]:
    """A step's texts. What is repeated goes on up to `most` characters of an answer of which so many are said."""
    if isinstance(step, Say):
        yield step
    else:
        for _ in range(ENDLESS if most is None else max(most - said, 0) // len(step.text)):
            yield Say(step.text)


def _sse(value: dict[str, Any]) -> bytes:
    try:
        return b"data: %b\n\n" % msgspec.json.encode(value)
    except UnicodeEncodeError:  # half a character: only an escape can say it
        return b"data: %b\n\n" % json.dumps(value).encode()


def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    """A transport of uvloop raises RuntimeError once its peer is gone, asyncio's own one says nothing."""
    if writer.is_closing():
        raise ConnectionResetError("the client has left")
    writer.write(data)


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": None}}


_WORDS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


async def _reply(
    writer: asyncio.StreamWriter, status: int, value: dict[str, Any] | str, retry_after: float | None = None
) -> None:
    """JSON, or a page of HTML."""
    body = value.encode() if isinstance(value, str) else msgspec.json.encode(value)
    kind = "text/html" if isinstance(value, str) else "application/json"
    head = f"HTTP/1.1 {status} {_WORDS[status]}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    head += "" if retry_after is None else f"retry-after: {retry_after:g}\r\n"
    _write(writer, f"{head}\r\n".encode() + body)
    async with asyncio.timeout(PATIENCE):
        await writer.drain()
