"""A real broadcaster on the loopback over the bus in memory, and people in front of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from films import film, init
from websockets.asyncio.client import ClientConnection, connect

from streamer.broadcaster.service import BroadcasterService
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.media import cmaf
from streamer.messages import DirectorState, WorkerState, encode
from streamer.settings import Settings
from streamer.topics import DIRECTOR_STATE, VIDEO, WORKER_STATE
from streamer.video import Chunk, InitSegment, to_headers

SOON = 60.0
"""Seconds for what should be there in a moment, on a machine with a hundred other things to do."""


class House:
    """A broadcaster that runs, its bus, and those who write to that."""

    def __init__(self, bus: MemoryBus, service: BroadcasterService, url: str) -> None:
        self.bus = bus
        self.service = service
        self.url = url
        self.hub = service.hub

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def live(self, stream: str = "main") -> str:
        return f"ws://127.0.0.1:{self.port}/streams/{stream}/live"

    async def show(self, *items: InitSegment | Chunk, stream: str = "main") -> int:
        """Write records as a worker does; returns the offset of the last one."""
        offset = -1
        for item in items:
            _, offset = await self.bus.publish(Record(VIDEO, stream, item.data, to_headers(item)))
        return offset

    async def direct(self, state: DirectorState, stream: str = "main") -> None:
        await self.bus.publish(Record(DIRECTOR_STATE, stream, encode(state)))

    async def work(self, state: WorkerState, stream: str = "main") -> None:
        await self.bus.publish(Record(WORKER_STATE, stream, encode(state)))

    async def until(self, so: Callable[[], bool], what: str = "") -> None:
        try:
            async with asyncio.timeout(SOON):
                while not so():
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"not within {SOON:.0f} s: {what or so}") from None

    async def shown(self, seq: int, epoch: int = 5, stream: str = "main") -> None:
        """Wait until the channel has taken a frame."""
        await self.until(lambda: self.hub.room(stream).channel.reached(epoch, seq + 1))

    @contextlib.asynccontextmanager
    async def watching(self, stream: str = "main", query: str = "", **how: Any) -> AsyncIterator[Person]:
        how = {"compression": None, "max_size": None, "proxy": None, "open_timeout": SOON, "close_timeout": 0.5} | how
        async with connect(self.live(stream) + query, **how) as socket:
            yield Person(socket)

    def http(self, **how: Any) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, timeout=SOON, trust_env=False, **how)


class Person:
    """Someone with a socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def get(self) -> dict[str, Any] | bytes:
        async with asyncio.timeout(SOON):
            data = await self.socket.recv()
        return json.loads(data) if isinstance(data, str) else data

    async def news(self) -> dict[str, Any] | bytes:
        """The next message that comes because something happened: status reports come with the clock, anywhere."""
        while isinstance(got := await self.get(), dict) and got["type"] == "status":
            pass
        return got

    async def media(self) -> bytes:
        async with asyncio.timeout(SOON):
            while not isinstance(got := await self.get(), bytes):
                pass
        return got

    async def told(self, kind: str, **facts: object) -> dict[str, Any]:
        """The next text message of a type with these facts."""
        async with asyncio.timeout(SOON):
            while True:
                got = await self.get()
                if isinstance(got, dict) and got["type"] == kind and all(got.get(k) == v for k, v in facts.items()):
                    return got

    async def frames(self, count: int) -> list[cmaf.ChunkInfo]:
        """So many chunks, init segments passed over."""
        found: list[cmaf.ChunkInfo] = []
        while len(found) < count:
            data = await self.media()
            if data[4:8] != b"ftyp":
                found.append(cmaf.parse(data))
        return found

    async def say(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))


@contextlib.asynccontextmanager
async def open_house(bus: MemoryBus | None = None, *, http: str | None = None, **settings: Any) -> AsyncIterator[House]:
    """A broadcaster from start to stop."""
    bus = bus or MemoryBus()
    service = BroadcasterService(bus, Settings(**({"port": 0} | settings)), http=http)
    url = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(url.set_result))
    try:
        await asyncio.wait({running, url}, return_when=asyncio.FIRST_COMPLETED, timeout=SOON)
        if running.done():
            running.result()
        assert url.done(), f"it neither listens nor says why not, after {SOON:.0f} s"
        house = House(bus, service, await url)
        await house.until(lambda: house.hub.ready or running.done())
        if running.done():
            running.result()
        yield house
    finally:
        running.cancel()
        await asyncio.wait({running}, timeout=SOON)
        assert running.done(), "it stops when it is told to"


@pytest.fixture
def new_house() -> Callable[..., contextlib.AbstractAsyncContextManager[House]]:
    return open_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A broadcaster in front of an empty bus."""
    async with open_house() as opened:
        yield opened


@pytest.fixture
async def playing(house: House) -> House:
    """A broadcaster that shows 30 frames of a film of epoch 5 on `main`."""
    await house.show(init(), *film(30))
    await house.shown(29)
    return house


def raw(house: House, rcvbuf: int = 0) -> socket.socket:
    """A viewer that has said its handshake and reads only when told to."""
    sock = socket.socket()
    if rcvbuf:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    sock.connect(("127.0.0.1", house.port))
    sock.sendall(
        b"GET /streams/main/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    sock.setblocking(False)
    return sock


@pytest.fixture
def new_raw() -> Callable[..., socket.socket]:
    return raw
