"""A member of a consumer group whose partitions are sessions: joining, taking over, reading ahead, giving up.

A takeover is: fence (InitProducerId, which also ends the predecessor's open transaction), read the committed offset,
read the state to its end, seek, resume. In this order it held under every kill that was tried; committed() before
InitProducerId was stale in 3 of 5 tries on a fresh broker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from aiokafka.errors import IllegalStateError

from .base import Serve
from .kafka_assignor import SharingAssignor
from .kafka_clients import (
    AIOKafkaProducer,
    ConsumerRebalanceListener,
    KafkaError,
    TopicPartition,
    consumer,
    producer,
    read_newest,
    received,
)
from .kafka_session import KafkaSession, Stage
from .serving import Serving

log = logging.getLogger(__name__)

_POLL_MS = 50  # how often the reader looks whether it has come to an end that no record marks


class Member(ConsumerRebalanceListener):  # type: ignore[misc]
    """One call of `own`, until it is cancelled or Kafka's client fails for good (KafkaError).

    `bury` takes producers that are done with and ends them in the background.
    """

    def __init__(self, stage: Stage, serve: Serve, bury: Callable[[AIOKafkaProducer], None]) -> None:
        self._stage = stage
        self._bury = bury
        self._serving = Serving(serve)
        self._sessions: dict[int, KafkaSession] = {}
        self._takeovers: dict[int, asyncio.Task[None]] = {}
        self._leaving = False
        self._consumer = consumer(
            stage.servers,
            stage.timing,
            group_id=stage.group,
            group_instance_id=stage.instance,
            session_timeout_ms=int(stage.timing.session * 1000),
            rebalance_timeout_ms=int(stage.timing.session * 1000),
            heartbeat_interval_ms=int(stage.timing.heartbeat * 1000),
            partition_assignment_strategy=(SharingAssignor(stage.partitions),),
        )

    async def run(self) -> None:
        reading: asyncio.Task[None] | None = None
        try:
            await self._consumer.start()
            self._consumer.subscribe([self._stage.topic.full_name(self._stage.prefix)], listener=self)
            reading = asyncio.create_task(self._read(), name=f"read-{self._stage.name}")
            await asyncio.wait({reading, self._serving.bug}, return_when=asyncio.FIRST_COMPLETED)
            if self._serving.bug.done():
                self._serving.bug.result()
            reading.result()
        finally:
            await self._leave(reading)

    async def _leave(self, reading: asyncio.Task[None] | None) -> None:
        """Stop reading, let every `serve` finish what is in hand, settle, leave the group: the others start at once."""
        self._leaving = True
        tasks = [*self._takeovers.values(), *([reading] if reading is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._serving.close()
        # A commit that a hanging broker does not answer by then is one of unknown outcome, as after a crash.
        await self._retire(list(self._sessions.values()), "the member leaves", min(self._stage.timing.commit, 5.0))
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(5.0):
                await self._consumer.stop()

    # Kafka calls these two; what they raise would only be logged, so they do nothing that can fail.

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._consumer.pause(*assigned)  # before anything else: records are delivered while this callback runs
        if self._leaving:
            return
        for place in assigned:
            self._take(place.partition)  # in a task: no heartbeat is sent before this callback returns

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        for task in self._takeovers.values():
            task.cancel()
        self._takeovers.clear()
        patience = min(self._stage.timing.commit, self._stage.timing.session / 3)
        await self._retire(list(self._sessions.values()), "the partition was revoked", patience)

    async def _retire(self, sessions: list[KafkaSession], reason: str, patience: float) -> None:
        for session in sessions:
            self._sessions.pop(session.partition, None)
            session.lose(reason)
            self._serving.stop(session.partition)
        if sessions:
            await asyncio.gather(*(session.settle(patience) for session in sessions))
        for session in sessions:
            self._bury(session.producer)

    def _take(self, partition: int, *, delay: float = 0.0) -> None:
        task = asyncio.create_task(self._takeover(partition, delay), name=f"take-{self._stage.name}-{partition}")
        self._takeovers[partition] = task

    async def _takeover(self, partition: int, delay: float) -> None:
        """Until it succeeds, or is cancelled because the partition is no longer ours."""
        while True:
            await asyncio.sleep(delay)
            delay = 2 * self._stage.timing.heartbeat
            fenced = producer(self._stage.servers, self._stage.timing, self._stage.transactional_id(partition))
            try:
                async with asyncio.timeout(self._stage.timing.commit):
                    await fenced.start()
                    session = await self._restore(partition, fenced)
                self._open(session)
            except asyncio.CancelledError:
                self._bury(fenced)
                raise
            except Exception as error:
                self._bury(fenced)
                log.warning(
                    "partition %d of %s could not be taken over, again in %.1f s: %r",
                    partition, self._stage.group, delay, error,
                )  # fmt: skip
            else:
                return

    async def _restore(self, partition: int, fenced: AIOKafkaProducer) -> KafkaSession:
        stage, place = self._stage, self._stage.place(partition)
        committed = await self._consumer.committed(place)
        restored = await read_newest(stage.servers, stage.timing, stage.state.full_name(stage.prefix), partition)
        end = (await self._consumer.end_offsets([place]))[place]
        return KafkaSession(
            stage,
            partition,
            restored=restored,
            producer=fenced,
            position=committed or 0,
            end=end,
            on_hungry=self._resume,
            on_failed=self._failed,
        )

    def _open(self, session: KafkaSession) -> None:
        """No await from here to the end: nothing can be revoked in between."""
        place = self._stage.place(session.partition)
        self._consumer.seek(place, session.position)
        self._consumer.resume(place)
        self._sessions[session.partition] = session
        self._takeovers.pop(session.partition, None)
        self._serving.start(session)

    def _failed(self, session: KafkaSession) -> None:
        """Its commit failed. To retake at once would fence a rightful new owner: first let the group speak."""
        self._bury(session.producer)
        if self._sessions.get(session.partition) is not session:
            return
        del self._sessions[session.partition]
        with suppress(IllegalStateError):
            self._consumer.pause(self._stage.place(session.partition))
        if not self._leaving:
            self._take(session.partition, delay=2 * self._stage.timing.heartbeat)

    def _resume(self, session: KafkaSession) -> None:
        if self._sessions.get(session.partition) is session:
            with suppress(IllegalStateError):
                self._consumer.resume(self._stage.place(session.partition))

    async def _read(self) -> None:
        """Hand what arrives to its session; nothing else may wait here.

        `getmany` has its own timeout: cancelled from outside, it leaks its count of running fetches.
        """
        while True:
            batches = await self._consumer.getmany(timeout_ms=_POLL_MS)
            for place, records in batches.items():
                session = self._sessions.get(place.partition)
                batch = [received(self._stage.topic, record) for record in records]
                if session is not None and not session.feed(batch):
                    self._consumer.pause(place)
            for session in [session for session in self._sessions.values() if session.behind]:
                await self._follow(session)

    async def _follow(self, session: KafkaSession) -> None:
        with suppress(IllegalStateError, TimeoutError):
            async with asyncio.timeout(_POLL_MS / 1000):
                position = await self._consumer.position(self._stage.place(session.partition))
            if self._sessions.get(session.partition) is session:
                session.arrived(position)
