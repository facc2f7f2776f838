"""The autoencoder: 128x128 pixels to 16x16 cells of 4 numbers and back, by L1 on pixels and on edges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .pace import Pace
from .pictures import Pictures

CELL = 8  # pixels of a side
CROP = 64  # pixels of a side: convolutions learn the same from a quarter of a picture
BATCH = 4
RATE = 2e-3
EDGES = 1.0  # weight of the edges' loss
NOISE = 0.1  # standard deviation added to latents while it learns, so that neighbours of a latent decode alike
PULL = 1e-3  # weight of the latents' mean square, which keeps them near one

CONFIG: dict[str, Any] = {
    "block_out_channels": [16, 16, 32, 64],  # narrow where pixels are many: there is the work
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "latent_channels": 4,
    "layers_per_block": 1,
    "mid_block_add_attention": False,
    "norm_num_groups": 4,
    "sample_size": 128,
    "scaling_factor": 1.0,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}


def autoencoder() -> Any:
    """A new one, of random weights."""
    torch.manual_seed(0)
    return AutoencoderKL.from_config(CONFIG)


def train(net: Any, pictures: Pictures, pace: Pace, say: Callable[[str], None]) -> None:
    """Let it learn until the time is up."""
    rng = np.random.default_rng(1)
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    net.train()
    for number in pace.steps():
        pace.set_rate(optimiser, RATE)
        given = _crops(pictures, rng, whole=pace.part > 0.85)
        latent = net.encode(given).latent_dist.mean
        made = net.decode(latent + NOISE * torch.randn_like(latent)).sample
        pixels, edges = functional.l1_loss(made, given), _edges(made, given)
        loss = pixels + EDGES * edges + PULL * latent.square().mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if pace.tells(number):
            say(f"autoencoder {pace} L1 {pixels.item():.4f} edges {edges.item():.4f} std {latent.std().item():.2f}")
            pace.keep(net)
    net.eval()


def _crops(pictures: Pictures, rng: np.random.Generator, whole: bool) -> Tensor:
    """Random parts of random pictures, or at the end a quarter as many whole ones: [B, 3, H, W] in -1..1."""
    taken = []
    for n in rng.integers(len(pictures), size=BATCH // 4 if whole else BATCH):
        y, x = (0, 0) if whole else rng.integers(0, pictures.shape[1] - CROP + 1, size=2)
        side = pictures.shape[1] if whole else CROP
        taken.append(pictures[n, y : y + side, x : x + side])
    return as_tensor(np.stack(taken))


def as_tensor(pictures: Pictures) -> Tensor:
    """uint8 [B, H, W, 3] → [B, 3, H, W] in -1..1"""
    return torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1.0).permute(0, 3, 1, 2).contiguous()


def as_pictures(made: Tensor) -> Pictures:
    """[B, 3, H, W] in -1..1 → uint8 [B, H, W, 3]."""
    levels = ((made.clamp(-1, 1) + 1) * 127.5).round().permute(0, 2, 3, 1)
    pictures: Pictures = levels.to(torch.uint8).contiguous().numpy()
    return pictures


def _edges(made: Tensor, given: Tensor) -> Tensor:
    """L1 between differences of neighbouring pixels: a blurred edge costs what a misplaced grey does not."""
    difference = made - given
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()


@torch.no_grad()
def encode(net: Any, pictures: Pictures, path: Path) -> NDArray[np.float16]:
    """Latents of all pictures, scaled to a standard deviation of one, into a file: [N, 4, 16, 16]."""
    if path.is_file():
        kept: NDArray[np.float16] = np.load(path)
        if len(kept) == len(pictures):
            return kept
    raw = [net.encode(as_tensor(pictures[n : n + 16])).latent_dist.mean for n in range(0, len(pictures), 16)]
    latents = torch.cat(raw)
    scale = 1.0 / latents.std().item()
    net.register_to_config(scaling_factor=round(scale, 5))
    made: NDArray[np.float16] = (latents * net.config.scaling_factor).to(torch.float16).contiguous().numpy()
    np.save(path, made)
    return made
