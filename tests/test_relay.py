"""What waits on its way to somebody slow, and the time that a film has on somebody else's server."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.backlog import Backlog, Piece
from streamer.broadcaster.messages import DescriptionBegins, EpochBegins, Hello
from streamer.events import Chunk, Event, Init
from streamer.messages import TIMESCALE, FrameDescription
from streamer.relay import STEP, Relay, Sample

TICKS = TIMESCALE // 10
"""Ten frames a second."""

HELLO = Hello(
    stream="main", status="playing", reason="", epoch=1, generation=1, codec="", width=64, height=64, fps=10,
    engine="", backend="", director="", prompt="", viewers=1, clock=0.0,
)  # fmt: skip


def chunk(n: int, *, gop: int = 5, wall: float = 1000.0, size: int = 100) -> Chunk:
    """Frame n of a film; the keyframes' pictures were made when they were due."""
    key = n % gop == 0
    return Chunk(1, n, n * TICKS, TICKS, key, wall + n / 10 if key else None, b"%d" % n, bytes(size))


def joining(*chunks: Chunk, init: bytes = b"init") -> list[Event]:
    """What a new connection is sent."""
    return [HELLO, Init(init), *chunks]


def filled(backlog: Backlog, *events: Event) -> Backlog:
    for event in events:
        backlog.put(event)
    return backlog


def numbers(pieces: list[Piece]) -> list[int]:
    return [piece.chunk.seq for piece in pieces]


# What waits


def test_a_film_waits_from_its_first_keyframe_on():
    backlog = filled(Backlog(10), *joining(*map(chunk, range(3, 8))))
    assert backlog.seconds == pytest.approx(0.3)
    assert numbers(backlog.take(2)) == [5, 6]
    assert numbers(backlog.take()) == [7]
    assert backlog.take() == []


def test_a_new_connection_repeats_what_is_left_out():
    backlog = filled(Backlog(10), *joining(*map(chunk, range(8))), *joining(*map(chunk, range(5, 11))))
    assert numbers(backlog.take()) == list(range(11))


def test_a_server_that_forgot_everything_begins_anew():
    backlog = filled(Backlog(10), *joining(*map(chunk, range(8))))
    filled(backlog, *joining(*(chunk(n, wall=2000.0) for n in range(3))))
    assert numbers(backlog.take()) == [*range(8), 0, 1, 2]


def test_what_is_too_old_is_dropped_for_a_keyframe():
    backlog = filled(Backlog(0.5), *joining(*map(chunk, range(13))))
    assert numbers(backlog.take()) == [10, 11, 12]
    assert backlog.skips == 1


def test_what_is_too_much_is_dropped_at_once_and_nothing_comes_before_a_keyframe():
    backlog = filled(Backlog(100, most_bytes=350), *joining(*map(chunk, range(5))))
    assert backlog.take() == []
    filled(backlog, *map(chunk, range(5, 7)))
    assert numbers(backlog.take()) == [5, 6]


def test_a_piece_tells_its_words_and_what_it_needs():
    described = FrameDescription(epoch=1, seq=0, shot=0, duration=1.0, text="a fox")
    backlog = filled(Backlog(10), *joining(chunk(0)), DescriptionBegins(pts=TICKS, description=described), chunk(1))
    filled(backlog, EpochBegins(epoch=2, pts=5 * TICKS, prompt=""), Init(b"other"), chunk(5))
    first = backlog.take()
    assert [(piece.init, piece.description) for piece in first] == [(b"init", None), (b"init", described)]
    assert backlog.init == b"other"
    assert [(piece.init, piece.description) for piece in backlog.take()] == [(b"other", None)]


