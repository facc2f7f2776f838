"""Builds an engine in a process of its own (builder.py), and says what it is at."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engines.errors import EngineError

from .builder import MARK, Request
from .spec import NetworkSpec
from .target import Flavour, Target

LINES, WIDTH = 400, 2000
"""Of the builder's log that are kept, and characters of a line: TensorRT can be talkative for an hour."""

SHOWN = 3
"""Lines of it in an error."""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """How engines are built."""

    level: int = 3  # 0..5: how long TensorRT searches for faster kernels; 5 takes several times as long as 3
    workspace: int = 8 << 30  # bytes of scratch that a kernel may ask for
    timeout: float = 1800.0  # seconds for one network

    def flags(self, flavour: Flavour) -> str:
        """What of it goes into an engine's key."""
        if flavour == "onnxruntime":
            return ""
        said = f"optimisation level {self.level}, workspace {self.workspace >> 20} MiB, strongly typed, no TF32"
        return f"{said}, user allocation" if flavour == "tensorrt_rtx" else said


def build(
    spec: NetworkSpec,
    target: Target,
    onnx: Path,
    plan: Path,
    *,
    options: BuildOptions,
    timing: Path | None = None,
    say: Callable[[str], None],
    cancel: threading.Event | None = None,
) -> list[str]:
    """Write `plan`, built from the graph `onnx`; the builder's log. Raises EngineError."""
    request: Request = {
        "flavour": target.flavour,
        "onnx": str(onnx.absolute()),
        "plan": str(plan.absolute()),
        "timing": str(timing.absolute()) if timing else "",
        "inputs": [{"name": t.name, "shape": list(t.shape), "rows": t.rows} for t in spec.inputs],
        "buckets": list(spec.buckets),
        "level": options.level,
        "workspace": options.workspace,
        "capabilities": [] if target.gpu else list(target.capabilities),
    }
    asked = plan.with_suffix(".request.json")
    try:
        asked.write_text(json.dumps(request))
        with _Builder(spec.name, asked) as builder:
            builder.follow(say, time.monotonic() + options.timeout, options.timeout, cancel)
            return list(builder.log)
    except OSError as error:
        raise EngineError(f"{spec.name}: the builder cannot be started: {error}") from error
    finally:
        asked.unlink(missing_ok=True)


class _Builder:
    """The process, in a group of its own."""

    def __init__(self, network: str, request: Path) -> None:
        self.network = network
        self.log: deque[str] = deque(maxlen=LINES)
        self.stage = "starting"
        self.why = ""
        self.errno = 0
        home = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(each for each in (home, os.environ.get("PYTHONPATH", "")) if each)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "engines.compile.builder", str(request)],
            stdin=subprocess.PIPE,  # never written to; it ends with us
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": path},
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        assert self.process.stdout is not None
        threading.Thread(target=_pump, args=(self.process.stdout, self._lines), daemon=True).start()

    def __enter__(self) -> _Builder:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has ended, as it should
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()

    def follow(
        self, say: Callable[[str], None], deadline: float, timeout: float, cancel: threading.Event | None
    ) -> None:
        """Until it has written the engine."""
        while True:
            if cancel is not None and cancel.is_set():
                raise EngineError(f"{self.network}: the build was cancelled ({self.stage})")
            if time.monotonic() > deadline:
                raise EngineError(
                    f"{self.network}: the build took longer than {timeout:.0f} s ({self.stage}){self._last()};"
                    " a lower optimisation level is faster"
                )
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                continue
            if line is None:
                break
            if line and not self._heard(line, say):
                self.log.append(line)
        status = self.process.wait()
        if status or self.stage != "written":
            raise EngineError(f"{self.network}: {self._end(status)}{self._last()}")

    def _heard(self, line: str, say: Callable[[str], None]) -> bool:
        """Whether it was the builder's own word. TensorRT writes to the same pipe, also in the middle of a line."""
        if not line.startswith(MARK):
            return False
        try:
            self._take(json.loads(line.removeprefix(MARK)), say)
        except (ValueError, KeyError, TypeError):
            return False
        return True

    def _take(self, told: dict[str, Any], say: Callable[[str], None]) -> None:
        match told["stage"]:
            case "parsed":
                self.stage = "parsed"
                say(f"{self.network}: parsed, {told['layers']} layers")
            case "building":
                self.stage = f"building, {told['percent']} %"
                say(f"{self.network}: building {told['percent']} %")
            case "written":
                self.stage = "written"
                say(f"{self.network}: written, {told['bytes'] / 1e6:.1f} MB")
            case "failed":
                self.why, self.errno = told["why"], told.get("errno", 0)

    def _end(self, status: int) -> str:
        if self.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"no room left for the engine ({self.why}); make room, or choose another folder with --engine-cache"
        if self.why:
            return f"the engine cannot be built: {self.why}"
        if status >= 0:
            return f"the builder ended with status {status} ({self.stage})"
        name = signal.Signals(-status).name if -status in signal.Signals._value2member_map_ else str(-status)
        what = {
            "SIGKILL": "the system may have run out of memory; its log tells (dmesg)",
            "SIGSEGV": "TensorRT crashed on this graph; another release of it may not, --backend torch does without",
        }.get(name, "--backend torch does without TensorRT")
        return f"the builder was killed by {name} ({self.stage}); {what}"

    def _last(self) -> str:
        lines = [line for line in self.log if "[E]" in line][-SHOWN:] or list(self.log)[-SHOWN:]
        return f"; it last said: {' | '.join(line[:200] for line in lines)}" if lines else ""


def _pump(stream: IO[bytes], lines: queue.SimpleQueue[str | None]) -> None:
    with contextlib.suppress(ValueError, OSError):  # closed under us
        while part := stream.readline(WIDTH):
            lines.put(part.decode(errors="replace").rstrip())
    lines.put(None)
