"""Chunk → viewer's socket over Kafka, beside the bare transactional produce → read_committed path on the same broker.

    python -m tools.bench chunk [--rounds 6] [--seconds 5] [--kafka HOST:PORT]

A chunk's age is its arrival at the viewer less its record's timestamp, which the worker's producer sets as soon as the
chunk is built: so it holds the worker's transaction, the broadcaster and the socket. The bare path is one aiokafka
producer and one consumer in this process: begin, send 5 kB, commit, and the record at the reader. Rounds of both
alternate while the film runs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from streamer.bus import open_bus
from streamer.topics import VIDEO, home
from streamer.video import Chunk, from_record
from tools.bench.prompt import over
from tools.system import System
from tools.watcher import Watcher


async def arrivals(system: System, seconds: float) -> dict[tuple[int, int], float]:
    """When (unix seconds) each chunk that came live, not from the ring, was at the viewer; by epoch and seq."""
    watcher = Watcher(system.url.replace("http", "ws", 1) + "/streams/main/live")
    offset = time.time() - time.monotonic()
    await watcher.run(seconds=seconds)
    joined = watcher.chunks[0].at + 0.2 if watcher.chunks else 0.0
    return {(seen.epoch, seen.info.seq): seen.at + offset for seen in watcher.chunks if seen.at > joined}


async def made(system: System) -> dict[tuple[int, int], float]:
    """The timestamp (unix seconds, whole ms) of every chunk's record, by epoch and seq."""
    times: dict[tuple[int, int], float] = {}
    url, prefix = system.common[1], system.common[3]
    async with open_bus(url, prefix=prefix) as bus, bus.tail(VIDEO, partitions=[home("main", bus.partitions)]) as tail:
        while not tail.caught_up:
            for record in await tail.records(0.2):
                item = from_record(record.headers, record.value or b"")
                if isinstance(item, Chunk):
                    times[item.epoch, item.seq] = record.at
    return times


async def bare_ages(servers: str, topic: str, seconds: float, rate: float = 24.0) -> list[float]:
    """Seconds from begin to the committed record at a reader."""
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, transactional_id=f"bare-{uuid.uuid4().hex}", max_batch_size=1 << 20
    )
    consumer = AIOKafkaConsumer(
        bootstrap_servers=servers, isolation_level="read_committed", fetch_max_wait_ms=50, enable_auto_commit=False
    )
    await producer.start()
    await consumer.start()
    place = TopicPartition(topic, 0)
    consumer.assign([place])
    await consumer.seek_to_end(place)
    await consumer.position(place)
    ages: list[float] = []
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            begin = time.monotonic()
            async with producer.transaction():
                await (await producer.send(topic, b"x" * 5000, partition=0))
            await consumer.getone()
            ages.append(time.monotonic() - begin)
            await asyncio.sleep(max(0.0, 1 / rate - (time.monotonic() - begin)))
    finally:
        await consumer.stop()
        await producer.stop()
    return ages


def _shown(name: str, ages: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(ages, n=20)
    print(
        f"{name:<28} p50 {statistics.median(ages) * 1e3:6.1f} ms   p95 {cuts[18] * 1e3:6.1f} ms   ({len(ages)} samples)"
    )
    return statistics.median(ages), cuts[18]


async def rounds(system: System, servers: str, topic: str, count: int, seconds: float) -> None:
    """Alternate and print."""
    arrived: dict[tuple[int, int], float] = {}
    bare: list[float] = []
    for _ in range(count):
        arrived |= await arrivals(system, seconds)
        bare += await bare_ages(servers, topic, seconds)
    written = await made(system)
    film = [at - written[key] for key, at in arrived.items()]
    _, film95 = _shown("chunk → viewer's socket", film)
    _, bare95 = _shown("bare transaction → reader", bare)
    print(f"ratio of the p95: {film95 / bare95:.2f}")


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench chunk", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--kafka", default="start")
    options = parser.parse_args(argv)
    with over(options.kafka) as system:
        servers = system.common[1].removeprefix("kafka://")
        topic = f"{system.common[3]}dead-letters"  # nobody else writes there
        system.post("/api/streams/main/prompts", {"prompt": "a red fox runs through snow"})
        system.wait("/api/streams/main", lambda s: s["status"] == "playing" and s["media"])
        asyncio.run(rounds(system, servers, topic, options.rounds, options.seconds))
    return 0
