"""Dense flow: known motion, known zoom, a square that hides a known area."""

import cv2
import numpy as np
import pytest
from synthetic import flat, frozen, noise, panning, texture, whole, zooming

from tools.evaluate import flow


@pytest.mark.parametrize("pan", [(2, 0), (-3, 1), (1.5, 0.5), (0, -0.25)])
def test_a_pan_is_measured_in_pixels_a_frame(pan):
    told = flow.moved(*panning(2, pan, grain=4))
    assert told.median == pytest.approx(np.hypot(*pan), abs=0.1)
    assert told.warp_error < 0.005
    assert told.roughness < 0.1


def test_what_stands_still_moves_by_nothing():
    told = flow.moved(*frozen(2))
    assert (told.median, told.top, told.warp_error, told.occluded, told.roughness) == (0, 0, 0, 0, 0)


def test_flow_is_used_in_the_direction_it_was_measured():
    """Undone, a pan leaves nothing; looked up the wrong way, as TCL does, it is sent off twice as far."""
    a, b = panning(2, (3, 0), grain=4)
    right = flow.moved(a, b)
    assert right.warp_error < 0.1 * right.tcl


def test_brought_back_looks_where_the_flow_points():
    picture = np.arange(48, dtype=np.float32).reshape(6, 8)
    way = np.zeros((6, 8, 2), np.float32)
    way[..., 0] = 2  # what is at x in a is at x + 2 in b
    np.testing.assert_array_equal(flow.brought_back(picture, way)[:, :6], picture[:, 2:])


def test_a_zoom_stretches_the_flow_by_its_scale():
    told = flow.moved(*zooming(2, 1.03))
    assert told.roughness == pytest.approx(0.03, abs=0.006)
    assert told.top > 2 * told.median * 0.7  # at the edges it is fastest, in the middle it stands still


def test_flow_that_returns_hides_nothing_but_what_leaves_the_frame():
    forward = np.zeros((40, 50, 2), np.float32)
    forward[..., 0] = -5
    gone = flow.hidden(forward, -forward)
    assert gone[:, :5].all()
    assert not gone[:, 5:].any()


@pytest.mark.parametrize(("error", "is_hidden"), [(0.45, False), (0.75, True)])
def test_half_a_pixel_and_a_hundredth_of_the_way_are_allowed(error, is_hidden):
    """10 px there and 10 - error back: 0.5 + 0.01 (20 - error), about 0.7 px."""
    forward = np.zeros((40, 50, 2), np.float32)
    forward[..., 0] = 10
    backward = -forward + np.float32([error, 0])
    assert flow.hidden(forward, backward)[:, :30].all() == is_hidden
    assert flow.hidden(forward, backward)[:, :30].any() == is_hidden


def square(x):
    """A square of 40 px at `x`, in a frame of 128 px."""
    inside = np.zeros((128, 128), bool)
    inside[44:84, x : x + 40] = True
    return inside


def test_a_square_that_moves_hides_what_it_moves_onto():
    """6 px to the right it hides 40 x 6 px of the ground before it, and nothing else."""
    forward, backward = np.zeros((2, 128, 128, 2), np.float32)
    forward[square(30), 0], backward[square(36), 0] = 6, -6
    np.testing.assert_array_equal(flow.hidden(forward, backward), square(36) & ~square(30))


def test_what_a_moving_square_hides_is_not_held_against_it():
    """The flow is measured here, so that the area is known only roughly: 240 px and a seam."""
    frames = []
    for x in (30, 36):
        frame = texture(3, 128, 128, 4)
        frame[square(x)] = texture(9, 40, 40, 4).reshape(-1, 3)
        frames.append(frame)
    told = flow.moved(*whole(frames))
    assert 120 < told.occluded * 128 * 128 < 960
    unmasked = np.abs(frames[0] - frames[1]).mean() / 255
    assert told.warp_error < 0.25 * unmasked
    assert told.top == pytest.approx(6, abs=1)
    assert told.median < 0.2


def test_light_that_flickers_is_no_motion_but_a_warp_error():
    scene = texture(5, 96, 96, 4)
    told = flow.moved(*whole([scene, scene + 10]))
    assert told.warp_error == pytest.approx(10 / 255, rel=0.15)
    assert told.median < 0.2


def test_noise_has_no_flow_and_most_of_it_is_called_hidden():
    """Why textures and noise are judged by pan.py."""
    assert flow.moved(*noise(2)).occluded > 0.5


def test_the_same_pictures_give_the_same_figures():
    pictures = panning(2, (1.5, 0.5))
    threads = cv2.getNumThreads()
    first = flow.moved(*pictures)
    try:
        cv2.setNumThreads(1)
        assert flow.moved(*pictures) == first
    finally:
        cv2.setNumThreads(threads)


def test_pictures_without_anything_to_see_stand_still():
    told = flow.moved(*flat(90, 90))
    assert (told.median, told.occluded, told.warp_error) == (0, 0, 0)
