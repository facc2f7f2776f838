"""The endless MP4: what curl writes to a file plays, from 0, without a mistake in it, however it came to end."""

import asyncio
import socket

from films import directed, worked
from reel import TICKS, Reel, decoded, packets

from streamer.broadcaster import live_mp4, patience
from streamer.broadcaster.listener import MOST_BYTES
from streamer.broadcaster.wire import Packet
from streamer.media import cmaf


async def show(house, reel, frames):
    await house.show(reel.init, *reel.frames(frames))
    await house.shown(reel.seq - 1, reel.epoch)


class Download:
    """`curl > film.mp4`, as a task."""

    def __init__(self, house, path):
        self.house = house
        self.path = path
        self.status, self.headers, self.bytes, self.pieces = 0, {}, 0, 0
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        async with self.house.http(verify=False) as http, http.stream("GET", "/streams/main/live.mp4") as answer:
            self.status, self.headers = answer.status_code, answer.headers
            with self.path.open("wb") as file:
                async for piece in answer.aiter_raw():
                    file.write(piece)
                    self.bytes += len(piece)
                    self.pieces += 1

    async def over(self):
        async with asyncio.timeout(60):
            await self.task

    async def gone(self):
        self.task.cancel()
        await asyncio.wait({self.task})


async def end(house, reel):
    await house.direct(directed(status="ended", published=1.0))
    await house.work(worked(epoch=reel.epoch, status="ended", seq=reel.seq))


async def test_it_begins_with_the_newest_keyframe_and_its_time_at_0_and_ends_with_the_film(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 30)
    download = Download(house, tmp_path / "film.mp4")
    await house.until(lambda: download.bytes > 0)
    await show(house, reel, 30)
    await end(house, reel)
    await download.over()
    assert (download.status, download.headers["Content-Type"]) == (200, "video/mp4")
    assert await decoded(download.path) == {"status": 0, "frames": 36, "complaints": ""}
    found = await packets(download.path)
    assert [int(packet["pts"]) for packet in found] == [n * TICKS for n in range(36)]


async def test_its_fragments_are_numbered_through_every_epoch(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 6)
    download = Download(house, tmp_path / "film.mp4")
    await house.until(lambda: download.bytes > 0)
    reel.steer()
    await show(house, reel, 18)
    await end(house, reel)
    await download.over()
    chunks = list(cmaf.chunks(download.path.read_bytes()))
    assert [chunk.seq for chunk in chunks] == list(range(1, 25))
    assert await decoded(download.path) == {"status": 0, "frames": 24, "complaints": ""}


async def test_it_ends_where_the_pictures_change_their_size(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 12)
    download = Download(house, tmp_path / "film.mp4")
    await house.until(lambda: download.bytes > 0)
    reel.resize((192, 112))
    await show(house, reel, 12)
    await download.over()
    assert await decoded(download.path) == {"status": 0, "frames": 12, "complaints": ""}


async def test_it_ends_where_a_worker_that_lost_its_state_begins_anew(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 12)
    download = Download(house, tmp_path / "film.mp4")
    await house.until(lambda: download.bytes > 0)
    anew = Reel(epoch=6)
    await show(house, anew, 6)
    await download.over()
    assert await decoded(download.path) == {"status": 0, "frames": 12, "complaints": ""}


async def test_a_held_film_goes_on_in_the_same_file(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 12)
    download = Download(house, tmp_path / "film.mp4")
    await house.until(lambda: download.bytes > 0)
    await house.direct(directed(status="held"))
    await house.until(lambda: house.hub.room("main").channel.status()[0] == "held")
    assert not download.task.done()
    await house.direct(directed())
    await show(house, reel, 12)
    await end(house, reel)
    await download.over()
    assert await decoded(download.path) == {"status": 0, "frames": 24, "complaints": ""}


async def test_of_a_film_that_is_over_the_last_pictures_are_given(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 30)
    await end(house, reel)
    await house.until(lambda: house.hub.room("main").channel.finished)
    download = Download(house, tmp_path / "film.mp4")
    await download.over()
    assert await decoded(download.path) == {"status": 0, "frames": 6, "complaints": ""}


