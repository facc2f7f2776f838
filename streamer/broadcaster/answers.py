"""Answers over HTTP that every door gives alike: JSON, refusals, what a path must look like."""

from __future__ import annotations

from math import ceil

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from streamer.topics import STREAM_ID

from .messages import ErrorBody, ErrorDetail, bad_id
from .refused import Refused


def stream_id(request: Request) -> str:
    stream: str = request.path_params["id"]
    if not STREAM_ID.match(stream):
        raise Refused(400, "bad_id", bad_id(stream))
    return stream


def in_json(body: Struct, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), status, headers, media_type="application/json")


def refusal(status: int, code: str, message: str, field: str = "", wait: float = 0.0) -> Response:
    response = in_json(ErrorBody(error=ErrorDetail(code=code, message=message, field=field)), status)
    if status in (429, 503):
        response.headers["Retry-After"] = str(max(1, ceil(wait)))
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="streamer"'  # RFC 6750, section 3
    return response
