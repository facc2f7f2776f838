"""One ownership of one partition: its records in, the frames of its streams out, in transactions."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engines.base import Session as EngineSession
from streamer import metrics
from streamer.bus.base import Received, Record, Session
from streamer.errors import Rejected, UserError
from streamer.letters import dead_letter
from streamer.media.encoder import Encoder
from streamer.messages import UNREADABLE, Direction, decode_direction, decode_worker_state, encode
from streamer.topics import DESCRIPTIONS, STREAM_ID, VIDEO, WORKER_STATE, home
from streamer.video import Chunk, InitSegment, to_headers

from .drawing import Drawn
from .memory import Memories
from .pacing import most_at_once
from .stream import Output, Planned, Stream

if TYPE_CHECKING:
    from .service import WorkerService

log = logging.getLogger(__name__)

MOST_READS = 100
"""Reads in a row before a frame is drawn; a flood of records must not stop the film."""

IDLE = 5.0
"""Seconds that a partition without a film sleeps when no record wakes it."""

ENDED_KEPT = 64
"""States of streams that have ended that are kept, per partition; the oldest of more get tombstones."""

FORGOTTEN_AFTER = 60
"""Seconds since its last epoch began (an epoch is a time), at least, before a stream is forgotten."""

MOST_BYTES = 16 << 10
"""A larger record is no description. All that may wait for a held film then fits into its state (4 MB)."""


@dataclass
class _Work:
    """A stream in the hands of this process."""

    stream: Stream
    engine: EngineSession | None = None
    encoder: Encoder | None = None
    state: bytes = b""  # the WorkerState that the engine's memory stands at; empty while it is ahead of any


@dataclass
class _Batch:
    """What one stream gives to a commit."""

    work: _Work
    planned: list[Planned]
    pictures: list[Drawn] = field(default_factory=list)
    memory: bytes = b""  # the engine's snapshot after them, where one is a keyframe

    @property
    def keyframe(self) -> bool:
        return any(planned.keyframe for planned in self.planned)


class PartitionWork:
    """One ownership of one partition."""

    def __init__(self, service: WorkerService, session: Session, partitions: int, output: Output) -> None:
        self._service = service
        self._drawing = service.drawing
        self._session = session
        self._partitions = partitions
        self._output = output
        self._memories = Memories(session.partition, session.restored)
        self._works: dict[str, _Work] = {}
        self._ended: dict[str, bytes] = {}  # states of streams that only a new epoch can wake
        self._letters: list[Record] = []  # dead letters, for the next commit
        self._next: int | None = None  # offset after the last record read
        self._committed: int | None = None  # the last `consumed`

    async def run(self) -> None:
        """Until the session is lost or this task is cancelled."""
        try:
            self._restore()
            while True:
                await self._read_all(self._wait())
                if self._session.caught_up:
                    await self._go_on()
        finally:
            self._leave()

    async def _go_on(self) -> None:
        """One round. What `run` itself held, pictures and streams that end, would live on through its next wait."""
        self._service.shelf.sweep(time.monotonic())
        batches = self._plan()
        await self._draw(batches)
        await self._commit(batches)
        self._count()

    def _count(self) -> None:
        """Say whether this partition has films that play: those that do share the worker's memory for pictures."""
        if any(work.stream.timeline.ready for work in self._works.values()):
            self._service.filming.add(self._session.partition)
        else:
            self._service.filming.discard(self._session.partition)

    # What comes in

    def _restore(self) -> None:
        for id, value in self._session.restored.items():
            if "/" in id:  # of its engine's memory
                continue
            self._ended[id] = value
            if self._work(id).stream.timeline.status == "ended":
                del self._works[id]
            else:
                del self._ended[id]

    def _work(self, id: str) -> _Work:
        """The stream in hand: a new one, or one that has ended and may wake, if it was not there."""
        if id in self._works:
            return self._works[id]
        value, state = self._ended.get(id, b""), None
        if value:
            try:
                state = decode_worker_state(value)
            except UNREADABLE as error:
                log.error("%s: its state of %d bytes cannot be read, it starts anew: %s", id, len(value), error)
        work = self._works[id] = _Work(Stream(id, self._output, state), state=value)
        work.engine = self._service.shelf.take(id, value, time.monotonic())
        return work

    async def _read_all(self, timeout: float) -> None:
        """Wait for records, then take all that are there: the newest epoch may be the last of them."""
        records = await self._session.records(timeout)
        for _ in range(MOST_READS):
            if not records:
                return
            self._take(records)
            records = await self._session.records(0)
        self._take(records)

    def _wait(self) -> float:
        """Seconds until there is something to do, if no record comes."""
        now = time.monotonic()
        waits = [wait for work in self._works.values() if (wait := work.stream.wait(now)) is not None]
        return min(waits, default=IDLE)

    def _take(self, records: Sequence[Received], batches: Sequence[_Batch] = ()) -> None:
        """Act on records; `batches` are drawn, and what a record overtakes, or cannot be drawn, is dropped."""
        heard: list[tuple[Received, str, Direction]] = []
        for record in records:
            if self._committed is None:
                self._committed = record.offset
            self._next = record.offset + 1
            try:
                heard.append((record, *self._read(record)))
            except Rejected as error:
                self._set_aside(record.value or b"", str(error), record.key, record.offset)
        # Before any of them is pushed: with the frames all is taken back that was pushed since they were planned.
        for batch in batches:
            stream = batch.work.stream
            if any(id == stream.id and stream.overtakes(direction) for _, id, direction in heard):
                stream.undo(batch.planned[0])
                batch.planned, batch.pictures = [], []
            else:  # what is taken back is drawn again if it is ever shown, and would be set aside a second time
                self._drop_failed(batch)
        for record, id, direction in heard:
            try:
                if self._work(id).stream.push(direction, record.offset):
                    self._ended.pop(id, None)
                elif id in self._ended:
                    del self._works[id]  # it sleeps on
            except Rejected as error:
                self._set_aside(record.value or b"", str(error), record.key, record.offset)

    def _read(self, record: Received) -> tuple[str, Direction]:
        try:
            id = (record.key or b"").decode()
        except UnicodeDecodeError as error:
            raise Rejected(f"the key is not UTF-8: {error}") from error
        if not STREAM_ID.match(id):
            raise Rejected(f"the key {id[:80]!r} is not a stream's id")
        if home(id, self._partitions) != record.partition:
            raise Rejected(f"{id} is at home in partition {home(id, self._partitions)}, not in {record.partition}")
        if record.value is not None and len(record.value) > MOST_BYTES:
            raise Rejected(f"{len(record.value)} bytes, a description has at most {MOST_BYTES}")
        try:
            return id, decode_direction(record.value or b"")
        except UNREADABLE as error:
            raise Rejected(f"not a description, hold, resume or end: {error}") from error

    def _set_aside(self, value: bytes, reason: str, key: bytes | None, offset: int | None) -> None:
        self._service.set_aside += 1
        if self._service.set_aside.bit_count() == 1:  # the 1st, 2nd, 4th, 8th …: nonsense must not fill the disk
            log.warning(
                "partition %d: set aside (%d so far): %s", self._session.partition, self._service.set_aside, reason
            )
        metrics.dead_letters.labels("worker").inc()
        partition = self._session.partition
        self._letters.append(dead_letter(DESCRIPTIONS, partition, key, value, reason, stage="worker", offset=offset))

    # What is drawn

    def _plan(self) -> list[_Batch]:
        now = time.monotonic()
        # The same for all: streams that share an engine too slow for them get equally many frames.
        most = most_at_once(float(1 / self._output.rate), self._drawing.seconds_per_picture, self._output.lead)
        self._count()
        left, batches = self._service.most_pictures(), []
        for id, work in list(self._works.items()):
            before = work.stream.pacer.anchors
            if left > 0 and (planned := work.stream.plan(now, min(most, left))):
                batches.append(_Batch(work, planned))
                left -= len(planned)
                self._works[id] = self._works.pop(id)  # to the end: whoever got nothing this time is first next time
            metrics.reanchors.inc(work.stream.pacer.anchors - before)
        return batches

    async def _draw(self, batches: Sequence[_Batch]) -> None:
        """Draw what is planned, and drop what cannot be drawn or has become worthless meanwhile."""
        jobs, remember = [], []
        for batch in batches:
            work = batch.work
            if work.engine is None and not await self._open(batch):
                continue
            assert work.engine is not None
            work.state = b""
            jobs += [(work.engine, planned.step.spec) for planned in batch.planned]
            if batch.keyframe:
                remember.append(work.engine)
        if jobs:
            answer = await self._drawing.draw(jobs, remember)
            drawn, snapshots = iter(answer.drawn), iter(answer.snapshots)
            for batch in batches:
                if batch.work.engine is not None:
                    batch.pictures = [next(drawn) for _ in batch.planned]
                    batch.memory = next(snapshots) if batch.keyframe else b""
        if batches:
            self._take(await self._session.records(0), batches)

    async def _open(self, batch: _Batch) -> bool:
        """Open a session for the stream of `batch`; False where the engine cannot, whose words stand for pictures."""
        id = batch.work.stream.id
        try:
            batch.work.engine = await self._drawing.open(self._service.shot(id), self._memories.of(id))
        except UserError:
            raise
        except Exception as error:
            batch.pictures = [error for _ in batch.planned]
        return batch.work.engine is not None

    def _drop_failed(self, batch: _Batch) -> None:
        for n, picture in enumerate(batch.pictures):
            if isinstance(picture, Exception):
                stream = batch.work.stream
                if given_up := stream.fail(batch.planned[n]):
                    reason = f"{self._drawing.engine.name} cannot draw it: {picture!r}"
                    self._set_aside(encode(given_up), reason, stream.id.encode(), None)
                del batch.planned[n:], batch.pictures[n:]
                return

    # What is written

    async def _encode(self, batch: _Batch) -> list[InitSegment | Chunk]:
        work, wall = batch.work, time.time()
        if work.encoder is None:
            work.encoder = await self._drawing.encoder(self._service.encoder)
        frames = [
            (picture, planned.keyframe)
            for planned, picture in zip(batch.planned, batch.pictures, strict=True)
            if not isinstance(picture, Exception)
        ]
        samples = await self._drawing.encode(work.encoder, frames)
        batch.pictures = []  # before the commit, which waits for a broker
        return work.stream.write(batch.planned, samples, wall)

    async def _commit(self, batches: Sequence[_Batch]) -> None:
        """Write what is ready, with the states and the offset that belong to it, in one transaction."""
        written = [batch for batch in batches if batch.planned]
        items = await asyncio.gather(*[self._encode(batch) for batch in written])
        outputs = list(self._letters)
        keyframes: list[tuple[Stream, int]] = []  # and where they are among the outputs
        for batch, parts in zip(written, items, strict=True):
            for item in parts:
                if isinstance(item, Chunk) and item.keyframe:
                    keyframes.append((batch.work.stream, len(outputs)))
                outputs.append(self._record(batch.work.stream.id, item))
        consumed = self._consumed()
        changed = [work for work in self._works.values() if work.stream.dirty]
        past = self._past()
        if not outputs and not changed and not past and consumed == self._committed:
            return
        others = [Record(WORKER_STATE, id, None, partition=self._session.partition) for id in past]
        over = [work.stream.id for work in changed if work.stream.timeline.status == "ended"]
        others += self._memories.forget([*past, *over])
        for batch in written:
            if batch.keyframe and batch.work.stream.id not in over:
                others += self._memories.record(batch.work.stream.id, batch.memory)

        def told() -> list[Record]:
            return [self._state(work, consumed) for work in changed] + others

        def states(offsets: Sequence[int]) -> list[Record]:
            for stream, n in keyframes:
                stream.placed(offsets[n])
            return told()

        # States that are known beforehand spare the bus a round trip (3 of 10 ms on Kafka). So only a film's very first
        # keyframe is told with its own commit, the others with the next one: a reader that starts in between begins
        # one keyframe earlier.
        first = any(stream.unplaced for stream, _ in keyframes)
        with metrics.commit_seconds.time():
            offsets = await self._session.commit(
                outputs,
                states if first else told(),
                consumed if consumed != self._committed else None,
            )
        for stream, n in keyframes:
            stream.placed(offsets[n])
        metrics.frames.inc(sum(len(batch.planned) for batch in written))
        self._committed = consumed
        self._letters.clear()
        for id in past:
            del self._ended[id]
        for work in changed:
            self._settle(work)

    def _record(self, id: str, item: InitSegment | Chunk) -> Record:
        return Record(VIDEO, id, item.data, to_headers(item), partition=self._session.partition)

    def _state(self, work: _Work, consumed: int | None) -> Record:
        work.state = encode(work.stream.state(consumed))
        return Record(WORKER_STATE, work.stream.id, work.state, partition=self._session.partition)

    def _consumed(self) -> int | None:
        """The next offset to be read by a successor: the lowest that any stream still needs."""
        needed = [offset for work in self._works.values() if (offset := work.stream.needs()) is not None]
        if self._next is not None:
            needed.append(self._next)
        return min(needed, default=None)

    def _past(self) -> list[str]:
        """The streams to be forgotten: the oldest that ended, where they are too many."""
        past: list[str] = []
        for id in list(self._ended)[: max(0, len(self._ended) - ENDED_KEPT)]:
            try:
                young = decode_worker_state(self._ended[id]).epoch + FORGOTTEN_AFTER >= time.time()
            except UNREADABLE:
                young = False
            if young:
                break
            past.append(id)
        return past

    def _settle(self, work: _Work) -> None:
        """After a commit: give up what a film that does not play needs no more."""
        work.stream.dirty = False
        status = work.stream.timeline.status
        if status != "playing" and work.encoder is not None:
            self._drawing.release(work.encoder)
            work.encoder = None
        if status == "ended":
            if work.engine is not None:
                self._drawing.close(work.engine)
            self._ended.pop(work.stream.id, None)  # to the end: they are in the order in which they ended
            self._ended[work.stream.id] = work.state
            del self._works[work.stream.id]

    def _leave(self) -> None:
        self._service.filming.discard(self._session.partition)
        for id, work in self._works.items():
            if work.encoder is not None:
                self._drawing.release(work.encoder)
            if work.engine is not None:
                # A film that ends just now, its commit neither confirmed nor refused, needs its session no more.
                state = b"" if work.stream.timeline.status == "ended" else work.state
                self._service.shelf.put(id, work.engine, state, time.monotonic())
