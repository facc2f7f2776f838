"""HLS: what the playlist says, that it is the same everywhere, that players can play it, and who counts as one."""

import asyncio
import re
import time

import pytest
from films import directed, worked
from reel import Reel, decoded, ran

from streamer.broadcaster import hls_audience, hls_routes
from streamer.broadcaster.auth import Door
from streamer.broadcaster.entrance import Entrance
from streamer.bus.memory import MemoryBus
from streamer.tokens import mint


class Playlist:
    """A media playlist, read as a player does."""

    def __init__(self, text):
        self.text = text
        lines = text.splitlines()
        assert lines[0] == "#EXTM3U"
        self.sequence = int(self.tag("MEDIA-SEQUENCE"))
        self.discontinuity = int(self.tag("DISCONTINUITY-SEQUENCE"))
        self.target = int(self.tag("TARGETDURATION"))
        self.ended = "#EXT-X-ENDLIST" in lines
        self.lengths = [float(found) for found in re.findall(r"#EXTINF:([\d.]+),", text)]
        self.uris = [line for line in lines if not line.startswith("#")]
        self.maps = re.findall(r'#EXT-X-MAP:URI="(.*)"', text)
        self.dates = re.findall(r"#EXT-X-PROGRAM-DATE-TIME:(.*)", text)
        self.breaks = lines.count("#EXT-X-DISCONTINUITY")

    def tag(self, name):
        return re.search(rf"^#EXT-X-{name}:(.*)$", self.text, re.MULTILINE)[1]

    @property
    def numbers(self):
        return list(range(self.sequence, self.sequence + len(self.uris)))


