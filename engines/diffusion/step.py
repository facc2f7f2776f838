"""One frame step: noise in, pictures out, for a whole batch of frames and with nothing but tensors of constant shape.

    x ← alpha·latent + sigma·noise                          the start; alpha is 0 where there is no latent to begin with
    x ← a·x + b·unet(scale·x, t, text, bank) + c·fresh      for each step of the schedule
    x ← m·x + (1-m)·(alpha'·latent + sigma'·noise)          gates: what does not change follows the frame before
    uint8 ← decoder(x)

Every number of it is a tensor with a row per frame: frames that begin with noise and frames that begin with a latent,
of several films, share a batch. So the whole is one CUDA graph per batch size; what a frame reads is written into the
buffers beforehand, what it leaves is taken out afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engines.compile.backend import Bound, Network
from engines.compile.graph import Captured

from .coherence.feedback import begun
from .coherence.gates import gated, soft
from .schedule import Level, Schedule

TIME, SCALE, SAMPLE, OUTPUT, NOISE, ALPHA, SIGMA, NEXT = range(8)
"""Columns of the table of numbers: timestep, the Step's four, the level afterwards, the next timestep (0: none)."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A Schedule as the table that the device reads."""

    start: Tensor  # [2]: alpha, sigma
    table: Tensor  # [steps, 8 columns]

    @classmethod
    def of(cls, schedule: Schedule) -> Numbers:
        following = [step.timestep for step in schedule.steps[1:]] + [0.0]
        table = torch.tensor(
            [
                [s.timestep, s.scale, s.sample, s.output, s.noise, s.after.alpha, s.after.sigma, after]
                for s, after in zip(schedule.steps, following, strict=True)
            ]
        )
        return cls(torch.tensor([schedule.start.alpha, schedule.start.sigma]), table)


class Buffers:
    """What all batch sizes share: each is the leading rows of the largest one's."""

    def __init__(
        self,
        rows: int,
        branches: int,
        latent: tuple[int, int, int],
        steps: int,
        denoiser: Network,
        device: torch.device,
    ) -> None:
        def zeros(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=device)

        self.noise = zeros(rows, *latent)
        self.fresh = zeros(rows, steps, *latent)  # the noise that stochastic schedulers add after each step
        self.latent = zeros(rows, *latent)  # clean, of the frame before
        self.gate = zeros(rows, 1, *latent[1:]) + 1.0  # 0..1: how likely a cell is to change; 1 without a latent
        self.start = zeros(rows, 2)
        self.table = zeros(rows, steps, 8)
        kinds = {spec.name: spec for spec in denoiser.spec.inputs}
        fixed = ("text", "pooled", "time_ids", "guidance")
        self.given = {  # of the denoiser, the same at every step; its two branches lie one after the other
            name: zeros(rows * branches, *kinds[name].shape, dtype=getattr(torch, kinds[name].dtype))
            for name in fixed
            if name in kinds
        }
        tables = [kinds["sources"]] * steps if "sources" in kinds else []
        self.sources = [  # a step: which rows each row reads, see attention.py
            zeros(rows * branches, *each.shape, dtype=torch.int64) for each in tables
        ]
        self.made = [  # a step: what it leaves for the bank, where the next step overwrites the network's outputs
            {
                spec.name: zeros(rows * branches, *spec.shape, dtype=getattr(torch, spec.dtype))
                for spec in denoiser.spec.outputs[1:]
            }
            for _ in range(steps if steps > 1 else 0)
        ]
        banks = [spec for spec in denoiser.spec.inputs if spec.rows == 2]
        self.banks = [
            {spec.name: zeros(2 * rows * branches, *spec.shape, dtype=getattr(torch, spec.dtype)) for spec in banks}
            for _ in range(steps)
        ]


