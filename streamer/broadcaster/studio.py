"""The pages of films: the lobby, the studio of each, and in their heads what other sites read there.

    GET /streams          the lobby
    GET /streams/{id}     the studio of a film, one that is yet to begin, too
    GET /                 the studio of `main`, or of ?stream=

They are public: strangers' words come to them by the API, through the door. Only the head of a studio tells something
of its film, and only to who may watch it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamer.topics import STREAM_ID

from .cards import Links, card, head
from .entrance import Entrance
from .pages import Page, Pages, page_headers
from .refused import Refused

RELATIVE = re.compile(rb'( (?:src|href)=")(?![a-z]+:|[/#.])')
"""Where the address of a neighbour begins."""


def routes(entrance: Entrance) -> list[Route]:
    """The routes of this module."""
    pages = Pages()

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
        links = Links(str(request.base_url), stream, request.query_params.get("token", ""))
        tags = _tags(entrance, request, links)
        response = answer(request, with_head(shown, tags) if tags else shown, "'self'")
        if tags:
            response.headers["Link"] = f'<{links.oembed}>; rel="alternate"; type="application/json+oembed"'
        return response

    return [Route("/", studio), Route("/streams", lobby), Route("/streams/{id}", studio)]


def _tags(entrance: Entrance, request: Request, links: Links) -> str:
    """What the head tells of the film; "" to who may not watch, and where there is none."""
    if not STREAM_ID.match(links.stream):
        return ""
    try:
        room = entrance.room(Request({**request.scope, "path_params": {"id": links.stream}}))
    except Refused:
        return ""
    return head(card(room, links))


def one_down(page: Page) -> Page:
    """A page as it is served one folder further down: addresses of its neighbours lead up again. They stay relative, so
    that a proxy may serve all of this below a path of its own."""
    return _with(page, RELATIVE.sub(rb"\1../", page.body))


def with_head(page: Page, tags: str) -> Page:
    """A page with further tags in its head."""
    return _with(page, page.body.replace(b"</head>", tags.encode() + b"</head>", 1))


def _with(page: Page, body: bytes) -> Page:
    return replace(page, body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:24]}"')


def answer(request: Request, page: Page, frame_ancestors: str) -> Response:
    """The page, or that it is the one which the browser has."""
    headers = dict(page_headers(page, frame_ancestors))
    if page.etag in (tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(page.body, media_type=page.media_type, headers=headers)
