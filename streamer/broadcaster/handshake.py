"""The opening handshake of a viewer socket: who is let in, and what the others are told (RFC 6455, section 4.2)."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from math import ceil
from typing import cast
from urllib.parse import unquote

import msgspec
from websockets.exceptions import NegotiationError
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from streamer import metrics
from streamer.topics import STREAM_ID

from .auth import TOKEN_PROTOCOL, Door, presented
from .callers import Caller
from .hub import Hub
from .messages import ErrorBody, ErrorDetail, bad_id

SUBPROTOCOL = Subprotocol("streamer.v1")

_PATH = re.compile(r"/streams/([^/]*)/live\Z")


@dataclass(frozen=True, slots=True)
class Ends:
    """The two addresses of a connection, and whether TLS is ours."""

    peer: str
    here: str
    tls: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a request to upgrade asks for, where the answer is 101. Whether the token lets it in is not known yet: what
    a handshake is refused with no page ever sees."""

    stream: str
    address: str
    token: str | None


def welcome(
    conn: ServerProtocol, request: Request, hub: Hub, door: Door, ends: Ends
) -> tuple[Response, Arrival | None]:
    """The answer to a request to upgrade."""
    headers = request.headers
    try:
        host, origin, authorization = headers.get("Host"), headers.get("Origin"), headers.get("Authorization")
    except LookupError:  # MultipleValuesError
        return _reject(conn, 400, "bad_header", "Host, Origin or Authorization is given more than once"), None
    caller = _caller(request, door, ends)
    if denied := door.check(host, origin, caller.scheme):
        metrics.refusals.labels(denied.setting).inc()
        return _reject(conn, 403, denied.code, denied.message), None
    target, _, query = request.path.partition("?")
    path = _PATH.match(target)
    if path is None:
        return _reject(conn, 404, "not_found", "WebSockets are at /streams/{id}/live"), None
    stream = unquote(path.group(1))
    if not STREAM_ID.match(stream):
        return _reject(conn, 400, "bad_id", bad_id(stream)), None
    if hub.full:
        metrics.refusals.labels("max_viewers").inc()
        full = f"{hub.viewers} viewers are here, which is all that `max_viewers` allows"
        return _reject(conn, 503, "full", full, wait=10), None
    if wait := door.callers.wait(caller, time.monotonic()):
        metrics.refusals.labels("connect_rate").inc()
        return _reject(conn, 429, "connect_rate", door.callers.refusal(wait), wait=wait), None
    offered = ",".join(headers.get_all("Sec-WebSocket-Protocol")).replace(" ", "").split(",")
    response = conn.accept(request)
    if response.status_code != 101:  # no handshake, or one that offers subprotocols of others alone
        return _reject(conn, response.status_code, "handshake", str(conn.handshake_exc)), None
    return response, Arrival(stream, caller.address, presented(authorization, offered, query))


def _caller(request: Request, door: Door, ends: Ends) -> Caller:
    get = request.headers.get_all
    forwarded, proto = get("X-Forwarded-For"), get("X-Forwarded-Proto")
    return door.callers.caller(ends.peer, ends.here, tls=ends.tls, forwarded=forwarded, proto=proto)


def _reject(conn: ServerProtocol, status: int, code: str, message: str, *, wait: float = 0.0) -> Response:
    body = msgspec.json.encode(ErrorBody(error=ErrorDetail(code=code, message=message)))
    response = conn.reject(status, body.decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    response.headers["X-Content-Type-Options"] = "nosniff"
    if wait:
        response.headers["Retry-After"] = str(max(1, ceil(wait)))
    return response


def select_subprotocol(conn: ServerProtocol, offered: object) -> Subprotocol | None:
    """Ours if it is offered, none if none is. A plain function: websockets binds it with `__get__`."""
    offers = cast("list[Subprotocol]", offered)
    names = [name for name in offers if not name.startswith(TOKEN_PROTOCOL)]
    if SUBPROTOCOL in names:
        return SUBPROTOCOL
    if not offers:
        return None
    theirs = ", ".join(names) or "a token alone"
    raise NegotiationError(f"this server speaks {SUBPROTOCOL}, the client offers {theirs}")
