"""The worker on a bus: descriptions in, an unbroken film out, through steers, holds, poison and takeovers."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import av
import numpy as np
import pytest

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from streamer.bus.base import Received, Record
from streamer.bus.memory import MemberCrashed, MemoryBus
from streamer.media import cmaf
from streamer.messages import (
    Box,
    Direction,
    EndOfStory,
    FrameDescription,
    Hold,
    Resume,
    SceneObject,
    WorkerState,
    decode_worker_state,
    encode,
)
from streamer.settings import Settings
from streamer.topics import DEAD_LETTERS, DESCRIPTIONS, VIDEO, WORKER_STATE, Topic, home
from streamer.video import Chunk, InitSegment, from_record
from streamer.worker import service
from streamer.worker.service import WorkerService

SETTINGS = Settings(size="64x64", fps=24.0, gop=1.0, lead=0.5)
P = home("main")
SECOND = 90_000  # ticks


class Grey(Engine):
    """Draws the first figure's place as a grey level; "poison" cannot be drawn. Counts what it holds."""

    name, backend = "grey", "test"

    def __init__(self, seconds_per_frame: float = 0.0) -> None:
        self.drawn: list[tuple[str, str]] = []  # (stream, text)
        self.opened: list[str] = []
        self.closed: list[str] = []
        self.seconds_per_frame = seconds_per_frame

    def open(self, shot: Shot) -> Session:
        self.opened.append(shot.stream)
        return GreySession(self, shot.stream)

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        for session, spec in jobs:
            assert isinstance(session, GreySession)
            if "poison" in spec.text:
                raise RuntimeError(f"I know no {spec.text}")
            self.drawn.append((session.stream, spec.text))
            time.sleep(self.seconds_per_frame)
        places = [spec.figures[0].box.x if spec.figures else 0.0 for _, spec in jobs]
        return [np.full((64, 64, 3), round(40 + 150 * x), np.uint8) for x in places]


class GreySession(Session):
    def __init__(self, engine: Grey, stream: str) -> None:
        self.engine, self.stream = engine, stream

    def snapshot(self) -> bytes:
        return b""

    def restore(self, snapshot: bytes) -> None:
        pass

    def close(self) -> None:
        self.engine.closed.append(self.stream)


def described(seq: int, epoch: int = 1, **other: Any) -> FrameDescription:
    objects = (SceneObject(id="a", noun="fox", box=Box(0.1 * (seq % 8), 0.5, 0.2, 0.2)),)
    values: dict[str, Any] = {"shot": 0, "duration": 0.5, "text": f"fox {epoch}.{seq}", "objects": objects}
    return FrameDescription(epoch=epoch, seq=seq, **values | other)


class Studio:
    """A bus with workers on it, and what is seen of them."""

    def __init__(self, bus: MemoryBus) -> None:
        self.bus = bus

    async def tell(self, *directions: Direction | bytes, stream: str = "main") -> None:
        for each in directions:
            value = each if isinstance(each, bytes) else encode(each)
            await self.bus.publish(Record(DESCRIPTIONS, stream, value))

    @contextlib.asynccontextmanager
    async def worker(self, engine: Engine | None = None) -> AsyncIterator[asyncio.Task[None]]:
        """A worker that is stopped in good order at the end, unless it crashed before."""
        task = asyncio.create_task(WorkerService(self.bus, engine or Grey(), SETTINGS).run())
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                try:
                    await task
                except* MemberCrashed:
                    pass

    def records(self, stream: str = "main") -> list[Received]:
        return [record for record in self.kept(VIDEO, home(stream)) if record.key == stream.encode()]

    def kept(self, topic: Topic, partition: int) -> list[Received]:
        log = self.bus.log(topic, partition)
        found, position = [], log.start
        while position < log.end:
            batch, position = log.read(position, 1 << 30)
            found += batch
        return found

    def items(self, stream: str = "main") -> list[InitSegment | Chunk]:
        return [from_record(record.headers, record.value or b"") for record in self.records(stream)]

    def chunks(self, stream: str = "main") -> list[Chunk]:
        return [item for item in self.items(stream) if isinstance(item, Chunk)]

    def state(self, stream: str = "main") -> WorkerState | None:
        value = self.bus.log(WORKER_STATE, home(stream)).newest().get(stream)
        return decode_worker_state(value) if value else None

    def letters(self) -> list[tuple[bytes | None, dict[str, bytes]]]:
        return [(record.value, dict(record.headers)) for record in self.kept(DEAD_LETTERS, P)]

    def consumed(self) -> int:
        (group,) = self.bus._groups.values()
        return group.committed.get(P, 0)

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.01)


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with MemoryBus() as bus:
        yield Studio(bus)


