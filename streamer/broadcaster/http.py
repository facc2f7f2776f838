"""Pages, REST, health and metrics: a Starlette application (proto/viewer-socket.md, "REST beside it").

Every error is `{"error": {"code", "message"}}`; no traceback ever leaves the process.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from streamer import metrics
from streamer.bus.base import Bus
from streamer.readiness import Readiness
from streamer.tokens import EVERY

from . import cards, outputs, pictures, studio
from .answers import in_json, refusal
from .auth import Door
from .callers import Caller
from .darkroom import Darkroom
from .doorkeeper import Doorkeeper
from .entrance import Entrance
from .hub import Hub
from .intake import Intake
from .messages import (
    BadField,
    Malformed,
    PromptAccepted,
    StreamInfo,
    StreamList,
    WishInfo,
    decode_body,
)
from .pages import Pages, answer
from .refused import Refused

logger = logging.getLogger(__name__)

BODY_TIMEOUT = 10.0
"""Seconds for a request's body to arrive."""


def application(hub: Hub, intake: Intake, door: Door, readiness: Readiness, darkroom: Darkroom, bus: Bus) -> Starlette:
    """The application. Its state is all in its arguments; `readiness` is that of what runs beside the broadcaster."""
    entrance, pages = Entrance(hub, door), Pages()
    api = _Api(hub, intake, readiness, entrance, pages)
    return Starlette(
        routes=[
            Route("/player.js", api.player),
            Route("/player.d.ts", api.player),
            Route("/web/{path:path}", api.asset),
            Route("/api/streams", api.streams),
            Route("/api/streams/{id}", api.stream),
            Route("/api/streams/{id}/prompts", api.ask, methods=["POST"]),
            Route("/api/streams/{id}/prompts/{prompt}", api.wish),
            Route("/healthz", api.healthz),
            Route("/readyz", api.readyz),
            Route("/metrics", api.metrics),
            *outputs.routes(entrance, bus),
            *pictures.routes(entrance, darkroom),
            *cards.routes(entrance),
            *studio.routes(entrance, pages),
        ],
        middleware=[Middleware(Doorkeeper, door=door)],
        exception_handlers={HTTPException: _http_error, Refused: _refused, Exception: _unexpected},
    )


class _Api:
    def __init__(self, hub: Hub, intake: Intake, readiness: Readiness, entrance: Entrance, pages: Pages) -> None:
        self._readiness = readiness
        self._hub = hub
        self._intake = intake
        self._entrance = entrance
        self._pages = pages

    # Scripts

    async def player(self, request: Request) -> Response:
        response = self._page(request, request.scope["path"].lstrip("/"), "'none'")
        # A module script is fetched with CORS; `*` also makes one cached answer right for all pages.
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    async def asset(self, request: Request) -> Response:
        return self._page(request, request.path_params["path"], "'self'")

    def _page(self, request: Request, name: str, frame_ancestors: str) -> Response:
        page = self._pages.get(name)
        if page is None:
            raise Refused(404, "not_found", f"there is no {request.scope['path']}")
        return answer(request, page, frame_ancestors)

    # REST

    async def streams(self, request: Request) -> Response:
        grant = self._entrance.visible(request)
        rooms = [room for stream, room in self._hub.rooms.items() if room.known and grant.covers(stream)]
        films: list[StreamInfo] = [room.channel.info() for room in rooms]
        return in_json(StreamList(streams=sorted(films, key=lambda film: film.stream)))

    async def stream(self, request: Request) -> Response:
        return in_json(self._entrance.room(request).channel.info())

    async def ask(self, request: Request) -> Response:
        stream = self._entrance.admit(request, "prompt")
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(415, "media_type", f"Content-Type is {kind or 'missing'}, expected application/json")
        try:
            body = decode_body(await _body(request, self._intake.max_body_bytes))
        except BadField as error:
            raise Refused(422, "bad_field", str(error), error.field) from error
        except Malformed as error:
            raise Refused(400, "bad_json", str(error)) from error
        caller: Caller = request.state.caller
        wish = await self._intake.take(stream, body.prompt, body.action, body.options, body.id, caller.address)
        href = f"/api/streams/{stream}/prompts/{wish.id}"
        return in_json(PromptAccepted(id=wish.id, stream=stream, progress=wish.progress, href=href), 202)

    async def wish(self, request: Request) -> Response:
        stream, id = self._entrance.admit(request), request.path_params["prompt"]
        room = self._hub.rooms.get(stream)
        wish = room.wishes.get(id) if room else None
        if wish is None:
            raise Refused(404, "no_prompt", f"nothing is known of prompt {id[:64]!r} of stream {stream!r}")
        return in_json(WishInfo(id=wish.id, progress=wish.progress, epoch=wish.epoch, reason=wish.reason))

    # Operation

    async def healthz(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        status, body = self._readiness.answer()
        if not self._hub.ready:
            reading = "the past of the streams is still being read from the bus"
            status, body = 503, {"status": "starting", "detail": reading}
        return JSONResponse(
            body, status, {"Cache-Control": "no-store"} | ({"Retry-After": "1"} if status == 503 else {})
        )

    async def metrics(self, request: Request) -> Response:
        self._entrance.permit(request, EVERY)
        page = await asyncio.to_thread(metrics.page)  # of all shards: there may be many files to read
        return Response(page, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _body(request: Request, limit: int) -> bytes:
    """The body, at most `limit` bytes, within `BODY_TIMEOUT`."""
    told = request.headers.get("Content-Length", "0")
    too_large = Refused(413, "too_large", f"the body is larger than {limit} bytes (setting `max_prompt_chars`)")
    if told.isdecimal() and int(told) > limit:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            async for piece in request.stream():
                data += piece
                if len(data) > limit:
                    raise too_large
    except TimeoutError as error:
        raise Refused(408, "slow_body", f"the body did not arrive within {BODY_TIMEOUT:.0f} s") from error
    except ClientDisconnect as error:
        raise Refused(400, "gone", "the body broke off") from error
    return bytes(data)


async def _refused(request: Request, error: Any) -> Response:
    return refusal(error.status, error.code, str(error), error.field, error.wait)


async def _http_error(request: Request, error: Any) -> Response:
    """What Starlette refuses by itself: no such path, no such method."""
    response = refusal(error.status_code, f"http_{error.status_code}", str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _unexpected(request: Request, error: Exception) -> Response:
    """A bug. Starlette raises it again after this answer, so that uvicorn logs it."""
    return refusal(500, "internal", "something went wrong on the server; its log says what")
