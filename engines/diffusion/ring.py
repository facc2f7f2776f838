"""The way of pictures to the host: pinned memory, copied behind the device's back, waited for once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.base import Picture

SLOTS = 8
"""Batches in flight; the next one waits for the oldest to be read."""


@dataclass(slots=True)
class _Slot:
    pixels: Tensor  # [rows, h, w, 3] uint8
    good: Tensor  # [rows] bool
    done: torch.cuda.Event | None


class Ring:
    """Slots for `rows` pictures of `height` by `width` each. On the CPU the same, without pinning and events."""

    def __init__(self, rows: int, height: int, width: int, device: torch.device) -> None:
        pinned = device.type == "cuda"
        self._slots = [
            _Slot(
                torch.zeros((rows, height, width, 3), dtype=torch.uint8, pin_memory=pinned),
                torch.zeros(rows, dtype=torch.bool, pin_memory=pinned),
                torch.cuda.Event() if pinned else None,  # type: ignore[no-untyped-call]
            )
            for _ in range(SLOTS)
        ]
        self._waiting: list[tuple[_Slot, int]] = []

    @property
    def full(self) -> bool:
        return len(self._waiting) == SLOTS

    def put(self, pixels: Tensor, good: Tensor) -> None:
        """Begin to copy pictures [B, h, w, 3] and which of them are good [B]; does not wait. Raises when full."""
        if self.full:
            raise RuntimeError(f"{SLOTS} batches wait to be read")
        slot, count = self._slots[0], len(pixels)
        self._slots.append(self._slots.pop(0))
        slot.pixels[:count].copy_(pixels, non_blocking=slot.done is not None)
        slot.good[:count].copy_(good, non_blocking=slot.done is not None)
        if slot.done is not None:
            slot.done.record()
        self._waiting.append((slot, count))

    def take(self) -> list[Picture | None]:
        """The pictures of the oldest batch, copies; None in the place of one that is not finite."""
        slot, count = self._waiting.pop(0)
        if slot.done is not None:
            slot.done.synchronize()
        whole = slot.pixels.numpy()
        return [np.array(whole[n]) if slot.good[n] else None for n in range(count)]

    def clear(self) -> None:
        """Forget what waits: the batch failed."""
        self._waiting.clear()
