"""What other sites ask about a film before they show it: oEmbed."""

from __future__ import annotations

from starlette.routing import Route

from .entrance import Entrance


def routes(entrance: Entrance) -> list[Route]:
    """The routes of this module."""
    return []
