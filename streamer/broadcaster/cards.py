"""What other sites ask about a film before they show it: oEmbed 1.0 (oembed.com), and the tags of a page's head.

    GET /oembed?url=&maxwidth=&maxheight=     a `video` whose html is the iframe of the film
    card(room, links) -> Card                 what there is to tell; `head(card)` is the tags that find it

A film whose url brings a token is told with that token in it: whoever was given the link may pass it on.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamer.topics import STREAM_ID

from .answers import in_json
from .entrance import Entrance
from .pictures import WIDTHS
from .refused import Refused
from .room import Room

STANDARD_SIZE = (640, 360)
"""Pixels, where there is no picture yet."""

CACHE_SECONDS = 60
"""How long a site may keep an answer: the next wish gives the film another title."""

MAX_URL_CHARS = 8192
MAX_SIDE = 100_000
"""Pixels, of `maxwidth` and `maxheight`."""

PORTS = {"http": 80, "https": 443}

NAME = "streamer"


@dataclass(frozen=True, slots=True)
class Links:
    """The absolute addresses of one film. `base` is this server's, as the asker knows it; ends with a slash."""

    base: str
    stream: str
    token: str = ""  # goes along where somebody gave it in a link

    @property
    def page(self) -> str:
        return self._of(f"streams/{quote(self.stream)}")

    @property
    def embed(self) -> str:
        return self._of(f"embed/{quote(self.stream)}")

    @property
    def oembed(self) -> str:
        return f"{self.base}oembed?" + urlencode({"url": self.page, "format": "json"})

    def snapshot(self, width: int) -> str:
        return self._of(f"streams/{quote(self.stream)}/snapshot.jpg", width=str(width))

    def _of(self, path: str, **query: str) -> str:
        query |= {"token": self.token} if self.token else {}
        return self.base + path + (f"?{urlencode(query)}" if query else "")


@dataclass(frozen=True, slots=True)
class Card:
    """A film in a few facts."""

    links: Links
    title: str
    summary: str  # what is shown now; "" when nothing is
    size: tuple[int, int]  # pixels

    def fitting(self, width: int, height: int) -> tuple[int, int]:
        """The film's size, scaled down into so many pixels; its shape stays."""
        scale = min(1.0, width / self.size[0], height / self.size[1])
        return max(1, int(self.size[0] * scale)), max(1, int(self.size[1] * scale))

    def picture(self, width: int = MAX_SIDE, height: int = MAX_SIDE) -> tuple[int, int] | None:
        """The size of the largest thumbnail that fits, None where none does. Its sides are even, as they are made."""
        fits = self.fitting(width, height)[0]
        for wide in sorted({*WIDTHS, min(self.size[0], WIDTHS[-1])}, reverse=True):
            high = max(2, round(self.size[1] * wide / self.size[0] / 2) * 2)
            if wide <= fits and wide <= self.size[0] and high <= height:
                return wide, high
        return None


class OEmbed(Struct, frozen=True, kw_only=True):
    """The answer, named as in oembed.com §2.3.4."""

    type: str = "video"
    version: str = "1.0"
    title: str
    html: str
    width: int  # pixels, as all that follow
    height: int
    thumbnail_url: str | UnsetType = UNSET  # all three, or none where none is small enough
    thumbnail_width: int | UnsetType = UNSET
    thumbnail_height: int | UnsetType = UNSET
    provider_name: str = NAME
    provider_url: str
    cache_age: int = CACHE_SECONDS


def card(room: Room, links: Links) -> Card:
    """What there is to tell of a film."""
    channel = room.channel
    size = (channel.media.width, channel.media.height) if channel.media else STANDARD_SIZE
    summary = channel.description.text if channel.description else ""
    return Card(links, channel.prompt or f"Live film “{links.stream}”", summary, size)


def oembed(card: Card, max_width: int, max_height: int) -> OEmbed:
    """The film as a site embeds it, at most so large."""
    width, height = card.fitting(max_width, max_height)
    frame = (
        f'<iframe src="{escape(card.links.embed)}" width="{width}" height="{height}" title="{escape(card.title)}" '
        'frameborder="0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>'
    )
    answer = OEmbed(title=card.title, html=frame, width=width, height=height, provider_url=card.links.base)
    if small := card.picture(max_width, max_height):
        url = card.links.snapshot(small[0])
        answer = replace(answer, thumbnail_url=url, thumbnail_width=small[0], thumbnail_height=small[1])
    return answer


