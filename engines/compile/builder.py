"""The program that builds one engine: `python -m engines.compile.builder REQUEST.json`.

A process of its own, because TensorRT can crash, and then takes its process with it, and because it takes gigabytes.
Without torch, for the same reason. It tells how far it is in lines that begin with MARK; whatever else it, or TensorRT,
writes is log. It ends with its parent: when its standard input ends.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, TypedDict

MARK = "@streamer "

WHY = 1500
"""Bytes of a reason, as JSON: the parent reads lines of 2,000."""


USER_ALLOCATION = "REQUIRE_USER_ALLOCATION"
"""A flag of tensorrt_rtx. Without it a run may allocate, which none may while a CUDA graph is captured."""


class Input(TypedDict):
    """An input of the graph: (rows * batch, *shape)."""

    name: str
    shape: list[int]
    rows: int


class Request(TypedDict):
    """What to build. Paths are absolute."""

    flavour: str  # the module: tensorrt, tensorrt_rtx
    onnx: str
    plan: str  # to be written
    timing: str  # the timing cache; "": none
    inputs: list[Input]
    buckets: list[int]
    level: int  # of optimisation, 0..5
    workspace: int  # bytes
    capabilities: list[str]  # "sm_89", for tensorrt_rtx without a GPU; []: the GPU at hand


def tell(stage: str, **more: object) -> None:
    """One line to the parent."""
    print(MARK + json.dumps({"stage": stage, **more}), flush=True)


def shortened(why: str) -> str:
    """On one line of at most WHY bytes as JSON, where a letter may take twelve."""
    why = " ".join(why.split())
    while len(json.dumps(why)) > WHY:
        why = why[: len(why) * 3 // 4]
    return why


class Failed(Exception):
    """It cannot be built, and why."""


def build(request: Request) -> None:
    """Parse, build, write."""
    trt = importlib.import_module(request["flavour"])
    logger = trt.Logger(trt.Logger.INFO)
    builder = trt.Builder(logger)
    # TensorRT 10 needs the flag, 11 builds nothing else: the precision is that of the graph.
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(request["onnx"]):
        raise Failed(
            "; ".join(str(parser.get_error(n)).strip() for n in range(parser.num_errors)) or "it cannot be parsed"
        )
    tell("parsed", layers=network.num_layers)

    config = builder.create_builder_config()
    config.builder_optimization_level = request["level"]
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, request["workspace"])
    config.clear_flag(trt.BuilderFlag.TF32)  # float32 that is float32: who asks for it wants the figures of torch
    if request["flavour"] == "tensorrt_rtx" and hasattr(trt.BuilderFlag, USER_ALLOCATION):
        config.set_flag(getattr(trt.BuilderFlag, USER_ALLOCATION))
    for batch in request["buckets"]:
        config.add_optimization_profile(_profile(builder, request["inputs"], batch))
    if request["capabilities"]:
        config.num_compute_capabilities = len(request["capabilities"])
        for n, name in enumerate(request["capabilities"]):
            config.set_compute_capability(getattr(trt.ComputeCapability, name.replace("sm_", "SM")), n)
    monitor = _monitor(trt)
    config.progress_monitor = monitor
    if request["timing"]:
        _attach_timing(config, Path(request["timing"]))

    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise Failed("TensorRT gave no engine; its log says why")
    _write(Path(request["plan"]), memoryview(plan))
    if request["timing"]:
        _write(Path(request["timing"]), memoryview(config.get_timing_cache().serialize()))
    tell("written", bytes=plan.nbytes)


def _profile(builder: Any, inputs: list[Input], batch: int) -> Any:
    """One batch size and nothing else: static shapes are what TensorRT is fastest at."""
    profile = builder.create_optimization_profile()
    for each in inputs:
        shape = (each["rows"] * batch, *each["shape"])
        profile.set_shape(each["name"], shape, shape, shape)
    return profile


def _attach_timing(config: Any, path: Path) -> None:
    """What kernels took in earlier builds on this GPU, so that they are not measured again."""
    try:
        known = path.read_bytes()
    except OSError:
        known = b""
    if not config.set_timing_cache(config.create_timing_cache(known), False):  # of another driver: begin anew
        config.set_timing_cache(config.create_timing_cache(b""), False)


def _monitor(trt: Any) -> Any:
    class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
        """Percent of the outermost phase that has steps within; calls come from several threads."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.lock = threading.Lock()
            self.phases: dict[str, tuple[str | None, int, int]] = {}  # name → parent, steps, done
            self.percent = -1

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            with self.lock:
                self.phases[phase_name] = (parent_phase, num_steps, 0)

        def step_complete(self, phase_name: str, step: int) -> bool:
            with self.lock:
                if phase_name in self.phases:
                    parent, steps, _ = self.phases[phase_name]
                    self.phases[phase_name] = (parent, steps, step + 1)
                top = [name for name, (parent, _, _) in self.phases.items() if parent is None]
                percent = int(100 * self.share(top[0])) if top else 0
                if percent > self.percent:
                    self.percent = percent
                    tell("building", percent=percent)
            return True

        def phase_finish(self, phase_name: str) -> None:
            with self.lock:
                self.phases.pop(phase_name, None)

        def share(self, name: str) -> float:
            _, steps, done = self.phases[name]
            within = max((self.share(n) for n, (parent, _, _) in self.phases.items() if parent == name), default=0.0)
            return min(1.0, (done + within) / max(1, steps))

    return Monitor()


def _write(path: Path, content: memoryview) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> int:
    request: Request = json.loads(Path(sys.argv[1]).read_bytes())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        build(request)
    except Failed as error:
        tell("failed", why=shortened(str(error)))
        return 1
    except OSError as error:
        tell("failed", why=shortened(str(error)), errno=error.errno)
        return 1
    except Exception as error:  # of TensorRT's bindings; at an orderly end Python would abort over the other thread
        traceback.print_exc()
        tell("failed", why=shortened(f"{type(error).__name__}: {error}"))
        return 1
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # TensorRT's libraries have nothing to say at an orderly end, and may crash there
