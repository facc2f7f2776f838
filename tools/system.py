"""The running system as operating system processes, for tests, benches and pictures: start, kill -9, start again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class Process:
    """One `streamer` process; its output is read as it comes, the last 400 lines are kept."""

    def __init__(self, name: str, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.name = name
        self.arguments = arguments
        self.lines: deque[str] = deque(maxlen=400)
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "streamer", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line.rstrip())

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def said(self, pattern: str, seconds: float = 90.0) -> re.Match[str]:
        """The first line that matches, once it is there. Raises AssertionError with what was said instead."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended = not self.alive
            if ended:
                self._reader.join(2)
            for line in list(self.lines):
                if match := re.search(pattern, line):
                    return match
            if ended:
                break
            time.sleep(0.02)
        raise AssertionError(f"{self.name} (exit {self.popen.poll()}) never said {pattern!r}:\n" + self.tail())

    def tail(self, count: int = 40) -> str:
        """The last lines of its output."""
        return "\n".join(list(self.lines)[-count:])

    def send(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.alive:
            self.popen.send_signal(number)

    def end(self, number: int = signal.SIGTERM, seconds: float = 15.0) -> int:
        """Signal it and wait; killed at the deadline. Returns the exit status."""
        self.send(number)
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait(5)


class System:
    """A set of named services that share a bus."""

    def __init__(self, *common: str, env: dict[str, str] | None = None) -> None:
        self.common = common
        self.env = env or {}
        self.services: dict[str, Process] = {}
        self.url = ""

    def start(self, name: str, command: str, *arguments: str) -> Process:
        """Start (again) the service `name`; a broadcaster or `up` is waited for, until its page is there."""
        if name in self.services:
            self.services[name].end(signal.SIGKILL)
        process = Process(name, command, *self.common, *arguments, env=self.env)
        self.services[name] = process
        if command in ("up", "broadcaster"):
            self.url = process.said(r"(http://\S+)").group(1).rstrip("/")
            self.wait("/readyz", lambda _: True)
        return process

    def again(self, name: str) -> Process:
        """Start a service as it was started before."""
        command, *rest = self.services[name].arguments
        return self.start(name, command, *rest[len(self.common) :])

    def kill(self, name: str) -> None:
        """kill -9."""
        self.services[name].end(signal.SIGKILL)

    def get(self, path: str) -> Any:
        """The JSON that GET answers."""
        return self._json(urllib.request.Request(self.url + path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that POST answers."""
        data = json.dumps(body).encode()
        return self._json(
            urllib.request.Request(self.url + path, data=data, headers={"content-type": "application/json"})
        )

    def _json(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def wait(self, path: str, holds: Callable[[Any], bool], seconds: float = 90.0) -> Any:
        """GET until `holds(answer)`; returns that answer. Raises AssertionError with the last one."""
        deadline = time.monotonic() + seconds
        answer: Any = None
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                answer = self.get(path)
                if holds(answer):
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"GET {path} stayed at {answer}\n" + self.report())

    def report(self) -> str:
        """What every service said last."""
        return "\n".join(f"--- {name}\n{process.tail(25)}" for name, process in self.services.items())

    def close(self) -> None:
        """End every service in order."""
        for process in self.services.values():
            process.send(signal.SIGTERM)
        for process in self.services.values():
            process.end()


@contextlib.contextmanager
def running(*common: str, env: dict[str, str] | None = None) -> Iterator[System]:
    """A System that is ended with the context."""
    system = System(*common, env=env)
    try:
        yield system
    finally:
        system.close()
