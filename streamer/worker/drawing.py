"""The threads of a worker: one that draws, for all streams of the process, and a few that encode.

The event loop never waits for a picture. Engine calls come from one thread only, whatever partition asks; requests
that come while it draws are drawn together, as one batch, in its next call.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from streamer import metrics
from streamer.media.encoder import Encoder, Sample

from .heap import give_back

log = logging.getLogger(__name__)

Job = tuple[Session, FrameSpec]
Drawn = Picture | Exception

_T = TypeVar("_T")

ENCODERS = 2
"""Threads that encode, a stream at a time each."""


class Drawing:
    """`run` is to be a task as long as anything is asked for, `shutdown` comes after it."""

    def __init__(self, engine: Engine, width: int, height: int) -> None:
        self.engine = engine
        self.seconds_per_picture = 0.0  # of late, in wall time
        self._shape = (height, width, 3)
        self._draw = ThreadPoolExecutor(1, thread_name_prefix="draw")
        self._encode = ThreadPoolExecutor(ENCODERS, thread_name_prefix="encode")
        self._asked: list[tuple[list[Job], asyncio.Future[list[Drawn]]]] = []  # one per partition at most
        self._wake = asyncio.Event()
        self._lock = threading.Lock()
        self._closing = 0  # encoders that are to be closed yet

    async def run(self) -> None:
        """Draw what is asked for, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._round()

    async def _round(self) -> None:
        """Draw all that was asked for. What `run` itself held would live on until the next round."""
        asked, self._asked = self._asked, []
        drawn = await self._in(self._draw, partial(self._batch, [job for jobs, _ in asked for job in jobs]))
        for jobs, answer in asked:
            mine, drawn = drawn[: len(jobs)], drawn[len(jobs) :]
            if not answer.done():  # who asked may be gone
                answer.set_result(mine)

    async def draw(self, jobs: list[Job]) -> list[Drawn]:
        """The pictures in order, or, in the place of one that cannot be drawn, what the engine raised."""
        answer: asyncio.Future[list[Drawn]] = asyncio.get_running_loop().create_future()
        self._asked.append((jobs, answer))
        self._wake.set()
        return await answer

    def _batch(self, jobs: list[Job]) -> list[Drawn]:
        with metrics.render_seconds.time():
            begun = time.perf_counter()
            try:
                drawn = self._checked(jobs)
                seconds = (time.perf_counter() - begun) / len(jobs)
                self.seconds_per_picture += (seconds - self.seconds_per_picture) * 0.2
                return drawn
            except Exception as error:
                if len(jobs) == 1:
                    return [error]
        # One of them is poison; alone each shows whether it is the one.
        return [drawn for job in jobs for drawn in self._batch([job])]

    def _checked(self, jobs: Sequence[Job]) -> list[Drawn]:
        pictures = self.engine.render(jobs)
        if len(pictures) != len(jobs):
            raise ValueError(f"{self.engine.name} drew {len(pictures)} pictures for {len(jobs)} frames")
        for picture in pictures:
            if picture.shape != self._shape or picture.dtype != np.uint8:
                raise ValueError(f"{self.engine.name} drew {picture.shape} {picture.dtype}, not {self._shape} uint8")
        return list(pictures)

    async def open(self, shot: Shot) -> Session:
        """A session of the engine."""
        return await self._in(self._draw, lambda: self.engine.open(shot))

    def close(self, session: Session) -> None:
        """Close a session of the engine, after what is being drawn."""

        def work() -> None:
            try:
                session.close()
            except Exception:
                log.exception("%s could not close a session", self.engine.name)

        self._draw.submit(work)

    async def encode(self, encoder: Encoder, pictures: Sequence[tuple[Picture, bool]]) -> list[Sample]:
        """The samples of (picture, keyframe), in order. Not for concurrent use of the same encoder."""

        def work() -> list[Sample]:
            with metrics.encode_seconds.time():
                return [encoder.encode(picture, keyframe) for picture, keyframe in pictures]

        return await self._in(self._encode, work)

    async def encoder(self, make: Callable[[], Encoder]) -> Encoder:
        """Open an encoder, which takes some milliseconds."""
        return await self._in(self._encode, make)

    def release(self, encoder: Encoder) -> None:
        """Close an encoder, after what it has in hand. Its memory goes back to the operating system."""

        def work() -> None:
            encoder.close()
            with self._lock:
                self._closing -= 1
                last = self._closing == 0
            if last:  # of those that were let go together: once is enough for all of them
                give_back()

        with self._lock:
            self._closing += 1
        self._encode.submit(work)

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    async def shutdown(self, patience: float = 5.0) -> None:
        """End the threads, and wait for what they have in hand: the engine is closed next."""
        self._encode.shutdown(wait=False)
        last = self._draw.submit(lambda: None)
        self._draw.shutdown(wait=False)
        try:
            # Not `shutdown` itself in a thread: the event loop would wait for that one at its end, without a limit.
            async with asyncio.timeout(patience):
                await asyncio.wrap_future(last)
        except TimeoutError:
            log.error("%s has been drawing for %.0f s and is left behind", self.engine.name, patience)
