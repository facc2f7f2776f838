"""Workers on a bus in memory, what a director tells them, and what is seen of them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import av
import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from streamer.bus.base import Received, Record
from streamer.bus.memory import MemberCrashed, MemoryBus
from streamer.messages import Box, Direction, FrameDescription, SceneObject, WorkerState, decode_worker_state, encode
from streamer.readiness import Readiness
from streamer.settings import Settings
from streamer.topics import DEAD_LETTERS, DESCRIPTIONS, VIDEO, WORKER_STATE, Topic, home
from streamer.video import Chunk, InitSegment, from_record
from streamer.worker.service import WorkerService

SETTINGS = Settings(size="64x64", fps=24.0, gop=1.0, lead=0.5)
P = home("main")
SECOND = 90_000  # ticks


class Grey(Engine):
    """Draws the first figure's place as a grey level; "poison" cannot be drawn. Counts what it holds."""

    name, backend = "grey", "test"

    def __init__(self, seconds_per_frame: float = 0.0) -> None:
        self.drawn: list[tuple[str, str]] = []  # (stream, text)
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.seconds_per_frame = seconds_per_frame

    def open(self, shot: Shot) -> Session:
        self.opened.append(shot.stream)
        return GreySession(self, shot.stream)

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        for session, spec in jobs:
            assert isinstance(session, GreySession)
            if "poison" in spec.text:
                raise RuntimeError(f"I know no {spec.text}")
            self.drawn.append((session.stream, spec.text))
            time.sleep(self.seconds_per_frame)
        places = [spec.figures[0].box.x if spec.figures else 0.0 for _, spec in jobs]
        return [np.full((64, 64, 3), round(40 + 150 * x), np.uint8) for x in places]


class GreySession(Session):
    def __init__(self, engine: Grey, stream: str) -> None:
        self.engine, self.stream = engine, stream

    def snapshot(self) -> bytes:
        return b""

    def restore(self, snapshot: bytes) -> None:
        pass

    def close(self) -> None:
        self.engine.closed.append(self.stream)


def described(seq: int, epoch: int = 1, **other: Any) -> FrameDescription:
    objects = (SceneObject(id="a", noun="fox", box=Box(0.1 * (seq % 8), 0.5, 0.2, 0.2)),)
    values: dict[str, Any] = {"shot": 0, "duration": 0.5, "text": f"fox {epoch}.{seq}", "objects": objects}
    return FrameDescription(epoch=epoch, seq=seq, **values | other)


class Studio:
    """A bus with workers on it, and what is seen of them."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = bus

    async def tell(self, *directions: Direction | bytes, stream: str = "main") -> None:
        for each in directions:
            value = each if isinstance(each, bytes) else encode(each)
            await self.bus.publish(Record(DESCRIPTIONS, stream, value))

    @contextlib.asynccontextmanager
    async def worker(
        self, engine: Engine | None = None, readiness: Readiness | None = None
    ) -> AsyncIterator[asyncio.Task[None]]:
        """A worker that is stopped in good order at the end, unless it crashed before."""
        task = asyncio.create_task(WorkerService(self.bus, engine or Grey(), SETTINGS, readiness).run())
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                try:
                    await task
                except* MemberCrashed:
                    pass

    def records(self, stream: str = "main") -> list[Received]:
        return [record for record in self.kept(VIDEO, home(stream)) if record.key == stream.encode()]

    def kept(self, topic: Topic, partition: int) -> list[Received]:
        log = self.bus.log(topic, partition)
        found, position = [], log.start
        while position < log.end:
            batch, position = log.read(position, 1 << 30)
            found += batch
        return found

    def items(self, stream: str = "main") -> list[InitSegment | Chunk]:
        return [from_record(record.headers, record.value or b"") for record in self.records(stream)]

    def chunks(self, stream: str = "main") -> list[Chunk]:
        return [item for item in self.items(stream) if isinstance(item, Chunk)]

    def state(self, stream: str = "main") -> WorkerState | None:
        value = self.bus.log(WORKER_STATE, home(stream)).newest().get(stream)
        return decode_worker_state(value) if value else None

    def memory(self, stream: str = "main") -> bytes:
        """What the engine remembers of it, as it was written last."""
        return self.bus.log(WORKER_STATE, home(stream)).newest().get(f"{stream}/engine", b"")

    def letters(self) -> list[tuple[bytes | None, dict[str, bytes]]]:
        return [(record.value, dict(record.headers)) for record in self.kept(DEAD_LETTERS, P)]

    def consumed(self) -> int:
        (group,) = self.bus._groups.values()
        return group.committed.get(P, 0)

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)


def assert_unbroken(chunks: Sequence[Chunk]) -> None:
    """(epoch, seq) without gap, repeat or inversion, and times that join."""
    for a, b in zip(chunks, chunks[1:], strict=False):
        assert b.pts == a.pts + a.duration
        assert (b.epoch, b.seq) == (a.epoch, a.seq + 1) or (b.epoch > a.epoch and b.seq == 0)
        assert b.epoch == a.epoch or b.keyframe


def longest(chunks: Sequence[Chunk]) -> int:
    """Ticks: 3750 each at 24 fps, more where the machine cannot keep that rate."""
    return max(chunk.duration for chunk in chunks)


def decoded(items: Sequence[InitSegment | Chunk]) -> int:
    """Frames that come out of the concatenated values, from the first one on."""
    with av.open(io.BytesIO(b"".join(item.data for item in items))) as container:
        return len(list(container.decode(video=0)))
