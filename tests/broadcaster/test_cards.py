"""What other sites learn of a film before they show it: oEmbed, the head of its page, and the pages themselves."""

from __future__ import annotations

import io
import re
import time
from contextlib import suppress
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np
import pytest
from films import directed
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streamer import metrics
from streamer.broadcaster.cards import Card, Links, links_of, oembed
from streamer.broadcaster.refused import Refused
from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.messages import Media
from streamer.tokens import mint
from streamer.video import Chunk, InitSegment

KEY = "a secret with more than thirty-two characters"


class Head(HTMLParser):
    """The tags of a page's head: {property or name: content}, and its links."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.facts: dict[str, str] = {}
        self.links: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "meta" and (name := found.get("property") or found.get("name")):
            self.facts[name] = found["content"]
        elif tag == "link":
            self.links.append(found)

    @property
    def discovery(self) -> str:
        (link,) = [link for link in self.links if link.get("type") == "application/json+oembed"]
        assert link["rel"] == "alternate"
        return link["href"]


async def screen(house, stream="main", size=(320, 180), **state) -> None:
    """One real picture on the screen."""
    encoder = Encoder(*size, fps=24)
    sample = encoder.encode(np.full((size[1], size[0], 3), 90, np.uint8), keyframe=True)
    data = cmaf.chunk(seq=0, pts=0, duration=3750, keyframe=True, data=sample.data, wall=time.time())
    media = Media(codec=encoder.codec, width=size[0], height=size[1], fps=24.0, engine="sketch")
    await house.show(InitSegment(5, 1, media, encoder.init), Chunk(5, 0, 0, 3750, True, 1, data, None), stream=stream)
    await house.direct(directed(published=4.0, **state), stream)
    await house.until(lambda: house.hub.room(stream).channel.director and house.hub.room(stream).channel.watchable)


@pytest.fixture
async def film(house):
    """A house where `main` is on the screen, 320×180."""
    await screen(house)
    return house


async def asked(house, url, **query):
    async with house.http() as client:
        return await client.get("/oembed", params={"url": url, **query})


# oEmbed


async def test_a_site_that_is_given_a_films_address_gets_its_player(film):
    answer = await asked(film, f"{film.url}/streams/main")
    assert answer.headers["Content-Type"] == "application/json"
    card = answer.json()
    assert (card["type"], card["version"], card["provider_name"]) == ("video", "1.0", "streamer")
    assert (card["title"], card["width"], card["height"]) == ("wish of 5", 320, 180)
    assert f'<iframe src="{film.url}/embed/main" width="320" height="180" title="wish of 5"' in card["html"]
    async with film.http() as client:
        assert (await client.get(urlsplit(card["provider_url"]).path)).status_code == 200
        thumbnail = await client.get(card["thumbnail_url"])
        frame = next(av.open(io.BytesIO(thumbnail.content)).decode(video=0))
    assert (frame.width, frame.height) == (card["thumbnail_width"], card["thumbnail_height"]) == (320, 180)


@pytest.mark.parametrize("path", ["/", "/?stream=main", "/streams/main", "/embed/main?captions=1", "/streams/m%61in"])
async def test_every_address_of_a_film_is_known(film, path):
    assert (await asked(film, film.url + path)).json()["title"] == "wish of 5"


async def test_the_player_is_no_larger_than_the_site_has_room(film):
    card = (await asked(film, f"{film.url}/streams/main", maxwidth=200, maxheight=90)).json()
    assert (card["width"], card["height"]) == (160, 90)
    assert (card["thumbnail_width"], card["thumbnail_height"]) == (160, 90)
    tiny = (await asked(film, f"{film.url}/streams/main", maxwidth=100)).json()
    assert (tiny["width"], tiny["height"]) == (100, 56)
    assert "thumbnail_url" not in tiny, "no thumbnail is as small as that"


@pytest.mark.parametrize(
    ("url", "query", "status", "named"),
    [
        ("{0}/streams/main", {"format": "xml"}, 501, "only json"),
        ("", {}, 400, "url has 0 characters"),
        ("x" * 9000, {}, 400, "9000 characters"),
        ("{0}/streams/main", {"maxwidth": "wide"}, 400, "maxwidth is 'wide'"),
        ("{0}/streams/main", {"maxheight": "0"}, 400, "maxheight is '0'"),
        ("http://elsewhere.example/streams/main", {}, 404, "is no page of a film on {0}"),
        ("http://127.0.0.1:1/streams/main", {}, 404, "is no page of a film"),
        ("ftp://127.0.0.1/streams/main", {}, 404, "is no page of a film"),
        ("http://[::1/streams/main", {}, 404, "is no page of a film"),
        ("http://127.0.0.1:99999/streams/main", {}, 404, "is no page of a film"),
        ("{0}/metrics", {}, 404, "is no page of a film"),
        ("{0}/streams/a%2Fb", {}, 404, "is no page of a film"),
        ("{0}/streams", {}, 404, "is no page of a film"),
        ("{0}/streams/nobody", {}, 404, "there is no stream 'nobody'"),
    ],
)
async def test_what_cannot_be_told_is_refused_with_the_reason(film, url, query, status, named):
    answer = await asked(film, url.format(film.url), **query)
    assert answer.status_code == status
    assert named.format(film.url) in answer.json()["error"]["message"]


async def test_words_of_strangers_stay_words(house):
    await screen(house, "main")
    await house.direct(replace(directed(), prompt='"><script>alert(1)</script>'))
    await house.until(lambda: house.hub.room("main").channel.prompt.startswith('">'))
    card = (await asked(house, f"{house.url}/streams/main")).json()
    assert card["title"] == '"><script>alert(1)</script>', "JSON needs no escaping of HTML"
    assert "<script" not in card["html"]
    async with house.http() as client:
        page = (await client.get("/streams/main")).text
    assert "<script>alert" not in page
    assert Head(page).facts["og:title"] == '"><script>alert(1)</script>'


@given(st.text(max_size=60), st.sampled_from(["http", "https", "ftp", ""]))
def test_no_address_is_taken_for_one_of_ours_by_accident(rest, scheme):
    with suppress(Refused):
        links = links_of(f"{scheme}://film.example{rest}", "http://film.example/")
        assert scheme in ("http", "https")
        assert urlsplit(links.page).netloc == "film.example"
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", links.stream)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://film.example/streams/main", "http://film.example/"),  # a proxy ends TLS
        ("https://film.example:443/streams/main", "https://film.example/"),
        ("https://FILM.example/tv/streams/main", "https://film.example/tv/"),
    ],
)
def test_the_same_place_may_be_written_in_other_ways(url, base):
    assert links_of(url, base) == Links(base, "main")


side = st.integers(1, 4000)


@given(size=st.tuples(side, side), most=st.tuples(side, side))
def test_neither_player_nor_thumbnail_is_ever_larger_than_asked_for(size, most):
    answer = oembed(Card(Links("http://film.example/", "main"), "a film", "", size), *most)
    assert 0 < answer.width <= min(most[0], size[0])
    assert 0 < answer.height <= min(most[1], size[1])
    if answer.thumbnail_url:
        assert answer.thumbnail_width <= most[0]
        assert answer.thumbnail_height <= most[1]


# Tokens


async def test_a_guarded_film_is_told_of_only_to_who_may_watch_it(new_house):
    async with new_house(token_key=[KEY]) as house:
        await screen(house)
        mine, other = (mint(KEY, stream, "watch", time.time() + 60) for stream in ("main", "other"))
        page = f"{house.url}/streams/main"
        missing = await asked(house, page)
        assert (missing.status_code, missing.json()["error"]["code"]) == (401, "token")
        assert (await asked(house, f"{page}?token={other}")).status_code == 403
        card = (await asked(house, f"{page}?token={mine}")).json()
        frame = unescape(re.search(r'src="([^"]*)"', card["html"])[1])
        assert parse_qs(urlsplit(frame).query) == {"token": [mine]}, "whoever was given the link may pass it on"
        async with house.http() as client:
            assert (await client.get(card["thumbnail_url"])).status_code == 200
            bearer = {"Authorization": f"Bearer {mine}"}
            by_header = await client.get("/oembed", params={"url": page}, headers=bearer)
            assert by_header.status_code == 200
            assert mine not in by_header.text, "a header is the site's own secret"

            told = await client.get("/streams/main")
            assert (told.status_code, "wish of 5" in told.text) == (200, False), "the page, but nothing of the film"
            assert "Link" not in told.headers
            told = await client.get(f"/streams/main?token={mine}")
            assert "wish of 5" in told.text
            assert mine in Head(told.text).discovery
            assert "Link" not in told.headers, "a proxy may log it"


# Pages


@pytest.mark.parametrize("path", ["/streams/main", "/", "/?stream=main", "/embed/main"])
async def test_the_page_of_a_film_leads_to_its_card(film, path):
    async with film.http() as client:
        page = await client.get(path)
        head = Head(page.text)
        assert head.discovery.startswith(f"{film.url}/oembed?")
        assert page.headers["Link"] == f'<{head.discovery}>; rel="alternate"; type="application/json+oembed"'
        assert (await client.get(head.discovery)).json()["title"] == "wish of 5"
        assert head.facts["og:title"] == head.facts["twitter:title"] == "wish of 5"
        assert head.facts["og:url"] == f"{film.url}/streams/main"
        assert head.facts["twitter:card"] == "summary_large_image"
        assert (await client.get(head.facts["og:image"])).headers["Content-Type"] == "image/jpeg"
        assert (await client.get(head.facts["og:video"])).status_code == 200


async def test_a_page_is_no_attempt_at_the_door(new_house):
    neighbour = {"X-Forwarded-For": "203.0.113.7"}
    async with new_house(token_key=[KEY], connect_rate=0.03, trusted_proxies=["127.0.0.1"]) as house:
        await screen(house)
        refused = metrics.refusals.labels("token_key")._value
        before = refused.get()
        async with house.http(headers=neighbour) as client:
            for path in ["/", "/streams/main", "/embed/main"] * 4:
                assert (await client.get(path)).status_code == 200
            assert refused.get() == before, "most who look at a page have no token"
            told = (await client.get(f"/streams/main?token={mint(KEY, 'main', 'watch', time.time() + 600)}")).text
            assert "wish of 5" in told, "what it tells does not depend on how often it was asked for"
            codes = [(await client.get("/api/streams/main")).status_code for _ in range(6)]
        assert codes == [401] * 5 + [429]
        assert refused.get() == before + 5


async def test_the_page_of_a_film_that_is_yet_to_begin_is_there_and_tells_nothing(house):
    async with house.http() as client:
        page = await client.get("/streams/tomorrow")
        assert page.status_code == 200
        assert "og:title" not in Head(page.text).facts
        assert (await client.get("/streams/..%20x")).status_code == 200, "the page says what a name looks like"


@pytest.mark.parametrize("path", ["/streams", "/streams/main", "/"])
async def test_all_that_a_page_loads_is_there_wherever_it_is_served(film, path):
    async with film.http() as client:
        page = await client.get(path)
        assert "script-src" not in page.headers["Content-Security-Policy"], "default-src 'self' covers it"
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.text), "no inline scripts"
        neighbours = re.findall(r' (?:src|href)="((?![a-z]+:|#)[^"]*)"', page.text)
        assert len(neighbours) > 5
        for neighbour in neighbours:
            assert not neighbour.startswith("/"), "a proxy may serve it below a path of its own"
            assert (await client.get(str(page.url.join(neighbour)))).status_code == 200, neighbour


async def test_a_page_that_has_not_changed_is_not_sent_again(film):
    async with film.http() as client:
        first = await client.get("/streams/main")
        again = await client.get("/streams/main", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert (await client.get("/")).headers["ETag"] != first.headers["ETag"]
