"""The child: makes the engine, and does what it is asked. `python -m engines.process.child SOCKET MEMORY COUNT BYTES`.

It ends when its parent does, whatever it is at.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from engines.base import MAX_SNAPSHOT, Engine, Session, Shot
from engines.errors import EngineError, NotDrawn, OutOfMemory

from .memory import Slots
from .messages import Alive, Answer, Close, Done, Failed, Kind, Open, Ready, Render, Request, Restore, Said, Start, Stop

log = logging.getLogger(__name__)

SNAPSHOT_EVERY = 1.0
"""Seconds from one snapshot of a session to the next; taking one waits for the device."""

_PR_SET_PDEATHSIG = 1


class Child:
    """`serve` until the parent says Stop."""

    def __init__(self, line: Connection, slots: Slots) -> None:
        self._line = line
        self._slots = slots
        self._sending = threading.Lock()
        self._sessions: dict[int, tuple[Session, Shot]] = {}
        self._told: dict[int, float] = {}  # when a session's snapshot was last handed over
        self._warned: set[int] = set()  # sessions of which it was said that their snapshot is missing

    def serve(self) -> None:
        start: Start = self._line.recv()
        logging.basicConfig(
            level=start.level, format="%(asctime)s %(levelname).1s %(name)s: %(message)s", datefmt="%H:%M:%S"
        )
        engine = self._made(start)
        if engine is None:
            return
        try:
            while not isinstance(request := self._line.recv(), Stop):
                self._tell(self._answer(engine, request, start))
        finally:
            engine.close()
            self._slots.close()

    def _tell(self, answer: Answer) -> None:
        with self._sending:
            self._line.send(answer)

    # Beginning

    def _made(self, start: Start) -> Engine | None:
        """The engine, ready; None when it cannot be, which the parent was told then."""
        with self._beating(start.beat):
            try:
                module, _, name = start.factory.partition(":")
                factory = getattr(importlib.import_module(module), name)
                engine: Engine = factory(_with_less(factory, start.options, start.smaller))
                engine.prepare(lambda words: self._tell(Said(words)))
            except Exception as error:
                self._tell(self._failure(error, start, "engine"))
                return None
        self._tell(Ready(engine.name, engine.backend))
        return engine

    @contextlib.contextmanager
    def _beating(self, seconds: float) -> Iterator[None]:
        """Say that this process is alive, from a thread beside what is being done."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(seconds):
                self._tell(Alive())

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    # Work

    def _answer(self, engine: Engine, request: Request, start: Start) -> Answer:
        # What nobody expected may stay: after an error of CUDA every call fails, for as long as the process lives.
        unexpected: Kind = "lost" if isinstance(request, Open | Render) else "frame"
        try:
            match request:
                case Open(session, shot, snapshot):
                    opened = engine.open(shot)
                    if snapshot:
                        opened.restore(snapshot)
                    self._sessions[session] = opened, shot
                case Restore(session, snapshot):
                    self._sessions[session][0].restore(snapshot)
                case Close(session):
                    closed, _ = self._sessions.pop(session)
                    self._told.pop(session, None)
                    self._warned.discard(session)
                    closed.close()
                case Render():
                    return Done(snapshots=self._render(engine, request), counts=dict(engine.counts()))
                case Stop():
                    pass
        except Exception as error:
            return self._failure(error, start, unexpected)
        return Done(dict(engine.counts()))

    def _render(self, engine: Engine, request: Render) -> dict[int, bytes]:
        jobs = [(self._sessions[session][0], spec) for session, spec in request.jobs]
        pictures = engine.render(jobs)
        if len(pictures) != len(jobs):
            raise NotDrawn(f"{engine.name} drew {len(pictures)} pictures for {len(jobs)} frames")
        for n, (picture, (session, _)) in enumerate(zip(pictures, request.jobs, strict=True)):
            shot = self._sessions[session][1]
            expected = shot.height, shot.width, 3
            if picture.shape != expected or picture.dtype != "uint8":
                raise NotDrawn(f"{engine.name} drew {picture.shape} {picture.dtype}, not {expected} uint8")
            self._slots.put(n, picture)
        return self._snapshots({session for session, _ in request.jobs})

    def _snapshots(self, drew: set[int]) -> dict[int, bytes]:
        now, taken = time.monotonic(), {}
        for number in drew:
            if now - self._told.get(number, -SNAPSHOT_EVERY) < SNAPSHOT_EVERY:
                continue
            self._told[number] = now
            session, shot = self._sessions[number]
            try:
                snapshot = session.snapshot()
            except Exception as error:
                if _memory_is_full(error):
                    raise
                self._warn(number, f"{shot.stream}: no snapshot: {type(error).__name__}: {error}")
                continue
            if len(snapshot) <= MAX_SNAPSHOT:
                taken[number] = snapshot
            else:
                self._warn(number, f"{shot.stream}: no snapshot: {len(snapshot)} bytes, at most {MAX_SNAPSHOT}")
        return taken

    def _warn(self, number: int, words: str) -> None:
        """Once a session, and not with every picture."""
        if number not in self._warned:
            self._warned.add(number)
            log.warning("%s", words.partition("\n")[0])

    def _failure(self, error: Exception, start: Start, otherwise: Kind) -> Failed:
        """What went wrong, in one line. What nobody expected goes into the log, with where it came from."""
        words = str(error).partition("\n")[0]
        if _memory_is_full(error):
            return Failed("memory", words or "out of memory", _can_do_with_less(start))
        if isinstance(error, EngineError):
            return Failed("engine", words)
        if isinstance(error, NotDrawn):
            return Failed("frame", words)
        log.error("the engine failed", exc_info=error)
        if isinstance(error, ValueError | TypeError) and otherwise == "lost":  # what it was given, not the device
            otherwise = "frame"
        return Failed(otherwise, f"{type(error).__name__}: {words}")


