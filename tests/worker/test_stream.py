"""What is written of a stream, and what a successor must know: without drawing, encoding or a bus."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.errors import Rejected
from streamer.media import cmaf
from streamer.media.encoder import Sample
from streamer.messages import (
    EndOfStory,
    FrameDescription,
    Hold,
    Media,
    Resume,
    WorkerState,
    decode_worker_state,
    encode,
)
from streamer.video import Chunk, InitSegment
from streamer.worker.stream import Output, Stream
from streamer.worker.timeline import MAX_BACKLOG

MEDIA = Media(codec="avc1.64001e", width=64, height=64, fps=24.0, engine="test")
OUTPUT = Output(rate=Fraction(24), gop=1.0, lead=0.5, init=b"init", media=MEDIA)


def described(seq: int, epoch: int = 1, **other: Any) -> FrameDescription:
    values: dict[str, Any] = {"shot": 0, "duration": 2.0, "text": f"{epoch}.{seq}"}
    return FrameDescription(epoch=epoch, seq=seq, **values | other)


class Writer:
    """Drives a Stream as a worker does, in a time of its own, with samples of one byte."""

    def __init__(self, output: Output = OUTPUT, state: WorkerState | None = None, now: float = 100.0) -> None:
        self.stream = Stream("main", output, state)
        self.now = now

    def tell(self, *directions: Any, offset: int = 0) -> None:
        for n, each in enumerate(directions):
            self.stream.push(each, offset + n)

    def play(self, seconds: float) -> list[InitSegment | Chunk]:
        items: list[InitSegment | Chunk] = []
        end = self.now + seconds
        while self.now < end:
            planned = self.stream.plan(self.now, 6)
            items += self.stream.write(planned, [Sample(b"x", each.keyframe) for each in planned], self.now)
            self.now += 0.02
        return items

    def committed(self, consumed: int | None = None, keyframe: int | None = None) -> WorkerState:
        """The state as a successor reads it."""
        self.stream.needs()
        if keyframe is not None:
            self.stream.placed(keyframe)
        return decode_worker_state(encode(self.stream.state(consumed)))


def kinds(items: list[InitSegment | Chunk]) -> str:
    """i: init segment, K: keyframe, .: another chunk."""
    return "".join("i" if isinstance(item, InitSegment) else "K" if item.keyframe else "." for item in items)


def test_a_keyframe_comes_every_gop_and_the_init_segment_before_the_first() -> None:
    writer = Writer()
    writer.tell(described(0), described(1))
    assert kinds(writer.play(2.0)).startswith("iK" + "." * 23 + "K" + "." * 23 + "K")


@pytest.mark.parametrize(("rate", "gop", "frames"), [(24, 0.5, 12), (30, 1.0, 30), (10, 0.25, 3), (24, 2.0, 48)])
def test_gops_are_as_long_as_asked_to_the_nearest_frame(rate: int, gop: float, frames: int) -> None:
    writer = Writer(Output(Fraction(rate), gop, 0.5, b"init", MEDIA))
    writer.tell(*[described(n) for n in range(8)])
    starts = [n for n, kind in enumerate(kinds(writer.play(8.0))[1:]) if kind == "K"]
    assert {b - a for a, b in zip(starts, starts[1:], strict=False)} <= {frames, frames - 1}


def test_the_init_segment_is_written_again_every_minute() -> None:
    writer = Writer()
    writer.tell(*[described(n) for n in range(100)])
    items = writer.play(185.0)
    inits = [n for n, item in enumerate(items) if isinstance(item, InitSegment)]
    assert len(inits) == 4
    assert all(kinds(items)[n + 1] == "K" for n in inits)


def test_a_generation_is_the_same_for_the_same_bytes_and_rises_with_others() -> None:
    first = Writer()
    first.tell(described(0))
    (init, *_) = first.play(0.5)
    assert init == InitSegment(epoch=1, generation=1, media=MEDIA, data=b"init")
    same = Writer(state=first.committed())
    assert same.play(0.5)[0] == init
    other = Writer(Output(Fraction(24), 1.0, 0.5, b"other", MEDIA), state=same.committed())
    assert other.play(0.5)[0] == InitSegment(epoch=1, generation=2, media=MEDIA, data=b"other")


def test_a_new_owner_who_has_written_nothing_says_what_its_predecessor_said() -> None:
    first = Writer()
    first.tell(described(0))
    first.play(0.5)
    state = first.committed(keyframe=77)
    successor = Writer(Output(Fraction(24), 1.0, 0.5, b"other", MEDIA), state=state)
    successor.tell(Hold(epoch=1, reason="idle"))
    held = successor.committed()
    assert (held.generation, held.init, held.media, held.keyframe) == (1, b"init", MEDIA, 77)
    assert (held.status, held.pts, held.seq) == ("held", state.pts, state.seq)


@given(lengths=st.lists(st.floats(0.05, 2.0), min_size=1, max_size=6))
def test_owners_follow_each_other_without_gap_or_repeat(lengths: list[float]) -> None:
    items: list[InitSegment | Chunk] = []
    state, script = None, [described(n, duration=0.7) for n in range(12)]
    for length in lengths:
        writer = Writer(state=state)
        writer.tell(*script)  # read again from the start: what is known is skipped
        items += writer.play(length)
        state = writer.committed()
    chunks = [item for item in items if isinstance(item, Chunk)]
    assert [chunk.seq for chunk in chunks] == list(range(len(chunks)))
    assert all(b.pts == a.pts + a.duration for a, b in zip(chunks, chunks[1:], strict=False))
    begun = [chunk.description.seq for chunk in chunks if chunk.description]
    assert begun == list(range(len(begun)))
    for chunk in chunks:
        info = cmaf.parse(chunk.data)
        assert (info.seq, info.pts, info.keyframe) == (chunk.seq, chunk.pts, chunk.keyframe)
    assert [chunk.gop for chunk in chunks if chunk.keyframe] == list(range(sum(chunk.keyframe for chunk in chunks)))
    assert all(b.gop == a.gop + b.keyframe for a, b in zip(chunks, chunks[1:], strict=False))


def test_gops_are_numbered_through_every_epoch() -> None:
    writer = Writer()
    writer.tell(described(0))
    items = writer.play(1.5)
    writer.tell(described(0, epoch=2))
    items += writer.play(1.5)
    begins = [(item.epoch, item.gop) for item in items if isinstance(item, Chunk) and item.keyframe]
    assert [number for _, number in begins] == list(range(len(begins)))
    assert {epoch for epoch, _ in begins} == {1, 2}


def test_a_new_epoch_counts_its_frames_from_zero_and_time_goes_on() -> None:
    writer = Writer()
    writer.tell(described(0))
    before = writer.play(1.0)[-1]
    writer.tell(described(0, epoch=9))
    first = writer.play(1.0)[0]
    assert isinstance(before, Chunk)
    assert isinstance(first, Chunk)
    assert (first.epoch, first.seq, first.keyframe, first.pts) == (9, 0, True, before.pts + before.duration)


def test_the_offset_that_is_needed_is_that_of_the_first_description_not_begun() -> None:
    writer = Writer()
    writer.tell(described(0), described(1), described(2), offset=40)
    assert writer.stream.needs() == 40
    writer.play(0.1)
    assert writer.stream.needs() == 41
    writer.tell(Hold(epoch=1, reason="paused"))
    assert writer.stream.needs() is None
    writer.tell(EndOfStory(epoch=2, seq=0))
    assert writer.stream.needs() is None


def test_what_waited_for_a_held_film_stays_in_its_state_until_it_has_begun() -> None:
    writer = Writer()
    writer.tell(described(0), described(1), described(2), offset=40)
    writer.play(0.1)
    writer.tell(Hold(epoch=1, reason="paused"), offset=43)
    assert [each.seq for each in writer.committed(consumed=44).backlog] == [1, 2]
    writer.tell(Resume(epoch=1), described(3), offset=44)
    assert writer.stream.needs() == 45
    assert [each.seq for each in writer.committed(consumed=45).backlog] == [1, 2]
    writer.play(2.0)
    state = writer.committed(consumed=45)
    assert [each.seq for each in state.backlog] == [2]
    successor = Writer(state=state)
    successor.tell(described(3), offset=45)
    begun = [item.description.seq for item in successor.play(8.0) if isinstance(item, Chunk) and item.description]
    assert begun == [2, 3]


def test_what_waits_for_a_held_film_is_in_its_state_also_while_another_film_needs_records_before_it() -> None:
    writer = Writer()
    writer.tell(described(0), described(1), described(2), offset=40)
    writer.play(0.1)
    writer.tell(Hold(epoch=1, reason="paused"), offset=43)
    assert [each.seq for each in writer.committed(consumed=30).backlog] == [1, 2]


def test_frames_that_are_overtaken_are_taken_back() -> None:
    writer, other = Writer(), Writer()
    for each in (writer, other):
        each.tell(described(0), described(1))
        each.play(1.0)
    planned = writer.stream.plan(writer.now + 1, 6)
    assert writer.stream.overtakes(Hold(epoch=1, reason="paused"))
    assert writer.stream.overtakes(described(0, epoch=2))
    assert writer.stream.overtakes(EndOfStory(epoch=2, seq=0))
    assert not writer.stream.overtakes(described(2))
    assert not writer.stream.overtakes(EndOfStory(epoch=1, seq=2))
    writer.stream.undo(planned[0])
    assert writer.committed() == other.committed()
    assert writer.play(1.0) == other.play(1.0)


def test_a_state_of_another_version_keeps_epoch_and_times_and_waits() -> None:
    state = WorkerState(
        epoch=5, status="playing", seq=90, pts=1234, described=3, timeline=msgspec.Raw(b'{"now":"?"}'), init=b"init"
    )
    writer = Writer(state=state)
    writer.tell(described(2, epoch=5))
    assert writer.play(1.0) == []
    writer.tell(described(3, epoch=5))
    first = writer.play(1.0)[1]
    assert isinstance(first, Chunk)
    assert (first.epoch, first.seq, first.pts) == (5, 90, 1234)


def test_the_state_of_a_held_film_fits_into_a_record_whatever_waits() -> None:
    writer = Writer()
    with pytest.raises(Rejected, match="descriptions wait"):
        writer.tell(Hold(epoch=1, reason="paused"), *[described(n, text="x" * 16_000) for n in range(MAX_BACKLOG + 1)])
    assert len(encode(writer.stream.state(consumed=10**6))) < 4 << 20
