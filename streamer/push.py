"""`streamer push`: the live film to an RTMP or SRT server, as it is, without encoding it again.

The film comes by `client.follow` and waits in a `Backlog`, a `Relay` gives it its time there, and a process of its own
(outlet.py) holds the connection. Where the server goes away, it is called again with growing pauses; what it missed is
dropped up to a keyframe. A held film keeps its connection: its newest GOP is sent again every `KEEPALIVE` seconds.

The address holds the stream's key, and a process's arguments are for everyone who runs `ps`: "-" in its place means
that it comes by the variable `PUSH_TARGET` or as a line on standard input.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
import threading
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable
from contextlib import aclosing, suppress

import msgspec

from . import client
from .backlog import Backlog
from .errors import UserError
from .messages import TIMESCALE
from .outlet import LENGTH, Opening
from .relay import Relay, Sample
from .settings import Settings
from .target import Target

DEADLINE = 10.0
"""Seconds that the server may take for anything: to let us in, to take a frame, to say goodbye."""

BEHIND = 2.0
"""Seconds of film that may wait for a slow server; with more, a keyframe drops what is older."""

KEEPALIVE = 2.0
"""Seconds without a frame after which the newest GOP is sent again."""

PATIENCE = 30.0
"""Seconds that a film is waited for where the length of the push is given."""

LONGEST_PAUSE = 30.0
"""Seconds, at most, between two calls."""

STEADY = 10.0
"""Seconds that a connection has to last before the pauses begin small again."""

GOODBYE = 3.0
"""Seconds for the last words on a connection that is given up."""

VARIABLE = "PUSH_TARGET"
"""Where the address may be instead; without STREAMER_ before it, since it is no option."""

LONGEST_ADDRESS = 4096
"""Bytes of an address that comes on standard input."""

MARGIN = 2.0
"""Seconds for the outlet's process itself, on top of its own deadline."""


class Away(Exception):
    """The server cannot be reached, refuses, or is gone. `str()` says it in words."""


async def push(settings: Settings, target: str) -> None:
    """Send the film until cancelled, or for `--seconds`; `target` is an address, or "-". Raises `UserError` for an
    address that cannot be right: where the very first call fails."""
    where = Target.parse(await _address() if target == "-" else target)
    await _resolve(where)
    await client.streams(settings.url, token=settings.token)  # nobody there, or not allowed? it says so first
    pushing = _Push(where, settings.seconds)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(pushing.read(settings), name="push-read")
        waiting = group.create_task(pushing.wait(settings), name="push-wait")
        try:
            await pushing.send()
        finally:
            reading.cancel()
            waiting.cancel()
            if pushing.begun:
                _say(f"{where}: {pushing.seconds:.1f} s of film sent")


async def _address() -> str:
    """The address that is not among the arguments."""
    if found := os.environ.get(VARIABLE, "").strip():
        return found
    if sys.stdin.isatty():
        _say("the address to push to, in one line:")
    found = (await _line_of(sys.stdin.fileno())).decode("utf-8", "replace").strip()
    if not found:
        raise UserError(f"'-' takes the address from {VARIABLE} or from a line on standard input, and neither has one")
    return found


