"""The film as single pictures: MJPEG, a snapshot, a thumbnail."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .darkroom import Darkroom
from .entrance import Entrance
from .flow import Flow
from .refused import Refused

WIDTHS = (160, 320, 480, 640)
"""Thumbnails that can be had, in pixels: few, so that all who ask share them."""

_BOUNDARY = "picture"


def routes(entrance: Entrance, darkroom: Darkroom) -> list[Route]:
    """The routes of this module."""
    pictures = _Pictures(entrance, darkroom)
    return [
        Route("/streams/{id}/snapshot.jpg", pictures.snapshot),
        Route("/streams/{id}/live.mjpeg", pictures.mjpeg),
    ]


class _Pictures:
    def __init__(self, entrance: Entrance, darkroom: Darkroom) -> None:
        self._entrance = entrance
        self._darkroom = darkroom

    async def snapshot(self, request: Request) -> Response:
        room = self._entrance.room(request)
        jpeg = await self._darkroom.snapshot(room, _width(request.query_params.get("width", "")))
        return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store"})

    async def mjpeg(self, request: Request) -> Response:
        room = self._entrance.room(request)
        kind = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        with ExitStack() as held:
            if request.method == "HEAD":
                return Response(media_type=kind, headers={"Cache-Control": "no-store"})
            held.enter_context(self._entrance.hub.guest(room, "mjpeg"))
            projection = held.enter_context(self._darkroom.projection(room))
            return Flow(_parts(projection.pictures()), held.pop_all(), kind)
        raise AssertionError("an ExitStack passes nothing over")


async def _parts(pictures: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Parts of a multipart body (RFC 2046, section 5.1). The boundary goes out right after each picture: browsers show
    one when they see that it is over (tinypilot #796)."""
    boundary = f"--{_BOUNDARY}\r\n".encode()
    yield boundary
    async for jpeg in pictures:
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
        yield head + jpeg + b"\r\n" + boundary


def _width(asked: str) -> int:
    """The narrowest of WIDTHS that is not below what was asked for; 0 for the whole picture. Raises `Refused`."""
    if not asked:
        return 0
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= 4 and 1 <= int(asked) <= 4096):
        raise Refused(422, "bad_field", f"width is {asked[:20]!r}, expected a number of pixels from 1 to 4096", "width")
    return next((width for width in WIDTHS if width >= int(asked)), 0)
