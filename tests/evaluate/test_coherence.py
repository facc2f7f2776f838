"""More coherent than its control at the same motion: what passes, and every cheap way to win that must not.

The films are decoded from panned noise by a small random decoder of diffusers' own, as the engines' test models do it:
textures that move as one. (Real textures do as well: the last tests.)
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import AutoencoderTiny
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import flat, noise, panning, whole, zooming

from tools.evaluate.coherence import Anchor, Summary, follow, judge, verdict

FRAMES = 16
CELL = 8  # px of a latent cell
PAN = (8.0, 0.0)  # px a frame: one cell


def field(seed, cells=8):
    """Noise of a scene, as wide as the camera ever goes: [1, 4, cells, …]."""
    return torch.randn(1, 4, cells, cells + 2 * FRAMES, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def drawn():
    """film(shared, memory, scene, speed): frames that share a part of their noise's variance, fixed to the scene; the
    rest is AR(1), ε_k = ρ ε_{k-1} + √(1-ρ²) η_k. The camera goes `speed` cells right each frame."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    decoder = AutoencoderTiny(decoder_block_out_channels=(16,) * 4, encoder_block_out_channels=(16,) * 4).eval()

    @torch.inference_mode()
    def film(shared, memory=0.0, scene=1, speed=1.0, seed=5):
        draw = torch.Generator().manual_seed(seed)
        base = field(scene)
        rest = torch.randn(base.shape, generator=draw)
        latents = []
        for k in range(FRAMES):
            at = round(k * speed)
            latents.append((shared**0.5 * base + (1 - shared) ** 0.5 * rest)[..., at : at + 8])
            fresh = torch.randn(base.shape, generator=draw)
            rest = memory * rest + (1 - memory**2) ** 0.5 * fresh
        picture = decoder.decode(torch.cat(latents)).sample
        picture = (picture - picture.mean((0, 2, 3), keepdim=True)) / picture.std((0, 2, 3), keepdim=True)
        return whole((128 + 45 * picture).permute(0, 2, 3, 1).numpy())

    return film


def followed(film, cuts=()):
    return Summary.of(list(follow(film, cuts)))


@pytest.fixture(scope="module")
def control(drawn):
    """Every frame from noise of its own; followed once for all films beside it."""
    return followed(drawn(0.0, seed=99))


@pytest.fixture(scope="module")
def beside(control):
    """The verdict on a film beside the control, at the camera's pan."""
    return lambda film, pan=PAN, cuts=(): verdict(followed(film, cuts), control, pan)


@pytest.fixture(scope="module")
def coherent(drawn):
    """Free-Bloom's joint noise, λ = 0.1: cos²(λπ/2) = 0.976 of the variance is shared."""
    return drawn(0.976, 0.9)


@pytest.fixture(scope="module")
def stranger(drawn):
    """As coherent, of another scene."""
    return drawn(0.976, 0.9, scene=2)


