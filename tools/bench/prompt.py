"""Prompt → first pixel decoded by a viewer: a stream that never played, its socket open, then POST.

    python -m tools.bench prompt [--rounds 10] [--kafka HOST:PORT | --kafka start]

Without --kafka: `streamer up`. With it: director, worker and broadcaster as processes over that broker.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import time
import uuid
from collections.abc import Iterator

from streamer.bus.broker import Broker
from tools.system import System, running
from tools.watcher import Watcher


@contextlib.contextmanager
def over(kafka: str | None, *worker: str) -> Iterator[System]:
    """The running system, embedded or over Kafka."""
    with contextlib.ExitStack() as stack:
        if kafka is None:
            system = stack.enter_context(running("--log-level", "warning"))
            system.start("up", "up", "--port", "0")
        else:
            address = stack.enter_context(Broker()).address if kafka == "start" else kafka
            prefix = f"bench{uuid.uuid4().hex[:8]}."
            bus = ("--bus", f"kafka://{address}", "--topic-prefix", prefix, "--log-level", "warning")
            system = stack.enter_context(running(*bus))
            system.start("topics", "topics", "create").end(0, 30)
            system.start("director", "director")
            system.start("worker", "worker", *worker)
            system.start("broadcaster", "broadcaster", "--port", "0")
        yield system


async def first_pixel(system: System, stream: str) -> float:
    """Seconds from POST to the first decoded frame of `stream`; the film is stopped afterwards."""
    watcher = Watcher(system.url.replace("http", "ws", 1) + f"/streams/{stream}/live")
    watching = asyncio.create_task(watcher.run(until=lambda w: w.decoded > 0, decode=True))
    while not watcher.messages:
        await asyncio.sleep(0.005)
    begin = time.monotonic()
    await asyncio.to_thread(system.post, f"/api/streams/{stream}/prompts", {"prompt": "a red fox runs through snow"})
    await watching
    elapsed = time.monotonic() - begin
    await asyncio.to_thread(system.post, f"/api/streams/{stream}/prompts", {"action": "stop"})
    return elapsed


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench prompt", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--kafka", default=None)
    options = parser.parse_args(argv)
    with over(options.kafka) as system:
        asyncio.run(first_pixel(system, "warm-up"))
        times = [asyncio.run(first_pixel(system, f"round-{n}")) for n in range(options.rounds)]
    where = "over Kafka" if options.kafka else "embedded"
    spread = f"{min(times):.3f} to {max(times):.3f}, {len(times)} rounds"
    print(f"prompt → first pixel, {where}: median {statistics.median(times):.3f} s ({spread})")
    return 0
