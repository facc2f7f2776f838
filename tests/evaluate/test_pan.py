"""The camera's pan out of the whole frame: to a tenth of a pixel on whatever moves as one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import flat, frozen, noise, panning, texture, whole

from tools.evaluate.pan import contrast, difference, overlaid, pan, recognised, share


@settings(max_examples=30)
@given(st.floats(-20, 20), st.floats(-20, 20), st.integers(0, 1000))
def test_any_pan_is_recovered(x, y, seed):
    found = pan(*panning(2, (x, y), seed=seed))
    assert found == pytest.approx((x, y), abs=0.1)


@pytest.mark.parametrize("x", [0.1, 0.25, 0.5, 0.9])
def test_less_than_a_pixel_is_told_to_about_a_twentieth(x):
    assert pan(*panning(2, (x, 0))) == pytest.approx((x, 0), abs=0.06)


def test_white_noise_that_is_shifted_has_a_pan_too():
    field = noise(1, size=128)[0]
    assert pan(field[:96, :96], field[4:100, 8:104]) == pytest.approx((8, 4), abs=0.05)


def test_a_pan_shows_under_independent_noise():
    film = panning(2, (8, 0)).astype(float)
    noisy = whole(film + np.random.default_rng(7).normal(0, 40, film.shape))
    assert pan(*noisy) == pytest.approx((8, 0), abs=0.3)


def test_light_that_flickers_is_no_pan():
    scene = texture(5)
    assert pan(*whole([scene, scene * 0.9 + 20])) == pytest.approx((0, 0), abs=0.01)


@pytest.mark.parametrize(
    "film", [frozen(2), flat(90, 90), flat(90, 91), flat(0, 0)], ids=["frozen", "grey", "dim", "black"]
)
def test_what_stands_still_or_shows_nothing_pans_by_nothing(film):
    assert pan(*film) == (0, 0)


@settings(max_examples=30)
@given(st.floats(-30, 30), st.floats(-30, 30))
def test_a_pan_undone_leaves_the_same_pixels(x, y):
    a, b = panning(2, (x, y))
    both = overlaid(a, b, (x, y))
    assert both is not None
    assert both[0].shape == both[1].shape
    assert np.abs(both[0] - both[1]).mean() < 2  # cubic between pixels, twice
    width, height = both[0].shape[1], both[0].shape[0]
    assert width == pytest.approx(96 - abs(x), abs=5)
    assert height == pytest.approx(96 - abs(y), abs=5)


def test_a_pan_of_whole_pixels_is_undone_without_loss():
    assert difference(*panning(2, (7, -4)), (7, -4)) == 0
    assert recognised(*panning(2, (7, -4)), (7, -4)) == pytest.approx(1)


def test_frames_with_nothing_in_common_differ_by_all():
    a, b = panning(2, (90, 0))
    assert overlaid(a, b, (90, 0)) is None
    assert difference(a, b, (90, 0)) == 1
    assert recognised(a, b, (90, 0)) == 0


@pytest.mark.parametrize(
    ("by", "part"), [((0, 0), 1), ((48, 0), 0.5), ((0, -24), 0.75), ((48, 48), 0.25), ((200, 0), 0)]
)
def test_how_much_of_a_frame_is_still_in_sight(by, part):
    assert share(frozen(1)[0], by) == part


def test_a_stranger_is_not_recognised_wherever_it_is_laid():
    ours, theirs = panning(1, seed=1)[0], panning(1, seed=2)[0]
    assert all(recognised(ours, theirs, (x, 0)) < 0.2 for x in range(-40, 41, 4))


def test_half_noise_is_recognised_by_half():
    """Correlation of s + n with s + m, all of the same power: one half."""
    rng = np.random.default_rng(7)
    scene = texture(0) - 128
    a, b = (128 + scene + rng.normal(0, scene.std(), scene.shape) for _ in range(2))
    assert recognised(*whole([a * 0.7 + 38, b * 0.7 + 38]), (0, 0)) == pytest.approx(0.5, abs=0.03)


def test_another_colour_is_less_recognised_than_less_light():
    scene = whole([texture(0)])[0]
    red, dim = scene.copy(), (scene * 0.8).astype(np.uint8)
    red[..., 1:] //= 5
    assert recognised(scene, dim, (0, 0)) > 0.95
    assert recognised(scene, red, (0, 0)) < 0.7


def test_contrast_is_the_spread_about_each_channels_own_mean():
    assert contrast(flat(40)[0]) == 0
    stripes = flat(0)[0]
    stripes[::2] = 255
    assert contrast(stripes) == 0.5
    assert contrast(np.broadcast_to(np.uint8([255, 0, 0]), (16, 16, 3))) == 0
