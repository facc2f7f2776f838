"""The pages of films: the lobby, the studio and the player of each, and in their heads what other sites read there.

    GET /streams          the lobby
    GET /streams/{id}     the studio of a film, one that is yet to begin, too
    GET /                 the studio of `main`, or of ?stream=
    GET /embed/{id}       the player of a film, for iframes

They are public: strangers' words come to them by the API, through the door. Only their heads tell something of the
film, and only to who may watch it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamer.topics import STREAM_ID

from .answers import stream_id
from .cards import Links, card, head
from .entrance import Entrance
from .pages import Page, Pages, answer
from .refused import Refused

RELATIVE = re.compile(rb'( (?:src|href)=")(?![a-z]+:|[/#.])')
"""Where the address of a neighbour begins."""


def routes(entrance: Entrance, pages: Pages) -> list[Route]:
    """The routes of this module."""

    def page(name: str) -> Page:
        found = pages.get(name)
        if found is None:
            raise Refused(404, "not_found", f"this installation has no {name}")
        return found

    async def lobby(request: Request) -> Response:
        return answer(request, page("lobby.html"), "'self'")

    async def studio(request: Request) -> Response:
        stream = request.path_params.get("id") or request.query_params.get("stream", "main")
        shown = page("index.html")
        if "id" in request.path_params:
            shown = one_down(shown)
        return told(request, stream, shown, "'self'")

    async def embed(request: Request) -> Response:
        return told(request, stream_id(request), page("embed.html"), entrance.door.frame_ancestors)

    def told(request: Request, stream: str, shown: Page, frame_ancestors: str) -> Response:
        """The page, with what its head tells of the film to who may watch it."""
        room = entrance.glance(request, stream) if STREAM_ID.match(stream) else None
        if room is None:
            return answer(request, shown, frame_ancestors)
        links = Links(str(request.base_url), stream, request.query_params.get("token", ""))
        response = answer(request, with_head(shown, head(card(room, links))), frame_ancestors)
        if not links.token:  # the head names it as well, and proxies log the headers of answers (Caddy)
            response.headers["Link"] = f'<{links.oembed}>; rel="alternate"; type="application/json+oembed"'
        return response

    return [
        Route("/", studio),
        Route("/streams", lobby),
        Route("/streams/{id}", studio),
        Route("/embed/{id}", embed),
    ]


def one_down(page: Page) -> Page:
    """A page as it is served one folder further down: addresses of its neighbours lead up again. They stay relative, so
    that a proxy may serve all of this below a path of its own."""
    return _with(page, RELATIVE.sub(rb"\1../", page.body))


def with_head(page: Page, tags: str) -> Page:
    """A page with further tags in its head."""
    return _with(page, page.body.replace(b"</head>", tags.encode() + b"</head>", 1))


def _with(page: Page, body: bytes) -> Page:
    return replace(page, body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:24]}"')
