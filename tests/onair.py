"""A broadcaster on air: with a worker who writes one real film, of grey pictures that grow lighter."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import numpy as np

from streamer.broadcaster.hub import Hub
from streamer.broadcaster.service import BroadcasterService
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.messages import FrameDescription, Media
from streamer.settings import Settings
from streamer.topics import VIDEO
from streamer.video import Chunk, InitSegment, to_headers

FPS, TICKS, SIZE = 24, 3750, 64


class OnAir:
    """Started and stopped by the test. `settings` are the broadcaster's."""

    def __init__(self, **settings: object) -> None:
        self.bus = MemoryBus()
        self.url = ""
        self.pts = 0
        self.seq = 0
        self.epoch = 5
        self.service: BroadcasterService | None = None
        self._settings = settings
        self._running: asyncio.Task[None] | None = None
        self._generation = 1
        self._size = (SIZE, SIZE)
        self._encoder = Encoder(SIZE, SIZE)

    @property
    def grey(self) -> int:
        """The mean of the newest picture."""
        return 5 * (self.seq - 1) % 256

    async def start(self, port: int = 0) -> None:
        started = asyncio.get_running_loop().create_future()
        self.service = BroadcasterService(self.bus, Settings(port=port, **self._settings))
        self._running = asyncio.create_task(self.service.run(started.set_result))
        await asyncio.wait({self._running, started}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
        if self._running.done():
            self._running.result()
        self.url = await asyncio.wait_for(started, 1)

    async def stop(self) -> None:
        assert self._running is not None
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    async def show(self, frames: int, epoch: int = 5) -> None:
        """Frames of a film, as a worker writes them; the first is a keyframe."""
        await self._begin(epoch)
        for _ in range(frames):
            await self.frame(wall=1.5 if self.seq == 0 else None)
        await self.until(lambda hub: hub.room("main").channel.reached(epoch, frames))

    async def frame(self, *, wall: float | None = None) -> None:
        """The next frame."""
        picture = np.full((self._size[1], self._size[0], 3), 5 * self.seq % 256, np.uint8)
        sample = self._encoder.encode(picture, keyframe=self.seq % FPS == 0)
        facts = {"seq": self.seq, "pts": self.pts, "duration": TICKS, "keyframe": sample.keyframe}
        data = cmaf.chunk(**facts, data=sample.data, wall=wall)
        described = FrameDescription(epoch=self.epoch, seq=0, shot=0, duration=2.0, text="grey", prompt="fade")
        words = described if self.seq == 0 else None
        await self.write(Chunk(self.epoch, self.seq, self.pts, TICKS, sample.keyframe, self._generation, data, words))
        self.pts += TICKS
        self.seq += 1

    async def _begin(self, epoch: int) -> None:
        self.epoch, self.seq = epoch, 0
        width, height = self._size
        media = Media(codec=self._encoder.codec, width=width, height=height, fps=FPS, engine="test")
        await self.write(InitSegment(epoch, self._generation, media, self._encoder.init))

    @contextlib.asynccontextmanager
    async def playing(self, epoch: int = 5, size: tuple[int, int] | None = None) -> AsyncIterator[None]:
        """A film that goes on by the clock, as long as the context lasts; its first frame is there. `size` is (width,
        height): another one makes another generation."""
        if size is not None and size != self._size:
            self._size, self._encoder = size, Encoder(*size)
            self._generation += 1
        await self._begin(epoch)
        first = asyncio.Event()

        async def draw() -> None:
            due = time.monotonic()
            while True:
                await self.frame(wall=time.time() if self.seq % FPS == 0 else None)
                first.set()
                due += 1 / FPS
                await asyncio.sleep(max(0.0, due - time.monotonic()))

        drawing = asyncio.create_task(draw())
        try:
            await asyncio.wait({drawing, asyncio.create_task(first.wait())}, return_when=asyncio.FIRST_COMPLETED)
            yield
        finally:
            drawing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await drawing

    async def until(self, so: Callable[[Hub], bool]) -> None:
        """Wait for something in the broadcaster."""
        assert self.service is not None
        async with asyncio.timeout(60):
            while not so(self.service.hub):
                await asyncio.sleep(0.005)

    async def write(self, item: InitSegment | Chunk) -> None:
        await self.bus.publish(Record(VIDEO, "main", item.data, to_headers(item)))
