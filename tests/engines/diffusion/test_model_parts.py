"""A model as networks: the same engines however many frames are drawn at once, and memory given back one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from engines.compile.backend import Backend, Network
from engines.compile.recipe import Recipe
from engines.compile.spec import NetworkSpec
from engines.compile.target import Target
from engines.diffusion import parts
from engines.diffusion.checkpoint import inspect
from engines.diffusion.load import Model, load
from engines.diffusion.options import DiffusionOptions
from engines.diffusion.parts import Parts, backend_of, check_backend, parts_of, sampling_of
from engines.diffusion.presets import preset_of
from engines.errors import EngineError

Tiny = Callable[[str], Path]

TARGET = Target("tensorrt", "11.4.0.106", "580.95.05", "13.2", "NVIDIA H200", ("sm_90",))
OPTIONS = DiffusionOptions("sd-turbo", width=64, height=64, device="cpu", decoder="kl")
CPU = torch.device("cpu")


def model_of(folder: Path) -> Model:
    checkpoint = inspect(str(folder))
    return load(checkpoint, OPTIONS, preset_of("sd-turbo", checkpoint))


def networks(model: Model, *buckets: int, guidance: float | None = None) -> Parts:
    options = replace(OPTIONS, buckets=buckets, guidance=guidance)
    return parts_of(model, sampling_of(model, options), buckets)


def test_fewer_frames_at_once_take_the_same_engines_and_less_memory(tiny: Tiny) -> None:
    # After OutOfMemory the engine starts again with smaller batches: no time to build anything.
    model = model_of(tiny("sd-turbo"))
    whole, few = networks(model, 1, 2, 4, 8), networks(model, 1, 2)
    assert [Recipe.of(part.spec, TARGET).key for part in whole] == [Recipe.of(part.spec, TARGET).key for part in few]
    assert (whole.denoiser.spec.used, whole.decoder.spec.used) == ((1, 2, 4, 8), (1, 2, 4, 8))
    assert (few.denoiser.spec.used, few.decoder.spec.used) == ((1, 2), (1, 2))


def test_engines_are_told_apart_by_the_code_they_were_made_from(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(tiny("sd-turbo"))
    before = {part.spec.code for part in networks(model, 1)}
    (code,) = before
    assert len(code) == len(hashlib.sha256().hexdigest())
    edited = tmp_path / "attention.py"
    edited.write_text(Path(parts.attention.__file__).read_text() + "# edited\n")
    monkeypatch.setattr(parts.attention, "__file__", str(edited))
    parts._code.cache_clear()
    try:
        assert {part.spec.code for part in networks(model, 1)}.isdisjoint(before)
    finally:
        parts._code.cache_clear()


def test_weights_that_a_backend_has_copied_are_given_up_before_the_next_network(tiny: Tiny) -> None:
    held: list[list[str]] = []

    class Copying(Backend):
        """Notes which networks have weights when each is made ready."""

        name = "copying"

        def network(self, spec: NetworkSpec, module: nn.Module) -> Network:
            held.append([p.spec.name for p in made if next(p.module.parameters()).device.type != "meta"])
            return Network.__new__(Nothing)

    class Nothing(Network):
        def bind(self, bucket: int, given: Any = None) -> Any:
            raise NotImplementedError

    made = networks(model_of(tiny("sd-turbo")), 1)
    made.ready(Copying(), lambda words: None)
    assert held == [["text-encoder", "denoiser", "decoder"], ["denoiser", "decoder"], ["decoder"]]


def test_a_backend_that_does_not_run_on_the_device_is_refused_before_anything_is_loaded() -> None:
    check_backend(OPTIONS, CPU)
    check_backend(replace(OPTIONS, backend="onnxruntime"), CPU)
    for refuse in (check_backend, lambda *how: backend_of(*how, lambda words: None)):
        with pytest.raises(EngineError, match="onnxruntime runs on the CPU, and the model is on mps: add --device cpu"):
            refuse(replace(OPTIONS, backend="onnxruntime"), torch.device("mps"))
        with pytest.raises(EngineError, match="NVIDIA GPU"):
            refuse(replace(OPTIONS, backend="tensorrt"), CPU)
