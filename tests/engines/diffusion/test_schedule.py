"""A scheduler of diffusers, read off as numbers, steps as the scheduler itself does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
    LCMScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)

from engines.diffusion.schedule import CLEAN, schedule_of
from engines.errors import EngineError

TRAINED = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}

SCHEDULERS = {
    "turbo": EulerDiscreteScheduler(**TRAINED, timestep_spacing="trailing"),
    "euler": EulerDiscreteScheduler(**TRAINED, timestep_spacing="leading", steps_offset=1),
    "euler, v": EulerDiscreteScheduler(**TRAINED, prediction_type="v_prediction"),
    "ancestral": EulerAncestralDiscreteScheduler(**TRAINED),
    "ddim": DDIMScheduler(**TRAINED, clip_sample=False, set_alpha_to_one=False, steps_offset=1),
    "ddim, v": DDIMScheduler(**TRAINED, clip_sample=False, prediction_type="v_prediction"),
    "lcm": LCMScheduler(**TRAINED, original_inference_steps=50),
}


def network(sample: torch.Tensor, t: Any) -> torch.Tensor:
    """Stands for a UNet: not linear, and another one at each timestep."""
    return torch.tanh(sample * 0.8) + 0.001 * float(t) * torch.cos(sample * 3)


def by_diffusers(scheduler: Any, steps: int, noise: torch.Tensor, seed: int) -> torch.Tensor:
    """What a pipeline does between the first noise and the clean latent."""
    generator = torch.Generator().manual_seed(seed)
    scheduler.set_timesteps(steps)
    x = noise * scheduler.init_noise_sigma
    draws = isinstance(scheduler, LCMScheduler | EulerAncestralDiscreteScheduler)
    for t in scheduler.timesteps:
        output = network(scheduler.scale_model_input(x, t), t)
        x = scheduler.step(output, t, x, return_dict=False, **({"generator": generator} if draws else {}))[0]
    return x


@pytest.mark.parametrize("steps", [1, 2, 4, 7])
@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_numbers_step_as_the_scheduler_does(name, steps):
    scheduler = SCHEDULERS[name]
    noise = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(6)

    schedule = schedule_of(scheduler, steps)
    x = schedule.start.sigma * noise
    for step in schedule.steps:
        output = network(step.scale * x, step.timestep)
        x = step.sample * x + step.output * output
        if step.noise:
            x = x + step.noise * torch.randn(x.shape, generator=generator)

    assert (x - by_diffusers(scheduler, steps, noise, 6)).abs().max() < 1e-4


@pytest.mark.parametrize("name", SCHEDULERS)
def test_levels_lead_from_noise_to_a_clean_latent(name):
    steps = schedule_of(SCHEDULERS[name], 4).steps
    sigmas = [step.level.sigma / step.level.alpha for step in steps]
    assert sigmas == sorted(sigmas, reverse=True)
    assert [step.after for step in steps] == [*(step.level for step in steps[1:]), CLEAN]


@pytest.mark.parametrize(("name", "steps"), [("turbo", 1), *((name, 4) for name in SCHEDULERS)])
def test_with_a_strength_it_begins_with_a_latent_at_the_level_of_its_first_step(name, steps):
    weak, strong = (schedule_of(SCHEDULERS[name], steps, strength=strength) for strength in (0.3, 0.8))
    for schedule in (weak, strong):
        assert len(schedule.steps) == steps
        assert schedule.start == schedule.steps[0].level
        assert schedule.start.alpha > 0
    assert weak.start.sigma / weak.start.alpha < strong.start.sigma / strong.start.alpha


@pytest.mark.parametrize(
    "scheduler",
    [
        PNDMScheduler(**TRAINED, skip_prk_steps=True),
        DPMSolverMultistepScheduler(**TRAINED),
        UniPCMultistepScheduler(**TRAINED),
        HeunDiscreteScheduler(**TRAINED),
        DDIMScheduler(**TRAINED, clip_sample=True),
    ],
    ids=lambda scheduler: type(scheduler).__name__,
)
def test_a_scheduler_that_remembers_or_clips_is_refused(scheduler):
    with pytest.raises(EngineError, match=f"{type(scheduler).__name__}.*--scheduler euler"):
        schedule_of(scheduler, 4)


def test_feedback_that_would_draw_nothing_is_refused():
    with pytest.raises(EngineError, match="begin feedback at timestep 1, .* choose trailing timesteps"):
        schedule_of(SCHEDULERS["euler"], 1, strength=0.6)


def test_the_scheduler_itself_is_left_as_it_was():
    scheduler = EulerDiscreteScheduler(**TRAINED)
    before = scheduler.timesteps.clone()
    schedule_of(scheduler, 3)
    assert torch.equal(scheduler.timesteps, before)


def test_more_steps_than_a_consistency_model_was_distilled_for_are_refused():
    with pytest.raises(EngineError, match="LCMScheduler has no schedule of 60 steps"):
        schedule_of(SCHEDULERS["lcm"], 60)