def _memory_is_full(error: Exception) -> bool:
    """Whatever raised it: torch has an error of its own, and CUDA and its libraries have words in any other."""
    if isinstance(error, OutOfMemory | MemoryError):
        return True
    if isinstance(error, EngineError | NotDrawn | ValueError | TypeError):
        return False
    # By name: this module must not import torch for an engine that does not.
    return type(error).__name__ == "OutOfMemoryError" or any(
        words in str(error).lower() for words in ("out of memory", "alloc_failed")
    )


def _with_less(factory: Any, options: Any, times: int) -> Any:
    """`options` after `times` of `factory.smaller`, where the engine offers that."""
    smaller: Callable[[Any], Any] = getattr(factory, "smaller", lambda same: same)
    for _ in range(times):
        options = smaller(options)
    return options


def _can_do_with_less(start: Start) -> bool:
    """Would it be given other options the next time?"""
    try:
        module, _, name = start.factory.partition(":")
        factory = getattr(importlib.import_module(module), name)
        now = _with_less(factory, start.options, start.smaller)
        return bool(_with_less(factory, now, 1) != now)
    except Exception as error:
        log.warning("%s does not say how to make do with less memory: %r", start.factory, error)
        return False


def _end_with_parent(line: Connection) -> None:
    """Kill this process, and all it started, once the parent is gone: its end of the line closes then."""
    if sys.platform == "linux":  # also while no thread of this process can run: a driver that holds the lock
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        watching = select.poll()
        watching.register(line.fileno(), 0)  # nothing but the hang-up, which needs no asking
        watching.poll()
        with contextlib.suppress(OSError):
            os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def main(arguments: list[str]) -> None:
    """What runs in the child."""
    # Ctrl-C, and what systemd sends to all of a service, is the parent's, who stops this process in order.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    line, memory, count, size = map(int, arguments)
    connection = Connection(line)
    _end_with_parent(connection)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone
        Child(connection, Slots(count, size, memory)).serve()
    # Nothing is left to be freed, and to take an interpreter with torch in it apart takes seconds.
    logging.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
