"""A real broadcaster of many films, whose director is the test: it hears wishes and says what becomes of the films."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import numpy as np

from streamer.broadcaster.service import BroadcasterService
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.messages import TIMESCALE, DirectorState, FrameDescription, Media, Outcome, encode
from streamer.settings import Settings
from streamer.topics import DIRECTOR_STATE, PROMPTS, VIDEO
from streamer.video import Chunk, InitSegment, to_headers

SIZE = (320, 180)


class Cinema:
    """Films are `begin`-ed with one picture and `direct`-ed; what people ask for is in `asked`."""

    def __init__(self, service: BroadcasterService, bus: MemoryBus, url: str) -> None:
        self.url = url
        self.hub = service.hub
        self.asked: list[tuple[str, str, dict[str, Any]]] = []  # stream, id, prompt
        self.stuck: set[str] = set()  # films whose worker does nothing
        self._frames: dict[str, int] = {}
        self._bus = bus
        self._states: dict[str, DirectorState] = {}
        encoder = Encoder(*SIZE, fps=24)
        self._picture = encoder.encode(np.full((SIZE[1], SIZE[0], 3), 140, np.uint8), keyframe=True).data
        self._init, self._codec = encoder.init, encoder.codec

    async def begin(self, stream: str, prompt: str = "", **state: Any) -> None:
        """A film with a picture on the screen."""
        words = FrameDescription(
            epoch=1, seq=0, shot=0, duration=2.0, prompt=prompt, text=f"{prompt}, in whole", action=f"{stream} moves"
        )
        media = Media(codec=self._codec, width=SIZE[0], height=SIZE[1], fps=24.0, engine="sketch")
        await self._show(stream, InitSegment(1, 1, media, self._init))
        await self._frame(stream, words)
        await self.direct(stream, prompt=prompt, status="playing", **state)
        await self.until(lambda: stream in self.hub.rooms and self.hub.rooms[stream].channel.watchable)

    async def _show(self, stream: str, item: InitSegment | Chunk) -> None:
        await self._bus.publish(Record(VIDEO, stream, item.data, to_headers(item)))

    async def _frame(self, stream: str, words: FrameDescription | None = None) -> None:
        """The next picture, a second long."""
        seq = self._frames.get(stream, 0)
        self._frames[stream] = seq + 1
        pts, length = seq * TIMESCALE, TIMESCALE
        data = cmaf.chunk(seq=seq, pts=pts, duration=length, keyframe=True, data=self._picture, wall=time.time())
        await self._show(stream, Chunk(1, seq, pts, length, True, 1, data, words))

    async def run(self) -> None:
        """A picture a second for every film that plays."""
        while True:
            await asyncio.sleep(1)
            for stream, state in list(self._states.items()):
                if state.status == "playing" and stream in self._frames and stream not in self.stuck:
                    await self._frame(stream)

    async def direct(self, stream: str, **facts: Any) -> None:
        """The director's news of a film."""
        old = self._states.get(stream, DirectorState(epoch=1, status="playing", published=4.0))
        state = self._states[stream] = msgspec.structs.replace(old, **facts)
        await self._bus.publish(Record(DIRECTOR_STATE, stream, encode(state)))

    async def settle(self, stream: str, id: str, outcome: str, **facts: Any) -> None:
        """What becomes of a wish."""
        await self.direct(stream, outcomes=(Outcome(id=id, outcome=outcome, **facts),))

    async def wish(self) -> tuple[str, str, dict[str, Any]]:
        """The next one that somebody has: (stream, id, prompt)."""
        await self.until(lambda: self.asked)
        return self.asked.pop(0)

    async def until(self, so: Any) -> None:
        async with asyncio.timeout(60):
            while not so():
                await asyncio.sleep(0.01)

    async def hear(self) -> None:
        """Take in wishes until cancelled."""
        async with self._bus.tail(PROMPTS) as tail:
            while True:
                for record in await tail.records():
                    id = dict(record.headers)["id"].decode()
                    self.asked.append(((record.key or b"").decode(), id, msgspec.json.decode(record.value or b"{}")))


@contextlib.asynccontextmanager
async def open_cinema(**settings: Any) -> AsyncIterator[Cinema]:
    """A broadcaster from start to stop."""
    bus = MemoryBus()
    service = BroadcasterService(bus, Settings(**({"port": 0} | settings)))
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(url.set_result))
    await asyncio.wait({running, url}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    cinema = Cinema(service, bus, await url)
    hearing, showing = asyncio.create_task(cinema.hear()), asyncio.create_task(cinema.run())
    try:
        yield cinema
    finally:
        for task in (hearing, showing, running):
            task.cancel()
            await asyncio.wait({task}, timeout=60)
