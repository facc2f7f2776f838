"""`streamer push` to servers that are not ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import av
import psutil
import pytest
from foreign import RtmpServer, SrtListener, free_port, greys, lost, size, times
from onair import FPS, OnAir

from streamer import push
from streamer import srt as sender
from streamer.errors import UserError
from streamer.settings import Settings
from tools.system import Process


@pytest.fixture
async def station() -> AsyncIterator[OnAir]:
    station = OnAir()
    await station.start()
    yield station
    await station.stop()


@pytest.fixture
async def rtmp(tmp_path: Path) -> AsyncIterator[RtmpServer]:
    server = RtmpServer(tmp_path)
    await server.start()
    yield server
    server.stop()


@pytest.fixture
def srt(tmp_path: Path, ffmpeg: str) -> Iterator[SrtListener]:
    server = SrtListener(tmp_path, ffmpeg)
    yield server
    server.stop()


@contextlib.asynccontextmanager
async def pushing(station: OnAir, target: str) -> AsyncIterator[asyncio.Task[None]]:
    """A push that goes on; ended as by Ctrl-C."""
    task = asyncio.create_task(push.push(Settings(url=station.url), target))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def held(port: int) -> AsyncIterator[None]:
    """A UDP port that says nothing, and that nobody else is given meanwhile."""
    with socket.socket(type=socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", port))
        yield


class Said:
    """What the command has printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], task: asyncio.Task[None]) -> None:
        self._capsys, self._task, self.words = capsys, task, ""

    async def until(self, words: str, count: int = 1) -> None:
        async with asyncio.timeout(60):
            while self.words.count(words) < count:
                if self._task.done():
                    self._task.result()
                self.words += self._capsys.readouterr().out
                await asyncio.sleep(0.01)


async def arrives(film: Path) -> None:
    """ffmpeg looks at what comes for a while before it writes any of it."""
    async with asyncio.timeout(60):
        while size(film) < 5_000:
            await asyncio.sleep(0.05)


async def refusal(settings: Settings, target: str) -> str:
    """What a push that fails says: one line, without the key."""
    with pytest.raises((UserError, BaseExceptionGroup)) as error:
        await push.push(settings, target)
    found = error.value
    while isinstance(found, BaseExceptionGroup):
        (found,) = found.exceptions
    assert isinstance(found, UserError)
    assert "secret" not in str(found)
    assert "\n" not in str(found)
    return str(found)


