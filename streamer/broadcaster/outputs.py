"""The film for players that speak HTTP: HLS, one endless MP4, a stretch of it as a file."""

from __future__ import annotations

from starlette.routing import Route

from .entrance import Entrance


def routes(entrance: Entrance) -> list[Route]:
    """The routes of this module."""
    return []
