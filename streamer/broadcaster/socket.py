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
import functools
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from msgspec import UNSET
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from streamer import metrics

from . import tcp
from .admission import Admission
from .auth import Door
from .handshake import Arrival, Ends, select_subprotocol, welcome
from .hub import Hub
from .line import Facts
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
    Token,
    decode_said,
)
from .refused import Refused
from .room import Room
from .viewer import Viewer
from .wire import text

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


@dataclass(frozen=True)
class Doorway:
    """What every connection needs of the service."""

    hub: Hub
    door: Door
    ask: Callable[[str, Ask, str, Asker], bool]  # queue a wish of who is at an address; False: there is no place


class Asker(Protocol):
    """Who wants to know what becomes of a wish."""

    @property
    def there(self) -> bool:
        """Is it still here?"""

    def answer(self, data: bytes) -> None:
        """Write a text frame, unless it has left or is behind."""


def tune(sock: socket.socket) -> None:
    """What makes slowness visible and latency low; on a listener, for all that it accepts."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tcp.NOTSENT_LOWAT is not None:
        sock.setsockopt(socket.IPPROTO_TCP, tcp.NOTSENT_LOWAT, NOTSENT_LOWAT_BYTES)


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
        self._admission: Admission | None = None
        self._address = ""  # of the one who watches, behind proxies that are trusted
        self._fragments: list[bytes] = []
        self._deadline: asyncio.TimerHandle | None = None
        self._cutting = False  # the deadline is that of the end
        self._beat_at = 0.0
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
        # Leave first: this transport takes no more bytes, and what its write raises would end the loop over the others.
        self._leave()
        self._conn.receive_eof()
        self._flush()
        self._arm_abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()
        self._admission = None
        self._connections.discard(self)
        if self._deadline is not None:
            self._deadline.cancel()
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

    def unacked(self) -> int:
        sock = self._transport.get_extra_info("socket")
        return self.backlog() + (tcp.unacked(sock) if sock is not None else 0)

    def facts(self) -> Facts:
        # With TLS there is none from when the connection is lost to connection_lost, one turn of the loop later.
        sock = self._transport.get_extra_info("socket")
        return (tcp.facts(sock) if sock is not None else None) or Facts(taken=-self.backlog())

    def beat(self, now: float) -> None:
        if now < self._beat_at:
            return
        self._beat_at = now + PING_INTERVAL
        if self._conn.state is not OPEN or (self._viewer is not None and self._viewer.behind):
            return  # a ping would wait behind what is unsent; slow_limit sees to that
        if self._unanswered >= 2:
            self._leave()
            self._transport.abort()
            return
        self._unanswered += 1
        self._conn.send_ping(b"")
        self._flush()

    def close(self, code: int, reason: str) -> None:
        # Leave the hub first: nothing may be written behind a close frame.
        self._leave()
        self._arm_abort()  # before the flush, which may fail
        if self._conn.state is OPEN:
            metrics.closes.labels(str(code)).inc()
            self._conn.send_close(code, reason)
            self._flush()

    # The handshake

    def _open(self, request: Request) -> None:
        response, arrival = welcome(self._conn, request, self._doorway.hub, self._doorway.door, self._ends())
        self._conn.send_response(response)
        self._flush()
        request.headers.clear()  # websockets' parser holds the request as long as the connection: 5 kB of a browser's
        if response.status_code == 101 and arrival is not None:
            # uvicorn calls set_protocol after this; a write limit set before it would wake the HTTP protocol.
            self._loop.call_soon(self._opened, arrival)
        else:
            self._arm_abort()

    def _opened(self, arrival: Arrival) -> None:
        if self._transport.is_closing() or self._conn.state is not OPEN:
            return
        assert not self._conn.extensions, "shared frames need connections without extensions"
        if self._deadline is not None:
            self._deadline.cancel()
        sock = self._transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            tune(sock)
        # A plain transport pauses above its limit, one with TLS at it: at 0 it would pause with nothing to write.
        self._transport.set_write_buffer_limits(high=1 if self._transport.get_extra_info("sslcontext") else 0)
        self.write = self._transport.write
        self._beat_at = time.monotonic() + PING_INTERVAL
        self._address = arrival.address
        enter = functools.partial(self._enter, arrival.stream)
        self._admission = Admission(self._doorway.door, arrival.stream, enter, self._turn_away)
        self._admission.begin(arrival.token)

    def _enter(self, stream: str) -> None:
        """It may watch."""
        hub = self._doorway.hub
        if hub.full:  # the last place was taken since the handshake
            metrics.refusals.labels("max_viewers").inc()
            self.close(1013, "all that `max_viewers` allows are here: connect again later")
            return
        self._room, self._viewer = hub.room(stream), hub.viewer(self)
        hub.enter(self._room, self._viewer)

    def _turn_away(self, error: Refused) -> None:
        """It may not watch, or no longer: say why, in words that a page can read, and close."""
        if self._conn.state is OPEN:
            self._transport.write(text(Refusal(code=error.code, message=str(error))))
        self.close(1008, "the token does not allow it: see the `error` before")

    def _ends(self) -> Ends:
        ends = (self._transport.get_extra_info("peername"), self._transport.get_extra_info("sockname"))
        peer, here = (end[0] if isinstance(end, tuple) else "" for end in ends)  # a Unix socket has no such ends
        return Ends(peer, here, self._transport.get_extra_info("sslcontext") is not None)

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
        if self._admission is None:
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
        room, viewer = self._room, self._viewer
        try:
            if isinstance(said, Token):
                self._admission.present(said.token)
            elif said is not None and room is not None and viewer is not None:
                self._act(said, room, viewer)
        except Refused as error:
            ref = said.ref or UNSET if isinstance(said, Ask) else UNSET
            self._tell(Refusal(code=error.code, message=str(error), ref=ref))

    def _act(self, said: Said, room: Room, viewer: Viewer) -> None:
        hub = self._doorway.hub
        match said:
            case Ack():
                viewer.drops, viewer.path = said.drops, said.path
                room.acked(viewer, said.pts, time.monotonic())
            case Hide():
                hub.hide(room, viewer, words=said.words)
            case Resync() if viewer.state == "hidden":
                pass  # nobody looks: a `show` begins anew
            case Show() | Resync():
                # A `show` without a `hide` before it is a resync.
                hub.rejoin(room, viewer)
            case Ask():
                if self._admission is not None:
                    self._admission.check("prompt")
                if not self._doorway.ask(room.channel.stream, said, self._address, self):
                    message = "too many wishes are on their way; ask again"
                    self._tell(Refusal(code="busy", message=message, ref=said.ref or UNSET))

    def _tell(self, message: Refusal) -> None:
        self.answer(text(message))

    @property
    def there(self) -> bool:
        return self._viewer is not None

    def answer(self, data: bytes) -> None:
        if self._viewer is not None and not self._viewer.behind:
            self.write(data)

    def _too_chatty(self) -> bool:
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_SECOND

    # Inside

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
        """transport.close() waits for what is unsent, for ever with a peer that reads nothing: always set an end, and
        one that no further byte from the peer puts off."""
        if self._cutting:
            return
        self._cutting = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(CLOSE_TIMEOUT, self._transport.abort)

    def _leave(self) -> None:
        if self._admission is not None:
            self._admission.end()
        if self._room is not None and self._viewer is not None:
            self._doorway.hub.leave(self._room, self._viewer)
        self._room = self._viewer = None