def halves(one, other):
    return np.concatenate([one[: FRAMES // 2], other[FRAMES // 2 :]])


def alternating(one, other):
    return np.stack([(one, other)[k % 2][k] for k in range(FRAMES)])


@pytest.mark.parametrize(("shared", "memory"), [(0.976, 0.9), (0.976, 0.0), (0.8, 0.9), (0.8, 0.5)])
def test_frames_that_share_their_noise_are_coherent(beside, drawn, shared, memory):
    judged = beside(drawn(shared, memory))
    assert judged.passed, str(judged)
    assert 0.3 < judged.score < 1


def test_the_more_is_shared_the_higher_the_score(beside, drawn):
    scores = [beside(drawn(shared, 0.5)).score for shared in (0.7, 0.9, 0.99)]
    assert scores == sorted(scores)
    assert len(set(scores)) == 3


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.5, 2.0])
def test_a_pan_between_cells_is_right_on_average(beside, drawn, speed):
    """Noise moves by whole cells: at half a cell a frame the picture jumps every other frame. 16 frames at 4 px pass
    60 px, so that half a cell more or less stays below 10 %."""
    judged = beside(drawn(0.976, 0.9, speed=speed), (CELL * speed, 0))
    assert judged.passed, str(judged)


def test_a_frozen_film_fails_though_nothing_differs(beside, coherent):
    judged = beside(np.repeat(coherent[:1], FRAMES, axis=0))
    assert judged.film.difference == 0
    assert judged.film.identity == pytest.approx(1)
    assert [fault.split()[0] for fault in judged.faults] == ["pans"]
    assert judged.score == 0


@pytest.mark.parametrize("speed", [0.75, 1.25, -1.0])
def test_another_motion_than_the_cameras_fails(beside, drawn, speed):
    film = drawn(0.976, 0.9, speed=abs(speed))
    judged = beside(film[::-1] if speed < 0 else film)
    assert [fault.split()[0] for fault in judged.faults] == ["pans"]


@pytest.mark.parametrize("swap", [halves, alternating])
def test_who_turns_into_another_fails(beside, coherent, stranger, swap):
    judged = beside(swap(coherent, stranger))
    assert any("of what was there before" in fault for fault in judged.faults), str(judged)
    assert judged.score == 0


def test_who_fades_into_another_fails_too():
    """As long as the camera does not leave sooner than the one turns into the other."""
    one, other = (panning(12, (2, 0), seed=seed) for seed in (1, 2))
    weights = np.linspace(0, 1, 12)[:, None, None, None]
    noisy = whole(one + np.random.default_rng(7).normal(0, 40, one.shape))
    assert judge(one, noisy, pan=(2, 0)).passed
    judged = judge(whole(one * (1 - weights) + other * weights), noisy, pan=(2, 0))
    assert any("of what was there before" in fault for fault in judged.faults), str(judged)


def test_a_swap_half_way_is_found_where_it_is_though_nothing_else_shows_it(beside, coherent, stranger):
    judged = beside(halves(coherent, stranger))
    assert len(judged.faults) == 1
    assert judged.film.weakest == FRAMES // 2
    assert judged.film.difference < 0.5 * judged.control.difference


@settings(max_examples=6)
@given(at=st.integers(1, FRAMES - 1))
def test_a_swap_is_found_at_every_frame(beside, coherent, stranger, at):
    """Also where one anchor takes over from another."""
    judged = beside(np.concatenate([coherent[:at], stranger[at:]]))
    assert any("of what was there before" in fault for fault in judged.faults), str(judged)


def test_a_swap_is_no_fault_at_a_cut(beside, coherent, stranger):
    judged = beside(halves(coherent, stranger), cuts=[FRAMES // 2])
    assert judged.passed, str(judged)
    assert judged.film.steps == FRAMES - 2


def test_a_control_beside_another_is_not_coherent(beside, drawn):
    judged = beside(drawn(0.0, seed=7))
    assert any("no pan" in fault for fault in judged.faults)
    assert not judged.passed


def test_less_contrast_is_not_more_coherence(beside, drawn):
    """A tenth of the control's contrast differs by a tenth as much."""
    grey = whole(drawn(0.0, seed=7) * 0.1 + 115)
    judged = beside(grey)
    assert judged.film.difference < 0.2 * judged.control.difference
    assert not judged.passed


def test_nor_does_a_grey_film_score_more_than_its_original(beside, coherent):
    original, grey = (beside(film).score for film in (coherent, whole(coherent * 0.25 + 96)))
    assert grey == pytest.approx(original, abs=0.02)


def test_a_film_of_nothing_fails(beside):
    judged = beside(np.concatenate([flat(128)] * FRAMES))
    assert not judged.passed


def test_a_film_is_not_more_coherent_than_itself(coherent):
    judged = judge(coherent, coherent)
    assert [fault.split()[0] for fault in judged.faults] == ["differs"]


def test_the_controls_own_pan_is_wanted_where_it_shows(drawn, coherent):
    """A control that is coherent enough to have a pan: half of its noise is shared."""
    judged = judge(coherent, drawn(0.6, 0.0, seed=3))
    assert judged.passed, str(judged)
    assert judged.wanted == pytest.approx(PAN, abs=0.2)


def test_a_control_of_strangers_has_no_pan_to_compare_with(coherent, control):
    with pytest.raises(ValueError, match="strangers to each other, so its pan is unknown: give the camera's"):
        verdict(followed(coherent), control)


def test_nothing_is_judged_where_a_frozen_film_would_be_right(beside, coherent):
    with pytest.raises(ValueError, match=r"\(0\.20, 0\.00\) px a frame is wanted; below 0\.5 px"):
        beside(coherent, (0.2, 0))


def test_one_frame_is_no_film(beside, coherent):
    with pytest.raises(ValueError, match="one frame"):
        beside(coherent[:1])


def test_the_verdict_says_what_it_saw_in_words_and_figures(beside, coherent):
    passed, failed = beside(coherent), beside(np.repeat(coherent[:1], FRAMES, axis=0))
    assert str(passed).startswith(
        f"coherent, score {passed.score:.2f}: differs by {passed.film.difference:.4f} a frame"
    )
    assert str(failed) == "not coherent: pans (0.00, 0.00) px a frame, (8.00, 0.00) px to 10% are wanted"


def test_an_anchor_that_leaves_the_frame_hands_over(coherent):
    """Of 64 px at 8 px a frame half is gone after 4 frames."""
    anchor = Anchor(coherent[0])
    held = []
    for step in follow(coherent):
        anchor.against(coherent[step.frame], step.pan)
        held.append(
            next(k for k in range(FRAMES) if anchor.picture is coherent[k] or (anchor.picture == coherent[k]).all())
        )
    assert held == sorted(held)
    assert held[:3] == [0, 0, 0]
    assert all(step.frame - k <= 4 for step, k in zip(follow(coherent), held, strict=True))
    assert held[-1] > 8


def test_a_film_is_followed_without_being_held(drawn):
    """An endless film: steps come as its frames do."""

    def endless():
        while True:
            yield from panning(8, (2, 0))

    steps = follow(endless())
    assert next(steps).frame == 1
    assert next(steps).pan == pytest.approx((2, 0), abs=0.05)


def test_the_same_films_get_the_same_verdict(beside, drawn, coherent):
    assert beside(coherent) == judge(iter(coherent), iter(drawn(0.0, seed=99)), pan=PAN)


@settings(max_examples=6)
@given(pan=st.tuples(st.floats(-6, 6), st.floats(-6, 6)).filter(lambda p: np.hypot(*p) > 1), seed=st.integers(0, 1000))
def test_a_clean_pan_over_a_texture_is_coherent_beside_the_same_with_noise(pan, seed):
    film = panning(5, pan, seed=seed)
    noisy = whole(film + np.random.default_rng(seed + 1).normal(0, 25, film.shape))
    judged = judge(film, noisy, pan=pan)
    assert judged.passed, str(judged)


def test_brightness_that_flickers_is_less_coherent_by_its_amplitude():
    film = panning(8, (4, 0))
    lit = whole(film * 0.8 + np.array([10, 30] * 4)[:, None, None, None])
    steady, flickering = followed(whole(film * 0.8 + 20)), followed(lit)
    assert steady.difference < 0.003
    assert flickering.difference == pytest.approx(20 / 255, abs=0.003)
    assert not verdict(flickering, steady).passed


def test_a_zoom_is_no_pan():
    summary = followed(zooming(4, 1.02))
    assert summary.pan == pytest.approx((0, 0), abs=0.3)


def test_white_noise_has_no_pan_and_no_identity():
    summary = followed(noise(6))
    assert summary.pan is None
    assert abs(summary.identity) < 0.1
