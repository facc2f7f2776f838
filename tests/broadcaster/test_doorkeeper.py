"""What every answer carries, and what pages of other origins may do."""

from __future__ import annotations

import pytest
from films import film, init

FRIEND = "https://friend.example"
PATHS = ["/", "/embed/main", "/player.js", "/web/embed.js", "/api/streams", "/api/streams/nobody", "/no", "/healthz"]


@pytest.fixture
async def befriended(new_house):
    async with new_house(allowed_origins=[FRIEND]) as house:
        await house.show(init(), *film(30))
        await house.shown(29)
        yield house


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_is_what_it_says_and_tells_nobody_where_it_came_from(house, path):
    async with house.http() as client:
        answer = await client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if path == "/player.js" else "same-origin")
    assert "Strict-Transport-Security" not in answer.headers, "TLS is not ours"
    kind = answer.headers["Content-Type"].partition(";")[0]
    policy = answer.headers.get("Content-Security-Policy", "")
    if kind == "text/html":
        assert "default-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert "'unsafe-inline'" not in policy
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
    if kind == "application/json":
        assert policy == "default-src 'none'; frame-ancestors 'none'"


async def test_who_may_embed_is_in_the_policy_of_the_embed_page_alone(befriended):
    async with befriended.http() as client:
        embed = (await client.get("/embed/main")).headers
        studio = (await client.get("/")).headers
    assert embed["Content-Security-Policy"].endswith(f"frame-ancestors 'self' {FRIEND}")
    assert studio["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    assert embed["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_friend_s_page_may_read_and_ask_with_a_token(befriended):
    async with befriended.http() as client:
        asked = {
            "Origin": FRIEND,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        }
        granted = await client.options("/api/streams/main/prompts", headers=asked)
        answer = await client.get("/api/streams/main", headers={"Origin": FRIEND})
    assert granted.status_code == 204
    assert {"Authorization", "Content-Type"} <= set(granted.headers["Access-Control-Allow-Headers"].split(", "))
    assert granted.headers["Access-Control-Allow-Origin"] == FRIEND
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Retry-After", "X-Recording-From"} <= set(exposed)
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_refusal_can_be_read_by_a_friend_s_page(new_house):
    async with new_house(allowed_origins=[FRIEND], token_key=["k" * 32]) as house, house.http() as client:
        answer = await client.get("/api/streams/main", headers={"Origin": FRIEND})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND


async def test_a_stranger_s_page_may_nothing(befriended):
    stranger = {"Origin": "https://stranger.example"}
    async with befriended.http() as client:
        preflight = await client.options("/api/streams", headers=stranger | {"Access-Control-Request-Method": "GET"})
        answer = await client.get("/api/streams", headers=stranger)
        code = await client.get("/player.js", headers=stranger)
    assert (preflight.status_code, answer.status_code) == (403, 403)
    assert "`allowed_origins`" in answer.json()["error"]["message"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert (code.status_code, code.headers["Access-Control-Allow-Origin"]) == (200, "*")


async def test_the_own_origin_behind_a_proxy_that_ends_tls(new_house):
    """What it says of the scheme counts; where it is not trusted only host and port can be compared."""
    own = {"Host": "film.example", "X-Forwarded-Proto": "https"}
    for trusted, origin, status in [
        (["127.0.0.1"], "https://film.example", 200),
        (["127.0.0.1"], "https://film.example:443", 200),
        (["127.0.0.1"], "http://film.example", 403),
        ([], "https://film.example", 200),
        ([], "http://film.example", 200),
        ([], "https://film.example:8443", 403),
    ]:
        async with new_house(allowed_hosts=["film.example"], trusted_proxies=trusted) as house, house.http() as client:
            answer = await client.get("/api/streams", headers=own | {"Origin": origin})
            assert answer.status_code == status, (trusted, origin)
