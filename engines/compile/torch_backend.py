"""The torch backend: eager on the CPU and on Apple's GPUs, compiled on NVIDIA's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import nn

from engines.errors import EngineError, OutOfMemory

from .backend import Backend, Bound, Network
from .buffers import Buffers
from .spec import NetworkSpec

MODE = "max-autotune-no-cudagraphs"
"""Of torch.compile. Its own CUDA graphs would end at each network; ours (graph.py) hold the whole frame step."""

GRAPHS = 256
"""That may be compiled of one class of network in a process."""

Forward = Callable[..., tuple[torch.Tensor, ...]]


class TorchBound(Bound):
    """`forward` with its buffers; what it returns is copied into those of the outputs."""

    def __init__(
        self, spec: NetworkSpec, forward: Forward, inputs: dict[str, torch.Tensor], outputs: dict[str, torch.Tensor]
    ) -> None:
        self.spec = spec
        self.inputs = inputs
        self.outputs = outputs
        self._forward = forward

    def run(self) -> None:
        with torch.inference_mode():
            try:
                made = self._forward(*self.inputs.values())
                for buffer, tensor in zip(self.outputs.values(), made, strict=True):
                    buffer.copy_(tensor)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(f"{self.spec.name}: {first_line(error)}") from error


class TorchNetwork(Network):
    def __init__(self, spec: NetworkSpec, forward: Forward, device: torch.device, *, warm: bool) -> None:
        self.spec = spec
        self._forward = forward
        self._buffers = Buffers(spec, device)
        self._warm = warm

    def bind(self, bucket: int, given: Mapping[str, torch.Tensor] | None = None) -> TorchBound:
        inputs = self._buffers.inputs(bucket, given)
        bound = TorchBound(self.spec, self._forward, inputs, self._buffers.outputs(bucket))
        if self._warm:  # compiled by the first run of each bucket: now, not in the middle of a film
            try:
                bound.run()
            except EngineError:
                raise
            except Exception as error:
                why = first_line(error.__cause__ or error)
                raise EngineError(
                    f"{self.spec.name}: torch.compile failed at a batch of {bucket}: {why}"
                    " (it needs triton and a C compiler)"
                ) from error
        return bound

    def close(self) -> None:
        self._buffers.clear()


class TorchBackend(Backend):
    """On `device`. Compiled where that is worth its minutes: on CUDA."""

    def __init__(self, device: torch.device | str, *, compiled: bool | None = None) -> None:
        """`compiled`: None for what is best on the device."""
        self.device = torch.device(device)
        self.compiled = self.device.type == "cuda" if compiled is None else compiled
        where = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        version = ".".join(torch.__version__.split(".")[:2])
        self.name = f"torch {version} {'compiled' if self.compiled else 'eager'} on {where}"

    def network(self, spec: NetworkSpec, module: nn.Module) -> TorchNetwork:
        if self.device.type == "cuda":
            # Tensor cores read convolutions with channels last; said here once, they are not turned at every run.
            module.to(memory_format=torch.channels_last)
        forward: Forward = module
        if self.compiled:
            # torch counts graphs by their code, not by module, and stops at 8: as many as SDXL's text encoders have.
            torch._dynamo.config.recompile_limit = max(GRAPHS, torch._dynamo.config.recompile_limit)
            # A graph for each bucket, and fullgraph: a piece that cannot be compiled is an error, not a slow frame.
            forward = torch.compile(module, mode=MODE, dynamic=False, fullgraph=True)
        return TorchNetwork(spec, forward, self.device, warm=self.compiled)


def first_line(error: BaseException) -> str:
    """Of a message, or the error's name where it has none."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
