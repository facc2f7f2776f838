"""A worker and its engine: made ready first, in a process of its own, slow perhaps, perhaps dying in mid-film."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator, Sequence

import av
import psutil
import pytest
from prometheus_client import REGISTRY
from studio import SECOND, SETTINGS, Grey, Studio, assert_unbroken, decoded, described, longest
from tallying import Tally

from engines.process import ProcessEngine
from streamer.errors import UserError
from streamer.readiness import Readiness
from streamer.video import Chunk, InitSegment
from streamer.worker.service import WorkerService


@pytest.fixture
def apart() -> Iterator[ProcessEngine]:
    """The Tally engine in a process of its own."""
    engine = ProcessEngine("tallying:Tally", "", width=64, height=64)
    yield engine
    engine.close()


def the_process() -> psutil.Process:
    found = [p for p in psutil.Process().children(recursive=True) if "engines.process.child" in " ".join(p.cmdline())]
    return found[0]


def shown(items: Sequence[InitSegment | Chunk]) -> int:
    """The grey level of the last picture."""
    with av.open(io.BytesIO(b"".join(item.data for item in items))) as container:
        *_, last = container.decode(video=0)
        return round(last.to_ndarray(format="rgb24").mean())


# Killed in mid-film


async def test_a_film_goes_on_when_its_engines_process_is_killed(studio: Studio, apart: ProcessEngine) -> None:
    readiness, counted = Readiness(), "streamer_engine_events_total"
    restarts = REGISTRY.get_sample_value(counted, {"event": "restarts"}) or 0
    await studio.tell(*[described(n) for n in range(60)])
    async with studio.worker(apart, readiness):
        await studio.until(lambda: len(studio.chunks()) > 70)
        the_process().kill()
        await studio.until(lambda: not readiness.ready)
        status, body = readiness.answer()
        assert (status, body["status"]) == (503, "restarting")
        assert readiness.words.startswith("the engine is restarting: ")
        await studio.until(lambda: readiness.ready)
        seen = len(studio.chunks())
        await studio.until(lambda: len(studio.chunks()) > seen + 40)
    chunks = studio.chunks()
    assert_unbroken(chunks)
    assert [chunk.seq for chunk in chunks] == list(range(len(chunks)))
    assert all(b.pts > a.pts for a, b in zip(chunks, chunks[1:], strict=False))
    assert decoded(studio.items()) == len(chunks)
    assert studio.letters() == []
    # The new process counted on from what the old one had told within its last second: it did not begin at 0.
    assert len(chunks) - shown(studio.items()) < 50
    assert apart.counts()["restarts"] == 1
    assert REGISTRY.get_sample_value(counted, {"event": "restarts"}) == restarts + 1


async def test_a_description_that_no_process_survives_is_set_aside_and_the_film_goes_on(
    studio: Studio, apart: ProcessEngine
) -> None:
    await studio.tell(described(0), described(1, text="the end of the process"), *[described(n) for n in range(2, 8)])
    async with studio.worker(apart):
        await studio.until(studio.letters)
        seen = len(studio.chunks())
        await studio.until(lambda: len(studio.chunks()) > seen + 20)
    assert_unbroken(studio.chunks())
    (letter,) = studio.letters()
    assert b"died of" in letter[1]["reason"]
    assert apart.counts()["restarts"] == 3


async def test_an_engine_that_is_gone_for_good_ends_the_worker_with_its_words(
    studio: Studio, apart: ProcessEngine
) -> None:
    await studio.tell(described(0), described(1, text="the end of the world"))
    with pytest.raises(ExceptionGroup) as raised:
        await asyncio.wait_for(WorkerService(studio.bus, apart, SETTINGS).run(), 60)
    assert raised.group_contains(UserError, match="^the device is gone$", depth=1)
    assert studio.letters() == []


# Made ready first


async def test_what_the_engine_became_is_told_with_the_film(studio: Studio, apart: ProcessEngine) -> None:
    await studio.tell(described(0))
    async with studio.worker(apart):
        await studio.until(studio.chunks)
    assert (studio.items()[0].media.engine, studio.items()[0].media.backend) == ("tally", "test")  # type: ignore[union-attr]


class Warming(Tally):
    """Is ready when it is told to be."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.closed = threading.Event(), threading.Event()

    def prepare(self, say: Callable[[str], None]) -> None:
        say("loading weights")
        self.go.wait(60)

    def close(self) -> None:
        self.closed.set()
        self.go.set()


async def test_it_warms_up_before_it_takes_any_partition(studio: Studio) -> None:
    engine, readiness = Warming(), Readiness()
    assert readiness.answer() == (503, {"status": "starting"})
    await studio.tell(described(0))
    async with studio.worker(engine, readiness):
        await studio.until(lambda: "loading weights" in readiness.words)
        assert readiness.answer() == (503, {"status": "warming up", "detail": "loading weights"})
        await asyncio.sleep(0.1)
        assert not studio.bus._groups
        engine.go.set()
        await studio.until(studio.chunks)
        assert readiness.answer() == (200, {"status": "ready"})


async def test_a_worker_that_is_stopped_while_it_warms_up_ends_the_warming_up(studio: Studio) -> None:
    engine, readiness = Warming(), Readiness()
    async with studio.worker(engine, readiness):
        await studio.until(lambda: "loading weights" in readiness.words)
    assert engine.closed.is_set()


@pytest.mark.parametrize("apart", [False, True])
async def test_an_engine_that_cannot_work_is_what_the_user_got_wrong(studio: Studio, apart: bool) -> None:
    engine = ProcessEngine("tallying:Tally", "no", width=64, height=64) if apart else Tally("no")
    with pytest.raises(UserError, match="^it cannot count: give it --fingers$"):
        await WorkerService(studio.bus, engine, SETTINGS).run()
    engine.close()


async def test_a_film_for_which_the_engine_has_no_room_is_set_aside_with_the_reason(studio: Studio) -> None:
    await studio.tell(described(0))
    async with studio.worker(Tally("full")):
        await studio.until(studio.letters)
    assert b"64 films are open, the most that it takes" in studio.letters()[0][1]["reason"]


# Slow, and quick again


async def test_an_engine_of_400_ms_a_frame_gives_a_film_of_2_5_frames_a_second_that_falls_no_further_behind(
    studio: Studio,
) -> None:
    engine = Grey(seconds_per_frame=0.4)
    await studio.tell(*[described(n) for n in range(60)])
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) >= 16)
        slow = studio.chunks()
        engine.seconds_per_frame = 0.0
        await studio.until(lambda: longest(studio.chunks()[-12:]) < SECOND / 12)
    assert_unbroken(studio.chunks())
    # Two batches tell its pace; from then on a frame is shown for as long as it takes to draw,
    settled = slow[5:16]
    assert min(chunk.duration for chunk in settled) >= 0.4 * SECOND
    # and how far the film is behind the clock stays the same, to a fraction of what 0.4 s a frame would add up to.
    at = {r.offset: r.at for r in studio.records() if dict(r.headers)["kind"] == b"chunk"}
    behind = [wall - chunk.pts / SECOND for wall, chunk in zip(list(at.values())[5:16], settled, strict=True)]
    assert behind[-1] - behind[0] < 1.0 < len(settled) * 0.4 / 3
