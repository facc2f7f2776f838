"""Training by the clock: minutes of CPU time, the learning rate by what of them is gone, a checkpoint now and then."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import torch

WARM = 0.04
"""Part of the time in which the rate rises to its full height; then it falls along a cosine to a twentieth."""

EVERY = 20.0  # seconds between two lines of the log
KEEP = 60.0  # seconds between two checkpoints


@dataclass(slots=True)
class Pace:
    """How long a training lasts: CPU time, whoever else works on the machine, but no longer than until `end`."""

    minutes: float  # of CPU time, all threads together
    end: float = math.inf  # by `monotonic`
    checkpoint: Path | None = None
    most: int | None = None  # steps
    part: float = 0.0  # of the time, 0..1
    step: int = 0
    _began: float = field(default_factory=process_time)
    _first: float = field(default_factory=monotonic)
    _told: float = 0.0
    _kept: float = 0.0

    def steps(self) -> Iterator[int]:
        """0, 1, … until the time is up, or `most` are done."""
        self._began, self._first = process_time(), monotonic()
        self._told = self._kept = monotonic()
        while True:
            gone = (process_time() - self._began) / (60 * self.minutes)
            late = (monotonic() - self._first) / (self.end - self._first)
            self.part = max(gone, late, self.step / self.most if self.most else 0.0)
            if self.part >= 1.0:
                return
            yield self.step
            self.step += 1

    def set_rate(self, optimiser: torch.optim.Optimizer, rate: float) -> None:
        """Of learning, for this part of the way."""
        rising = min(1.0, (self.part + 1e-3) / WARM)
        falling = 0.05 + 0.95 * (0.5 + 0.5 * math.cos(math.pi * self.part))
        for group in optimiser.param_groups:
            group["lr"] = rate * min(rising, falling)

    def tells(self, number: int) -> bool:
        """Whether a line of the log is due."""
        if number and monotonic() - self._told < EVERY:
            return False
        self._told = monotonic()
        return True

    def keep(self, *nets: Any, now: bool = False) -> None:
        """Write weights down, if it is time."""
        if self.checkpoint is None or not now and monotonic() - self._kept < KEEP:
            return
        self._kept = monotonic()
        making = self.checkpoint.with_suffix(".making")
        torch.save([net.state_dict() for net in nets], making)
        making.rename(self.checkpoint)

    def resumes(self, *nets: Any) -> bool:
        """Take up the weights that were written down, if there are any."""
        if self.checkpoint is None or not self.checkpoint.is_file():
            return False
        for net, kept in zip(nets, torch.load(self.checkpoint), strict=True):
            net.load_state_dict(kept)
        return True

    def __str__(self) -> str:
        return f"{process_time() - self._began:5.0f} s of CPU, step {self.step:5d}:"
