"""The worker on a bus: descriptions in, an unbroken film out, through steers and holds, with many films at a time."""

from __future__ import annotations

import asyncio
import time

import pytest
from studio import SECOND, SETTINGS, Grey, P, Studio, assert_unbroken, decoded, described, longest

from streamer.bus.base import Received
from streamer.bus.memory import MemorySession
from streamer.media import cmaf
from streamer.messages import EndOfStory, Hold, Resume
from streamer.topics import VIDEO, home
from streamer.video import InitSegment, from_record
from streamer.worker import partition


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


async def test_of_many_streams_that_have_ended_the_oldest_are_forgotten(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partition, "ENDED_KEPT", 3)
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
    monkeypatch.setattr(partition, "ENDED_KEPT", 0)
    async with studio.worker():
        await studio.tell(EndOfStory(epoch=int(time.time()), seq=0))
        await studio.tell(described(0), stream=next(s for s in (f"s{n}" for n in range(200)) if home(s) == P))
        await studio.until(lambda: len(studio.kept(VIDEO, P)) > 5)
    assert studio.state() is not None


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


async def test_what_is_told_together_with_a_hold_while_a_picture_is_drawn_is_kept(studio: Studio) -> None:
    engine = Grey(seconds_per_frame=0.4)
    await studio.tell(described(0))
    async with studio.worker(engine):
        await studio.until(studio.chunks)
        drawn = len(engine.drawn)
        await studio.until(lambda: len(engine.drawn) > drawn)
        await studio.tell(described(1), Hold(epoch=1, reason="paused"))
        await studio.until(lambda: studio.state().status == "held")
        assert [each.seq for each in studio.state().backlog] == [1]


async def test_a_worker_with_nothing_to_do_sleeps(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[float] = []
    records = MemorySession.records

    async def counted(self: MemorySession, timeout: float = 0.05) -> list[Received]:
        reads.append(timeout)
        return await records(self, timeout)

    monkeypatch.setattr(MemorySession, "records", counted)
    monkeypatch.setattr(partition, "IDLE", 600.0)  # or the sleep of another partition may end just now
    await studio.tell(described(0), EndOfStory(epoch=1, seq=1))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.status == "ended")
        await studio.until(lambda: reads[-1] == 600.0)
        before = len(reads)
        await asyncio.sleep(0.5)
        assert len(reads) - before <= 1
