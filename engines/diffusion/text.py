"""Prompts as embeddings: told apart, encoded together, kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engines.compile.backend import Bound, Network

from .coherence.slerp import Arc
from .networks import TOKENS

KEPT = 256
"""Prompts whose embeddings stay on the device: 118 KiB each for SD 1.5 in float16, 320 KiB for SDXL."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a UNet reads of a prompt."""

    hidden: Tensor  # [77, C]
    pooled: Tensor | None  # [P], SDXL's


class Prompts:
    """The text encoders of a model, one (SD) or two (SDXL: their last axes side by side), and what they said lately."""

    def __init__(self, tokenizers: Sequence[Any], encoders: Sequence[Network], device: torch.device) -> None:
        self.encoded = 0  # prompts that were not known
        self._tokenizers = tokenizers
        self._bound: list[dict[int, Bound]] = [
            {bucket: encoder.bind(bucket) for bucket in encoder.spec.buckets} for encoder in encoders
        ]
        self._device = device
        self._kept: OrderedDict[str, Prompt] = OrderedDict()
        self._arcs: OrderedDict[tuple[str, str], Arc] = OrderedDict()

    def __call__(self, texts: Iterable[str]) -> dict[str, Prompt]:
        """The embeddings of each text; those that are not kept are encoded together, in buckets."""
        wanted = dict.fromkeys(texts)
        found = {text: self._kept[text] for text in wanted if text in self._kept}
        fresh = [text for text in wanted if text not in found]
        while fresh:
            bucket = max(size for size in self._bound[0] if size <= len(fresh))
            found |= self._encode(fresh[:bucket])
            fresh = fresh[bucket:]
        for text in wanted:
            self._kept[text] = found[text]
            self._kept.move_to_end(text)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _encode(self, texts: list[str]) -> dict[str, Prompt]:
        self.encoded += len(texts)
        hidden, pooled = [], None
        for tokenizer, bounds in zip(self._tokenizers, self._bound, strict=True):
            ids = tokenizer(
                texts, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt"
            ).input_ids
            bound = bounds[len(texts)]
            bound.inputs["ids"].copy_(ids)
            bound.run()
            hidden.append(bound.outputs["hidden"])
            pooled = bound.outputs.get("pooled", pooled)
        # Copies: the encoder's next run overwrites its outputs.
        whole = torch.cat(hidden, dim=-1) if len(hidden) > 1 else hidden[0].clone()
        rows = pooled.clone() if pooled is not None else None
        return {text: Prompt(whole[n], rows[n] if rows is not None else None) for n, text in enumerate(texts)}

    def arc(self, one: str, other: str) -> Arc:
        """The way from one prompt to another; waits for the device once for each new pair."""
        pair = (one, other)
        if pair not in self._arcs:
            prompts = self(pair)
            self._arcs[pair] = Arc.between(prompts[one].hidden, prompts[other].hidden)
            while len(self._arcs) > KEPT:
                self._arcs.popitem(last=False)
        return self._arcs[pair]


def guidance_embedding(scale: float, width: int) -> Tensor:
    """What a latent consistency model reads in place of classifier-free guidance: [width], float32.

    Sines and cosines of 1000·(scale - 1), Luo et al., arXiv 2310.04378, after VDM (arXiv 2107.00630).
    """
    half = width // 2
    rates = torch.exp(torch.arange(half, dtype=torch.float32) * -(math.log(10_000.0) / (half - 1)))
    angles = (scale - 1.0) * 1000.0 * rates
    return torch.nn.functional.pad(torch.cat([angles.sin(), angles.cos()]), (0, width % 2))
