"""The way of one film from sentence to sentence, as prompt embeddings; a steer in mid-sentence turns off it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .coherence.slerp import Arc, respaced, slerp
from .text import Prompt, Prompts


@dataclass(slots=True)
class Route:
    """Between two descriptions."""

    words: tuple[str, str]
    start: Prompt
    end: Prompt
    arc: Arc
    way: float = 0.0  # 0..1, where the last frame was

    @classmethod
    def begun(cls, words: tuple[str, str], prompts: Prompts, before: Route | None) -> Route:
        """The route for new words. A film that had not arrived at the words before sets out from where it was: a
        FrameSpec names two sentences, and what lay between two others has no name."""
        known = prompts(words)
        start, end = (known[text] for text in words)
        if before is None or before.way >= 1.0:
            return cls(words, start, end, prompts.arc(*words))
        start = before.here()
        return cls(words, start, end, Arc.between(start.hidden, end.hidden))

    def here(self) -> Prompt:
        """What was read last."""
        hidden = slerp(self.start.hidden, self.end.hidden, self.way)
        if self.start.pooled is None or self.end.pooled is None:
            return Prompt(hidden, None)
        return Prompt(hidden, torch.lerp(self.start.pooled, self.end.pooled, self.way))

    def to(self, mix: float) -> float:
        """Go on to a frame's mix; τ of slerp there, 0..1."""
        self.way = respaced(mix, self.arc)
        return self.way
