"""Does an engine give what torch gives? A gate: one that does not is never used.

Compilers of networks do go wrong without a word; only the numbers tell (engines.md §3).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from engines.errors import OutOfMemory

from .backend import Bound, Network
from .buffers import torch_dtype
from .spec import DType, NetworkSpec, TensorSpec


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be between two ways to compute the same."""

    max_abs: float  # largest difference, as a part of the largest value that torch gives
    psnr: float  # dB, of that value over the root mean square difference


LIMITS: dict[DType, Limits] = {
    "float32": Limits(max_abs=1e-3, psnr=70.0),
    "float16": Limits(max_abs=3e-2, psnr=45.0),
    "bfloat16": Limits(max_abs=2e-1, psnr=28.0),
    "int64": Limits(max_abs=0.0, psnr=math.inf),
}
"""By the type of the output. float16 keeps 11 bits of a number, bfloat16 8, and a UNet adds up some hundred layers."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One output at one batch size."""

    output: str
    batch: int
    max_abs: float  # largest difference; nan where anything is not a number
    peak: float  # largest value that torch gives
    psnr: float  # dB; inf where nothing differs
    passed: bool

    def __str__(self) -> str:
        said = f"{self.output} at a batch of {self.batch}: max-abs {self.max_abs:.3g} of {self.peak:.3g}"
        return f"{said}, PSNR {self.psnr:.1f} dB"


def compare(output: TensorSpec, batch: int, expected: torch.Tensor, found: torch.Tensor) -> Figure:
    """`expected` is torch's. Anything that is not a finite number fails, on either side."""
    should, is_ = expected.detach().double().cpu(), found.detach().double().cpu()
    difference = is_ - should
    worst = difference.abs().max().item() if difference.numel() else 0.0
    peak = should.abs().max().item() if should.numel() else 0.0
    if not (math.isfinite(worst) and math.isfinite(peak)):
        return Figure(output.name, batch, math.nan, peak, math.nan, passed=False)
    rms = difference.square().mean().sqrt().item() if difference.numel() else 0.0
    psnr = math.inf if rms == 0 else 20 * math.log10(peak / rms) if peak else -math.inf
    limits = LIMITS[output.dtype]
    return Figure(output.name, batch, worst, peak, psnr, worst <= limits.max_abs * peak and psnr >= limits.psnr)


def measure(spec: NetworkSpec, module: nn.Module, network: Network, buckets: Sequence[int] = ()) -> list[Figure]:
    """Every output of `network` against `module` at `buckets` (none: all used), on the same random inputs."""
    figures: list[Figure] = []
    for bucket in buckets or spec.used:
        given = samples(spec, bucket)
        bound = network.bind(bucket)
        expected = reference(module, given)
        run(bound, given)
        figures += [
            compare(output, bucket, tensor, bound.outputs[output.name])
            for output, tensor in zip(spec.outputs, expected, strict=True)
        ]
    return figures


def reference(module: nn.Module, given: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """What torch gives, eager, on the device where the module is, without TF32."""
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    try:
        with torch.inference_mode(), _float32():
            made: tuple[torch.Tensor, ...] = module(*(tensor.to(device) for tensor in given.values()))
            return made
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"no memory on {device} to check an engine against torch") from error


@contextmanager
def _float32() -> Iterator[None]:
    """TF32 keeps 11 bits of a float32, and torch lets cuDNN use it: against that, a true float32 engine would fail."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    were = cudnn.allow_tf32, matmul.allow_tf32
    cudnn.allow_tf32 = matmul.allow_tf32 = False
    try:
        yield
    finally:
        cudnn.allow_tf32, matmul.allow_tf32 = were


def run(bound: Bound, given: Mapping[str, torch.Tensor]) -> None:
    """Once, with these inputs. What follows on the CPU waits for it, because it copies."""
    for name, tensor in given.items():
        bound.inputs[name].copy_(tensor)
    bound.run()


def samples(spec: NetworkSpec, bucket: int, seed: int = 0) -> dict[str, torch.Tensor]:
    """Random inputs on the CPU: numbers as noise has them, timesteps of a schedule, rows and tokens that exist."""
    chance = torch.Generator().manual_seed(seed)
    return {tensor.name: _sample(spec, tensor, bucket, chance) for tensor in spec.inputs}


def _sample(spec: NetworkSpec, tensor: TensorSpec, bucket: int, chance: torch.Generator) -> torch.Tensor:
    shape = (tensor.rows * bucket, *tensor.shape)
    if tensor.dtype == "int64":
        return torch.randint(0, _below(spec, bucket), shape, generator=chance)
    if tensor.name == "timestep":
        return torch.randint(0, 1000, shape, generator=chance).to(torch_dtype(tensor))
    return torch.randn(shape, generator=chance).to(torch_dtype(tensor))


def _below(spec: NetworkSpec, bucket: int) -> int:
    """Integers name tokens of a vocabulary, or rows: of the batch, and behind them those of the bank."""
    if "vocab_size" in spec.config:
        return int(json.loads(spec.config)["vocab_size"])
    banked = max((tensor.rows for tensor in spec.inputs if tensor.rows > 1), default=0)
    return bucket * (1 + banked)
