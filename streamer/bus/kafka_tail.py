"""Reading a whole topic on Kafka: read_committed, without a group."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress

from streamer.topics import Topic

from .base import Received, Start, Tail
from .kafka_clients import AIOKafkaConsumer, KafkaError, Timing, TopicPartition, consumer, reason, received

log = logging.getLogger(__name__)


class KafkaTail(Tail):
    """aiokafka fetches ahead at most once per partition, which bounds what waits here. Safe to cancel."""

    def __init__(
        self,
        reader: AIOKafkaConsumer,
        topic: Topic,
        positions: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
    ) -> None:
        self._reader = reader
        self._topic = topic
        self._behind = {place: end for place, end in ends.items() if positions[place] < end}

    @property
    def caught_up(self) -> bool:
        return not self._behind

    async def records(self, timeout: float = 0.05) -> list[Received]:
        limit = asyncio.get_running_loop().time() + timeout
        while True:
            wait = max(0.0, limit - asyncio.get_running_loop().time())
            if self._behind:
                wait = min(wait, 0.02)  # markers move the position without giving a record
            try:
                batches = await self._reader.getmany(timeout_ms=int(wait * 1000))
            except KafkaError as error:  # the reader itself goes on; whoever uses it sees silence
                log.warning("reading %s: %s", self._topic.name, error)
                await asyncio.sleep(wait)
                return []
            if batches:  # and no await any more: a cancellation loses nothing
                for place, records in batches.items():
                    self._arrived(place, records[-1].offset + 1)
                return [received(self._topic, record) for records in batches.values() for record in records]
            await self._follow()
            if not self._behind or asyncio.get_running_loop().time() >= limit:
                return []

    def _arrived(self, place: TopicPartition, position: int) -> None:
        if position >= self._behind.get(place, position + 1):
            del self._behind[place]

    async def _follow(self) -> None:
        """See which partitions have come to their end. A position is known at once, unless it is being reset."""
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                for place in list(self._behind):
                    self._arrived(place, await self._reader.position(place))


@asynccontextmanager
async def open_tail(
    servers: str, timing: Timing, prefix: str, topic: Topic, start: Start, partitions: Collection[int]
) -> AsyncGenerator[Tail, None]:
    """Raises TimeoutError when the broker does not answer by the publish deadline."""
    places = {partition: TopicPartition(topic.full_name(prefix), partition) for partition in partitions}
    reader = consumer(servers, timing)
    try:
        async with asyncio.timeout(timing.publish):
            await _started(reader)
            reader.assign(list(places.values()))
            ends = await reader.end_offsets(list(places.values()))
        positions = {}
        for partition, place in places.items():
            if start == "earliest":
                positions[place] = 0
            else:
                positions[place] = ends[place] if isinstance(start, str) else start.get(partition, ends[place])
            reader.seek(place, positions[place])
        yield KafkaTail(reader, topic, positions, ends)
    finally:
        await _stopped(reader)


async def offsets_at(
    servers: str, timing: Timing, prefix: str, topic: Topic, at: float, partitions: Collection[int]
) -> dict[int, int]:
    """See `Bus.offsets_at`. Raises TimeoutError when the broker does not answer by the publish deadline."""
    places = {partition: TopicPartition(topic.full_name(prefix), partition) for partition in partitions}
    reader = consumer(servers, timing)
    try:
        async with asyncio.timeout(timing.publish):
            await _started(reader)
            # Kafka counts in milliseconds: rounded up, so that no record from before the moment is found, but for what
            # a float of seconds is off, or a record would not be found by its own time.
            moment = max(0, math.ceil(at * 1000 - 0.001))
            found = await reader.offsets_for_times(dict.fromkeys(places.values(), moment))
            ends = await reader.end_offsets(list(places.values()))
    except KafkaError as error:
        raise TimeoutError(f"Kafka at {servers} does not tell offsets of {topic.name}: {reason(error)}") from error
    finally:
        await _stopped(reader)
    return {
        partition: told.offset if (told := found.get(place)) is not None else ends[place]
        for partition, place in places.items()
    }


async def _stopped(reader: AIOKafkaConsumer) -> None:
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(5.0):
            await reader.stop()


async def _started(reader: AIOKafkaConsumer) -> None:
    while True:
        try:
            await reader.start()
        except KafkaError:
            await asyncio.sleep(0.2)
        else:
            return
