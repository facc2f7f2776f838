"""An LLM server that misbehaves to order, over real TCP.

Each question plays the next script: a list of steps. Bytes are sent as they are; a number is slept; `RST` resets the
connection; `HANG` waits until the client has gone. After the last script the last one is played again. `GET /models`
lists `models`, where it is set.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from typing import Any

from streamer.director.llm.ladder import KNOWN

RST = "RST"
HANG = "HANG"
Script = list[bytes | float | str]

SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    body = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "hostile", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def of(text: str, index: int, finish: str | None = None) -> dict[str, Any]:
    """A choice."""
    return {"index": index, "delta": {"content": text}, "finish_reason": finish}


def event(**body: Any) -> bytes:
    """A server-sent event with just these keys."""
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def say(*texts: str) -> bytes:
    return b"".join(chunk({"content": text}) for text in texts)


STOP = chunk(finish="stop")


def status(code: int, body: Any, headers: str = "") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "" if "content-type" in headers else "content-type: application/json\r\n"
    head = f"HTTP/1.1 {code} No\r\n{kind}content-length: {len(raw)}\r\n{headers}"
    return f"{head}connection: close\r\n\r\n".encode() + raw


class Hostile:
    """`async with Hostile(script, …) as server:`; `server.url` is its base URL."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.requests: list[dict[str, Any]] = []
        self.heads: list[str] = []  # of these requests, in lower case
        self.models: list[str] | None = None
        self.left = asyncio.Event()  # the client of a HANG has gone
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Hostile:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        KNOWN.forget(self.url)  # what an earlier server at this port would not take
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            if head.startswith("get "):
                listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models or ()]}
                writer.write(status(404, {"detail": "Not Found"}) if self.models is None else status(200, listed))
                await writer.drain()
                writer.close()
                return
            self.heads.append(head)
            length = int(head.split("content-length:")[1].split("\r\n")[0])
            self.requests.append(json.loads(await reader.readexactly(length)))
            script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
            for step in script:
                if isinstance(step, bytes):
                    writer.write(step)
                    await writer.drain()
                elif step == RST:
                    raw: socket.socket = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                elif step == HANG:
                    await reader.read()
                    self.left.set()
                else:
                    await asyncio.sleep(float(step))
        writer.close()
        self._tasks.discard(task)
