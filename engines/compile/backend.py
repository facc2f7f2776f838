"""What every backend offers: a network, bound to buffers once, that then only runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import nn

from .spec import NetworkSpec


class Bound(ABC):
    """A network at one batch size with its buffers.

    Write into `inputs` (fixed addresses, (rows * bucket, *shape) each), `run`, read `outputs`. The next run overwrites
    what the last one gave.
    """

    inputs: dict[str, torch.Tensor]
    outputs: dict[str, torch.Tensor]

    @abstractmethod
    def run(self) -> None:
        """Enqueue on the current stream; does not wait for the device."""


class Network(ABC):
    """A network on a backend."""

    spec: NetworkSpec

    @abstractmethod
    def bind(self, bucket: int, given: Mapping[str, torch.Tensor] | None = None) -> Bound:
        """At a batch size of `spec.used`. `given` are buffers for some of the inputs, the others are allocated:
        so that one network's output can be the next one's input, and two steps can have a bank each."""

    def close(self) -> None:
        """Free what it holds; what was bound is void afterwards."""
        return


class Backend(ABC):
    """Where networks run. Nothing falls back in silence: a backend that cannot run raises EngineError."""

    name: str  # "torch", "tensorrt", "onnxruntime"; with what it runs on: "tensorrt 11.4 on H200"

    @abstractmethod
    def network(self, spec: NetworkSpec, module: nn.Module) -> Network:
        """Make `module` (in eval mode, on its device, in its dtype) ready. May take minutes."""
