"""The noise that a frame is made of: drawn on the CPU, so that it is the same on every device, and shared over time.

    joint   x_k = cos(λπ/2)·b + sin(λπ/2)·ε_k          Free-Bloom (arXiv 2309.14494): cos² of the variance is shared
    AR(1)   ε_k = ρ·ε_{k-1} + √(1-ρ²)·η_k              what is not shared moves slowly instead of flickering

A stochastic scheduler draws again in every step; those draws are part of a frame's noise here, [1 + steps, 4, h, w],
and are shared in the same way: noise that is fresh in each step would undo what the first one shared.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

FRAME, TILE, RESIDUAL = 1, 2, 3
"""What a generator is for: the first word of what its seed is made of, so that none repeats another's numbers."""

FORGOTTEN = 1e-6
"""A correlation that is taken for none."""


def seed_of(*words: int) -> int:
    """A seed from whole numbers of any size and sign: SplitMix64's finaliser (Steele et al., OOPSLA 2014) over each.

    32 bits, since torch's generator on the CPU uses no more of what it is given.
    """
    hashed = 0
    for word in words:
        hashed = (hashed ^ (word & (1 << 64) - 1)) + 0x9E3779B97F4A7C15 & (1 << 64) - 1
        hashed = (hashed ^ hashed >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
        hashed = (hashed ^ hashed >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
        hashed ^= hashed >> 31
    return hashed >> 32


def draws(seed: int, shape: tuple[int, ...], steps: int) -> Tensor:
    """What a diffusers pipeline draws for one picture from `torch.Generator("cpu").manual_seed(seed)`: the latent, and
    then for each of `steps` stochastic steps the noise that it adds. [1 + steps, *shape], `shape` is (4, h, w)."""
    generator = torch.Generator("cpu").manual_seed(seed)
    return torch.stack([torch.randn(shape, generator=generator) for _ in range(1 + steps)])


def drawn(seed: int, frame: int, shape: tuple[int, ...], steps: int = 0) -> Tensor:
    """Frame `frame`'s own noise, shared with no other: [1 + steps, *shape]. Frame 0's is the pipeline's, `draws`.

    `steps` is how many steps of the schedule add noise: none of Euler's or DDIM's, all but the last of LCM's and of the
    ancestral Euler's.
    """
    return draws(seed if frame == 0 else seed_of(FRAME, seed, frame), shape, steps)


def joint(base: Tensor, residual: Tensor, own: float = 0.1) -> Tensor:
    """Free-Bloom's joint noise: cos(λπ/2)·base + sin(λπ/2)·residual, with λ = `own`.

    Of unit variance where both are; cos²(λπ/2) of it is the same in every frame: 0.976 at λ = 0.1. λ = 0 gives `base`
    itself, λ = 1 gives `residual`.
    """
    if own == 0.0:
        return base
    return math.cos(own * math.pi / 2) * base + math.sin(own * math.pi / 2) * residual


def ar1(previous: Tensor, fresh: Tensor, rho: float) -> Tensor:
    """One step of a first-order autoregression: ρ·previous + √(1-ρ²)·fresh. Unit variance stays unit variance."""
    return rho * previous + math.sqrt(1.0 - rho * rho) * fresh


class Residual:
    """The AR(1) chain of a shot, of which every link can be had at once: `at(k)` is a function of (seed, ρ, k) alone.

    A chain ε_k that begins stationary is the Gaussian process with covariance ρ^|i-j|, and it is Markov. So it need
    not be walked along: between two links l and r, d frames to either side of m, it is

        ε_m = a·(ε_l + ε_r) + s·η_m      a = c / (1 + c²),  s² = (1 - c²) / (1 + c²),  c = ρ^d

    (the bridge of an Ornstein-Uhlenbeck process; for Brownian motion this is Lévy's construction). Roots stand every
    2^n frames, so far apart that ρ^(2^n) ≤ 1e-6, and are independent; everything between is halved down to, at most
    n + 2 draws: 10 at ρ = 0.9. A film from its beginning to its end takes one draw a frame on average, since the links
    around the last one asked for are kept. A restored session continues bit for bit from its frame's number alone.
    """

    def __init__(self, seed: int, rho: float, shape: tuple[int, ...], steps: int = 0) -> None:
        """`rho` is the correlation of neighbouring frames, 0 ≤ ρ < 1; `shape` and `steps` as in `drawn`."""
        if not 0.0 <= rho < 1.0:
            raise ValueError(f"correlation {rho} of neighbouring frames, expected 0 ≤ ρ < 1")
        self.seed, self.rho, self.shape, self.steps = seed, rho, shape, steps
        self.stride = 1 if rho == 0.0 else 2 ** max(0, math.ceil(math.log2(math.log(FORGOTTEN) / math.log(rho))))
        self._kept: dict[int, Tensor] = {}

    def at(self, k: int) -> Tensor:
        """Link `k` ≥ 0: [1 + steps, *shape], of unit variance. Not to be written to."""
        if k < 0:
            raise ValueError(f"frame {k}, the first one is 0")
        path: dict[int, Tensor] = {}
        told = self._link(k, path)
        self._kept = path
        return told

    def _link(self, k: int, path: dict[int, Tensor]) -> Tensor:
        """Link `k`, and into `path` all that it was made from."""
        if k in path:
            return path[k]
        half = k & -k  # of the span that k halves
        if k % self.stride == 0:
            parents = None
        else:
            parents = self._link(k - half, path), self._link(k + half, path)
        link = self._kept.get(k)
        if link is None:
            link = draws(seed_of(RESIDUAL, self.seed, k), self.shape, self.steps)
            if parents is not None:
                c = self.rho**half
                total = parents[0] + parents[1]
                link = (c / (1.0 + c * c)) * total + math.sqrt((1.0 - c * c) / (1.0 + c * c)) * link
        path[k] = link
        return link
