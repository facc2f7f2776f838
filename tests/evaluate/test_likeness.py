"""Pixel on pixel: what two pictures have in common, against answers known beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity
from synthetic import flat, noise, panning, texture, whole

from tools.evaluate import likeness

PICTURES = whole([texture(1, 192, 192), texture(2, 192, 192)])


def greys(film):
    return [likeness.luma(picture) for picture in film]


@given(st.integers(0, 255), st.integers(0, 255))
def test_a_flat_picture_that_changes_its_brightness_flickers_by_just_that(before, after):
    a, b = flat(before, after, size=16)
    assert likeness.flicker(a, b) == pytest.approx(1 - abs(after - before) / 255)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_likeness_is_1_to_itself_and_the_same_both_ways(one, other):
    a, b = noise(1, one, 32)[0], noise(1, other, 32)[0]
    grey_a, grey_b = greys([a, b])
    assert likeness.flicker(a, a) == likeness.ssim(grey_a, grey_a) == likeness.ms_ssim(grey_a, grey_a) == 1
    assert likeness.flicker(a, b) == likeness.flicker(b, a)
    assert likeness.ssim(grey_a, grey_b) == pytest.approx(likeness.ssim(grey_b, grey_a))
    assert 0 <= likeness.ms_ssim(grey_a, grey_b) == pytest.approx(likeness.ms_ssim(grey_b, grey_a))


def test_white_noise_flickers_by_a_third():
    """Two uniform numbers of 0..1 differ by 1/3 on average."""
    a, b = noise(2, size=128)
    assert likeness.flicker(a, b) == pytest.approx(2 / 3, abs=0.01)


def test_strangers_have_hardly_any_structure_in_common():
    a, b = greys(PICTURES)
    assert abs(likeness.ssim(a, b)) < 0.2


def test_a_pan_costs_structure_although_nothing_changed():
    """Which is why none of these stands alone."""
    still, moving = panning(2, (0, 0)), panning(2, (3, 0))
    assert likeness.ssim(*greys(still)) == 1
    assert likeness.ssim(*greys(moving)) < 0.6


@pytest.mark.parametrize(
    ("side", "count"), [(11, 1), (21, 1), (22, 2), (44, 3), (64, 3), (88, 4), (96, 4), (175, 4), (176, 5), (512, 5)]
)
def test_a_small_picture_has_fewer_scales(side, count):
    assert likeness.scales(side, 512) == likeness.scales(512, side) == count


def test_ms_ssim_of_one_scale_is_ssim():
    a, b = (grey[:20, :20] for grey in greys(panning(2, (0.5, 0))))
    assert likeness.ms_ssim(a, b) == pytest.approx(likeness.ssim(a, b))


def test_ms_ssim_is_wangs_product_over_five_scales():
    """Contrast and structure by their own formula, 2 cov + C2 over the sum of variances + C2."""
    from scipy.ndimage import gaussian_filter

    a, b = (grey.astype(np.float64) for grey in greys(whole([PICTURES[0], PICTURES[0] * 0.6 + PICTURES[1] * 0.4])))
    expected, c2 = 1.0, (0.03 * 255) ** 2

    def blur(x):
        return gaussian_filter(x, 1.5, truncate=3.5)

    for scale, weight in enumerate(likeness.WEIGHTS):
        if scale == 4:
            expected *= structural_similarity(
                a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
            ) ** (weight / sum(likeness.WEIGHTS))
            break
        covariance = blur(a * b) - blur(a) * blur(b)
        variances = blur(a * a) - blur(a) ** 2 + blur(b * b) - blur(b) ** 2
        term = ((2 * covariance + c2) / (variances + c2))[5:-5, 5:-5].mean()
        expected *= term ** (weight / sum(likeness.WEIGHTS))
        a, b = (x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).mean(axis=(1, 3)) for x in (a, b))
    measured = likeness.ms_ssim(*greys(whole([PICTURES[0], PICTURES[0] * 0.6 + PICTURES[1] * 0.4])))
    assert measured == pytest.approx(expected, abs=1e-5)
    assert 0.3 < measured < 0.95


def test_ms_ssim_of_an_inverted_picture_is_nothing():
    a = PICTURES[0]
    assert likeness.ms_ssim(*greys([a, 255 - a])) == 0


@given(st.integers(0, 200), st.integers(0, 55))
def test_colours_drift_by_as_much_as_brightness_is_lifted(level, lift):
    a, b = (likeness.colours(picture) for picture in flat(level, level + lift, size=16))
    assert likeness.colour_drift(a, b) == pytest.approx(lift / 255)


def test_colours_do_not_drift_when_only_places_change():
    picture = PICTURES[0]
    moved = np.roll(picture, 40, axis=1)
    assert likeness.colour_drift(likeness.colours(picture), likeness.colours(moved)) == 0


def test_one_channel_in_three_counts_a_third():
    red, blue = np.zeros((2, 16, 16, 3), np.uint8)
    blue[..., 2] = 255
    assert likeness.colour_drift(likeness.colours(red), likeness.colours(blue)) == pytest.approx(1 / 3)
