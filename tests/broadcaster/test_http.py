"""Pages and REST, as anyone with curl meets them."""

from __future__ import annotations

import asyncio
import os

import msgspec
import pytest
from films import chunk, directed

from streamer.broadcaster import service
from streamer.broadcaster.pages import Pages
from streamer.messages import Outcome
from streamer.topics import PROMPTS, home


async def prompts(house, count=1) -> list:
    """What has been written to streamer.prompts."""
    async with house.bus.tail(PROMPTS) as tail, asyncio.timeout(60):
        found = []
        while len(found) < count:
            found += await tail.records()
        return found


@pytest.fixture
async def curl(house):
    async with house.http() as client:
        yield client


# Streams


async def test_streams(playing):
    await playing.direct(directed(published=4.0, director="storyboard"))
    await playing.until(lambda: playing.hub.room("main").channel.director)
    async with playing.http() as client:
        (film,) = (await client.get("/api/streams")).json()["streams"]
        assert film == (await client.get("/api/streams/main")).json()
    assert (film["stream"], film["status"], film["epoch"]) == ("main", "playing", 5)
    assert (film["director"], film["prompt"], film["lead"]) == ("storyboard", "wish of 5", 4.0)
    assert film["media"]["codec"] == "avc1.42c015"
    assert film["description"]["text"] == "description 0"


async def test_a_stream_that_nobody_has_heard_of(house, curl):
    answer = await curl.get("/api/streams/nobody")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no_stream"
    async with house.watching("nobody"):  # watching alone does not make a film
        assert (await curl.get("/api/streams/nobody")).status_code == 404
        assert (await curl.get("/api/streams")).json() == {"streams": []}


# Prompts


async def test_a_prompt_goes_to_the_bus(house, curl):
    body = {"prompt": " a red fox ", "options": {"style": "noir"}, "id": "wish-1"}
    answer = await curl.post("/api/streams/main/prompts", json=body)
    assert answer.status_code == 202
    assert answer.json() == {
        "id": "wish-1", "stream": "main", "progress": "accepted", "href": "/api/streams/main/prompts/wish-1",
    }  # fmt: skip
    (record,) = await prompts(house)
    assert (record.key, record.partition) == (b"main", home("main"))
    assert dict(record.headers)["id"] == b"wish-1"
    assert msgspec.json.decode(record.value) == {"prompt": "a red fox", "options": {"style": "noir"}}


async def test_a_prompt_is_followed_to_the_screen(playing):
    async with playing.http() as client, playing.watching() as person:
        answer = (await client.post("/api/streams/main/prompts", json={"prompt": "a boat"})).json()
        assert (await person.told("prompt"))["progress"] == "accepted"

        await playing.direct(directed(9, "playing", Outcome(id=answer["id"], outcome="taken", epoch=9)))
        assert (await person.told("prompt"))["progress"] == "directing"
        assert (await client.get(answer["href"])).json()["progress"] == "directing"

        await playing.show(chunk(0, epoch=9, pts=10**9))
        told = await person.told("prompt")
        assert (told["id"], told["progress"], told["epoch"]) == (answer["id"], "on_screen", 9)
        assert (await client.get(answer["href"])).json() == {
            "id": answer["id"], "progress": "on_screen", "epoch": 9, "reason": "",
        }  # fmt: skip


async def test_a_stop_is_on_the_screen_when_the_film_has_ended(playing):
    async with playing.http() as client, playing.watching() as person:
        await playing.direct(directed(5))
        await playing.until(lambda: playing.hub.room("main").channel.director)
        answer = (await client.post("/api/streams/main/prompts", json={"action": "stop"})).json()
        await playing.direct(directed(9, "ended", Outcome(id=answer["id"], outcome="taken", epoch=9), reason="stopped"))
        assert (await person.told("prompt", progress="on_screen"))["id"] == answer["id"]
        assert (await person.told("status"))["status"] == "ended"


async def test_a_prompt_by_socket(playing):
    async with playing.watching() as person:
        await person.say(type="prompt", prompt="a boat", action="steer", ref="r1")
        told = [await person.told("prompt", progress="accepted") for _ in range(2)]
        assert ["ref" in wish for wish in told] == [False, True], "the news for all, then the answer to the sender"
        assert told[1]["ref"] == "r1"
        (record,) = await prompts(playing)
        assert msgspec.json.decode(record.value) == {"prompt": "a boat", "action": "steer"}
        await person.say(type="prompt", prompt="", ref="r2")
        error = await person.told("error")
        assert (error["code"], error["ref"]) == ("empty", "r2")