@given(st.data())
def test_what_is_taken_can_be_decoded_one_after_the_other(data):
    """Whatever joins, repeats, drops and sizes there are: a frame that is no keyframe follows the one before it."""
    backlog = Backlog(data.draw(st.sampled_from([0.2, 0.7, 3.0])), most_bytes=data.draw(st.sampled_from([300, 2000])))
    at, seen = 0, []
    for _ in range(data.draw(st.integers(1, 30))):
        if data.draw(st.integers(0, 4)) == 0:  # a new connection, from its newest keyframe on
            at = max(0, at + data.draw(st.integers(-4, 12)))
            filled(backlog, *joining(*map(chunk, range(at // 5 * 5, at))))
        filled(backlog, *([HELLO, Init(b"init")] if at == 0 else []), chunk(at))
        at += 1
        if data.draw(st.booleans()):
            seen += numbers(backlog.take(data.draw(st.sampled_from([1, None]))))
    seen += numbers(backlog.take())
    assert all(b % 5 == 0 or b == a + 1 for a, b in pairwise(seen))
    assert seen == sorted(set(seen))


# The time there


def piece(n: int, *, gop: int = 5, pts: int | None = None) -> Piece:
    made = chunk(n, gop=gop)
    if pts is not None:
        made = Chunk(made.epoch, n, pts, TICKS, made.keyframe, made.wall, made.sample, made.data)
    return Piece(made, b"init", None)


def pieces(*ns: int) -> list[Piece]:
    return [piece(n) for n in ns]


def test_time_begins_at_zero_and_goes_on_with_the_film():
    relay = Relay()
    out = relay.samples(pieces(10, 11, 12), now=50.0)
    assert [(s.pts, s.duration, s.keyframe) for s in out] == [
        (0, TICKS, True), (TICKS, TICKS, False), (2 * TICKS, TICKS, False),
    ]  # fmt: skip
    assert relay.sent == 3 * TICKS


def test_after_a_hole_it_goes_on_where_the_clock_is():
    relay = Relay()
    relay.samples(pieces(0), now=50.0)
    (after,) = relay.samples(pieces(40), now=52.5)
    assert after.pts == 2.5 * TIMESCALE


def test_a_film_that_begins_anew_does_not_take_it_back():
    relay = Relay()
    relay.samples(pieces(40, 41), now=50.0)
    (after,) = relay.samples([piece(0)], now=50.01)
    assert after.pts == 2 * TICKS


def test_a_held_film_is_sent_again_and_goes_on_in_the_middle_of_its_gop():
    relay = Relay()
    relay.samples(pieces(0, 5, 6), now=50.0)
    again = relay.again(now=52.0)
    assert [s.data for s in again] == [b"5", b"6"]
    assert again[1].pts == again[0].pts + STEP
    (after,) = relay.samples(pieces(7), now=53.0)
    assert after.pts == again[-1].pts + TIMESCALE


def test_a_new_connection_in_the_middle_of_a_gop_begins_with_all_of_it():
    relay = Relay()
    relay.samples(pieces(5, 6), now=50.0)
    relay.opened()
    out = relay.samples(pieces(7), now=60.0)
    assert [s.data for s in out] == [b"5", b"6", b"7"]
    assert [s.pts for s in out] == [0, STEP, 2 * STEP]


def test_without_a_picture_there_is_nothing_to_send_again():
    assert Relay().again(1.0) == []
    assert Relay().init == b""


@given(
    st.lists(st.tuples(st.sampled_from(["next", "hole", "anew", "again", "opened"]), st.floats(0, 100)), max_size=60)
)
def test_time_rises_on_every_connection_whatever_comes(story):
    relay, now, at, wire = Relay(), 0.0, 0, list[Sample]()
    for what, passes in story:
        now += passes
        if what == "opened":
            relay.opened()
            wire = []
        elif what == "again":
            wire += relay.again(now)
        else:
            if what == "hole":
                at = (at // 5 + 2) * 5
            pts = 0 if what == "anew" else None
            wire += relay.samples([piece(0 if what == "anew" else at, pts=pts)], now)
            at += 1
        assert all(a.pts < b.pts for a, b in pairwise(wire))
        assert not wire or (wire[0].pts == 0 and wire[0].keyframe)
