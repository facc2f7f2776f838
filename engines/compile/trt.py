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
from .store import PLAN, ready
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


class Contexts:
    """How execution contexts are made: their scratch is ours. tensorrt_rtx compiles its kernels at load: all of them
    then, none in the middle of a film, and what one network has compiled the others find."""

    def __init__(self, trt: Any) -> None:
        self._own = trt.ExecutionContextAllocationStrategy.USER_MANAGED
        self._when = getattr(trt, "DynamicShapesKernelSpecializationStrategy", None)  # of tensorrt_rtx only
        self._compiled: Any = None  # trt.IRuntimeCache

    def of(self, engine: Any) -> Any:
        """A context, None where TensorRT makes none."""
        if self._when is None:
            return engine.create_execution_context(self._own)
        config = engine.create_runtime_config()
        config.set_execution_context_allocation_strategy(self._own)
        config.dynamic_shapes_kernel_specialization_strategy = self._when.EAGER
        if self._compiled is None:
            self._compiled = config.create_runtime_cache()
        config.set_runtime_cache(self._compiled)
        return engine.create_execution_context(config)


def refused(what: str, needed: int, free: int) -> EngineError:
    """Of what TensorRT gave None for: OutOfMemory where fewer bytes are free than it takes."""
    if free < needed:
        return OutOfMemory(f"{what}: it takes {needed / 1e6:.0f} MB and {free / 1e6:.0f} MB of the GPU are free")
    return EngineError(f"{what}; its log says why")


class TensorRTNetwork(Network):
    def __init__(self, spec: NetworkSpec, engine: Any, scratch: Scratch, contexts: Contexts) -> None:
        self.spec = spec
        self._engine = engine
        self._scratch = scratch
        self._contexts = contexts
        self._buffers = Buffers(spec, scratch.device)
        for tensor in (*spec.inputs, *spec.outputs):
            found = TORCH.get(engine.get_tensor_dtype(tensor.name).name)
            if found != getattr(torch, tensor.dtype):
                raise EngineError(f"{spec.name}: the engine's {tensor.name} is {found}, the spec says {tensor.dtype}")

    def bind(self, bucket: int, given: Mapping[str, torch.Tensor] | None = None) -> TensorRTBound:
        inputs, outputs = self._buffers.inputs(bucket, given), self._buffers.outputs(bucket)
        profile = self.spec.buckets.index(bucket)
        # Of the largest that is used, whatever is bound first: a piece that proves too small cannot be given back.
        needed = max(self._engine.get_device_memory_size_for_profile_v2(n) for n in range(len(self.spec.used)))
        context = self._contexts.of(self._engine)
        if context is None:
            free = _free(self._scratch.device)
            raise refused(f"{self.spec.name}: TensorRT made no execution context", needed, free)
        bound = TensorRTBound(self.spec, context, inputs, outputs)
        stream = torch.cuda.current_stream(self._scratch.device)
        done = [context.set_optimization_profile_async(profile, stream.cuda_stream)]
        stream.synchronize()  # what runs next may be on another stream
        self._scratch.lend(bound, needed)
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
        self._contexts = Contexts(self._trt)

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
        file = folder / PLAN
        try:
            plan = file.read_bytes()
        except OSError as error:
            raise EngineError(f"{spec.name}: the engine cannot be read: {error}") from error
        engine = self._runtime.deserialize_cuda_engine(plan)
        if engine is None:
            raise refused(f"{spec.name}: TensorRT cannot read {file}", len(plan), _free(self.device))
        return TensorRTNetwork(spec, engine, self._scratch, self._contexts)


def _free(device: torch.device) -> int:
    """Bytes of the GPU that TensorRT could have."""
    torch.cuda.empty_cache()
    return int(torch.cuda.mem_get_info(device)[0])


def _logger(trt: Any) -> Any:
    levels = {"INTERNAL_ERROR": 40, "ERROR": 40, "WARNING": 30, "INFO": 10, "VERBOSE": 5}

    class Logger(trt.ILogger):  # type: ignore[misc]
        """TensorRT's words in our log. It is called from TensorRT's threads, and must not raise."""

        def __init__(self) -> None:
            trt.ILogger.__init__(self)

        def log(self, severity: Any, msg: str) -> None:
            log.log(levels.get(severity.name, 30), "%s", msg)

    return Logger()
