"""The torch backend: buffers that stay where they are, and what runs is what it says."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from engines.compile.buffers import Buffers
from engines.compile.graph import Captured
from engines.compile.parity import reference, run, samples
from engines.compile.spec import NetworkSpec, TensorSpec
from engines.compile.torch_backend import TorchBackend
from engines.errors import EngineError, OutOfMemory

SPEC = NetworkSpec(
    "denoiser",
    inputs=(TensorSpec("sample", (4, 8), "float32"), TensorSpec("keys0", (16, 8), "float16", rows=2)),
    outputs=(TensorSpec("output", (4, 8), "float32"),),
    buckets=(1, 2, 4),
)


def test_it_says_what_runs() -> None:
    version = ".".join(torch.__version__.split(".")[:2])
    assert TorchBackend("cpu").name == f"torch {version} eager on cpu"
    assert TorchBackend("cpu", compiled=True).name == f"torch {version} compiled on cpu"


def test_every_batch_size_gives_what_the_module_gives(mixer: Callable[..., Any]) -> None:
    network = mixer(buckets=(1, 2, 4))
    ready = TorchBackend("cpu").network(network.spec, network.module)
    for batch in (1, 2, 4):
        bound, given = ready.bind(batch), samples(network.spec, batch)
        run(bound, given)
        assert torch.equal(bound.outputs["y"], reference(network.module, given)[0])


def test_addresses_stay_and_smaller_batches_are_the_leading_rows_of_the_largest(mixer: Callable[..., Any]) -> None:
    network = mixer(buckets=(1, 2, 4))
    ready = TorchBackend("cpu").network(network.spec, network.module)
    small, large = ready.bind(1), ready.bind(4)
    before = (small.inputs["x"].data_ptr(), small.outputs["y"].data_ptr())
    for bound in (small, large, small):
        bound.run()
    assert (small.inputs["x"].data_ptr(), small.outputs["y"].data_ptr()) == before
    assert (large.inputs["x"].data_ptr(), large.outputs["y"].data_ptr()) == before
    large.inputs["x"][0] = 3.0
    assert (small.inputs["x"] == 3.0).all()
    assert small.inputs["x"].shape == (1, 16)


def test_the_output_of_one_network_can_be_the_input_of_the_next(mixer: Callable[..., Any]) -> None:
    first, second = mixer(seed=1), mixer(seed=2)
    backend = TorchBackend("cpu")
    head = backend.network(first.spec, first.module).bind(2)
    tail = backend.network(second.spec, second.module).bind(2, {"x": head.outputs["y"]})
    x = torch.randn(2, 16)
    head.inputs["x"].copy_(x)
    head.run()
    tail.run()
    assert torch.equal(tail.outputs["y"], second.module(*first.module(x))[0])


def test_buffers_can_be_written_outside_of_inference_mode_wherever_they_were_bound() -> None:
    with torch.inference_mode():
        inputs = Buffers(SPEC, torch.device("cpu")).inputs(2)
    inputs["sample"][0] += 1.0
    assert not inputs["sample"].is_inference()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"keys0": torch.zeros(2, 16, 8).half()}, r"keys0 has shape \(2, 16, 8\) instead of \(4, 16, 8\)"),
        ({"keys0": torch.zeros(4, 16, 8)}, r"keys0 has dtype torch.float32 instead of torch.float16"),
        ({"sample": torch.zeros(2, 4, 8, device="meta")}, "sample has device meta instead of cpu"),
        ({"sample": torch.zeros(2, 8, 4).transpose(1, 2)}, r"sample has strides \(32, 1, 4\), not contiguous"),
        ({"bank": torch.zeros(2)}, "denoiser has no input bank"),
    ],
)
def test_a_buffer_that_does_not_fit_is_an_error_that_says_how(given: dict[str, torch.Tensor], words: str) -> None:
    with pytest.raises(EngineError, match=words):
        Buffers(SPEC, torch.device("cpu")).inputs(2, given)


def test_a_batch_that_was_not_made_ready_is_an_error() -> None:
    with pytest.raises(EngineError, match=r"a batch of 3, but it was made ready for \(1, 2, 4\)"):
        Buffers(SPEC, torch.device("cpu")).inputs(3)


@pytest.mark.parametrize("name", ["denoiser of sd-turbo with a bank", "decoder taesd", "text encoder of sd15"])
def test_networks_can_be_compiled_whole(name: str, made: Callable[[str], Any]) -> None:
    # fullgraph, as on a GPU; without the code generator, which takes minutes.
    network = made(name)
    torch._dynamo.reset()
    compiled = torch.compile(network.module, backend="eager", dynamic=False, fullgraph=True)
    for batch in (1, 2):
        given = samples(network.spec, batch)
        with torch.inference_mode():
            found = compiled(*given.values())
        for output, expected in zip(found, reference(network.module, given), strict=True):
            assert torch.allclose(output, expected, atol=1e-5)


@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on the CPU")
def test_many_networks_of_one_class_can_be_compiled(mixer: Callable[..., Any]) -> None:
    # torch stops at 8 graphs of the same code, unless it is told otherwise: SDXL's two text encoders have more.
    backend = TorchBackend("cpu", compiled=True)
    for width in (16, 24, 32):
        network = mixer(width=width, buckets=(1, 2, 3))
        ready = backend.network(network.spec, network.module)
        for batch in network.spec.buckets:
            given, bound = samples(network.spec, batch), ready.bind(batch)
            run(bound, given)
            assert torch.allclose(bound.outputs["y"], reference(network.module, given)[0], atol=1e-5)


def test_a_network_that_cannot_be_compiled_is_an_error_that_names_it() -> None:
    class Reading(torch.nn.Module):
        """Goes by the values: two graphs, not one."""

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            return (x * 2 if x.sum().item() > 0 else x,)

    x, y = TensorSpec("x", (4,), "float32"), TensorSpec("y", (4,), "float32")
    ready = TorchBackend("cpu", compiled=True).network(NetworkSpec("odd", (x,), (y,), (1,)), Reading())
    with pytest.raises(EngineError, match="odd: torch.compile failed at a batch of 1: "):
        ready.bind(1)


def test_work_without_cuda_graphs_is_called_plainly_and_says_why() -> None:
    calls: list[int] = []
    work = Captured(lambda: calls.append(1), torch.device("cpu"))
    work.prepare()
    assert calls == []
    work()
    work()
    assert len(calls) == 2
    assert work.reason == "no CUDA graphs on cpu"


broken_off = RuntimeError("operation failed due to a previous error during capture")
broken_off.__context__ = torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), OutOfMemory("denoiser: no memory"), broken_off]
)
def test_a_capture_that_runs_out_of_memory_is_no_reason_to_go_on_without(error: Exception) -> None:
    class Full(Captured):
        """On a GPU that has no memory left."""

        def _capture(self) -> torch.cuda.CUDAGraph:
            raise error

    work = Full(lambda: None, torch.device("cuda"))
    with pytest.raises(OutOfMemory, match="no memory"):
        work()


def test_a_capture_that_fails_otherwise_is_given_up_and_says_why() -> None:
    class Odd(Captured):
        """On a GPU that does not take this work."""

        def _capture(self) -> torch.cuda.CUDAGraph:
            raise RuntimeError("operation not permitted when stream is capturing")

    calls: list[int] = []
    work = Odd(lambda: calls.append(1), torch.device("cuda"))
    work()
    work()
    assert len(calls) == 2
    assert work.reason == "capture failed: operation not permitted when stream is capturing"


def test_memory_is_taken_for_the_largest_batch_that_is_used() -> None:
    few = Buffers(replace(SPEC, most=2), torch.device("cpu"))
    (tensor, *_) = few.inputs(1).values()
    assert tensor.untyped_storage().nbytes() == 2 * tensor.nbytes
    with pytest.raises(EngineError, match=r"a batch of 4, but it was made ready for \(1, 2\)"):
        few.inputs(4)
