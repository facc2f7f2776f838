"""How long an HTTP connection may keep us waiting: uvicorn itself bounds only the pause between two requests.

Without it a thousand connections that never finish their first line (slowloris), or never read their answer, would use
up `limit_concurrency`, and a head without end would use up the memory: httptools has no bound on it.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from . import tcp

HEAD_TIMEOUT = 10.0
"""Seconds for a request's head to arrive, from the connection or from its first byte on a kept one; and for some
byte of an answer to be taken, by the peer's machine."""

MAX_HEAD_BYTES = 64 << 10
"""Of a request before its head is complete."""


def patient(http: str) -> type[asyncio.Protocol]:
    """uvicorn's protocol class for "httptools" or "h11", with these bounds."""
    base: Any
    if http == "httptools":
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as base
    else:
        from uvicorn.protocols.http.h11_impl import H11Protocol as base
    return cast("type[asyncio.Protocol]", type("PatientProtocol", (_Patience, base), {}))


class _Patience(asyncio.Protocol):
    """In front of a uvicorn protocol class, of which it knows `cycle`: the request that has a head, and its answer."""

    transport: asyncio.Transport
    cycle: Any
    _timer: asyncio.TimerHandle | None = None
    _head_since: float | None = None
    _head_bytes = 0
    _unread_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._head_since = asyncio.get_running_loop().time()
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # it is a WebSocket now
            self._end()
        elif self.cycle is None or self.cycle.response_complete:
            if self._head_since is None:
                self._head_since, self._head_bytes = asyncio.get_running_loop().time(), 0
            # What is left of a body that was refused is no head; it may go on for HEAD_TIMEOUT.
            if self.cycle is None or not self.cycle.more_body:
                self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.transport.abort()
        else:
            self._head_since, self._head_bytes = None, 0

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(HEAD_TIMEOUT / 2, self._look)
        late = self._head_since is not None and loop.time() - self._head_since >= HEAD_TIMEOUT
        # The kernel takes nothing from us before a good part of its own buffer is free, while a slow reader reads on.
        sock = self.transport.get_extra_info("socket")
        unread = self.transport.get_write_buffer_size() + (tcp.unacked(sock) if sock is not None else 0)
        if late or (unread and unread == self._unread_bytes):
            self.transport.abort()
        self._unread_bytes = unread

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