async def test_a_prompt_by_socket_for_which_there_is_no_place_is_refused_by_its_name(new_house, monkeypatch):
    monkeypatch.setattr(service, "MAX_ASKS", 1)
    async with new_house() as house, house.watching() as person:
        asked, answered = asyncio.Event(), asyncio.Event()

        async def publish(record, publish=house.bus.publish):
            asked.set()
            await answered.wait()
            return await publish(record)

        monkeypatch.setattr(house.bus, "publish", publish)
        await person.say(type="prompt", prompt="on its way", ref="r1")
        await asked.wait()
        await person.say(type="prompt", prompt="waits for it", ref="r2")
        await person.say(type="prompt", prompt="too many", ref="r3")
        error = await person.told("error")
        assert (error["code"], error["ref"]) == ("busy", "r3")
        answered.set()
        assert [(await person.told("prompt", ref=ref))["progress"] for ref in ("r1", "r2")] == ["accepted", "accepted"]


async def test_asking_twice_is_asking_once(house, curl):
    for _ in range(2):
        answer = await curl.post("/api/streams/main/prompts", json={"prompt": "x", "id": "once"})
        assert answer.status_code == 202
    await curl.post("/api/streams/main/prompts", json={"prompt": "y", "id": "twice"})
    assert [dict(record.headers)["id"] for record in await prompts(house, 2)] == [b"once", b"twice"]


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
async def test_there_is_nothing_to_pause_where_nothing_played(house, curl, action):
    answer = await curl.post("/api/streams/new/prompts", json={"action": action})
    assert answer.status_code == 404
    assert action in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status", "field", "words"),
    [
        (b"{", 400, None, "JSON"),
        (b"\xff\xfe", 400, None, "JSON"),
        (b"", 400, None, "JSON"),
        (b"[]", 422, "", "Expected `object`"),
        (b'{"prompt": 7}', 422, "prompt", "Expected `str`, got `int`"),
        (b'{"promt": "x"}', 422, "promt", "unknown field"),
        (b'{"prompt": "x", "options": {"pase": 1}}', 422, "options.pase", "unknown field"),
        (b'{"prompt": "x", "options": {"pace": 99}}', 422, "options.pace", "<= 12.0"),
        (b'{"prompt": "x", "action": "dance"}', 422, "action", "dance"),
        (b'{"prompt": "x", "id": "no spaces"}', 422, "id", "regex"),
        (b'{"prompt": "x", "id": "line\\n"}', 422, "id", "regex"),
        (b'{"prompt": "  "}', 422, "prompt", "no words"),
        (b'{"prompt": "' + b"x" * 2001 + b'"}', 422, "prompt", "max_prompt_chars"),
        (b'{"prompt": "' + b"x" * 1_000_000 + b'"}', 413, None, "max_prompt_chars"),
    ],
)  # fmt: skip
async def test_bad_bodies(house, curl, body, status, field, words):
    answer = await curl.post("/api/streams/main/prompts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error.get("field", "") == (field or "")
    assert words in error["message"]


async def test_a_body_without_a_length_is_bounded_too(house, curl):
    async def endless():
        for _ in range(1000):
            yield b"x" * 1000

    answer = await curl.post(
        "/api/streams/main/prompts", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


async def test_every_character_may_be_escaped(house, curl):
    """2000 characters outside the BMP as JSON escapes: 24 kB."""
    body = b'{"prompt": "' + b"\\ud83e\\udd8a" * 2000 + b'"}'
    answer = await curl.post("/api/streams/main/prompts", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json(house, curl, kind):
    """Also what a foreign page could send without asking first (a simple request, Fetch standard)."""
    answer = await curl.post("/api/streams/main/prompts", content=b'{"prompt":"x"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/api/streams/-x", "/api/streams/a%20b", "/embed/%2e", f"/api/streams/{'a' * 65}"])
async def test_bad_ids(house, curl, path):
    answer = await curl.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_id"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/api/streams", 405), ("GET", "/api/streams/main/prompts/none", 404)],
)
async def test_every_error_is_json(house, curl, method, path, status):
    answer = await curl.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) >= {"code", "message"}


# Doors


