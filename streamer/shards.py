"""`streamer broadcaster --processes N`: several broadcasters that share one port.

Each is a process of its own with its own reader of the bus and its own viewers; the kernel deals connections to them
(SO_REUSEPORT, socket(7)). The parent serves nothing: it holds the port, so that it stays ours while shards come and go,
starts them, and starts those again that end. What a shard needs comes to it by stdin, secrets included, which no list
of processes shows; stdin's end tells it that the parent is gone (shard.py). The idea of a parent that only watches is
gunicorn's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
from prometheus_client.multiprocess import mark_process_dead

from .broadcaster.service import listen
from .errors import UserError
from .messages import UNREADABLE
from .settings import Settings

log = logging.getLogger(__name__)

STEADY = 30.0
"""Seconds after which the end of a shard is an accident, and no habit."""

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 15.0
"""Seconds before a shard is started again; twice as many each time that it ended early."""

GIVE_UP = 5
"""Early ends in a row after which nobody starts it again, where no other shard serves either."""

STOP_DEADLINE = 20.0
"""Seconds for a shard to end in order: what the server, its viewers and the bus may take, and a bit."""

PATIENCE = 10.0
"""Seconds from word to word while not all shards are ready."""


class Restarts:
    """How soon a shard is started again (pure)."""

    def __init__(self) -> None:
        self.early = 0  # ends in a row that came too soon

    def ended(self, lived: float) -> float:
        """It ended after so many seconds. Returns the seconds to wait before the next start."""
        self.early = self.early + 1 if lived < STEADY else 0
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** max(0, self.early - 1))

    @property
    def hopeless(self) -> bool:
        """Does it end at once, whenever it is started?"""
        return self.early >= GIVE_UP


class News(msgspec.Struct, omit_defaults=True):
    """What a shard tells its parent, a line of JSON by stdout."""

    ready: str = ""  # the URL that it serves
    failed: str = ""  # what keeps it from serving, in words


decode_news = msgspec.json.Decoder(News).decode


@dataclass(frozen=True)
class End:
    """How a shard ended."""

    status: int  # its exit status, below 0: the signal that ended it
    words: str  # why, where it could say so

    def __str__(self) -> str:
        return self.words or (f"signal {-self.status}" if self.status < 0 else f"exit status {self.status}")


class Shards:
    """The shards of these settings."""

    def __init__(self, settings: Settings) -> None:
        if sys.platform != "linux":
            raise UserError("--processes needs Linux, whose kernel deals connections to processes that share a port")
        self._settings = settings
        self._restarts = [Restarts() for _ in range(settings.processes)]
        self._ready: dict[int, str] = {}  # the URL that each shard serves
        self._complete = asyncio.Event()  # every shard has been ready once

    async def run(self, started: Callable[[str], None] | None = None) -> None:
        """Serve until cancelled; `started` is called with the URL, once, when all shards are ready.

        Raises `UserError` when the port cannot be had, for what a shard says that keeps it from starting, and when
        shards end again and again and none is left.
        """
        with (
            reserved(self._settings) as settings,
            tempfile.TemporaryDirectory(prefix="streamer-metrics-", ignore_cleanup_errors=True) as folder,
        ):
            async with asyncio.TaskGroup() as tasks:
                for number in range(settings.processes):
                    tasks.create_task(self._keep(number, settings, folder), name=f"shard-{number}")
                tasks.create_task(self._announce(started), name="announce")

    async def _keep(self, number: int, settings: Settings, folder: str) -> None:
        """Start a shard, again and again."""
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            try:
                end = await self._live(number, settings, folder)
            finally:
                self._ready.pop(number, None)
                mark_process_dead(number, folder)  # type: ignore[no-untyped-call]  # its gauges; its counters go on with its successor
            pause = self._restarts[number].ended(clock() - begun)
            self._give_up(number, end)
            log.warning("shard %d ended (%s); it is started again in %.1f s", number, end, pause)
            await asyncio.sleep(pause)

    def _give_up(self, number: int, end: End) -> None:
        """Raises `UserError` when there is no use in starting shards again."""
        if not self._complete.is_set():
            if end.words:
                raise UserError(end.words)
            if self._restarts[number].hopeless:
                raise UserError(f"shard {number} ended {GIVE_UP} times while starting: {end}; its log says more")
        elif not self._ready and all(restarts.hopeless for restarts in self._restarts):
            raise UserError(f"all {len(self._restarts)} shards end as soon as they are started, at last: {end}")

    async def _live(self, number: int, settings: Settings, folder: str) -> End:
        """One life of a shard."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "streamer.shard", str(number),
            stdin=PIPE,
            stdout=PIPE,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": folder},
            start_new_session=True,  # Ctrl-C in the terminal is for the parent, which then ends all in order
        )  # fmt: skip
        words = ""
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(settings.model_dump_json().encode() + b"\n")
            async for line in process.stdout:
                try:
                    news = decode_news(line)
                except UNREADABLE:
                    log.info("shard %d: %s", number, line.decode(errors="replace").rstrip())
                    continue
                words = news.failed or words
                if news.ready:
                    self._now_ready(number, news.ready)
        except ValueError as error:  # a line longer than StreamReader keeps: the fault of this shard, not of all
            log.warning("shard %d does not speak as shards do: %s", number, error)
        finally:
            # Its output ends with it; when we are cancelled, it has to be told.
            status = await _ended(process)
        return End(status, words)

    def _now_ready(self, number: int, url: str) -> None:
        self._ready[number] = url
        if self._complete.is_set():
            log.info("shard %d is ready", number)
        elif len(self._ready) == len(self._restarts):
            self._complete.set()

    async def _announce(self, started: Callable[[str], None] | None) -> None:
        while not self._complete.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._complete.wait()
                    break
            log.info("%d of %d shards are ready", len(self._ready), len(self._restarts))
        url = next(iter(self._ready.values()))
        log.info("%d shards listen on %s", len(self._restarts), url)
        if started is not None:
            started(url)


@contextlib.contextmanager
def reserved(settings: Settings) -> Iterator[Settings]:
    """The same settings with the port that shards will share: it is ours as long as the context lasts, and 0 has become
    a number. Raises `UserError`."""
    if settings.port:
        # Shared ports are open to every process of this user: another system's broadcasters would take half of ours.
        listen(settings.host, settings.port).close()
    with listen(settings.host, settings.port, shared=True) as held:  # which does not listen: nobody is dealt to us
        # A stranger could listen beside one that is bound, reusable and silent.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        yield settings.model_copy(update={"port": held.getsockname()[1]})


async def _ended(process: Process) -> int:
    """Its exit status, however long it takes to end it: in order, if it can."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_DEADLINE):
            return await process.wait()
    except TimeoutError:
        log.warning("process %d does not end within %.0f s of being told to: killed", process.pid, STOP_DEADLINE)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