def assert_unbroken(chunks: Sequence[Chunk]) -> None:
    """(epoch, seq) without gap, repeat or inversion, and times that join."""
    for a, b in zip(chunks, chunks[1:], strict=False):
        assert b.pts == a.pts + a.duration
        assert (b.epoch, b.seq) == (a.epoch, a.seq + 1) or (b.epoch > a.epoch and b.seq == 0)
        assert b.epoch == a.epoch or b.keyframe


def longest(chunks: Sequence[Chunk]) -> int:
    """Ticks: 3750 each at 24 fps, more where the machine cannot keep that rate."""
    return max(chunk.duration for chunk in chunks)


def decoded(items: Sequence[InitSegment | Chunk]) -> int:
    """Frames that come out of the concatenated values, from the first one on."""
    with av.open(io.BytesIO(b"".join(item.data for item in items))) as container:
        return len(list(container.decode(video=0)))


async def test_descriptions_become_a_film_that_decodes_frame_by_frame(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(4)])
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks()) > 40)
    items, chunks = studio.items(), studio.chunks()
    first = items[0]
    assert isinstance(first, InitSegment)
    assert (first.generation, first.media.engine, first.media.width) == (1, "grey", 64)
    assert_unbroken(chunks)
    assert [chunk.seq for chunk in chunks] == list(range(len(chunks)))
    assert decoded(items) == len(chunks)
    keys = [n for n, chunk in enumerate(chunks) if chunk.keyframe]
    assert keys[0] == 0
    for a, b in zip(keys, keys[1:], strict=False):  # a second apart, to the nearest frame
        assert abs(chunks[b].pts - chunks[a].pts - SECOND) <= longest(chunks[b - 1 : b + 1]) / 2
    assert decoded([first, *chunks[keys[1] :]]) == len(chunks) - keys[1]
    begun = [n for n, chunk in enumerate(chunks) if chunk.description]
    assert [chunks[n].description.seq for n in begun] == [0, 1, 2, 3]
    for seq, n in enumerate(begun):  # half a second each
        assert abs(chunks[n].pts - seq * SECOND / 2) < longest(chunks[max(0, n - 1) : n + 1])
    for chunk in chunks:
        info = cmaf.parse(chunk.data)
        assert (info.seq, info.pts, info.duration, info.keyframe) == (
            chunk.seq, chunk.pts, chunk.duration, chunk.keyframe,
        )  # fmt: skip
        assert (info.wall is not None) == chunk.keyframe


async def test_state_tells_a_successor_and_the_others_where_the_film_is(studio: Studio) -> None:
    def newest_keyframe() -> int:
        return [r.offset for r in studio.records() if dict(r.headers).get("keyframe") == b"1"][-1]

    await studio.tell(*[described(n) for n in range(2)])
    async with studio.worker():
        # A keyframe's place is told with the commit after its own.
        await studio.until(lambda: len(studio.chunks()) > 30 and studio.state().keyframe == newest_keyframe())
    state, chunks = studio.state(), studio.chunks()
    assert state is not None
    assert (state.epoch, state.status, state.described, state.generation) == (1, "playing", 2, 1)
    assert (state.seq, state.pts) == (chunks[-1].seq + 1, chunks[-1].pts + chunks[-1].duration)
    assert state.rendered == pytest.approx(1.0)
    (keyframe,) = [record for record in studio.records() if record.offset == state.keyframe]
    item = from_record(keyframe.headers, keyframe.value or b"")
    assert item == [chunk for chunk in chunks if chunk.keyframe][-1]


async def test_a_steer_begins_with_the_next_frame_as_a_keyframe(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(8)])
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks()) > 14)
        await studio.tell(described(0, epoch=2))
        await studio.until(lambda: studio.chunks()[-1].epoch == 2)
        seen = len(studio.chunks())
        await studio.until(lambda: len(studio.chunks()) > seen + 5)
    chunks = studio.chunks()
    assert_unbroken(chunks)
    assert {chunk.epoch for chunk in chunks} == {1, 2}
    assert decoded(studio.items()) == len(chunks)


async def test_a_hold_stops_the_film_and_a_resume_goes_on_where_it_stood(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(6)])
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks()) > 14)
        await studio.tell(Hold(epoch=1, reason="paused"))
        await studio.until(lambda: studio.state().status == "held")
        stood, state = len(studio.chunks()), studio.state()
        await asyncio.sleep(0.3)
        assert len(studio.chunks()) == stood
        assert state is not None
        assert [each.seq for each in state.backlog] == list(range(state.described, 6))
        await studio.tell(Resume(epoch=1))
        await studio.until(lambda: len(studio.chunks()) > stood + 5)
    chunks = studio.chunks()
    assert_unbroken(chunks)
    assert chunks[stood].keyframe


