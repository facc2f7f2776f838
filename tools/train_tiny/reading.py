"""The text encoder learns to read before it is asked to help drawing: what is in this scene, of which colour, where?

A denoiser and a text encoder that both know nothing learn little from each other for thousands of steps. To tell what
a caption says takes seconds to learn, and then each state of the encoder holds the whole scene, the padding's included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .pace import Pace
from .tokens import ids_of
from .world import COLOURS, NOUNS, PLACES, SIDES, TIMES, Scene, caption

BATCH = 16
RATE = 2e-3


def train(text: Any, scenes: Sequence[Scene], tokenizer: Any, pace: Pace, say: Callable[[str], None]) -> None:
    """Let it learn until the time is up. The heads that it answers with are thrown away."""
    torch.manual_seed(5)
    rng = Random(5)
    heads = nn.Linear(text.config.hidden_size, len(facts(scenes[0], "")))
    optimiser = torch.optim.AdamW([*text.parameters(), *heads.parameters()], lr=RATE, fused=True)
    smooth = 0.0
    for number in pace.steps():
        pace.set_rate(optimiser, RATE)
        told = rng.choices(scenes, k=BATCH)
        said = [caption(scene, rng) for scene in told]
        states = text(ids_of(tokenizer, said)).last_hidden_state  # [B, 77, C]
        answer = heads(states[:, 24::8])  # at some places in the padding, each alone
        right = torch.stack([facts(*pair) for pair in zip(told, said, strict=True)])
        loss = functional.binary_cross_entropy_with_logits(answer, right[:, None].expand_as(answer))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        smooth = loss.item() if not number else 0.95 * smooth + 0.05 * loss.item()
        if pace.tells(number):
            say(f"text encoder {pace} loss {smooth:.4f}")


def facts(scene: Scene, said: str) -> Tensor:
    """Yes and no, one of each noun, colour, place, time and side, and of snow. The side only where it is said."""
    nouns, colours = ([getattr(thing, name) for thing in scene.things] for name in ("noun", "colour"))
    true = [noun in nouns for noun in NOUNS] + [colour in colours for colour in COLOURS]
    true += [place == scene.place for place in PLACES] + [time == scene.time for time in TIMES]
    true += [f"the {side} " in said for side in SIDES] + [scene.snows]
    return torch.tensor(true, dtype=torch.float32)
