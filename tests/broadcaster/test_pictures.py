"""Snapshots, thumbnails and MJPEG of a film that is really encoded, over HTTP."""

import asyncio
import contextlib
import io

import av
import numpy as np
import pytest
from films import MEDIA, worked

from streamer.broadcaster import darkroom
from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.video import Chunk, InitSegment

TICKS = 3750


class Reel:
    """A film of one colour after the other, 12 frames a GOP."""

    def __init__(self, width=320, height=192):
        self.encoder = Encoder(width, height)
        self.shape = (height, width, 3)
        self.init = InitSegment(5, 1, MEDIA, self.encoder.init)
        self.seq = 0

    def frames(self, count, colour):
        for _ in range(count):
            key = self.seq % 12 == 0
            sample = self.encoder.encode(np.full(self.shape, colour, np.uint8), key)
            pts = self.seq * TICKS
            data = cmaf.chunk(seq=self.seq, pts=pts, duration=TICKS, keyframe=key, data=sample.data)
            yield Chunk(5, self.seq, pts, TICKS, key, 1, data, gop=self.seq // 12)
            self.seq += 1


RED, GREEN, BLUE = (200, 20, 20), (20, 160, 20), (20, 20, 200)


@pytest.fixture
async def red(house):
    """A house that shows a red film, and its reel."""
    reel = Reel()
    await house.show(reel.init, *reel.frames(5, RED))
    await house.shown(4)
    return house, reel


def picture(jpeg):
    with av.open(io.BytesIO(jpeg), format="jpeg_pipe") as file:
        frame = next(file.decode(video=0))
    return (frame.width, frame.height), frame.to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0)


async def parts(body):
    """The pictures of a multipart body as they come."""
    data = b""
    async for piece in body:
        data += piece
        while (head := data.find(b"\r\n\r\n")) >= 0:
            lines = data[:head].split(b"\r\n")
            assert lines[0] == b"--picture"
            assert lines[1] == b"Content-Type: image/jpeg"
            end = head + 4 + int(lines[2].removeprefix(b"Content-Length: "))
            if len(data) < end + 2 + len(b"--picture\r\n"):
                break
            yield data[head + 4 : end]
            data = data[end + 2 :]