def head(card: Card) -> str:
    """The tags by which other sites find the film's card: oEmbed's discovery (oembed.com §4), Open Graph (ogp.me) and
    those of X."""
    links = card.links
    width, height = card.picture() or card.size
    summary = card.summary or "An endless film that follows your words, live."
    facts = {
        "og:site_name": NAME,
        "og:type": "video.other",
        "og:title": card.title,
        "og:description": summary,
        "og:url": links.page,
        "og:image": links.snapshot(width),
        "og:image:width": width,
        "og:image:height": height,
        "og:video": links.embed,
        "og:video:type": "text/html",
        "og:video:width": card.size[0],
        "og:video:height": card.size[1],
        "twitter:card": "summary_large_image",
        "twitter:title": card.title,
        "twitter:description": summary,
        "twitter:image": links.snapshot(width),
    }
    tags = [
        f'<link rel="alternate" type="application/json+oembed" href="{escape(links.oembed)}" '
        f'title="{escape(card.title)}">'
    ]
    for name, fact in facts.items():
        kind = "property" if name.startswith("og:") else "name"
        tags.append(f'<meta {kind}="{name}" content="{escape(str(fact))}">')
    return "".join(f"  {tag}\n" for tag in tags)


def links_of(url: str, base: str) -> Links:
    """The film that `url` is an address of: its page or its player. Raises `Refused`, 404 where it is none of ours."""
    nothing = Refused(404, "not_found", f"{url[:200]!r} is no page of a film on {base}", "url")
    try:
        asked, own = urlsplit(url), urlsplit(base)
        if asked.scheme not in PORTS or _place(asked.netloc, asked.scheme) != _place(own.netloc, asked.scheme):
            raise nothing
    except ValueError as error:
        raise nothing from error
    if not asked.path.startswith(own.path):
        raise nothing
    query = parse_qs(asked.query)
    match asked.path.removeprefix(own.path).split("/"):
        case [""]:
            stream = query.get("stream", ["main"])[0]
        case ["streams" | "embed", name]:
            stream = unquote(name)
        case _:
            raise nothing
    if not STREAM_ID.match(stream):
        raise nothing
    return Links(base, stream, query.get("token", [""])[0])


def _place(netloc: str, scheme: str) -> tuple[str | None, int]:
    """Host and port. The scheme is the url's for both: behind a proxy that ends TLS ours is another than the page's."""
    parts = urlsplit(f"//{netloc}")
    return parts.hostname, parts.port or PORTS[scheme]


def as_asked_for(request: Request, links: Links) -> Request:
    """The request as it would be for the film itself, so that one door judges both."""
    scope = {**request.scope, "path_params": {"id": links.stream}}
    if links.token:
        scope["query_string"] = urlencode({"token": links.token}).encode()
    return Request(scope)


def routes(entrance: Entrance) -> list[Route]:
    """`GET /oembed`."""

    async def answer(request: Request) -> Response:
        asked = request.query_params
        form = asked.get("format", "json")
        if form != "json":
            raise Refused(501, "format", f"format {form[:32]!r} is not spoken here, only json", "format")
        url = asked.get("url", "")
        if not 0 < len(url) <= MAX_URL_CHARS:
            raise Refused(400, "bad_field", f"url has {len(url)} characters, expected 1 to {MAX_URL_CHARS}", "url")
        width, height = (_side(request, name) for name in ("maxwidth", "maxheight"))
        links = links_of(url, str(request.base_url))
        room = entrance.room(as_asked_for(request, links))
        return in_json(oembed(card(room, links), width, height))

    return [Route("/oembed", answer)]


def _side(request: Request, name: str) -> int:
    value = request.query_params.get(name)
    if value is None:
        return MAX_SIDE
    if not (value.isascii() and value.isdecimal() and len(value) < 7 and 0 < int(value) <= MAX_SIDE):
        raise Refused(400, "bad_field", f"{name} is {value[:32]!r}, expected pixels, 1 to {MAX_SIDE}", name)
    return int(value)
