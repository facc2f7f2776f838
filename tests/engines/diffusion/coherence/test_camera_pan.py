"""A camera that pans sees the noise of a plane without end, and the last latent moved along."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engines.base import View
from engines.diffusion.coherence.noise import drawn
from engines.diffusion.coherence.pan import Field, cells, latent_shift, moved

H, W = 8, 12
SHAPE = (4, H, W)
places = st.integers(-100, 100)


def test_a_camera_that_has_not_moved_sees_the_pipelines_noise() -> None:
    assert torch.equal(Field(9, SHAPE, steps=2).at(0, 0), drawn(9, 0, SHAPE, steps=2))


@given(x=places, y=places, dx=st.integers(0, W - 1), dy=st.integers(0, H - 1))
def test_what_stays_in_sight_moves_left_and_up_as_the_camera_goes_right_and_down(
    x: int, y: int, dx: int, dy: int
) -> None:
    field = Field(9, SHAPE)
    before, now = field.at(x, y), field.at(x + dx, y + dy)

    assert torch.equal(now[..., : H - dy, : W - dx], before[..., dy:, dx:])


@given(x=places, y=places, way=st.lists(st.tuples(places, places), max_size=3))
def test_noise_depends_on_the_place_and_not_on_the_way_there(x: int, y: int, way: list[tuple[int, int]]) -> None:
    field = Field(9, SHAPE, steps=1)
    for place in way:
        field.at(*place)

    assert torch.equal(field.at(x, y), Field(9, SHAPE, steps=1).at(x, y))


def test_noise_stays_white_wherever_the_camera_is() -> None:
    field = Field(2, (4, 64, 64))
    for place in [(0, 0), (17, -40), (64, 64), (1000, 31)]:
        seen = field.at(*place)[0]
        assert seen.var().item() == pytest.approx(1.0, abs=0.05)
        for one, other in [(seen[:, 1:], seen[:, :-1]), (seen[..., 1:], seen[..., :-1])]:
            assert abs((one * other).mean().item()) < 0.04


def test_what_comes_into_view_is_fresh() -> None:
    field = Field(2, (4, 64, 64))
    start, beyond = field.at(0, 0), field.at(64, 0)

    assert abs((start * beyond).mean().item()) < 0.04


@given(start=st.floats(-3, 3), speed=st.floats(-0.01, 0.01), frames=st.integers(1, 200))
def test_a_slow_pan_does_move_and_never_strays_by_a_cell(start: float, speed: float, frames: int) -> None:
    views = [View(x=start + n * speed) for n in range(frames + 1)]

    moves = sum(moved(now, before, H, W)[0] for before, now in zip(views, views[1:], strict=False))

    assert abs(moves - frames * speed * W) <= 1.0 + 1e-9
    assert moves == cells(views[-1], H, W)[0] - cells(views[0], H, W)[0]


def test_a_close_camera_sees_the_same_way_as_a_longer_one() -> None:
    assert moved(View(x=0.5, zoom=2.0), View(x=0.25, zoom=2.0), H, W) == (6, 0)
    assert moved(View(x=0.25), View(), H, W) == (3, 0)
    assert moved(View(x=3.0, y=1.0, zoom=1.5), View(x=3.0, y=1.0), H, W) == (0, 0)  # a zoom alone


@given(dx=st.integers(-30, 30), dy=st.integers(-20, 20))
def test_a_latent_moves_as_the_noise_does_and_says_what_is_new(dx: int, dy: int) -> None:
    plane = torch.arange(4 * 3 * H * 3 * W, dtype=torch.float32).view(4, 3 * H, 3 * W)
    seen = plane[:, H : 2 * H, W : 2 * W]

    shifted, exposed = latent_shift(seen, dx, dy)

    assert exposed.shape == (1, H, W)
    assert exposed.sum() == H * W - max(0, H - abs(dy)) * max(0, W - abs(dx))
    if abs(dx) <= W and abs(dy) <= H:
        there = plane[:, H + dy : 2 * H + dy, W + dx : 2 * W + dx]
        assert torch.equal(shifted * (1 - exposed), there * (1 - exposed))
    assert torch.isin(shifted, seen).all()


def test_exposed_cells_mirror_the_picture() -> None:
    row = torch.tensor([[[[0.0, 1.0, 2.0, 3.0]]]])  # one row of four

    shifted, exposed = latent_shift(row, 2, 0)

    assert shifted.tolist() == [[[[2.0, 3.0, 2.0, 1.0]]]]
    assert exposed.tolist() == [[[0.0, 0.0, 1.0, 1.0]]]
