"""The denoiser and its text encoder, from scratch and together: v-prediction over cached latents."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextConfig, CLIPTextModel

from .pace import Pace
from .tokens import TOKENS, ids_of
from .world import Scene, caption

BATCH = 8
RATE = 1.2e-3
DROPPED = 0.1  # part of the captions that are empty, for guidance
EMA = 0.995
STEPS = (999, 749, 499, 249)
"""Timesteps of a film's frames, four steps with trailing spacing: most of the time is for these."""

AT_STEPS = (0.25, 0.15, 0.15, 0.15)
"""Parts of the timesteps that are each of STEPS; the rest is spread over all, for other numbers of steps and feedback.
Most begin with pure noise: what is decided there, where and what, no later step can make good."""

TEXT: dict[str, Any] = {
    "bos_token_id": 0,
    "eos_token_id": 2,  # as in CLIP's files: transformers then takes the highest id
    "hidden_act": "quick_gelu",
    "hidden_size": 96,
    "intermediate_size": 384,
    "max_position_embeddings": TOKENS,
    "num_attention_heads": 3,
    "num_hidden_layers": 2,
    "pad_token_id": 1,
    "projection_dim": 96,
}
UNET: dict[str, Any] = {
    "attention_head_dim": [2, 3, 6],  # heads, in truth: diffusers issue 2011
    "block_out_channels": [32, 48, 96],
    "cross_attention_dim": 96,
    "down_block_types": ["DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"],
    "in_channels": 4,
    "layers_per_block": 1,
    "norm_num_groups": 16,
    "out_channels": 4,
    "sample_size": 32,
    "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"],
    "use_linear_projection": True,
}
NOISE: dict[str, Any] = {
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "set_alpha_to_one": True,
    "steps_offset": 1,
    "timestep_spacing": "trailing",
}
"""Stable Diffusion's schedule with an end that is nothing but noise (arXiv 2305.08891): one step from there must do."""


class Denoiser(nn.Module):
    """Text encoder and UNet, one set of weights to train and to average."""

    def __init__(self, words: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.text = CLIPTextModel(CLIPTextConfig(**TEXT, vocab_size=words))
        self.unet: Any = UNet2DConditionModel.from_config(UNET)  # type: ignore[no-untyped-call]

    def forward(self, noisy: Tensor, t: Tensor, ids: Tensor) -> Tensor:
        """[B, 4, 32, 32], [B], [B, 77] → v [B, 4, 32, 32]"""
        made: Tensor = self.unet(noisy, t, self.text(ids).last_hidden_state).sample
        return made


def train(
    net: Denoiser, latents: NDArray[np.float16], scenes: Sequence[Scene], tokenizer: Any, pace: Pace,
    say: Callable[[str], None], seed: int = 2,
) -> Denoiser:  # fmt: skip
    """Let it learn until the time is up; the average of its weights is what is kept, and returned."""
    rng, words = np.random.default_rng(seed), Random(seed)
    torch.manual_seed(seed)
    alphas = DDIMScheduler.from_config(NOISE).alphas_cumprod  # type: ignore[no-untyped-call]
    average = copy.deepcopy(net).eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=1e-3, fused=True)
    averaged, current = ([each.detach() for each in nets.parameters()] for nets in (average, net))
    net.train()
    smooth = 0.0
    for number in pace.steps():
        pace.set_rate(optimiser, RATE)
        chosen = rng.integers(len(latents), size=BATCH)
        clean = torch.from_numpy(latents[chosen].astype(np.float32))
        said = ["" if words.random() < DROPPED else caption(scenes[n], words) for n in chosen]
        loss = _loss(net, clean, ids_of(tokenizer, said), alphas)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        keep = min(EMA, (1 + number) / (10 + number))
        torch._foreach_lerp_(averaged, current, 1 - keep)
        smooth = loss.item() if not number else 0.95 * smooth + 0.05 * loss.item()
        if pace.tells(number):
            say(f"denoiser {pace} loss {smooth:.4f}")
            pace.keep(average)
    return average


def _loss(net: Denoiser, clean: Tensor, ids: Tensor, alphas: Tensor) -> Tensor:
    """Mean square of v-prediction's error (arXiv 2202.00512), the same weight at every timestep."""
    spread = torch.randint(0, len(alphas), (len(clean),))
    chosen = torch.multinomial(torch.tensor([*AT_STEPS, 1 - sum(AT_STEPS)]), len(clean), replacement=True)
    t = torch.where(chosen < len(STEPS), torch.tensor([*STEPS, 0])[chosen], spread)
    alpha = alphas[t].sqrt().view(-1, 1, 1, 1)
    sigma = (1 - alphas[t]).sqrt().view(-1, 1, 1, 1)
    noise = torch.randn_like(clean)
    wanted = alpha * noise - sigma * clean
    return functional.mse_loss(net(alpha * clean + sigma * noise, t, ids), wanted)
