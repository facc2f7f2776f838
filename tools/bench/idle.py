"""Memory of a viewer who costs nothing else: growth of the resident set by a thousand of them.

    python -m tools.bench idle [--viewers 1000]

Ours, waiting for a film and watching one; and `websockets.serve`, without compression, whose handlers wait. Each is a
process of its own, warmed up by a tenth of the viewers. What the kernel keeps for a socket is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import psutil
import uvloop
import websockets.asyncio.server

from .crowd import raise_file_limit
from .crowd.film import SIZES, Reel, shoot
from .crowd.guest import Guest
from .crowd.house import open_house

TARGET = 20.0
"""KiB for one of ours, at most."""

SETTLE = 3.0
"""Seconds for a GOP to pass, and for what the joins needed to be given back."""


@contextlib.asynccontextmanager
async def theirs() -> AsyncIterator[tuple[int, int]]:
    """(process id, port) of `websockets.serve`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"from {__name__} import serve; serve()",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.pid, int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()


def serve() -> None:
    """That process: says its port, ends with its standard input."""

    async def run() -> None:
        async def wait(connection: websockets.asyncio.server.ServerConnection) -> None:
            await connection.wait_closed()

        async with websockets.asyncio.server.serve(
            wait, "127.0.0.1", 0, compression=None, ping_interval=None
        ) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await asyncio.to_thread(sys.stdin.read)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def ours(
    reels: tuple[Reel, ...], viewers: int
) -> Callable[[], contextlib.AbstractAsyncContextManager[tuple[int, int]]]:
    """(process id, port) of a broadcaster."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[tuple[int, int]]:
        async with open_house(reels, max_viewers=2 * viewers) as house:
            yield house.process.pid, house.port

    return opened


async def measure(viewers: int) -> dict[str, float]:
    """KiB for each viewer, by who serves them."""
    reels = tuple([await asyncio.to_thread(shoot, size) for size in SIZES])
    servers: dict[str, Any] = {
        "ours, waiting for a film": ours((), viewers),
        "ours, watching": ours(reels, viewers),
        "websockets.serve": theirs,
    }
    found: dict[str, float] = {}
    for name, server in servers.items():
        async with server() as (pid, port):
            process = psutil.Process(pid)
            async with _guests(port, max(1, viewers // 10)):
                await asyncio.sleep(SETTLE)
            await asyncio.sleep(SETTLE)
            before = process.memory_info().rss
            async with _guests(port, viewers):
                await asyncio.sleep(SETTLE)
                found[name] = (process.memory_info().rss - before) / viewers / 1024
    return found


@contextlib.asynccontextmanager
async def _guests(port: int, count: int) -> AsyncIterator[None]:
    """So many viewers who read all that comes."""
    guests = [Guest() for _ in range(count)]
    try:
        for guest in guests:
            await guest.come(port)
            await asyncio.sleep(0.005)
        yield
    finally:
        for guest in guests:
            guest.bolt()


def main(argv: list[str]) -> int:
    """The bench; 1 when the target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench idle", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--viewers", type=int, default=1000)
    options = parser.parse_args(argv)
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(options.viewers))
    print(f"{options.viewers} viewers, KiB of resident memory for each\n")
    for name, kib in found.items():
        print(f"{name:<26}{kib:6.1f}")
    worst = max(kib for name, kib in found.items() if name.startswith("ours"))
    print(f"\nours at most {worst:.1f} KiB (target: under {TARGET:.0f})")
    return 0 if worst < TARGET else 1
