"""DirecT2V (arXiv 2305.14330) as it was meant, offline: all frames of a clip in one batch, at every step.

The released program's sampling (KU-CVLAB/DirecT2V, Apache-2.0; re-told, not copied):

1. From one noise x_T the first frame is denoised alone, to x_T1 and further to x_T0.
2. Every other frame k begins at T1 with the first one's x_T0, noised again with noise of its own:
       x_T1^k = √a·x_T0 + √(1-a)·ε_k,    a = Π_{T0 ≤ t < T1} α_t
   For Stable Diffusion 1.5 between 901 and 951 a = 0.583, the part of their variance that all frames share.
3. From T1 on all are denoised together, each with its own sentence; in step s = 0, 1, … of that all read the keys and
   values of frame r(s) (`rotation.reference`).

It ran with 8 frames, 100 steps, guidance 12, Δ = 4, the last two decoder stages (`attention.LAYERS` "fine"), and with
filtering switched off. Not repeated: its filtering would not have worked (see `filtering`), and the first frame's
steps alone went without guidance, being given two unconditional embeddings.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from engines.diffusion.networks import Denoiser

from .feedback import begun
from .rotation import DELTA, rotating

PRELUDE = (901, 951)
"""T0 and T1, timesteps of 1000."""

Denoise = Callable[[Tensor, Tensor, Sequence[int], int | None], Tensor]
"""(latents [n, 4, h, w], timestep, which frames they are, s; None while the first is alone) → [n, 4, h, w], guided."""


class Schedule(Protocol):
    """What is used of a diffusers scheduler, after its `set_timesteps`."""

    timesteps: Tensor
    alphas_cumprod: Tensor

    def scale_model_input(self, sample: Tensor, timestep: Any) -> Tensor: ...

    def step(self, model_output: Tensor, timestep: Any, sample: Tensor, *, return_dict: bool = True) -> Any: ...


def shared(alphas_cumprod: Tensor, prelude: tuple[int, int] = PRELUDE) -> float:
    """a = Π_{T0 ≤ t < T1} α_t: the variance that frames have in common where they part."""
    low, high = prelude
    return (alphas_cumprod[high - 1] / alphas_cumprod[low - 1]).item()


def direct(denoise: Denoise, schedule: Schedule, noise: Tensor, prelude: tuple[int, int] = PRELUDE) -> Tensor:
    """A clip of N frames: clean latents [N, 4, h, w].

    `noise` [N, 4, h, w]: row 0 is x_T, the others ε_k. Raises ValueError where T0 and T1 are no steps of the schedule.
    """
    low, high = prelude
    times = list(schedule.timesteps)
    if low not in times or high not in times or not 0 < low < high:
        raise ValueError(
            f"frames part between timesteps {low} and {high}, which are not both among the schedule's {len(times)}"
            f" ({int(times[0])} … {int(times[-1])}): ask it for 100 steps, or choose others"
        )
    frames = len(noise)

    def run(state: Schedule, latents: Tensor, steps: list[Tensor], together: bool) -> Tensor:
        for s, t in enumerate(steps):
            which = range(len(latents))
            told = denoise(state.scale_model_input(latents, t), t, which, s if together else None)
            latents = state.step(told, t, latents, return_dict=False)[0]
        return latents

    first = run(schedule, noise[:1], [t for t in times if t > high], together=False)  # x_T1
    if frames > 1:
        ahead = copy.deepcopy(schedule)  # a multistep scheduler remembers; from T1 on, these steps have not been
        parted = run(ahead, first, [t for t in times if low < t <= high], together=False)  # x_T0
        a = shared(schedule.alphas_cumprod, prelude)
        first = torch.cat([first, begun(parted, noise[1:], a**0.5, (1.0 - a) ** 0.5)])
    return run(schedule, first, [t for t in times if t <= high], together=True)


def rotated(
    denoiser: Denoiser, texts: Tensor, negative: Tensor, guidance: float, delta: int = DELTA, **more: Tensor
) -> Denoise:
    """`denoise` for `direct`: a UNet with classifier-free guidance that reads frame r(s) in its banked layers.

    `denoiser` has one source (`Denoiser(unet, layers="fine", sources=1)`, with `filtering` for the corrected one),
    texts [N, 77, C], negative [1, 77, C]. `more` are SDXL's pooled [N, P] and time_ids [N, 6], for both branches.
    """

    shapes = functools.cache(denoiser.bank_shapes)

    def denoise(latents: Tensor, timestep: Tensor, frames: Sequence[int], s: int | None) -> Tensor:
        count, height, width = len(frames), latents.shape[-2], latents.shape[-1]
        rows = list(frames)
        text = torch.cat([negative.expand(count, -1, -1), texts[rows]])
        sources = torch.arange(2 * count)[:, None] if s is None else rotating(s, count, delta, branches=2)
        nothing = [latents.new_zeros(0, *shape) for shape in shapes(height, width) for _ in ("keys", "values")]
        extra = [torch.cat([each[rows], each[rows]]) for each in more.values()]
        times = torch.full((2 * count,), float(timestep), device=latents.device)
        told: Tensor = denoiser(
            torch.cat([latents, latents]), times, text, *extra, sources.to(latents.device), *nothing
        )[0]
        without, with_ = told.chunk(2)
        return without + guidance * (with_ - without)

    return denoise