class FrameStep:
    """The frame step of one batch size."""

    def __init__(
        self, batch: int, branches: int, buffers: Buffers, denoiser: Network, decoder: Network, guidance: float
    ) -> None:
        """`branches`: 2 with classifier-free guidance of scale `guidance`, the one without a prompt first; else 1."""
        self.batch = batch
        self._branches = branches
        self._guidance = guidance
        whole, device = batch * branches, buffers.noise.device
        self.noise, self.fresh = buffers.noise[:batch], buffers.fresh[:batch]
        self.latent, self.gate = buffers.latent[:batch], buffers.gate[:batch]
        self.start, self.table = buffers.start[:batch], buffers.table[:batch]
        self.given = {name: buffer[:whole] for name, buffer in buffers.given.items()}
        self.banks = [{name: bank[: 2 * whole] for name, bank in banks.items()} for banks in buffers.banks]
        self.sources = [table[:whole] for table in buffers.sources]
        self._denoisers: list[Bound] = [
            denoiser.bind(whole, self.given | bank | ({"sources": self.sources[n]} if self.sources else {}))
            for n, bank in enumerate(self.banks)
        ]
        self._made = [{name: tensor[:whole] for name, tensor in made.items()} for made in buffers.made]
        self._decoder = decoder.bind(batch)
        height, width = decoder.spec.outputs[0].shape[1:]
        self.clean = torch.zeros_like(self.noise)  # [B, 4, h, w]: the latents that the pictures show
        self.pixels = torch.zeros((batch, height, width, 3), dtype=torch.uint8, device=device)
        self.picture = torch.zeros((batch, 3, height, width), dtype=torch.float32, device=device)  # 0..1, before uint8
        self.good = torch.zeros(batch, dtype=torch.bool, device=device)  # all of it finite
        self.run = Captured(self._work, device)
        self.bare = Captured(self._networks, device)  # for measuring: what is in the buffers, through the networks

    def made(self, step: int) -> Mapping[str, Tensor]:
        """Keys and values that the last run left at a step: `made_keys0` [B·branches, tokens, c], …"""
        return self._made[step] if self._made else self._denoisers[step].outputs

    def look(self, latent: Tensor, noise: Tensor, levels: Sequence[tuple[Level, float, float]]) -> None:
        """Fill `made` from a clean latent [4, h, w], noised to the level of each step (level, scale, timestep), without
        drawing anything. For a batch of one."""
        for n, (level, scale, timestep) in enumerate(levels):
            sample = (level.alpha * latent + level.sigma * noise) * scale
            self._predicted(n, sample.unsqueeze(0), torch.full((1,), timestep, device=latent.device))

    def _work(self) -> None:
        x = begun(self.latent, self.noise, self.start[:, 0], self.start[:, 1])
        for n in range(len(self._denoisers)):
            told = self.table[:, n]  # [B, 8 columns]
            output = self._predicted(n, x * _over(told[:, SCALE]), told[:, TIME])
            x = _over(told[:, SAMPLE]) * x + _over(told[:, OUTPUT]) * output + _over(told[:, NOISE]) * self.fresh[:, n]
            free = soft(self.gate, _over(told[:, TIME]), _over(told[:, NEXT]))
            x = gated(x, self.latent, self.noise, free, told[:, ALPHA], told[:, SIGMA])
        self.clean.copy_(x)
        self._decoder.inputs["latent"].copy_(x)
        self._decoder.run()
        torch.clamp(self._decoder.outputs["picture"].float() * 0.5 + 0.5, 0, 1, out=self.picture)
        self.pixels.copy_((self.picture * 255).round().permute(0, 2, 3, 1))
        finite = torch.isfinite(self._decoder.outputs["picture"]).flatten(1).all(1)
        torch.logical_and(finite, torch.isfinite(x).flatten(1).all(1), out=self.good)

    def _networks(self) -> None:
        for denoiser in self._denoisers:
            denoiser.run()
        self._decoder.run()

    def _predicted(self, step: int, sample: Tensor, timestep: Tensor) -> Tensor:
        """The network's output, guided (Ho & Salimans, arXiv 2207.12598): [B, 4, h, w]."""
        denoiser = self._denoisers[step]
        for branch in range(self._branches):
            rows = slice(branch * self.batch, (branch + 1) * self.batch)
            denoiser.inputs["sample"][rows].copy_(sample)
            denoiser.inputs["timestep"][rows].copy_(timestep)
        denoiser.run()
        for name, kept in self._made[step].items() if self._made else ():
            kept.copy_(denoiser.outputs[name])
        output = denoiser.outputs["output"].float()
        if self._branches == 1:
            return output
        without, within = output.chunk(2)
        return without + self._guidance * (within - without)


def _over(row: Tensor) -> Tensor:
    """[B] → [B, 1, 1, 1]."""
    return row.view(-1, 1, 1, 1)
