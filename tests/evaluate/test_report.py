"""All measures in one pass: each has its known answer on a film made for it, shots stand apart, nothing is kept."""

import math

import numpy as np
import pytest
from synthetic import flat, frozen, noise, panning, whole, zooming

from tools.evaluate.film import FilmError
from tools.evaluate.report import measure, pairs


def figures(film, cuts=()):
    return {line.name: line for line in measure(film, cuts).lines}


def test_a_frozen_film_is_best_by_every_measure_of_consistency_and_has_no_motion():
    told = figures(frozen(4))
    for name in ("flicker", "ssim", "ms_ssim", "anchor_ssim", "identity"):
        assert told[name].mean == told[name].worst == pytest.approx(1), name
    for name in ("warp_error", "difference", "colour_drift", "motion", "motion_top", "roughness", "pan_right"):
        assert told[name].mean == told[name].worst == 0, name


def test_a_pan_of_known_speed():
    told = figures(panning(5, (3, -1.5), grain=4))
    assert told["pan_right"].mean == pytest.approx(3, abs=0.05)
    assert told["pan_down"].mean == pytest.approx(-1.5, abs=0.05)
    assert told["motion"].mean == pytest.approx(math.hypot(3, 1.5), abs=0.1)
    assert told["motion_part"].mean == pytest.approx(told["motion_top"].mean / 96)
    assert told["difference"].mean < 0.005
    assert told["warp_error"].mean < 0.005
    assert told["identity"].worst > 0.98
    assert told["anchor_ssim"].worst < 0.5  # pixel on pixel the shot's first frame is gone


def test_brightness_that_flickers_by_a_known_amplitude():
    told = figures(flat(100, 120, 100, 120))
    assert told["flicker"].mean == pytest.approx(1 - 20 / 255)
    assert told["colour_drift"].worst == pytest.approx(20 / 255)
    assert told["motion"].mean == 0


def test_a_slow_dimming_drifts_from_the_anchor_and_hardly_flickers():
    told = figures(flat(*range(200, 150, -5)))
    assert told["flicker"].worst == pytest.approx(1 - 5 / 255)
    assert told["colour_drift"].worst == pytest.approx(45 / 255)


def test_a_zoom_of_known_scale():
    assert figures(zooming(4, 1.03))["roughness"].mean == pytest.approx(0.03, abs=0.006)


def test_noise_is_worst_by_every_measure():
    told = figures(noise(4))
    assert told["flicker"].mean == pytest.approx(2 / 3, abs=0.01)
    assert abs(told["ssim"].mean) < 0.05
    assert told["occluded"].mean > 0.5
    assert abs(told["identity"].worst) < 0.1


def test_the_worst_pair_shows_what_the_mean_hides():
    film = np.concatenate([panning(6, (0, 0), seed=1), panning(6, (0, 0), seed=2)])
    told = figures(film)
    assert told["ssim"].mean > 0.9
    assert told["ssim"].worst < 0.2
    assert told["identity"].worst < 0.2


def test_pairs_across_a_cut_are_not_measured_and_the_anchor_is_the_shots_own():
    film = np.concatenate([panning(6, (0, 0), seed=1), panning(6, (0, 0), seed=2)])
    report = measure(film, cuts={6})
    assert (report.frames, report.shots, report.coherence.steps) == (12, 2, 10)
    worst = {line.name: line.worst for line in report.lines}
    assert worst["ssim"] == worst["anchor_ssim"] == worst["identity"] == pytest.approx(1)
    assert worst["difference"] == worst["motion"] == worst["warp_error"] == worst["colour_drift"] == 0


@pytest.mark.parametrize(("size", "count"), [(64, 3), (96, 4), (176, 5)])
def test_the_report_says_how_many_scales_ms_ssim_had(size, count):
    told = figures(flat(10, 20, size=size))
    assert f"{count} of 5 scales" in told["ms_ssim"].meaning


def test_a_film_is_measured_as_it_comes():
    def endless():
        while True:
            yield from noise(3, size=32)

    several = pairs(endless())
    assert next(several).step.frame == 1
    assert next(several).step.frame == 2


@pytest.mark.parametrize(
    ("film", "cuts", "said"),
    [
        ([], (), "0 frames in 0 shots: two that follow each other are needed"),
        (flat(1), (), "1 frame in 1 shot: two that follow each other are needed"),
        (flat(1, 2), {1}, "2 frames in 2 shots: two that follow each other are needed"),
        (flat(1, 2, size=15), (), "15x15 px: at least 16 px a side are needed"),
        ([*flat(1), *flat(2, size=32)], (), "frame 1 is 32x32 px after 64x64: a film has one size"),
    ],
    ids=["nothing", "one frame", "only cuts", "too small", "two sizes"],
)
def test_what_cannot_be_measured_says_why(film, cuts, said):
    with pytest.raises(FilmError) as error:
        measure(film, cuts)
    assert str(error.value) == said


def test_the_smallest_film_has_all_measures():
    film = whole(panning(3, (1, 0), height=16, width=16))
    assert not any(math.isnan(line.mean) for line in measure(film).lines)
