"""How the film moves: from pose to pose without a jump, with everybody facing where he goes."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reels import STEP, a_film, act, described, directions, play, where

from engines.base import FrameSpec
from streamer.messages import Camera
from streamer.worker.timeline import FrameStep, Timeline


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
