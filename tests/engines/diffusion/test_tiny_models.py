"""The tiny models that all other tests of the diffusion engine draw with: diffusers itself takes them for real ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny, DiffusionPipeline, UNet2DConditionModel
from numpy.typing import NDArray
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from tools import tiny_models
from tools.broken_models import broken

Tiny = Callable[[str], Path]

FEW_STEPS = {"sd-turbo": 1, "sdxl-turbo": 1}


@pytest.fixture(scope="module")
def drawn(tiny: Tiny) -> Callable[[str, str, int], NDArray[np.float32]]:
    """`drawn(kind, prompt, seed)`: a picture by diffusers' own pipeline, (64, 64, 3) in 0..1."""
    pipelines: dict[str, Any] = {}

    def picture(kind: str, prompt: str, seed: int) -> NDArray[np.float32]:
        if kind not in pipelines:
            pipelines[kind] = DiffusionPipeline.from_pretrained(tiny(kind), local_files_only=True)
            pipelines[kind].set_progress_bar_config(disable=True)
        told = pipelines[kind](
            prompt,
            height=64,
            width=64,
            num_inference_steps=FEW_STEPS.get(kind, 3),
            guidance_scale=0.0 if kind in FEW_STEPS else 7.5,
            generator=torch.Generator().manual_seed(seed),
            output_type="np",
        )
        array: NDArray[np.float32] = told.images[0]
        return array

    return picture


@pytest.mark.parametrize("kind", list(tiny_models.PIPELINES))
def test_diffusers_draws_with_it_and_prompt_and_noise_decide_the_picture(
    drawn: Callable[[str, str, int], NDArray[np.float32]], kind: str
) -> None:
    fox = drawn(kind, "a red fox in the snow", 0)
    boat = drawn(kind, "a blue boat at sea", 0)
    other_noise = drawn(kind, "a red fox in the snow", 1)

    assert fox.shape == (64, 64, 3)
    assert fox.std() > 0.1
    assert np.mean((fox <= 0) | (fox >= 1)) < 0.25  # else nothing could be seen of it
    assert np.abs(fox - boat).mean() > 0.02
    assert np.abs(fox - other_noise).mean() > 0.02
    np.testing.assert_array_equal(fox, drawn(kind, "a red fox in the snow", 0))


@pytest.mark.parametrize("kind", list(tiny_models.DECODERS))
def test_a_tiny_decoder_paints_eight_pixels_for_each_cell(tiny: Tiny, kind: str) -> None:
    decoder = AutoencoderTiny.from_pretrained(tiny(kind), local_files_only=True)
    latent = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        picture, other = decoder.decode(latent).sample, decoder.decode(-latent).sample
    assert picture.shape == (1, 3, 64, 64)
    assert (picture - other).abs().mean() > 0.02
    assert (picture.abs() < 1).float().mean() > 0.75


@pytest.mark.parametrize("kind", ["sd-turbo", "sdxl", "taesd"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tiny: Tiny, tmp_path: Path, kind: str) -> None:
    again = tiny_models.make(kind, tmp_path / "again")
    other = tiny_models.make(kind, tmp_path / "other", seed=1)

    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert files
    for file in files:
        assert (again / file).read_bytes() == (tiny(kind) / file).read_bytes()
        assert ((other / file).read_bytes() != (again / file).read_bytes()) == (file.suffix == ".safetensors")


@pytest.mark.parametrize(
    ("kind", "unet", "text"),
    [
        ("sd15", 859_520_964, 123_060_480),
        ("sd21", 865_910_724, 340_387_840),
        ("sd-turbo", 865_910_724, 340_387_840),
        ("sdxl", 2_567_463_684, 123_060_480),
        ("lcm", 859_602_884, 123_060_480),
    ],
)
def test_at_full_width_it_has_as_many_weights_as_its_original(kind: str, unet: int, text: int) -> None:
    parts = tiny_models.PIPELINES[kind][1]
    with torch.device("meta"):
        network = UNet2DConditionModel.from_config(parts["unet"][2])
        encoder = CLIPTextModel(CLIPTextConfig(**parts["text_encoder"][2] | {"vocab_size": 49_408}))
        decoder = AutoencoderTiny.from_config(tiny_models.DECODERS["taesd"][2]).decoder
    assert sum(each.numel() for each in network.parameters()) == unet
    assert sum(each.numel() for each in encoder.parameters()) == text
    assert sum(each.numel() for each in decoder.parameters()) == 1_222_531


def test_each_kind_has_what_makes_its_original_special(tiny: Tiny) -> None:
    def unet(kind: str) -> Any:
        return UNet2DConditionModel.load_config(tiny(kind) / "unet")

    def scheduler(kind: str) -> Any:
        return json.loads((tiny(kind) / "scheduler" / "scheduler_config.json").read_text())

    assert isinstance(unet("sd15")["attention_head_dim"], int)
    assert "use_linear_projection" not in unet("sd15")
    assert unet("sd21")["use_linear_projection"]
    assert isinstance(unet("sd21")["attention_head_dim"], list)
    assert scheduler("sd21")["prediction_type"] == "v_prediction"
    assert scheduler("sd-turbo")["_class_name"] == "EulerDiscreteScheduler"
    assert scheduler("sd-turbo")["timestep_spacing"] == "trailing"
    assert scheduler("sdxl-turbo")["_class_name"] == "EulerAncestralDiscreteScheduler"
    assert unet("sdxl")["addition_embed_type"] == "text_time"
    assert unet("lcm")["time_cond_proj_dim"]
    assert AutoencoderKL.load_config(tiny("sdxl") / "vae")["force_upcast"]


def test_its_tokenizer_is_clips(tiny: Tiny) -> None:
    first = CLIPTokenizer.from_pretrained(tiny("sdxl") / "tokenizer", local_files_only=True)
    second = CLIPTokenizer.from_pretrained(tiny("sdxl") / "tokenizer_2", local_files_only=True)
    start, end = len(first) - 2, len(first) - 1

    ids = first("The", padding="max_length", max_length=77).input_ids

    assert first.model_max_length == 77
    assert (ids[0], ids[2:]) == (start, [end] * 75)
    assert first.decode(ids[1]) == "the"
    assert second("The", padding="max_length", max_length=77).input_ids[3:] == [0] * 74
    assert second.pad_token == "!"


def test_half_precision_lies_beside_the_full_weights_as_on_the_hub(tmp_path: Path) -> None:
    folder = tiny_models.make("sd-turbo", tmp_path)
    tiny_models.make("sd-turbo", tmp_path, dtype="float16", variant="fp16")
    assert sorted(path.name for path in (folder / "unet").iterdir()) == [
        "config.json",
        "diffusion_pytorch_model.fp16.safetensors",
        "diffusion_pytorch_model.safetensors",
    ]
    assert (folder / "text_encoder" / "model.fp16.safetensors").is_file()
    half = UNet2DConditionModel.from_pretrained(folder / "unet", variant="fp16", local_files_only=True)
    assert half.dtype == torch.float32  # diffusers widens what it loads
    full = UNet2DConditionModel.from_pretrained(folder / "unet", local_files_only=True)
    torch.testing.assert_close(half.conv_in.weight, full.conv_in.weight.half().float())


def test_an_unknown_fault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fault 'cold', expected one of not-a-model, "):
        broken(tmp_path, "cold")
