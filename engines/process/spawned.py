"""A child process as its parent holds it: started, asked with a deadline each time, ended whatever happens."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from engines.errors import EngineError, NotDrawn

from .memory import Slots
from .messages import Answer, Done, Failed, Ready, Request, Said, Start, Stop

log = logging.getLogger(__name__)

_STALL = 10
"""Seconds within which the other side goes on with a message once begun."""

_BEGINNING = 10.0
"""Seconds for the system to make a process."""

_DYING = 10.0
"""Seconds for a process that was killed to be gone: it may be held up in a driver."""


class Lost(Exception):
    """The process is of no more use: it died, or said nothing for too long, and is ended."""


class Exhausted(Lost):
    """Its memory is used up."""

    def __init__(self, words: str, smaller: bool) -> None:
        super().__init__(words)
        self.smaller = smaller  # it can make do with less


class Spawned:
    """A Python of its own, in a session and process group of its own, so that all it starts ends with it."""

    def __init__(self, slots: Slots) -> None:
        """Raises `Lost` where no process can be started now."""
        self._lock = threading.Lock()  # between killing and reaping: a process id that was reaped may be another's
        self._process: subprocess.Popen[bytes] | None = None
        self._reaped = self._abandoned = False
        self._failure: Exception | None = None
        self._at = "start"
        try:
            self._line = self._started(slots)
        except (OSError, RuntimeError, MemoryError) as error:  # no file descriptor, no thread, no memory
            raise Lost(f"no process for the engine: {error}") from error

    def _started(self, slots: Slots) -> Connection:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "engines.process.child"]
        command += [str(n) for n in (theirs.fileno(), slots.fd, slots.count, slots.bytes_each)]
        begun = threading.Event()
        # The child asks to be killed when its parent dies, and by that Linux means the thread that started it
        # (prctl(2), PR_SET_PDEATHSIG): so a thread of its own does, and stays for as long as the child.
        self._keeper = threading.Thread(
            target=self._keep, args=(command, theirs, slots.fd, begun), name="engine keeper", daemon=True
        )
        with contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):  # `poll` waits for the first byte only
                ours.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _STALL, 0))
            try:
                self._keeper.start()
            except RuntimeError:
                theirs.close()
                raise
            if not begun.wait(_BEGINNING):
                with self._lock:
                    self._abandoned = True
                    self._kill_group()
                raise OSError(f"the system makes none within {_BEGINNING:.0f} s")
            if self._failure is not None:
                raise OSError(str(self._failure)) from self._failure
            undo.pop_all()
        return Connection(ours.detach())

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _keep(self, command: list[str], theirs: socket.socket, slots: int, begun: threading.Event) -> None:
        path = os.pathsep.join(each or os.getcwd() for each in sys.path)
        try:
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=2,  # what libraries print is no output of ours
                pass_fds=(theirs.fileno(), slots),
                start_new_session=True,
                # Threads of OpenMP that wait by turning round take the core from those that they wait for, where others
                # share the machine: 46 ms a frame became 2.4 s.
                env={"OMP_WAIT_POLICY": "PASSIVE"} | os.environ | {"PYTHONPATH": path},
            )
        except Exception as error:
            self._failure, self._reaped = error, True
            return
        finally:
            theirs.close()
            begun.set()
        with self._lock:
            if self._abandoned:  # nobody waited for it
                self._kill_group()
        if hasattr(os, "waitid"):  # not on macOS before Python 3.13
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                self._kill_group()  # what it had started, and left
        process.wait()
        with self._lock:
            self._reaped = True

    def _kill_group(self) -> None:
        if self._process is not None and not self._reaped:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, of a zombie
                os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End it now, from any thread: whoever waits for an answer gets `Lost`."""
        with self._lock:
            self._kill_group()

    def start(self, start: Start, say: Callable[[str], None], *, silence: float, limit: float) -> Ready:
        """Have it prepare: `limit` seconds in all, never `silence` of them without a sign of life.

        Raises EngineError with the child's own words, `Exhausted`, `Lost`.
        """
        until = time.monotonic() + limit
        self._send(start)
        while not isinstance(answer := self._receive(silence), Ready):
            if time.monotonic() > until:
                raise self._lost(f"was not ready within {limit:.0f} s")
            if isinstance(answer, Said):
                self._at = answer.words
                say(answer.words)
        self._at = ""
        return answer

    def ask(self, request: Request, limit: float) -> Done:
        """The answer, within `limit` seconds. Raises EngineError, NotDrawn, `Exhausted`, `Lost`."""
        until = time.monotonic() + limit
        self._send(request)
        while not isinstance(answer := self._receive(until - time.monotonic()), Done):
            pass
        return answer

    def _send(self, request: Request | Start) -> None:
        try:
            self._line.send(request)
        except OSError as error:
            raise self._lost(f"takes nothing: {error}") from error

    def _receive(self, limit: float) -> Answer:
        try:
            if not self._line.poll(max(0.0, limit)):
                raise self._lost(f"has said nothing for {limit:.0f} s")
            answer: Answer = self._line.recv()
        except (EOFError, OSError) as error:
            raise self._lost(f"broke off: {error or 'end of file'}") from error
        if not isinstance(answer, Failed):
            return answer
        if answer.kind == "memory":
            raise Exhausted(answer.words, answer.smaller)
        if answer.kind == "lost":
            self.kill()
            raise Lost(answer.words)
        raise (NotDrawn if answer.kind == "frame" else EngineError)(answer.words)

    def _lost(self, seen: str) -> Lost:
        """What became of it; it has ended afterwards."""
        self._keeper.join(0.5 if "broke off" in seen or "takes nothing" in seen else 0.0)
        at = f" (it was at: {self._at})" if self._at else ""
        if self._keeper.is_alive():
            self.kill()
            return Lost(f"the engine's process {seen}{at}")
        assert self._process is not None
        return Lost(f"the engine's process {_ended(self._process.returncode)}{at}")

    def stop(self, patience: float) -> None:
        """Let it end by itself within `patience` seconds, or be ended. It is gone afterwards, and all it started, but
        for what the system itself cannot end: that is left behind, with a word in the log."""
        if patience > 0:
            with contextlib.suppress(OSError):
                self._line.send(Stop())
            self._keeper.join(patience)
        self.kill()
        self._keeper.join(_DYING)
        if self._keeper.is_alive():
            log.error("the engine's process %d was killed and does not end: it is left behind", self.pid)
        self._line.close()


def _ended(status: int) -> str:
    """`was killed by SIGKILL …`, `ended with status 1`."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    reason = ": the machine may have no memory left" if -status == signal.SIGKILL else ""
    return f"was killed by {name}{reason}"
