"""The worker's I/O: owns partitions of the descriptions, and turns them into chunks and state, exactly once."""

from __future__ import annotations

import asyncio
import logging
from typing import Literal

from engines.base import Engine, Shot
from streamer import metrics
from streamer.bus.base import Bus
from streamer.media.encoder import Encoder, exact_rate
from streamer.messages import Media
from streamer.readiness import Readiness
from streamer.settings import Settings
from streamer.topics import DESCRIPTIONS, WORKER_STATE

from .drawing import Drawing
from .partition import PartitionWork
from .shelf import Shelf
from .stream import Output

log = logging.getLogger(__name__)

MOST_PICTURES = 24
"""Pictures of a partition in memory at a time, and of a commit."""

MOST_PICTURE_BYTES = 64 << 20
"""Of all pictures of a worker at a time, shared evenly by the partitions that have films (but always one each)."""


class WorkerService:
    """One worker: a member of the stage `worker`."""

    def __init__(self, bus: Bus, engine: Engine, settings: Settings, readiness: Readiness | None = None) -> None:
        self._bus = bus
        self._engine = engine
        self._settings = settings
        self._readiness = readiness or Readiness()
        self.drawing = Drawing(engine, settings.width, settings.height)
        self.shelf = Shelf(self.drawing)
        self.set_aside = 0  # records and descriptions that became dead letters
        self.filming: set[int] = set()  # partitions with films that play

    async def run(self) -> None:
        """Make the engine ready, then work until cancelled. Raises `UserError` where the engine cannot work."""
        try:
            await self._prepare()
            output = await self._output()
            async with asyncio.TaskGroup() as tasks:
                drawing = tasks.create_task(self.drawing.run(), name="drawing")
                try:
                    await self._bus.own(
                        DESCRIPTIONS,
                        stage="worker",
                        state=WORKER_STATE,
                        serve=lambda session: PartitionWork(self, session, self._bus.partitions, output).run(),
                    )
                finally:
                    drawing.cancel()
        finally:
            self.shelf.clear()
            await self.drawing.shutdown()

    async def _prepare(self) -> None:
        status: Literal["warming up", "restarting"] = "warming up"

        def say(words: str) -> None:
            """From the thread that draws, whenever the engine begins anew too; "" once it can draw again."""
            if words:
                self._readiness.at(status, words)
            else:
                self._readiness.at("ready")

        say("beginning")
        await self.drawing.prepare(say)
        status = "restarting"
        say("")
        metrics.engine.info({"engine": self._engine.name, "backend": self._engine.backend})
        log.info("renders with %s (%s)", self._engine.name, self._engine.backend)

    def encoder(self) -> Encoder:
        """A new encoder; all of this worker write the same init segment. Blocks for some milliseconds."""
        settings = self._settings
        return Encoder(settings.width, settings.height, settings.fps, bitrate=settings.bitrate)

    def most_pictures(self) -> int:
        """Pictures that one partition may have in memory at a time."""
        picture = 3 * self._settings.width * self._settings.height
        return max(1, min(MOST_PICTURES, MOST_PICTURE_BYTES // picture // max(1, len(self.filming))))

    def shot(self, stream: str) -> Shot:
        """What an engine session is opened for."""
        return Shot(stream, self._settings.width, self._settings.height)

    async def _output(self) -> Output:
        settings, engine = self._settings, self._engine
        encoder = await self.drawing.encoder(self.encoder)
        encoder.close()
        return Output(
            rate=exact_rate(settings.fps),
            gop=settings.gop,
            lead=settings.lead,
            init=encoder.init,
            media=Media(
                codec=encoder.codec,
                width=settings.width,
                height=settings.height,
                fps=settings.fps,
                engine=engine.name,
                backend=engine.backend,
            ),
        )
