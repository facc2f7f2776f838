"""The tensorrt backend: engines on an NVIDIA GPU.

Written after the bindings of tensorrt 11 and tensorrt_rtx 1.7; see docs/topics/compile.md for what was run.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engines.errors import EngineError, OutOfMemory

from .backend import Backend, Bound, Network
from .buffers import Buffers
from .build import BuildOptions
from .cache import Cache
from .spec import NetworkSpec
from .store import ready
from .target import best, here, imported, requirements

log = logging.getLogger(__name__)

TORCH = {
    "FLOAT": torch.float32,
    "HALF": torch.float16,
    "BF16": torch.bfloat16,
    "INT64": torch.int64,
    "INT32": torch.int32,
    "INT8": torch.int8,
    "UINT8": torch.uint8,
    "BOOL": torch.bool,
}
"""Names of trt.DataType. Not by trt.nptype, for numpy has no bfloat16."""


class TensorRTBound(Bound):
    """An execution context of one optimisation profile, its shapes and addresses set once."""

    def __init__(
        self, spec: NetworkSpec, context: Any, inputs: dict[str, torch.Tensor], outputs: dict[str, torch.Tensor]
    ) -> None:
        self.spec = spec
        self.inputs = inputs
        self.outputs = outputs
        self.context = context
        self._device = next(iter(inputs.values())).device

    def run(self) -> None:
        """On torch's current stream, which had better not be the default one: TensorRT then waits for the device."""
        if not self.context.execute_async_v3(torch.cuda.current_stream(self._device).cuda_stream):
            raise EngineError(f"{self.spec.name}: TensorRT could not enqueue the engine; its log says why")


class Scratch:
    """Memory that the engines of a backend work in, one after the other on one stream."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._lent: weakref.WeakSet[TensorRTBound] = weakref.WeakSet()
        self._held: list[torch.Tensor] = []  # the last is in use; CUDA graphs may still name the others

    def lend(self, bound: TensorRTBound, size: int) -> None:
        """At least `size` bytes, for as long as it lives. Where that takes a larger piece, all get that."""
        self._lent.add(bound)
        told = [bound]
        if not self._held or self._held[-1].numel() < size:
            try:
                self._held.append(torch.empty(max(size, 1 << 20), dtype=torch.uint8, device=self.device))
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(f"no {size / 1e6:.0f} MB on {self.device} for TensorRT to work in") from error
            told = list(self._lent)
        for each in told:
            each.context.set_device_memory(self._held[-1].data_ptr(), self._held[-1].numel())


class TensorRTNetwork(Network):
    def __init__(self, spec: NetworkSpec, trt: Any, engine: Any, scratch: Scratch) -> None:
        self.spec = spec
        self._trt = trt
        self._engine = engine
        self._scratch = scratch
        self._buffers = Buffers(spec, scratch.device)
        for tensor in (*spec.inputs, *spec.outputs):
            found = TORCH.get(engine.get_tensor_dtype(tensor.name).name)
            if found != getattr(torch, tensor.dtype):
                raise EngineError(f"{spec.name}: the engine's {tensor.name} is {found}, the spec says {tensor.dtype}")

    def bind(self, bucket: int, given: Mapping[str, torch.Tensor] | None = None) -> TensorRTBound:
        inputs, outputs = self._buffers.inputs(bucket, given), self._buffers.outputs(bucket)
        context = self._engine.create_execution_context(self._trt.ExecutionContextAllocationStrategy.USER_MANAGED)
        if context is None:
            raise EngineError(f"{self.spec.name}: TensorRT made no execution context; its log says why")
        bound = TensorRTBound(self.spec, context, inputs, outputs)
        self._scratch.lend(bound, self._engine.device_memory_size_v2)
        stream = torch.cuda.current_stream(self._scratch.device)
        done = [context.set_optimization_profile_async(self.spec.buckets.index(bucket), stream.cuda_stream)]
        stream.synchronize()  # what runs next may be on another stream
        done += [context.set_input_shape(name, tuple(tensor.shape)) for name, tensor in inputs.items()]
        done += [context.set_tensor_address(n, t.data_ptr()) for n, t in (*inputs.items(), *outputs.items())]
        if not all(done) or (unset := context.infer_shapes()):
            what = ", ".join(unset) if all(done) else "a profile, shape or address"
            raise EngineError(f"{self.spec.name}: TensorRT did not take {what} at a batch of {bucket}")
        return bound

    def close(self) -> None:
        self._buffers.clear()
        self._engine = None


class TensorRTBackend(Backend):
    """Engines from the cache, or built, checked and kept there first."""

    def __init__(
        self,
        cache: Cache,
        *,
        options: BuildOptions | None = None,
        say: Callable[[str], None] = log.info,
        cancel: threading.Event | None = None,
    ) -> None:
        if (missing := requirements("tensorrt")) is not None:
            raise missing
        self.target = here(best())
        self.device = torch.device("cuda", torch.cuda.current_device())
        version = ".".join(self.target.version.split(".")[:2])
        self.name = f"{self.target.flavour} {version} on {self.target.gpu}"
        self._cache, self._options, self._say, self._cancel = cache, options or BuildOptions(), say, cancel
        self._trt = imported(self.target.flavour)
        self._runtime = self._trt.Runtime(_logger(self._trt))
        self._scratch = Scratch(self.device)

    def network(self, spec: NetworkSpec, module: nn.Module) -> TensorRTNetwork:
        entry = ready(
            spec,
            module,
            self.target,
            self._cache,
            load=self.load,
            options=self._options,
            say=self._say,
            cancel=self._cancel,
        )
        return self.load(spec, entry.folder)

    def load(self, spec: NetworkSpec, folder: Path) -> TensorRTNetwork:
        engine = self._runtime.deserialize_cuda_engine((folder / "engine.plan").read_bytes())
        if engine is None:
            raise EngineError(f"{spec.name}: TensorRT cannot read {folder / 'engine.plan'}; its log says why")
        return TensorRTNetwork(spec, self._trt, engine, self._scratch)


def _logger(trt: Any) -> Any:
    levels = {"INTERNAL_ERROR": 40, "ERROR": 40, "WARNING": 30, "INFO": 10, "VERBOSE": 5}

    class Logger(trt.ILogger):  # type: ignore[misc]
        """TensorRT's words in our log. It is called from TensorRT's threads, and must not raise."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, msg: str) -> None:
            log.log(levels.get(severity.name, 30), "%s", msg)

    return Logger()
