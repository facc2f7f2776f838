"""A scheduler of diffusers as numbers: every step of it is x ← a·x + b·output + c·noise.

Euler, its ancestral form, DDIM and LCM are affine in the sample, the network's output and fresh noise, so their
coefficients can be read off the scheduler itself, by asking it about a one and zeros. What runs on the device is then
arithmetic on tensors of constant shape, the same for all of them, and diffusers stays the only place where a schedule
is defined. A scheduler that remembers earlier outputs (PNDM, DPM-Solver++ 2M, UniPC), or that clips, is found out and
refused.
"""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engines.errors import EngineError


@dataclass(frozen=True, slots=True)
class Level:
    """A noise level: alpha·clean + sigma·noise. VE schedulers (Euler) have alpha 1 and sigma up to 14.6."""

    alpha: float
    sigma: float


CLEAN = Level(1.0, 0.0)

LEAST = 0.2
"""Of noise to latent at the start of feedback: below it the frame before comes back unchanged. Leading and linspace
timesteps end at 0, and so there are no others in a schedule of one step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the network, and what is done with its output."""

    timestep: float  # 0..999
    scale: float  # of the sample, on its way into the network
    sample: float  # a
    output: float  # b
    noise: float  # c; 0 where the scheduler draws none
    level: Level  # of the sample before
    after: Level  # of the sample afterwards


@dataclass(frozen=True, slots=True)
class Schedule:
    """From `start` to a clean latent. `start` is pure noise unless the frame begins with the latent of another one."""

    start: Level
    steps: tuple[Step, ...]

    @property
    def stochastic(self) -> bool:
        """Whether any step draws fresh noise."""
        return any(step.noise for step in self.steps)


def schedule_of(scheduler: Any, steps: int, *, strength: float | None = None) -> Schedule:
    """The schedule of a diffusers scheduler (left as it was) with `steps` calls of the network.

    `strength` in 0..1: begin with a latent, noised to about that part of the whole way, as diffusers' image-to-image
    pipelines do it: the last `steps` of more steps. Then `start.alpha` is above 0. With None it begins with noise.
    Raises EngineError for a scheduler whose steps are not affine.
    """
    whole = steps if strength is None else max(steps + 1, round(steps / strength))
    try:
        asked = _Asked(scheduler, whole)
    except ValueError as error:  # more steps than an LCM was distilled for, …
        raise EngineError(f"{type(scheduler).__name__} has no schedule of {whole} steps: {error}") from error
    found = [asked.step(n) for n in range(whole)][whole - steps :]
    if strength is None:
        return Schedule(Level(0.0, float(asked.scheduler.init_noise_sigma)), tuple(found))
    level = found[0].level
    if level.sigma < LEAST * level.alpha:
        raise EngineError(
            f"{type(scheduler).__name__} would begin feedback at timestep {found[0].timestep:g}, where nothing is left "
            f"to draw: with {steps} step{'s' * (steps > 1)} choose trailing timesteps (--scheduler euler-trailing)"
        )
    return Schedule(level, tuple(found))


class _Asked:
    """A scheduler that is asked about ones and zeros."""

    def __init__(self, scheduler: Any, steps: int) -> None:
        self.scheduler = copy.deepcopy(scheduler)
        self.scheduler.set_timesteps(steps)
        self.timesteps: list[Any] = list(self.scheduler.timesteps)
        if len(self.timesteps) != steps:
            raise EngineError(
                f"{type(scheduler).__name__} calls the network {len(self.timesteps)} times in {steps} steps; a frame "
                "step calls it once: choose --scheduler euler, euler-ancestral, ddim or lcm"
            )
        draws = "generator" in inspect.signature(self.scheduler.step).parameters
        fresh, count = _drawn(0), range(steps)
        nil = [0.0] * steps
        still = self._run(nil, nil, draws)
        self._noise = [value / fresh for value in still]
        self._sample = [x - y for x, y in zip(self._run([1.0] * steps, nil, draws), still, strict=True)]
        self._output = [x - y for x, y in zip(self._run(nil, [1.0] * steps, draws), still, strict=True)]
        # Another input at every step, and other noise: what clips, or mixes in an earlier output, shows here.
        samples, outputs = [0.7 + 0.31 * n for n in count], [-1.3 + 0.57 * n * (-1) ** n for n in count]
        for n, value in enumerate(self._run(samples, outputs, draws, seed=1)):
            a, b, c = self._sample[n], self._output[n], self._noise[n]
            expected = a * samples[n] + b * outputs[n] + c * _drawn(1)
            if abs(value - expected) > 1e-3 * max(1.0, abs(a), abs(b)):
                raise EngineError(
                    f"{type(scheduler).__name__} is not affine in its input (it clips, or remembers earlier steps): "
                    "choose --scheduler euler, euler-ancestral, ddim or lcm"
                )

    def _run(self, samples: list[float], outputs: list[float], draws: bool, seed: int = 0) -> list[float]:
        """What each step makes of its own input."""
        scheduler, told = copy.deepcopy(self.scheduler), []
        for t, sample, output in zip(self.timesteps, samples, outputs, strict=True):
            more = {"generator": torch.Generator().manual_seed(seed)} if draws else {}
            scheduler.scale_model_input(_one(sample), t)  # Euler warns where it was not asked
            told.append(scheduler.step(_one(output), t, _one(sample), return_dict=False, **more)[0].item())
        return told

    def step(self, n: int) -> Step:
        scheduler, t = copy.deepcopy(self.scheduler), self.timesteps[n]
        for earlier in self.timesteps[:n]:  # a scheduler counts its steps
            scheduler.scale_model_input(_one(0.0), earlier)
            scheduler.step(_one(0.0), earlier, _one(0.0), return_dict=False)
        last = n + 1 == len(self.timesteps)
        return Step(
            timestep=float(t),
            scale=scheduler.scale_model_input(_one(1.0), t).item(),
            sample=self._sample[n],
            output=self._output[n],
            noise=self._noise[n] if abs(self._noise[n]) > 1e-7 else 0.0,
            level=self._level(t),
            after=CLEAN if last else self._level(self.timesteps[n + 1]),
        )

    def _level(self, t: Any) -> Level:
        scheduler = copy.deepcopy(self.scheduler)
        at = torch.as_tensor([t])
        return Level(
            scheduler.add_noise(_one(1.0), _one(0.0), at).item(), scheduler.add_noise(_one(0.0), _one(1.0), at).item()
        )


def _one(value: float) -> Tensor:
    return torch.full((1, 1, 1, 1), value)


def _drawn(seed: int) -> float:
    return float(torch.randn(1, generator=torch.Generator().manual_seed(seed)))
