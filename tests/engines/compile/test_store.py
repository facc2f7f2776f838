"""One way to an engine: found, or exported, built, checked and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import taesd_maker
import torch
from parts import needed

from engines.compile.cache import Cache
from engines.compile.export import digest
from engines.compile.ort import OnnxBackend
from engines.compile.store import ready
from engines.compile.target import Target, here
from engines.errors import EngineError


def test_a_network_is_made_ready_once_and_found_from_then_on(mixer: Callable[..., Any], tmp_path: Path) -> None:
    said: list[str] = []
    backend, network = OnnxBackend(Cache(tmp_path), threads=1, say=said.append), mixer()
    first = backend.network(network.spec, network.module)
    assert [words.split()[1].rstrip(",") for words in said] == ["exporting", "exported", "checked"]
    said.clear()
    second = backend.network(network.spec, network.module)
    assert said == []
    for made in (first, second):
        bound = made.bind(2)
        bound.inputs["x"].copy_(torch.ones(2, 16))
        bound.run()
        assert torch.allclose(bound.outputs["y"], network.module(torch.ones(2, 16))[0], atol=1e-6)


def test_other_weights_are_another_engine_and_the_reason_is_said(mixer: Callable[..., Any], tmp_path: Path) -> None:
    said: list[str] = []
    backend = OnnxBackend(Cache(tmp_path), threads=1, say=said.append)
    was, now = mixer(seed=1), mixer(seed=2)
    backend.network(was.spec, was.module)
    said.clear()
    backend.network(now.spec, now.module)
    old, new = digest(was.module)[:12], digest(now.module)[:12]
    assert said[0] == f"mixer: built anew, weights: built from {old}…, the model now has {new}…"
    assert len(Cache(tmp_path).entries()) == 2


def test_smaller_batches_than_before_have_the_same_engine(mixer: Callable[..., Any], tmp_path: Path) -> None:
    # After OutOfMemory; and larger ones, which were not checked, are.
    said: list[str] = []
    backend, network = OnnxBackend(Cache(tmp_path), threads=1, say=said.append), mixer(buckets=(1, 2))
    small = replace(network.spec, most=1)
    backend.network(small, network.module)
    assert said[-1].endswith("dB")
    said.clear()
    backend.network(small, network.module)
    assert said == []
    backend.network(network.spec, network.module)
    assert [words.split(",")[0] for words in said] == ["mixer: checked against torch"]
    (entry,) = Cache(tmp_path).entries()
    assert entry.sidecar is not None
    assert [line.split(":")[0] for line in entry.sidecar.parity] == ["y at a batch of 1", "y at a batch of 2"]
    said.clear()
    backend.network(small, network.module)
    assert said == []


def test_other_code_is_another_engine(mixer: Callable[..., Any], tmp_path: Path) -> None:
    said: list[str] = []
    backend, network = OnnxBackend(Cache(tmp_path), threads=1, say=said.append), mixer()
    backend.network(replace(network.spec, code="c0de" * 16), network.module)
    said.clear()
    backend.network(replace(network.spec, code="babe" * 16), network.module)
    assert said[0] == "mixer: built anew, code: built by c0dec0dec0de…, the source is now babebabebabe…"


def test_a_damaged_engine_is_made_anew_and_the_reason_is_said(mixer: Callable[..., Any], tmp_path: Path) -> None:
    said: list[str] = []
    backend, network = OnnxBackend(Cache(tmp_path), threads=1, say=said.append), mixer()
    backend.network(network.spec, network.module)
    (entry,) = Cache(tmp_path).entries()
    (entry.folder / "model.onnx").write_bytes(b"")
    said.clear()
    backend.network(network.spec, network.module)
    assert said[0].startswith("mixer: built anew, model.onnx has 0 bytes instead of ")
    assert said[-1].startswith("mixer: checked against torch")


def test_an_engine_for_a_gpu_that_is_not_here_stays_unverified(tmp_path: Path) -> None:
    needed("tensorrt")
    said: list[str] = []
    entry = taesd_maker.build(tmp_path, said.append)
    assert entry.sidecar is not None
    assert entry.sidecar.state == "unverified"
    assert set(entry.sidecar.files) == {"engine.plan", "build.log"}
    assert entry.sidecar.recipe["capabilities"] == "sm_89"
    said.clear()
    assert taesd_maker.build(tmp_path, said.append).folder == entry.folder
    assert said == []


def test_there_is_no_build_without_room_for_it(mixer: Callable[..., Any], tmp_path: Path) -> None:
    class Full(Cache):
        def need(self, bytes_: int, network: str) -> None:
            super().need(bytes_ + (1 << 60), network)

    network = mixer()
    with pytest.raises(EngineError, match="mixer: building it needs about"):
        ready(network.spec, network.module, here("onnxruntime"), Full(tmp_path), load=None)
    assert Full(tmp_path).entries() == []


def test_what_cannot_be_exported_leaves_a_clean_cache(mixer: Callable[..., Any], tmp_path: Path) -> None:
    network = mixer()
    spec = replace(network.spec, opset=1000)
    with pytest.raises(EngineError, match="mixer: .*opset.* 1000"):
        ready(spec, network.module, Target("onnxruntime", "1.31"), Cache(tmp_path), load=None)
    assert Cache(tmp_path).entries() == []
    assert list((tmp_path / ".making").iterdir()) == []
