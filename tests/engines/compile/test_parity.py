"""The gate: an engine that does not give what torch gives is never used."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engines.compile.cache import Cache
from engines.compile.ort import OnnxBackend
from engines.compile.parity import LIMITS, compare, measure, reference, samples
from engines.compile.spec import DType, NetworkSpec, TensorSpec
from engines.compile.store import verify
from engines.compile.torch_backend import TorchBackend
from engines.errors import EngineError, OutOfMemory

HALF = TensorSpec("output", (1000,), "float16")


def noise(seed: int = 0) -> torch.Tensor:
    return torch.randn((2, 1000), generator=torch.Generator().manual_seed(seed))


def test_psnr_and_the_largest_difference_are_of_the_largest_value() -> None:
    expected = torch.tensor([[4.0, -1.0, 0.0, 2.0]])
    figure = compare(HALF, 1, expected, expected + torch.tensor([[0.0, 0.2, 0.0, 0.0]]))
    assert figure.max_abs == pytest.approx(0.2)
    assert figure.peak == 4.0
    assert figure.psnr == pytest.approx(20 * math.log10(4.0 / 0.1))
    assert str(figure) == "output at a batch of 1: max-abs 0.2 of 4, PSNR 32.0 dB"


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_rounding_to_the_type_passes_and_ten_times_the_limit_does_not(dtype: DType) -> None:
    expected, output = noise(), TensorSpec("output", (1000,), dtype)
    rounded = expected.to(getattr(torch, dtype)).float()
    assert compare(output, 2, expected, rounded).passed
    limit = 10 ** (-LIMITS[dtype].psnr / 20) * expected.abs().max()
    assert not compare(output, 2, expected, expected + 10 * limit * noise(1)).passed


def test_one_wrong_value_among_thousands_fails() -> None:
    # Its PSNR is high; the largest difference tells.
    expected = noise()
    found = expected.clone()
    found[1, 3] += 0.2 * expected.abs().max()
    figure = compare(HALF, 2, expected, found)
    assert figure.psnr > LIMITS["float16"].psnr
    assert not figure.passed


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_number_fails_even_where_torch_has_it_too(value: float) -> None:
    expected, broken = noise(), noise()
    broken[0, 5] = value
    assert not compare(HALF, 2, expected, broken).passed
    assert not compare(HALF, 2, broken, broken).passed


def test_a_network_that_gives_zeros_fails_against_one_that_does_not() -> None:
    assert not compare(HALF, 2, noise(), torch.zeros(2, 1000)).passed
    assert not compare(HALF, 2, torch.zeros(2, 1000), noise()).passed
    assert compare(HALF, 2, torch.zeros(2, 1000), torch.zeros(2, 1000)).passed


def test_samples_name_rows_and_tokens_that_exist_and_use_all_of_them() -> None:
    spec = NetworkSpec(
        "denoiser",
        inputs=(
            TensorSpec("sources", (64,), "int64"),
            TensorSpec("keys0", (4, 8), "float16", rows=2),
            TensorSpec("timestep", (), "float32"),
        ),
        outputs=(),
        buckets=(1, 4),
    )
    given = samples(spec, 4)
    assert given["sources"].unique().tolist() == list(range(12))  # 4 rows of the batch, 8 of the bank
    assert (given["keys0"].shape, given["keys0"].dtype) == ((8, 4, 8), torch.float16)
    assert 0 <= given["timestep"].min() <= given["timestep"].max() < 1000
    encoder = NetworkSpec(
        "text", (TensorSpec("ids", (77,), "int64"),), (), (1,), config=json.dumps({"vocab_size": 300})
    )
    assert 200 < samples(encoder, 1)["ids"].max() < 300
    assert torch.equal(samples(spec, 4)["keys0"], given["keys0"])  # the same at every run


def test_torch_against_itself_differs_nowhere(mixer: Callable[..., Any]) -> None:
    network = mixer()
    figures = measure(network.spec, network.module, TorchBackend("cpu").network(network.spec, network.module))
    assert [(figure.batch, figure.psnr, figure.passed) for figure in figures] == [
        (1, math.inf, True),
        (2, math.inf, True),
    ]


def test_torch_is_asked_without_tf32_which_is_as_it_was_afterwards() -> None:
    # cuDNN's is on in torch: a true float32 engine would fail against it.
    seen = []

    class Looking(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            seen.append((torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32))
            return (x,)

    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    assert before[0]
    reference(Looking(), {"x": torch.ones(1)})
    assert seen == [(False, False)]
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32) == before


def test_a_device_that_is_too_full_for_the_check_is_out_of_memory() -> None:
    class Large(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(OutOfMemory, match="no memory on cpu to check an engine against torch"):
        reference(Large(), {"x": torch.ones(1)})


def test_an_engine_of_other_weights_fails_and_is_not_used_again(mixer: Callable[..., Any], tmp_path: Path) -> None:
    # Given a graph of one network that is taken for another's
    cache, network, other = Cache(tmp_path), mixer(seed=1), mixer(seed=2)
    backend = OnnxBackend(cache, threads=1, say=lambda _: None)
    backend.network(network.spec, network.module)
    (entry,) = cache.entries()
    assert entry.sidecar is not None
    assert entry.sidecar.state == "verified"
    # when it is checked
    with pytest.raises(EngineError, match=r"mixer: the engine of onnxruntime does not give what torch gives \(y at a"):
        verify(other.spec, other.module, cache, entry, backend.load)
    # then it is marked, and refused with the figures, now and later
    (entry,) = cache.entries()
    assert entry.sidecar is not None
    assert entry.sidecar.state == "failed"
    with pytest.raises(EngineError, match=r"max-abs .* PSNR .* dB.* is not used; delete .*/mixer-\S+ to build it"):
        backend.network(network.spec, network.module)


def test_an_engine_that_gives_nan_is_refused(mixer: Callable[..., Any], tmp_path: Path) -> None:
    network = mixer()
    network.module.linear.weight.data[0, 0] = math.nan
    with pytest.raises(EngineError, match="max-abs nan"):
        OnnxBackend(Cache(tmp_path), threads=1).network(network.spec, network.module)
