"""The trainer of the tiny model, on a handful of pictures."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from transformers import CLIPTokenizer

from engines.diffusion.checkpoint import inspect
from engines.diffusion.engine import DiffusionEngine
from engines.diffusion.options import DiffusionOptions
from tools.train_tiny import autoencoder, denoiser, judge, reading
from tools.train_tiny.autoencoder import Projection
from tools.train_tiny.films import stills
from tools.train_tiny.folder import write
from tools.train_tiny.pace import Pace
from tools.train_tiny.pictures import HELD_OUT, SIDE, draw, drawn
from tools.train_tiny.tokens import TOKENS, ids_of, spoken, write_tokenizer
from tools.train_tiny.world import COLOURS, NOUNS, caption, scene

COUNT = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="module")
def pictures(folder: Path) -> np.ndarray:
    return draw(folder / "pictures.npy", COUNT)


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> CLIPTokenizer:
    tokenizer: CLIPTokenizer = CLIPTokenizer.from_pretrained(write_tokenizer(folder / "tokenizer"))
    return tokenizer


def losses(lines: list[str], word: str = "loss") -> tuple[float, float]:
    """The first and the last one said."""
    said = [float(line.split(f"{word} ")[1].split()[0]) for line in lines]
    return said[0], said[-1]


@pytest.fixture(autouse=True)
def every_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pace, "tells", lambda *_: True)


def test_a_scene_is_the_same_wherever_it_is_asked_for_and_no_other_ones() -> None:
    assert scene(7) == scene(7)
    assert len({scene(number) for number in range(200)}) == 200


def test_a_caption_names_what_is_in_the_scene() -> None:
    for number in range(100):
        told, said = scene(number), caption(scene(number), Random(number))
        for thing in told.things:
            assert f"{thing.colour} {thing.noun}".strip() in said


def test_every_word_of_a_caption_is_one_token_and_none_is_cut_off(tokenizer: CLIPTokenizer) -> None:
    known = set(spoken())
    for number in range(300):
        said = caption(scene(number), Random(number))
        pieces = tokenizer.tokenize(said)
        assert {piece.removesuffix("</w>") for piece in pieces} <= known | {",", "."}, said
        assert len(pieces) < TOKENS - 2
    assert ids_of(tokenizer, ["a fox", ""]).shape == (2, TOKENS)


def test_pictures_that_are_there_are_not_drawn_again(folder: Path, pictures: np.ndarray) -> None:
    assert pictures.shape == (COUNT, SIDE, SIDE, 3)
    before = (folder / "pictures.npy").stat().st_mtime_ns
    draw(folder / "pictures.npy", COUNT)
    assert (folder / "pictures.npy").stat().st_mtime_ns == before


def test_the_encoder_is_the_projection_to_a_hundred_thousandth(pictures: np.ndarray) -> None:
    project = Projection.of(pictures)
    net = autoencoder.autoencoder(project)
    with torch.no_grad():
        said = net.encode(autoencoder.as_tensor(pictures[:4])).latents.numpy()
    expected = project(pictures[:4])
    assert np.abs(said - expected).max() < 1e-5
    assert np.allclose(project(pictures).std(axis=(0, 2, 3)), [1, 1, 1, autoencoder.FAINT], atol=0.02)


def test_pictures_survive_the_way_into_a_tensor_and_back(pictures: np.ndarray) -> None:
    assert (autoencoder.as_pictures(autoencoder.as_tensor(pictures[:2])) == pictures[:2]).all()


def test_the_decoder_learns(pictures: np.ndarray) -> None:
    project, said = Projection.of(pictures), list[str]()
    net = autoencoder.autoencoder(project)
    kept = [each.clone() for each in net.encoder.parameters()]
    autoencoder.train(net, project, pictures, Pace(5.0, most=30), said.append)
    first, last = losses(said, "L1")
    assert last < 0.8 * first
    assert all(torch.equal(*pair) for pair in zip(kept, net.encoder.parameters(), strict=True)), "it is exact already"


def test_the_text_encoder_learns_to_read(tokenizer: CLIPTokenizer) -> None:
    said = list[str]()
    net = denoiser.Denoiser(len(tokenizer))
    reading.train(net.text, [scene(n) for n in range(COUNT)], tokenizer, Pace(5.0, most=30), said.append)
    first, last = losses(said)
    assert last < 0.8 * first


def test_the_denoiser_learns_and_what_it_learned_is_a_model_that_the_engine_draws_with(
    folder: Path, pictures: np.ndarray, tokenizer: CLIPTokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denoiser, "RATE", 5e-3)
    project, said = Projection.of(pictures), list[str]()
    scenes = [scene(n) for n in range(COUNT)]
    net = denoiser.Denoiser(len(tokenizer))
    latents = project(pictures).astype(np.float16)
    average = denoiser.train(net, latents, scenes, tokenizer, Pace(5.0, most=30), said.append)
    first, last = losses(said)
    assert last < 0.95 * first

    model = write(folder / "model", average, autoencoder.autoencoder(project), len(tokenizer))
    assert inspect(str(model)).size == SIDE
    options = DiffusionOptions(str(model), SIDE, SIDE, device="cpu", steps=2, guidance=0.0, eager=True, buckets=(1,))
    engine = DiffusionEngine(options)
    engine.prepare(lambda _: None)
    (picture,) = stills(engine, ["a red fox in the meadow"])
    engine.close()
    assert picture.shape == (SIDE, SIDE, 3)
    for name, network in (("unet", average.unet), ("text_encoder", average.text)):
        parameters = sum(each.numel() for each in network.parameters())
        assert inspect(str(model)).networks[name].parameters == parameters


def test_training_goes_on_from_what_was_written_down(tmp_path: Path) -> None:
    net, other = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    pace = Pace(1.0, checkpoint=tmp_path / "net.pt")
    assert not pace.resumes(other)
    pace.keep(net, now=True)
    assert pace.resumes(other)
    assert torch.equal(net.weight, other.weight)


def test_the_judge_learns_nouns_and_colours() -> None:
    numbers = [n for n in range(HELD_OUT, HELD_OUT + 80) if judge.clear(scene(n))]
    pictures, scenes = np.stack(list(drawn(numbers))), [scene(n) for n in numbers]
    found = judge.train(pictures, scenes, Pace(5.0, most=60), lambda _: None)
    noun, colour, both = judge.agreement(found, pictures, scenes)
    assert noun > 4 / len(NOUNS)
    assert colour > 4 / len(COLOURS)
    assert both <= min(noun, colour)
