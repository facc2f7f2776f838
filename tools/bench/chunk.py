"""Chunk → viewer's socket over Kafka, beside the bare transactional produce → read_committed path on the same broker.

    python -m tools.bench chunk [--rounds 6] [--seconds 5] [--kafka HOST:PORT]

A chunk's age is the arrival at the viewer less the wall clock in its `prft` (keyframes; five a second here), so it
holds the worker's transaction, the broadcaster and the socket. The bare path is one aiokafka producer and one consumer
in this process: begin, send 5 kB, commit, and the record at the reader. Rounds of both alternate while the film runs.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tools.bench.prompt import over
from tools.system import System
from tools.watcher import Watcher


async def chunk_ages(system: System, seconds: float) -> list[float]:
    """Seconds from the making of a chunk to its arrival, of those that came live (not from the ring)."""
    watcher = Watcher(system.url.replace("http", "ws", 1) + "/streams/main/live")
    offset = time.time() - time.monotonic()
    begin = time.monotonic()
    await watcher.run(seconds=seconds)
    live = [s for s in watcher.chunks if s.info.wall is not None and s.info.wall > begin + offset + 0.2]
    return [s.at + offset - (s.info.wall or 0.0) for s in live]


async def bare_ages(servers: str, topic: str, seconds: float, rate: float = 12.0) -> list[float]:
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
    film: list[float] = []
    bare: list[float] = []
    for _ in range(count):
        film += await chunk_ages(system, seconds)
        bare += await bare_ages(servers, topic, seconds)
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
    with over(options.kafka, "--gop", "0.2") as system:
        servers = system.common[1].removeprefix("kafka://")
        topic = f"{system.common[3]}dead-letters"  # nobody else writes there
        system.post("/api/streams/main/prompts", {"prompt": "a red fox runs through snow"})
        system.wait("/api/streams/main", lambda s: s["status"] == "playing" and s["media"])
        asyncio.run(rounds(system, servers, topic, options.rounds, options.seconds))
    return 0
