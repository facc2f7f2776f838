"""The bus on Apache Kafka: the four verbs, each handed to the module that knows how."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from streamer.errors import UserError
from streamer.topics import DEFAULT_PARTITIONS, Topic

from .base import Bus, Record, Serve, Start, Tail, Trace
from .kafka_clients import AIOKafkaProducer, KafkaError, Timing, discard, nobody_answers, producer, reason, send
from .kafka_member import Member
from .kafka_session import Stage
from .kafka_tail import offsets_at, open_tail

log = logging.getLogger(__name__)

SPREAD = 3.0
"""Seconds in which a topic that was made on one broker is known to all."""

_LOOK_AGAIN = 0.25  # seconds


class KafkaBus(Bus):
    """`servers` is `host:port[,host:port]`.

    The prefix begins every topic, group and transactional id, so that two applications on one broker neither share work
    nor fence each other. `instance` makes membership static: unique per process, the same after a
    restart, which is then taken back within a second or two; without it a killed member is missed after
    `session_timeout`. `read_ahead_bytes` bounds what waits unread for each owned partition, give or take one fetch.
    All times are seconds.
    """

    def __init__(
        self,
        servers: str,
        *,
        prefix: str = "streamer.",
        partitions: int = DEFAULT_PARTITIONS,
        instance: str | None = None,
        session_timeout: float = 6.0,
        heartbeat: float | None = None,
        commit_deadline: float = 10.0,
        publish_deadline: float = 10.0,
        read_ahead_bytes: int = 1 << 20,
        trace: Trace | None = None,
    ) -> None:
        self.servers = servers
        self.prefix = prefix
        self.partitions = partitions
        self.instance = instance
        self.trace = trace
        self._timing = Timing(
            session=session_timeout,
            heartbeat=heartbeat if heartbeat is not None else session_timeout / 6,
            commit=commit_deadline,
            publish=publish_deadline,
        )
        self._read_ahead_bytes = read_ahead_bytes
        self._publisher: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._graves: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> KafkaBus:
        try:
            async with asyncio.timeout(self._timing.publish):
                await self._open_publisher()
        except (KafkaError, TimeoutError, OSError) as error:
            raise nobody_answers(self.servers, error) from None
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._publisher is not None:
            self._bury(self._publisher)
            self._publisher = None
        if self._graves:
            await asyncio.wait(set(self._graves), timeout=5.0)

    async def own(self, topic: Topic, *, stage: str, state: Topic, serve: Serve) -> None:
        await self._require(topic)
        await self._require(state)
        group = f"{self.prefix}{stage}"
        described = Stage(
            servers=self.servers,
            prefix=self.prefix,
            partitions=self.partitions,
            topic=topic,
            state=state,
            name=stage,
            group=group,
            instance=self.instance,
            timing=self._timing,
            read_ahead_bytes=self._read_ahead_bytes,
            trace=self.trace,
        )
        while True:
            try:
                await Member(described, serve, self._bury).run()
            except KafkaError as error:
                log.warning("the member of %s failed and joins again: %s", group, reason(error))
                await asyncio.sleep(self._timing.heartbeat)

    def tail(
        self, topic: Topic, *, start: Start = "earliest", partitions: Iterable[int] | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        return self._tail(topic, start, tuple(range(self.partitions) if partitions is None else partitions))

    @asynccontextmanager
    async def _tail(self, topic: Topic, start: Start, partitions: tuple[int, ...]) -> AsyncGenerator[Tail, None]:
        await self._require(topic)
        async with open_tail(self.servers, self._timing, self.prefix, topic, start, partitions) as tail:
            yield tail

    async def offsets_at(self, topic: Topic, at: float, partitions: Iterable[int] | None = None) -> dict[int, int]:
        await self._require(topic)
        chosen = tuple(range(self.partitions) if partitions is None else partitions)
        return await offsets_at(self.servers, self._timing, self.prefix, topic, at, chosen)

    async def publish(self, record: Record) -> tuple[int, int]:
        record.check(self.partitions)
        client = None
        try:
            async with asyncio.timeout(self._timing.publish):
                client = await self._open_publisher()
                metadata = await (await send(client, record, self.prefix, self.partitions))
        except (KafkaError, TimeoutError) as error:
            if client is not None and client is self._publisher:
                self._publisher = None  # a failed send leaves a gap in its sequence: it could never send there again
                self._bury(client)
            raise TimeoutError(
                f"not written to {record.topic.full_name(self.prefix)} within {self._timing.publish:.0f} s"
                f" (Kafka at {self.servers}: {reason(error)})"
            ) from error
        return metadata.partition, metadata.offset

    async def _open_publisher(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._publisher is None:
                client = producer(self.servers, self._timing)
                try:
                    await client.start()
                except BaseException:
                    self._bury(client)
                    raise
                self._publisher = client
            return self._publisher

    async def _require(self, topic: Topic) -> None:
        """The topic, with as many partitions as this bus has: a stream's home depends on it. Raises UserError."""
        name = topic.full_name(self.prefix)
        try:
            async with asyncio.timeout(self._timing.publish):
                found = await self._partitions_of(name)
        except TimeoutError:
            raise UserError(
                f"Kafka at {self.servers} does not say within {self._timing.publish:.0f} s whether topic {name} exists"
            ) from None
        if found == 0:
            raise UserError(f"Kafka at {self.servers} shows no topic {name}: `streamer topics create` makes it")
        if found != self.partitions:
            raise UserError(
                f"topic {name} has {found} partitions, this process expects {self.partitions}:"
                f" set --partitions {found}, or delete the topic and run `streamer topics create`"
            )

    async def _partitions_of(self, name: str) -> int:
        """0 when brokers have said for `SPREAD` seconds that there is no such topic: a new one is not known to all at
        once. A broker that says nothing is asked again, without end."""
        loop = asyncio.get_running_loop()
        missing_since: float | None = None
        while True:
            try:
                cluster = await (await self._open_publisher()).client.fetch_all_metadata()
            except KafkaError as error:
                log.debug("no metadata from Kafka at %s: %s", self.servers, reason(error))
            else:
                if found := cluster.partitions_for_topic(name):
                    return len(found)
                missing_since = loop.time() if missing_since is None else missing_since
                if loop.time() - missing_since >= SPREAD:
                    return 0
            await asyncio.sleep(_LOOK_AGAIN)

    def _bury(self, client: AIOKafkaProducer) -> None:
        grave = asyncio.create_task(discard(client, self._timing.request), name="discard-producer")
        self._graves.add(grave)
        grave.add_done_callback(self._graves.discard)
