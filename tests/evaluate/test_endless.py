"""A long film is measured while it is drawn: what repeats, what jumps, what stands still."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.evaluate import endless
from tools.evaluate.endless import Film, Moment, repeated
from tools.evaluate.windows import SIDE, Nearest, nearest

WINDOW = 6


def film(*scenes: int, frames: int = WINDOW) -> np.ndarray:
    """Noise that is the same for the same number: [frames of all scenes, SIDE, SIDE]."""
    shown = []
    for scene in scenes:
        draw = np.random.default_rng(scene)
        base = draw.integers(0, 256, (SIDE, SIDE + frames), dtype=np.uint8)
        shown += [base[:, n : n + SIDE] for n in range(frames)]
    return np.array(shown)


def test_a_scene_that_comes_back_is_found_with_its_place() -> None:
    likest = nearest(film(1, 2, 3, 1, 4), WINDOW)
    assert likest is not None
    assert (likest.first, likest.second) == (0, 3 * WINDOW)
    assert likest.likeness == pytest.approx(1.0, abs=1e-3)


def test_scenes_that_differ_are_not_alike() -> None:
    likest = nearest(film(1, 2, 3, 4), WINDOW)
    assert likest is not None
    assert likest.likeness < 0.3


def test_windows_that_overlap_are_not_compared() -> None:
    still = np.repeat(film(1, frames=1), 2 * WINDOW - 1, axis=0)
    assert nearest(still, WINDOW) is None
    assert nearest(np.repeat(film(1, frames=1), 2 * WINDOW, axis=0), WINDOW) == Nearest(pytest.approx(1.0), 0, WINDOW)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=5), st.integers(1, 8))
def test_the_nearest_is_the_nearest_of_all(scenes: list[int], window: int) -> None:
    """Against the plain definition, pair by pair."""
    pictures = film(*scenes, frames=5)
    likest = nearest(pictures, window)
    pairs = [
        (a, b)
        for a in range(len(pictures) - 2 * window + 1)
        for b in range(a + window, len(pictures) - window + 1)
    ]  # fmt: skip
    if not pairs:
        assert likest is None
        return
    best = max(np.mean([_ssim(pictures[a + n], pictures[b + n]) for n in range(window)]) for a, b in pairs)
    assert likest is not None
    assert likest.likeness == pytest.approx(best, abs=1e-3)


def _ssim(one: np.ndarray, other: np.ndarray) -> float:
    a, b = (p.reshape(8, 8, 8, 8).transpose(0, 2, 1, 3).reshape(64, 64).astype(float) for p in (one, other))
    ma, mb = a.mean(1), b.mean(1)
    together = (a * b).mean(1) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    bright = (2 * ma * mb + c1) / (ma**2 + mb**2 + c1)
    return float((bright * (2 * together + c2) / (a.var(1) + b.var(1) + c2)).mean())


@pytest.mark.parametrize(
    ("told", "times"),
    [
        ("abcdefgh", 0),
        ("abcabc", 1),  # "abc"
        ("abcdabcd", 2),  # "abc" and "bcd"
        ("aaaa", 1),
        ("ab", 0),
    ],
)
def test_what_is_told_again_is_counted(told: str, times: int) -> None:
    assert repeated([(ord(letter), 2.0) for letter in told], 6.0) == times


def test_a_bound_that_is_missed_is_said_with_its_number() -> None:
    film = Film("a fox", 60.0, 4.0, repeated_windows=2, flow_mean=0.1, likest=Nearest(0.97, 3, 200))
    film.flicker_least = [Moment(0.5, 3.0, "a fox runs")]
    assert [words.split(",")[0] for words in film.missed()] == [
        "2 windows of 30 s are told word for word again",
        "two windows of 30 s are 0.970 like",
        "two frames on end are 0.500 like",
        "0.10 px of flow from frame to frame",
    ]
    assert "MISSED" in "\n".join(film.lines())


def test_a_film_of_the_storyteller_repeats_nothing_and_nothing_jumps(capsys: pytest.CaptureFixture[str]) -> None:
    assert endless.main(["--seconds", "40", "--fps", "4", "--size", "128x128", "--prompt", "a red fox", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["missed"] == []
    assert measured["descriptions"] == 20
    assert measured["sentences"] == 20
    assert measured["flicker_least"][0]["value"] >= endless.STEADY
    assert measured["likest"] is None, "too short for two windows"


def test_a_film_that_cannot_be_measured_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert endless.main(["--seconds", "1e9"]) == 2
    assert "at most 100000" in capsys.readouterr().err
    assert endless.main(["--size", "17x17"]) == 2
