"""`streamer token`: make a token for viewers."""

from __future__ import annotations

from .errors import UserError
from .settings import Settings


async def token(settings: Settings) -> None:
    """Print a token."""
    raise UserError("not there yet")
