"""The Python client, and the commands made of it, against a real broadcaster."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import av
import pytest
from onair import TICKS, OnAir

from streamer import client, talk
from streamer.broadcaster.messages import DescriptionBegins, EpochBegins, Hello, PromptProgress, StatusReport
from streamer.bus.base import Record
from streamer.errors import UserError
from streamer.messages import DirectorState, Outcome, PromptOptions, encode
from streamer.settings import Settings
from streamer.topics import DIRECTOR_STATE, PROMPTS


@pytest.fixture
async def system() -> AsyncIterator[OnAir]:
    system = OnAir()
    await system.start()
    yield system
    await system.stop()


async def take(events, count: int) -> list[client.Event]:
    """The next events, status reports left out: they come with the clock."""
    found: list[client.Event] = []
    async with asyncio.timeout(60):
        async for event in events:
            if not isinstance(event, StatusReport):
                found.append(event)
            if len(found) == count:
                break
    return found


async def test_watching(system):
    await system.show(30)
    async with aclosing(client.follow(system.url)) as events:
        hello, init, description, *chunks = await take(events, 9)
        assert isinstance(hello, Hello)
        assert (hello.status, hello.epoch) == ("playing", 5)
        assert isinstance(init, client.Init)
        assert isinstance(description, DescriptionBegins)
        assert description.description.text == "grey"
        assert [(c.epoch, c.seq, c.keyframe) for c in chunks] == [(5, n, n == 24) for n in range(24, 30)]
        await system.show(1, epoch=9)
        begins, _, chunk = await take(events, 3)
        assert isinstance(begins, EpochBegins)
        assert (chunk.epoch, chunk.seq, chunk.pts, chunk.wall) == (9, 0, 30 * TICKS, 1.5)


async def test_a_wish_and_what_becomes_of_it(system):
    await system.show(1)
    async with aclosing(client.follow(system.url)) as events:
        await take(events, 4)
        options = PromptOptions(style="noir", pace=1.0)
        id = await client.prompt(system.url, "a boat", action="steer", options=options)
        (told,) = await take(events, 1)
        assert isinstance(told, PromptProgress)
        assert (told.id, told.progress) == (id, "accepted")
        state = DirectorState(epoch=9, status="playing", outcomes=(Outcome(id=id, outcome="taken", epoch=9),))
        await system.bus.publish(Record(DIRECTOR_STATE, "main", encode(state)))
        await take(events, 1)
        assert (await client.progress(system.url, id)).progress == "directing"
    async with system.bus.tail(PROMPTS) as tail:
        (record,) = await tail.records()
        assert b'"style":"noir"' in record.value


async def test_streams(system):
    assert await client.streams(system.url) == []
    await system.show(1)
    async with aclosing(client.follow(system.url)) as events:
        await take(events, 4)
        (film,) = await client.streams(system.url)
        assert (film.stream, film.status, film.viewers) == ("main", "playing", 1)


async def test_a_lost_connection_is_opened_again(system):
    await system.stop()
    with socket.socket() as keeper:  # bound, it keeps the port from everybody who asks for any free one
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        port = keeper.getsockname()[1]
        await system.start(port)
        await system.show(2)
        async with aclosing(client.follow(system.url)) as events:
            await take(events, 5)
            await system.stop()
            restarting = asyncio.create_task(system.start(port))
            again = await take(events, 1)
            assert isinstance(again[0], Hello)
            await restarting
            await system.show(1, epoch=9)
            while not (isinstance(event := (await take(events, 1))[0], client.Chunk) and event.epoch == 9):
                pass


async def test_without_reconnect_a_goodbye_is_the_end(system):
    events = client.follow(system.url, reconnect=False)
    await take(events, 1)
    await system.stop()
    assert await take(events, 1) == []
    await system.start()


async def test_refusals_are_in_the_servers_words(system):
    with pytest.raises(UserError, match="no words"):
        await client.prompt(system.url, "")
    with pytest.raises(UserError, match="never played"):
        await client.prompt(system.url, action="pause")
    with pytest.raises(UserError, match="is not a stream id"):
        await take(client.follow(system.url, "-x"), 1)
    with pytest.raises(UserError, match="nothing is known of prompt"):
        await client.progress(system.url, "nobody")


async def test_nobody_there():
    with pytest.raises(UserError, match=r"nothing answers at http://127.0.0.1:9 .*: is `streamer up` running there"):
        await client.streams("http://127.0.0.1:9")
    with pytest.raises(UserError, match="nothing answers"):
        await take(client.follow("http://127.0.0.1:9", reconnect=False), 1)


async def test_recording(system, tmp_path):
    """What is recorded plays, from its first frame on."""
    await system.show(30)
    recording = asyncio.create_task(client.record(system.url, tmp_path / "film.mp4", seconds=1.0))
    await system.until(lambda hub: hub.viewers == 1)
    await system.show(30, epoch=9)
    (path,) = await asyncio.wait_for(recording, 60)
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == 24
    assert frames[0].pts == 0


async def test_watching_for_some_seconds_ends_though_the_server_is_gone(system):
    watching = asyncio.create_task(talk.watch(Settings(url=system.url, seconds=1)))
    await system.until(lambda hub: hub.viewers == 1 or watching.done())
    await system.stop()
    await asyncio.wait_for(watching, 60)
    await system.start()


async def test_the_note_of_a_director_is_listed_and_watched(system, capsys):
    async def direct(**facts):
        await system.bus.publish(Record(DIRECTOR_STATE, "main", encode(DirectorState(epoch=5, **facts))))

    async def shown(words: str) -> None:
        nonlocal lines
        async with asyncio.timeout(60):
            while words not in lines:
                lines += capsys.readouterr().out
                await asyncio.sleep(0.01)

    lines = ""
    await system.show(1)
    await direct(status="playing", note="http://llm.example/v1: HTTP 401: wrong key")
    watching = asyncio.create_task(talk.watch(Settings(url=system.url)))
    await shown("— http://llm.example/v1: HTTP 401: wrong key\n")
    await talk.ls(Settings(url=system.url))
    await shown('"note": "http://llm.example/v1: HTTP 401: wrong key"')
    await direct(status="playing")
    await shown("— the LLM directs again\n")
    await direct(status="held", reason="budget", note="goes on at 15:20 UTC")
    await shown("— held budget\n— goes on at 15:20 UTC\n")
    watching.cancel()


async def settle(system: OnAir, asking: asyncio.Task[None], *, status: str = "playing", **outcome: Any) -> None:
    """What a director makes of the wish that `asking` has sent."""
    async with asyncio.timeout(60), system.bus.tail(PROMPTS) as tail:
        (record,) = await tail.records()
    told = Outcome(id=dict(record.headers)["id"].decode(), epoch=5, **outcome)
    await system.bus.publish(
        Record(DIRECTOR_STATE, "main", encode(DirectorState(epoch=5, status=status, outcomes=(told,))))
    )
    await asyncio.wait_for(asking, 60)


@pytest.mark.parametrize("control", [talk.pause, talk.resume, talk.stop])
async def test_a_control_is_followed_and_its_refusal_told(system, capsys, control):
    await system.show(1)
    await system.bus.publish(Record(DIRECTOR_STATE, "main", encode(DirectorState(epoch=5, status="playing"))))
    await system.until(lambda hub: hub.room("main").channel.director is not None)
    asking = asyncio.create_task(control(Settings(url=system.url)))
    with pytest.raises(UserError, match="the wish was refused: 30 prompts a minute are taken"):
        await settle(system, asking, outcome="refused", reason="30 prompts a minute are taken")


async def test_a_control_that_is_taken_is_done(system, capsys):
    await system.show(1)
    await system.bus.publish(Record(DIRECTOR_STATE, "main", encode(DirectorState(epoch=5, status="playing"))))
    await system.until(lambda hub: hub.room("main").channel.director is not None)
    await settle(system, asyncio.create_task(talk.pause(Settings(url=system.url))), outcome="taken", status="held")
    assert capsys.readouterr().out.splitlines()[1:] == ["done"]


async def test_the_table_of_films_shows_words_as_they_are(system, capsys, monkeypatch):
    await system.show(1)
    words = "a fox [/red] [bold]runs :fox: \\[x]\\"
    state = DirectorState(epoch=5, status="playing", prompt=words, director="[/]")
    await system.bus.publish(Record(DIRECTOR_STATE, "main", encode(state)))
    await system.until(lambda hub: hub.room("main").channel.director is not None)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    await talk.ls(Settings(url=system.url))
    shown = capsys.readouterr().out
    assert words in shown
    assert "[/]" in shown


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("https://example.org", False),
    ],
)
def test_proxies_are_for_other_machines(url, own):
    assert client._on_this_machine(url) is own
