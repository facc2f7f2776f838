"""A frame begins with the one before, and is held to it where the director says that nothing changes."""

from dataclasses import replace

import pytest
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler
from hypothesis import given
from hypothesis import strategies as st

from engines.base import Box, Figure, FrameSpec, Setting, View
from engines.diffusion.coherence.feedback import begun
from engines.diffusion.coherence.gates import IDLE, STILL, change_map, gated, hard, soft, text_step

SIDE = 32  # cells


def noise(seed: int, rows: int = 2) -> torch.Tensor:
    return torch.randn(rows, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def test_a_latent_is_noised_as_diffusers_noises_it() -> None:
    ddim = DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    euler = EulerDiscreteScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    euler.set_timesteps(4)
    clean, fresh = noise(1), noise(2)

    alpha = ddim.alphas_cumprod[600]
    told = begun(clean, fresh, float(alpha**0.5), float((1 - alpha) ** 0.5))
    assert torch.allclose(told, ddim.add_noise(clean, fresh, torch.tensor([600, 600])), atol=1e-6)

    t = euler.timesteps[1:2].expand(2)
    assert torch.allclose(begun(clean, fresh, 1.0, float(euler.sigmas[1])), euler.add_noise(clean, fresh, t), atol=1e-5)


def test_each_row_has_a_level_of_its_own() -> None:
    clean, fresh = noise(1), noise(2)
    alphas, sigmas = torch.tensor([0.0, 0.8]), torch.tensor([1.0, 0.6])

    told = begun(clean, fresh, alphas, sigmas)

    assert torch.equal(told[0], fresh[0])  # nothing of the frame before
    assert torch.allclose(told[1], 0.8 * clean[1] + 0.6 * fresh[1])


@given(alpha=st.floats(0, 1))
def test_what_keeps_the_variance_keeps_it(alpha: float) -> None:
    told = begun(torch.randn(1, 4, 64, 64), torch.randn(1, 4, 64, 64), alpha, (1 - alpha * alpha) ** 0.5)

    assert told.var().item() == pytest.approx(1.0, abs=0.06)


def test_an_open_gate_leaves_the_step_as_it_is_and_a_shut_one_the_frame_before() -> None:
    now, before, fresh = noise(1), noise(2), noise(3)
    mask = torch.zeros(2, 1, 8, 8)
    mask[..., :4] = 1.0

    after_the_last = gated(now, before, fresh, mask, 1.0, 0.0)
    amid = gated(now, before, fresh, mask, 0.6, 0.8)

    assert torch.equal(after_the_last[..., :4], now[..., :4])
    assert torch.equal(after_the_last[..., 4:], before[..., 4:])
    assert torch.allclose(amid[..., 4:], (0.6 * before + 0.8 * fresh)[..., 4:])


def test_a_cell_becomes_free_at_its_gates_part_of_the_way() -> None:
    gate = torch.tensor([0.0, 0.2, 0.5, 1.0])

    free = [hard(gate, t).tolist() for t in (999, 500, 200, 0)]

    assert free == [[0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1]]


@given(g=st.floats(0, 1), steps=st.integers(1, 40))
def test_a_soft_gate_is_the_hard_one_but_in_one_step_and_opens_for_g_of_the_way(g: float, steps: int) -> None:
    times = [1000.0 * (steps - n) / steps for n in range(steps + 1)]
    gate = torch.tensor(g, dtype=torch.float64)

    softs = [soft(gate, t, after).item() for t, after in zip(times, times[1:], strict=False)]

    assert sum(softs) / steps == pytest.approx(g, abs=1e-6)
    assert softs == sorted(softs)
    unlike = [n for n, s in enumerate(softs) if abs(s - hard(gate, times[n]).item()) > 1e-6]
    assert len(unlike) <= 1


def test_with_one_step_a_soft_gate_is_g_where_the_hard_one_is_shut_for_ever() -> None:
    gate = torch.tensor([0.1, 0.5, 1.0])

    assert torch.allclose(soft(gate, 1000, 0), gate)
    assert hard(gate, 1000).tolist() == [0, 0, 1]


FOX = Figure("fox", "fox", "red", "running", Box(0.1, 0.4, 0.2, 0.2))
TREE = Figure("tree", "tree", "old", "standing", Box(0.7, 0.2, 0.2, 0.6))
SPEC = FrameSpec(
    t=1.0, text="A fox runs.", previous_text="A fox sits.", mix=0.5, setting=Setting("forest"),
    previous_setting=Setting("forest"), figures=(FOX, TREE), view=View(), seed=1, shot=0,
)  # fmt: skip


def at(figure: Figure, x: float) -> Figure:
    return replace(figure, box=replace(figure.box, x=x))


def cell(gate: torch.Tensor, x: float, y: float) -> float:
    return gate[0, int(y * SIDE), int(x * SIDE)].item()


def test_who_moves_is_free_where_it_is_and_where_it_was() -> None:
    gate = change_map(replace(SPEC, figures=(at(FOX, 0.4), TREE)), SPEC, SIDE, SIDE)

    assert gate.shape == (1, SIDE, SIDE)
    assert cell(gate, 0.5, 0.5) == 1.0
    assert cell(gate, 0.15, 0.5) == 1.0
    assert cell(gate, 0.8, 0.5) == pytest.approx(IDLE)
    assert cell(gate, 0.05, 0.05) == pytest.approx(STILL)


def test_a_box_is_grown_a_little_and_its_edge_is_soft() -> None:
    gate = change_map(replace(SPEC, figures=(at(FOX, 0.12), TREE)), SPEC, SIDE, SIDE)

    row = gate[0, SIDE // 2, int(0.32 * SIDE) : int(0.5 * SIDE)].tolist()  # to the right of the fox
    assert row[0] == 1.0
    assert row == sorted(row, reverse=True)
    assert 0.2 < row[2] < 0.95
    assert row[-1] == pytest.approx(STILL)


def acts(figure: Figure) -> Figure:
    return replace(figure, action="jumping")


def fades(figure: Figure) -> Figure:
    return replace(figure, presence=0.5)


def repainted(figure: Figure) -> Figure:
    return replace(figure, look="blue")


@pytest.mark.parametrize("change", [acts, fades, repainted])
def test_who_acts_anew_or_comes_or_goes_is_free(change: object) -> None:
    assert callable(change)
    gate = change_map(replace(SPEC, figures=(change(FOX), TREE)), SPEC, SIDE, SIDE)

    assert cell(gate, 0.2, 0.5) == 1.0


def test_who_is_gone_or_new_is_free() -> None:
    for now, before in [((TREE,), (FOX, TREE)), ((FOX, TREE), (TREE,))]:
        gate = change_map(replace(SPEC, figures=now), replace(SPEC, figures=before), SIDE, SIDE)
        assert cell(gate, 0.2, 0.5) == 1.0


def test_who_goes_along_with_a_pan_rests_and_whom_the_camera_follows_does_not() -> None:
    panned = replace(SPEC, view=View(x=0.1))  # what stands still is seen 0.1 further left

    gate = change_map(replace(panned, figures=(FOX, at(TREE, 0.6))), SPEC, SIDE, SIDE)

    assert cell(gate, 0.2, 0.5) == 1.0
    assert cell(gate, 0.7, 0.5) == pytest.approx(IDLE)


@pytest.mark.parametrize(
    "before",
    [
        None,
        replace(SPEC, shot=1),
        replace(SPEC, seed=2),
        replace(SPEC, mix=0.2),
        replace(SPEC, text="Rain.", previous_text="Sun."),
        replace(SPEC, view=View(zoom=1.02)),
    ],
    ids=["the first frame", "a new shot", "a new seed", "a jump of the text", "another text", "a zoom"],
)
def test_where_all_may_change_all_is_free(before: FrameSpec | None) -> None:
    assert (change_map(SPEC, before, SIDE, SIDE) == 1.0).all()


def test_where_no_figures_are_known_nobody_can_say_that_nothing_changes() -> None:
    nobody = replace(SPEC, figures=())

    assert (change_map(nobody, nobody, SIDE, SIDE) == 1.0).all()


def test_the_faster_the_text_changes_the_freer_is_all_of_it() -> None:
    grounds = [
        cell(change_map(SPEC, replace(SPEC, mix=0.5 - step), SIDE, SIDE), 0.05, 0.05) for step in (0.0, 0.02, 0.1, 0.25)
    ]

    assert grounds == sorted(grounds)
    assert grounds[0] == pytest.approx(STILL)
    assert grounds[-1] == 1.0


def test_a_new_description_goes_on_where_the_last_one_ended() -> None:
    ended = replace(SPEC, mix=1.0)
    begins = replace(SPEC, text="A fox leaps.", previous_text="A fox runs.", mix=0.01)

    assert text_step(begins, ended) == pytest.approx(0.01)
    assert text_step(begins, SPEC) == pytest.approx(0.51)  # it had not arrived


@given(
    x=st.floats(-2, 2), y=st.floats(-2, 2), w=st.floats(0, 3), h=st.floats(0, 3), view=st.floats(-5, 5),
    mix=st.floats(0, 1),
)  # fmt: skip
def test_a_map_is_always_between_still_and_free(
    x: float, y: float, w: float, h: float, view: float, mix: float
) -> None:
    fox = replace(FOX, box=Box(x, y, w, h))

    gate = change_map(replace(SPEC, figures=(fox,), view=View(x=view), mix=mix), SPEC, 8, 12)

    assert gate.shape == (1, 8, 12)
    assert gate.min() >= STILL - 1e-6
    assert gate.max() <= 1.0
