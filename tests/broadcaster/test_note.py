"""What the director has people know: why the LLM does not direct now, when a held film goes on."""

from __future__ import annotations

import json

import pytest
from films import FakeLine, directed, film, init

from streamer.broadcaster.room import Room
from streamer.broadcaster.viewer import Viewer

TROUBLE = "http://llm.example/v1: HTTP 401: wrong key"


@pytest.fixture
def room():
    """A room that shows a film."""
    room = Room("main", ring=6.0)
    room.push(init(), 0.0, 0.0)
    for item in film(1):
        room.push(item, 0.0, 0.0)
    return room


def enter(room: Room, at: float) -> Viewer:
    viewer = Viewer(FakeLine(), slow_limit=30.0)
    room.enter(viewer, at, at)
    return viewer


def notes(viewer: Viewer, kind: str = "status") -> list[str]:
    """Of every message of a kind that the viewer was sent."""
    found = []
    for data in viewer.line.frames:
        at = data.find(b'{"type":"%s"' % kind.encode())
        if at >= 0:
            found.append(json.JSONDecoder().raw_decode(data[at:].decode(errors="replace"))[0]["note"])
    return found


def test_a_change_of_the_note_is_told_at_once(room):
    viewer = enter(room, 0.0)
    room.direct(directed(), 1.0, 1.0)
    before = len(notes(viewer))
    room.direct(directed(note=TROUBLE), 1.1, 1.1)
    room.direct(directed(note=TROUBLE), 1.2, 1.2)
    room.direct(directed(), 1.3, 1.3)
    assert notes(viewer)[before:] == [TROUBLE, ""]


def test_a_newcomer_learns_the_note_with_the_hello(room):
    room.direct(directed(note=TROUBLE), 1.0, 1.0)
    assert notes(enter(room, 2.0), "hello") == [TROUBLE]


async def test_the_rest_api_has_the_note(playing):
    said = "the budget of 20000 tokens an hour is used up for now: goes on at 15:20 UTC"
    await playing.direct(directed(status="held", reason="budget", note=said))
    await playing.until(lambda: playing.hub.room("main").channel.director)
    async with playing.http() as curl:
        shown = (await curl.get("/api/streams/main")).json()
    assert (shown["status"], shown["reason"], shown["note"]) == ("held", "budget", said)


async def test_an_option_that_does_not_fit_is_named_on_the_socket_too(playing):
    async with playing.watching() as person:
        await person.say(type="prompt", prompt="a boat", options={"pace": 0.1}, ref="mine")
        error = await person.told("error")
        assert (error["code"], error["field"], error["ref"]) == ("bad_message", "options.pace", "mine")
        assert ">= 0.5" in error["message"]
        await person.say(type="prompt", prompt="x" * 3000, ref="mine")
        error = await person.told("error", code="too_long")
        assert (error["field"], error["ref"]) == ("prompt", "mine")
