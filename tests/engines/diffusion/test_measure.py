"""What the bench says of an engine: figures that hang together. How large they are is this machine's affair."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from engines.diffusion.measure import Figures, measure
from engines.diffusion.options import DiffusionOptions
from tools.bench import engines as bench


@pytest.fixture(scope="module")
def measured(tiny: Callable[[str], Path]) -> Callable[[int], Figures]:
    """`measured(64)`: a tiny SD-Turbo of that many pixels a side, two rounds of batches of 1 and 2."""
    known: dict[int, Figures] = {}

    def figures(side: int) -> Figures:
        if side not in known:
            options = DiffusionOptions(
                str(tiny("sd-turbo")), side, side, device="cpu", decoder=str(tiny("taesd")), buckets=(1, 2)
            )
            known[side] = measure(options, lambda words: None, rounds=2)
        return known[side]

    return figures


def test_every_batch_size_has_its_times(measured: Callable[[int], Figures]) -> None:
    figures = measured(64)

    assert [line.batch for line in figures.lines] == [1, 2]
    for line in figures.lines:
        assert 0 < line.bare < math.inf
        assert 0 < line.p50 <= line.p99 < math.inf
        assert -1 < line.overhead < math.inf
        assert line.rate * line.p50 == pytest.approx(1000)  # frames a second, of milliseconds a frame
    assert all(0 < ms < math.inf for ms in figures.text.values())


def test_the_operations_of_a_frame_are_those_of_its_networks_and_grow_with_it(
    measured: Callable[[int], Figures],
) -> None:
    small, large = measured(64).gflop, measured(128).gflop

    assert measured(64).frame == small["denoiser"] + small["decoder"]  # one step without guidance
    assert large["decoder"] == pytest.approx(4 * small["decoder"])  # convolutions: by its pixels
    assert large["denoiser"] > 3 * small["denoiser"] > 0
    assert [value for name, value in large.items() if "text" in name] == [
        value for name, value in small.items() if "text" in name
    ]


def test_the_report_names_a_floor_only_where_the_gpu_is_known(measured: Callable[[int], Figures]) -> None:
    figures = measured(64)
    assert figures.peak is None
    assert "a frame at" not in figures.report()

    figures.peak = 790.0
    try:
        assert f"floor {figures.frame / 790:.2f} ms a frame at 790 TFLOP/s" in figures.report()
    finally:
        figures.peak = None


@pytest.mark.parametrize(
    "asked", [["--size", "64by64"], ["--size", "64x64x3"], ["--size", "0x64"], ["--batches", "1,"]]
)
def test_what_cannot_be_measured_is_one_line(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(asked) == 2
    assert capsys.readouterr().err.count("\n") == 1
