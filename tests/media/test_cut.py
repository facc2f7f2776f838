"""A stretch of a film: where it begins and ends, and that whatever comes out can be decoded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.errors import Rejected
from streamer.media import cmaf, cut
from streamer.media.cut import Cut
from streamer.messages import Media
from streamer.video import Chunk, InitSegment

TICKS, FPS, GOP = 3750, 24, 24
BEGIN = 1_800_000_000.0
"""Unix seconds of the first picture."""

INIT = InitSegment(1, 1, Media(codec="", width=64, height=64, fps=FPS, engine="sketch"), b"init of 1")


def film(seconds, *, first=0, generation=1, told=True):
    """Pieces of a film as `Cut.take` takes them."""
    for n in range(first * FPS, (first + seconds) * FPS):
        keyframe = n % GOP == 0
        wall = BEGIN + n / FPS if told and keyframe else None
        data = cmaf.chunk(seq=n, pts=n * TICKS, duration=TICKS, keyframe=keyframe, data=b"%08d" % n, wall=wall)
        yield Chunk(1, n, n * TICKS, TICKS, keyframe, generation, data), data, BEGIN + n / FPS


def cutting(pieces, begin, end):
    """(the cut, numbers of the pictures that came out)."""
    made = Cut(BEGIN + begin, BEGIN + end)
    made.take(INIT, INIT.data, 0.0)
    out = []
    for piece in pieces:
        if made.done:
            break
        out += made.take(*piece)
    else:
        out += made.finish()
    found = [cmaf.parse(fragment) for fragment in out]
    assert [info.seq for info in found] == list(range(1, len(found) + 1))
    if found:
        assert found[0].keyframe
        assert found[0].pts == 0
        assert all(late.pts > early.pts for early, late in zip(found, found[1:], strict=False))
    return made, [int(info.data) for info in found]


def seconds(first, last):
    return list(range(round(first * FPS), round(last * FPS)))


@pytest.mark.parametrize("told", [True, False], ids=["by its own clock", "by that of its records"])
def test_it_begins_with_the_keyframe_at_or_before_and_ends_with_the_moment(told):
    made, pictures = cutting(film(10, told=told), 3.5, 6.25)
    assert pictures == seconds(3, 6.25)
    assert (made.done, made.began, made.generation, made.init) == (True, BEGIN + 3, 1, b"init of 1")


def test_it_begins_with_a_keyframe_that_is_taken_at_that_very_moment():
    assert cutting(film(10), 3, 4)[1] == seconds(3, 4)


def test_what_is_no_longer_there_is_left_out_at_the_beginning():
    made, pictures = cutting(film(5, first=4), -3, 6)
    assert pictures == seconds(4, 6)
    assert made.began == BEGIN + 4


def test_a_film_that_stops_within_is_cut_to_its_last_picture():
    assert cutting(film(5), 3.5, 60)[1] == seconds(3, 5)
    assert cutting(film(5), 4.5, 60)[1] == seconds(4, 5)


def test_of_a_film_that_stopped_before_there_is_nothing():
    assert cutting(film(5), 20, 60)[1] == []


def test_of_a_film_that_begins_later_there_is_nothing():
    assert cutting(film(5, first=20), 3, 6)[1] == []


def test_a_hold_takes_no_time_in_the_file():
    late = [(item, cmaf.rebase(data, seq=0, pts=item.pts), at + 600) for item, data, at in film(2, first=2, told=False)]
    made, pictures = cutting([*film(2, told=False), *late], 0, 603)
    assert pictures == seconds(0, 3)
    assert made.done


def test_it_ends_with_its_generation():
    made, pictures = cutting([*film(3), *film(3, first=3, generation=2)], 1, 6)
    assert (made.done, pictures) == (True, seconds(1, 3))


def test_it_begins_with_the_generation_of_its_first_keyframe():
    made, pictures = cutting([*film(3), *film(3, first=3, generation=2)], 3.5, 6)
    assert (made.generation, made.init, pictures) == (2, None, seconds(3, 6))
    made.know(1, b"of another")
    assert made.init is None
    made.know(2, b"init of 2")
    assert made.init == b"init of 2"


def test_it_ends_where_a_worker_that_lost_its_state_begins_anew():
    again = [(item, data, at + 60) for item, data, at in film(2, told=False)]
    made, pictures = cutting([*film(3, told=False), *again], 1, 600)
    assert (made.done, pictures) == (True, seconds(1, 3))


def test_after_a_hole_it_goes_on_with_a_keyframe():
    pieces = list(film(5))
    del pieces[30:35]
    assert cutting(pieces, 0, 5)[1] == [*range(30), *seconds(2, 5)]


def test_what_comes_twice_is_taken_once():
    pieces = list(film(3))
    pieces[30:30] = pieces[25:30]
    assert cutting(pieces, 0, 3)[1] == seconds(0, 3)


def test_a_gop_that_is_too_large_to_be_kept_is_passed_over(monkeypatch):
    monkeypatch.setattr(cut, "MOST_GOP_BYTES", 2000)
    pieces = list(film(3))
    assert cutting(pieces, 0.5, 3)[1] == seconds(1, 3)


def test_what_is_no_chunk_of_ours_is_refused():
    item, _, at = next(film(1))
    made = Cut(BEGIN, BEGIN + 1)
    with pytest.raises(Rejected, match="not one chunk"):
        made.take(item, b"\0" * 200, at) or made.finish()


@given(
    lost=st.sets(st.integers(0, 10 * FPS - 1)),
    begin=st.floats(-2, 12),
    length=st.floats(0.001, 12),
    change=st.integers(0, 10),
)
def test_whatever_is_lost_and_asked_for_each_picture_follows_the_one_that_it_needs(lost, begin, length, change):
    pieces = [
        piece
        for n, piece in enumerate([*film(change), *film(10 - change, first=change, generation=2)])
        if n not in lost
    ]
    made, pictures = cutting(pieces, begin, begin + length)
    for n, before in zip(pictures, [None, *pictures], strict=False):
        assert n % GOP == 0 or n - 1 == before
        assert BEGIN + n / FPS < BEGIN + begin + length
    assert len({1 if n < change * FPS else 2 for n in pictures}) <= 1
