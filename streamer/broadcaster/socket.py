"""The viewer socket: uvicorn hands the upgraded connection to `ViewerProtocol`, built on websockets' sans-I/O core.

uvicorn's own WebSocket path (an ASGI task, a queue and a fresh frame for every message and viewer) costs twice the
CPU and four times the memory; here the hub writes the same pre-serialised bytes to every transport. That is safe
past `ServerProtocol` only while the connection is open (hub membership says so), no extension is negotiated, and no
message of ours is fragmented. What uvicorn asks of such a class is small but undocumented: the constructor's
keywords, `connection_made`, `data_received(the request, serialised again)`, then `set_protocol`; `shutdown()`; and
membership of `server_state.connections`. Hence `uvicorn~=0.54` and the matrix in tests/broadcaster/test_socket.py.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from msgspec import UNSET
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from streamer import metrics

from .auth import Door
from .handshake import select_subprotocol, welcome
from .hub import Hub
from .messages import (
    MAX_CLIENT_BYTES,
    Ack,
    Ask,
    BadField,
    Hide,
    Malformed,
    Refusal,
    Resync,
    Said,
    Show,
    decode_said,
)
from .room import Room
from .viewer import Viewer
from .wire import text

if sys.platform == "linux":
    import fcntl

_protocol_logger = logging.getLogger(f"{__name__}.protocol")
_protocol_logger.setLevel(logging.WARNING)  # it has a line for every viewer that comes and goes

OPEN_TIMEOUT = 10.0
"""Seconds for the handshake."""

CLOSE_TIMEOUT = 2.0
"""Seconds for the peer's goodbye, and for what still waits to be written, before the connection is cut."""

PING_INTERVAL = 20.0
"""Seconds between pings; a viewer that has answered none of two is gone. They also keep proxies from hanging up."""

NOTSENT_LOWAT_BYTES = 16 << 10
"""Most unsent bytes in the kernel: about three chunks at 1 Mbit/s. Without it the kernel takes megabytes, half a
minute of film, before slowness shows."""

MAX_BACKLOG_BYTES = 8 << 20
"""Bytes that may wait for one connection in this process, whatever they are (pongs for a peer that never reads)."""

MESSAGES_PER_SECOND = 50
"""What a client may send; a chattier one is closed with 1008."""

_TCP_NOTSENT_LOWAT: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", 25 if sys.platform == "linux" else None)
_SIOCOUTQNSD = 0x894B  # linux/sockios.h: bytes that the kernel has not sent yet


@dataclass(frozen=True)
class Doorway:
    """What every connection needs of the service."""

    hub: Hub
    door: Door
    ask: Callable[[str, Ask, str, Callable[[bytes], None]], bool]  # queue a wish of a peer; False: there is no place


