"""The film out of what the director said: time, poses, epochs, holds, ends, and taking over in the middle."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import FrameSpec
from streamer.errors import Rejected
from streamer.messages import Box, Camera, Direction, EndOfStory, FrameDescription, Hold, Resume, SceneObject, Setting
from streamer.worker.timeline import MAX_BACKLOG, FrameStep, Timeline

STEP = 1 / 24


def described(seq: int, epoch: int = 1, *, x: float = 0.1, cast: str = "fox", **other: Any) -> FrameDescription:
    """A description in which everyone of `cast` (names, apart by blanks) stands at `x`."""
    objects = tuple(SceneObject(id=name, noun=name, box=Box(x, 0.5, 0.2, 0.2)) for name in cast.split())
    values: dict[str, Any] = {
        "shot": 0, "duration": 2.0, "text": f"{cast} {epoch}.{seq}", "objects": objects, "seed": epoch,
    }  # fmt: skip
    return FrameDescription(epoch=epoch, seq=seq, **values | other)


def play(timeline: Timeline, seconds: float, step: float = STEP) -> list[FrameStep]:
    """The frames of that much film; fewer when there is nothing to show."""
    frames = [timeline.frame(step) for _ in range(round(seconds / step))]
    return [frame for frame in frames if frame is not None]


def where(frame: FrameStep, name: str = "fox") -> float:
    (figure,) = [each for each in frame.spec.figures if each.id == name]
    return figure.box.x


def begun(frames: list[FrameStep]) -> list[tuple[int, int]]:
    return [(frame.begins.epoch, frame.begins.seq) for frame in frames if frame.begins]


def a_film(*directions: Direction) -> Timeline:
    timeline = Timeline()
    for direction in directions:
        timeline.push(direction)
    return timeline


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


# Poses


def test_while_a_description_lasts_the_film_moves_from_the_one_before_to_it() -> None:
    film = a_film(described(0, x=0.1), described(1, x=0.5))
    still, moving = play(film, 2.0), play(film, 2.0)
    assert {where(frame) for frame in still} == {0.1}  # after a cut: its own pose
    places = [where(frame) for frame in moving]
    assert places[0] == pytest.approx(0.1)
    assert places[-1] == pytest.approx(0.5, abs=0.03)
    assert places == sorted(places)
    assert (moving[0].spec.mix, moving[0].spec.previous_text, moving[0].spec.text) == (0.0, "fox 1.0", "fox 1.1")
    assert moving[24].spec.mix == pytest.approx(0.5)


def test_steady_motion_does_not_stop_at_every_description() -> None:
    film = a_film(*[described(n, x=0.1 * n) for n in range(6)])
    frames = play(film, 10.0)[72:]
    ways = [where(b) - where(a) for a, b in zip(frames, frames[1:], strict=False)]
    assert min(ways) > 0.5 * max(ways)
    forward = {figure.velocity[0] > 0 for frame in frames for figure in frame.spec.figures}
    assert forward == {True}


def test_who_comes_fades_in_and_who_goes_fades_out() -> None:
    film = a_film(described(0, cast="fox"), described(1, cast="owl", x=0.7))
    play(film, 2.0)
    frames = play(film, 2.0)
    presence = [{figure.id: figure.presence for figure in frame.spec.figures} for frame in frames]
    assert presence[0] == {"fox": 1.0}
    assert 0 < presence[8]["owl"] < 1
    assert 0 < presence[8]["fox"] < 1
    assert presence[-1] == {"owl": 1.0}
    assert {where(frame, "owl") for frame in frames[1:]} == {0.7}


def heading(frame: FrameStep, name: str = "fox") -> int:
    (figure,) = [each for each in frame.spec.figures if each.id == name]
    return figure.heading


def test_who_walked_left_and_stops_still_faces_left() -> None:
    film = a_film(*[described(n, x=x) for n, x in enumerate([0.6, 0.4, 0.2, 0.2, 0.2])])
    frames = play(film, 14.0)
    assert {heading(frame) for frame in frames[60:]} == {-1}


def test_who_turns_faces_the_new_way() -> None:
    film = a_film(*[described(n, x=x) for n, x in enumerate([0.2, 0.4, 0.6, 0.4, 0.2])])
    headings = [heading(frame) for frame in play(film, 10.0)[60:]]
    assert headings == sorted(headings, reverse=True)
    assert set(headings) == {1, -1}


def test_a_pan_over_somebody_who_stands_still_does_not_turn_him() -> None:
    """Neither if his box stays in the picture, nor if it stays on the ground."""
    for ways in ((0.2, 0.4, 0.4, 0.4, 0.4), (0.2, 0.4, 0.5, 0.6, 0.7)):
        pans = (0.0, 0.0, -0.1, -0.1, -0.1)
        film = a_film(*[described(n, x=x, camera=Camera(pan=(pans[n], 0.0))) for n, x in enumerate(ways)])
        assert {heading(frame) for frame in play(film, 10.0)[60:]} == {1}


def test_who_is_followed_from_the_first_frame_faces_that_way() -> None:
    film = a_film(described(0, camera=Camera(pan=(-0.1, 0.0))), described(1, x=0.05, camera=Camera(pan=(-0.1, 0.0))))
    assert {heading(frame) for frame in play(film, 4.0)} == {-1}


def test_a_successor_lets_everybody_face_the_same_way() -> None:
    film = a_film(*[described(n, x=x) for n, x in enumerate([0.6, 0.3, 0.3, 0.3])])
    for _ in range(150):
        film.frame(STEP)
        successor = Timeline.restore(film.snapshot(), film.backlog)
        mark = film.mark()
        assert successor.frame(STEP) == film.frame(STEP)
        film.rewind(mark)


def test_camera_moves_add_up_over_a_shot_and_start_again_at_a_cut() -> None:
    pan = Camera(pan=(0.5, -0.25), zoom=1.5)
    film = a_film(described(0, camera=pan), described(1, camera=pan), described(2, shot=1, transition="cut"))
    film.push(described(3, shot=1))
    frames = play(film, 7.0)
    view = frames[48].spec.view
    assert (view.x, view.y, view.zoom) == pytest.approx((0.5, -0.25, 1.5), abs=1e-9)
    assert frames[95].spec.view.zoom == pytest.approx(2.25, rel=0.05)
    after = frames[96]
    assert after.cut
    assert (after.spec.view.x, after.spec.view.y, after.spec.view.zoom, after.spec.t) == (0.0, 0.0, 1.0, 0.0)


@given(zooms=st.lists(st.floats(0.25, 4.0), min_size=1, max_size=12))
def test_the_zoom_stays_in_its_range(zooms: list[float]) -> None:
    film = a_film(*[described(n, duration=0.5, camera=Camera(zoom=zoom)) for n, zoom in enumerate(zooms)])
    for frame in play(film, len(zooms) * 0.5 + 3):
        assert 0.5 <= frame.spec.view.zoom <= 2.5


def test_a_cut_has_no_way_from_the_picture_before_it() -> None:
    film = a_film(described(0, x=0.1), described(1, x=0.8, shot=1, transition="cut", seed=7))
    play(film, 2.0)
    frame = film.frame(STEP)
    assert frame is not None
    assert frame.cut
    assert where(frame) == 0.8
    assert (frame.spec.mix, frame.spec.previous_text, frame.spec.seed) == (1.0, "fox 1.1", 7)
    assert frame.spec.shot == 2  # the second of this stream


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


def directions(seqs: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[Direction]:
    epochs = st.integers(1, 4)
    place = st.floats(-0.5, 1.2)
    return st.one_of(
        st.builds(
            described,
            st.integers(0, 6),
            epochs,
            x=place,
            cast=st.sampled_from(["fox", "fox owl", "owl", ""]),
            duration=st.floats(0.5, 3.0),
            transition=st.sampled_from(["blend", "blend", "cut"]),
            shot=st.integers(0, 1),
            setting=st.builds(Setting, place=st.sampled_from(["", "sea"])),
            camera=st.builds(Camera, pan=st.tuples(place, place), zoom=st.floats(0.5, 2.0)),
        ),
        st.builds(Hold, epoch=epochs, reason=st.sampled_from(["paused", "idle"])),
        st.builds(Resume, epoch=epochs),
        st.builds(EndOfStory, epoch=epochs, seq=st.integers(0, 6)),
    )


scripts = st.lists(st.one_of(directions(), st.integers(1, 40), st.just("abandon")), max_size=40)


def act(film: Timeline, thing: Direction | int | str) -> list[FrameStep]:
    if isinstance(thing, int):
        return play(film, thing * STEP)
    if thing == "abandon":
        film.abandon()
    else:
        film.push(thing)  # type: ignore[arg-type]
    return []


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


def jump(a: FrameSpec, b: FrameSpec) -> float:
    """How far anything that both frames show has moved."""
    old, new = ({figure.id: figure for figure in spec.figures} for spec in (a, b))
    ways = [abs(a.view.x - b.view.x), abs(a.view.y - b.view.y), abs(math.log(a.view.zoom / b.view.zoom))]
    for id in old.keys() | new.keys():
        if id in old and id in new:
            ways += [abs(old[id].box.x - new[id].box.x), abs(old[id].box.y - new[id].box.y)]
        present = [spec[id].presence if id in spec else 0.0 for spec in (old, new)]
        ways.append(abs(present[0] - present[1]) / 10)
    return max(ways)


@given(script=st.lists(st.one_of(directions(), st.integers(1, 60)), max_size=30))
@settings(deadline=None)
def test_nothing_jumps_except_at_a_cut(script: list[Any]) -> None:
    """Halving the step would halve the bound: motion is continuous. A description lasts 0.5 s at least here."""
    film, before = Timeline(), None
    step = 1 / 240
    for thing in script:
        for frame in play(film, thing * step, step) if isinstance(thing, int) else act(film, thing):
            ids_changed = before is not None and before.epoch != frame.epoch
            if before is not None and not frame.cut and not ids_changed:
                assert jump(before.spec, frame.spec) < 20 * step
            before = frame


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
