"""`streamer.watch`: the film as pictures, in Python."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import numpy as np
import pytest
from onair import SIZE, TICKS, OnAir

import streamer
from streamer import client, tokens
from streamer.backlog import Piece
from streamer.events import Chunk
from streamer.frames import _Decoder
from streamer.media import cmaf
from streamer.media.encoder import Encoder

KEY = "a secret of forty characters, for a test"


@pytest.fixture
async def station() -> AsyncIterator[OnAir]:
    station = OnAir()
    await station.start()
    yield station
    await station.stop()


async def take(frames, count: int) -> list[streamer.Frame]:
    found = []
    async with asyncio.timeout(60):
        async for frame in frames:
            found.append(frame)
            if len(found) == count:
                break
    return found


async def until(frames, so) -> streamer.Frame:
    async with asyncio.timeout(60):
        async for frame in frames:
            if so(frame):
                return frame
    raise AssertionError("the film ended")


async def test_a_film_in_pictures(station):
    await station.show(3)
    async with aclosing(streamer.watch(station.url)) as frames:
        found = await take(frames, 3)
    assert [(f.epoch, f.seq, f.pts, f.duration) for f in found] == [(5, n, n * TICKS, TICKS) for n in range(3)]
    assert [f.picture.shape for f in found] == [(SIZE, SIZE, 3)] * 3
    assert [round(float(f.picture.mean())) for f in found] == pytest.approx([0, 5, 10], abs=2)
    assert [f.wall for f in found] == [1.5, None, None]
    assert all(f.description and f.description.text == "grey" for f in found)


def test_colours_are_those_of_the_engine():
    encoder = Encoder(SIZE, SIZE)
    for colour in [(220, 30, 30), (20, 200, 40), (30, 40, 230), (255, 255, 255)]:
        sample = encoder.encode(np.full((SIZE, SIZE, 3), colour, np.uint8), keyframe=True)
        data = cmaf.chunk(seq=0, pts=0, duration=TICKS, keyframe=True, data=sample.data)
        chunk = Chunk(1, 0, 0, TICKS, True, None, sample.data, data)
        frame = _Decoder().decode([Piece(chunk, encoder.init, None)])
        assert frame is not None
        assert frame.picture.mean(axis=(0, 1)) == pytest.approx(colour, abs=4)


async def test_who_is_slow_sees_the_newest_picture(station):
    await station.show(1)
    async with aclosing(streamer.watch(station.url)) as frames:
        await take(frames, 1)
        await station.show(100, epoch=9)  # while the caller is busy
        found = []
        async with asyncio.timeout(60):
            async for frame in frames:
                found.append(frame.seq)
                if frame.seq == 99:
                    break
                await asyncio.sleep(0.1)
    assert len(found) < 50
    assert found == sorted(found)


async def test_the_size_changes_in_mid_stream(station):
    async with aclosing(streamer.watch(station.url)) as frames:
        async with station.playing():
            await until(frames, lambda frame: frame.picture.shape == (SIZE, SIZE, 3))
        async with station.playing(epoch=9, size=(96, 64)):
            assert (await until(frames, lambda frame: frame.picture.shape == (64, 96, 3))).epoch == 9


async def test_a_lost_connection_is_opened_again(station):
    await station.stop()
    with socket.socket() as keeper:  # bound, it keeps the port from everybody who asks for any free one
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        await station.start(keeper.getsockname()[1])
        async with aclosing(streamer.watch(station.url)) as frames:
            async with station.playing():
                await take(frames, 5)
            await station.stop()
            await station.start(keeper.getsockname()[1])
            async with station.playing(epoch=9):
                assert (await until(frames, lambda frame: frame.epoch == 9)).description.text == "grey"


async def test_refusals_end_it(station):
    with pytest.raises(streamer.UserError, match="is not a stream id"):
        await take(streamer.watch(station.url, "-x"), 1)
    with pytest.raises(streamer.UserError, match="nothing answers"):
        await take(streamer.watch("http://127.0.0.1:9", reconnect=False), 1)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:9", "nothing answers at http://127.0.0.1:9 .*See --url"),
        ("banana", "'banana': that is not a URL: write http://HOST:PORT"),
        ("ftp://127.0.0.1:9", "that is not a URL"),
    ],
)
async def test_where_nobody_ever_was_nobody_is_waited_for(url, says):
    for opened in (streamer.watch(url), streamer.follow(url)):
        with pytest.raises(streamer.UserError, match=says):
            await take(opened, 1)
    with pytest.raises(streamer.UserError, match=says):
        await streamer.streams(url)


async def test_advice_about_tokens_is_given_once():
    station = OnAir(token_key=[KEY])
    await station.start()
    try:
        with pytest.raises(streamer.UserError) as missing:
            await streamer.streams(station.url)
        assert str(missing.value).count("`streamer token`") == 1
        assert str(missing.value).count("--token") == 1
    finally:
        await station.stop()


async def test_doors_that_ask_for_a_token():
    station = OnAir(token_key=[KEY])
    await station.start()
    try:
        await station.show(1)
        token = tokens.mint(KEY, "main", "prompt", time.time() + 60)
        (frame,) = await take(streamer.watch(station.url, token=token), 1)
        assert frame.seq == 0
        assert [film.stream for film in await streamer.streams(station.url, token=token)] == ["main"]
        id = await streamer.prompt(station.url, "a boat", token=token)
        assert (await streamer.progress(station.url, id, token=token)).progress == "accepted"
        for call in [
            streamer.prompt(station.url, "a boat"),
            streamer.streams(station.url, token="nonsense"),
            take(streamer.watch(station.url, token=tokens.mint(KEY, "main", "watch", time.time() - 60)), 1),
            take(streamer.watch(station.url, token="nonsense"), 1),
        ]:
            with pytest.raises(streamer.UserError, match="--token"):
                await call
    finally:
        await station.stop()


def test_importing_the_package_imports_nothing_else():
    code = "import sys, streamer; print([m for m in ('av', 'numpy', 'msgspec', 'websockets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert {name for name in streamer.__all__ if getattr(streamer, name) is None} == set()
    assert streamer.follow is client.follow
    with pytest.raises(AttributeError, match="no attribute 'wach'"):
        streamer.wach  # noqa: B018
