"""All frames read one, in turns."""

import pytest
import torch

from engines.diffusion.attention import attended, gathered, sources_for
from engines.diffusion.coherence.rotation import causal, reads, reference, rotating, runs


def test_the_papers_eight_frames_are_read_for_four_steps_each_three_times_around() -> None:
    turns = [reference(s, frames=8) for s in range(96)]

    assert turns == [frame for _ in range(3) for frame in range(8) for _ in range(4)]


def test_every_frame_of_a_clip_reads_the_same_one_in_its_own_branch() -> None:
    assert rotating(5, 3).tolist() == [[1], [1], [1]]
    assert rotating(9, 3, branches=2).tolist() == [[2], [2], [2], [5], [5], [5]]
    assert rotating(2, 3, delta=1).tolist() == [[2], [2], [2]]


def test_rotation_is_the_papers_formula() -> None:
    """O_k = softmax(Q_k K_rᵀ/√d) V_r, for one head."""
    q, k, v = torch.randn(3, 4, 10, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    nothing = torch.zeros(0, 10, 8, dtype=torch.float64)
    table = rotating(8, 4)  # r = 2

    told = attended(q, gathered(k, nothing, table), gathered(v, nothing, table), heads=1)

    for n in range(4):
        expected = torch.softmax(q[n] @ k[2].T / 8**0.5, dim=-1) @ v[2]
        assert torch.allclose(told[n], expected)


def test_a_live_film_rotates_over_what_is_made_already() -> None:
    assert [causal(s, 4) for s in range(4)] == ["self", "anchor", "previous", "self"]
    assert [causal(s, 20) for s in range(0, 20, 4)] == ["self", "anchor", "previous", "self", "anchor"]
    assert sources_for(["film"], ["film"], reads(["rotation"], 1, 4)).tolist() == [[1]]  # the bank's anchor


@pytest.mark.parametrize(
    ("methods", "steps", "expected"),
    [
        (["rotation"], 4, "rotation"),
        (["rotation", "bank"], 4, "rotation"),
        (["rotation"], 1, "bank"),  # nothing to rotate to
        (["bank"], 4, "bank"),
        (["joint", "slerp"], 4, ""),
    ],
)
def test_what_really_runs_is_said(methods: list[str], steps: int, expected: str) -> None:
    assert runs(methods, steps) == expected
    widths = {"rotation": 1, "bank": 3, "": 1}
    assert {len(reads(methods, s, steps)) for s in range(steps)} == {widths[expected]}
