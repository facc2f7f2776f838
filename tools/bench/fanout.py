"""What one more viewer costs: CPU per send of the broadcaster, of `websockets.broadcast`, and of bare send loops.

    python -m tools.bench fanout [--viewers 1000] [--rounds 5] [--seconds 2] [--size 5200] [--loop uvloop]

All serve the same number of viewers, as many bytes at the same rate, in turns within each round, so that the noise of a
shared machine falls on all alike; compare the ratios, not the microseconds. The floor is a loop of send() in C
(floor.c), in a process of its own on the same core; where there is no `cc`, the same loop in Python. The viewers are in
another process (sink.c, else Python), on the other core where there is one. On the loopback the kernel charges the
sender with the receiver's TCP work, all alike.
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
from collections.abc import AsyncIterator, Awaitable, Callable
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

Cost = tuple[float, float]
"""(user, system) CPU microseconds per send."""

Turn = Callable[[int], Awaitable[Cost]]
"""Sends frames for some seconds, the first one with this seq; returns what each send cost."""

Send = Callable[[Chunk], int]
"""Sends a chunk to all; returns to how many it went."""


@contextlib.asynccontextmanager
async def broadcaster(options: argparse.Namespace) -> AsyncIterator[tuple[int, Turn]]:
    """Ours: the whole service, fed at the room's door."""
    viewer_socket.PING_INTERVAL = 3600.0  # the sink answers none
    service = BroadcasterService(MemoryBus(), Settings(port=0, max_viewers=options.viewers + 1))
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
        yield int(url.rpartition(":")[2]), _turns(send, options)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.asynccontextmanager
async def broadcast(options: argparse.Namespace) -> AsyncIterator[tuple[int, Turn]]:
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

        yield port, _turns(send, options)


@contextlib.asynccontextmanager
async def bare(options: argparse.Namespace) -> AsyncIterator[tuple[int, Turn]]:
    """A Python loop over non-blocking sockets that sends ready-made bytes."""
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
        yield listener.getsockname()[1], _turns(send, options)
    finally:
        loop.remove_reader(listener)
        for sock in (*socks, listener):
            sock.close()


@contextlib.asynccontextmanager
async def floor(options: argparse.Namespace) -> AsyncIterator[tuple[int, Turn]]:
    """The same loop in C: what the kernel itself takes."""
    with tempfile.TemporaryDirectory() as folder:
        program = await asyncio.to_thread(compiled, "floor", folder)
        process = await asyncio.create_subprocess_exec(
            program, str(options.size), str(options.fps), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if cores := _cores():
            os.sched_setaffinity(process.pid, {cores[0]})

        async def turn(seq: int) -> Cost:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"send %d\n" % _frames(options))
            async with asyncio.timeout(60 + 2 * options.seconds):
                user, system, sends = map(float, (await process.stdout.readline()).split())
            return _cost(user / 1e6, system / 1e6, int(sends), options)

        try:
            port = int(await process.stdout.readline())
            process.stdin.write(b"accept %d\n" % options.viewers)
            yield port, turn
        finally:
            await _end(process)


FLOOR_IN_C, FLOOR_IN_PYTHON = "send loop in C", "send loop in Python"

METHODS: dict[str, Callable[[argparse.Namespace], contextlib.AbstractAsyncContextManager[tuple[int, Turn]]]] = {
    "broadcaster": broadcaster,
    "websockets.broadcast": broadcast,
    FLOOR_IN_PYTHON: bare,
    FLOOR_IN_C: floor,
}


def compiled(name: str, folder: str) -> str:
    """The path of a C program of this folder, built in `folder`."""
    path = f"{folder}/{name}"
    subprocess.run(["cc", "-O2", "-o", path, str(HERE / f"{name}.c")], check=True)
    return path


