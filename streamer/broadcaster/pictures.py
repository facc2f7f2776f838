"""The film as single pictures: MJPEG, a snapshot, a thumbnail. Decoded once per stream, only while asked for."""

from __future__ import annotations

from starlette.routing import Route

from .entrance import Entrance


def routes(entrance: Entrance) -> list[Route]:
    """The routes of this module."""
    return []
