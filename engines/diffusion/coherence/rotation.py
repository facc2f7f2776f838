"""DirecT2V's rotational value mapping (arXiv 2305.14330): all frames read the keys and values of one, in turns.

    O_k = softmax(Q_k K_r(s)ᵀ / √d) V_r(s)      r(s) = ⌊s/Δ⌋ mod N,  s = 0, 1, … the step of joint denoising, Δ = 4

That is for N frames made together: at step s each reads frame r(s) *at this very step*, a later one perhaps
(`rotating`). A live film cannot wait for those; causal rotation cycles over what has been made already, the frame
itself, the shot's first and the one before (`reads`). Either way it is a table of rows for `attention.gathered`.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor

from engines.diffusion.attention import Read

DELTA = 4
"""Steps that one frame stays the reference: the released program's, for 96 steps."""

BANK: tuple[Read, ...] = ("self", "anchor", "previous")


def reference(step: int, frames: int, delta: int = DELTA) -> int:
    """r(s): the frame that all read at this step of joint denoising, counted from 0."""
    return step // delta % frames


def rotating(step: int, frames: int, delta: int = DELTA, *, branches: int = 1) -> Tensor:
    """The table for frames made together: [branches * frames, 1], each row r(s) of its own branch of guidance."""
    row = reference(step, frames, delta)
    return torch.tensor([[branch * frames + row] for branch in range(branches) for _ in range(frames)])


def causal(step: int, steps: int) -> Read:
    """What a frame of a live film reads at `step` (from 0) of `steps`: the three kinds in turn, each for Δ steps; for
    one step only where there are no more than four of them."""
    return BANK[reference(step, len(BANK), 1 if steps <= 4 else DELTA)]


def runs(methods: Collection[str], steps: int) -> str:
    """Which of the methods that read other frames really does: "rotation", "bank" (side by side) or "" for none.

    Rotation needs a step to rotate to. With a single one it would read the frame itself for ever: there, and where
    "bank" is asked for alone, a frame reads itself, the first and the one before side by side.
    """
    if "rotation" in methods and steps > 1:
        return "rotation"
    return "bank" if {"rotation", "bank"} & set(methods) else ""


def reads(methods: Collection[str], step: int, steps: int) -> tuple[Read, ...]:
    """What a frame reads at `step` (from 0) of `steps`, by the method that `runs`; for `attention.sources_for`."""
    method = runs(methods, steps)
    if method == "rotation":
        return (causal(step, steps),)
    return BANK if method == "bank" else ("self",)
