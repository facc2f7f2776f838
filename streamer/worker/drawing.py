"""The threads of a worker: one that draws, for all streams of the process, and a few that encode.

The event loop never waits for a picture. Engine calls come from one thread only, whatever partition asks; requests
that come while it draws are drawn together, as one batch, in its next call.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from engines.errors import EngineError
from streamer import metrics
from streamer.errors import UserError
from streamer.media.encoder import Encoder, Sample

from .heap import give_back

log = logging.getLogger(__name__)

Job = tuple[Session, FrameSpec]
Drawn = Picture | Exception

_T = TypeVar("_T")

ENCODERS = 2
"""Threads that encode, a stream at a time each."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one partition asks for at a time."""

    jobs: list[Job]
    remember: list[Session]
    answer: asyncio.Future[Answer]


@dataclass(frozen=True, slots=True)
class Answer:
    """The pictures in order, or, in the place of one that cannot be drawn, what the engine raised; and snapshots."""

    drawn: list[Drawn]
    snapshots: list[bytes]


class Drawing:
    """`prepare` comes first; `run` is to be a task as long as anything is asked for; `shutdown` comes last.

    An engine that cannot work, EngineError, raises UserError with its words: from `prepare`, from `open`, and out of
    `run` when it came to that while drawing.
    """

    def __init__(self, engine: Engine, width: int, height: int) -> None:
        self.engine = engine
        self.seconds_per_picture = 0.0  # of late, in wall time
        self._shape = (height, width, 3)
        self._draw = ThreadPoolExecutor(1, thread_name_prefix="draw")
        self._encode = ThreadPoolExecutor(ENCODERS, thread_name_prefix="encode")
        self._asked: list[_Asked] = []  # one per partition at most
        self._counted: Counter[str] = Counter()  # of the engine's counts, those that are in the metrics
        self._wake = asyncio.Event()
        self._lock = threading.Lock()
        self._closing = 0  # encoders that are to be closed yet

    async def prepare(self, say: Callable[[str], None]) -> None:
        """Make the engine ready, which may take minutes; `say` is told what it is at, from another thread."""
        try:
            await self._in(self._draw, lambda: self.engine.prepare(say))
        except EngineError as error:
            raise UserError(str(error)) from error
        except asyncio.CancelledError:
            await asyncio.to_thread(self.engine.close)  # or its thread would go on, for minutes
            raise

    async def run(self) -> None:
        """Draw what is asked for, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._round()
            except EngineError as error:
                raise UserError(str(error)) from error

    async def _round(self) -> None:
        """Draw all that was asked for. What `run` itself held would live on until the next round."""
        asked, self._asked = self._asked, []
        answers = await self._in(self._draw, partial(self._answers, asked))
        for each, answer in zip(asked, answers, strict=True):
            if not each.answer.done():  # who asked may be gone
                each.answer.set_result(answer)

    async def draw(self, jobs: list[Job], remember: Sequence[Session] = ()) -> Answer:
        """The pictures, and a snapshot of each session of `remember` after them."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(jobs, [*remember], answer))
        self._wake.set()
        return await answer

    def _answers(self, asked: Sequence[_Asked]) -> list[Answer]:
        drawn = self._batch([job for each in asked for job in each.jobs])
        self._count()
        answers = []
        for each in asked:
            mine, drawn = drawn[: len(each.jobs)], drawn[len(each.jobs) :]
            answers.append(Answer(mine, [self._snapshot(session) for session in each.remember]))
        return answers

    def _snapshot(self, session: Session) -> bytes:
        try:
            return session.snapshot()
        except Exception:
            log.exception("%s could not take a snapshot", self.engine.name)
            return b""

    def _count(self) -> None:
        """Carry what the engine counts over into the metrics."""
        now = Counter(self.engine.counts())
        for event, times in (now - self._counted).items():
            metrics.engine_events.labels(event).inc(times)
        self._counted = now

    def _batch(self, jobs: list[Job]) -> list[Drawn]:
        with metrics.render_seconds.time():
            begun = time.perf_counter()
            try:
                drawn = self._checked(jobs)
                seconds = (time.perf_counter() - begun) / len(jobs)
                self.seconds_per_picture += (seconds - self.seconds_per_picture) * 0.2
                return drawn
            except EngineError:  # not this frame's fault: nothing will be drawn any more
                raise
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

    async def open(self, shot: Shot, snapshot: bytes = b"") -> Session:
        """A session of the engine, which goes on from `snapshot` if there is one."""

        def work() -> Session:
            session = self.engine.open(shot)
            if snapshot:
                session.restore(snapshot)
            return session

        try:
            return await self._in(self._draw, work)
        except EngineError as error:
            raise UserError(str(error)) from error

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
