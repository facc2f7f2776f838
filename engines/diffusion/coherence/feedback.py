"""A frame that begins where the one before ended: its latent, noised again, is the start of the next (img2img;
SDEdit, arXiv 2108.01073; live: StreamV2V, arXiv 2405.15757).

    x_t = √ᾱ_t·z_{k-1} + √(1-ᾱ_t)·ε

`strength` says how far back: 1 is pure noise and keeps nothing, 0.5 keeps most of the layout. At each frame the error
of the last one is fed in again, so it always goes with noise that is mostly shared, and is best without guidance.
"""

from __future__ import annotations

from torch import Tensor


def begun(previous: Tensor, noise: Tensor, alpha: float | Tensor, sigma: float | Tensor) -> Tensor:
    """alpha·previous + sigma·noise, [N, 4, h, w]; alpha and sigma are numbers or one for each row, [N].

    For schedulers that keep the variance (DDIM, LCM) they are √ᾱ_t and √(1-ᾱ_t), for Euler's 1 and σ_t. At (0, 1), or
    Euler's (0, σ), nothing of the frame before is left.
    """
    return _rows(alpha, previous) * previous + _rows(sigma, noise) * noise


def _rows(factor: float | Tensor, like: Tensor) -> float | Tensor:
    return factor.view(-1, *(1,) * (like.dim() - 1)) if isinstance(factor, Tensor) and factor.dim() else factor
