"""Each frame's noise is a diffusers pipeline's, or is shared with its neighbours by a known part."""

import math

import pytest
import torch
from diffusers import EulerAncestralDiscreteScheduler, LCMScheduler
from diffusers.utils.torch_utils import randn_tensor
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.diffusion.coherence.noise import Residual, ar1, drawn, joint, seed_of

SHAPE = (4, 8, 8)
WIDE = (4, 64, 64)  # 16,384 numbers: a correlation of independent ones is below 0.03 (4 deviations)

seeds = st.integers(0, 2**32 - 1)


def correlation(a: torch.Tensor, b: torch.Tensor) -> float:
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


@given(seed=seeds)
def test_the_first_frame_is_made_of_what_a_pipeline_draws(seed: int) -> None:
    generator = torch.Generator("cpu").manual_seed(seed)
    pipelines = randn_tensor((1, *SHAPE), generator=generator, device=torch.device("cpu"), dtype=torch.float32)

    assert torch.equal(drawn(seed, 0, SHAPE), pipelines)


@pytest.mark.parametrize(("scheduler", "drawing"), [(LCMScheduler, 3), (EulerAncestralDiscreteScheduler, 3)])
def test_a_stochastic_scheduler_goes_on_drawing_what_the_first_frame_is_made_of(scheduler: type, drawing: int) -> None:
    schedule = scheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    schedule.set_timesteps(4)
    generator = torch.Generator("cpu").manual_seed(5)
    drawn_by_it = [torch.randn((1, *SHAPE), generator=generator)]
    for t in schedule.timesteps:  # a model that finds nothing: what comes out of a step is the noise it adds
        nothing = torch.zeros(1, *SHAPE)
        drawn_by_it.append(
            schedule.step(nothing, t, schedule.scale_model_input(nothing, t), generator=generator, return_dict=False)[0]
        )

    ours = drawn(5, 0, SHAPE, steps=drawing)

    assert ours.shape == (1 + drawing, *SHAPE)
    for mine, its in zip(ours, drawn_by_it, strict=False):  # neither needs what it may draw in the last step
        assert correlation(mine, its) == pytest.approx(1.0, abs=1e-5)


@given(seed=seeds, frame=st.integers(1, 10**7))
def test_every_other_frame_has_noise_of_its_own(seed: int, frame: int) -> None:
    assert torch.equal(drawn(seed, frame, SHAPE), drawn(seed, frame, SHAPE))
    for other in (0, frame + 1, frame - 1):
        assert abs(correlation(drawn(seed, frame, SHAPE), drawn(seed, other, SHAPE))) < 0.4 or other == frame


def test_films_with_neighbouring_seeds_have_no_frame_in_common() -> None:
    known = {seed_of(1, seed, frame) for seed in range(64) for frame in range(64)}

    assert len(known) == 64 * 64


@given(own=st.floats(0, 1))
def test_joint_noise_keeps_its_variance_and_shares_the_cosine_squared_of_it(own: float) -> None:
    base, one, other = drawn(1, 0, WIDE), drawn(1, 1, WIDE), drawn(1, 2, WIDE)

    first, second = joint(base, one, own), joint(base, other, own)

    assert first.var().item() == pytest.approx(1.0, abs=0.05)
    assert correlation(first, second) == pytest.approx(math.cos(own * math.pi / 2) ** 2, abs=0.04)


def test_free_blooms_tenth_shares_976_thousandths() -> None:
    base, one, other = drawn(1, 0, WIDE), drawn(1, 1, WIDE), drawn(1, 2, WIDE)

    assert correlation(joint(base, one), joint(base, other)) == pytest.approx(0.976, abs=0.005)
    assert torch.equal(joint(base, one, 0.0), base)


@given(rho=st.floats(0, 0.99), k=st.integers(0, 5000), others=st.lists(st.integers(0, 5000), max_size=4))
@settings(max_examples=60)
def test_a_restored_residual_goes_on_bit_for_bit(rho: float, k: int, others: list[int]) -> None:
    running = Residual(3, rho, (1, 2, 2), steps=1)
    for earlier in [*others, *range(max(0, k - 20), k)]:
        running.at(earlier)

    assert torch.equal(Residual(3, rho, (1, 2, 2), steps=1).at(k), running.at(k))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.97])
def test_a_residual_is_stationary_and_its_neighbours_are_correlated_by_rho(rho: float) -> None:
    chain = Residual(11, rho, (4, 16, 16))
    links = torch.stack([chain.at(k).flatten() for k in range(3 * chain.stride + 8 if chain.stride > 1 else 600)])

    assert links.var(1).mean().item() == pytest.approx(1.0, abs=0.02)
    lagged = torch.tensor([correlation(a, b) for a, b in zip(links, links[1:], strict=False)])
    assert lagged.mean().item() == pytest.approx(rho, abs=0.01)
    roots = list(range(chain.stride, len(links) - 1, chain.stride))  # where one tree ends and the next begins
    for k in roots[:8]:
        assert links[k].var().item() == pytest.approx(1.0, abs=0.2)
        assert lagged[k - 1].item() == pytest.approx(rho, abs=0.13)
        assert lagged[k].item() == pytest.approx(rho, abs=0.13)


@pytest.mark.parametrize("rho", [0.5, 0.9])
def test_a_residual_is_the_walked_chain_in_law(rho: float) -> None:
    """What a link adds to ρ times the one before is new: of variance 1 - ρ², and unknown to all links before."""
    chain = Residual(13, rho, (4, 16, 16))
    links = torch.stack([chain.at(k).flatten() for k in range(200)])
    added = links[1:] - rho * links[:-1]

    assert added.var().item() == pytest.approx(1.0 - rho * rho, rel=0.02)
    for back in range(1, 6):
        assert abs(correlation(added[back:], links[:-1][: len(added) - back])) < 0.02

    walked = [links[0]]
    for k in range(1, 200):
        walked.append(ar1(walked[-1], torch.randn(1024, generator=torch.Generator().manual_seed(k)), rho))
    ours, its = (torch.corrcoef(torch.cat([x[:-2], x[2:]]).view(2, -1))[0, 1] for x in (links, torch.stack(walked)))
    assert ours.item() == pytest.approx(its.item(), abs=0.02)


def test_a_residual_draws_once_a_frame_and_a_few_times_after_a_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    import engines.diffusion.coherence.noise as module

    count = 0
    real = module.draws

    def counted(seed: int, shape: tuple[int, ...], steps: int) -> torch.Tensor:
        nonlocal count
        count += 1
        return real(seed, shape, steps)

    monkeypatch.setattr(module, "draws", counted)
    chain = Residual(1, 0.9, (1, 2, 2))
    for k in range(1024):
        chain.at(k)
    assert count <= 1024 + 2 * math.log2(chain.stride) + 2

    count = 0
    Residual(1, 0.9, (1, 2, 2)).at(777)
    assert count <= 10


@pytest.mark.parametrize("rho", [-0.1, 1.0, float("nan")])
def test_a_correlation_that_is_none_is_refused(rho: float) -> None:
    with pytest.raises(ValueError, match="expected 0 ≤ ρ < 1"):
        Residual(1, rho, SHAPE)
