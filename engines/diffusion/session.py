"""What the engine remembers of one film, and how it is passed on."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engines.base import Box, Figure, FrameSpec, Picture, Session, Setting, Shot, View

from .coherence.noise import Residual
from .coherence.pan import Field
from .route import Route

log = logging.getLogger(__name__)

VERSION = 1
"""Of a snapshot; another one is not read."""

RHO = 0.9
"""Of the AR(1) residual: at 24 frames a second a third of it is left after half a second."""

AHEAD = 8
"""Frames whose noise is drawn before they are asked for, at most."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words that a frame was drawn from: enough to draw its keys and values again."""

    previous: str = ""
    text: str = ""
    mix: float = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a film stands: of the last frame drawn."""

    shot: int = -1
    seed: int = 0
    number: int = -1  # of the frame within its shot
    view: View = View()
    said: Said = Said()
    first: Said = Said()  # of the shot's first frame, the anchor
    first_view: View = View()


class Memory:
    """The part that lies on the device: latents, and a bank of keys and values per step."""

    def __init__(self, latent: tuple[int, int, int], bank: list[dict[str, tuple[int, ...]]], dtype: torch.dtype,
                 device: torch.device) -> None:  # fmt: skip
        """`bank`: a step → name of a tensor ("keys0") → its shape, [2, branches, tokens, c]: anchor, then previous."""
        # float16, as in a snapshot, on every device: what is restored is what was there, to the bit.
        self.previous = torch.zeros(latent, dtype=torch.float16, device=device)
        self.anchor = torch.zeros(latent, dtype=torch.float16, device=device)
        self.bank = [
            {name: torch.zeros(shape, dtype=dtype, device=device) for name, shape in step.items()} for step in bank
        ]


class DiffusionSession(Session):
    """One film. `moment` is replaced once its frames are drawn; a batch that fails leaves it as it was."""

    def __init__(self, shot: Shot, model: str, memory: Memory, closed: Callable[[DiffusionSession], None]) -> None:
        """`model` names the weights that the latents belong to; `closed` is called once."""
        self.shot = shot
        self.moment = Moment()
        self.spec: FrameSpec | None = None  # of the last frame
        self._residual: Residual | None = None
        self._links: dict[int, Tensor] = {}  # drawn ahead
        self._field: Field | None = None
        self.route: Route | None = None  # of its words
        self.picture: Picture | None = None  # the last good one
        self.stale = False  # the bank must be made again from the latents
        self._model = model
        self._memory: Memory | None = memory
        self._closed = closed

    @property
    def memory(self) -> Memory:
        """Raises RuntimeError once closed."""
        if self._memory is None:
            raise RuntimeError(f"the session of stream {self.shot.stream!r} is closed")
        return self._memory

    def residual(self, seed: int, latent: tuple[int, int, int], draws: int, number: int) -> Tensor:
        """Frame `number`'s link of what is not shared of the shot's noise, [1 + draws, *latent]."""
        if self._residual is None or self._residual.seed != seed:
            self._residual = Residual(seed, RHO, latent, draws)
            self._links.clear()
        link = self._links.pop(number, None)
        return self._residual.at(number) if link is None else link

    def draw_ahead(self, count: int) -> None:
        """Have the next `count` links ready: while the device draws, the host has nothing to do."""
        if self._residual is not None:
            wanted = range(self.moment.number + 1, self.moment.number + 1 + min(count, AHEAD))
            self._links = {n: self._links[n] if n in self._links else self._residual.at(n) for n in wanted}

    def field(self, seed: int, latent: tuple[int, int, int], draws: int) -> Field:
        """What the camera pans over; kept, because neighbouring frames see the same part of it."""
        if self._field is None or self._field.seed != seed:
            self._field = Field(seed, latent, draws)
        return self._field

    def forget(self) -> None:
        """Begin anew with the next frame, as after a cut."""
        self.moment = replace(self.moment, shot=-1, number=-1)
        self.spec = self.route = None
        self.stale = False

    def snapshot(self) -> bytes:
        """A line of JSON, then the latents of the frame before and of the anchor, float16: 65 KiB at 512x512. b""
        before the first frame. Waits for the device. What lies between two sentences after a steer has no words, and is
        not in it."""
        if self.moment.number < 0:
            return b""
        memory = self.memory
        head = {"version": VERSION, "model": self._model, "latent": list(memory.previous.shape)} | asdict(self.moment)
        head["spec"] = asdict(self.spec) if self.spec else None
        latents = torch.stack([memory.previous, memory.anchor]).cpu().numpy()
        return json.dumps(head).encode() + b"\n" + latents.tobytes()

    def restore(self, snapshot: bytes) -> None:
        """Go on from a snapshot. Everything is as it was to the bit but for the bank of keys and values, which is drawn
        again from the latents before the next frame; and a film that was on its way after a steer in mid-sentence sets
        out from the nearer of the two sentences."""
        if not snapshot:
            return
        try:
            self._restore(snapshot)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("%s: its past cannot be used, it begins anew: %s", self.shot.stream, error)
            self.forget()

    def _restore(self, snapshot: bytes) -> None:
        head, _, body = snapshot.partition(b"\n")
        told: dict[str, Any] = json.loads(head)
        memory = self.memory
        for name, mine in (("version", VERSION), ("model", self._model), ("latent", list(memory.previous.shape))):
            if told.pop(name) != mine:
                raise ValueError(f"its {name} is another one")
        latents = np.frombuffer(body, np.float16).reshape(2, *memory.previous.shape)
        moment = Moment(
            shot=int(told["shot"]),
            seed=int(told["seed"]),
            number=int(told["number"]),
            view=View(**told["view"]),
            said=Said(**told["said"]),
            first=Said(**told["first"]),
            first_view=View(**told["first_view"]),
        )
        memory.previous.copy_(_tensor(latents[0]))
        memory.anchor.copy_(_tensor(latents[1]))
        self.moment, self.stale, self.route = moment, True, None
        self.spec = _spec(told["spec"]) if told["spec"] else None

    def close(self) -> None:
        """Give up its memory."""
        if self._memory is not None:
            self._memory = None
            self._closed(self)


def _spec(told: dict[str, Any]) -> FrameSpec:
    figures = tuple(
        Figure(**each | {"box": Box(**each["box"]), "velocity": tuple(each["velocity"])}) for each in told["figures"]
    )
    places = {name: Setting(**told[name]) for name in ("setting", "previous_setting")}
    return FrameSpec(**told | places | {"figures": figures, "view": View(**told["view"])})


def _tensor(latent: np.ndarray[Any, np.dtype[np.float16]]) -> Tensor:
    return torch.from_numpy(latent.copy())