async def test_a_held_film_is_carried_over_and_does_not_pin_its_partition(studio: Studio) -> None:
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == P)
    await studio.tell(described(0), described(1), Hold(epoch=1, reason="paused"), described(2))
    await studio.tell(described(0, text="other"), stream=other)
    async with studio.worker():
        await studio.until(lambda: studio.chunks(other) and studio.state() is not None)
    assert studio.consumed() == studio.bus.log(DESCRIPTIONS, P).end
    async with studio.worker():
        await studio.tell(described(2), described(3), Resume(epoch=1))
        await studio.until(lambda: (state := studio.state()) and state.rendered >= 1.99)
    begun = [chunk.description.seq for chunk in studio.chunks() if chunk.description]
    assert begun == [0, 1, 2, 3]
    assert studio.state().backlog == ()


async def test_what_is_told_to_a_held_film_is_carried_over_too(studio: Studio) -> None:
    await studio.tell(described(0), Hold(epoch=1, reason="paused"))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.status == "held")
        await studio.tell(described(1), described(2))
        await studio.until(lambda: studio.consumed() == studio.bus.log(DESCRIPTIONS, P).end)
    async with studio.worker():
        await studio.tell(Resume(epoch=1))
        await studio.until(lambda: studio.state().rendered >= 1.49)
    assert [chunk.description.seq for chunk in studio.chunks() if chunk.description] == [0, 1, 2]


async def test_a_story_that_ends_and_one_that_is_stopped(studio: Studio) -> None:
    engine = Grey()
    async with studio.worker(engine):
        await studio.tell(described(0), EndOfStory(epoch=1, seq=1, reason="the end"))
        await studio.until(lambda: (state := studio.state()) and state.status == "ended")
        assert (studio.state().reason, studio.state().rendered) == ("the end", 0.5)
        shown, last = len(studio.chunks()), studio.chunks()[-1]
        assert last.pts < SECOND / 2 <= last.pts + last.duration
        await studio.tell(described(0, epoch=2), described(1, epoch=2))
        await studio.until(lambda: len(studio.chunks()) > shown + 2)
        await studio.tell(EndOfStory(epoch=3, seq=0))
        await studio.until(lambda: studio.state().status == "ended")
        stood = len(studio.chunks())
        await studio.until(lambda: len(engine.closed) == 2)  # an ended film costs no memory
        await asyncio.sleep(0.1)
        assert len(studio.chunks()) == stood
        assert (studio.state().epoch, studio.state().seq) == (3, 0)
    assert_unbroken(studio.chunks())


async def test_a_stopped_worker_comes_back_and_goes_on_without_gap_or_repeat(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(20)])
    for wanted in (10, 30, 50, 70):
        async with studio.worker():
            await studio.until(lambda wanted=wanted: len(studio.chunks()) > wanted)
    items, chunks = studio.items(), studio.chunks()
    assert_unbroken(chunks)
    assert decoded(items) == len(chunks)
    inits = [item for item in items if isinstance(item, InitSegment)]
    assert len(inits) == 4  # one for every ownership,
    assert {item.generation for item in inits} == {1}  # of the same bytes
    begun = [chunk.description.seq for chunk in chunks if chunk.description]
    assert begun == list(range(len(begun)))


async def test_a_crash_at_any_step_of_a_commit_leaves_no_gap_and_no_repeat(studio: Studio) -> None:
    steps = [None, "begin", None, "outputs", None, None, "states", "offsets", None, "end"] * 3

    def trace(session: object, step: str) -> None:
        if step == "begin":
            trace.crash_at = steps.pop(0) if steps else None  # type: ignore[attr-defined]
        if trace.crash_at == step:  # type: ignore[attr-defined]
            raise RuntimeError("the broker went away")

    await studio.tell(*[described(n) for n in range(20)])
    studio.bus.trace = trace
    engine = Grey()
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) > 60 and not steps)  # all tried
    chunks = studio.chunks()
    assert_unbroken(chunks)
    assert decoded(studio.items()) == len(chunks)


async def test_a_vanished_worker_is_replaced_by_the_other(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(20)])
    async with studio.worker(), studio.worker():
        for wanted in (10, 40):
            await studio.until(lambda wanted=wanted: len(studio.chunks()) > wanted)
            (group,) = studio.bus._groups.values()
            owner = next(member.sessions[P] for member in group.members if P in member.sessions)
            if len(group.members) > 1:
                studio.bus.crash(owner)
        await studio.until(lambda: len(studio.chunks()) > 60)
    assert_unbroken(studio.chunks())
    assert decoded(studio.items()) == len(studio.chunks())


