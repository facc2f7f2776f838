"""Each coherence method makes a calmer film than independent noise, at the pan that the camera made; what only looks
calm does not pass. With random weights what attention carries over shows in nothing (docs/topics/evaluation.md): the
methods that read a bank stand here with the noise they are used with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tinyfilms import drawn, engine_of, film, spec

from engines.base import Box, Figure
from tools.evaluate.coherence import Summary, Verdict, follow, verdict

SIDE, FRAMES = 96, 14
PAN = (8.0, 0.0)
"""px a frame: a cell of the latent."""

METHODS = {
    "pan": ("pan",),
    "joint": ("joint", "pan"),
    "bank": ("joint", "pan", "bank"),
    "filter": ("joint", "pan", "bank", "filter"),
    "rotation": ("joint", "pan", "rotation"),
    "feedback": ("pan", "feedback"),
    "all": ("joint", "pan", "slerp", "bank", "feedback", "gates"),
}


def panned(folder: Path, coherence: tuple[str, ...], *, seed: int = 3, **options: Any) -> Any:
    """A film of one description under a camera that goes PAN a frame, (n, h, w, 3)."""
    with engine_of(folder, coherence=coherence, width=SIDE, height=SIDE, buckets=(1, 2), **options) as engine:
        specs = [spec(seed=seed, x=n * PAN[0] / SIDE, t=n / 24) for n in range(FRAMES)]
        return drawn(engine, film(engine), specs, at_once=2).astype(np.uint8)


Judged = Callable[[Any], Verdict]


@pytest.fixture(scope="module")
def judged(tiny: Callable[[str], Path]) -> Judged:
    """Against independent noise: the same engine without coherence."""
    control = Summary.of(list(follow(panned(tiny("sd-turbo"), ()))))
    return lambda pictures: verdict(Summary.of(list(follow(pictures))), control, PAN)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_calmer_than_independent_noise_at_the_same_pan(tiny, judged, method):
    steps = 2 if method == "rotation" else 1  # with one step there is nothing to rotate to
    found = judged(panned(tiny("sd-turbo"), METHODS[method], steps=steps))
    assert found.passed, str(found)


def test_a_frozen_film_is_not_coherent(tiny, judged):
    still = np.repeat(panned(tiny("sd-turbo"), METHODS["all"])[:1], FRAMES, axis=0)
    assert not judged(still).passed


@pytest.mark.parametrize("at", ["half way", "by turns"])
def test_a_swap_of_identity_is_not_coherent(tiny, judged, at):
    one, other = (panned(tiny("sd-turbo"), METHODS["all"], seed=seed) for seed in (3, 4))
    index = np.arange(FRAMES)
    swapped = index >= FRAMES // 2 if at == "half way" else index % 2 == 1
    assert judged(one).passed
    assert not judged(np.where(swapped[:, None, None, None], other, one)).passed


def test_noise_that_is_shared_without_the_pan_does_not_pan(tiny, judged):
    assert not judged(panned(tiny("sd-turbo"), ("joint",))).passed


def test_words_that_move_on_an_arc_do_not_jump(tiny):
    """The largest step of a film from one description to another, against the same film with a switch."""

    def largest(coherence: tuple[str, ...]) -> float:
        with engine_of(tiny("sd-turbo"), coherence=coherence) as engine:
            told = {"previous": "a red fox runs through snow", "text": "a blue boat on a stormy sea at night"}
            specs = [spec(told["previous"])] * 3 + [
                spec(**told, mix=u * u * (3 - 2 * u)) for u in np.linspace(0, 1, 13)[1:].tolist()
            ]
            pictures = drawn(engine, film(engine), specs, at_once=5)
        return float(np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2, 3)).max())

    assert largest(("pan", "slerp")) < 0.5 * largest(("pan",))


def test_gates_hold_what_does_not_change(tiny):
    """A figure that rests in a still view, in noise of which most is shared."""
    resting = Figure("fox", "fox", "red", "sleeping", Box(0.3, 0.3, 0.4, 0.4))

    def change(coherence: tuple[str, ...]) -> float:
        with engine_of(tiny("sd-turbo"), coherence=coherence) as engine:
            pictures = drawn(engine, film(engine), [spec(figures=(resting,), t=n / 24) for n in range(8)])
        return float(np.abs(np.diff(pictures, axis=0)).mean())

    assert change(("joint", "gates")) < 0.5 * change(("joint",))


def test_a_steer_in_mid_sentence_sets_out_from_where_the_film_was(tiny):
    """The nearer of two sentences is all that a frame's spec says of where it was."""
    half = {"previous": "a red fox runs through snow", "text": "a blue boat on a stormy sea at night"}
    steered = {"previous": half["text"], "text": "a castle in the desert at noon"}
    with engine_of(tiny("sd-turbo"), coherence=("pan", "slerp")) as engine:
        specs = [spec(**half, mix=mix) for mix in (0.45, 0.5, 0.55)] + [spec(**steered, mix=mix) for mix in (0.0, 0.02)]
        pictures = drawn(engine, film(engine), specs)
        session = film(engine)
        alone = drawn(engine, session, specs[3:])
    steps = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2, 3))
    assert steps[2] < steps[:2].min() / 4, "the first frame after a steer is where the last one before it was"
    assert np.abs(alone[0] - pictures[2]).mean() > steps[:2].max(), "without a memory of it there is a jump"
