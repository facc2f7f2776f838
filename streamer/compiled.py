"""`streamer engines build|list|verify|bench`: compiled diffusion engines, made before anybody waits for them."""

from __future__ import annotations

from .errors import UserError
from .settings import Settings


async def engines(settings: Settings, what: str) -> None:
    raise UserError(f"engines {what}: not there yet")
