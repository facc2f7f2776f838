"""What a worker holds on to: nothing of a film that has ended, no encoder and no picture of one that is held."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
import weakref
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from studio import Grey, Studio, described

from engines.base import FrameSpec, Picture, Session, Shot
from engines.sketch import SketchEngine
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus, MemorySession
from streamer.media.encoder import Encoder
from streamer.messages import EndOfStory, Hold, Resume
from streamer.settings import Settings
from streamer.topics import DEFAULT_PARTITIONS, home
from streamer.worker import heap, partition, service, shelf
from streamer.worker.drawing import Drawing
from streamer.worker.service import MOST_PICTURE_BYTES, MOST_PICTURES, WorkerService
from streamer.worker.shelf import KEPT, Shelf
from streamer.worker.stream import Stream

SETTINGS = Settings(size="64x64", fps=12.0)
FILMS = ["main", *[next(f"s{n}" for n in range(1000) if home(f"s{n}") == p) for p in (home("main"), 0, 1)]]
"""Two of them share a partition."""


class Census:
    """Weak references to all that was made of a kind."""

    def __init__(self) -> None:
        self._made: dict[str, list[weakref.ref[Any]]] = {}

    def add(self, kind: str, thing: Any) -> None:
        self._made.setdefault(kind, []).append(weakref.ref(thing))

    def made(self, kind: str) -> int:
        return len(self._made.get(kind, ()))

    def alive(self, kind: str) -> int:
        return sum(each() is not None for each in self._made.get(kind, ()))


class CountedEngine(SketchEngine):
    """The sketch engine, with its sessions and pictures in a census."""

    def __init__(self, census: Census) -> None:
        super().__init__()
        self.census = census

    def open(self, shot: Shot) -> Any:
        session = super().open(shot)
        self.census.add("session", session)
        self.census.add("canvas", session.canvas)
        return session

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        pictures = super().render(jobs)
        for picture in pictures:
            self.census.add("picture", picture)
        return pictures


class CountedWorker(WorkerService):
    """A worker with its encoders in a census."""

    def __init__(self, bus: MemoryBus, census: Census) -> None:
        super().__init__(bus, CountedEngine(census), SETTINGS)
        self.census = census

    def encoder(self) -> Encoder:
        encoder = super().encoder()
        self.census.add("encoder", encoder)
        return encoder


class Watched(Studio):
    """A studio with a worker that sleeps until it is told something: what it holds meanwhile it holds for good."""

    def __init__(self, bus: MemoryBus, service: CountedWorker) -> None:
        super().__init__(bus)
        self.service, self.census = service, service.census

    def status(self, stream: str = "main") -> str | None:
        state = self.state(stream)
        return state.status if state else None

    async def gone(self, kind: str) -> None:
        """Until nothing of the kind is alive, without waiting for the garbage collector to find it."""
        try:
            await self.until(lambda: self.census.alive(kind) == 0)
        except TimeoutError:
            alive, made = self.census.alive(kind), self.census.made(kind)
            raise AssertionError(f"{alive} of {made} {kind}s are still alive") from None


@contextlib.asynccontextmanager
async def working(worker: WorkerService) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def studio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    census = Census()

    class CountedStream(Stream):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            census.add("stream", self)

    monkeypatch.setattr(partition, "Stream", CountedStream)
    monkeypatch.setattr(partition, "IDLE", 1000.0)  # no turn of the loop comes to let go of what was forgotten
    async with MemoryBus() as bus:
        worker = CountedWorker(bus, census)
        async with working(worker):
            yield Watched(bus, worker)


async def test_of_films_that_have_ended_nothing_is_kept(studio: Watched) -> None:
    for film in FILMS:
        await studio.tell(described(0), described(1), stream=film)
    for film in FILMS:
        await studio.until(lambda film=film: (state := studio.state(film)) and state.rendered > 0.5)
        assert studio.census.alive("session") > 0
    for film in FILMS:
        await studio.tell(EndOfStory(epoch=2, seq=0), stream=film)
    for film in FILMS:
        await studio.until(lambda film=film: studio.status(film) == "ended")
    for kind in ("stream", "session", "canvas", "encoder", "picture"):
        assert studio.census.made(kind) >= len(FILMS)
        await studio.gone(kind)
    assert studio.service.filming == set()


async def test_a_film_that_came_to_its_own_end_is_let_go_too(studio: Watched) -> None:
    await studio.tell(described(0), EndOfStory(epoch=1, seq=1))
    await studio.until(lambda: studio.status() == "ended")
    for kind in ("stream", "session", "encoder", "picture"):
        await studio.gone(kind)


async def test_a_held_film_keeps_neither_encoder_nor_pictures_and_goes_on_with_new_ones(studio: Watched) -> None:
    await studio.tell(described(0), described(1))
    await studio.until(lambda: (state := studio.state()) and state.rendered > 0.5)
    assert studio.census.alive("encoder") == 1
    await studio.tell(Hold(epoch=1, reason="paused"))
    await studio.until(lambda: studio.status() == "held")
    await studio.gone("encoder")
    await studio.gone("picture")
    assert studio.census.alive("session") == 1
    stood = studio.state().seq
    await studio.tell(Resume(epoch=1))
    await studio.until(lambda: studio.state().seq > stood)
    assert studio.census.alive("encoder") == 1


async def test_restarts_of_a_film_do_not_pile_up(studio: Watched) -> None:
    for epoch in range(1, 12, 2):
        await studio.tell(described(0, epoch))
        await studio.until(lambda epoch=epoch: (state := studio.state()) and state.epoch == epoch and state.seq)
        await studio.tell(EndOfStory(epoch=epoch + 1, seq=0))
        await studio.until(lambda: studio.status() == "ended")
    assert studio.census.made("session") == 6
    for kind in ("stream", "session", "encoder", "picture"):
        await studio.gone(kind)


async def test_no_pictures_are_kept_while_a_commit_waits_for_its_broker(
    studio: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, answered = asyncio.Event(), asyncio.Event()
    commit = MemorySession.commit

    async def slow(self: MemorySession, outputs: Sequence[Record] = (), *others: Any) -> list[int]:
        if outputs:
            waiting.set()
            await answered.wait()
        return await commit(self, outputs, *others)

    monkeypatch.setattr(MemorySession, "commit", slow)
    await studio.tell(described(0))
    await studio.until(waiting.is_set)
    assert studio.census.made("picture") > 0
    await studio.gone("picture")
    assert studio.chunks() == []
    answered.set()
    await studio.until(studio.chunks)


async def test_pictures_in_memory_have_one_bound_for_all_partitions() -> None:
    def most(size: str, partitions: int) -> int:
        worker = WorkerService(MemoryBus(), SketchEngine(), Settings(size=size))
        worker.filming.update(range(partitions))
        return worker.most_pictures()

    assert most("128x128", 0) == most("128x128", 1) == most("128x128", 8) == MOST_PICTURES
    assert most("512x512", 1) == MOST_PICTURES
    assert 6 <= most("512x512", 8) <= MOST_PICTURE_BYTES // (8 * 3 * 512 * 512)
    assert most("1920x1080", 8) == 1
    assert most("1920x1920", 1) == MOST_PICTURE_BYTES // (3 * 1920 * 1920)


class Batches(Grey):
    """Knows how many pictures it was asked for at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        self.sizes.append(len(jobs))
        return super().render(jobs)