async def test_a_worker_that_was_away_begins_with_the_newest_epoch(studio: Studio) -> None:
    """As after 60 s of standing still: the backlog of the old epoch is there, and behind it a steer."""
    await studio.tell(*[described(n) for n in range(4)])
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks()) > 5)
    seen = len(studio.chunks())
    await studio.tell(*[described(n) for n in range(4, 60)], described(0, epoch=2), described(1, epoch=2))
    engine = Grey()
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) > seen + 5)
    assert studio.chunks()[seen].epoch == 2
    assert all(text.startswith("fox 2.") for _, text in engine.drawn)
    assert_unbroken(studio.chunks())


async def test_poison_is_set_aside_with_its_reason_and_the_film_goes_on(studio: Studio) -> None:
    await studio.tell(described(0), b"\xff", b'{"type":"description"}', b'{"type":"dance"}', described(1))
    await studio.bus.publish(Record(DESCRIPTIONS, None, encode(described(9)), partition=P))
    await studio.bus.publish(Record(DESCRIPTIONS, "stray", encode(described(9)), partition=P))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.described == 2)
    reasons = [headers["reason"].decode() for _, headers in studio.letters()]
    assert [value for value, _ in studio.letters()][:3] == [b"\xff", b'{"type":"description"}', b'{"type":"dance"}']
    assert "missing required field `epoch`" in reasons[1]
    assert "'dance'" in reasons[2]
    assert reasons[3] == "the key '' is not a stream's id"
    assert reasons[4] == f"stray is at home in partition {home('stray')}, not in {P}"
    assert studio.letters()[1][1]["stage"] == b"worker"
    async with studio.worker():  # its offset was committed with it: it is not met again
        await studio.tell(described(2))
        await studio.until(lambda: studio.state().described == 3)
    assert len(studio.letters()) == 5


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b'{"type":"description","text":"\xff"}', "invalid start byte"), (b'{"x":' + b"[" * 9000, "recursion depth")],
)
async def test_poison_that_breaks_a_decoder_is_poison_like_any_other(studio: Studio, value: bytes, reason: str) -> None:
    await studio.tell(described(0), value, described(1))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.described == 2)
    ((kept, headers),) = studio.letters()
    assert kept == value
    assert reason in headers["reason"].decode()


async def test_of_many_streams_that_have_ended_the_oldest_are_forgotten(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ENDED_KEPT", 3)
    names = [name for name in (f"s{n}" for n in range(200)) if home(name) == P][:8]
    async with studio.worker():
        for name in names:
            await studio.tell(EndOfStory(epoch=7, seq=0), stream=name)
        await studio.tell(described(0))
        await studio.until(lambda: [name for name in names if studio.state(name)] == names[-3:])
        # One of them plays again: it is a new stream, in an epoch that is newer all the same.
        await studio.tell(described(0, epoch=8), stream=names[0])
        await studio.until(lambda: len(studio.chunks(names[0])) > 5)
    assert_unbroken(studio.chunks(names[0]))


async def test_a_stream_that_has_just_ended_is_not_forgotten(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ENDED_KEPT", 0)
    async with studio.worker():
        await studio.tell(EndOfStory(epoch=int(time.time()), seq=0))
        await studio.tell(described(0), stream=next(s for s in (f"s{n}" for n in range(200)) if home(s) == P))
        await studio.until(lambda: len(studio.kept(VIDEO, P)) > 5)
    assert studio.state() is not None


@pytest.mark.parametrize("where", [0, 1])
async def test_a_description_that_cannot_be_drawn_is_skipped(studio: Studio, where: int) -> None:
    film = [described(n, text="poison" if n == where else "fox") for n in range(3)]
    await studio.tell(*film)
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.rendered >= 1.4)
    ((value, headers),) = studio.letters()
    assert value == encode(film[where])
    assert headers["reason"] == b"grey cannot draw it: RuntimeError('I know no poison')"
    begun = [chunk.description.seq for chunk in studio.chunks() if chunk.description]
    assert begun == [n for n in range(3) if n != where]
    assert_unbroken(studio.chunks())
    assert decoded(studio.items()) == len(studio.chunks())


async def test_one_streams_poison_does_not_touch_the_others(studio: Studio) -> None:
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == P)
    await studio.tell(*[described(n, text="poison") for n in range(5)])
    await studio.tell(*[described(n) for n in range(5)], stream=other)
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks(other)) > 30 and len(studio.letters()) >= 5)
    assert studio.chunks() == []
    assert len(studio.letters()) == 5
    assert_unbroken(studio.chunks(other))


