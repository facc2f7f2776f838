"""The film out of what the director said: time, epochs, holds, ends, and taking over in the middle."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reels import STEP, a_film, act, begun, described, play, scripts, where

from streamer.errors import Rejected
from streamer.messages import Box, EndOfStory, Hold, Resume, SceneObject
from streamer.worker.timeline import MAX_BACKLOG, Timeline

# Time


def test_descriptions_begin_one_after_the_other_when_their_time_has_come() -> None:
    frames = play(a_film(described(0), described(1), described(2, duration=1.0), described(3)), 6.0)
    assert begun(frames) == [(1, 0), (1, 1), (1, 2), (1, 3)]
    assert [n for n, frame in enumerate(frames) if frame.begins] == [0, 48, 96, 120]


@given(step=st.floats(0.01, 1.5), durations=st.lists(st.floats(0.1, 3.0), min_size=1, max_size=30))
def test_film_time_is_exact_whatever_the_step(step: float, durations: list[float]) -> None:
    """Description k begins at the first frame at or after the sum of the durations before it, or one step a frame."""
    film = a_film(*[described(n, duration=d) for n, d in enumerate(durations)])
    shown, starts = 0, []
    while len(starts) < len(durations):
        frame = film.frame(step)
        assert frame is not None
        if frame.begins:
            starts.append(shown)
        shown += 1
    if step <= min(durations):
        # A sum that comes within a two-hundredth of a step of a frame may count as before or after it.
        sums = [sum(durations[:n]) / step for n in range(len(durations))]
        assert all(math.ceil(at - 5e-3) <= n <= math.ceil(at + 5e-3) for n, at in zip(starts, sums, strict=True))
    else:
        assert all(b > a for a, b in zip(starts, starts[1:], strict=False))


def test_without_a_next_description_the_film_goes_on_and_comes_to_rest() -> None:
    film = a_film(described(0, x=0.1), described(1, x=0.5))
    play(film, 4.0)
    waiting = play(film, 6.0)
    assert len(waiting) == 144
    assert begun(waiting) == []
    ways = [abs(where(b) - where(a)) for a, b in zip(waiting, waiting[1:], strict=False)]
    assert ways[0] > 0.001
    assert ways[-1] < 1e-6
    assert waiting[-1].spec.t > waiting[0].spec.t  # idle motion goes on: an engine draws it from t
    assert waiting[-1].spec.view.zoom == pytest.approx(1.03, abs=0.015)


def test_a_late_description_begins_with_the_next_frame_and_owes_no_time() -> None:
    film = a_film(described(0))
    play(film, 7.3)
    film.push(described(1))
    assert begun(play(film, STEP)) == [(1, 1)]
    film.push(described(2))
    assert [n for n, frame in enumerate(play(film, 3.0)) if frame.begins] == [47]


def test_rendered_counts_descriptions_and_never_the_waiting() -> None:
    film = a_film(described(0), described(1, duration=1.0))
    play(film, 1.0)
    assert film.rendered == pytest.approx(1.0)
    play(film, 20.0)
    assert film.rendered == pytest.approx(3.0)
    film.push(described(2))
    play(film, 0.5)
    assert film.rendered == pytest.approx(3.5)
    assert film.described == 3


# Epochs


def test_a_newer_epoch_begins_with_the_next_frame_and_drops_what_was_planned() -> None:
    film = a_film(described(0), described(1), described(2), described(3))
    play(film, 2.5)
    film.push(described(0, epoch=2, cast="boat", transition="cut"))
    assert [(d.epoch, d.seq) for d in film.backlog] == [(2, 0)]
    assert film.epoch == 1  # until it is seen
    frame = film.frame(STEP)
    assert frame is not None
    assert (frame.epoch, frame.cut, frame.begins) == (2, True, described(0, epoch=2, cast="boat", transition="cut"))
    assert not film.push(described(4, epoch=1))
    assert (film.described, film.rendered) == (1, pytest.approx(STEP))


def test_a_blend_into_a_new_epoch_starts_from_what_is_on_the_screen() -> None:
    film = a_film(described(0, x=0.1), described(1, x=0.5))
    seen = play(film, 3.0)[-1]
    film.push(described(0, epoch=2, x=0.9))
    frames = play(film, 2.0)
    assert not frames[0].cut
    assert where(frames[0]) == pytest.approx(where(seen), abs=0.02)
    assert where(frames[-1]) == pytest.approx(0.9, abs=0.05)
    assert frames[0].spec.t == pytest.approx(3.0)  # the same shot goes on


def test_an_id_that_means_something_else_in_the_new_epoch_is_someone_else() -> None:
    film = a_film(described(0, x=0.1))
    play(film, 1.0)
    boat = SceneObject(id="fox", noun="boat", box=Box(0.6, 0.5, 0.2, 0.2))
    film.push(described(0, epoch=2, objects=(boat,)))
    frames = play(film, 0.4)
    assert {(f.id, f.noun) for f in frames[-1].spec.figures} == {("fox@1", "fox"), ("fox", "boat")}
    assert where(frames[-1], "fox") == 0.6


def test_known_descriptions_are_skipped_and_missing_ones_are_told() -> None:
    film = a_film(described(0), described(1))
    assert not film.push(described(1))
    play(film, 2.5)
    assert not film.push(described(0))
    assert film.push(described(4))
    frames = play(film, 3.0)
    assert [(frame.begins.seq, frame.missed) for frame in frames if frame.begins] == [(4, 2)]


def test_a_flood_of_descriptions_is_refused_with_the_bound() -> None:
    film = a_film(*[described(n) for n in range(MAX_BACKLOG)])
    with pytest.raises(Rejected, match=f"{MAX_BACKLOG} descriptions wait already"):
        film.push(described(MAX_BACKLOG))


# Hold, Resume, EndOfStory


def test_a_hold_stops_at_once_and_film_time_stands_still() -> None:
    film, other = a_film(described(0), described(1, x=0.8)), a_film(described(0), described(1, x=0.8))
    play(film, 2.5), play(other, 2.5)
    assert film.push(Hold(epoch=1, reason="paused"))
    assert (film.status, film.reason, film.ready, film.frame(STEP)) == ("held", "paused", False, None)
    assert film.push(Resume(epoch=1))
    assert film.status == "playing"
    assert play(film, 1.0) == play(other, 1.0)


def test_a_hold_of_an_older_epoch_comes_too_late() -> None:
    film = a_film(described(0), described(0, epoch=2))
    assert not film.push(Hold(epoch=1, reason="idle"))
    assert film.status == "playing"
    play(film, 1.0)
    assert not film.push(Hold(epoch=1, reason="idle"))


def test_a_held_film_plays_again_when_a_newer_epoch_is_told() -> None:
    film = a_film(described(0), Hold(epoch=1, reason="idle"))
    film.push(described(1))
    assert film.frame(STEP) is None
    film.push(described(0, epoch=2))
    assert begun(play(film, 1.0)) == [(2, 0)]


def test_a_hold_may_come_before_the_first_description_of_its_epoch() -> None:
    film = a_film(described(0))
    play(film, 1.0)
    film.push(Hold(epoch=2, reason="paused"))
    film.push(described(0, epoch=2))
    assert film.frame(STEP) is None
    film.push(Resume(epoch=2))
    assert begun(play(film, 1.0)) == [(2, 0)]


def test_a_story_ends_after_its_last_description() -> None:
    film = a_film(described(0), described(1), EndOfStory(epoch=1, seq=2, reason="the end"))
    assert len(play(film, 10.0)) == 96
    assert (film.status, film.reason, film.rendered) == ("ended", "the end", 4.0)
    assert not film.push(described(2))


def test_a_stop_ends_at_once_and_a_later_play_starts_again() -> None:
    film = a_film(described(0), described(1))
    play(film, 1.0)
    film.push(EndOfStory(epoch=2, seq=0))
    assert (film.status, film.epoch, film.backlog, film.frame(STEP)) == ("ended", 2, (), None)
    assert not film.push(described(0, epoch=2))
    film.push(described(0, epoch=3))
    (frame,) = play(film, STEP)
    assert (frame.epoch, frame.cut, film.status) == (3, True, "playing")


def test_a_stop_also_ends_a_held_film() -> None:
    film = a_film(described(0), Hold(epoch=1, reason="paused"), EndOfStory(epoch=2, seq=0))
    assert film.status == "ended"
    assert not film.push(Resume(epoch=1))


# What cannot be drawn


def test_an_abandoned_description_leaves_the_picture_before_it_until_the_next() -> None:
    film = a_film(described(0, x=0.1), described(1, x=0.9), described(2, x=0.3))
    seen = play(film, 2.0)[-1]
    mark = film.mark()
    assert film.frame(STEP) is not None
    film.rewind(mark)
    film.frame(STEP)
    film.abandon()
    assert film.rendered == pytest.approx(4.0)
    (frame,) = play(film, STEP)
    assert frame.begins == described(2, x=0.3)
    assert where(frame) == pytest.approx(where(seen))


def test_an_abandoned_description_after_a_cut_leaves_nothing_until_the_next() -> None:
    film = a_film(described(0))
    film.frame(STEP)
    film.abandon()
    assert film.frame(STEP) is None
    film.push(described(1))
    assert begun(play(film, 1.0)) == [(1, 1)]


# Any order of things


@given(script=scripts)
def test_epochs_and_seqs_only_rise_and_numbers_stay_in_range(script: list[Any]) -> None:
    film, last = Timeline(), (-1, -1)
    for thing in script:
        before = film.epoch, film.rendered
        for frame in act(film, thing):
            if frame.begins:
                assert (frame.begins.epoch, frame.begins.seq) > last
                last = frame.begins.epoch, frame.begins.seq
            assert frame.epoch == last[0] == film.epoch
            assert 0.0 <= frame.spec.mix <= 1.0
            assert len({figure.id for figure in frame.spec.figures}) == len(frame.spec.figures)
            assert all(0.0 < f.presence <= 1.0 and f.box.w > 0 and f.box.h > 0 for f in frame.spec.figures)
        if film.epoch == before[0]:
            assert film.rendered >= before[1] - 1e-9
        if film.epoch == last[0]:
            assert film.described == last[1] + 1


@given(script=scripts, at=st.integers(0, 40))
def test_a_successor_shows_the_same_film_to_the_last_bit(script: list[Any], at: int) -> None:
    first = Timeline()
    for thing in script[:at]:
        act(first, thing)
    second = Timeline.restore(first.snapshot(), first.backlog)
    for thing in script[at:]:
        assert act(first, thing) == act(second, thing)
        assert (first.status, first.reason, first.epoch, first.rendered, first.described, first.backlog) == (
            second.status, second.reason, second.epoch, second.rendered, second.described, second.backlog,
        )  # fmt: skip


@given(script=scripts, lost=scripts)
def test_rewinding_takes_everything_back(script: list[Any], lost: list[Any]) -> None:
    film, other = Timeline(), Timeline()
    for thing in script:
        assert act(film, thing) == act(other, thing)
    mark = film.mark()
    for thing in lost:
        act(film, thing)
    film.rewind(mark)
    assert film.snapshot() == other.snapshot()
    assert act(film, 30) == act(other, 30)


def test_no_snapshot_is_a_new_timeline_and_a_foreign_one_an_error() -> None:
    assert not Timeline.restore(b"null").ready
    with pytest.raises(msgspec.MsgspecError):
        Timeline.restore(b'{"now": 7}')


def test_an_hour_of_film() -> None:
    film, begins = Timeline(), 0
    for seq in range(1800):
        film.push(described(seq, x=seq % 7 / 10, cast="fox owl"))
        begins += len(begun(play(film, 2.0)))
    assert begins == 1800
    assert film.rendered == pytest.approx(3600.0)
