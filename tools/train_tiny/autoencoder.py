"""The autoencoder: 4x4 pixels become 4 numbers by their principal components; a small network learns the way back.

What a learned encoder would be better at, it would have to learn before anything else could begin. Principal
components take a second, and they are what a linear encoder learns anyway: of flat drawings the first three are the
mean colour, the fourth whether it is lighter below. `AutoencoderTiny`'s encoder without its blocks is linear, so the
projection is written into its convolutions exactly, and any program that reads diffusers' format can use it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderTiny
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from .pace import Pace
from .pictures import Pictures

CELL = 4  # pixels of a side
CHANNELS = 4
FAINT = 0.5  # standard deviation of the fourth number, where those of the colour have 1: it matters less

CROP = 64  # pixels of a side: convolutions learn the same from a quarter of a picture
BATCH = 4
RATE = 1e-3
EDGES = 1.0  # weight of the edges' loss
NOISE = 0.05
"""Standard deviation added to latents while the decoder learns: what a denoiser of few steps leaves is not exact."""

CONFIG: dict[str, Any] = {
    "decoder_block_out_channels": [32] * 3,
    "encoder_block_out_channels": [16] * 3,
    "force_upcast": False,
    "latent_channels": CHANNELS,
    "num_decoder_blocks": [3, 1, 0],  # most of the thinking where cells are few
    "num_encoder_blocks": [0, 0, 0],
    "scaling_factor": 1.0,
}


@dataclass(frozen=True, slots=True)
class Projection:
    """From pixels in 0..1 to numbers: z = matrix · patch + offset, patch by row, column and colour."""

    matrix: NDArray[np.float32]  # [4, 4·4·3]
    offset: NDArray[np.float32]  # [4]

    @classmethod
    def of(cls, pictures: Pictures) -> Projection:
        """The principal components of all patches of these pictures; signs so that brighter is more."""
        patches = _patches(pictures).reshape(-1, CELL * CELL * 3)
        mean = patches.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov((patches - mean).T))
        kept = vectors[:, ::-1][:, :CHANNELS].T
        kept *= np.where(kept[:, -1:] < 0, -1.0, 1.0)
        deviations = np.sqrt(values[::-1][:CHANNELS]) / np.array([1.0, 1.0, 1.0, FAINT])
        matrix = kept / deviations[:, None]
        return cls(matrix.astype(np.float32), (-matrix @ mean).astype(np.float32))

    def __call__(self, pictures: Pictures) -> NDArray[np.float32]:
        """uint8 [B, H, W, 3] → [B, 4, H/4, W/4]"""
        made: NDArray[np.float32] = np.moveaxis(_patches(pictures) @ self.matrix.T + self.offset, -1, 1)
        return np.ascontiguousarray(made)


def _patches(pictures: Pictures) -> NDArray[np.float32]:
    """[B, H, W, 3] → [B, H/4, W/4, 48] in 0..1"""
    count, height, width, colours = pictures.shape
    cut = pictures.reshape(count, height // CELL, CELL, width // CELL, CELL, colours).transpose(0, 1, 3, 2, 4, 5)
    patches = cut.reshape(count, height // CELL, width // CELL, CELL * CELL * colours)
    return np.divide(patches, 255, dtype=np.float32)


def autoencoder(projection: Projection) -> Any:
    """Encoder: the projection. Decoder: random weights."""
    torch.manual_seed(0)
    net = AutoencoderTiny.from_config(CONFIG)  # type: ignore[no-untyped-call]
    first, halved, quartered, last = (module for module in net.encoder.layers if isinstance(module, torch.nn.Conv2d))
    with torch.no_grad():
        for parameter in net.encoder.parameters():
            parameter.zero_()
        for colour in range(3):
            first.weight[colour, colour, 1, 1] = 1
        for y, x, colour in np.ndindex(2, 2, 3):  # taps 1 and 2 of a kernel at 2n are the pixels 2n and 2n + 1
            halved.weight[(y * 2 + x) * 3 + colour, colour, y + 1, x + 1] = 1
        # [4, row of the quarter, row of the pixel in it, column of the quarter, column of the pixel, colour]
        matrix = torch.from_numpy(projection.matrix).view(CHANNELS, 2, 2, 2, 2, 3)
        for y, x in np.ndindex(2, 2):
            part = matrix[:, y, :, x, :, :].reshape(CHANNELS, 12)
            quartered.weight[:CHANNELS, :12, y + 1, x + 1] = part
        for n in range(CHANNELS):
            last.weight[n, n, 1, 1] = 1
        last.bias = torch.nn.Parameter(torch.from_numpy(projection.offset.copy()))
    return net


def train(net: Any, project: Projection, pictures: Pictures, pace: Pace, say: Callable[[str], None]) -> None:
    """Let the decoder learn, by L1 on pixels and on edges, until the time is up."""
    rng = np.random.default_rng(1)
    torch.manual_seed(1)
    optimiser = torch.optim.AdamW(net.decoder.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    smooth = 0.0
    for number in pace.steps():
        pace.set_rate(optimiser, RATE)
        given = _crops(pictures, rng)
        latent = torch.from_numpy(project(given))
        wanted = as_tensor(given)
        made = net.decode(latent + rng.uniform(0, 2 * NOISE) * torch.randn_like(latent)).sample
        pixels, edges = functional.l1_loss(made, wanted), _edges(made, wanted)
        optimiser.zero_grad(set_to_none=True)
        (pixels + EDGES * edges).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.decoder.parameters(), 1.0)
        optimiser.step()
        smooth = pixels.item() if not number else 0.98 * smooth + 0.02 * pixels.item()
        if pace.tells(number):
            say(f"decoder {pace} L1 {smooth / 2:.4f} of 1, edges {edges.item():.4f}")
            pace.keep(net)


def _crops(pictures: Pictures, rng: np.random.Generator) -> Pictures:
    """Random parts of random pictures, whole cells: uint8 [B, CROP, CROP, 3]."""
    taken = []
    for n in rng.integers(len(pictures), size=BATCH):
        y, x = CELL * rng.integers(0, (pictures.shape[1] - CROP) // CELL + 1, size=2)
        taken.append(pictures[n, y : y + CROP, x : x + CROP])
    return np.stack(taken)


def as_tensor(pictures: Pictures) -> Tensor:
    """uint8 [B, H, W, 3] → [B, 3, H, W] in -1..1"""
    return torch.from_numpy(pictures.astype(np.float32) / 127.5 - 1.0).permute(0, 3, 1, 2).contiguous()


def as_pictures(made: Tensor) -> Pictures:
    """[B, 3, H, W] in -1..1 → uint8 [B, H, W, 3]"""
    levels = ((made.clamp(-1, 1) + 1) * 127.5).round().permute(0, 2, 3, 1)
    pictures: Pictures = levels.to(torch.uint8).contiguous().numpy()
    return pictures


def _edges(made: Tensor, given: Tensor) -> Tensor:
    """L1 between differences of neighbouring pixels: a blurred edge costs what a misplaced grey does not."""
    difference = made - given
    return difference.diff(dim=-1).abs().mean() + difference.diff(dim=-2).abs().mean()
