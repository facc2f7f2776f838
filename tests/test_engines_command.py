"""`streamer engines`: built once, listed, checked, and then what a film is drawn with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.base import FrameSpec, Setting, Shot, View
from engines.diffusion.engine import DiffusionEngine
from engines.diffusion.options import DiffusionOptions
from streamer.cli import run
from tools import tiny_models

SIZE = 64


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.make("sd-turbo", tmp_path_factory.mktemp("model") / "sd-turbo")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def asked(model: Path, cache: Path) -> list[str]:
    """Options of all commands here."""
    told = {"--model": model, "--size": f"{SIZE}x{SIZE}", "--backend": "onnxruntime", "--decoder": "kl"}
    return [str(word) for pair in (told | {"--engine-cache": cache}).items() for word in pair]


@pytest.fixture(scope="module")
def built(asked: list[str]) -> list[str]:
    """The options, once everything is built."""
    assert run(["engines", "build", *asked]) == 0
    return asked


def pictures(model: Path, **options: Any) -> Any:
    """Four frames of a film, (4, h, w, 3)."""
    told: dict[str, Any] = {"width": SIZE, "height": SIZE, "device": "cpu", "decoder": "kl"}
    engine = DiffusionEngine(DiffusionOptions(str(model), **told | options))
    engine.prepare(lambda words: None)
    try:
        film = engine.open(Shot("main", SIZE, SIZE))
        specs = [
            FrameSpec(n / 24, "a fox", "a boat", n / 4, Setting(), Setting(), (), View(x=n / 8), seed=1, shot=0)
            for n in range(4)
        ]
        return np.stack(engine.render([(film, spec) for spec in specs])).astype(np.int16), engine.backend
    finally:
        engine.close()


@pytest.fixture
def quiet(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """What a command prints."""
    capsys.readouterr()
    yield lambda: capsys.readouterr()
    sys.stdout.flush()


@pytest.mark.timeout(600)
def test_each_network_is_built_checked_and_kept(built, cache, quiet):
    assert run(["engines", "list", "--engine-cache", str(cache)]) == 0
    lines = quiet().out.splitlines()
    assert [line.split("-")[0] for line in lines[:3]] == ["decoder", "denoiser", "text"]
    assert all(" verified " in line and "max-abs" in line for line in lines[:3])
    assert lines[3:] == [f"3 engines in {cache}; to remove one, delete its folder"]


def test_a_film_drawn_with_them_is_the_one_that_torch_draws(built, model, cache):
    compiled, backend = pictures(model, backend="onnxruntime", cache=cache)
    eager, _ = pictures(model)
    assert backend.startswith("onnxruntime ")
    assert np.abs(compiled - eager).max() <= 2
    assert np.abs(np.diff(eager, axis=0)).max() > 20, "a film that stands still would prove little"


def test_a_second_build_takes_them_from_the_cache(built, cache, quiet):
    before = {path: path.stat().st_ino for path in cache.rglob("model.onnx")}
    assert run(["engines", "build", *built]) == 0
    assert {path: path.stat().st_ino for path in cache.rglob("model.onnx")} == before
    assert "exporting" not in quiet().err


def test_another_shape_is_another_engine_and_the_difference_is_named(built, quiet):
    other = [word if word != f"{SIZE}x{SIZE}" else "96x96" for word in built]
    assert run(["engines", "verify", *other]) == 2
    told = quiet()
    assert "shapes" in told.out
    assert "2 of 3 networks have no engine" in told.err, "a text encoder knows no size"


def test_a_damaged_engine_is_found(built, cache, quiet):
    assert run(["engines", "verify", "--engine-cache", str(cache)]) == 0
    graph = next(path for path in cache.rglob("model.onnx") if path.parent.name.startswith("decoder"))
    graph.write_bytes(graph.read_bytes()[:-1] + b"?")
    assert run(["engines", "verify", "--engine-cache", str(cache)]) == 2
    told = quiet()
    assert "model.onnx is damaged" in told.out
    assert "1 of 3 engines cannot be used" in told.err


def test_torch_has_nothing_to_build(model, quiet):
    assert run(["engines", "build", "--model", str(model), "--size", "64x64"]) == 2
    assert "give --backend tensorrt or onnxruntime" in quiet().err


def test_a_backend_that_cannot_run_here_says_what_is_missing(model, quiet):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    told = ["--engine", "diffusion", "--engine-model", str(model), "--size", "64x64", "--backend", "tensorrt"]
    assert run(["render", "a fox", "-o", str(model / "film.mp4"), *told]) == 2
    assert "NVIDIA GPU" in quiet().err