async def playlist(house, query="", **headers):
    async with house.http(verify=False) as http:
        answer = await http.get(f"/streams/main/index.m3u8{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
    assert answer.headers["Cache-Control"] == "no-store"
    return Playlist(answer.text)


async def get(house, path, method="GET", **how):
    async with house.http(verify=False) as http:
        return await http.request(method, f"/streams/main/{path}", **how)


async def show(house, reel, gops):
    await house.show(reel.init, *reel.gops(gops))
    await house.shown(reel.seq - 1, reel.epoch)


async def test_each_complete_gop_is_a_segment_and_the_one_in_progress_is_not(house):
    reel = Reel()
    await show(house, reel, 3)
    told = await playlist(house)
    assert told.numbers == [0, 1]
    assert told.lengths == [0.5, 0.5]
    assert (told.target, told.discontinuity, told.ended) == (1, 1, False)
    await show(house, reel, 1)
    assert (await playlist(house)).numbers == [0, 1, 2]


async def test_the_ring_lists_at_least_four_segments_and_keeps_two_that_have_left_the_list(new_house):
    async with new_house(ring=2.0) as house:
        reel = Reel()
        await show(house, reel, 7)
        before = await playlist(house)
        assert before.numbers == [2, 3, 4, 5]
        await show(house, reel, 2)
        assert (await playlist(house)).numbers == [4, 5, 6, 7]
        answers = [(await get(house, uri)).status_code for uri in before.uris]
        assert answers == [200] * 4, "who read the list before still asks for what was on it"


async def test_init_and_segments_in_a_row_are_a_film(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 5)
    told = await playlist(house)
    files = [await get(house, uri) for uri in (told.maps[0], *told.uris)]
    assert [file.headers["Content-Type"] for file in files] == ["video/mp4"] + ["video/iso.segment"] * 4
    assert all("immutable" in file.headers["Cache-Control"] for file in files)
    (tmp_path / "film.mp4").write_bytes(b"".join(file.content for file in files))
    assert await decoded(tmp_path / "film.mp4") == {"status": 0, "frames": 48, "complaints": ""}


async def test_every_process_names_the_same_segments_whenever_it_began_to_look(new_house):
    bus, reel = MemoryBus(), Reel()
    async with new_house(bus) as one:
        await show(one, reel, 3)
        async with new_house(bus) as other:  # a film without a worker's state: it begins with what comes now
            await one.show(reel.init, *reel.gops(4))
            for house in (one, other):
                await house.shown(reel.seq - 1)
            first, second = await playlist(one), await playlist(other)
            assert second.numbers == [3, 4, 5]
            assert first.uris[-3:] == second.uris
            assert first.maps == second.maps
            assert (await get(one, second.uris[0])).content == (await get(other, second.uris[0])).content


async def test_records_that_do_not_tell_their_gop_are_counted(house):
    reel = Reel(told=False)
    await show(house, reel, 5)
    assert (await playlist(house)).numbers == [0, 1, 2, 3]


async def test_a_film_that_counts_from_0_again_has_other_names(house):
    first = Reel()
    await show(house, first, 3)
    before = await playlist(house)
    again = Reel(begin=first.begin + 60, epoch=6)  # a worker that lost its state
    await show(house, again, 3)
    after = await playlist(house)
    assert before.numbers == after.numbers == [0, 1]
    assert not set(before.uris) & set(after.uris)
    assert [(await get(house, uri)).status_code for uri in (*before.uris, *after.uris)] == [404, 404, 200, 200]


async def test_a_new_size_is_a_discontinuity_with_an_init_segment_of_its_own(house, ffmpeg):
    reel = Reel()
    await show(house, reel, 2)
    reel.resize((192, 112))
    await show(house, reel, 3)
    told = await playlist(house)
    assert (told.breaks, len(told.maps), told.discontinuity) == (1, 2, 1)
    assert told.text.index(told.uris[1]) < told.text.index("#EXT-X-DISCONTINUITY\n") < told.text.index(told.maps[1])
    sizes = []
    for map, uri in ((told.maps[0], told.uris[0]), (told.maps[1], told.uris[2])):
        joined = (await get(house, map)).content + (await get(house, uri)).content
        process = await asyncio.create_subprocess_exec(
            "ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", "-",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate(joined)
        sizes.append(out.decode().strip())
    assert sizes == ["160,96", "192,112"]


async def test_a_discontinuity_that_has_left_the_list_still_counts(new_house):
    async with new_house(ring=2.0) as house:
        reel = Reel()
        await show(house, reel, 2)
        reel.resize((192, 112))
        await show(house, reel, 8)
        told = await playlist(house)
        assert (told.numbers[0], told.breaks, told.discontinuity) == (5, 0, 2)


async def test_a_gop_that_a_new_epoch_cuts_short_is_a_short_segment(house):
    reel = Reel()
    await show(house, reel, 1)
    await house.show(*reel.frames(6))
    reel.steer()
    await show(house, reel, 2)
    told = await playlist(house)
    assert (told.numbers, told.lengths) == ([0, 1, 2], [0.5, 0.25, 0.5])


async def test_the_target_is_never_below_a_segment_nor_below_what_was_told_before(new_house):
    async with new_house(ring=2.0) as house:
        reel = Reel(gop=60)
        await show(house, reel, 2)
        assert (await playlist(house)).target == 3  # 2.5 s, rounded
        reel.gop = 12
        reel.steer()
        await show(house, reel, 10)
        told = await playlist(house)
        assert set(told.lengths) == {0.5}
        assert told.target == 3


async def test_segments_are_dated_by_the_producers_clock(house):
    reel = Reel(begin=1_800_000_000.25)
    await show(house, reel, 3)
    assert (await playlist(house)).dates == ["2027-01-15T08:00:00.250Z", "2027-01-15T08:00:00.750Z"]


async def test_a_film_that_has_ended_is_listed_to_its_last_picture(house, ffmpeg):
    reel = Reel()
    await show(house, reel, 5)
    await house.direct(directed(status="ended", published=2.5))
    await house.work(worked(status="ended", seq=reel.seq))
    await house.until(lambda: house.hub.room("main").channel.finished)
    told = await playlist(house)
    assert told.ended
    assert told.numbers == [0, 1, 2, 3, 4]
    found = await decoded(f"{house.url}/streams/main/index.m3u8", "-live_start_index", "0")
    assert found == {"status": 0, "frames": 60, "complaints": ""}


async def test_no_film_is_called_ended_before_its_last_picture_is_here(house):
    reel = Reel()
    await show(house, reel, 3)
    await house.direct(directed(status="ended", published=2.0))
    await house.work(worked(status="ended", seq=reel.seq + 12))
    await house.until(lambda: house.hub.room("main").channel.status()[0] == "ended")
    assert not (await playlist(house)).ended
    await show(house, reel, 1)
    told = await playlist(house)
    assert told.ended
    assert told.numbers == [0, 1, 2, 3]


async def test_a_film_that_was_stopped_is_listed_to_its_last_picture(house):
    reel = Reel()
    await show(house, reel, 3)
    await house.direct(directed(epoch=6, status="ended", reason="stopped"))
    await house.work(worked(epoch=6, status="ended", seq=0, pts=reel.pts))
    await house.until(lambda: house.hub.room("main").channel.finished)
    told = await playlist(house)
    assert (told.numbers, told.ended) == ([0, 1, 2], True)


@pytest.mark.parametrize("path", ["index.m3u8", "live.mp4", "snapshot.jpg"])
async def test_nobody_waits_for_a_film_that_has_ended_and_of_which_nothing_is_kept(house, path):
    await house.direct(directed(epoch=6, status="ended", reason="stopped"))
    await house.work(worked(epoch=6, status="ended"))
    await house.until(lambda: "main" in house.hub.rooms and house.hub.room("main").channel.finished)
    answer = await get(house, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ended")
    assert "has ended" in answer.json()["error"]["message"]
    assert "Retry-After" not in answer.headers


async def test_a_held_film_keeps_its_playlist(house):
    reel = Reel()
    await show(house, reel, 4)
    await house.direct(directed(status="held", reason="nobody watches"))
    await house.until(lambda: house.hub.room("main").channel.status()[0] == "held")
    told = await playlist(house)
    assert (told.numbers, told.ended) == ([0, 1, 2], False)


async def test_ffmpeg_plays_a_live_film_through_a_change_of_size(house, ffmpeg):
    reel = Reel()
    await show(house, reel, 4)

    async def project():
        for gop in range(100):
            if gop == 2:
                reel.resize((192, 112))
            await show(house, reel, 1)
            await asyncio.sleep(0.25)

    film = asyncio.create_task(project())
    try:
        found = await decoded(f"{house.url}/streams/main/index.m3u8", "-t", "4")
    finally:
        film.cancel()
        await asyncio.wait({film})
    assert found["status"] == 0
    assert found["frames"] >= 90
    assert not re.search("error|corrupt|invalid|missing", str(found["complaints"]), re.IGNORECASE), found


async def test_a_segment_that_another_process_has_named_is_waited_for(house):
    reel = Reel()
    await show(house, reel, 2)
    ahead = Reel(begin=reel.begin)  # the process that is ahead
    segments = {chunk.gop: chunk for chunk in ahead.gops(2) if chunk.keyframe}
    packet = hls_routes.Packet(segments[1])
    asked = asyncio.create_task(get(house, f"segments/1-{hls_routes._sum(packet)}.m4s"))
    await asyncio.sleep(0.1)
    assert not asked.done()
    await show(house, reel, 1)
    assert (await asked).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "99-00000000.m4s",
        "0-00000000.m4s",
        "init-1-00000000.mp4",
        "init-x-00000000.mp4",
        "x.m4s",
        "²-00000000.m4s",
        "%2e",
    ],
)
async def test_what_is_not_there_is_said_to_be(house, name):
    await show(house, Reel(), 3)
    answer = await get(house, f"segments/{name}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_segment")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_unknown_stream_is_404_and_one_without_a_segment_yet_503(house):
    answer = await get(house, "index.m3u8")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "no_stream")
    await house.direct(directed())
    await house.until(lambda: house.hub.room("main").known)
    answer = await get(house, "index.m3u8")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_picture")
    assert int(answer.headers["Retry-After"]) >= 1
    await show(house, Reel(), 1)
    assert (await get(house, "index.m3u8")).status_code == 503


