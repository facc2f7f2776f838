"""Batches on the device: what the rows read is written into the buffers, the step is run, what they leave is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engines.compile.backend import Network

from .attention import Read, sources_for
from .coherence.pan import latent_shift
from .coherence.rotation import reads
from .coherence.slerp import slerp
from .route import Route
from .rows import Methods, Row, shots, starting_noise
from .schedule import Schedule
from .session import DiffusionSession, Memory, Moment, Said
from .step import Buffers, FrameStep, Numbers
from .text import Prompt, Prompts, guidance_embedding

Leg = tuple[Prompt, Prompt, float]
"""From, to, and how far, 0..1."""

ANCHOR, PREVIOUS = 0, 1
"""Rows of a film's bank, in the order that attention.sources_for expects."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How every frame is drawn."""

    whole: Schedule  # from noise
    again: Schedule | None  # from the latent of the frame before, with feedback
    guidance: float  # of classifier-free guidance where `branches` is 2, of a consistency model's embedding else
    branches: int
    negative: str  # prompt of the unconditional branch
    zeroed: bool  # SDXL: an empty negative prompt is zeros, not the embedding of ""
    methods: Methods
    latent: tuple[int, int, int]  # channels, height, width
    size: tuple[int, int]  # of the picture, height, width


class Painter:
    """Draws batches of rows with the networks of a model."""

    def __init__(
        self, sampling: Sampling, prompts: Prompts, denoiser: Network, decoder: Network, buckets: Sequence[int],
        device: torch.device,
    ) -> None:  # fmt: skip
        self._sampling = sampling
        self._prompts = prompts
        self._device = device
        count = len(sampling.whole.steps)
        self._buffers = Buffers(max(buckets), sampling.branches, sampling.latent, count, denoiser, device)
        self._steps = {
            size: FrameStep(size, sampling.branches, self._buffers, denoiser, decoder, sampling.guidance)
            for size in buckets
        }
        self._whole = Numbers.of(sampling.whole)
        self._again = Numbers.of(sampling.again) if sampling.again else None
        self._constants()

    def _constants(self) -> None:
        """What no frame changes."""
        given, (height, width) = self._buffers.given, self._sampling.size
        if "time_ids" in given:  # SDXL: original size, crop, target size
            given["time_ids"][:] = torch.tensor([height, width, 0, 0, height, width])
        if "guidance" in given:
            given["guidance"][:] = guidance_embedding(self._sampling.guidance, given["guidance"].shape[1])

    def memory(self) -> Memory:
        """For a new film."""
        bank = [
            {name: (2, self._sampling.branches, *tensor.shape[1:]) for name, tensor in step.items()}
            for step in self._buffers.banks
        ]
        dtype = next((t.dtype for t in self._buffers.banks[0].values()), torch.float32) if bank else torch.float32
        return Memory(self._sampling.latent, bank, dtype, self._device)

    @property
    def steps(self) -> Collection[FrameStep]:
        """Of all batch sizes."""
        return self._steps.values()

    def step(self, size: int) -> FrameStep:
        """The frame step of a batch size: its `pixels`, `picture`, `good` and `clean` after `paint`."""
        return self._steps[size]

    def paint(self, batch: Sequence[Row]) -> FrameStep:
        """Draw a batch whose size is a bucket. Enqueued, not waited for; its films remember their last frame of it."""
        step = self._steps[len(batch)]
        self._write(step, batch)
        step.run()
        self._remember(step, batch)
        return step

    # What the rows read

    def _send(self, to: Tensor, host: Tensor) -> None:
        """Copy without waiting: from pinned memory, which torch keeps until the copy is done, and then uses again."""
        if self._device.type == "cuda":
            to.copy_(host.pin_memory(), non_blocking=True)
        else:  # Apple's GPUs may read the source later than it lives (PyTorch issue 139550)
            to.copy_(host)

    def _write(self, step: FrameStep, batch: Sequence[Row]) -> None:
        methods = self._sampling.methods
        self._send(step.noise, torch.stack([row.noise for row in batch]))
        if self._sampling.whole.stochastic:
            draws = torch.stack([row.fresh for row in batch if row.fresh is not None])
            self._send(step.fresh[:, : draws.shape[1]], draws)
        again = [self._again if methods.feedback and not row.cut else None for row in batch]
        numbers = [found or self._whole for found in again]
        self._send(step.start, torch.stack([each.start for each in numbers]))
        self._send(step.table, torch.stack([each.table for each in numbers]))
        if methods.chained:
            self._latents(step, batch)
        self._prompts([text for row in batch for text in (row.moment.said.previous, row.moment.said.text) if text])
        self._words(step, [self._leg(row.moment.said, row.session, cut=row.cut) for row in batch])
        if methods.banked:
            self._banks(step, batch)

    def _latents(self, step: FrameStep, batch: Sequence[Row]) -> None:
        """The frame before, moved with the camera; what comes into view is free to change."""
        free = torch.ones(step.gate.shape[1:])
        gates = []
        for n, row in enumerate(batch):
            gate = free if row.gate is None else row.gate
            if row.cut:
                step.latent[n].zero_()  # what was left there may not be finite, and 0 times that is not 0
            else:
                moved, exposed = latent_shift(row.session.memory.previous, *row.way)
                step.latent[n].copy_(moved)
                gate = torch.maximum(gate, exposed)
            gates.append(gate)
        self._send(step.gate, torch.stack(gates))

    def _leg(self, said: Said, film: DiffusionSession | None, *, cut: bool = True) -> Leg:
        """From which embedding to which a frame is on its way, and how far; on the route of its film, if given one."""
        words = (said.previous or said.text, said.text)
        if not self._sampling.methods.slerp:
            end = self._prompts(words)[said.text]
            return end, end, 1.0
        route = None if film is None or cut else film.route
        if route is None or route.words != words:
            route = Route.begun(words, self._prompts, route)
        if film is not None:
            film.route = route
        return route.start, route.end, route.to(said.mix)

    def _words(self, step: FrameStep, legs: Sequence[Leg]) -> None:
        """Embeddings on the way from description to description."""
        sampling, size = self._sampling, len(legs)
        within = slice((sampling.branches - 1) * size, sampling.branches * size)
        step.given["text"][within] = self._between(legs)
        if "pooled" in step.given:
            step.given["pooled"][within] = torch.stack([torch.lerp(_pooled(a), _pooled(b), way) for a, b, way in legs])
        if sampling.branches == 2:
            nothing = self._prompts([sampling.negative])[sampling.negative]
            zeroed = sampling.zeroed and not sampling.negative
            step.given["text"][:size] = torch.zeros_like(nothing.hidden) if zeroed else nothing.hidden
            if "pooled" in step.given:
                step.given["pooled"][:size] = torch.zeros_like(_pooled(nothing)) if zeroed else _pooled(nothing)

    def _between(self, legs: Sequence[Leg]) -> Tensor:
        """[B, 77, C]"""
        ends = torch.stack([end.hidden for _, end, _ in legs])
        if all(way >= 1.0 for _, _, way in legs):
            return ends
        taus = torch.empty(len(legs), device=self._device)
        self._send(taus, torch.tensor([way for _, _, way in legs]))
        return slerp(torch.stack([start.hidden for start, _, _ in legs]), ends, taus)

    def _banks(self, step: FrameStep, batch: Sequence[Row]) -> None:
        """What each row reads of other frames: rows of this batch, or the bank, filled from the films' memory."""
        size, branches, methods = len(batch), self._sampling.branches, self._sampling.methods
        names, first = shots(batch)
        held = {name for name, n in first.items() if not batch[n].cut}
        copies = _Copies()
        for name in held:
            for kept, bank in zip(batch[first[name]].session.memory.bank, step.banks, strict=True):
                for tensor, rows in bank.items():
                    for branch in range(branches):
                        at = 2 * (branch * size + first[name])
                        copies.add(rows[at : at + 2], kept[tensor][:, branch])
        copies.make()
        for n, sources in enumerate(step.sources):
            read = reads(methods.names, n, len(step.sources))
            self._send(sources, sources_for(names, held, read, branches=branches))

    # What they leave

    def _remember(self, step: FrameStep, batch: Sequence[Row]) -> None:
        names, first = shots(batch)
        copies = _Copies()
        for n in {name[0]: n for n, name in enumerate(names)}.values():  # each film's last row
            memory, begun = batch[n].session.memory, first[names[n]]
            memory.previous.copy_(step.clean[n])
            self._keep(copies, step, memory, PREVIOUS, n)
            if batch[begun].cut:
                memory.anchor.copy_(step.clean[begun])
                self._keep(copies, step, memory, ANCHOR, begun)
        copies.make()

    def _keep(self, copies: _Copies, step: FrameStep, memory: Memory, place: int, row: int) -> None:
        for number, kept in enumerate(memory.bank):
            made = step.made(number)
            for name, tensor in kept.items():
                copies.add(tensor[place], made[f"made_{name}"][row :: step.batch])  # [branches, tokens, c]

    # After a restore

    def rebuild(self, session: DiffusionSession) -> None:
        """Draw the keys and values of a film's anchor and of its last frame from their latents.

        Each goes through the network once a step, noised to the step's level by the noise that its frame began with.
        What the last frame read of the one before it is not known any more: it reads itself twice. So with one step the
        anchor is exact; the rest is close.
        """
        session.stale = False
        if not self._sampling.methods.banked:
            return
        moment, memory = session.moment, session.memory
        anchor = Moment(seed=moment.seed, number=0, view=moment.first_view, first_view=moment.first_view)
        self._look(session, ANCHOR, anchor, moment.first, memory.anchor, {"anchor": "self", "previous": "self"})
        if moment.number:
            self._look(session, PREVIOUS, moment, moment.said, memory.previous, {"previous": "self"})
        else:
            for step in memory.bank:
                for tensor in step.values():
                    tensor[PREVIOUS].copy_(tensor[ANCHOR])

    def _look(
        self, session: DiffusionSession, place: int, at: Moment, said: Said, latent: Tensor,
        instead: Mapping[Read, Read],
    ) -> None:  # fmt: skip
        """Fill a place of the bank from a clean latent. `instead`: what is read in place of what is not there."""
        sampling, step = self._sampling, self._steps[1]
        draws = sum(1 for each in sampling.whole.steps if each.noise)
        noise, _ = starting_noise(session, at, sampling.methods, sampling.latent, draws)
        schedule = sampling.again if sampling.again and at.number else sampling.whole
        self._words(step, [self._leg(said, None)])
        for n, sources in enumerate(step.sources):
            read = [instead.get(each, each) for each in reads(sampling.methods.names, n, len(step.sources))]
            self._send(sources, sources_for([0], [0], read, branches=sampling.branches))
        for kept, bank in zip(session.memory.bank, step.banks, strict=True):
            for tensor, rows in bank.items():
                for branch in range(sampling.branches):
                    rows[2 * branch + ANCHOR].copy_(kept[tensor][ANCHOR, branch])
        # The first step's input is known better than its level says: nothing of a latent is in it, or of another one.
        levels = [schedule.start, *(each.level for each in schedule.steps[1:])]
        told = [(level, each.scale, each.timestep) for level, each in zip(levels, schedule.steps, strict=True)]
        step.look(latent.float(), noise.to(self._device), told)
        copies = _Copies()
        self._keep(copies, step, session.memory, place, 0)
        copies.make()


class _Copies:
    """Many small copies as few launches: a film's bank is 18 tensors a step, a batch of eight has some 300 to copy."""

    def __init__(self) -> None:
        self._to: list[Tensor] = []
        self._what: list[Tensor] = []

    def add(self, to: Tensor, what: Tensor) -> None:
        self._to.append(to)
        self._what.append(what)

    def make(self) -> None:
        if self._to:
            torch._foreach_copy_(self._to, self._what)


def _pooled(prompt: Prompt) -> Tensor:
    assert prompt.pooled is not None, "a model that reads pooled embeddings has an encoder that makes them"
    return prompt.pooled
