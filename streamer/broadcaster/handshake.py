"""The opening handshake of a viewer socket: who is let in, and what the others are told (RFC 6455, section 4.2)."""

from __future__ import annotations

import re
from typing import cast
from urllib.parse import unquote

import msgspec
from websockets.exceptions import NegotiationError
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from streamer import metrics
from streamer.topics import STREAM_ID

from .auth import Door
from .hub import Hub
from .messages import ErrorBody, ErrorDetail, bad_id

SUBPROTOCOL = Subprotocol("streamer.v1")

_PATH = re.compile(r"/streams/([^/]*)/live\Z")


def welcome(conn: ServerProtocol, request: Request, hub: Hub, door: Door) -> tuple[Response, str]:
    """The answer to a request to upgrade, with the stream that it asks for where the answer is 101."""
    headers = request.headers
    try:
        host, origin = headers.get("Host"), headers.get("Origin")
    except LookupError:  # MultipleValuesError
        return _reject(conn, 400, "bad_header", "Host or Origin is given more than once"), ""
    if denied := door.check(host, origin):
        metrics.refusals.labels(denied.setting).inc()
        return _reject(conn, 403, denied.code, denied.message), ""
    path = _PATH.match(request.path.partition("?")[0])
    if path is None:
        return _reject(conn, 404, "not_found", "WebSockets are at /streams/{id}/live"), ""
    stream = unquote(path.group(1))
    if not STREAM_ID.match(stream):
        return _reject(conn, 400, "bad_id", bad_id(stream)), ""
    if hub.full:
        metrics.refusals.labels("max_viewers").inc()
        response = _reject(conn, 503, "full", f"{hub.viewers} viewers are here, which is all that `max_viewers` allows")
        response.headers["Retry-After"] = "10"
        return response, ""
    return conn.accept(request), stream


def _reject(conn: ServerProtocol, status: int, code: str, message: str) -> Response:
    body = msgspec.json.encode(ErrorBody(error=ErrorDetail(code=code, message=message)))
    response = conn.reject(status, body.decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response


def select_subprotocol(conn: ServerProtocol, offered: object) -> Subprotocol | None:
    """Ours if it is offered, none if none is. A plain function: websockets binds it with `__get__`."""
    names = cast("list[Subprotocol]", offered)
    if not names:
        return None
    if SUBPROTOCOL in names:
        return SUBPROTOCOL
    raise NegotiationError(f"this server speaks {SUBPROTOCOL}, the client offers {', '.join(names)}")