@pytest.mark.parametrize("path", ["/", "/api/streams", "/metrics", "/healthz"])
async def test_foreign_origins_and_hosts_are_refused(house, curl, path):
    answer = await curl.get(path, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "`allowed_origins`" in answer.json()["error"]["message"]
    answer = await curl.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "`allowed_hosts`" in answer.json()["error"]["message"]


async def test_pages_of_allowed_origins_may_ask(new_house):
    async with new_house(allowed_origins=["https://friend.example"]) as house, house.http() as client:
        origin = {"Origin": "https://friend.example"}
        answer = await client.options(
            "/api/streams/main/prompts", headers=origin | {"Access-Control-Request-Method": "POST"}
        )
        assert answer.status_code == 204
        assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"].split(", ")
        answer = await client.get("/api/streams", headers=origin)
        assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.example"
        assert "Origin" in answer.headers["Vary"]
        answer = await client.get("/embed/main")
        assert "frame-ancestors 'self' https://friend.example" in answer.headers["Content-Security-Policy"]


# Pages


async def test_the_studio_and_its_parts(house, curl):
    page = await curl.get("/")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    again = await curl.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_any_page_may_load_the_player(house, curl):
    answer = await curl.get("/player.js", headers={"Origin": "https://anyone.example"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "path",
    ["/web/../service.py", "/web/%2e%2e/service.py", "/web/..%2fservice.py", "/web/.hidden", "/web/", "/web/%00"],
)
async def test_nothing_but_the_web_folder_is_served(house, curl, path):
    assert (await curl.get(path)).status_code == 404


def test_pages_are_read_again_when_they_change(tmp_path):
    file = tmp_path / "a.js"
    file.write_text("one")
    pages = Pages(tmp_path)
    first = pages.get("a.js")
    assert pages.get("a.js") is first
    file.write_text("two, longer")
    os.utime(file, ns=(1, 1))
    second = pages.get("a.js")
    assert second.body == b"two, longer"
    assert second.etag != first.etag


def test_a_file_is_kept_once_by_however_many_names_it_is_asked_for(tmp_path):
    (tmp_path / "a.js").write_text("one")
    pages = Pages(tmp_path)
    first = pages.get("a.js")
    names = ["./" * n + "a.js" for n in range(1, 50)] + ["/" * n + "a.js" for n in range(1, 50)] + [f"{tmp_path}/a.js"]
    assert {pages.get(name) for name in names} <= {first, None}
    assert pages.get("././/./a.js") is first
    assert len(pages._pages) == 1


def test_links_in_a_circle_are_no_file(tmp_path):
    (tmp_path / "one").symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(tmp_path / "one")
    assert Pages(tmp_path).get("one") is None


def test_links_out_of_the_folder_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("x")
    web = tmp_path / "web"
    web.mkdir()
    (web / "link").symlink_to(tmp_path / "secret")
    assert Pages(web).get("link") is None


# Operation


async def test_health_and_metrics(playing):
    async with playing.http() as client, playing.watching("main") as person:
        await person.frames(6)
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).status_code == 200
        text = (await client.get("/metrics")).text
        assert 'streamer_viewers{stream="main"} 1.0' in text
        assert "streamer_delivery_seconds_bucket" in text


async def test_not_ready_before_the_past_is_read(house, curl):
    house.hub.ready = False
    answer = await curl.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    answer = await curl.post("/api/streams/main/prompts", json={"prompt": "x"})
    assert answer.status_code == 503


async def test_not_ready_while_the_worker_beside_it_warms_up_and_the_page_says_so(house, curl):
    house.service.readiness.at("warming up", "loading weights")
    answer = await curl.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "warming up", "detail": "loading weights"})
    async with house.watching("main") as person:
        await person.told("status", status="waiting", reason="the engine is warming up: loading weights")
        house.service.readiness.at("ready")
        await person.told("status", status="waiting", reason="")
    assert (await curl.get("/readyz")).json() == {"status": "ready"}


async def test_a_bug_shows_no_traceback(house, curl, monkeypatch):
    monkeypatch.setattr(type(house.hub.room("main")), "known", property(lambda room: 1 / 0))
    answer = await curl.get("/api/streams")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal"
    assert "division" not in answer.text


async def test_a_bus_that_does_not_answer(house, curl, monkeypatch):
    async def away(record):
        raise TimeoutError

    monkeypatch.setattr(house.bus, "publish", away)
    answer = await curl.post("/api/streams/main/prompts", json={"prompt": "x"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "bus"