async def _line_of(descriptor: int) -> bytes:
    """The first line of a file, a pipe or a terminal. Cancelled, it leaves a thread that keeps nobody waiting."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[bytes] = loop.create_future()

    def done(data: bytes) -> None:
        if not line.done():
            line.set_result(data)

    def read() -> None:
        data = b""
        with suppress(OSError):
            while b"\n" not in data and len(data) < LONGEST_ADDRESS and (more := os.read(descriptor, LONGEST_ADDRESS)):
                data += more
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(done, data.partition(b"\n")[0])

    threading.Thread(target=read, name="push-address", daemon=True).start()
    return await line


async def _resolve(where: Target) -> None:
    try:
        async with asyncio.timeout(DEADLINE):
            await asyncio.get_running_loop().getaddrinfo(where.host, where.port)
    except TimeoutError as error:
        raise UserError(f"{where}: nobody says where {where.host} is ({DEADLINE:g} s)") from error
    except (socket.gaierror, UnicodeError) as error:
        raise UserError(f"{where}: there is no host {where.host}") from error


class _Push:
    def __init__(self, where: Target, length: float | None) -> None:
        self._where = where
        self._length = length
        self._backlog = Backlog(BEHIND)
        self._relay = Relay()
        self._more = asyncio.Event()
        self.begun = False  # a connection was made

    @property
    def seconds(self) -> float:
        """Film time sent."""
        return self._relay.sent / TIMESCALE

    async def read(self, settings: Settings) -> None:
        """Fill the backlog."""
        async with aclosing(client.follow(settings.url, settings.stream, token=settings.token)) as events:
            async for event in events:
                self._backlog.put(event)
                if self._backlog.seconds:
                    self._more.set()

    async def wait(self, settings: Settings) -> None:
        """Say so where nothing plays; with a given length, give up."""
        await asyncio.sleep(2)
        if not self._more.is_set() and not self.begun:
            _say(f"nothing plays on {settings.stream!r} yet: {self._where} is called when a film does")
        await asyncio.sleep(PATIENCE)
        if self._length is not None and not self.begun and not self._more.is_set():
            raise UserError(f"nothing played on {settings.stream!r} for {PATIENCE + 2:g} s: nothing was sent")

    async def send(self) -> None:
        """Call the server again and again, one connection after the other."""
        pause = 0.0
        while not self._done:
            if not self._relay.init:  # else there is a picture to begin with
                await self._more.wait()
            began = time.monotonic()
            try:
                await self._call()
                continue  # the film has another size: the next connection at once
            except Away as away:
                if not self.begun:
                    raise UserError(f"{self._where}: {away}") from away
                reason = str(away)
            if time.monotonic() - began > STEADY:
                pause = 0.0
            pause = min(LONGEST_PAUSE, random.uniform(0.5, max(1.0, pause * 3)))
            _say(f"{self._where}: {reason}; again in {pause:.1f} s")
            await asyncio.sleep(pause)

    @property
    def _done(self) -> bool:
        return self._length is not None and self.seconds >= self._length

    async def _call(self) -> None:
        """One connection, for as long as the film needs one init segment. Raises `Away`."""
        self._relay.opened()
        init = self._backlog.init or self._relay.init
        async with Connection(self._where, init) as connection:
            self.begun = True
            _say(f"{self._where}: connected")
            while not self._done:
                if self._backlog.init not in (init, b""):
                    _say(f"{self._where}: the film has another size now, which takes a new connection")
                    return
                pieces, now = self._backlog.take(), time.monotonic()
                await connection.send(self._relay.samples(pieces, now) if pieces else self._relay.again(now))
                await self._news()

    async def _news(self) -> None:
        """Wait for film, and not longer than `KEEPALIVE`."""
        self._more.clear()
        if not self._backlog.init:
            with suppress(TimeoutError):
                async with asyncio.timeout(KEEPALIVE):
                    await self._more.wait()


class Connection:
    """The process that holds a connection (outlet.py). Raises `Away` in words; never waits longer than `DEADLINE`."""

    def __init__(self, where: Target, init: bytes) -> None:
        self._opening = Opening(where.url, where.format, init, DEADLINE)
        self._process: Process | None = None

    async def __aenter__(self) -> Connection:
        command = (sys.executable, "-m", f"{__package__}.outlet")  # told where to on its input: `ps` shows arguments
        self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        try:
            await self._write(self._opening)
            if (told := await self._line()) != "open":
                raise _away(told)
        except BaseException:
            await self._end(GOODBYE)
            raise
        return self

    async def send(self, samples: Iterable[Sample]) -> None:
        """Returns when no more than a moment of film waits for the server."""
        await self._write(*samples)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._end(DEADLINE if kind is None else GOODBYE)

    async def _write(self, *messages: Opening | Sample) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            async with asyncio.timeout(DEADLINE + MARGIN):
                for message in messages:
                    data = msgspec.msgpack.encode(message)
                    self._process.stdin.write(LENGTH.pack(len(data)) + data)
                    await self._process.stdin.drain()
        except (OSError, TimeoutError) as error:  # the process ended, or stands still
            raise _away(await self._line()) from error

    async def _line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(DEADLINE + MARGIN):
                return (await self._process.stdout.readline()).decode().strip()
        return ""

    async def _end(self, patience: float) -> None:
        """Let it say goodbye."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(patience):
                await process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _away(told: str) -> Away:
    return Away(told.removeprefix("error: ") or f"the server took nothing for {DEADLINE:g} s")


def _say(words: str) -> None:
    print(words, flush=True)
