"""The diffusers scheduler that a preset names, made from the checkpoint's own settings."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from diffusers import DDIMScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LCMScheduler

from engines.errors import EngineError

from .presets import Preset

CLASSES: Mapping[str, Any] = {
    "euler": EulerDiscreteScheduler,
    "euler-ancestral": EulerAncestralDiscreteScheduler,
    "ddim": DDIMScheduler,
    "lcm": LCMScheduler,
}

TRAINED: Mapping[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
    "set_alpha_to_one": False,
}
"""How all of Stable Diffusion was trained: for a folder whose scheduler does not say it. diffusers' own defaults are
another schedule, with which pictures come out washed out."""

AFFINE: Mapping[str, Any] = {"clip_sample": False, "thresholding": False}
"""Latents are not clipped. DDIM's default would, and no longer be affine."""


def scheduler_of(preset: Preset, told: Mapping[str, Any]) -> Any:
    """A scheduler of one step, with `told`, the settings of the checkpoint (noise schedule, prediction type)."""
    kind = CLASSES[preset.scheduler]
    settings = {**TRAINED, **told, **AFFINE, "timestep_spacing": preset.spacing}
    known = inspect.signature(kind.__init__).parameters
    try:
        return kind(**{name: value for name, value in settings.items() if name in known})
    except Exception as error:  # NotImplementedError, TypeError, … by setting
        raise EngineError(f"scheduler_config.json does not describe a noise schedule: {error}") from error