async def test_a_partition_never_asks_for_more_pictures_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_PICTURE_BYTES", 2 * 3 * 64 * 64)
    films = [name for name in (f"s{n}" for n in range(1000)) if home(name) == 0][:3]
    engine = Batches()
    async with MemoryBus() as bus:
        studio = Studio(bus)
        for film in films:
            await studio.tell(described(0), stream=film)
        async with working(WorkerService(bus, engine, SETTINGS)):  # all three begin at once
            await studio.until(lambda: all(len(studio.chunks(film)) > 5 for film in films))
    assert max(engine.sizes) == 2


async def test_a_partition_that_went_to_another_worker_has_no_share_in_the_pictures_of_the_first() -> None:
    async with MemoryBus() as bus:
        studio = Studio(bus)
        first, second = (WorkerService(bus, Grey(), SETTINGS) for _ in range(2))
        everywhere = set(range(DEFAULT_PARTITIONS))
        for partition in everywhere:
            await studio.tell(described(0), stream=next(f"s{n}" for n in range(1000) if home(f"s{n}") == partition))
        async with working(first):
            await studio.until(lambda: first.filming == everywhere)
            async with working(second):
                await studio.until(lambda: second.filming and first.filming == everywhere - second.filming)


async def test_a_worker_with_nothing_to_do_sweeps_its_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "KEPT", 0.1)
    monkeypatch.setattr(partition, "IDLE", 0.01)
    engine = Grey()
    async with MemoryBus() as bus:
        worker = WorkerService(bus, engine, SETTINGS)
        async with working(worker):
            worker.shelf.put("main", engine.open(Shot("main", 64, 64)), b"state", time.monotonic())
            await Studio(bus).until(lambda: engine.closed == ["main"])


async def test_what_lies_on_the_shelf_too_long_is_swept_away() -> None:
    engine = SketchEngine()
    drawing = Drawing(engine, 64, 64)
    kept = Shelf(drawing)
    session = engine.open(Shot("main", 64, 64))
    kept.put("main", session, b"state", 100.0)
    kept.sweep(100.0 + KEPT)
    assert session.canvas is not None
    kept.sweep(100.1 + KEPT)
    await drawing.shutdown()
    with pytest.raises(RuntimeError, match="closed"):
        session.canvas  # noqa: B018
    assert kept.take("main", b"state", 100.2 + KEPT) is None


_ENCODERS = """
import asyncio, gc, numpy, psutil
from streamer.media.encoder import Encoder
from streamer.worker.drawing import Drawing

picture = numpy.random.default_rng(0).integers(0, 255, (256, 256, 3), numpy.uint8)
rss = lambda: psutil.Process().memory_info().rss

async def films(count):
    drawing = Drawing(None, 256, 256)
    encoders = [await drawing.encoder(lambda: Encoder(256, 256)) for _ in range(count)]
    await asyncio.gather(*[drawing.encode(encoder, [(picture, True), (picture, False)]) for encoder in encoders])
    most = rss()
    for encoder in encoders:
        drawing.release(encoder)
    drawing._encode.shutdown()
    return most, rss(), len(encoders)  # who holds a closed encoder holds no memory of it

gc.disable()
asyncio.run(films(2))
before = rss()
most, after, _ = asyncio.run(films(24))
print(most - before, after - before)
"""


@pytest.mark.skipif(heap._trim() is None, reason="this C library keeps what was freed as it likes")
def test_the_memory_of_encoders_goes_back_to_the_operating_system() -> None:
    said = subprocess.run([sys.executable, "-c", _ENCODERS], capture_output=True, text=True, check=True, timeout=100)
    most, left = map(int, said.stdout.split())
    assert most > 24 * 1_000_000, "the encoders of this test weigh too little to say anything"
    assert left < most / 4