async def test_many_streams_share_one_engine_thread(studio: Studio) -> None:
    names = [f"s{n}" for n in range(12)]
    for name in names:
        await studio.tell(*[described(n) for n in range(4)], stream=name)
    async with studio.worker():
        await studio.until(lambda: all(len(studio.chunks(name)) > 24 for name in names))
    for name in names:
        assert_unbroken(studio.chunks(name))
        assert decoded(studio.items(name)) == len(studio.chunks(name))


async def test_a_slow_engine_gives_longer_frames(studio: Studio) -> None:
    await studio.tell(*[described(n, duration=2.0) for n in range(4)])
    async with studio.worker(Grey(seconds_per_frame=0.12)):
        await studio.until(lambda: len(studio.chunks()) > 42)
    chunks = studio.chunks()
    assert_unbroken(chunks)
    # Once it has seen what a picture takes, its film lasts as long as it works on it, give or take the lead: after a
    # stall, a frame that was announced too long is made up for by shorter ones.
    film = sum(chunk.duration for chunk in chunks[12:]) / SECOND
    assert film >= 0.12 * len(chunks[12:]) - SETTINGS.lead
    assert max(chunk.duration for chunk in chunks) >= 0.12 * SECOND


async def test_streams_that_share_a_slow_engine_get_equally_many_frames(studio: Studio) -> None:
    names = [next(f"s{n}" for n in range(1000) if home(f"s{n}") == p) for p in range(3)]
    async with studio.worker(Grey(seconds_per_frame=0.03)):
        for name in names:
            await studio.tell(*[described(n) for n in range(9)], stream=name)
            await studio.until(lambda name=name: studio.chunks(name))
        counts = [len(studio.chunks(name)) for name in names]
        await studio.until(lambda: sum(len(studio.chunks(name)) for name in names) > sum(counts) + 100)
    more = [len(studio.chunks(name)) - before for name, before in zip(names, counts, strict=True)]
    assert max(more) < 1.5 * min(more)


async def test_what_is_drawn_when_a_hold_comes_is_not_shown(studio: Studio) -> None:
    engine = Grey(seconds_per_frame=0.4)
    await studio.tell(described(0))
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) >= 1)
        shown = len(studio.chunks())
        drawn = len(engine.drawn)
        await studio.until(lambda: len(engine.drawn) > drawn)
        await studio.tell(Hold(epoch=1, reason="paused"))
        await studio.until(lambda: studio.state().status == "held")
        assert len(studio.chunks()) <= shown + 1
        stood = studio.state()
        await studio.tell(Resume(epoch=1))
        await studio.until(lambda: studio.state().seq > stood.seq)
    assert_unbroken(studio.chunks())


async def test_a_partition_that_returns_unchanged_keeps_its_engine_session(studio: Studio) -> None:
    await studio.tell(described(0), Hold(epoch=1, reason="paused"))
    await studio.tell(described(0, epoch=1))
    engine = Grey()

    def fail_once(session: object, step: str) -> None:
        if step == "begin":
            studio.bus.trace = None
            raise RuntimeError("the broker went away")

    await studio.tell(Resume(epoch=1))
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) > 5)
        await studio.tell(Hold(epoch=1, reason="paused"))
        await studio.until(lambda: studio.state().status == "held")
        studio.bus.trace = fail_once
        await studio.tell(b"poison")  # something to commit, while the film stands
        await studio.until(studio.letters)
        await studio.tell(Resume(epoch=1))
        stood = len(studio.chunks())
        await studio.until(lambda: len(studio.chunks()) > stood + 3)
        assert engine.opened == ["main"]
    assert_unbroken(studio.chunks())
    assert decoded(studio.items()) == len(studio.chunks())


async def test_a_worker_with_nothing_to_do_sleeps(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[float] = []
    from streamer.bus.memory import MemorySession

    records = MemorySession.records

    async def counted(self: MemorySession, timeout: float = 0.05) -> list[Received]:
        reads.append(timeout)
        return await records(self, timeout)

    monkeypatch.setattr(MemorySession, "records", counted)
    monkeypatch.setattr(service, "IDLE", 600.0)  # or the sleep of another partition may end just now
    await studio.tell(described(0), EndOfStory(epoch=1, seq=1))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.status == "ended")
        await studio.until(lambda: reads[-1] == 600.0)
        before = len(reads)
        await asyncio.sleep(0.5)
        assert len(reads) - before <= 1
