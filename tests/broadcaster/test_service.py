"""The broadcaster between the bus and its port: restarts, films that stand, audience, addresses."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest
from films import FPS, MEDIA, FakeLine, chunk, directed, film, init, worked
from websockets.exceptions import ConnectionClosed

from streamer.broadcaster import hub as hub_module
from streamer.broadcaster import room as room_module
from streamer.broadcaster import service as broadcaster_service
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.errors import UserError
from streamer.messages import Audience, Outcome, decode_audience, encode
from streamer.topics import AUDIENCE, DIRECTOR_STATE, PROMPTS, VIDEO, WORKER_STATE, home


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


async def film_so_far(house, frames: int, status: str = "playing", stream: str = "main") -> None:
    """What a worker leaves on the bus: the media, and a state that knows its newest keyframe."""
    await house.show(init(), stream=stream)
    keyframe = -1
    for item in film(frames):
        offset = await house.show(item, stream=stream)
        keyframe = offset if item.keyframe else keyframe
    state = worked(5, status, seq=frames, init=init().data, media=MEDIA, generation=1, keyframe=keyframe)
    await house.work(state, stream)


async def test_after_a_restart_the_first_viewer_joins_at_once(new_house, bus):
    async with new_house(bus) as house:
        await film_so_far(house, 60)
    async with new_house(bus) as house:
        assert house.hub.room("main").channel.reached(5, 60)
        assert len(house.hub.room("main").channel.gops) == 1, "no more of the past than a join needs"
        async with house.watching() as person:
            assert [frame.seq for frame in await person.frames(12)] == list(range(48, 60))


async def test_across_a_restart_a_viewer_sees_nothing_older(new_house, bus):
    async with new_house(bus) as house:
        await film_so_far(house, 30)
        async with house.watching() as person:
            assert [frame.seq for frame in await person.frames(6)] == list(range(24, 30))
    async with new_house(bus) as house:
        await house.show(*(chunk(seq) for seq in range(30, 60)))
        await house.shown(59)
        async with house.watching() as person:
            assert (await person.told("hello"))["epoch"] == 5
            assert [frame.seq for frame in await person.frames(12)] == list(range(48, 60))


@pytest.mark.parametrize("status", ["held", "ended"])
async def test_the_last_picture_of_a_film_that_stands_is_fetched_from_far_back(new_house, bus, status):
    """Two streams of one partition: one stands since long ago, the other plays on."""
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == home("main"))
    async with new_house(bus) as house:
        await film_so_far(house, 30, status)
        await house.direct(directed(5, status, reason="paused" if status == "held" else "stopped"))
        await film_so_far(house, 20 * FPS, stream=other)
    async with new_house(bus) as house:
        async with house.watching() as person:
            assert (await person.told("hello"))["status"] == status
            assert [frame.seq for frame in await person.frames(6)] == list(range(24, 30))
        assert len(house.hub.room(other).channel.gops) == 1


async def test_a_held_film_that_goes_on(new_house, bus):
    async with new_house(bus) as house:
        await film_so_far(house, 30, "held")
    async with new_house(bus) as house, house.watching() as person:
        await person.frames(6)
        await house.show(chunk(30))
        assert (await person.frames(1))[0].seq == 30


async def test_strangers_records_are_passed_over(house, caplog):
    for number in range(20):
        await house.bus.publish(Record(VIDEO, "main", b"nonsense %d" % number, [("kind", b"chunk")]))
    await house.bus.publish(Record(VIDEO, "not an id!", b"x", partition=0))
    await house.show(init(), *film(2))
    await house.shown(1)
    warnings = [record for record in caplog.records if "passed over" in record.message]
    assert 1 <= len(warnings) <= 6, "one line for the 1st, 2nd, 4th, 8th, 16th"


async def audience(house, count: int, stream: str = "main"):
    """The next Audience of a stream that tells `count`."""
    async with house.bus.tail(AUDIENCE) as tail, asyncio.timeout(60):
        while True:
            for record in await tail.records():
                told = decode_audience(record.value) if record.value else None
                if (told.count if told else 0) == count and record.key.startswith(stream.encode() + b"/"):
                    return record, told


async def test_the_directors_are_told_who_watches(house):
    await house.direct(directed())
    async with house.watching(), house.watching():
        record, told = await audience(house, 2)
        assert record.partition == home("main")
        assert 0 < told.until - record.at <= broadcaster_service.AUDIENCE_TTL + 1
    _, told = await audience(house, 0)
    assert told is None, "a tombstone: void at once, and no key is left of it"


async def test_of_ids_that_nobody_knows_there_is_nothing_to_tell(house):
    await house.direct(directed())
    async with house.watching("made-up") as person, house.watching():
        await person.get()
        await audience(house, 1)
    keys = [r.key for p in range(house.bus.partitions) for r in house.bus.log(AUDIENCE, p).read(0, 1 << 20)[0]]
    assert all(key.startswith(b"main/") for key in keys)


async def tell(house, count: int | None, *, by: str = "there:8080", seconds: float = 12.0) -> None:
    """Another broadcaster says how many watch `main` through it."""
    told = encode(Audience(count=count, until=time.time() + seconds)) if count is not None else None
    await house.bus.publish(Record(AUDIENCE, f"main/{by}", told, partition=home("main")))


async def test_people_are_told_how_many_watch_wherever_they_do(playing):
    house = playing
    await tell(house, 5)
    await house.until(lambda: house.hub.room("main").channel.elsewhere == 5)
    async with house.watching() as person, house.http() as client:
        assert (await person.told("hello"))["viewers"] == 6
        assert (await client.get("/api/streams/main")).json()["viewers"] == 6
        await tell(house, None)
        assert await person.told("status", viewers=1)


async def test_a_broadcaster_that_was_killed_is_not_counted_for_long(playing):
    house = playing
    await tell(house, 5, seconds=1.5)
    async with house.watching() as person:
        assert (await person.told("hello"))["viewers"] == 6
        assert await person.told("status", viewers=1)


async def test_the_counts_that_a_life_before_left_behind_are_taken_back(new_house, bus):
    async with new_house(bus) as house:
        name = house.hub.elsewhere.own
        port = house.port
    await bus.publish(Record(AUDIENCE, f"main/{name}", encode(Audience(count=7, until=9e9)), partition=home("main")))
    async with new_house(bus, port=port) as house:
        await audience(house, 7)
        await house.until(lambda: counts(bus)[-1] is None, "its own key is empty again")


def counts(bus) -> list[bytes | None]:
    """All that was ever said of who watches `main`."""
    return [record.value for record in bus.log(AUDIENCE, home("main")).read(0, 1 << 20)[0]]


async def test_when_the_server_stops_its_counts_are_taken_back(new_house, bus):
    async with new_house(bus) as house:
        await house.direct(directed())
        watching = house.watching()
        await watching.__aenter__()
        await audience(house, 1)
    assert counts(bus)[-1] is None
    await watching.__aexit__(None, None, None)


async def test_who_watches_in_another_way_counts_as_a_viewer(playing):
    house = playing
    async with house.watching() as person:
        assert (await person.told("hello"))["viewers"] == 1
        with house.hub.guest(house.hub.room("main"), "mp4"):
            await person.told("status", viewers=2)
            await audience(house, 2)
        await audience(house, 1)


async def test_the_first_guest_and_the_last_one_are_told_at_once(playing, monkeypatch):
    monkeypatch.setattr(broadcaster_service, "AUDIENCE_INTERVAL", 1e9)
    house = playing
    with house.hub.guest(house.hub.room("main"), "hls"):
        await audience(house, 1)
    await audience(house, 0)


async def ask_elsewhere(house, id: bytes | None, stream: str = "main", **headers: bytes) -> None:
    """A prompt on the topic that came through another door."""
    told = [("id", id)] if id is not None else []
    await house.bus.publish(Record(PROMPTS, stream, b'{"prompt": "a fox"}', headers=told + list(headers.items())))


async def test_a_wish_that_another_broadcaster_took_can_be_followed_here(house):
    await ask_elsewhere(house, b"mine", "new")
    await house.until(lambda: "new" in house.hub.rooms)
    async with house.http() as client:
        assert (await client.get("/api/streams/new/prompts/mine")).json()["progress"] == "accepted"
        again = await client.post("/api/streams/new/prompts", json={"prompt": "a fox", "id": "mine"})
        assert again.status_code == 202
    assert len(house.bus.log(PROMPTS, home("new")).read(0, 1 << 20)[0]) == 1, "asking again is asking once"


async def test_a_wish_that_came_elsewhere_before_its_news_is_not_thrown_back(house):
    await house.direct(directed(5, "playing", Outcome(id="mine", outcome="taken", epoch=6)))
    await house.until(lambda: house.hub.room("main").wishes.get("mine") is not None)
    await ask_elsewhere(house, b"mine")
    await ask_elsewhere(house, b"other")
    await house.until(lambda: house.hub.room("main").wishes.get("other") is not None)
    assert house.hub.room("main").wishes.get("mine").progress == "directing"


@pytest.mark.parametrize("id", [None, b"", b"\xff\xfe", b"two words", b"x" * 65, b"a/b"])
async def test_strangers_prompts_without_a_name_to_ask_for_are_passed_over(house, caplog, id):
    await ask_elsewhere(house, id, "strange")
    await ask_elsewhere(house, b"good", "other")
    await house.until(lambda: "other" in house.hub.rooms)
    partitions = {home("strange"), home("other")}
    await house.until(lambda: all(house.service._feed._next.get(("prompts", p)) for p in partitions))
    assert "strange" not in house.hub.rooms
    assert not [record for record in caplog.records if "passed over" in record.message]


async def test_strangers_prompts_do_not_make_rooms_pile_up(house, monkeypatch):
    monkeypatch.setattr(hub_module, "MAX_OVERHEARD", 5)
    await house.show(init(), *film(1), stream="film0")
    await house.shown(0, stream="film0")
    for number in range(20):
        await ask_elsewhere(house, b"x", f"film{number}")
    await house.until(lambda: {f"film{number}" for number in range(15, 20)} <= house.hub.rooms.keys())
    await house.until(lambda: len(house.hub.rooms) == 6)
    assert "film0" in house.hub.rooms, "a film is kept, whoever asks for whatever"


async def test_while_no_picture_comes_viewers_stay_and_are_told_that_rendering_resumes(playing):
    house = playing
    await house.direct(directed())
    async with house.watching() as person:
        await person.frames(6)
        assert (await person.told("status", status="waiting"))["reason"] == "rendering resumes…"
        async with house.watching() as other:
            hello = await other.told("hello")
            assert (hello["status"], hello["codec"]) == ("waiting", MEDIA.codec)
            assert [frame.seq for frame in await other.frames(6)] == list(range(24, 30)), "the last picture is held"
        await house.show(chunk(30))
        assert (await person.frames(1))[0].seq == 30
        assert (await person.told("status", status="playing"))["reason"] == ""


async def test_when_it_is_the_bus_that_is_away_that_is_said(playing, monkeypatch):
    house = playing
    await house.direct(directed())

    async def silent(record):
        raise TimeoutError("no broker")

    async with house.watching() as person:
        monkeypatch.setattr(house.bus, "publish", silent)
        said = await person.told("status", reason=f"rendering resumes… ({broadcaster_service.SILENT})")
        assert said["status"] == "waiting"
        monkeypatch.undo()
        await house.show(chunk(30))
        assert (await person.told("status", status="playing"))["reason"] == ""


async def test_a_film_that_both_stages_have_forgotten_is_forgotten(house):
    await house.direct(directed(status="ended"))
    await house.work(worked(status="ended"))
    await house.show(init(), *film(30))
    await house.shown(29)
    await house.until(lambda: house.hub.room("main").channel.status()[0] == "ended")
    async with house.watching() as person:
        await person.told("hello", status="ended")
        for topic in (DIRECTOR_STATE, WORKER_STATE):
            await house.bus.publish(Record(topic, "main", None))
        await person.told("status", status="waiting")
        assert not house.hub.rooms["main"].channel.watchable
    await house.until(lambda: "main" not in house.hub.rooms)


async def test_a_broken_tail_is_opened_again_where_it_was(new_house, bus, monkeypatch):
    async with new_house(bus) as house:
        await film_so_far(house, 30)
        await house.shown(29)
        tail_class = type(await bus.tail(VIDEO).__aenter__())
        records = tail_class.records
        broken = asyncio.Event()

        async def breaking(self, timeout=0.05):
            if not broken.is_set():
                broken.set()
                raise ConnectionError("the broker went away")
            return await records(self, timeout)

        monkeypatch.setattr(tail_class, "records", breaking)
        await asyncio.wait_for(broken.wait(), 60)
        async with house.watching() as person:
            await person.frames(6)
            await house.show(*(chunk(seq) for seq in range(30, 40)))
            assert [frame.seq for frame in await person.frames(10)] == list(range(30, 40))


async def test_when_the_tail_is_opened_again_last_pictures_that_are_here_are_not_fetched_again(
    new_house, bus, monkeypatch
):
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == home("main"))
    async with new_house(bus) as house:
        await film_so_far(house, 30, "held")
        await film_so_far(house, 20 * FPS, stream=other)
    async with new_house(bus) as house:
        assert house.hub.room("main").channel.reached(5, 30)
        tail, opened = bus.tail, []

        def counted(topic, **how):
            opened.append(topic)
            return tail(topic, **how)

        monkeypatch.setattr(bus, "tail", counted)
        await house.service._feed._fetch_stills()
        assert opened == []
        await house.work(worked(5, "held", seq=60, init=init().data, media=MEDIA, generation=1, keyframe=1))
        await house.until(lambda: house.hub.room("main").channel.worker.seq == 60)
        await house.service._feed._fetch_stills()
        assert opened == [VIDEO], "of what is not here yet"


async def test_a_bus_without_topics_is_an_error_and_not_a_wait(new_house, bus, monkeypatch):
    def missing(topic, **how):
        raise UserError(f"no topic {topic.name}: `streamer topics create` makes it")

    monkeypatch.setattr(bus, "tail", missing)
    with pytest.raises(ExceptionGroup) as caught:
        async with new_house(bus):
            pass
    assert caught.group_contains(UserError, match="streamer topics create")


async def test_a_port_in_use(new_house):
    async with new_house() as house:
        with pytest.raises(UserError, match=rf"port {house.port} is in use: choose another with --port"):
            async with new_house(port=house.port):
                pass


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1"])
async def test_an_address_that_is_not_ours(new_house, host):
    with pytest.raises(UserError, match=host):
        async with new_house(host=host):
            pass


async def test_any_address_has_a_url_for_this_machine(new_house):
    async with new_house(host="0.0.0.0") as house:
        assert house.url == f"http://127.0.0.1:{house.port}"
        async with house.http() as client:
            assert (await client.get("/readyz")).status_code == 200


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
async def test_ipv6(new_house):
    async with new_house(host="::1") as house, house.http() as client:
        assert house.url.startswith("http://[::1]:")
        assert (await client.get("/readyz")).status_code == 200


async def test_a_storm_of_viewers(new_house):
    """A hundred at once see the same film, and are all gone afterwards."""
    async with new_house() as house:
        await house.show(init(), *film(30))
        await house.shown(29)

        async def visit() -> list[int]:
            async with house.watching() as person:
                return [frame.seq for frame in await person.frames(7)]

        async with asyncio.TaskGroup() as group:
            visits = [group.create_task(visit()) for _ in range(100)]
            await house.until(lambda: house.hub.viewers >= 50)
            await asyncio.sleep(0)
            for seq in range(30, 60):
                await house.show(chunk(seq))
        assert all(visit.result() == list(range(visit.result()[0], visit.result()[0] + 7)) for visit in visits)
        assert all(visit.result()[0] % FPS == 0 for visit in visits)
        await house.until(lambda: house.hub.viewers == 0)
        assert house.hub.rooms.keys() == {"main"}


async def test_rooms_go_with_their_last_viewer_when_there_is_no_film(house):
    async with house.watching("nothing") as person:
        await person.get()
        assert "nothing" in house.hub.rooms
    await house.until(lambda: "nothing" not in house.hub.rooms)


async def test_a_room_stays_for_a_page_that_only_reads_the_words(house):
    """Somebody else comes to it and goes; when the film begins, both the reader and a newcomer are in the same room."""
    async with house.watching() as newcomer, house.watching() as reader:
        await reader.say(type="hide", words=True)
        room = house.hub.rooms["main"]
        await house.until(lambda: len(room._readers) == 1)
        await newcomer.socket.close()
        await house.until(lambda: len(room.viewers) == 1)
        async with house.watching() as other:
            await house.show(init(), *film(2))
            assert (await reader.told("description"))["description"]["seq"] == 0
            assert [frame.seq for frame in await other.frames(2)] == [0, 1]
            # When the reader leaves, nobody else does
            await reader.socket.close()
            await house.until(lambda: house.hub.viewers == 1)
            await house.show(chunk(2))
            assert [frame.seq for frame in await other.frames(1)] == [2]


def test_a_room_that_is_not_the_streams_any_more_takes_nothing_with_it():
    hub = hub_module.Hub(ring=6.0, slow_limit=30.0, max_viewers=10)
    old = hub.room("main")
    viewer = hub.viewer(FakeLine())
    hub.enter(old, viewer)
    new = hub.rooms["main"] = room_module.Room("main", ring=6.0)
    hub.leave(old, viewer)
    assert hub.rooms == {"main": new}


def test_who_is_in_a_room_is_not_put_out_for_rooms_that_strangers_make_up(monkeypatch):
    monkeypatch.setattr(hub_module, "MAX_ROOMS", 2)
    hub = hub_module.Hub(ring=6.0, slow_limit=30.0, max_viewers=10)
    room = hub.room("main")
    viewer = hub.viewer(FakeLine())
    hub.enter(room, viewer)
    hub.hide(room, viewer, words=True)
    with hub.guest(hub.room("other"), "mp4"), room.listen(0.0):
        for number in range(5):
            hub.room(f"made-up-{number}")
        assert {"main", "other"} <= hub.rooms.keys()


async def test_made_up_ids_are_forgotten(house, monkeypatch):
    monkeypatch.setattr(hub_module, "MAX_ROOMS", 5)
    await house.show(init(), *film(1), stream="film")
    await house.shown(0, stream="film")
    async with house.http() as client, house.watching("watched") as person:
        await person.get()
        for number in range(10):
            await client.post(f"/api/streams/id{number}/prompts", json={"prompt": "x"})
    assert {"film", "id9"} <= house.hub.rooms.keys()
    assert len(house.hub.rooms) <= 5


def test_at_a_start_only_so_many_last_pictures_are_fetched(monkeypatch):
    monkeypatch.setattr(hub_module, "MAX_STILLS", 3)
    hub = hub_module.Hub(ring=6.0, slow_limit=30.0, max_viewers=10)
    for number in range(20):
        status = "held" if number == 4 else "ended"
        hub.room(f"film-{number}").channel.work(worked(epoch=number, status=status, keyframe=number))
    assert hub.stills(8) == {"film-4": 4, "film-19": 19, "film-18": 18}


async def test_goodbye_comes_before_the_end(new_house):
    async with new_house() as house:
        watching = house.watching()
        person = await watching.__aenter__()
        await person.get()
    with pytest.raises(ConnectionClosed) as caught:
        await person.news()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001
    await watching.__aexit__(None, None, None)
