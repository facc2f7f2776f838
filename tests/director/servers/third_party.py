"""OpenAI-compatible servers that are not ours, each a process of its own on the loopback, with a tiny random model."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
from parts import missing

START = 90.0  # seconds: transformers reads 1 GB of libraries, on a cold disk
END = 10.0
TAIL = 4_000  # characters of its log that a failure shows

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ThirdParty:
    """A server as a process: `with` it runs. `start` after `kill` brings it back on the same port.

    `arguments` are Python's; "PORT" among them becomes a free one. Its output goes to a file in `folder`; what it said
    last is part of every complaint.
    """

    def __init__(self, folder: Path, *arguments: str, env: dict[str, str] | None = None) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{type(self).__name__}-{self.port}.log"
        self._arguments = [str(self.port) if argument == "PORT" else argument for argument in arguments]
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ThirdParty:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    def start(self) -> None:
        """Raises AssertionError, with its log, if it is not ready in time."""
        env = {**os.environ, "PYTHONUNBUFFERED": "1", **self._env}
        with self.log.open("ab") as log:
            command = [sys.executable, *self._arguments]
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=env)
        end = time.monotonic() + START
        try:
            while not self._ready():
                code = self._process.poll()
                assert code is None, f"it ended with {code}\n{self.said()}"
                assert time.monotonic() < end, f"not ready within {START:g} s\n{self.said()}"
                time.sleep(0.05)
        except BaseException:
            self.end()
            raise

    def end(self, number: int = signal.SIGTERM) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(END)
        self._process = None

    def kill(self) -> None:
        """kill -9."""
        self.end(signal.SIGKILL)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still, with all that it is doing; its connections stay as they are."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def connections(self) -> set[int]:
        """This process's connections to it, as their ports on this side."""
        open_ones = psutil.Process().net_connections("tcp4")
        return {c.laddr.port for c in open_ones if c.raddr and c.raddr.port == self.port and c.status == "ESTABLISHED"}

    def said(self) -> str:
        """The end of its log."""
        return f"--- {self.log}\n" + self.log.read_text(errors="replace")[-TAIL:]

    def get(self, path: str) -> Any:
        """The JSON that GET answers."""
        with _DIRECT.open(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def _ready(self) -> bool:
        try:
            self.get("/health")
        except OSError:  # refused, or a status above 400
            return False
        return True


class LlamaCpp(ThirdParty):
    """llama.cpp's server, with two slots. It takes any model's name."""

    def __init__(self, folder: Path, model: Path) -> None:
        super().__init__(folder, str(Path(__file__).with_name("llama_cpp_process.py")), str(model), "PORT")

    def busy(self) -> set[int]:
        """The ids of the tasks that it is generating."""
        return {slot["id_task"] for slot in self.get("/slots") if slot["is_processing"]}


class TransformersServe(ThirdParty):
    """`transformers serve` on the CPU, pinned to the model in a folder, whose path is the model's name."""

    def __init__(self, folder: Path, model: Path) -> None:
        super().__init__(
            folder,
            *("-m", "transformers.cli.transformers", "serve", "--host", "127.0.0.1", "--port", "PORT"),
            *("--device", "cpu", str(model)),
            env={  # nothing is asked of the world outside, and the GPU is left to others
                "HF_HUB_OFFLINE": "1",
                "HF_HUB_DISABLE_UPDATE_CHECK": "1",
                "HF_HOME": str(folder / "huggingface"),
                "CUDA_VISIBLE_DEVICES": "",
                "OMP_NUM_THREADS": "1",
            },
        )
        self.model = str(model)


def wanted(part: str, *modules: str) -> None:
    """Skip, or fail where `part` is required, unless all `modules` are installed."""
    if absent := [module for module in modules if find_spec(module) is None]:
        missing(part, f"{', '.join(absent)} not installed; pip install '.[servers]'")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
