"""A broadcaster in a process of its own, fed in real time with a film, and what it says about itself when asked.

`open_house` starts the process, `main`. It says on its standard output where it is and when the film began, answers
each line of its standard input with `Facts`, and ends with it.

A frame counts as published when it is due, also when the event loop, busy with something else, comes to publish it
later: with a bus outside, its record would have been waiting. So a delay holds all that the broadcaster adds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import uvloop
from prometheus_client import REGISTRY

from streamer.broadcaster.service import BroadcasterService
from streamer.bus.base import Received, Record
from streamer.bus.memory import MemoryBus
from streamer.messages import DirectorState, WorkerState, encode
from streamer.settings import Settings
from streamer.topics import DIRECTOR_STATE, VIDEO, WORKER_STATE
from streamer.video import to_headers

from .delays import Delays
from .film import FPS, FRAMES, TICKS, Film, Reel, epoch, load, save

LOG_BYTES = 1 << 20
"""Of each partition of the bus, which is in this process and must not look like the broadcaster's memory."""

PATIENCE = 60.0
"""Seconds for the process to start and to answer."""


class Options(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the process is told."""

    reels: str  # the file with them; "": no film
    priority: bool = False  # take the core from whoever else wants it; needs root
    settings: dict[str, float] = {}


class Begun(msgspec.Struct):
    """What it says first."""

    url: str
    born: float  # frame 0, unix seconds
    due: float  # the same on the monotonic clock, which is one for all processes


class Facts(msgspec.Struct):
    """What it knows about itself."""

    viewers: int
    rooms: int
    tasks: int
    files: int  # open descriptors
    counts: dict[str, float]  # its metrics
    delays: dict[str, int]  # from when each frame was due to its last write, since the last question

    def more_than(self, before: Facts) -> list[str]:
        """What there is more of than before, in words."""
        return [
            f"{name}: {was} before, {now} now"
            for name in ("viewers", "rooms", "tasks", "files")
            if (now := getattr(self, name)) > (was := getattr(before, name))
        ]


class House:
    """The process, from outside."""

    def __init__(self, process: asyncio.subprocess.Process, begun: Begun, film: Film, reels_file: Path) -> None:
        self.process = process
        self.url = begun.url
        self.port = int(begun.url.rpartition(":")[2])
        self.due = begun.due
        self.film = film
        self.reels_file = reels_file

    def due_at(self, n: int) -> float:
        """When frame n is published, on the monotonic clock."""
        return self.due + n / FPS

    async def facts(self) -> Facts:
        """Ask it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"tell\n")
        async with asyncio.timeout(PATIENCE):
            return msgspec.json.decode(await self.process.stdout.readline(), type=Facts)


@contextlib.asynccontextmanager
async def open_house(
    reels: tuple[Reel, ...], *, priority: bool = False, core: int | None = None, **settings: float
) -> AsyncIterator[House]:
    """Start it, `core` is where it runs; end it with the context."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reels"
        await asyncio.to_thread(path.write_bytes, save(reels))
        options = Options(reels=str(path) if reels else "", priority=priority, settings=settings)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", f"from {__name__} import main; main()", msgspec.json.encode(options).decode(),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        try:
            async with asyncio.timeout(PATIENCE):
                begun = msgspec.json.decode(await process.stdout.readline(), type=Begun)
            yield House(process, begun, Film(reels, begun.born), path)
        finally:
            process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 15)
            if process.returncode is None:
                process.kill()
                await process.wait()


def hurry() -> None:
    """This thread, not those that it starts, goes before all that is not in a hurry. Needs root, and Linux."""
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))


# Inside


async def _project(bus: MemoryBus, film: Film, due: float) -> None:
    """Write the records of a film as its worker and its director do, each frame when it is due."""
    n = 0
    while True:
        await asyncio.sleep(max(0.0, due + n / FPS - time.monotonic()))
        init, chunk = film.init(n), film.chunk(n)
        if n % FRAMES == 0:
            directed = DirectorState(epoch=epoch(n), status="playing", prompt=f"wish {epoch(n)}", director="bench")
            await bus.publish(Record(DIRECTOR_STATE, "main", encode(directed)))
            await bus.publish(Record(VIDEO, "main", init.data, to_headers(init)))
        await bus.publish(Record(VIDEO, "main", chunk.data, to_headers(chunk)))
        worked = WorkerState(
            epoch=chunk.epoch, status="playing", seq=chunk.seq + 1, pts=chunk.pts + TICKS,
            generation=init.generation, init=init.data, media=init.media,
        )  # fmt: skip
        await bus.publish(Record(WORKER_STATE, "main", encode(worked)))
        n += 1


async def _serve(options: Options) -> None:
    bus = MemoryBus(max_partition_bytes=LOG_BYTES)
    service = BroadcasterService(bus, Settings(port=0, **options.settings))  # type: ignore[arg-type]
    delays = Delays()
    take, begun = service.hub.take, Begun("", 0.0, 0.0)

    def timed(record: Received) -> None:
        take(record)
        fields = dict(record.headers)
        if record.topic == VIDEO and "pts" in fields:
            delays.add(time.monotonic() - begun.due - int(fields["pts"]) / (TICKS * FPS))

    service.hub.take = timed  # type: ignore[method-assign]

    def facts() -> Facts:
        counts = {
            sample.name + "".join(f"/{value}" for value in sample.labels.values()): sample.value
            for family in REGISTRY.collect()
            for sample in family.samples
            if not sample.name.endswith("_bucket")
        }
        hub, told = service.hub, delays.plain()
        delays.steps.clear()
        files = len(os.listdir("/proc/self/fd"))
        return Facts(hub.viewers, len(hub.rooms), len(asyncio.all_tasks()), files, counts, told)

    loop = asyncio.get_running_loop()
    started: asyncio.Future[str] = loop.create_future()
    questions = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(service.run(started.set_result))
        begun.url = await started
        begun.born, begun.due = time.time() + 0.2, time.monotonic() + 0.2
        projecting = None
        if options.reels:
            film = Film(load(await asyncio.to_thread(Path(options.reels).read_bytes)), begun.born)
            projecting = tasks.create_task(_project(bus, film, begun.due))
        _say(begun)
        while await questions.readline():
            _say(facts())
        for task in (projecting, serving):
            if task is not None:
                task.cancel()


def _say(what: msgspec.Struct) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.flush()


def main() -> None:
    """The process."""
    options = msgspec.json.decode(sys.argv[1], type=Options)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.priority:
        hurry()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options))
