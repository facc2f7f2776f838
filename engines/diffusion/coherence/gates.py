"""Where nothing changes, the frame before holds; where something does, the picture becomes free early.

After each step (EIDT-V, arXiv 2504.06861):

    latents ← m ⊙ latents + (1 - m) ⊙ addnoise(x0_{k-1}, t_next)        m = 1[t ≤ T·g]

with a g of 0..1 for each cell: 1 is free from the first step, 0 never. Theirs comes from a segmenter; ours from the
director, who said where each figure is (`change_map`).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engines.base import Box, Figure, FrameSpec

from .feedback import begun

STILL = 0.1
"""g of a cell in which nothing happens. Above 0, or an early fault would stay for the rest of the shot."""

IDLE = 0.3
"""g of a figure that stays where it is and does what it did."""

GROWN, SOFT = 0.03, 0.06
"""Of the frame: a box is larger by the first on each side (hair, shadows, a model that obeys only roughly), and its
value falls to the surroundings' over the second."""

FAR = 0.25
"""A step of the text's mix that counts as another picture altogether. Two seconds at 24 a second take 0.03 at most."""


def gated(
    latents: Tensor, previous: Tensor, noise: Tensor, mask: Tensor, alpha: float | Tensor, sigma: float | Tensor
) -> Tensor:
    """latents after a step, [N, 4, h, w], held to the frame before where `mask` [N, 1, h, w] is 0.

    `previous` is that frame's clean latent; alpha and sigma (see `feedback.begun`) noise it to where the step has led,
    1 and 0 after the last.
    """
    return mask * latents + (1.0 - mask) * begun(previous, noise, alpha, sigma)


def hard(gate: Tensor, timestep: float | Tensor, trained: int = 1000) -> Tensor:
    """EIDT-V's m = 1[t ≤ T·g] for the step that begins at t."""
    return (timestep <= trained * gate).to(gate.dtype)


def soft(gate: Tensor, timestep: float | Tensor, following: float | Tensor, trained: int = 1000) -> Tensor:
    """The part of the step's way, from t down to the next t, that lies below T·g: 0..1.

    With many steps that is `hard`, but for the one step that T·g falls into. With a single step from T, where `hard`
    would hold every cell below g = 1 for ever, it is g itself: the picture follows with a time constant of 1/g frames.
    The way ends at 0: that is the last step's `following`. Timesteps are numbers, or [N, 1, 1, 1] for a gate
    [N, 1, h, w].
    """
    # An LCM's last step may be at 0; then the way has no length, and all above 0 is free.
    return ((trained * gate - following) / (timestep - following + 1e-6)).clamp(0.0, 1.0)


def change_map(spec: FrameSpec, previous: FrameSpec | None, height: int, width: int) -> Tensor:
    """g for `spec` after `previous`: [1, height, width], 0..1.

    1 where a figure that moves, acts anew, comes or goes is, and where it was; IDLE where one rests; STILL elsewhere,
    and more the faster the text changes. 1 everywhere in a new shot, after a jump of the text, while the camera zooms,
    and where no figures are known at all: then nobody can say that nothing changes. The frame before is taken as
    `pan.latent_shift` moves it, so a figure is where it was if it went along with the ground.
    """
    free = torch.ones(1, height, width)
    if previous is None or (spec.shot, spec.seed) != (previous.shot, previous.seed):
        return free
    far = min(1.0, text_step(spec, previous) / FAR)
    if far >= 1.0 or not spec.figures or abs(spec.view.zoom / previous.view.zoom - 1.0) > 1e-3:
        return free
    right = (spec.view.x - previous.view.x) * spec.view.zoom
    down = (spec.view.y - previous.view.y) * spec.view.zoom
    now = {figure.id: figure for figure in spec.figures}
    before = {figure.id: _carried(figure, right, down) for figure in previous.figures}
    gate = np.full((height, width), STILL, np.float32)
    for id in now.keys() | before.keys():
        here, there = now.get(id), before.get(id)
        value = IDLE if here and there and _rests(here, there, height, width) else 1.0
        for figure in (here, there):
            if figure:
                np.maximum(gate, value * _covered(figure.box, height, width), out=gate)
    return torch.from_numpy(gate + (1.0 - gate) * np.float32(far))[None]


def text_step(spec: FrameSpec, previous: FrameSpec) -> float:
    """How far the text went since the frame before: in mixes; 1 to a text of which it had nothing."""
    if (spec.text, spec.previous_text) == (previous.text, previous.previous_text):
        return abs(spec.mix - previous.mix)
    if spec.previous_text == previous.text:
        return 1.0 - previous.mix + (spec.mix if spec.text != spec.previous_text else 0.0)
    return 1.0


def _carried(figure: Figure, right: float, down: float) -> Figure:
    """A figure of the frame before where the ground under it is now."""
    box = Box(figure.box.x - right, figure.box.y - down, figure.box.w, figure.box.h)
    return Figure(figure.id, figure.noun, figure.look, figure.action, box, presence=figure.presence)


def _rests(now: Figure, before: Figure, height: int, width: int) -> bool:
    """Whether it does what it did, no edge further than a quarter of a cell from where it was."""
    a, b = now.box, before.box
    edges = (
        (a.x - b.x, width), (a.x + a.w - b.x - b.w, width), (a.y - b.y, height), (a.y + a.h - b.y - b.h, height),
    )  # fmt: skip
    same = (now.noun, now.look, now.action, now.presence) == (before.noun, before.look, before.action, before.presence)
    return same and all(abs(way) * size <= 0.25 for way, size in edges)


def _covered(box: Box, height: int, width: int) -> NDArray[np.float32]:
    """1 within the grown box, 0 away from it, [height, width]."""

    def outside(
        size: int, start: float, extent: float
    ) -> NDArray[np.float32]:  # [size]: by how much a cell's middle is
        middle = (np.arange(size, dtype=np.float32) + 0.5) / size
        return np.maximum(0.0, np.maximum(start - GROWN - middle, middle - (start + extent + GROWN)))

    away = np.hypot(outside(height, box.y, box.h)[:, None], outside(width, box.x, box.w)[None, :])
    return np.maximum(0.0, 1.0 - away / SOFT)
