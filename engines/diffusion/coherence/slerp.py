"""From description to description on an arc, at even speed.

The frames of a description lead from the text before to its own. `FrameSpec.mix` says how far: it eases in and out
(the worker's smoothstep), as a figure's motion does. A prompt embedding needs no such care, and pays for it with steps
half as large again in the middle. Nor are equal steps of τ equal steps of the embedding: where the two have different
norms, slerp runs along an ellipse and not a circle. So mix is taken back to film time, film time is turned into a way
along the arc (with a short run-up and run-out), and the way into τ:

    film time u = elapsed(mix)     way = eased(u)     τ = arc.at(way)     embedding = slerp(before, text, τ)

What remains from one description to the next is a change of speed: two texts that are far apart pass by faster. Since
the run-out brings each description to rest at its text, even that is no jump.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field
from itertools import accumulate

import torch
from torch import Tensor

NEARLY_PARALLEL = 0.9995
"""|cos θ| above which slerp's sin θ divides by too little, and a straight line is as good."""

_PIECES = 256
"""Of an arc whose length is summed up."""


def slerp(u: Tensor, v: Tensor, tau: float | Tensor) -> Tensor:
    """[sin((1-τ)θ)·u + sin(τθ)·v] / sin θ, θ the angle between u and v as flat vectors (Shoemake, SIGGRAPH 1985);
    (1-τ)·u + τ·v where |cos θ| > 0.9995.

    With a number τ, u and v are one vector each, whatever their shape: a prompt's [77, C] is turned as a whole. With
    τ [B] they are [B, …], and each row is a vector. Between two of one norm all the results are of that norm, where a
    straight line would cut the corner: half the variance half-way between independent noises.
    """
    if not isinstance(tau, Tensor):
        return slerp(u[None], v[None], torch.tensor([tau], device=u.device))[0]
    rows = (-1, *(1,) * (u.dim() - 1))
    tau = tau.to(torch.float32)
    cos = _cos(u, v)  # [B]
    straight = cos.abs() > NEARLY_PARALLEL
    angle = torch.where(straight, torch.ones_like(cos), torch.acos(cos.clamp(-1.0, 1.0)))  # the 1 divides by no 0
    before = torch.where(straight, 1.0 - tau, torch.sin((1.0 - tau) * angle) / torch.sin(angle))
    after = torch.where(straight, tau, torch.sin(tau * angle) / torch.sin(angle))
    return (before.view(rows) * u.float() + after.view(rows) * v.float()).to(u.dtype)


def _cos(u: Tensor, v: Tensor) -> Tensor:
    """Of the angle between each row of u and of v, [B, …] → [B]; 1 where one of them is nothing."""
    a, b = u.flatten(1).float(), v.flatten(1).float()
    lengths = a.norm(dim=1) * b.norm(dim=1)
    return torch.where(lengths > 0.0, (a * b).sum(1) / lengths.clamp_min(1e-30), torch.ones_like(lengths))


@dataclass(frozen=True, slots=True)
class Arc:
    """The way of slerp between two vectors: how long it is, and where on it one is after a part of the way."""

    angle: float  # between them, 0..π
    ratio: float  # of the second one's norm to the first one's
    length: float  # of the way, in norms of the first
    _ways: list[float] = field(repr=False)  # [257] from 0 to `length`, at even τ

    @classmethod
    def between(cls, u: Tensor, v: Tensor) -> Arc:
        """Waits for the device; meant to be had once for each pair of texts and kept."""
        norms = u.float().norm().item(), v.float().norm().item()
        cos = _cos(u[None], v[None]).item()
        return cls.of(math.acos(max(-1.0, min(1.0, cos))), norms[1] / norms[0] if norms[0] else 1.0)

    @classmethod
    def of(cls, angle: float, ratio: float = 1.0) -> Arc:
        """By Simpson's rule over the speed, which is

        |p'(τ)|² = (θ / sin θ)² · (cos²((1-τ)θ) + r²·cos²(τθ) - 2r·cos((1-τ)θ)·cos(τθ)·cos θ)

        for norms 1 and r: even for r = 1, when it is θ², and on a straight line.
        """

        def speed(tau: float) -> float:
            if abs(math.cos(angle)) > NEARLY_PARALLEL:
                return math.sqrt(max(0.0, 1.0 + ratio * ratio - 2.0 * ratio * math.cos(angle)))
            a, b = math.cos((1.0 - tau) * angle), ratio * math.cos(tau * angle)
            return angle / math.sin(angle) * math.sqrt(max(0.0, a * a + b * b - 2.0 * a * b * math.cos(angle)))

        def piece(n: int) -> float:
            a, b = n / _PIECES, (n + 1) / _PIECES
            return (speed(a) + 4.0 * speed((a + b) / 2) + speed(b)) / 6.0 / _PIECES

        ways = list(accumulate((piece(n) for n in range(_PIECES)), initial=0.0))
        return cls(angle, ratio, ways[-1], ways)

    def at(self, way: float) -> float:
        """τ after that part of the way, both 0..1."""
        if self.length <= 0.0:
            return way
        sought = max(0.0, min(1.0, way)) * self.length
        n = min(_PIECES, max(1, bisect.bisect_left(self._ways, sought)))
        a, b = self._ways[n - 1], self._ways[n]
        return (n - 1 + ((sought - a) / (b - a) if b > a else 0.0)) / _PIECES


def elapsed(mix: float) -> float:
    """The part of a description's time that has passed when its smoothstep mix = 3u² - 2u³ is this: u, 0..1."""
    return 0.5 - math.sin(math.asin(max(-1.0, min(1.0, 1.0 - 2.0 * mix))) / 3.0)


def eased(u: float, ramp: float = 0.1) -> float:
    """The way after the time u, both 0..1: speed grows evenly for the first `ramp` of the time, is constant, and falls
    evenly for the last. Steps in between are equal, 1 / (1 - ramp) of the mean; none is larger. 0 ≤ ramp ≤ ½."""
    u = max(0.0, min(1.0, u))
    top = 1.0 / (1.0 - ramp)  # speed
    if u < ramp:
        return top * u * u / (2.0 * ramp)
    if u > 1.0 - ramp:
        return 1.0 - top * (1.0 - u) * (1.0 - u) / (2.0 * ramp)
    return top * (u - ramp / 2.0)


def respaced(mix: float, arc: Arc, ramp: float = 0.1) -> float:
    """τ for a frame's `mix`, so that equal steps of film time are equal steps along the arc but for the ramps."""
    return arc.at(eased(elapsed(mix), ramp))
