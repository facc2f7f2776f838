"""Presets: known models by name, unknown ones by what their folder says; what a user asks for wins."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.diffusion.checkpoint import Checkpoint, inspect
from engines.diffusion.options import METHODS, DiffusionOptions
from engines.diffusion.presets import ALIASES, PRESETS, SCHEDULERS, SPACINGS, preset_of, settled
from engines.errors import EngineError

Tiny = Callable[[str], Path]


def options(**asked: object) -> DiffusionOptions:
    return DiffusionOptions("model", **asked)  # type: ignore[arg-type]


def with_scheduler(folder: Path, **changes: object) -> Checkpoint:
    path = folder / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return inspect(str(folder))


@pytest.mark.parametrize(
    ("kind", "model", "steps", "guidance", "scheduler", "spacing"),
    [
        ("sd-turbo", "stabilityai/sd-turbo", 1, 0.0, "euler", "trailing"),
        ("sdxl-turbo", "stabilityai/sdxl-turbo", 1, 0.0, "euler-ancestral", "trailing"),
        ("lcm", "SimianLuo/LCM_Dreamshaper_v7", 4, 8.5, "lcm", "leading"),
        ("sd15", "stable-diffusion-v1-5/stable-diffusion-v1-5", 20, 7.5, "ddim", "leading"),
        ("sd21", "stabilityai/stable-diffusion-2-1", 20, 7.5, "ddim", "leading"),
        ("sdxl", "stabilityai/stable-diffusion-xl-base-1.0", 20, 5.0, "euler", "leading"),
    ],
)
def test_a_known_name_is_run_as_its_authors_say(
    tiny: Tiny, kind: str, model: str, steps: int, guidance: float, scheduler: str, spacing: str
) -> None:
    preset = preset_of(model, inspect(str(tiny(kind))))
    assert (preset.name, preset.model) == (kind, model)
    assert (preset.steps, preset.guidance) == (steps, guidance)
    assert (preset.scheduler, preset.spacing) == (scheduler, spacing)
    assert preset.because == ()
    assert preset_of(f"/models/{model.rpartition('/')[2]}/", inspect(str(tiny(kind)))) == preset


@pytest.mark.parametrize(
    ("kind", "name", "because"),
    [
        ("sd-turbo", "sd-turbo", "its scheduler is EulerDiscreteScheduler with trailing timesteps"),
        ("sdxl-turbo", "sdxl-turbo", "its scheduler is EulerAncestralDiscreteScheduler with trailing timesteps"),
        ("lcm", "sd-lcm", "its UNet is told the guidance"),
        ("sd15", "sd", "its scheduler is PNDMScheduler: not distilled, 20 steps with guidance"),
        ("sdxl", "sdxl", "its scheduler is EulerDiscreteScheduler: not distilled"),
    ],
)
def test_an_unknown_model_is_run_as_its_folder_suggests_and_why_is_said(
    tiny: Tiny, kind: str, name: str, because: str
) -> None:
    checkpoint = inspect(str(tiny(kind)))
    derived, known = preset_of("somebody/dreams-of-foxes", checkpoint), preset_of(kind, checkpoint)
    assert (derived.name, derived.model) == (name, "")
    assert derived.because[0].startswith(because)
    assert ("it has two text encoders: SDXL" in derived.because) == kind.startswith("sdxl")
    assert (derived.steps, derived.guidance, derived.scheduler) == (known.steps, known.guidance, known.scheduler)
    assert (derived.decoder, derived.family) == (known.decoder, known.family)
    assert "unknown" in derived.licence


def test_a_name_that_its_folder_belies_decides_nothing(tiny: Tiny) -> None:
    preset = preset_of("models/sd-turbo", inspect(str(tiny("sdxl"))))
    assert (preset.family, preset.steps) == ("sdxl", 20)
    assert preset.because[0] == "is called sd-turbo, but holds another model"


def test_lcm_weights_merged_into_a_plain_model_run_in_four_steps_without_guidance(copied: Tiny) -> None:
    preset = preset_of("merged", with_scheduler(copied("sd15"), _class_name="LCMScheduler"))
    assert (preset.name, preset.steps, preset.guidance, preset.scheduler) == ("sd-lcm", 4, 0.0, "lcm")


def test_a_plain_models_own_scheduler_and_spacing_are_kept_where_they_can_be_run(copied: Tiny) -> None:
    preset = preset_of("mine", with_scheduler(copied("sdxl"), _class_name="DDIMScheduler", timestep_spacing="trailing"))
    assert (preset.steps, preset.scheduler, preset.spacing) == (20, "ddim", "trailing")


def test_the_size_is_the_one_its_unet_was_trained_for(tiny: Tiny) -> None:
    assert [preset_of(kind, inspect(str(tiny(kind)))).size for kind in ("sd15", "sd21", "sdxl")] == [512, 768, 1024]


def test_what_the_user_asks_for_wins(tiny: Tiny) -> None:
    preset = preset_of("sd-turbo", inspect(str(tiny("sd-turbo"))))
    asked = settled(preset, options(steps=4, guidance=1.5, scheduler="ddim", decoder="kl", coherence=("pan", "slerp")))
    assert (asked.steps, asked.guidance, asked.scheduler, asked.decoder) == (4, 1.5, "ddim", "kl")
    assert asked.coherence == ("pan", "slerp")
    assert asked.spacing == "trailing"  # the model's own, as nothing else was asked for
    assert settled(preset, options()) == preset
    assert settled(asked, options()) == asked


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("spacing", SPACINGS)
def test_a_schedulers_name_may_end_with_its_spacing(tiny: Tiny, name: str, spacing: str) -> None:
    preset = settled(PRESETS[0], options(scheduler=f"{name}-{spacing}"))
    assert (preset.scheduler, preset.spacing) == (name, spacing)


@pytest.mark.parametrize("name", ["dpm++", "pndm", "unipc", "heun", "euler-sideways", "trailing"])
def test_a_scheduler_that_cannot_be_run_is_refused_with_those_that_can(name: str) -> None:
    with pytest.raises(EngineError, match=r"expected one of euler, euler-ancestral, ddim, lcm, each may end with"):
        settled(PRESETS[0], options(scheduler=name))


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"steps": 0}, r"0 steps, expected 1 to 100 \(--steps\)"),
        ({"steps": 1000}, "1000 steps, expected 1 to 100"),
        ({"guidance": -1.0}, r"guidance -1, expected 0 to 50 \(--guidance\)"),
        ({"guidance": float("nan")}, "guidance nan, expected 0 to 50"),
        ({"coherence": ("pan", "magic")}, r"coherence method 'magic', expected of joint, pan, .* \(--coherence\)"),
    ],
)
def test_what_cannot_be_run_is_refused_with_what_can(asked: dict[str, object], complaint: str) -> None:
    with pytest.raises(EngineError, match=complaint):
        settled(PRESETS[0], options(**asked))


def test_presets_are_whole() -> None:
    names = [preset.name for preset in PRESETS]
    assert len(set(names)) == len(names)
    assert set(ALIASES.values()) <= set(names)
    for preset in PRESETS:
        assert preset.scheduler in SCHEDULERS
        assert preset.spacing in SPACINGS
        assert set(preset.coherence) <= set(METHODS)
        assert preset.licence
