"""Memory of `streamer up` over time, with viewers that come and go and a steer now and then.

    python -m tools.bench soak [--minutes 10] [--viewers 4]

Prints the resident set of the process once a minute, and the growth from the first third's median to the last third's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import time

import psutil

from tools.system import System, running
from tools.watcher import Watcher

WISHES = ["now it snows", "a blue boat at night", "a red fox in a forest", "now at sunset", "three yellow balloons"]


async def _viewers(system: System, count: int, until: float) -> None:
    async def one(n: int) -> None:
        while time.monotonic() < until:
            watcher = Watcher(system.url.replace("http", "ws", 1) + "/streams/main/live")
            with contextlib.suppress(OSError, TimeoutError):
                await watcher.run(seconds=min(20.0 + 7 * n, max(0.1, until - time.monotonic())))

    async with asyncio.TaskGroup() as group:
        for n in range(count):
            group.create_task(one(n))


async def soak(system: System, minutes: float, viewers: int) -> list[float]:
    """RSS in MB, once a second."""
    process = psutil.Process(system.services["up"].popen.pid)
    until = time.monotonic() + minutes * 60
    watching = asyncio.create_task(_viewers(system, viewers, until))
    samples: list[float] = []
    while time.monotonic() < until:
        await asyncio.sleep(1)
        samples.append(process.memory_info().rss / 1e6)
        if len(samples) % 60 == 0:
            print(f"minute {len(samples) // 60}: {samples[-1]:.1f} MB", flush=True)
            wish = WISHES[len(samples) // 60 % len(WISHES)]
            await asyncio.to_thread(system.post, "/api/streams/main/prompts", {"prompt": wish})
    await watching
    return samples


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--viewers", type=int, default=4)
    options = parser.parse_args(argv)
    with running() as system:
        system.start("up", "up", "--port", "0", "--log-level", "warning")
        system.wait("/api/streams/main", lambda s: s["status"] == "playing")
        samples = asyncio.run(soak(system, options.minutes, options.viewers))
    third = len(samples) // 3
    first, last = statistics.median(samples[:third]), statistics.median(samples[-third:])
    print(
        f"RSS max {max(samples):.1f} MB; first third {first:.1f} MB, last third {last:.1f} MB: {last / first - 1:+.1%}"
    )
    return 0
