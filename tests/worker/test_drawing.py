"""The threads of a worker, where the engine does not come back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from streamer.worker.drawing import Drawing


class Stuck(Engine):
    """Draws nothing until it is let go."""

    name, backend = "stuck", "test"

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def open(self, shot: Shot) -> Session:
        raise NotImplementedError

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        self.begun.set()
        self.go.wait(60)
        return [np.zeros((64, 64, 3), np.uint8) for _ in jobs]


async def test_an_engine_that_hangs_is_left_behind() -> None:
    engine = Stuck()
    drawing = Drawing(engine, 64, 64)
    running = asyncio.create_task(drawing.run())
    asking = asyncio.create_task(drawing.draw([(None, None)]))  # type: ignore[list-item]
    try:
        while not engine.begun.is_set():
            await asyncio.sleep(0.01)
        running.cancel()
        asking.cancel()
        async with asyncio.timeout(30):
            await drawing.shutdown(patience=0.05)
            await asyncio.get_running_loop().shutdown_default_executor()  # as every event loop does at its end
    finally:
        engine.go.set()
