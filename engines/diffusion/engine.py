"""The diffusion engine: films drawn by a text-to-image model, several frames of several films at a time."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from engines.base import Engine, FrameSpec, Picture, Session, Setting, Shot, View
from engines.compile.backend import Network
from engines.errors import EngineError, NotDrawn, OutOfMemory

from .checkpoint import inspect
from .device import choose
from .load import Model, load
from .options import DiffusionOptions
from .painter import Painter, Sampling
from .parts import Parts, backend_of, parts_of, sampling_of
from .presets import preset_of
from .ring import Ring
from .rows import Row, batches, row_of
from .session import DiffusionSession
from .text import Prompts

log = logging.getLogger(__name__)

FLAT = 4
"""Grey levels from the darkest to the brightest, below which a first picture shows nothing."""


_P = ParamSpec("_P")
_T = TypeVar("_T")


def _working(method: Callable[Concatenate[DiffusionEngine, _P], _T]) -> Callable[Concatenate[DiffusionEngine, _P], _T]:
    """Without gradients, and on the engine's own stream: on the default one TensorRT waits for the device."""

    @functools.wraps(method)
    def within(self: DiffusionEngine, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with torch.no_grad(), torch.cuda.stream(self._stream) if self._stream else contextlib.nullcontext():
            return method(self, *args, **kwargs)

    return within


class DiffusionEngine(Engine):
    """Films by a model of diffusers' format. `prepare` loads it; until then it has no `backend`."""

    def __init__(self, options: DiffusionOptions) -> None:
        self.options = options
        self.name = "diffusion"
        self.backend = ""
        self._repeated = 0
        cuda = options.device in ("auto", "cuda") and torch.cuda.is_available()
        self._stream = torch.cuda.Stream() if cuda else None  # type: ignore[no-untyped-call]
        self._sessions: set[DiffusionSession] = set()
        self._networks: list[Network] = []
        self._prompts: Prompts
        self._painter: Painter
        self._ring: Ring
        self._model: Model
        self.parts: Parts
        self._sampling: Sampling

    @staticmethod
    def smaller(options: DiffusionOptions) -> DiffusionOptions:
        """What to try after OutOfMemory: half the largest batch."""
        largest = max(options.buckets)
        return replace(options, buckets=tuple(size for size in options.buckets if size <= max(1, largest // 2)))

    def counts(self) -> Mapping[str, int]:
        """`repeated`: frames that were not finite, in whose place the one before was shown again."""
        return {"repeated": self._repeated}

    @property
    def scheduler(self) -> Any:
        """diffusers' scheduler, which the schedule was read off."""
        return self._model.scheduler

    @property
    def encoded(self) -> int:
        """Prompts that went through the text encoders so far."""
        return self._prompts.encoded

    @property
    def sampling(self) -> Sampling:
        """How frames are drawn."""
        return self._sampling

    @property
    def device(self) -> torch.device:
        """Where."""
        return self._model.device

    @property
    def dtype(self) -> str:
        """In which precision."""
        return str(self._model.dtype).removeprefix("torch.")

    @_working
    def encode(self, texts: Sequence[str]) -> None:
        """Have prompts ready before their frames come."""
        self._prompts(texts)

    @_working
    def networks_alone(self, batch: int) -> None:
        """Run the networks of one batch's frame step and nothing else: what the rest of it is compared with."""
        self._painter.step(batch).bare()

    @_working
    def prepare(self, say: Callable[[str], None]) -> None:
        """Load the model, make its networks ready, draw a first frame at every batch size."""
        options = self.options
        say("reading the model")
        checkpoint = inspect(options.model)
        preset = preset_of(options.model, checkpoint)
        backend = backend_of(options, choose(options)[0], say)
        say("loading the weights")
        self._model = model = load(checkpoint, options, preset)
        for remark in model.remarks:
            log.info("%s: %s", model.name, remark)
        self.name = f"diffusion/{model.name}"
        self._sampling = sampling_of(model, options)
        self.backend = backend.name
        self.parts = parts_of(model, self._sampling, options.buckets)
        self._networks = self.parts.ready(backend, say)
        *encoders, denoiser, decoder = self._networks
        self._prompts = Prompts(model.tokenizers, encoders, model.device)
        self._painter = Painter(self._sampling, self._prompts, denoiser, decoder, options.buckets, model.device)
        height, width = self._sampling.size
        self._ring = Ring(max(options.buckets), height, width, model.device)
        self._warm(say)
        if self.device.type == "cuda":
            reasons = sorted({step.run.reason for step in self._painter.steps if step.run.reason})
            self.backend += f", no CUDA graph ({reasons[0]})" if reasons else ", CUDA graphs"

    def _warm(self, say: Callable[[str], None]) -> None:
        height, width = self._sampling.size
        spec = FrameSpec(0.0, "warm-up", "", 1.0, Setting(), Setting(), (), View(), seed=0, shot=0)
        for size in self.options.buckets:
            say(f"drawing the first {size} frame{'s' * (size > 1)} at once")
            films = [self._session(Shot("warm-up", width, height)) for _ in range(size)]
            try:
                drawn = self._drawn([(film, spec) for film in films])
            finally:
                for film in films:
                    film.close()
            if all(picture is None for picture in drawn):
                raise EngineError(
                    f"{self._model.name} draws numbers that are not finite: its weights are broken, or "
                    f"{self._model.dtype} is too small for it (try --dtype float32 or bfloat16)"
                )
            if all(picture is None or picture.max() - picture.min() < FLAT for picture in drawn):
                raise EngineError(f"{self._model.name} draws pictures of one colour: its weights are not whole")

    def open(self, shot: Shot) -> DiffusionSession:
        """Raises ValueError for another size than the engine was made for, and where it has too many films."""
        height, width = self._sampling.size
        if (shot.width, shot.height) != (width, height):
            raise ValueError(f"{shot.width}x{shot.height}: this engine was made ready for {width}x{height}")
        if len(self._sessions) >= self.options.sessions:
            raise ValueError(f"{len(self._sessions)} films are open, the most that it takes")
        try:
            return self._session(shot)
        except OutOfMemory as error:
            raise ValueError(f"no memory for another film, {len(self._sessions)} are open: {error}") from error

    @_working
    def _session(self, shot: Shot) -> DiffusionSession:
        with _memory_counted():
            memory = self._painter.memory()
        session = DiffusionSession(shot, self._model.fingerprint, memory, self._sessions.discard)
        self._sessions.add(session)
        return session

    @_working
    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        """Pictures of shape (height, width, 3). Raises NotDrawn for a film whose first frame is not finite: of later
        ones the frame before is shown again. OutOfMemory is not to be survived: begin anew in another process."""
        mine: list[tuple[DiffusionSession, FrameSpec]] = []
        for session, spec in jobs:
            if not isinstance(session, DiffusionSession) or session not in self._sessions:
                raise TypeError(f"a {type(session).__name__} was opened by another engine, or is closed")
            mine.append((session, spec))
        drawn = self._beginnings(mine)
        rest = [n for n in range(len(mine)) if n not in drawn]
        for n, picture in zip(rest, self._drawn([mine[n] for n in rest]), strict=True):
            session = mine[n][0]
            if picture is None:
                self._repeated += 1
                session.forget()  # what it remembers may be what is wrong
            else:
                session.picture = picture
            assert session.picture is not None
            drawn[n] = session.picture
        return [drawn[n] for n in range(len(mine))]

    def _beginnings(self, jobs: Sequence[tuple[DiffusionSession, FrameSpec]]) -> dict[int, Picture]:
        """The first pictures of films that have none, before any others: if one is not finite there is nothing to show
        in its place, and no other film must have gone on when that is said."""
        first: dict[DiffusionSession, int] = {}
        for n, (session, _) in enumerate(jobs):
            if session.picture is None:
                first.setdefault(session, n)
        drawn = self._drawn([jobs[n] for n in first.values()])
        bad = [session for session, picture in zip(first, drawn, strict=True) if picture is None]
        for session, picture in zip(first, drawn, strict=True):
            session.picture = picture
        for session in bad:
            session.forget()
        if bad:
            raise NotDrawn(f"{bad[0].shot.stream}: the first frame is not finite")
        return {n: picture for n, picture in zip(first.values(), drawn, strict=True) if picture is not None}

    def _drawn(self, jobs: Sequence[tuple[DiffusionSession, FrameSpec]]) -> list[Picture | None]:
        """None for a frame that is not finite."""
        rows = self._rows(jobs)
        order = {id(row): n for n, row in enumerate(rows)}
        drawn: list[Picture | None] = [None] * len(rows)
        waiting: list[list[Row]] = []

        def take() -> None:
            for row, picture in zip(waiting.pop(0), self._ring.take(), strict=True):
                drawn[order[id(row)]] = picture

        try:
            with _memory_counted():
                for batch in batches(rows, self.options.buckets, chained=self._sampling.methods.chained):
                    if self._ring.full:
                        take()
                    step = self._painter.paint(batch)
                    self._ring.put(step.pixels, step.good)
                    waiting.append(batch)
                for row in rows:
                    row.session.moment, row.session.spec = row.moment, row.spec
                for session, count in Counter(row.session for row in rows).items():
                    session.draw_ahead(count)
                while waiting:
                    take()
        except BaseException:
            self._ring.clear()
            raise
        return drawn

    def _rows(self, jobs: Sequence[tuple[DiffusionSession, FrameSpec]]) -> list[Row]:
        sampling = self._sampling
        draws = sum(1 for step in sampling.whole.steps if step.noise)
        rows: list[Row] = []
        latest: dict[int, Row] = {}
        for session, spec in jobs:
            if session.stale:
                self._painter.rebuild(session)
            last = latest.get(id(session))
            before, seen = (last.moment, last.spec) if last else (session.moment, session.spec)
            row = row_of(session, spec, before, seen, sampling.methods, sampling.latent, draws)
            rows.append(row)
            latest[id(session)] = row
        return rows

    @_working
    def floats(self, session: DiffusionSession, spec: FrameSpec) -> NDArray[np.float32]:
        """One frame before it is rounded to bytes, (height, width, 3) in 0..1: what is compared with other programs."""
        (row,) = self._rows([(session, spec)])
        step = self._painter.paint([row])
        session.moment, session.spec = row.moment, row.spec
        picture: NDArray[np.float32] = step.picture[0].permute(1, 2, 0).cpu().numpy()
        return picture

    def close(self) -> None:
        """Free the networks."""
        for session in list(self._sessions):
            session.close()
        for network in self._networks:
            network.close()
        self._networks.clear()


class _memory_counted:
    """Turns the device's OutOfMemoryError into ours."""

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, torch.OutOfMemoryError):
            raise OutOfMemory(f"no memory left on the device: {str(error).splitlines()[0]}") from error
