"""Who asks is told from who else asks, bounded at the door, and named to nobody."""

from __future__ import annotations

import json
from ipaddress import ip_address

import pytest
from films import directed
from hypothesis import given
from hypothesis import strategies as st

from streamer.broadcaster.authors import Authors
from streamer.director.prompts import parse_prompt
from streamer.topics import PROMPTS, home


async def written(house, count: int, stream: str = "main") -> list:
    """What has been written to streamer.prompts."""
    partition = home(stream)
    await house.until(lambda: len(house.bus.log(PROMPTS, partition).read(0, 1 << 30)[0]) >= count)
    return house.bus.log(PROMPTS, partition).read(0, 1 << 30)[0]


def author(record) -> str:
    """As a director reads it."""
    return parse_prompt(record, max_chars=2000).author


# Names


def test_a_place_has_one_name_and_another_place_another():
    authors = Authors()
    assert authors.name("192.0.2.7") == authors.name("192.0.2.7") == authors.name("::ffff:192.0.2.7")
    assert len({authors.name(f"192.0.2.{n}") for n in range(256)}) == 256


def test_an_ipv6_household_is_one_author():
    authors = Authors()
    assert authors.name("2001:db8:0:1::5") == authors.name("2001:db8:0:1:ffff::1")
    assert authors.name("2001:db8:0:1::5") != authors.name("2001:db8:0:2::5")
    assert authors.name("fe80::1%eth0") == authors.name("fe80::2")


@pytest.mark.parametrize("peer", ["", "/run/streamer.sock", "localhost", "1.2.3"])
def test_what_is_no_address_is_nobody(peer):
    assert Authors().name(peer) == ""


@given(st.ip_addresses())
def test_a_name_says_nothing_of_the_address_and_another_process_has_another(address):
    """What can be computed without the key, its own copy of this code included, does not give the name."""
    name = Authors().name(str(address))
    assert len(bytes.fromhex(name)) == 8
    assert Authors().name(str(address)) != name
    assert ip_address(str(address)).packed.hex() not in name


# Doors


async def test_rest_and_socket_write_the_same_author_who_is_no_address(playing):
    async with playing.http() as client, playing.watching() as person:
        # Whom a header claims to be makes no difference.
        claims = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "author": "me"}
        await client.post("/api/streams/main/prompts", json={"prompt": "a fox"}, headers=claims)
        await client.post("/api/streams/main/prompts", json={"prompt": "an owl"})
        await person.say(type="prompt", prompt="a boat", author="me")
        records = await written(playing, 3)
    assert len({author(record) for record in records}) == 1
    assert len(author(records[0])) == 16
    for record in records:
        assert b"127.0.0.1" not in record.value + b"".join(value for _, value in record.headers)


async def test_a_body_cannot_name_its_author(playing):
    async with playing.http() as client:
        answer = await client.post("/api/streams/main/prompts", json={"prompt": "x", "author": "me"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "author")


async def test_who_asks_too_often_gets_429_and_is_told_when_to_come_back(new_house):
    async with new_house(author_rate=30) as house, house.http() as client:
        codes = []
        for n in range(12):
            answer = await client.post(f"/api/streams/s{n}/prompts", json={"prompt": f"fox {n}", "id": f"w{n}"})
            codes.append(answer.status_code)
        # Ten at once; on a busy machine the eleventh's time may have come.
        assert codes[:10] == [202] * 10
        assert 429 in codes[10:]
        while answer.status_code != 429:
            answer = await client.post("/api/streams/main/prompts", json={"prompt": "once more"})
        error = answer.json()["error"]
        assert error["code"] == "rate"
        assert error["message"].startswith("30 prompts a minute are taken from one author (author_rate); the next in ")
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["Content-Type"] == "application/json"
        known = await client.post("/api/streams/s0/prompts", json={"prompt": "fox 0", "id": "w0"})
        assert known.status_code == 202, "what was taken is not counted again"


async def test_a_socket_is_told_the_same_and_stays_open(new_house):
    async with new_house(author_rate=1) as house, house.watching() as person, house.http() as client:
        for n in range(6):  # five at once, and one a minute
            await person.say(type="prompt", prompt=f"fox {n}", ref=f"r{n}")
        error = await person.told("error")
        assert (error["code"], error["ref"]) == ("rate", "r5")
        assert "(author_rate)" in error["message"]
        answer = await client.post("/api/streams/main/prompts", json={"prompt": "by another door"})
        assert answer.status_code == 429, "it is the same author there"
        await person.say(type="prompt", action="stop", ref="enough")
        assert (await person.told("error", ref="enough"))["code"] == "no_stream", "it is heard, and not counted"
        assert [json.loads(r.value)["prompt"] for r in await written(house, 5)] == [f"fox {n}" for n in range(5)]


async def test_a_stop_gets_through(new_house):
    async with new_house(author_rate=1) as house, house.http() as client:
        await house.direct(directed())
        await house.until(lambda: house.hub.room("main").channel.director)
        for n in range(6):
            answer = await client.post("/api/streams/main/prompts", json={"prompt": f"fox {n}"})
        assert answer.status_code == 429
        assert 2 < int(answer.headers["Retry-After"]) <= 60, "of one a minute the next one is far"
        paused = await client.post("/api/streams/main/prompts", json={"action": "pause"})
        assert paused.status_code == 429
        stopped = await client.post("/api/streams/main/prompts", json={"action": "stop"})
        assert stopped.status_code == 202


async def test_what_is_refused_for_another_reason_takes_nothing(new_house):
    async with new_house(author_rate=1) as house, house.http() as client:
        for _ in range(10):
            assert (await client.post("/api/streams/main/prompts", json={"prompt": " "})).status_code == 422
        assert (await client.post("/api/streams/main/prompts", json={"prompt": "a fox"})).status_code == 202


async def test_without_a_rate_nobody_is_refused(new_house):
    async with new_house(author_rate=0) as house, house.http() as client:
        for n in range(60):
            answer = await client.post("/api/streams/main/prompts", json={"prompt": f"fox {n}"})
            assert answer.status_code == 202
