"""A partition session on Kafka: what was read waits here, and what is written goes out in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.structs import OffsetAndMetadata

from streamer.errors import SessionLost
from streamer.topics import Topic

from .base import Received, Record, Session, States, Step, Trace
from .kafka_clients import AIOKafkaProducer, Timing, TopicPartition, reason, send


@dataclass(frozen=True, slots=True)
class Stage:
    """What all sessions of one `own` have in common."""

    servers: str
    prefix: str
    partitions: int
    topic: Topic
    state: Topic
    name: str
    group: str  # Kafka's group id, and the first part of every transactional id
    instance: str | None
    timing: Timing
    read_ahead_bytes: int
    trace: Trace | None

    def place(self, partition: int) -> TopicPartition:
        return TopicPartition(self.topic.full_name(self.prefix), partition)

    def transactional_id(self, partition: int) -> str:
        """The only fence that there is: aiokafka tells the broker nothing of group generations."""
        return f"{self.group}.{partition}"


class KafkaSession(Session):
    """See `Session`.

    `on_hungry` is called when the records that wait here have been handed out and there is room again, `on_failed`
    when a commit failed, before its `SessionLost` is raised.
    """

    def __init__(
        self,
        stage: Stage,
        partition: int,
        *,
        restored: Mapping[str, bytes],
        producer: AIOKafkaProducer,
        position: int,
        end: int,
        on_hungry: Callable[[KafkaSession], None],
        on_failed: Callable[[KafkaSession], None],
    ) -> None:
        self.partition = partition
        self.restored = restored
        self.producer = producer
        self._stage = stage
        self._on_hungry = on_hungry
        self._on_failed = on_failed
        self.position = position  # where it begins
        self._position = position  # of the consumer: everything before it has been fed, or is no record
        self._end = end
        self._consumed = position
        self._waiting: list[Received] = []
        self._waiting_bytes = 0
        self._woken = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._commits: set[asyncio.Task[list[int]]] = set()
        self._lost: str | None = None
        self._bug: Exception | None = None

    @property
    def alive(self) -> bool:
        return self._lost is None

    @property
    def caught_up(self) -> bool:
        return not self._waiting and not self.behind

    @property
    def behind(self) -> bool:
        """Whether the consumer has not come to the takeover's end yet."""
        return self._position < self._end

    def arrived(self, position: int) -> None:
        """The consumer stands at `position`; transaction markers move it without giving a record."""
        self._position = max(self._position, position)

    def feed(self, batch: Sequence[Received]) -> bool:
        """Take what the consumer has read. False: enough for now, pause until `on_hungry`."""
        self._waiting += batch
        self._waiting_bytes += sum(len(record.value or b"") + len(record.key or b"") + 300 for record in batch)
        self._position = max(self._position, batch[-1].offset + 1)
        self._woken.set()
        return self._waiting_bytes < self._stage.read_ahead_bytes

    async def records(self, timeout: float = 0.05) -> list[Received]:
        self._check()
        if self._waiting or timeout <= 0:
            await asyncio.sleep(0)
        else:
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._woken.wait()
        self._check()
        batch, self._waiting = self._waiting, []  # last, and without an await: a cancellation loses nothing
        full = self._waiting_bytes >= self._stage.read_ahead_bytes
        self._waiting_bytes = 0
        if full:
            self._on_hungry(self)
        return batch

    async def commit(
        self, outputs: Sequence[Record] = (), states: States = (), consumed: int | None = None
    ) -> list[int]:
        self._check()
        for record in (*outputs, *(() if callable(states) else states)):
            record.check(self._stage.partitions)
        # In a task of its own, so that a `serve` cancelled half way leaves a whole transaction or none.
        task = asyncio.create_task(self._commit(outputs, states, consumed), name=f"commit-{self.partition}")
        self._commits.add(task)
        task.add_done_callback(self._committed)
        return await asyncio.shield(task)

    async def settle(self, patience: float) -> None:
        """Wait for commits under way, at most `patience` seconds."""
        if self._commits:
            await asyncio.wait(set(self._commits), timeout=patience)

    def lose(self, reason: str) -> None:
        """From here on every call raises `SessionLost`; a commit that is under way may still come through."""
        self._lost = self._lost or reason
        self._waiting.clear()
        self._woken.set()

    def _check(self) -> None:
        if self._lost is not None:
            raise SessionLost(f"partition {self.partition} of {self._stage.group}: {self._lost}")

    def _committed(self, task: asyncio.Task[list[int]]) -> None:
        self._commits.discard(task)
        if not task.cancelled():
            task.exception()  # seen: whoever waited for it may have been cancelled meanwhile

    async def _commit(self, outputs: Sequence[Record], states: States, consumed: int | None) -> list[int]:
        async with self._one_at_a_time:
            self._check()
            try:
                async with asyncio.timeout(self._stage.timing.commit):
                    return await self._transact(outputs, states, consumed)
            except Exception as error:
                # Whether it happened is unknown, and the producer is poisoned: only a takeover settles both.
                self.lose(f"a commit failed ({reason(error)})")
                self._on_failed(self)
                if error is self._bug:
                    raise
                raise SessionLost(f"partition {self.partition} of {self._stage.group}: {self._lost}") from error

    async def _transact(self, outputs: Sequence[Record], states: States, consumed: int | None) -> list[int]:
        producer, stage = self.producer, self._stage
        offset = consumed if consumed != self._consumed else None
        if not outputs and not states and offset is None:
            return []
        self._step("begin")
        await producer.begin_transaction()
        # States of known content travel with the outputs; awaiting every send is what makes a lost record an error:
        # commit_transaction alone succeeds without it.
        written = await self._send((*outputs, *(() if callable(states) else states)))
        offsets = written[: len(outputs)]
        self._step("outputs")
        if callable(states):
            await self._send(self._derive(states, offsets))
        self._step("states")
        if offset is not None:
            moved = {stage.place(self.partition): OffsetAndMetadata(offset, "")}
            await producer.send_offsets_to_transaction(moved, stage.group)
        self._step("offsets")
        await producer.commit_transaction()
        if offset is not None:
            self._consumed = offset
        self._step("end")
        return offsets

    async def _send(self, records: Sequence[Record]) -> list[int]:
        stage = self._stage
        futures: list[asyncio.Future[Any]] = [
            await send(self.producer, record, stage.prefix, stage.partitions) for record in records
        ]
        return [metadata.offset for metadata in await asyncio.gather(*futures)]

    def _derive(self, states: Callable[[Sequence[int]], Sequence[Record]], offsets: Sequence[int]) -> Sequence[Record]:
        try:
            records = states(offsets)
            for record in records:
                record.check(self._stage.partitions)
        except Exception as error:
            self._bug = error  # the caller's, not Kafka's: it is raised as it is
            raise
        return records

    def _step(self, step: Step) -> None:
        if self._stage.trace is not None:
            self._stage.trace(self, step)
