"""The film for players that speak HTTP: HLS, one endless MP4, a stretch of it as a file."""

from __future__ import annotations

from starlette.routing import Route

from streamer.bus.base import Bus

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
        Route("/streams/{id}/live.mp4", live.get),
        Route("/streams/{id}/recording.mp4", recorder.get),
    ]
