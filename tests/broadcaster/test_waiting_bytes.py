"""What waits in a process for all who are slow, together: bounded by `waiting_bytes`, at the cost of the slowest."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator

import pytest
from films import FakeLine, chunk, init
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.broadcaster.hub import Hub
from streamer.broadcaster.listener import AT_ONCE_BYTES
from streamer.broadcaster.wire import Packet
from streamer.bus.base import Received
from streamer.topics import VIDEO
from streamer.video import Chunk, InitSegment, to_headers

MB = 1 << 20


class Audience:
    """A hub, films of large frames, and people whose lines stand still when told to."""

    def __init__(self, waiting_bytes: int) -> None:
        self.hub = Hub(ring=2.0, slow_limit=30.0, max_viewers=1000, waiting_bytes=waiting_bytes)
        self._offsets: Iterator[int] = itertools.count()

    def show(self, stream: str, item: InitSegment | Chunk) -> None:
        headers = to_headers(item)
        self.hub.take(Received(VIDEO, 0, next(self._offsets), stream.encode(), item.data, headers, time.time()))
        for room in self.hub.rooms.values():
            for viewer in list(room.viewers):
                if viewer.line.backlog() and not viewer.behind:
                    room.congested(viewer, time.monotonic())

    def begin(self, stream: str = "main") -> None:
        self.show(stream, init())
        self.show(stream, chunk(0))

    def enter(self, stream: str = "main", waiting: int = 0) -> FakeLine:
        """Someone with a free line; or, with bytes that wait, one that stands still."""
        line, room = FakeLine(0.0 if waiting else None), self.hub.room(stream)
        viewer = self.hub.viewer(line)
        line.closes = lambda: self.hub.leave(room, viewer)
        self.hub.enter(room, viewer)
        if waiting:
            line.waiting_bytes = waiting
            room.congested(viewer, time.monotonic())
        return line


def test_the_slowest_are_closed_and_told_the_setting():
    here = Audience(4 * MB)
    here.begin()
    fast, small = here.enter(), here.enter(waiting=MB // 2)
    large, larger = here.enter(waiting=2 * MB), here.enter(waiting=3 * MB)
    here.show("main", chunk(1))
    assert larger.closed is not None
    assert larger.closed[0] == 1013
    assert "waiting_bytes" in larger.closed[1]
    assert (fast.closed, small.closed, large.closed) == (None, None, None)


def test_all_streams_and_listeners_count():
    here = Audience(4 * MB)
    here.begin("one")
    here.begin("two")
    line = here.enter("one", waiting=2 * MB)
    with here.hub.room("two").listen(0.0) as listener:
        here.show("two", chunk(1, size=5 * MB // 2))
        assert listener.skips == 0, "its place may be lost, its viewer not: what is more goes first"
        here.show("one", chunk(1))
    assert line.closed is None
    assert (listener.waiting_bytes, listener.skips) == (0, 1)


def test_what_a_listener_has_not_taken_yet_still_counts_and_can_be_dropped():
    here = Audience(4 * MB)
    here.begin()
    with here.hub.room("main").listen(0.0) as listener:
        for seq in range(1, 40):
            here.show("main", chunk(seq, size=100_000))
        waited = listener.waiting_bytes
        taken = asyncio.run(listener.take())
        size_bytes = sum(len(item.wire) for item in taken if isinstance(item, Packet))
        assert AT_ONCE_BYTES - 101_000 < size_bytes <= AT_ONCE_BYTES
        assert listener.waiting_bytes == waited - size_bytes
        while not listener.skips:
            seq += 1
            here.show("main", chunk(seq, size=100_000))
        assert seq * 100_000 > 4 * MB + size_bytes - 100_000, "what was taken is not counted any more"
        assert listener.waiting_bytes == 0


def test_what_is_larger_than_is_handed_on_at_a_time_is_handed_on_alone():
    here = Audience(8 * MB)
    here.begin()
    with here.hub.room("main").listen(0.0) as listener:
        asyncio.run(listener.take())
        here.show("main", chunk(1, size=MB))
        here.show("main", chunk(2, size=MB))
        for left in (MB, 0):
            (packet,) = (item for item in asyncio.run(listener.take()) if isinstance(item, Packet))
            assert len(packet.wire) > MB
            assert listener.waiting_bytes == pytest.approx(left, abs=1000)


def test_below_it_nobody_is_closed():
    here = Audience(4 * MB)
    here.begin()
    lines = [here.enter(waiting=MB // 2) for _ in range(7)]
    here.show("main", chunk(1))
    assert [line.closed for line in lines] == [None] * 7


@given(st.lists(st.integers(0, 3 * MB), max_size=30), st.integers(MB, 8 * MB))
@settings(max_examples=60, deadline=None)
def test_never_more_than_that_and_never_one_closed_in_vain(waiting, most):
    here = Audience(most)
    here.begin()
    lines = [here.enter(waiting=size_bytes) for size_bytes in waiting]
    here.show("main", chunk(1, size=1))
    stay = [line.backlog() for line in lines if line.closed is None]
    gone = [line.backlog() for line in lines if line.closed is not None]
    assert sum(stay) <= most
    assert not gone or sum(stay) + min(gone) > most, "the last one closed was one too many"
    assert not gone or not stay or max(stay) <= min(gone), "the largest go first"
