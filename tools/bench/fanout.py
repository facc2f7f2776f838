"""What one more viewer costs: CPU per send of the broadcaster, of `websockets.broadcast`, and of a bare send loop.

    python -m tools.bench fanout [--viewers 300] [--rounds 5] [--seconds 2] [--size 5200] [--loop uvloop]

All three serve the same number of viewers in one process, the same bytes at the same rate, in turns within each round,
so that the noise of a shared machine falls on all alike; compare the ratios, not the microseconds. The viewers are
in another process (C by the system's `cc`, else Python), on the other core where there is one. On the loopback the
kernel charges the sender with the receiver's TCP work.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import websockets.asyncio.server

from streamer import metrics
from streamer.broadcaster import socket as viewer_socket
from streamer.broadcaster.service import BroadcasterService
from streamer.broadcaster.wire import Packet
from streamer.bus.memory import MemoryBus
from streamer.media import cmaf
from streamer.messages import Media
from streamer.settings import Settings
from streamer.video import Chunk, InitSegment

TICKS = 3750  # a frame at 24 fps
HERE = Path(__file__).parent

Send = Callable[[Chunk], int]
"""Sends a chunk to all; returns to how many it went."""


@contextlib.asynccontextmanager
async def broadcaster(viewers: int) -> AsyncIterator[tuple[int, Send]]:
    """Ours: the whole service, fed at the room's door."""
    viewer_socket.PING_INTERVAL = 3600.0  # the sink answers none
    service = BroadcasterService(MemoryBus(), Settings(port=0, max_viewers=viewers + 1))
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(started.set_result))
    url = await started
    room = service.hub.room("main")
    media = Media(codec="avc1.42c015", width=64, height=64, fps=24.0, engine="bench")
    room.push(InitSegment(1, 1, media, b"init"), 0.0, 0.0)
    clock = asyncio.get_running_loop().time
    sends = metrics.sends._value  # a viewer that skips is sent nothing, which would look cheap

    def send(chunk: Chunk) -> int:
        before: float = sends.get()
        room.push(chunk, clock(), clock())
        return int(sends.get() - before)

    try:
        yield int(url.rpartition(":")[2]), send
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.asynccontextmanager
async def broadcast(viewers: int) -> AsyncIterator[tuple[int, Send]]:
    """`websockets.broadcast`, as its documentation recommends, without compression."""
    there: set[websockets.asyncio.server.ServerConnection] = set()

    async def serve(connection: websockets.asyncio.server.ServerConnection) -> None:
        there.add(connection)
        await connection.wait_closed()

    async with websockets.asyncio.server.serve(
        serve, "127.0.0.1", 0, compression=None, ping_interval=None, close_timeout=0.1
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]

        def send(chunk: Chunk) -> int:
            websockets.asyncio.server.broadcast(there, chunk.data)
            return len(there)

        yield port, send


@contextlib.asynccontextmanager
async def bare(viewers: int) -> AsyncIterator[tuple[int, Send]]:
    """A Python loop over non-blocking sockets that sends ready-made bytes: the floor."""
    socks: list[socket.socket] = []

    def accept() -> None:
        sock, _ = listener.accept()
        sock.recv(4096)  # the request; it is short, and in one piece on the loopback
        sock.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        viewer_socket.tune(sock)
        sock.setblocking(False)
        socks.append(sock)

    def send(chunk: Chunk) -> int:
        data = Packet(chunk).wire
        full = 0
        for sock in socks:
            try:
                sock.send(data)
            except BlockingIOError:  # `suppress` would cost a microsecond a send
                full += 1
        return len(socks) - full

    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    loop = asyncio.get_running_loop()
    loop.add_reader(listener, accept)
    try:
        yield listener.getsockname()[1], send
    finally:
        loop.remove_reader(listener)
        for sock in (*socks, listener):
            sock.close()


METHODS: dict[str, Callable[[int], contextlib.AbstractAsyncContextManager[tuple[int, Send]]]] = {
    "broadcaster": broadcaster,
    "websockets.broadcast": broadcast,
    "bare send loop": bare,
}


