"""What a network takes and gives: pure data, the same for every backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DType = Literal["float16", "bfloat16", "float32", "int64"]

BUCKETS = (1, 2, 4, 8)
"""Batch sizes that networks are made ready for. More or fewer frames are drawn as several of them."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor of shape (rows * batch, *shape)."""

    name: str
    shape: tuple[int, ...]  # of one row
    dtype: DType
    rows: int = 1  # of this tensor per row of the batch: 2 for a bank that holds two frames for each


@dataclass(frozen=True, slots=True)
class NetworkSpec:
    """A network: `forward` takes `inputs` by position, in this order, and returns a tuple of `outputs`."""

    name: str  # "denoiser"
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    buckets: tuple[int, ...]  # ascending; an engine is made for all of them
    opset: int = 23  # ONNX; 21 where attention heads are wider than 256 (engines.md: no kernel of TensorRT's for 512)
    config: str = ""  # canonical JSON of what else decides the graph: architecture, layers of the bank
    weights: str = ""  # SHA-256 over the parameters
    code: str = ""  # SHA-256 over the source that decides the graph
    most: int = 0  # the largest batch that will be bound, for which buffers are allocated; 0: the last of `buckets`

    @property
    def largest(self) -> int:
        """Of the batches that will be bound."""
        return self.most or self.buckets[-1]

    @property
    def used(self) -> tuple[int, ...]:
        """The buckets up to the largest batch that will be bound."""
        return tuple(size for size in self.buckets if size <= self.largest)
