"""aiokafka's clients as this project uses them: their settings, their reading to an end, their disposal, their logs.

The settings and the order of calls around them were measured against Apache Kafka 4.3; the reasons are beside them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from streamer.errors import UserError
from streamer.topics import Topic

from .base import Received, Record

__all__ = ["AIOKafkaConsumer", "AIOKafkaProducer", "ConsumerRebalanceListener", "KafkaError", "TopicPartition"]

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 6 << 20  # a record of 4 MiB, the most that any topic takes, with room around it
MAX_BATCH_BYTES = 1 << 20  # at aiokafka's default of 16 KiB every frame is a request of its own: 40 ms, not 9
FETCH_PARTITION_BYTES = 1 << 20  # a larger record comes all the same, alone
FETCH_BYTES = 8 << 20
FETCH_MAX_WAIT_MS = 50  # costs no latency, and a resumed partition flows at once; at 500 it waits for 350 ms


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `session` is how long a member may be silent before its partitions go to others."""

    session: float = 6.0
    heartbeat: float = 1.0
    commit: float = 10.0
    publish: float = 10.0

    @property
    def request(self) -> float:
        """Longer than any deadline of ours: a request is never sent twice within one commit.

        A late duplicate of an EndTxn could otherwise end a later transaction (jepsen.io/analyses/bufstream-0.1.0).
        """
        return max(self.commit, self.publish) + 2.0


def consumer(servers: str, timing: Timing, **group: Any) -> AIOKafkaConsumer:
    """A read_committed reader that commits nothing by itself, not yet started."""
    quiet_aiokafka()
    return AIOKafkaConsumer(
        bootstrap_servers=servers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",  # an offset that is no longer kept means the earliest that is
        isolation_level="read_committed",
        fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
        fetch_max_bytes=FETCH_BYTES,
        request_timeout_ms=int((timing.request + timing.session) * 1000),  # JoinGroup may wait for a whole session
        **group,
    )


def producer(servers: str, timing: Timing, transactional_id: str | None = None) -> AIOKafkaProducer:
    """An idempotent producer, not yet started; with an id, a transactional one that fences its predecessors."""
    quiet_aiokafka()
    kind: dict[str, Any] = {"enable_idempotence": True}
    if transactional_id is not None:
        kind = {"transactional_id": transactional_id, "transaction_timeout_ms": int(timing.commit * 1000)}
    return AIOKafkaProducer(
        bootstrap_servers=servers,
        max_request_size=MAX_REQUEST_BYTES,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=int(timing.request * 1000),
        **kind,
    )


def reason(error: BaseException) -> str:
    """What an error says, or what it is: many of aiokafka's say nothing."""
    return str(error) or type(error).__name__


def nobody_answers(servers: str, error: BaseException) -> UserError:
    """What the user is told when there is no broker."""
    return UserError(f"no Kafka answers at {servers} ({reason(error)}): is it running? `streamer kafka` starts one")


async def send(client: AIOKafkaProducer, record: Record, prefix: str, partitions: int) -> asyncio.Future[Any]:
    """Hand a record to the producer; the future says where it went, or why it did not."""
    future: asyncio.Future[Any] = await client.send(
        record.topic.full_name(prefix),
        record.value,
        key=None if record.key is None else record.key.encode(),
        partition=record.place(partitions),
        headers=list(record.headers),
    )
    future.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, also by nobody else
    return future


def received(topic: Topic, record: Any) -> Received:
    """aiokafka's ConsumerRecord in our words."""
    return Received(
        topic=topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=[(name, value if value is not None else b"") for name, value in record.headers],
        at=record.timestamp / 1000,
    )


async def read_newest(servers: str, timing: Timing, topic: str, partition: int) -> dict[str, bytes]:
    """The newest value of every key of one partition, tombstoned keys left out.

    The end is where the position stands, never "the last offset came as a record": transaction markers and compaction
    leave holes. Call it after InitProducerId, which waits for the predecessor's open transaction to end.
    """
    place = TopicPartition(topic, partition)
    newest: dict[str, bytes] = {}
    reader = consumer(servers, timing)
    try:
        await reader.start()
        reader.assign([place])
        end = (await reader.end_offsets([place]))[place]
        reader.seek(place, 0)
        while end > 0 and await reader.position(place) < end:
            for record in (await reader.getmany(timeout_ms=20)).get(place, ()):
                key = (record.key or b"").decode(errors="replace")
                if record.value is None:
                    newest.pop(key, None)
                else:
                    newest[key] = record.value
    finally:
        await reader.stop()
    return newest


async def discard(client: AIOKafkaProducer, patience: float) -> None:
    """Get rid of a producer that may be broken, in bounded time. Nothing that it still sends can count: it is fenced.

    `stop` alone hangs while the broker is away, and does not abort an open transaction; the next InitProducerId does.
    """
    stopping = asyncio.ensure_future(client.stop())
    stopping.add_done_callback(lambda done: done.cancelled() or done.exception())
    done, _ = await asyncio.wait({stopping}, timeout=1.0)
    if not done:
        if (sender := client._sender.sender_task) is not None:  # aiokafka has no way to give up that is public
            client._message_accumulator.fail_all(KafkaError("discarded"))
            sender.cancel()
        done, _ = await asyncio.wait({stopping}, timeout=patience)
    if not done:
        stopping.cancel()
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(1.0):
                await client.client.close()
        log.debug("a producer was left behind: it did not stop within %.0f s", patience + 1)
    _hush(client)


def _hush(client: AIOKafkaProducer) -> None:
    """Look at the futures that aiokafka leaves behind after a failure; asyncio would log each as never retrieved."""
    accumulator = client._message_accumulator
    batches = [batch for queue in accumulator._batches.values() for batch in queue]
    waiters = [batch._drain_waiter for batch in (*batches, *accumulator._pending_batches)]
    for waiter in (*waiters, client._txn_manager._transaction_waiter):
        if waiter is not None and waiter.done() and not waiter.cancelled():
            waiter.exception()


_EVERYDAY = "because it is rebalancing"  # what aiokafka warns of whenever a member comes or goes


class _Thinned(logging.Filter):
    """One line in `interval` seconds for each message of a logger; the next one says how many were left out.

    Four broker restarts made three members write 10,283 warnings in 30 seconds.
    """

    def __init__(self, interval: float = 5.0) -> None:
        super().__init__()
        self._interval = interval
        self._seen: dict[tuple[int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        message = str(record.msg)
        if _EVERYDAY in message:
            return False
        key = (record.levelno, message)
        last, left_out = self._seen.get(key, (0.0, 0))
        now = time.monotonic()
        if last and now - last < self._interval:
            self._seen[key] = (last, left_out + 1)
            return False
        if len(self._seen) > 200:
            self._seen.clear()
        self._seen[key] = (now, 0)
        if left_out:
            record.msg = f"{message} (and {left_out} more like it)"
        return True


_quiet: set[str] = set()


def quiet_aiokafka() -> None:
    """Thin out the logs of aiokafka. A filter works only on the logger that it is attached to, hence on each."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("aiokafka") and name not in _quiet:
            _quiet.add(name)
            logging.getLogger(name).addFilter(_Thinned())