async def test_whoever_reads_too_slowly_gets_a_hole_in_time_and_nothing_that_cannot_be_decoded(house, tmp_path, ffmpeg):
    reel = Reel()
    await show(house, reel, 12)
    room = house.hub.room("main")
    file = live_mp4.File()
    with room.listen(0.0, most_bytes=30_000) as listener, (tmp_path / "film.mp4").open("wb") as out:
        for turn in range(12):  # each third time more comes than may wait for it
            await show(house, reel, 200 if turn % 3 == 0 else 36)
            out.writelines(file.write(await listener.take(0.0)))
        assert listener.skips > 3
    found = await packets(tmp_path / "film.mp4")
    times = [int(packet["pts"]) for packet in found]
    assert times == sorted(times)
    assert max(late - early for early, late in zip(times, times[1:], strict=False)) > TICKS, "there is a hole"
    assert all("K" in packet["flags"] for packet, (early, late) in
               zip(found[1:], zip(times, times[1:], strict=False), strict=True) if late - early > TICKS)  # fmt: skip
    result = await decoded(tmp_path / "film.mp4")
    assert (result["status"], result["complaints"]) == (0, "")


async def test_whoever_watches_counts_and_whoever_goes_does_not(house, tmp_path):
    reel = Reel()
    await show(house, reel, 12)
    room = house.hub.room("main")
    download = Download(house, tmp_path / "film.mp4")
    await house.until(lambda: room.guests["mp4"] == 1)
    await house.until(lambda: download.bytes > 0)
    await download.gone()  # nothing is being sent: it is noticed all the same
    await house.until(lambda: room.audience == 0)
    assert (house.hub.viewers, room._listeners) == (0, {})


async def test_of_what_a_dead_reader_does_not_take_little_is_kept_and_in_the_end_it_is_hung_up_on(house, monkeypatch):
    reel = Reel()
    await show(house, reel, 12)
    room = house.hub.room("main")
    monkeypatch.setattr(patience, "HEAD_TIMEOUT", 2.0)
    with socket.socket() as dead:
        dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        dead.connect(("127.0.0.1", house.port))
        dead.sendall(b"GET /streams/main/live.mp4 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await house.until(lambda: room.guests["mp4"] == 1)
        (listener,) = room._listeners
        for _ in range(5):
            await house.show(*reel.fat(48))  # 10 MB
            await house.shown(reel.seq - 1)
            assert listener.waiting_bytes <= MOST_BYTES
        assert listener.skips > 0
        await house.until(lambda: room.audience == 0, "it is hung up on")
    assert room._listeners == {}


async def test_head_and_refusals(house):
    async with house.http(verify=False) as http:
        assert (await http.get("/streams/main/live.mp4")).json()["error"]["code"] == "no_stream"
        assert (await http.get("/streams/-/live.mp4")).status_code == 400
        await house.direct(directed())
        await house.until(lambda: house.hub.room("main").known)
        answer = await http.get("/streams/main/live.mp4")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_picture")
        assert int(answer.headers["Retry-After"]) >= 1
        await show(house, Reel(), 3)
        answer = await http.head("/streams/main/live.mp4")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/mp4")
        assert house.hub.viewers == 0


async def test_where_there_is_no_place_nobody_is_let_in(new_house, tmp_path):
    async with new_house(max_viewers=1) as house:
        await show(house, Reel(), 3)
        download = Download(house, tmp_path / "film.mp4")
        await house.until(lambda: download.bytes > 0)
        async with house.http(verify=False) as http:
            answer = await http.get("/streams/main/live.mp4")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "full")
        await download.gone()


def test_it_is_written_in_small_pieces_and_nothing_is_lost():
    fragments = [bytes([n]) * (n * 1000) for n in range(100)]
    written = list(live_mp4.pieces(fragments))
    assert b"".join(written) == b"".join(fragments)
    assert max(map(len, written)) < live_mp4.PIECE_BYTES + 100_000
    assert min(map(len, written[:-1])) >= live_mp4.PIECE_BYTES
    assert list(live_mp4.pieces([])) == []


def test_a_file_does_not_begin_before_its_init_segment():
    reel = Reel()
    chunks = [Packet(chunk) for chunk in reel.frames(2)]
    file = live_mp4.File()
    assert list(file.write(chunks)) == []
    assert len(list(file.write([Packet(reel.init), *chunks]))) == 3