async def measure(options: argparse.Namespace) -> dict[str, list[Cost]]:
    """What a send cost, by method and round."""
    methods = {name: method for name, method in METHODS.items() if name != FLOOR_IN_C or shutil.which("cc")}
    figures: dict[str, list[Cost]] = {name: [] for name in methods}
    async with contextlib.AsyncExitStack() as stack:
        opened = {name: await stack.enter_async_context(method(options)) for name, method in methods.items()}
        ports = [port for port, _ in opened.values()]
        await stack.enter_async_context(sink(ports, options.viewers))
        seq = 0
        for number in range(options.rounds + 1):
            for name, (_, turn) in opened.items():
                cost = await turn(seq)
                seq += _frames(options)
                if number:  # the first round warms up
                    figures[name].append(cost)
            print(f"\rround {number} of {options.rounds}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    return figures


def _frames(options: argparse.Namespace) -> int:
    return int(options.seconds * options.fps)


def _cost(user: float, system: float, sends: int, options: argparse.Namespace) -> Cost:
    wanted = _frames(options) * options.viewers
    if sends < 0.9 * wanted:
        print(f"only {sends} of {wanted} were sent: the viewers do not keep up", file=sys.stderr)
    return 1e6 * user / max(1, sends), 1e6 * system / max(1, sends)


def _turns(send: Send, options: argparse.Namespace) -> Turn:
    """The turns of a method that sends in this process."""

    async def turn(seq: int) -> Cost:
        loop = asyncio.get_running_loop()
        chunks = []
        for n in range(seq, seq + _frames(options)):
            data = cmaf.chunk(seq=n, pts=n * TICKS, duration=TICKS, keyframe=n == seq, data=os.urandom(options.size))
            chunks.append(Chunk(1, n, n * TICKS, TICKS, n == seq, 1, data))
        start, before = loop.time(), resource.getrusage(resource.RUSAGE_SELF)
        sends = 0
        for number, chunk in enumerate(chunks):
            sends += send(chunk)
            await asyncio.sleep(max(0.0, start + (number + 1) / options.fps - loop.time()))
        after = resource.getrusage(resource.RUSAGE_SELF)
        return _cost(after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime, sends, options)

    return turn


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its standard input, which is what ends it; else kill it."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 5)
    if process.returncode is None:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def sink(ports: list[int], viewers: int) -> AsyncIterator[None]:
    """The viewers, in a process of their own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", PYTHON_SINK]
        if shutil.which("cc"):
            command = [await asyncio.to_thread(compiled, "sink", folder)]
        cores = _cores()
        process = await asyncio.create_subprocess_exec(
            *command,
            *(str(word) for port in ports for word in (port, viewers)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, {cores[1]})
            os.sched_setaffinity(0, {cores[0]})
        try:
            async with asyncio.timeout(60):
                if await process.stdout.readline() != b"ready\n":
                    raise RuntimeError("the viewers could not connect: is `ulimit -n` above four times --viewers?")
            yield
        finally:
            await _end(process)
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


def report(figures: dict[str, list[Cost]], options: argparse.Namespace) -> bool:
    """Print medians and ratios; True when the targets are met."""
    print(
        f"\n{options.viewers} viewers, {options.size} bytes at {options.fps:g} a second, "
        f"{options.rounds} rounds of {options.seconds:g} s, {options.loop}; CPU µs per send, medians\n"
    )
    print(f"{'method':<22}{'user':>8}{'system':>8}{'total':>8}{'least':>8}{'most':>8}")
    for name, rounds in figures.items():
        totals = [user + system for user, system in rounds]
        user, system = (statistics.median(column) for column in zip(*rounds, strict=True))
        total = statistics.median(totals)
        print(f"{name:<22}{user:8.2f}{system:8.2f}{total:8.2f}{min(totals):8.2f}{max(totals):8.2f}")
    # Ratios round by round, then their median: a slow moment hits all of a round.
    lowest = FLOOR_IN_C if FLOOR_IN_C in figures else FLOOR_IN_PYTHON
    ours, theirs, bare = (figures[name] for name in ("broadcaster", "websockets.broadcast", lowest))
    user = statistics.median(_ratio(us[0], them[0]) for us, them in zip(ours, theirs, strict=True))
    total = statistics.median(_ratio(sum(us), sum(least)) for us, least in zip(ours, bare, strict=True))
    print(f"\nuser CPU against websockets.broadcast:      {user:.2f} (target: at most 0.5)")
    print(f"total CPU against the {lowest + ':':<22}{total:.2f} (target: at most 1.4)")
    return bool(user <= 0.5 and total <= 1.4)


def _ratio(ours: float, theirs: float) -> float:
    """Infinite where the other's run was too short for the clock: CPU time is counted in ticks."""
    return ours / theirs if theirs else math.inf


def main(argv: list[str]) -> int:
    """The bench; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench fanout", description=__doc__.split("\n\n")[0])
    parser.add_argument("--viewers", type=int, default=1000)
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
