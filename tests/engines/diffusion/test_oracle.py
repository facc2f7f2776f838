"""With coherence off, a frame is what diffusers' own pipeline draws: same weights, seed and scheduler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderTiny,
    LatentConsistencyModelPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
)
from tinyfilms import SIDE, engine_of, film, spec

from engines.diffusion.engine import DiffusionEngine

WORDS = "In this frame, there are a red fox and a blue boat in the snowy forest."

PIPELINES: dict[str, Any] = {
    "sd-turbo": StableDiffusionPipeline,
    "sd15": StableDiffusionPipeline,
    "sd21": StableDiffusionPipeline,
    "lcm": LatentConsistencyModelPipeline,
    "sdxl": StableDiffusionXLPipeline,
    "sdxl-turbo": StableDiffusionXLPipeline,
}

# kind, steps, guidance, scheduler: of which the engine's presets say the same for the originals
CASES = [
    ("sd-turbo", 1, 0.0, "euler-trailing"),
    ("sd-turbo", 4, 0.0, "euler-trailing"),
    ("lcm", 4, 8.5, "lcm"),
    ("sd15", 3, 7.5, "ddim-leading"),
    ("sd21", 3, 7.5, "euler-leading"),
    ("sdxl", 3, 5.0, "euler-leading"),
    ("sdxl-turbo", 1, 0.0, "euler-ancestral-trailing"),
    ("sdxl-turbo", 4, 0.0, "euler-ancestral-trailing"),
]


def by_diffusers(folder: Path, kind: str, engine: DiffusionEngine, steps: int, guidance: float, **more: Any) -> Any:
    """The pipeline's picture, (h, w, 3) in 0..1, with the engine's scheduler."""
    pipeline = PIPELINES[kind].from_pretrained(folder, safety_checker=None, requires_safety_checker=False, **more)
    pipeline.scheduler = engine.scheduler
    pipeline.set_progress_bar_config(disable=True)
    (picture,) = pipeline(
        WORDS,
        height=SIDE,
        width=SIDE,
        num_inference_steps=steps,
        guidance_scale=guidance,
        generator=torch.Generator("cpu").manual_seed(7),
        output_type="np",
    ).images
    return picture


@pytest.mark.parametrize(("kind", "steps", "guidance", "scheduler"), CASES)
def test_a_frame_is_the_pipelines(tiny, kind, steps, guidance, scheduler):
    folder = tiny(kind)
    with engine_of(folder, steps=steps, guidance=guidance, scheduler=scheduler, decoder="kl") as engine:
        drawn = engine.floats(film(engine), spec(WORDS, seed=7))
        expected = by_diffusers(folder, kind, engine, steps, guidance)
    assert expected.std() > 0.01, "a picture of one colour would prove nothing"
    assert np.abs(drawn - expected).max() <= 1e-4


def test_a_frame_of_the_tiny_decoder_is_the_pipelines(tiny):
    folder, decoder = tiny("sd-turbo"), tiny("taesd")
    with engine_of(folder, decoder=str(decoder)) as engine:
        drawn = engine.floats(film(engine), spec(WORDS, seed=7))
        expected = by_diffusers(folder, "sd-turbo", engine, 1, 0.0, vae=AutoencoderTiny.from_pretrained(decoder))
    assert np.abs(drawn - expected).max() <= 1e-4


def test_the_bytes_are_the_floats_rounded(tiny):
    with engine_of(tiny("sd-turbo"), decoder="kl") as engine:
        floats = engine.floats(film(engine), spec(WORDS, seed=7))
        (picture,) = engine.render([(film(engine), spec(WORDS, seed=7))])
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, np.round(floats * 255).astype(np.uint8))


def test_a_negative_prompt_is_the_pipelines(tiny):
    folder = tiny("sd15")
    with engine_of(folder, steps=2, guidance=4.0, negative="a green car", decoder="kl") as engine:
        drawn = engine.floats(film(engine), spec(WORDS, seed=7))
        pipeline = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, requires_safety_checker=False)
        pipeline.scheduler = engine.scheduler
        pipeline.set_progress_bar_config(disable=True)
        (expected,) = pipeline(
            WORDS,
            negative_prompt="a green car",
            height=SIDE,
            width=SIDE,
            num_inference_steps=2,
            guidance_scale=4.0,
            generator=torch.Generator("cpu").manual_seed(7),
            output_type="np",
        ).images
    assert np.abs(drawn - expected).max() <= 1e-4