def tune(sock: socket.socket) -> None:
    """What makes slowness visible and latency low; on a listener, for all that it accepts."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if _TCP_NOTSENT_LOWAT is not None:
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)


class ViewerProtocol(asyncio.Protocol):
    """One connection; also the `Line` of its viewer."""

    write: Callable[[bytes], None]  # the transport's own, once open: the hot path has no frame of ours in between

    def __init__(self, doorway: Doorway, *, config: Any, server_state: Any, app_state: Any) -> None:
        self._doorway = doorway
        self._connections: set[Any] = server_state.connections
        self._loop = asyncio.get_running_loop()
        self._conn = ServerProtocol(
            extensions=None,
            max_size=MAX_CLIENT_BYTES,
            select_subprotocol=select_subprotocol,
            logger=_protocol_logger,
        )
        self._room: Room | None = None
        self._viewer: Viewer | None = None
        self._fragments: list[bytes] = []
        self._deadline: asyncio.TimerHandle | None = None
        self._ping: asyncio.TimerHandle | None = None
        self._unanswered = 0
        self._second, self._messages = 0, 0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)
        self._deadline = self._loop.call_later(OPEN_TIMEOUT, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        self._conn.receive_data(data)
        for event in self._conn.events_received():
            if isinstance(event, Request):
                self._open(event)
            else:
                self._heard(cast(Frame, event))
        self._flush()
        if self._conn.close_expected():
            self._leave()
            self._arm_abort()

    def eof_received(self) -> None:
        self._conn.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._connections.discard(self)
        for timer in (self._deadline, self._ping):
            if timer is not None:
                timer.cancel()
        self._conn.receive_eof()

    def pause_writing(self) -> None:
        if self._room and self._viewer:
            self._room.congested(self._viewer, time.monotonic())

    def resume_writing(self) -> None:
        if self._room and self._viewer:
            self._room.drained(self._viewer)

    def shutdown(self) -> None:
        """uvicorn stops."""
        if self._conn.state is OPEN:
            self.close(1001, "the server stops: connect again")
        else:
            self._transport.abort()

    # Line

    def backlog(self) -> int:
        return self._transport.get_write_buffer_size()

    def idle(self) -> bool:
        if sys.platform != "linux":
            return True
        sock = self._transport.get_extra_info("socket")
        try:
            return fcntl.ioctl(sock.fileno(), _SIOCOUTQNSD, bytes(4)) == bytes(4)
        except OSError:
            return True  # not TCP, or closing

    def close(self, code: int, reason: str) -> None:
        # Leave the hub first: nothing may be written behind a close frame.
        self._leave()
        if self._conn.state is OPEN:
            metrics.closes.labels(str(code)).inc()
            self._conn.send_close(code, reason)
            self._flush()
        self._arm_abort()

    # The handshake

    def _open(self, request: Request) -> None:
        response, stream = welcome(self._conn, request, self._doorway.hub, self._doorway.door)
        self._conn.send_response(response)
        self._flush()
        if response.status_code == 101:
            # uvicorn calls set_protocol after this; a write limit set before it would wake the HTTP protocol.
            self._loop.call_soon(self._opened, stream)
        else:
            self._arm_abort()

    def _opened(self, stream: str) -> None:
        if self._transport.is_closing() or self._conn.state is not OPEN:
            return
        assert not self._conn.extensions, "shared frames need connections without extensions"
        if self._deadline is not None:
            self._deadline.cancel()
        sock = self._transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            tune(sock)
        self._transport.set_write_buffer_limits(high=0)
        self.write = self._transport.write
        self._ping = self._loop.call_later(PING_INTERVAL, self._keep_alive)
        hub = self._doorway.hub
        self._room, self._viewer = hub.room(stream), hub.viewer(self)
        hub.enter(self._room, self._viewer)

    # What the client sends

    def _heard(self, frame: Frame) -> None:
        if frame.opcode is Opcode.PONG:
            self._unanswered = 0
        if self._conn.state is not OPEN or frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT, Opcode.PING):
            return
        if self._too_chatty():
            self.close(1008, f"more than {MESSAGES_PER_SECOND} messages in a second")
        elif frame.opcode is Opcode.BINARY:
            self.close(1003, "clients send text only")
        elif frame.opcode is not Opcode.PING:
            # websockets bounds the sum of the fragments by max_size.
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                data, self._fragments = b"".join(self._fragments), []
                self._said(data)

    def _said(self, data: bytes) -> None:
        room, viewer = self._room, self._viewer
        if room is None or viewer is None:
            return
        try:
            said = decode_said(data)
        except Malformed as error:
            self.close(1007, str(error)[:120])
            return
        except BadField as error:
            field, ref = error.field or UNSET, error.ref or UNSET
            self._tell(Refusal(code="bad_message", message=str(error), field=field, ref=ref))
            return
        if said is not None:
            self._act(said, room, viewer)

    def _act(self, said: Said, room: Room, viewer: Viewer) -> None:
        hub = self._doorway.hub
        match said:
            case Ack():
                viewer.shown_pts, viewer.drops, viewer.path = said.pts, said.drops, said.path
            case Hide():
                room.hide(viewer)
            case Show() | Resync():
                # A `show` without a `hide` before it is a resync.
                hub.rejoin(room, viewer)
            case Ask():
                peer = self._transport.get_extra_info("peername")
                if not self._doorway.ask(room.channel.stream, said, peer[0] if peer else "", self._answer):
                    message = "too many wishes are on their way; ask again"
                    self._tell(Refusal(code="busy", message=message, ref=said.ref or UNSET))

    def _tell(self, message: Refusal) -> None:
        self._answer(text(message))

    def _answer(self, data: bytes) -> None:
        """Write a text frame, unless the viewer has left or is behind."""
        if self._viewer is not None and not self._viewer.behind:
            self.write(data)

    def _too_chatty(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_SECOND

    # Inside

    def _keep_alive(self) -> None:
        self._ping = self._loop.call_later(PING_INTERVAL, self._keep_alive)
        if self._conn.state is not OPEN or (self._viewer is not None and self._viewer.behind):
            return  # a ping would wait behind what is unsent; slow_limit sees to that
        if self._unanswered >= 2:
            self._leave()
            self._transport.abort()
            return
        self._unanswered += 1
        self._conn.send_ping(b"")
        self._flush()

    def _flush(self) -> None:
        for data in self._conn.data_to_send():
            if self._transport.is_closing():
                continue
            if data:
                self._transport.write(data)
            elif self._transport.can_write_eof():
                self._transport.write_eof()
            else:
                self._transport.close()
        if self._transport.get_write_buffer_size() > MAX_BACKLOG_BYTES:
            self._transport.abort()

    def _arm_abort(self) -> None:
        """transport.close() waits for what is unsent, for ever with a peer that reads nothing: always set an end."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)

    def _leave(self) -> None:
        if self._room is not None and self._viewer is not None:
            self._doorway.hub.leave(self._room, self._viewer)
        self._room = self._viewer = None
