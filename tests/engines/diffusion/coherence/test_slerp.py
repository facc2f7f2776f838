"""Embeddings go from description to description on an arc, in steps of one length."""

import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from engines.diffusion.coherence.slerp import Arc, eased, elapsed, respaced, slerp

angles = st.floats(0.0, 1.6)  # of prompts: between 20 and 70 degrees
ratios = st.floats(0.5, 2.0)


def pair(angle: float, ratio: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two prompts [7, 16] of norms 1 and `ratio`, `angle` apart."""
    a, b = torch.linalg.qr(torch.randn(112, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64))[0].T
    return a.view(7, 16), (ratio * (math.cos(angle) * a + math.sin(angle) * b)).view(7, 16)


@given(angle=angles, tau=st.floats(0, 1))
def test_between_vectors_of_one_norm_all_are_of_it(angle: float, tau: float) -> None:
    u, v = pair(angle, 1.0)

    middle = slerp(u, v, tau)

    assert middle.shape == u.shape
    # Nearly parallel ones take the straight line, which cuts the corner by 1 - cos(θ/2) at most.
    assert middle.norm().item() == pytest.approx(1.0, abs=2e-4)


@given(angle=angles, ratio=ratios)
def test_it_begins_at_one_and_ends_at_the_other(angle: float, ratio: float) -> None:
    u, v = pair(angle, ratio)

    assert torch.allclose(slerp(u, v, 0.0), u, atol=1e-5)
    assert torch.allclose(slerp(u, v, 1.0), v, atol=1e-5)


def test_half_way_between_independent_noises_a_straight_line_has_half_the_variance_and_slerp_all() -> None:
    generator = torch.Generator().manual_seed(0)
    u, v = torch.randn(4, 64, 64, generator=generator), torch.randn(4, 64, 64, generator=generator)

    assert slerp(u, v, 0.5).var().item() == pytest.approx(1.0, abs=0.03)
    assert torch.lerp(u, v, 0.5).var().item() == pytest.approx(0.5, abs=0.03)


def test_a_batch_is_its_rows_one_by_one() -> None:
    pairs = [pair(1.0, 1.0), pair(0.01, 1.3), pair(2.0, 0.5), pair(0.0, 1.0)]
    taus = [0.3, 0.6, 0.9, 0.5]

    rows = slerp(torch.stack([u for u, _ in pairs]), torch.stack([v for _, v in pairs]), torch.tensor(taus))

    for row, (u, v), tau in zip(rows, pairs, taus, strict=True):
        assert torch.allclose(row, slerp(u, v, tau), atol=1e-6)


def test_a_vector_of_nothing_gives_no_nan() -> None:
    nothing = torch.zeros(7, 16)

    assert torch.isfinite(slerp(nothing, torch.ones(7, 16), 0.5)).all()
    assert Arc.between(nothing, nothing).at(0.25) == 0.25


def smoothstep(u: float) -> float:
    return u * u * (3 - 2 * u)


@given(angle=angles, ratio=ratios, frames=st.integers(24, 90))
def test_equal_steps_of_film_time_are_equal_steps_of_the_embedding(angle: float, ratio: float, frames: int) -> None:
    u, v = pair(angle, ratio)
    arc = Arc.between(u, v)
    assume(arc.length > 1e-3)

    way = [slerp(u, v, respaced(smoothstep(n / frames), arc, ramp=0.0)) for n in range(frames + 1)]
    steps = torch.stack([(b - a).norm() for a, b in zip(way, way[1:], strict=False)])

    assert steps.max().item() <= 1.01 * steps.min().item()


def test_without_respacing_unequal_norms_make_unequal_steps() -> None:
    u, v = pair(2.0, 2.0)
    way = [slerp(u, v, n / 48) for n in range(49)]
    steps = torch.stack([(b - a).norm() for a, b in zip(way, way[1:], strict=False)])

    assert steps.max().item() > 1.5 * steps.min().item()


@given(u=st.floats(0, 1))
def test_film_time_is_read_off_the_workers_smoothstep(u: float) -> None:
    assert elapsed(smoothstep(u)) == pytest.approx(u, abs=1e-6)


@given(u=st.floats(0, 1), ramp=st.floats(0.01, 0.5))
def test_easing_goes_from_rest_to_rest_and_no_step_is_much_above_the_mean(u: float, ramp: float) -> None:
    dt = 1e-4
    speed = (eased(u + dt, ramp) - eased(u, ramp)) / dt

    assert eased(0.0, ramp) == 0.0
    assert eased(1.0, ramp) == 1.0
    assert -1e-9 <= speed <= 1.0 / (1.0 - ramp) + 1e-6
    if ramp <= u <= 1.0 - ramp - dt:
        assert speed == pytest.approx(1.0 / (1.0 - ramp), abs=1e-6)


@given(first=angles, second=angles, ratio=ratios)
def test_a_new_description_does_not_jump(first: float, second: float, ratio: float) -> None:
    """48 frames each: the steps around the change are small beside those amid either description."""
    frames = 48
    one, two = Arc.of(first, ratio), Arc.of(second, ratio)

    def step(arc: Arc, n: int) -> float:  # of the way, in film time
        at = [eased(elapsed(smoothstep(each / frames))) for each in (n, n + 1)]
        return (at[1] - at[0]) * arc.length

    assert step(one, frames - 1) <= 0.25 * step(one, frames // 2) + 1e-9
    assert step(two, 0) <= 0.25 * step(two, frames // 2) + 1e-9
