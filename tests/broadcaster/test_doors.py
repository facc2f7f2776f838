"""Every door with tokens: HTTP and the viewer socket, what needs one, what it allows, and when that ends."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from inspect import signature
from types import SimpleNamespace

import pytest
from films import film, init
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed, InvalidStatus

from streamer.broadcaster import admission
from streamer.broadcaster.http import application
from streamer.tokens import LEEWAY, Scope, mint

KEY = "a key of at least thirty-two characters"
OTHER = "another key, which this server has not got"

CODE_ONLY = {"/", "/streams", "/streams/{id}", "/embed/{id}", "/player.js", "/player.d.ts", "/web/{path:path}"}
"""Pages and scripts, the same for everybody: what they show comes by the other doors."""

HEALTH = {"/healthz", "/readyz"}


def token(stream: str = "main", scope: Scope = "watch", seconds: float = 600.0, key: str = KEY) -> str:
    return mint(key, stream, scope, time.time() + seconds)


def bearer(given: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {given}"}


@pytest.fixture
async def locked(new_house):
    """A broadcaster that asks everybody for a token, and shows 30 frames of a film on `main`."""
    async with new_house(token_key=[KEY]) as house:
        await house.show(init(), *film(30))
        await house.shown(29)
        yield house


@pytest.fixture
async def asking(new_house):
    """One that asks for tokens only who wants to ask."""
    async with new_house(token_key=[KEY], guard="prompts") as house:
        await house.show(init(), *film(30))
        await house.shown(29)
        yield house


async def turned_away(person) -> tuple[dict, int]:
    """The error that a viewer is told, and the code with which the connection is closed."""
    error = await person.told("error")
    with pytest.raises(ConnectionClosed) as caught:
        await person.get()
    assert caught.value.rcvd is not None
    return error, caught.value.rcvd.code


# HTTP


def doors(house) -> list[tuple[str, str, str]]:
    """(route, method, URL) of everything that is served."""
    found = []
    unused = [None] * (len(signature(application).parameters) - 1)
    for route in application(house.hub, *unused).routes:
        assert isinstance(route, Route)
        url = route.path.replace("{id}", "main").replace("{path:path}", "embed.js")
        url = re.sub(r"{[a-z_]+(:[a-z]+)?}", "1", url)
        url += f"?url={house.url}/streams/main" if route.path == "/oembed" else ""
        found += [(route.path, method, url) for method in sorted(route.methods or ()) if method != "HEAD"]
    return found


async def test_every_door_asks_for_a_token_but_those_that_tell_nothing(locked):
    found = doors(locked)
    assert len(found) > 10
    async with locked.http() as client:
        for route, method, url in found:
            answer = await client.request(method, url, json={"prompt": "a fox"} if method == "POST" else None)
            if route == "/streams/{id}/live":
                assert answer.status_code == 426, "by plain HTTP it tells no more than how to come in"
            elif route in CODE_ONLY | HEALTH:
                assert answer.status_code == 200, (route, answer.text)
                assert "wish of 5" not in answer.text, f"{route} tells what the film is about"
            else:
                assert answer.status_code == 401, (method, url, answer.text[:200])
                assert answer.json()["error"]["code"] == "token"
                assert answer.headers["WWW-Authenticate"] == 'Bearer realm="streamer"'


async def test_a_token_opens_them(locked):
    async with locked.http() as client:
        for path in ("/api/streams/main", "/api/streams"):
            assert (await client.get(path, headers=bearer(token()))).status_code == 200
            assert (await client.get(path, params={"token": token()})).status_code == 200


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        (token(key=OTHER), 401, "another key than those of `token_key`"),
        (token(seconds=-60), 401, r"it expired \d+ s ago"),
        ("nonsense", 401, "not a token"),
        (token("other"), 403, "the token is for stream 'other', not for stream 'main'"),
    ],
)  # fmt: skip
async def test_refusals_name_the_setting_and_how_to_make_a_token(locked, given, status, words):
    async with locked.http() as client:
        answer = await client.get("/api/streams/main", headers=bearer(given))
        missing = await client.get("/api/streams/main")
    assert answer.status_code == status
    message = answer.json()["error"]["message"]
    assert re.search(words, message)
    assert "`streamer token` makes one" in message
    assert given not in message
    assert "`token_key` is set and `guard` is all" in missing.json()["error"]["message"]


async def test_to_ask_needs_the_scope_for_it(locked):
    async with locked.http() as client:
        for given, status in [(token(), 403), (token("other", "prompt"), 403), (token(scope="prompt"), 202)]:
            answer = await client.post("/api/streams/main/prompts", json={"prompt": "x"}, headers=bearer(given))
            assert answer.status_code == status
        wish = answer.json()["href"]
        assert (await client.get(wish, headers=bearer(token()))).status_code == 200
        refused = await client.post("/api/streams/main/prompts", json={"prompt": "x"}, headers=bearer(token()))
        assert "allows to watch, not to ask" in refused.json()["error"]["message"]


async def test_with_guard_prompts_watching_is_open_and_asking_is_not(asking):
    async with asking.http() as client:
        for path in ("/api/streams", "/api/streams/main", "/metrics"):
            assert (await client.get(path)).status_code == 200
            assert (await client.get(path, headers=bearer(token(seconds=-60)))).status_code == 200, "it is open to all"
        answer = await client.post("/api/streams/main/prompts", json={"prompt": "x"})
        assert answer.status_code == 401
        assert "`token_key` is set" in answer.json()["error"]["message"]
        good = bearer(token(scope="prompt"))
        assert (await client.post("/api/streams/main/prompts", json={"prompt": "x"}, headers=good)).status_code == 202


async def test_a_list_holds_what_the_token_allows(locked):
    await locked.show(init(), *film(30), stream="second")
    await locked.shown(29, stream="second")
    async with locked.http() as client:
        for given, streams in [("main", ["main"]), ("*", ["main", "second"]), ("third", [])]:
            answer = await client.get("/api/streams", headers=bearer(token(given)))
            assert [film["stream"] for film in answer.json()["streams"]] == streams


async def test_what_is_of_no_stream_alone_needs_a_token_for_all(locked):
    async with locked.http() as client:
        assert (await client.get("/metrics", headers=bearer(token()))).status_code == 403
        assert (await client.get("/metrics", headers=bearer(token("*")))).status_code == 200


async def test_a_key_is_changed_while_tokens_of_the_old_one_are_about(new_house):
    async with new_house(token_key=[OTHER, KEY]) as house, house.http() as client:
        for given in (token("*"), token("*", key=OTHER)):
            assert (await client.get("/api/streams", headers=bearer(given))).status_code == 200


async def test_a_film_without_end_ends_with_the_token(locked):
    async with locked.http() as client:
        for seconds in (1.5, 6, 30):  # long enough for this machine to come to it
            brief = {"token": token(seconds=seconds - LEEWAY)}
            async with client.stream("GET", "/streams/main/live.mp4", params=brief) as answer:
                await answer.aread()  # to its end: it does not break off
            if answer.status_code == 200:
                break
        assert answer.content
        await locked.until(lambda: locked.hub.viewers == 0)
        assert (await client.get("/streams/main/live.mp4", params=brief)).status_code == 401


# The viewer socket


async def test_a_token_comes_with_the_handshake(locked):
    for how in (
        {"subprotocols": ["streamer.v1", f"token.{token()}"]},
        {"additional_headers": bearer(token())},
    ):
        async with locked.watching(**how) as person:
            assert (await person.get())["type"] == "hello"
            assert person.socket.subprotocol == ("streamer.v1" if "subprotocols" in how else None)
    async with locked.watching(query=f"?token={token('*')}") as person:
        assert (await person.get())["type"] == "hello"


async def test_a_token_comes_as_the_first_message(locked):
    async with locked.watching() as person:
        await person.say(type="ack", pts=0)  # what comes before is passed over
        await person.say(type="token", token=token())
        assert (await person.get())["type"] == "hello"
        assert len(await person.frames(6)) == 6


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (token("other"), "for stream 'other'"),
        (token(seconds=-60), "expired"),
        (token(key=OTHER), "`token_key`"),
        ("", "not a token"),
    ],
)
async def test_a_bad_token_is_told_why_and_closed_with_1008(locked, given, words):
    async with locked.watching() as person:
        await person.say(type="token", token=given)
        error, code = await turned_away(person)
        assert (error["code"], code) == ("token", 1008)
        assert words in error["message"]
        assert "`streamer token`" in error["message"]
    if given:
        async with locked.watching(subprotocols=["streamer.v1", f"token.{given}"]) as person:
            assert (await turned_away(person)) == (error, 1008)
    assert locked.hub.viewers == 0


async def test_who_brings_no_token_is_not_waited_for_long(locked, monkeypatch):
    monkeypatch.setattr(admission, "TOKEN_TIMEOUT", 0.05)
    async with locked.watching() as person:
        error, code = await turned_away(person)
    assert (error["code"], code) == ("token", 1008)
    assert "`token_key` is set, so the first message brings one" in error["message"]


async def test_who_waits_for_a_token_is_sent_nothing_and_not_counted(locked):
    async with locked.watching() as stranger, locked.watching(additional_headers=bearer(token())) as guest:
        await guest.frames(6)
        assert locked.hub.viewers == 1
        await stranger.say(type="resync")
        await stranger.say(type="prompt", prompt="let me in", ref="r")
        await stranger.say(type="token", token=token())
        assert (await stranger.get())["type"] == "hello", "the first thing that it hears"
        assert locked.hub.viewers == 2


async def test_an_offer_of_a_token_alone_is_refused_without_repeating_it(locked):
    given = token()
    with pytest.raises(InvalidStatus) as caught:
        async with locked.watching(subprotocols=[f"token.{given}"]):
            pass
    assert caught.value.response.status_code == 400
    assert given.encode() not in caught.value.response.body


async def test_asking_by_socket_needs_the_scope_too(locked):
    async with locked.watching(additional_headers=bearer(token())) as person:
        await person.say(type="prompt", prompt="x", ref="r1")
        error = await person.told("error", ref="r1")
        assert (error["code"], "not to ask" in error["message"]) == ("token", True)
        await person.say(type="token", token=token(scope="prompt"))
        await person.say(type="prompt", prompt="x", ref="r2")
        assert (await person.told("prompt", ref="r2"))["progress"] == "accepted"


async def test_with_guard_prompts_a_socket_needs_one_only_to_ask(asking):
    async with asking.watching() as person:
        await person.frames(6)
        await person.say(type="prompt", prompt="x", ref="r1")
        assert "`token_key` is set" in (await person.told("error", ref="r1"))["message"]
        await person.say(type="token", token=token(key=OTHER))
        assert "`token_key`" in (await person.told("error", code="token"))["message"], "told at once, and not closed"
        await person.say(type="token", token=token(scope="prompt"))
        await person.say(type="prompt", prompt="x", ref="r2")
        assert (await person.told("prompt", ref="r2"))["progress"] == "accepted"


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    """The time that admissions go by, to be set; they look at it all the while."""
    now = [time.time()]
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: now[0]))
    monkeypatch.setattr(admission, "LOOK_AGAIN", 0.02)
    return now


async def test_watching_ends_with_the_token(locked, clock):
    async with locked.watching(additional_headers=bearer(token(seconds=600))) as person:
        await person.told("hello")
        clock[0] += 590
        await person.say(type="resync")
        await person.told("hello")
        clock[0] += 20
        error, code = await turned_away(person)
    assert code == 1008
    assert "expired" in error["message"]
    await locked.until(lambda: locked.hub.viewers == 0)


async def test_a_new_token_in_time_lets_the_film_go_on(locked, clock):
    async with locked.watching(additional_headers=bearer(token(seconds=600))) as person:
        await person.told("hello")
        await person.say(type="token", token=token("other"))
        assert "'other'" in (await person.told("error"))["message"], "the one that it had stays good"
        await person.say(type="token", token=token(seconds=1200))
        await person.say(type="prompt", prompt="x", ref="r")
        await person.told("error", ref="r")  # so it has been heard
        clock[0] += 900
        await asyncio.sleep(0.2)  # it would be turned away now
        await person.say(type="resync")
        await person.told("hello")
        clock[0] += 900
        assert (await turned_away(person))[1] == 1008


async def test_the_right_to_ask_ends_with_the_token_and_watching_goes_on_where_it_is_open(asking, clock):
    async with asking.watching(additional_headers=bearer(token(scope="prompt", seconds=600))) as person:
        await person.say(type="prompt", prompt="x", ref="r0")
        await person.told("prompt", ref="r0")
        clock[0] += 900
        await person.say(type="prompt", prompt="y", ref="r1")
        error = await person.told("error", ref="r1")
        assert (error["code"], "expired" in error["message"]) == ("token", True)
        await person.say(type="resync")
        await person.told("hello")


async def test_the_last_place_may_be_taken_while_one_waits_for_a_token(new_house):
    quick = {"additional_headers": bearer(token())}
    async with new_house(token_key=[KEY], max_viewers=1) as house, house.watching() as slow:
        async with house.watching(**quick) as person:
            await person.told("hello")
            await slow.say(type="token", token=token())
            with pytest.raises(ConnectionClosed) as caught:
                await slow.get()
        assert caught.value.rcvd is not None
        assert (caught.value.rcvd.code, "`max_viewers`" in caught.value.rcvd.reason) == (1013, True)


async def test_without_a_key_nobody_needs_a_token_and_a_strange_one_does_no_harm(playing):
    async with playing.watching(subprotocols=["streamer.v1", "token.whatever"]) as person, playing.http() as client:
        await person.told("hello")
        await person.say(type="token", token="whatever")
        await person.say(type="prompt", prompt="x", ref="r")
        assert (await person.told("prompt", ref="r"))["progress"] == "accepted"
        assert (await client.get("/api/streams/main", headers=bearer("whatever"))).status_code == 200


async def test_no_token_is_logged_or_counted_by_name(locked, caplog):
    good, bad = token(), token(key=OTHER)
    with caplog.at_level(logging.DEBUG):
        async with locked.http() as client:
            for given in (good, bad):
                await client.get("/api/streams/main", params={"token": given})
                async with locked.watching(query=f"?token={given}") as person:
                    await person.get()
            counted = (await client.get("/metrics", headers=bearer(token("*")))).text
    # pytest hangs its own handler into uvicorn's access log, which goes nowhere otherwise.
    assert not logging.getLogger("uvicorn.access").propagate
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("streamer", "uvicorn.error"))]
    for given in (good, bad):
        assert given not in counted
        assert not [line for line in ours if given in line]
    assert 'streamer_refusals_total{setting="token_key"}' in counted


# How many from one address


async def test_who_connects_too_often_is_told_when_to_come_back(new_house):
    neighbour = {"X-Forwarded-For": "203.0.113.7"}
    async with new_house(connect_rate=3, trusted_proxies=["127.0.0.1"]) as house:
        await house.show(init(), *film(30))
        await house.shown(29)
        for _ in range(5):
            async with house.watching(additional_headers=neighbour) as person:
                await person.get()
        with pytest.raises(InvalidStatus) as caught:
            async with house.watching(additional_headers=neighbour):
                pass
        response = caught.value.response
        assert response.status_code == 429
        assert b"`connect_rate` allows 3 connections a minute" in response.body
        assert 1 <= int(response.headers["Retry-After"]) <= 20
        async with house.http() as client:
            answer = await client.get("/streams/main/live.mp4", headers=neighbour)
            assert (answer.status_code, answer.json()["error"]["code"]) == (429, "connect_rate")
            assert 1 <= int(answer.headers["Retry-After"]) <= 20
            assert (await client.get("/api/streams/main", headers=neighbour)).status_code == 200, "a small thing"
            codes = {(await client.get("/api/streams/main", headers=neighbour)).status_code for _ in range(200)}
            assert codes == {200, 429}, "there is an end to those as well"
        async with house.watching(additional_headers={"X-Forwarded-For": "203.0.113.8"}) as person:
            assert (await person.get())["type"] == "hello", "somebody else"


async def test_where_no_proxy_is_trusted_its_words_are_not_heard(new_house):
    async with new_house(connect_rate=3) as house:
        for _ in range(20):  # this machine's own connections are not counted
            async with house.watching(additional_headers={"X-Forwarded-For": "203.0.113.7"}) as person:
                await person.get()


async def test_behind_a_trusted_proxy_each_address_is_an_author(new_house):
    async with new_house(author_rate=1, trusted_proxies=["127.0.0.1"]) as house, house.http() as client:
        for n in range(6):
            for place in ("203.0.113.7", "203.0.113.8") if n < 5 else ("203.0.113.7",):
                claims = {"X-Forwarded-For": f"6.6.6.{n}, {place}"}
                answer = await client.post("/api/streams/main/prompts", json={"prompt": f"{n}"}, headers=claims)
                assert answer.status_code == (202 if n < 5 else 429)
        async with house.watching(additional_headers={"X-Forwarded-For": "203.0.113.7"}) as person:
            await person.say(type="prompt", prompt="by another door", ref="r")
            assert (await person.told("error", ref="r"))["code"] == "rate"