async def shows(film: Path, grey: int, times: int = 1) -> None:
    """Wait until a film that is being written has shown a picture so many times."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(av.error.FFmpegError):  # it ends in the middle of a frame
                if sum(abs(found - grey) <= 2 for found in await asyncio.to_thread(greys, film)) >= times:
                    return
            await asyncio.sleep(0.2)


def rise(found: list[float]) -> bool:
    return all(a < b for a, b in pairwise(found))


async def test_a_film_reaches_an_rtmp_server_through_a_steer(station, rtmp):
    async with station.playing():
        pushing = asyncio.create_task(push.push(Settings(url=station.url, seconds=2.0), rtmp.url))
        await station.until(lambda hub: hub.room("main").channel.reached(5, FPS))
    async with station.playing(epoch=9):
        await asyncio.wait_for(pushing, 60)
    rtmp.stop()
    (film,) = rtmp.films()
    found = times(film)
    assert found[0] == 0.0
    assert rise(found)
    assert found[-1] == pytest.approx(2.0, abs=0.5)
    assert lost(film) == 0


async def test_a_held_film_keeps_its_connection_and_its_picture(station, rtmp, capsys, monkeypatch):
    monkeypatch.setattr(push, "KEEPALIVE", 0.3)
    async with pushing(station, rtmp.url) as task:
        said = Said(capsys, task)
        async with station.playing():
            await said.until("connected")
            await station.until(lambda hub: hub.room("main").channel.reached(5, FPS // 2))
        (film,) = rtmp.films()
        await shows(film, station.grey, 4)  # again and again
        for _ in range(2):  # the film goes on in the middle of its GOP
            await station.frame()
        await shows(film, station.grey)
    rtmp.stop()
    assert rtmp.films() == [film]
    assert rise(times(film))
    assert lost(film) == 0


async def test_a_server_that_restarts_is_called_again(station, rtmp, capsys):
    async with station.playing(), pushing(station, rtmp.url) as task:
        said = Said(capsys, task)
        await said.until("connected")
        await asyncio.sleep(1)
        rtmp.stop()
        await said.until("again in")
        await rtmp.start()
        await said.until("connected", 2)
        await asyncio.sleep(1)
    rtmp.stop()
    first, *_, last = rtmp.films()
    for film in (first, last):
        found = times(film)
        assert found[0] == 0.0
        assert rise(found)
    assert lost(last) == 0
    assert "film" not in said.words.replace("of film sent", "")  # the key


async def test_a_film_of_another_size_takes_a_new_connection(station, rtmp, capsys):
    async with pushing(station, rtmp.url) as task:
        said = Said(capsys, task)
        async with station.playing():
            await said.until("connected")
            await asyncio.sleep(0.5)
        async with station.playing(epoch=9, size=(96, 64)):
            await said.until("connected", 2)
            await asyncio.sleep(1)
    rtmp.stop()
    small, large = rtmp.films()
    assert lost(small) == lost(large) == 0
    assert times(large)[0] == 0.0


async def test_a_film_reaches_an_srt_listener_that_comes_and_goes(station, srt, capsys):
    first = srt.start("first.ts")
    async with station.playing(), pushing(station, srt.url) as task:
        said = Said(capsys, task)
        await said.until("connected")
        await arrives(first)
        srt.stop()
        await said.until("again in")
        second = srt.start("second.ts")
        await said.until("connected", 2)
        await arrives(second)
    srt.stop()
    for film in (first, second):
        assert rise(times(film))
        assert lost(film) == 0


async def test_an_srt_listener_that_asks_for_a_passphrase(station, srt, capsys):
    film = srt.start("film.ts", "&passphrase=open-sesame")
    async with station.playing():
        said = await refusal(Settings(url=station.url), f"{srt.url}?passphrase=secret-sesame")
        assert "rejected (Incorrect passphrase)" in said
        async with pushing(station, f"{srt.url}?passphrase=open-sesame&latency=50") as task:
            said = Said(capsys, task)
            await said.until("connected")
            await arrives(film)
    srt.stop()
    assert lost(film) == 0
    assert times(film)
    assert "sesame" not in said.words


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://example.org/live", "cannot push to http://; expected rtmp://HOST"),
        ("film.mp4", "an address without a scheme"),
        ("rtmp:///live/key", "without a host"),
        ("rtmp://127.0.0.1/live", "without an application or a key"),
        ("srt://127.0.0.1", "without a port"),
        ("srt://127.0.0.1:9?mode=listener", "the other end must listen"),
        ("srt://127.0.0.1:9?passphrase=secret#secret", "write %23 for a # of a passphrase"),
        ("srt://127.0.0.1:9#", "write %23"),
        ("srt://127.0.0.1:9?latency=50&passphrase=", "the option 'passphrase' is empty"),
        ("srt://127.0.0.1:9?passphrase", "the option 'passphrase' is empty"),
        ("rtmp://127.0.0.1:99999/live/key", "no address to push to"),
        ("rtmp://no-such-host.invalid/live/secret", "there is no host no-such-host.invalid"),
    ],
)
async def test_an_address_that_cannot_be_right_is_said_at_once(target, words):
    assert words in await refusal(Settings(url="http://127.0.0.1:9"), target)


async def test_an_address_may_come_as_a_line_on_standard_input(monkeypatch):
    read, write = os.pipe()
    with open(read) as stdin, open(write, "w") as typed:  # noqa: ASYNC230
        monkeypatch.setattr(sys, "stdin", stdin)
        asking = asyncio.create_task(refusal(Settings(url="http://127.0.0.1:9"), "-"))
        typed.write("rtmp://no-such-host.invalid/live/secret\nrtmp://another.invalid/live/secret\n")
        typed.flush()
        assert "there is no host no-such-host.invalid" in await asyncio.wait_for(asking, 60)


async def test_who_writes_a_hyphen_and_no_address_is_told_where_it_may_be(monkeypatch):
    with open(os.devnull) as stdin:  # noqa: ASYNC230
        monkeypatch.setattr(sys, "stdin", stdin)
        assert "PUSH_TARGET or from a line on standard input" in await refusal(Settings(url="http://127.0.0.1:9"), "-")


async def test_an_address_of_a_variable_is_among_nobodys_arguments(station, rtmp):
    async with station.playing():
        process = Process("push", "push", "-", "--url", station.url, env={"PUSH_TARGET": rtmp.url})
        await asyncio.to_thread(process.said, "connected")
        pushing = psutil.Process(process.popen.pid)
        told = [" ".join(each.cmdline()) for each in (pushing, *pushing.children(recursive=True))]
        status = await asyncio.to_thread(process.end, signal.SIGINT)
    assert len(told) == 2
    assert not [line for line in told if "live" in line]
    assert status == 0


async def test_who_refuses_at_the_first_call_ends_the_command(station, rtmp, srt):
    async with station.playing(), held(srt.port):
        for target, words in [
            (f"rtmp://127.0.0.1:{free_port()}/live/secret", "connection refused"),
            (f"rtmps://127.0.0.1:{free_port()}/live/secret", "connection refused"),
            (f"rtmp://127.0.0.1:{rtmp.port}/nowhere/secret", "does not take it"),
            (f"{srt.url}?connect_timeout=500", "connection timed out"),
            (f"{srt.url}?passphrase=secret", "SRT refuses the option passphrase"),
            (f"{srt.url}?colour=blue", "SRT option 'colour' is not one of latency, passphrase"),
        ]:
            assert words in await refusal(Settings(url=station.url), target)


def test_no_line_calls_its_own_port(monkeypatch, srt):
    """A port that was just free may be the one that the system gives to the caller, and SRT greets itself then."""
    given = iter([srt.port, 0])
    bind = socket.socket.bind
    monkeypatch.setattr(socket.socket, "bind", lambda self, name: bind(self, (name[0], next(given))))
    with pytest.raises(OSError, match="connection timed out"):
        sender.Sender("127.0.0.1", srt.port, {"connect_timeout": "300"}, timeout=5)
    assert next(given, None) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_a_push_that_ends_leaves_nothing_behind(station, rtmp, number):
    async with station.playing():
        process = Process("push", "push", rtmp.url, "--url", station.url)
        await asyncio.to_thread(process.said, "connected")
        (outlet,) = psutil.Process(process.popen.pid).children()
        assert "live" not in " ".join(outlet.cmdline())  # nor its key
        if number == signal.SIGINT:  # of a terminal: for both
            outlet.send_signal(number)
        status = await asyncio.to_thread(process.end, number)
        gone, alive = await asyncio.to_thread(psutil.wait_procs, [outlet], timeout=30)
    assert not alive
    rtmp.stop()
    (film,) = rtmp.films()
    assert lost(film) == 0
    if number == signal.SIGINT:
        assert status == 0
        assert process.lines[-1].endswith("s of film sent")


async def test_a_server_that_says_nothing_is_given_up(station, monkeypatch):
    monkeypatch.setattr(push, "DEADLINE", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        target = f"rtmp://127.0.0.1:{mute.getsockname()[1]}/live/secret"
        async with station.playing():
            assert "took nothing for 2 s" in await refusal(Settings(url=station.url), target)
