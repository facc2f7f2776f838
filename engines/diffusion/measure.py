"""How fast a diffusion engine is here: per batch size, against its bare networks and against what the GPU could do.

The floor is the operations of a frame over what the GPU does in large matrix products. Overhead is what
everything but the networks adds to them; both are timed in turns, so that a busy machine slows both.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from engines.base import Box, Figure, FrameSpec, Setting, Shot, View
from engines.compile.buffers import torch_dtype

from .engine import DiffusionEngine
from .options import DiffusionOptions
from .parts import Part
from .session import DiffusionSession

PEAK = {"H100": 790.0, "H200": 790.0}
"""TFLOP/s of large dense bf16 products, as measured on an H100 (not the data sheet's 989); an H200 computes alike."""


@dataclass(frozen=True, slots=True)
class Line:
    """One batch size. Milliseconds are a frame's."""

    batch: int
    p50: float  # the frame step: from noise to bytes on the host
    p99: float
    bare: float  # median of its networks alone
    overhead: float  # of the step over its networks, median of pairs: 0.03 is 3 %

    @property
    def rate(self) -> float:
        """Frames per second."""
        return 1e3 / self.p50


@dataclass(slots=True)
class Figures:
    """What was measured, and on what."""

    engine: str
    backend: str
    machine: str
    setting: str  # size, steps, precision, methods
    gflop: dict[str, float]  # network → GFLOP of one run for one frame or prompt
    frame: float  # GFLOP of a frame
    peak: float | None  # TFLOP/s
    lines: list[Line] = field(default_factory=list)
    text: dict[int, float] = field(default_factory=dict)  # prompts at once → ms each

    def report(self) -> str:
        """As a table."""
        each = ", ".join(f"{name} {value:,.4g}" for name, value in self.gflop.items())
        told = [
            f"{self.engine}, {self.backend}",
            self.machine,
            self.setting,
            f"GFLOP: {each}; a frame {self.frame:,.4g}",
        ]
        if self.peak:
            told.append(f"floor {self.frame / self.peak:.2f} ms a frame at {self.peak:.0f} TFLOP/s")
        told += ["", "batch   ms a frame: p50    p99   networks  overhead   frames/s   TFLOP/s   of the floor"]
        for line in self.lines:
            speed = self.frame / line.p50  # GFLOP/ms = TFLOP/s
            floor = f"{speed / self.peak:9.0%}" if self.peak else "        -"
            told.append(
                f"{line.batch:5}   {line.p50:15.2f} {line.p99:6.2f} {line.bare:10.2f} {line.overhead:9.1%} "
                f"{line.rate:10.1f} {speed:9.3g}      {floor}"
            )
        told += ["", *(f"text: {count} new prompts at once, {ms:.2f} ms each" for count, ms in self.text.items())]
        return "\n".join(told)


def measure(options: DiffusionOptions, say: Callable[[str], None], *, rounds: int = 30) -> Figures:
    """Prepare an engine and time it, `rounds` times each. Raises EngineError."""
    engine = DiffusionEngine(options)
    engine.prepare(say)
    try:
        figures = _described(engine)
        for batch in options.buckets:
            say(f"timing batches of {batch}")
            figures.lines.append(_timed(engine, batch, rounds))
        for count in (1, 8):
            figures.text[count] = _text(engine, count, max(3, rounds // 5))
        return figures
    finally:
        engine.close()


def _described(engine: DiffusionEngine) -> Figures:
    sampling, options, device = engine.sampling, engine.options, engine.device
    gflop = {part.spec.name: operations(part) / 1e9 for part in engine.parts}
    steps = len(sampling.whole.steps)
    frame = gflop["denoiser"] * steps * sampling.branches + gflop["decoder"]
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    peak = next((value for name, value in PEAK.items() if name in gpu), None)
    return Figures(
        engine=engine.name,
        backend=engine.backend,
        machine=", ".join(_machine(device, gpu)),
        setting=f"{options.width}x{options.height}, {steps} step{'s' * (steps > 1)}, guidance "
        f"{sampling.guidance:g}, {engine.dtype}, coherence {' '.join(sampling.methods.names) or 'off'}",
        gflop=gflop,
        frame=frame,
        peak=peak,
    )


def _machine(device: torch.device, gpu: str) -> Iterator[str]:
    yield f"torch {torch.__version__}"
    if gpu:
        yield f"CUDA {torch.version.cuda}"
        yield gpu
    else:
        yield f"{platform.machine()}, {torch.get_num_threads()} threads"


def operations(part: Part) -> float:
    """Floating point operations of one row of a network: one run of it is counted, attention taken apart."""
    device = next(part.module.parameters()).device
    inputs = [
        torch.zeros((each.rows, *each.shape), dtype=torch_dtype(each), device=device) for each in part.spec.inputs
    ]
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        part.module(*inputs)
    return float(counter.get_total_flops())


def _spec(n: int) -> FrameSpec:
    """Frame n of a film in motion: words on their way, a camera that pans, a figure that walks."""
    return FrameSpec(
        t=n / 24,
        text="a red fox runs through a snowy forest at sunset",
        previous_text="a red fox sleeps under a tree in a snowy forest",
        mix=(n % 48) / 48,
        setting=Setting(),
        previous_setting=Setting(),
        figures=(Figure("fox", "fox", "red", "running", Box(0.1 + 0.01 * (n % 48), 0.5, 0.3, 0.3)),),
        view=View(x=0.002 * n),
        seed=1,
        shot=0,
    )


def _timed(engine: DiffusionEngine, batch: int, rounds: int) -> Line:
    """Batches of as many films, one frame each, as a worker with as many streams would ask for them."""
    films = [engine.open(Shot(f"bench-{n}", engine.options.width, engine.options.height)) for n in range(batch)]
    wait = _waiting(engine.device)
    whole, bare = [], []
    try:
        for n in range(rounds + 3):
            jobs: list[tuple[Any, FrameSpec]] = [(film, _spec(n)) for film in films]
            wait()
            began = time.perf_counter()
            engine.networks_alone(batch)
            wait()
            middle = time.perf_counter()
            engine.render(jobs)
            wait()
            ended = time.perf_counter()
            if n >= 3:
                bare.append((middle - began) / batch * 1e3)
                whole.append((ended - middle) / batch * 1e3)
    finally:
        _close(films)
    overhead = statistics.median(w / b - 1 for w, b in zip(whole, bare, strict=True))
    ordered = sorted(whole)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))]
    return Line(batch, statistics.median(whole), p99, statistics.median(bare), overhead)


def _waiting(device: torch.device) -> Callable[[], None]:
    """Waits for the device; on the CPU everything is done when it returns."""
    return torch.cuda.synchronize if device.type == "cuda" else lambda: None


def _close(films: list[DiffusionSession]) -> None:
    for film in films:
        film.close()


def _text(engine: DiffusionEngine, count: int, rounds: int) -> float:
    """Milliseconds for each of `count` prompts that are new."""
    wait = _waiting(engine.device)
    told = []
    for n in range(rounds):
        texts = [f"a fox number {n} {k} {count}" for k in range(count)]
        wait()
        began = time.perf_counter()
        engine.encode(texts)
        wait()
        told.append((time.perf_counter() - began) / count * 1e3)
    return statistics.median(told)
