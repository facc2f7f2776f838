"""What is exported is what torch runs, at every batch size; what cannot be exported says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from torch import nn

from engines.compile.cache import Cache
from engines.compile.export import digest, export
from engines.compile.ort import OnnxBackend
from engines.compile.parity import reference, run, samples
from engines.compile.spec import NetworkSpec, TensorSpec
from engines.errors import EngineError

NETWORKS = (
    "text encoder of sd15",
    "second text encoder of sdxl",
    "denoiser of sd15",
    "denoiser of sd-turbo with a bank",
    "denoiser of sdxl with a bank",
    "denoiser of lcm",
    "decoder taesd",
    "decoder kl",
)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_gives_what_torch_gives_at_every_batch_size(
    name: str, made: Callable[[str], Any], exported: Callable[[str], Path], tmp_path: Path
) -> None:
    network = made(name)
    graph = OnnxBackend(Cache(tmp_path), threads=1).load(network.spec, exported(name).parent)
    for batch in network.spec.buckets:
        given = samples(network.spec, batch)
        bound = graph.bind(batch)
        run(bound, given)
        for output, expected in zip(bound.outputs.values(), reference(network.module, given), strict=True):
            assert (output - expected).abs().max() <= 1e-4 * max(1.0, expected.abs().max())
            assert expected.std() > 1e-3  # of a network that gives nothing, anything is a copy


@pytest.mark.parametrize("name", NETWORKS)
def test_the_graph_is_of_the_opset_and_the_names_of_the_spec(
    name: str, made: Callable[[str], Any], exported: Callable[[str], Path]
) -> None:
    spec = made(name).spec
    model = onnx.load(exported(name), load_external_data=False)
    assert [each.version for each in model.opset_import if not each.domain] == [spec.opset]
    assert [each.name for each in model.graph.input] == [each.name for each in spec.inputs]
    assert [each.name for each in model.graph.output] == [each.name for each in spec.outputs]
    rows = [value.type.tensor_type.shape.dim[0].dim_param for value in model.graph.input]
    batch = rows[0]
    assert batch  # a name, not a number
    assert rows == [f"{tensor.rows}*{batch}" if tensor.rows > 1 else batch for tensor in spec.inputs]


def test_the_decoder_with_wide_heads_is_exported_without_attention_nodes(exported: Callable[[str], Path]) -> None:
    # TensorRT has no kernel for heads of 512, as the KL decoder's are; decomposed, they are matrix products.
    def kinds(name: str) -> set[str]:
        return {node.op_type for node in onnx.load(exported(name), load_external_data=False).graph.node}

    assert "Attention" not in kinds("decoder kl")
    assert "Attention" in kinds("denoiser of sd15")


def test_timesteps_stay_float32_in_a_network_of_half_floats(
    made: Callable[[str], Any], exported: Callable[[str], Path]
) -> None:
    name = "denoiser of sd-turbo with a bank in half precision"
    types = {
        value.name: value.type.tensor_type.elem_type
        for value in onnx.load(exported(name), load_external_data=False).graph.input
    }
    assert types["timestep"] == onnx.TensorProto.FLOAT
    assert types["sample"] == types["text"] == types["keys0"] == onnx.TensorProto.FLOAT16
    assert types["sources"] == onnx.TensorProto.INT64


def test_two_exports_of_one_network_are_the_same_bytes(mixer: Callable[..., Any], tmp_path: Path) -> None:
    network = mixer()
    first, second = (export(network.spec, network.module, tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "a" / "model.onnx.data").read_bytes() == (tmp_path / "b" / "model.onnx.data").read_bytes()
    assert str(Path(__file__).parents[3]).encode() not in first.read_bytes()  # no path of whoever exported it


def test_another_export_replaces_the_one_before(mixer: Callable[..., Any], tmp_path: Path) -> None:
    network = mixer()
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "left behind").touch()
    export(network.spec, network.module, tmp_path / "graph")
    assert sorted(each.name for each in (tmp_path / "graph").iterdir()) == ["model.onnx", "model.onnx.data"]
    assert [each.name for each in tmp_path.iterdir()] == ["graph"]


X, Y = TensorSpec("x", (4,), "float32"), TensorSpec("y", (4,), "float32")


def spec_of(**change: Any) -> NetworkSpec:
    return NetworkSpec(**({"name": "odd", "inputs": (X,), "outputs": (Y,), "buckets": (1, 2, 4)} | change))


class Fixed(nn.Module):
    """Works for the example's batch only."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (x + torch.arange(2.0).reshape(2, 1),)


class Counting(nn.Module):
    """Goes by the values."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (x * 2 if x.sum() > 0 else x,)


class Whole(nn.Module):
    """The batch comes in, and a constant comes out."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (torch.zeros(2, 4) + x.mean(),)


class Plain(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (x * 2,)


@pytest.mark.parametrize(
    ("module", "spec", "words"),
    [
        (Fixed(), spec_of(), "odd: no ONNX graph of opset 23"),
        (Counting(), spec_of(), "odd: no ONNX graph of opset 23"),
        (Whole(), spec_of(), "the batch of y became the constant 2"),
        (Plain(), spec_of(outputs=(TensorSpec("y", (5,), "float32"),)), r"a row of y is \(4,\), the spec says \(5,\)"),
        (Plain(), spec_of(outputs=(TensorSpec("y", (4,), "float16"),)), "y is FLOAT, the spec says float16"),
        (Plain(), spec_of(outputs=(Y, TensorSpec("z", (4,), "float32"))), r"odd: "),
    ],
    ids=["batch constant within", "values", "batch constant without", "shape", "type", "outputs"],
)
def test_a_network_that_is_not_what_its_spec_says_is_an_error_that_names_it(
    module: nn.Module, spec: NetworkSpec, words: str, tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=words) as error:
        export(spec, module, tmp_path / "graph")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_the_digest_of_weights_tells_any_two_apart(mixer: Callable[..., Any]) -> None:
    first, second = mixer(seed=1).module, mixer(seed=1).module
    assert digest(first) == digest(second)
    second.linear.weight.data[3, 5] += 1e-6
    assert digest(first) != digest(second)
    assert digest(first) != digest(mixer(seed=1).module.half())