async def measure(options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """(user, system) CPU microseconds per send, by method and round."""
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS}
    async with contextlib.AsyncExitStack() as stack:
        opened = {name: await stack.enter_async_context(method(options.viewers)) for name, method in METHODS.items()}
        ports = [port for port, _ in opened.values()]
        await stack.enter_async_context(sink(ports, options.viewers))
        seq = 0
        for turn in range(options.rounds + 1):
            for name, (_, send) in opened.items():
                figures_of_turn, seq = await one(send, options, seq)
                if turn:  # the first round warms up
                    figures[name].append(figures_of_turn)
            print(f"\rround {turn} of {options.rounds}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    return figures


async def one(send: Send, options: argparse.Namespace, seq: int) -> tuple[tuple[float, float], int]:
    """Send frames for some seconds; returns what each send cost, and the seq to go on with."""
    loop = asyncio.get_running_loop()
    frames = int(options.seconds * options.fps)
    chunks = []
    for n in range(seq, seq + frames):
        data = cmaf.chunk(seq=n, pts=n * TICKS, duration=TICKS, keyframe=n == seq, data=os.urandom(options.size))
        chunks.append(Chunk(1, n, n * TICKS, TICKS, n == seq, 1, data))
    start, before = loop.time(), resource.getrusage(resource.RUSAGE_SELF)
    sends = 0
    for number, chunk in enumerate(chunks):
        sends += send(chunk)
        await asyncio.sleep(max(0.0, start + (number + 1) / options.fps - loop.time()))
    after = resource.getrusage(resource.RUSAGE_SELF)
    if sends < 0.9 * frames * options.viewers:
        print(f"only {sends} of {frames * options.viewers} were sent: the viewers do not keep up", file=sys.stderr)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return (1e6 * user / sends, 1e6 * system / sends), seq + frames


@contextlib.asynccontextmanager
async def sink(ports: list[int], viewers: int) -> AsyncIterator[None]:
    """The viewers, in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PYTHON_SINK]
        if compiler := shutil.which("cc"):
            build = [compiler, "-O2", "-o", f"{folder}/sink", str(HERE / "sink.c")]
            await asyncio.to_thread(subprocess.run, build, check=True)
            command = [f"{folder}/sink"]
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
        process = await asyncio.create_subprocess_exec(
            *command,
            *(str(word) for port in ports for word in (port, viewers)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, {cores[1]})
            os.sched_setaffinity(0, {cores[0]})
        try:
            async with asyncio.timeout(60):
                if await process.stdout.readline() != b"ready\n":
                    raise RuntimeError("the viewers could not connect: is `ulimit -n` above three times --viewers?")
            yield
        finally:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
            if process.returncode is None:
                process.kill()
                await process.wait()
            if cores:
                os.sched_setaffinity(0, set(cores))


PYTHON_SINK = """
import select, socket, sys
ask = (b"GET /streams/main/live HTTP/1.1\\r\\nHost: localhost\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
       b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n")
socks = []
for port, count in zip(sys.argv[1::2], sys.argv[2::2]):
    for _ in range(int(count)):
        sock = socket.create_connection(("127.0.0.1", int(port)))
        sock.sendall(ask)
        sock.recv(65536)
        socks.append(sock)
poll = select.poll()
for sock in (*socks, sys.stdin):
    poll.register(sock, select.POLLIN)
by_fd = {sock.fileno(): sock for sock in socks}
print("ready", flush=True)
while True:
    for fd, _ in poll.poll():
        if fd == 0:
            sys.exit()
        by_fd[fd].recv(262144)
"""


def report(figures: dict[str, list[tuple[float, float]]], options: argparse.Namespace) -> bool:
    """Print medians and ratios; True when the targets are met."""
    print(
        f"\n{options.viewers} viewers, {options.size} bytes at {options.fps:g} a second, "
        f"{options.rounds} rounds of {options.seconds:g} s, {options.loop}; CPU µs per send, medians\n"
    )
    print(f"{'method':<22}{'user':>8}{'system':>8}{'total':>8}{'least':>8}{'most':>8}")
    median: dict[str, tuple[float, float]] = {}
    for name, rounds in figures.items():
        totals = [user + system for user, system in rounds]
        median[name] = (statistics.median(u for u, _ in rounds), statistics.median(totals))
        system = statistics.median(s for _, s in rounds)
        user, total = median[name]
        print(f"{name:<22}{user:8.2f}{system:8.2f}{total:8.2f}{min(totals):8.2f}{max(totals):8.2f}")
    # Ratios round by round, then their median: a slow moment hits all three of a round.
    pairs = list(zip(*figures.values(), strict=True))
    user = statistics.median(_ratio(ours[0], theirs[0]) for ours, theirs, _ in pairs)
    total = statistics.median(_ratio(sum(ours), sum(floor)) for ours, _, floor in pairs)
    print(f"\nuser CPU against websockets.broadcast:   {user:.2f} (target: at most 0.5)")
    print(f"total CPU against the bare send loop:    {total:.2f} (target: at most 1.4; the loop is Python's)")
    return bool(user <= 0.5 and total <= 1.4)


def _ratio(ours: float, theirs: float) -> float:
    """Infinite where the other's run was too short for the clock: CPU time is counted in ticks."""
    return ours / theirs if theirs else math.inf


def main(argv: list[str]) -> int:
    """The bench; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench fanout", description=__doc__.split("\n\n")[0])
    parser.add_argument("--viewers", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each method in each round")
    parser.add_argument("--size", type=int, default=5200, help="bytes of a picture: 1 Mbit/s at 24 fps")
    parser.add_argument("--fps", type=float, default=24.0)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    options = parser.parse_args(argv)
    factory: Any = None
    if options.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * options.viewers + 200)), hard))
    with asyncio.Runner(loop_factory=factory) as runner:
        return 0 if report(runner.run(measure(options)), options) else 1
