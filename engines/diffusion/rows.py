"""Which frame goes into which row of which batch, and what it reads there. On the host, before anything is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from torch import Tensor

from engines.base import FrameSpec

from .coherence.gates import change_map
from .coherence.noise import drawn, joint
from .coherence.pan import cells, moved
from .session import DiffusionSession, Moment, Said


@dataclass(frozen=True, slots=True)
class Methods:
    """Which coherence methods are on."""

    joint: bool = False
    pan: bool = False
    slerp: bool = False
    bank: bool = False
    rotation: bool = False
    filter: bool = False
    feedback: bool = False
    gates: bool = False

    @classmethod
    def of(cls, names: Sequence[str]) -> Methods:
        return cls(**dict.fromkeys(names, True))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(self) if getattr(self, each.name))

    @property
    def banked(self) -> bool:
        """Self-attention reads other frames."""
        return self.bank or self.rotation

    @property
    def chained(self) -> bool:
        """A frame needs the finished latent of the one before: not in the same batch."""
        return self.feedback or self.gates


@dataclass(slots=True)
class Row:
    """One frame to be drawn."""

    session: DiffusionSession
    spec: FrameSpec
    moment: Moment  # afterwards
    cut: bool  # nothing of the frame before leads to this one
    noise: Tensor  # [4, h, w], host
    fresh: Tensor | None  # [steps, 4, h, w], host: for schedulers that draw noise; None: none do
    gate: Tensor | None  # [1, h, w] in 0..1, host; None: everything is free
    way: tuple[int, int] = (0, 0)  # of the camera since the frame before, in cells right and down


def row_of(
    session: DiffusionSession, spec: FrameSpec, before: Moment, last: FrameSpec | None, methods: Methods,
    latent: tuple[int, int, int], draws: int,
) -> Row:  # fmt: skip
    """The next frame of a film that stands at `before`, where `last` was seen; `draws`: how often the schedule draws
    fresh noise."""
    cut = before.number < 0 or spec.shot != before.shot
    number = 0 if cut else before.number + 1
    said = Said(spec.previous_text, spec.text, spec.mix)
    moment = Moment(
        shot=spec.shot,
        seed=spec.seed if cut else before.seed,
        number=number,
        view=spec.view,
        said=said,
        first=said if cut else before.first,
        first_view=spec.view if cut else before.first_view,
    )
    _, height, width = latent
    way = (0, 0) if cut else moved(spec.view, before.view, height, width)
    gate = change_map(spec, last, height, width) if methods.gates and not cut else None
    beginning, fresh = starting_noise(session, moment, methods, latent, draws)
    return Row(session, spec, moment, cut, beginning, fresh, gate, way)


def starting_noise(
    session: DiffusionSession, moment: Moment, methods: Methods, latent: tuple[int, int, int], draws: int
) -> tuple[Tensor, Tensor | None]:
    """Noise [4, h, w] of the frame at `moment`, and what its schedule adds afterwards, [draws, 4, h, w]."""
    told = _noise(session, moment, methods, latent, draws)  # [1 + draws, 4, h, w]
    return told[0], told[1:] if draws else None


def _noise(
    session: DiffusionSession, moment: Moment, methods: Methods, latent: tuple[int, int, int], draws: int
) -> Tensor:
    if methods.pan:
        base = session.field(moment.seed, latent, draws).at(*cells(moment.view, *latent[1:]))
    elif methods.joint:
        base = drawn(moment.seed, 0, latent, draws)
    else:
        return drawn(moment.seed, moment.number, latent, draws)
    if methods.joint:
        return joint(base, session.residual(moment.seed, latent, draws, moment.number))
    return base


def batches(rows: Sequence[Row], buckets: Sequence[int], *, chained: bool) -> list[list[Row]]:
    """Rows by batch, each of a size in `buckets` (which hold 1): exactly filled, nothing is drawn for nothing.

    The frames of one film stay in order; with `chained` no two of them share a batch.
    """
    waves: list[list[Row]] = []
    if chained:
        depth: dict[int, int] = {}
        for row in rows:
            wave = depth.get(id(row.session), 0)
            depth[id(row.session)] = wave + 1
            if wave == len(waves):
                waves.append([])
            waves[wave].append(row)
    else:
        waves = [list(rows)]
    found = []
    for left in waves:
        while left:
            size = max(bucket for bucket in buckets if bucket <= len(left))
            found.append(left[:size])
            left = left[size:]
    return found


def shots(batch: Sequence[Row]) -> tuple[list[tuple[int, int]], dict[tuple[int, int], int]]:
    """Which shot of which film each row is a frame of, and the first row of each shot."""
    names = [(id(row.session), row.spec.shot) for row in batch]
    first: dict[tuple[int, int], int] = {}
    for n, name in enumerate(names):
        first.setdefault(name, n)
    return names, first
