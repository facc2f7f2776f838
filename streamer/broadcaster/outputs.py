"""The film for players that speak HTTP: HLS, one endless MP4, a stretch of it as a file. And what those are told who
come to the viewer socket by plain HTTP."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamer.bus.base import Bus

from .answers import stream_id
from .entrance import Entrance
from .hls_routes import Hls
from .live_mp4 import LiveMp4
from .recording import Recorder


def routes(entrance: Entrance, bus: Bus) -> list[Route]:
    """The routes of this module."""
    hls, live, recorder = Hls(entrance), LiveMp4(entrance), Recorder(entrance, bus)
    return [
        Route("/streams/{id}/index.m3u8", hls.playlist),
        Route("/streams/{id}/segments/{name}", hls.file),
        Route("/streams/{id}/live", _upgrade),
        Route("/streams/{id}/live.mp4", live.get),
        Route("/streams/{id}/recording.mp4", recorder.get),
    ]


async def _upgrade(request: Request) -> Response:
    """A request that asks for an upgrade never comes here (socket.py). RFC 9110, section 15.5.22."""
    stream = stream_id(request)
    way = f"this is a WebSocket: connect to it as one, or take /streams/{stream}/live.mp4"
    raise HTTPException(426, way, {"Upgrade": "websocket", "Connection": "Upgrade"})
