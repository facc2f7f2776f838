"""`streamer push`: the live film to an RTMP or SRT server."""

from __future__ import annotations

from .errors import UserError
from .settings import Settings


async def push(settings: Settings, target: str) -> None:
    """Send the film until cancelled."""
    raise UserError("not there yet")