async def test_a_token_is_carried_to_all_that_the_playlist_names(house):
    await show(house, Reel(), 3)
    told = await playlist(house, "?token=a%26b%2F.c&session=7")
    for uri in (*told.uris, *told.maps):
        assert uri.endswith("?token=a%26b%2F.c")
        assert (await get(house, uri)).status_code == 200


async def test_with_a_token_key_a_player_with_a_token_in_its_url_plays_and_one_without_does_not(new_house, ffmpeg):
    key = "k" * 32
    async with new_house(token_key=[key], guard="all") as house:
        reel = Reel()
        await show(house, reel, 5)
        await house.direct(directed(status="ended", published=2.5))
        await house.work(worked(status="ended", seq=reel.seq))
        await house.until(lambda: house.hub.room("main").channel.finished)
        assert (await get(house, "index.m3u8")).status_code == 401
        query = f"?token={mint(key, 'main', 'watch', time.time() + 60)}"
        told = await playlist(house, query)
        assert (await get(house, told.uris[0].partition("?")[0])).status_code == 401
        found = await decoded(f"{house.url}/streams/main/index.m3u8{query}", "-live_start_index", "0")
        assert found == {"status": 0, "frames": 60, "complaints": ""}


async def test_head_says_what_get_would_and_nobody_begins_to_watch(house):
    await show(house, Reel(), 3)
    told = await playlist(house)
    room = house.hub.room("main")
    await house.until(lambda: room.guests["hls"] == 1)
    for path in ("index.m3u8?session=other", told.uris[0], told.maps[0]):
        answer = await get(house, path, "HEAD")
        assert (answer.status_code, answer.content) == (200, b"")
    assert room.guests["hls"] == 1