async def test_a_snapshot_is_the_newest_frame(red):
    house, reel = red
    await house.show(*reel.frames(3, BLUE))
    await house.shown(7)
    async with house.http() as http:
        answer = await http.get("/streams/main/snapshot.jpg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    size, colour = picture(answer.content)
    assert size == (320, 192)
    assert colour == pytest.approx(BLUE, abs=8)


async def test_a_thumbnail_is_the_newest_keyframe_in_one_of_a_few_sizes(red):
    house, reel = red
    await house.show(*reel.frames(3, BLUE))
    await house.shown(7)
    async with house.http() as http:
        shown = [
            picture((await http.get(f"/streams/main/snapshot.jpg?width={w}")).content) for w in (100, 160, 200, 900)
        ]
    assert [size for size, _ in shown] == [(160, 96), (160, 96), (320, 192), (320, 192)]
    assert shown[0][1] == pytest.approx(RED, abs=8)


@pytest.mark.parametrize("width", ["0", "-1", "wide", "5000", "1e9", "٣", "000001" + "0" * 5000])
async def test_a_width_that_is_none_is_refused_by_name(red, width):
    house, _ = red
    async with house.http() as http:
        answer = await http.get("/streams/main/snapshot.jpg", params={"width": width})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "width"


async def test_without_a_film_there_is_no_picture_and_without_pictures_not_yet(house):
    await house.work(worked(), "early")
    await house.until(lambda: "early" in house.hub.rooms)
    async with house.http() as http:
        for path in ("snapshot.jpg", "live.mjpeg"):
            assert (await http.get(f"/streams/nobody/{path}")).status_code == 404
        early = await http.get("/streams/early/snapshot.jpg")
    assert early.status_code == 503
    assert int(early.headers["retry-after"]) >= 1


async def test_all_who_ask_at_once_share_one_picture(red, monkeypatch):
    house, _ = red
    made = []
    encode = darkroom.JpegEncoder.encode
    monkeypatch.setattr(darkroom.JpegEncoder, "encode", lambda *a: made.append(1) or encode(*a))
    async with house.http() as http:
        answers = await asyncio.gather(*(http.get("/streams/main/snapshot.jpg") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(made) == 1


async def test_a_film_that_cannot_be_decoded_has_no_picture(playing):
    async with playing.http() as http:
        answer = await http.get("/streams/main/snapshot.jpg")
    assert answer.status_code == 503
    assert "cannot be read" in answer.json()["error"]["message"]


async def test_mjpeg_shows_the_film_as_it_goes_on_and_counts_as_a_viewer(red):
    house, reel = red
    room = house.hub.rooms["main"]
    async with house.http() as http, http.stream("GET", "/streams/main/live.mjpeg") as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
        pictures = parts(answer.aiter_bytes())
        assert picture(await anext(pictures))[1] == pytest.approx(RED, abs=8)
        assert room.audience == house.hub.viewers == 1
        for colour in (BLUE, GREEN):
            await house.show(*reel.frames(2, colour))
            async for jpeg in pictures:
                if picture(jpeg)[1] == pytest.approx(colour, abs=8):
                    break
    await house.until(lambda: room.audience == 0)
    assert house.hub.viewers == 0


async def test_who_reads_the_words_beside_the_pictures_is_one_viewer(red):
    house, _ = red
    room = house.hub.rooms["main"]
    async with house.watching() as person, house.http() as http:
        await person.media()
        await person.say(type="hide", words=True)
        await house.until(lambda: len(room._readers) == 1)
        assert room.audience == house.hub.viewers == 1
        async with http.stream("GET", "/streams/main/live.mjpeg") as answer:
            await anext(own := parts(answer.aiter_bytes()))
            assert room.audience == room.channel.viewers == house.hub.viewers == 1
            async with http.stream("GET", "/streams/main/live.mjpeg") as answer:
                await anext(others := parts(answer.aiter_bytes()))
                assert room.audience == room.channel.viewers == house.hub.viewers == 2
                await others.aclose()
            await own.aclose()
        await house.until(lambda: house.hub.viewers == 1)
        await person.say(type="show")
        await person.told("hello", viewers=1)
    await house.until(lambda: house.hub.viewers == 0)


async def test_the_image_of_a_page_that_reads_the_words_has_a_place_in_a_full_house(new_house):
    async with new_house(max_viewers=1) as house:
        reel = Reel()
        await house.show(reel.init, *reel.frames(5, RED))
        await house.shown(4)
        room = house.hub.rooms["main"]
        async with house.watching() as person, house.http() as http:
            await person.media()
            await person.say(type="hide", words=True)
            await house.until(lambda: len(room._readers) == 1)
            async with http.stream("GET", "/streams/main/live.mjpeg") as answer:
                assert answer.status_code == 200
                await anext(image := parts(answer.aiter_bytes()))
                assert (await http.get("/streams/main/live.mjpeg")).status_code == 503, "one image, not two"
                await image.aclose()


async def test_two_who_watch_share_a_decoder_and_when_both_are_gone_nothing_is_decoded(red):
    house, reel = red
    room = house.hub.rooms["main"]

    def decoders():
        return [task for task in asyncio.all_tasks() if task.get_name() == "pictures of main"]

    async with house.http() as http:
        async with contextlib.AsyncExitStack() as both:
            watched = []
            for _ in range(2):
                answer = await both.enter_async_context(http.stream("GET", "/streams/main/live.mjpeg"))
                watched.append(parts(answer.aiter_bytes()))
                await anext(watched[-1])
            assert room.audience == 2
            assert len(decoders()) == 1
        await house.until(lambda: room.audience == 0 and not decoders())
        await house.show(*reel.frames(30, GREEN))
        await house.shown(34)
    assert not room._listeners


async def test_a_picture_that_stands_is_sent_again(red, monkeypatch):
    house, _ = red
    monkeypatch.setattr(darkroom, "REPEAT", 0.05)
    async with house.http() as http, http.stream("GET", "/streams/main/live.mjpeg") as answer:
        pictures = parts(answer.aiter_bytes())
        assert await anext(pictures) == await anext(pictures)


async def test_a_full_house_has_no_place_for_mjpeg_either(new_house):
    async with new_house(max_viewers=1) as house:
        reel = Reel()
        await house.show(reel.init, *reel.frames(5, RED))
        await house.shown(4)
        async with house.watching() as person, house.http() as http:
            await person.media()
            answer = await http.get("/streams/main/live.mjpeg")
    assert answer.status_code == 503
    assert "max_viewers" in answer.json()["error"]["message"]
    assert "retry-after" in answer.headers
