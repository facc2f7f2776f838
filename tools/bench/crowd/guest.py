"""A viewer that costs little: a WebSocket client of a hundred lines (RFC 6455), so that one process can be a crowd."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from typing import cast

import msgspec

from .witness import Witness

ASK = (
    b"GET /streams/main/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: streamer.v1\r\n\r\n"
)
GOODBYE = b"\x88\x82\0\0\0\0\x03\xe8"  # close, masked with zeros, 1000
PONG = b"\x8a\x80\0\0\0\0"
RUDELY = struct.pack("ii", 1, 0)  # SO_LINGER: what waits is thrown away, the peer gets a reset

MANNERS = 5.0
"""Seconds for the server to answer a goodbye."""


class _Message(msgspec.Struct):
    type: str
    epoch: int = -1


_read = msgspec.json.Decoder(_Message).decode


class Guest(asyncio.Protocol):
    """One connection. Without a `witness` it reads all and looks at nothing; `deaf`, it does so from its first keyframe
    on. `arrived` is called with (number, monotonic seconds) of every chunk."""

    def __init__(
        self,
        witness: Witness | None = None,
        arrived: Callable[[int, float], None] | None = None,
        *,
        deaf: bool = False,
    ) -> None:
        self._witness = witness
        self.began_at = 0.0  # when its socket was opened
        self.joined_at = 0.0  # when its first keyframe was there; 0: not yet
        self.status = 0  # of the answer to its request
        self.code = 0  # of the server's close frame
        self.leaving = False
        self.arrived = arrived
        self.joined = asyncio.Event()  # or gone
        self.gone = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._deaf = deaf
        self._rest = b""

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(ASK)

    def data_received(self, data: bytes) -> None:
        if self._witness is None or (self._deaf and self.joined_at):
            return
        if self._rest:
            data = self._rest + data
        now, at = time.monotonic(), 0
        if not self.status:
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                self._rest = data
                return
            self.status = int(data[9:12])
        end = len(data)
        while end - at >= 2:
            opcode, size, body = data[at], data[at + 1], at + 2
            if size == 126:
                size, body = int.from_bytes(data[at + 2 : at + 4]) if end - at >= 4 else end, at + 4
            elif size == 127:
                size, body = int.from_bytes(data[at + 2 : at + 10]) if end - at >= 10 else end, at + 10
            if body + size > end:
                break
            at = body + size
            self._heard(self._witness, opcode, data[body:at], now)
        self._rest = data[at:]

    def connection_lost(self, error: Exception | None) -> None:
        self.gone.set()
        self.joined.set()

    def _heard(self, witness: Witness, opcode: int, data: bytes, now: float) -> None:
        if opcode == 0x82:
            n = witness.media(data)
            if n < 0:
                return
            if not self.joined_at:
                self.joined_at = now
                self.joined.set()
            if self.arrived is not None:
                self.arrived(n, now)
        elif opcode == 0x81:
            message = _read(data)
            witness.told(message.type, message.epoch)
        elif opcode == 0x89 and self._transport is not None:
            self._transport.write(PONG)
        elif opcode == 0x88 and self._transport is not None:
            self.code = int.from_bytes(data[:2])
            self._transport.close()

    # What it does

    async def come(self, port: int, *, receive_bytes: int = 0) -> None:
        """Connect; the pictures begin by themselves. `receive_bytes`: how much its kernel may hold. Raises OSError."""
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        sock.setblocking(False)
        if receive_bytes:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.began_at = time.monotonic()
        try:
            await loop.sock_connect(sock, ("127.0.0.1", port))
            await loop.create_connection(lambda: self, sock=sock)
        except OSError:
            sock.close()
            raise

    def stall(self) -> None:
        """Read no more."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def bolt(self) -> None:
        """Leave rudely: a reset in mid-stream. What is gone already does not leave again."""
        if self._transport is None or self._transport.is_closing():
            return
        self.leaving = True
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RUDELY)
        self._transport.abort()

    def bow(self) -> None:
        """Leave politely: a close frame, which the server answers before it hangs up."""
        if self._transport is None or self._transport.is_closing():
            return
        self.leaving = True
        self._transport.write(GOODBYE)
        asyncio.get_running_loop().call_later(MANNERS, self._transport.abort)
