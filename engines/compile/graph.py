"""The whole frame step as one CUDA graph: some thousand launches become one.

Not run by our tests on a GPU (they have none); see docs/topics/compile.md.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import torch

from engines.errors import EngineError, OutOfMemory

log = logging.getLogger(__name__)

WARM_UPS = 2
"""Runs before a capture: the first allocates and tunes, the second finds all of that done."""


class Captured:
    """`work` of fixed shapes and addresses, replayed as a CUDA graph; plain calls where that cannot be.

    `work` only enqueues: it does not wait for the device, reads no values, and goes by nothing that changes in Python.
    `prepare` runs it WARM_UPS times and once more for nothing (a capture does not execute), so whatever it keeps from
    call to call must be set anew after that.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        self.reason: str | None = None if device.type == "cuda" else f"no CUDA graphs on {device.type}"
        self._work = work
        self._device = device
        self._graph: torch.cuda.CUDAGraph | None = None

    def prepare(self) -> None:
        """Warm up and capture. Does nothing where that is done, or was tried and failed. Raises OutOfMemory: plain
        calls would need the same memory."""
        if self._graph is not None or self.reason is not None:
            return
        try:
            self._graph = self._capture()
        except (RuntimeError, EngineError) as error:
            if _full(error):
                raise OutOfMemory(f"no memory on {self._device} to capture a CUDA graph: {_words(error)}") from error
            self._give_up("capture", error)

    def __call__(self) -> None:
        """Enqueue on the current stream."""
        self.prepare()
        if self._graph is not None:
            try:
                self._graph.replay()
                return
            except (RuntimeError, EngineError) as error:
                self._give_up("replay", error)
        self._work()

    def _capture(self) -> torch.cuda.CUDAGraph:
        here = torch.cuda.current_stream(self._device)
        aside = _side(self._device)  # warmed up on the stream of the capture: cuBLAS keeps scratch for each
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self._work()
        here.wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # thread_local: another thread may meanwhile wait for its copies, which a global capture would forbid.
        with torch.cuda.graph(graph, stream=aside, capture_error_mode="thread_local"):
            self._work()
        return graph

    def _give_up(self, what: str, error: Exception) -> None:
        self._graph = None
        self.reason = f"{what} failed: {_words(error)}"
        log.warning("CUDA graph given up, plain calls from here on: %s", self.reason)


def _full(error: BaseException | None) -> bool:
    """Whether memory ran out: the end of a capture that was broken off raises an error of its own, after that one."""
    while error is not None:
        if isinstance(error, torch.OutOfMemoryError | OutOfMemory):
            return True
        error = error.__cause__ or error.__context__
    return False


def _words(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


@functools.cache
def _side(device: torch.device) -> torch.cuda.Stream:
    """One for all captures: scratch that libraries keep for each stream is then kept once."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