async def test_a_range_is_not_given_and_the_whole_is(house):
    await show(house, Reel(), 3)
    uri = (await playlist(house)).uris[0]
    whole = await get(house, uri)
    answer = await get(house, uri, headers={"Range": "bytes=10-20"})
    assert (answer.status_code, answer.headers["Accept-Ranges"]) == (200, "none")
    assert answer.content == whole.content


async def test_a_player_counts_as_one_until_it_has_not_asked_for_some_time(house, monkeypatch):
    await show(house, Reel(), 3)
    room = house.hub.room("main")
    for _ in range(3):
        await playlist(house)
    assert room.audience == 1
    await playlist(house, **{"User-Agent": "television"})
    await playlist(house, "?session=2")
    assert room.audience == 3
    monkeypatch.setattr(hls_audience, "PATIENCE", 0.0)
    for query, agent in (("", None), ("?session=2", None), ("", "television")):
        await playlist(house, query, **({"User-Agent": agent} if agent else {}))
    await house.until(lambda: room.audience == 0, "whoever does not ask is gone")
    assert house.hub.viewers == 0


async def test_where_there_is_no_place_one_more_player_is_told_to_come_back(new_house):
    async with new_house(max_viewers=1) as house:
        await show(house, Reel(), 3)
        await playlist(house)
        await playlist(house)
        answer = await get(house, "index.m3u8", headers={"User-Agent": "another"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "full")
        assert "Retry-After" in answer.headers


async def test_one_address_does_not_fill_the_house_with_names_that_it_made_up(new_house):
    neighbour = {"X-Forwarded-For": "203.0.113.7"}
    async with new_house(connect_rate=3, trusted_proxies=["127.0.0.1"]) as house:
        await show(house, Reel(), 3)
        answers = [await get(house, f"index.m3u8?session={n}", headers=neighbour) for n in range(8)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
        assert answers[-1].json()["error"]["code"] == "connect_rate"
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert house.hub.viewers == 5
        again = [await get(house, "index.m3u8?session=0", headers=neighbour) for _ in range(10)]
        assert {answer.status_code for answer in again} == {200}, "whoever has a place asks for something small"
        assert (await get(house, "index.m3u8", headers={"X-Forwarded-For": "203.0.113.8"})).status_code == 200


async def test_all_who_ask_for_a_segment_share_its_bytes_and_few_are_kept(new_house):
    async with new_house(ring=5.0) as house:
        reel = Reel()
        await show(house, reel, 11)
        room = house.hub.room("main")
        hls = hls_routes.Hls(Entrance(house.hub, Door("localhost")))
        shelf = hls._shelf(room)

        def shared():
            """How many of those listed are the same object when they are asked for again."""
            asked = [(s.number, s.uri[-12:-4]) for s in shelf.window()]
            return sum(data is not None and data is shelf.segment(*s) for s in asked for data in [shelf.segment(*s)])

        with hls._watching(room, "hls"):
            assert shared() == len(shelf.window()) > hls_routes.MOST_JOINED
            assert len(shelf._joined) == hls_routes.MOST_JOINED
            await show(house, Reel(begin=reel.begin + 60, epoch=6), 3)  # a worker that lost its state counts from 0
            assert shared() == 2
            with hls._watching(room, "hls"):
                pass
            assert shelf._joined
        assert not shelf._joined, "the last player has gone"


async def test_ffprobe_reads_the_size_from_the_playlist(house, ffmpeg):
    reel = Reel()
    await show(house, reel, 5)
    await house.direct(directed(status="ended", published=2.5))
    await house.work(worked(status="ended", seq=reel.seq))
    await house.until(lambda: house.hub.room("main").channel.finished)
    status, out, err = await ran(
        "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0",
        f"{house.url}/streams/main/index.m3u8",
    )  # fmt: skip
    assert (status, out.splitlines()[-1], err) == (0, "h264,160,96", "")
