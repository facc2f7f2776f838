"""Recordings: a stretch of the film by time, from the ring or from the bus, and all that can be asked wrongly."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime

import pytest
from films import directed
from reel import FPS, TICKS, Reel, decoded, packets

from streamer.broadcaster import patience, recording
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.messages import encode
from streamer.tokens import LEEWAY, mint
from streamer.topics import DIRECTOR_STATE, VIDEO
from streamer.video import Chunk, to_headers

KEY = "k" * 32


class Archive(MemoryBus):
    """A bus whose records were written when the film that they are of was taken."""

    def __init__(self, partitions=8):
        super().__init__(partitions, max_partition_bytes=256 << 20)
        self.written = {}  # stream: unix seconds of its newest record

    def film(self, reel, items, stream="main"):
        """Write as a worker would have done then."""
        now = self.written.get(stream, reel.begin)
        for item in items:
            now = reel.at(item.pts) if isinstance(item, Chunk) else now
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(time, "time", lambda now=now: now)
                self._write(Record(VIDEO, stream, item.data, to_headers(item)))
        self.written[stream] = now


@pytest.fixture(scope="module")
def minute():
    """A film of 60 s that ended a moment ago: the reel, and its records with the init segment once in 30 s."""
    reel = Reel(begin=time.time() - 60, gop=FPS)
    return reel, [reel.init, *reel.gops(30), reel.init, *reel.gops(30)]


@pytest.fixture
async def archive(new_house, minute):
    """A house whose bus holds that film, its ring the last 6 s of it; and the reel."""
    reel, items = minute
    bus = Archive()
    async with new_house(bus, ring=6.0) as house:
        bus.film(reel, items)
        await house.shown(reel.seq - 1)
        yield house, reel


async def record(house, path=None, status=200, method="GET", stream="main", **query):
    query = {name.rstrip("_"): str(value) for name, value in query.items()}
    async with house.http(verify=False) as http:
        answer = await http.request(method, f"/streams/{stream}/recording.mp4", params=query)
    assert answer.status_code == status, answer.text
    if path is not None:
        path.write_bytes(answer.content)
    return answer


def from_bus(monkeypatch):
    """Whether the bus was asked, as a list."""
    asked = []
    real = recording.Recorder._records

    def spying(self, *how):
        asked.append(how)
        return real(self, *how)

    monkeypatch.setattr(recording.Recorder, "_records", spying)
    return asked


async def test_what_the_ring_holds_comes_from_it(archive, tmp_path, monkeypatch, ffmpeg):
    house, reel = archive
    asked = from_bus(monkeypatch)
    at = reel.begin + 56.4
    answer = await record(house, tmp_path / "film.mp4", from_=at, to=at + 2)
    assert asked == []
    assert answer.headers["Content-Type"] == "video/mp4"
    told = datetime.fromisoformat(answer.headers["X-Recording-From"]).timestamp()
    assert told == pytest.approx(reel.begin + 56, abs=0.002)
    found = await packets(tmp_path / "film.mp4")
    assert [int(packet["pts"]) for packet in found] == [n * TICKS for n in range(len(found))]
    assert len(found) in (57, 58), "from the keyframe before 56.4 s to 58.4 s"
    assert (await decoded(tmp_path / "film.mp4"))["complaints"] == ""


async def test_what_is_older_comes_from_the_bus_by_time(archive, tmp_path, monkeypatch, ffmpeg):
    house, reel = archive
    asked = from_bus(monkeypatch)
    at = reel.begin + 20.5
    answer = await record(house, tmp_path / "film.mp4", from_=at, to=at + 10)
    assert len(asked) == 1
    told = datetime.fromisoformat(answer.headers["X-Recording-From"]).timestamp()
    assert told == pytest.approx(reel.begin + 20, abs=0.002)
    name = datetime.fromtimestamp(told, UTC).strftime("main-%Y%m%dT%H%M%SZ.mp4")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    result = await decoded(tmp_path / "film.mp4")
    assert (result["status"], result["complaints"]) == (0, "")
    assert result["frames"] in (252, 253)


async def test_a_stretch_may_begin_in_the_bus_and_reach_to_now(archive, tmp_path, ffmpeg):
    house, reel = archive
    await record(house, tmp_path / "film.mp4", from_=reel.begin + 50)
    assert await decoded(tmp_path / "film.mp4") == {"status": 0, "frames": 240, "complaints": ""}


async def test_seconds_before_now_and_dates_say_the_same(archive):
    house, reel = archive
    date = datetime.fromtimestamp(reel.begin + 30.5, UTC)
    one = await record(house, from_=date.isoformat(), to=reel.begin + 32.02)
    other = await record(house, from_=date.strftime("%Y-%m-%dT%H:%M:%S.%f"), to=f"{reel.begin + 32.02:.6f}")
    assert one.content == other.content
    later = await record(house, from_=f"-{time.time() - reel.begin - 30.5:.3f}", to=reel.begin + 32.02)
    assert later.headers["Content-Disposition"] == one.headers["Content-Disposition"]


async def test_what_is_no_longer_kept_is_missing_at_the_beginning_and_the_header_says_so(archive, tmp_path, ffmpeg):
    house, reel = archive
    answer = await record(house, tmp_path / "film.mp4", from_=reel.begin - 100, to=reel.begin + 5)
    told = datetime.fromisoformat(answer.headers["X-Recording-From"]).timestamp()
    assert told == pytest.approx(reel.begin, abs=0.002)
    assert (await decoded(tmp_path / "film.mp4"))["frames"] == 5 * FPS


async def test_where_nothing_is_kept_of_the_whole_stretch_there_is_no_file_and_the_header_says_when_it_goes_on(archive):
    house, reel = archive
    answer = await record(house, status=404, from_=reel.begin - 500, to=reel.begin - 400)
    assert answer.json()["error"]["code"] == "no_film"
    told = datetime.fromisoformat(answer.headers["X-Recording-From"]).timestamp()
    assert told == pytest.approx(reel.begin, abs=0.002)
    again = await record(house, from_=answer.headers["X-Recording-From"], to=reel.begin + 2)
    assert again.headers["X-Recording-From"] == answer.headers["X-Recording-From"]


async def test_other_films_in_the_same_partition_are_left_out(new_house, tmp_path, ffmpeg):
    bus = Archive(1)
    begin = time.time() - 60
    reel, other = Reel(begin=begin, gop=FPS), Reel(begin=begin, gop=FPS, size=(192, 112))
    async with new_house(bus, ring=2.0) as house:
        bus.film(reel, [reel.init])
        bus.film(other, [other.init], "fox")
        for _ in range(60):
            bus.film(reel, reel.gops(1))
            bus.film(other, other.gops(1), "fox")
        await house.shown(reel.seq - 1)
        await record(house, tmp_path / "film.mp4", from_=begin + 10, to=begin + 14)
        assert (await decoded(tmp_path / "film.mp4"))["frames"] == 96
        assert {packet["pts"] for packet in await packets(tmp_path / "film.mp4")} == {n * TICKS for n in range(96)}


async def test_a_recording_ends_where_the_pictures_change_their_size(new_house, tmp_path, ffmpeg):
    bus = Archive()
    reel = Reel(begin=time.time() - 60, gop=FPS)
    async with new_house(bus, ring=2.0) as house:
        bus.film(reel, [reel.init, *reel.gops(20)])
        reel.resize((192, 112))
        bus.film(reel, [reel.init, *reel.gops(40)])
        await house.shown(reel.seq - 1)
        await record(house, tmp_path / "one.mp4", from_=reel.begin + 15, to=reel.begin + 25)
        await record(house, tmp_path / "other.mp4", from_=reel.begin + 20.5, to=reel.begin + 25)
        assert await decoded(tmp_path / "one.mp4") == {"status": 0, "frames": 120, "complaints": ""}
        assert (await decoded(tmp_path / "other.mp4"))["frames"] in (108, 120)


async def test_the_init_segment_of_an_older_generation_is_looked_for_in_the_bus(new_house, tmp_path, ffmpeg):
    bus = Archive()
    reel = Reel(begin=time.time() - 180, gop=FPS)
    async with new_house(bus, ring=2.0) as house:
        bus.film(reel, [reel.init, *reel.gops(80)])  # and again only after a minute, but the film changes before
        reel.resize((192, 112))
        bus.film(reel, [reel.init, *reel.gops(20)])
        await house.shown(reel.seq - 1)
        await record(house, tmp_path / "near.mp4", from_=reel.begin + 40, to=reel.begin + 42)
        await record(house, tmp_path / "far.mp4", from_=reel.begin + 78, to=reel.begin + 79)
        assert (await decoded(tmp_path / "near.mp4"))["frames"] == 48
        assert (await decoded(tmp_path / "far.mp4"))["frames"] == 24


async def test_after_the_newest_picture_there_is_no_file_and_it_is_said_when_that_was_taken(archive):
    house, reel = archive
    answer = await record(house, status=404, from_=reel.begin + 70, to=reel.begin + 80)
    message = answer.json()["error"]["message"]
    taken = datetime.fromisoformat(message.partition("was taken at ")[2].partition(": ask")[0]).timestamp()
    assert taken == pytest.approx(reel.at(reel.pts - TICKS), abs=0.002)
    assert "X-Recording-From" not in answer.headers
    await record(house, from_=taken - 1, to=taken + 10)


async def test_a_film_without_any_init_segment_cannot_be_decoded_and_that_is_said(new_house):
    bus = Archive()
    reel = Reel(begin=time.time() - 60, gop=FPS)
    async with new_house(bus, ring=2.0) as house:
        bus.film(reel, reel.gops(20))
        reel.resize((192, 112))
        bus.film(reel, [reel.init, *reel.gops(20)])
        await house.shown(reel.seq - 1)
        answer = await record(house, status=404, from_=reel.begin + 5, to=reel.begin + 8)
        assert answer.json()["error"]["code"] == "no_init"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "from"),
        ({"from": "nan"}, "from"),
        ({"from": "inf"}, "from"),
        ({"from": "-inf"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"from": "9" * 400}, "from"),
        ({"from": "3000-01-01"}, "from"),
        ({"from": "-10", "to": "3000-01-01T00:00:00Z"}, "to"),
        ({"from": "-10", "to": "nan"}, "to"),
        ({"from": "-10", "to": "-20"}, "from"),
        ({"from": "-10", "to": "-10"}, "from"),
        ({"from": "0"}, "from"),  # 50 years of film
        ({"from": "-3601"}, "from"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_field_that_is_wrong(house, query, field):
    reel = Reel()
    await house.show(reel.init, *reel.frames(3))
    await house.shown(2)
    async with house.http(verify=False) as http:
        answer = await http.get("/streams/main/recording.mp4", params=query)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


async def test_the_film_comes_from_kafka_as_from_memory(bus_factory, new_house, tmp_path, ffmpeg):
    reel = Reel(begin=time.time() - 4)
    bus = await bus_factory()
    for item in (reel.init, *reel.gops(16)):
        await bus.publish(Record(VIDEO, "main", item.data, to_headers(item)))
    await bus.publish(Record(DIRECTOR_STATE, "main", encode(directed(status="held"))))
    async with new_house(bus) as house:  # it comes later: there is nothing in its ring
        await house.until(lambda: house.hub.room("main").known)
        await record(house, tmp_path / "film.mp4", from_=reel.begin + 1.6, to=reel.begin + 3.01)
        await record(house, status=404, from_=reel.begin - 600, to=reel.begin - 500)
    assert (await decoded(tmp_path / "film.mp4"))["frames"] == 37, "from 1.5 s to 3.01 s"


async def test_a_bus_that_falls_silent_is_said_to_be_away(archive, monkeypatch):
    house, reel = archive

    async def away(*how):
        raise TimeoutError("nobody answers")

    monkeypatch.setattr(house.bus, "offsets_at", away)
    answer = await record(house, status=503, from_=reel.begin + 10)
    assert answer.json()["error"]["code"] == "bus"
    assert house.hub.viewers == 0


async def test_unknown_streams_and_ids_that_are_none_are_refused(house):
    await record(house, status=404, stream="fox", from_="-10")
    await record(house, status=400, stream="-fox", from_="-10")


async def test_head_answers_without_reading_anything(archive, monkeypatch):
    house, _ = archive
    asked = from_bus(monkeypatch)
    answer = await record(house, method="HEAD", from_="-50")
    assert (answer.headers["Content-Type"], answer.content, asked) == ("video/mp4", b"", [])
    await record(house, method="HEAD", status=422, from_="nan")


async def test_so_many_at_once_and_places_are_given_back(archive, monkeypatch):
    house, reel = archive
    room = house.hub.room("main")
    real, go_on = recording.Recorder._records, asyncio.Event()

    async def halting(self, *how):
        async for count, record in counted(real(self, *how)):
            if count == 500:
                await go_on.wait()
            yield record

    monkeypatch.setattr(recording.Recorder, "_records", halting)
    monkeypatch.setattr(recording, "_PIECE_BYTES", 1)
    url = f"/streams/main/recording.mp4?from={reel.begin + 10}"
    async with house.http(verify=False) as http, contextlib.AsyncExitStack() as stack:
        for _ in range(recording.AT_ONCE):
            await stack.enter_async_context(http.stream("GET", url))
        assert room.audience == recording.AT_ONCE
        answer = await http.get(url)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "recordings")
        assert int(answer.headers["Retry-After"]) >= 1
    await house.until(lambda: room.audience == 0, "all have gone without reading to the end")
    go_on.set()
    await record(house, from_=reel.begin + 10, to=reel.begin + 11)


async def test_one_address_may_have_two_at_a_time(new_house, minute, monkeypatch):
    reel, items = minute
    bus, go_on = Archive(), asyncio.Event()
    real = recording.Recorder._records

    async def halting(self, *how):
        async for count, record in counted(real(self, *how)):
            if count == 500:
                await go_on.wait()
            yield record

    monkeypatch.setattr(recording.Recorder, "_records", halting)
    monkeypatch.setattr(recording, "_PIECE_BYTES", 1)
    url = f"/streams/main/recording.mp4?from={reel.begin + 10}"
    anna, anna_too, ben = ({"X-Forwarded-For": f"2001:db8:0:{place}"} for place in ("1::5", "1:ffff::1", "2::5"))
    async with new_house(bus, ring=6.0, trusted_proxies=["127.0.0.1"]) as house:
        bus.film(reel, items)
        await house.shown(reel.seq - 1)
        async with house.http(verify=False) as http:
            async with contextlib.AsyncExitStack() as stack:
                for caller in (anna, anna_too):
                    assert (await stack.enter_async_context(http.stream("GET", url, headers=caller))).status_code == 200
                refused = await http.get(url, headers=anna)
                assert (refused.status_code, refused.json()["error"]["code"]) == (429, "recordings")
                assert int(refused.headers["Retry-After"]) >= 1
                assert (await stack.enter_async_context(http.stream("GET", url, headers=ben))).status_code == 200
            await house.until(lambda: house.hub.room("main").audience == 0)
            go_on.set()
            assert (await http.get(url, headers=anna)).status_code == 200, "places are given back"


async def broken(house, query, headers=None):
    """A recording that is asked for and not read; then all that comes of it. Its bytes end with what ends an answer,
    or do not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=1 << 16)
    writer.write(f"GET /streams/main/recording.mp4?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert b"200" in await reader.readline()
    await house.until(lambda: house.hub.room("main").audience == 0, "it is broken off though it waits for its reader")
    async with asyncio.timeout(60):
        got = await reader.read(-1)
    writer.close()
    return got


@pytest.fixture
async def fat(new_house):
    """80 MB of film that is over soon, and when it began; the house asks for tokens."""
    begin = time.time() - 60
    bus, reel = Archive(), Reel(begin=begin, gop=FPS)
    async with new_house(bus, ring=2.0, token_key=[KEY]) as house:
        bus.film(reel, [reel.init, *reel.gops(1), *reel.fat(400)])
        await house.until(lambda: house.hub.room("main").channel.version == 424)
        yield house, begin


async def test_one_that_takes_too_long_is_broken_off_also_while_nobody_reads_and_does_not_look_complete(
    fat, monkeypatch
):
    house, begin = fat
    monkeypatch.setattr(recording, "LONGEST_ANSWER", 1.0)
    monkeypatch.setattr(patience, "HEAD_TIMEOUT", 600.0)
    got = await broken(house, f"from={begin}&token={mint(KEY, 'main', 'watch', time.time() + 600)}")
    assert b"moof" in got
    assert not got.endswith(b"0\r\n\r\n")


async def test_one_whose_token_expires_does_not_look_complete(fat):
    house, begin = fat
    got = await broken(house, f"from={begin}&token={mint(KEY, 'main', 'watch', time.time() + 2 - LEEWAY)}")
    assert b"moof" in got
    assert not got.endswith(b"0\r\n\r\n")


async def test_the_bus_is_not_read_faster_than_the_client_reads(new_house, monkeypatch):
    bus, begin = Archive(), time.time() - 60
    read, real = [], recording.Recorder._records

    async def counting(self, *how):
        async for _, record in counted(real(self, *how)):
            read.append(len(record.value))
            yield record

    monkeypatch.setattr(recording.Recorder, "_records", counting)
    async with new_house(bus, ring=2.0) as house:
        reel = Reel(begin=begin, gop=FPS)
        bus.film(reel, [reel.init, *reel.gops(1), *reel.fat(400)])
        await house.until(lambda: house.hub.room("main").channel.version == 424)
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port, limit=1 << 16)
        writer.write(f"GET /streams/main/recording.mp4?from={begin} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert b"200" in await reader.readline()
        stood, now = -1, len(read)
        while stood != now:
            await asyncio.sleep(0.3)
            stood, now = now, len(read)
        assert sum(read) < 60_000_000, "of 80 MB; what the kernel buffers is not ours"
        writer.transport.abort()
        await house.until(lambda: house.hub.room("main").audience == 0)


async def counted(items):
    count = 0
    async for item in items:
        count += 1
        yield count, item
