"""The bench of the fan-out runs anywhere, and says what it found. Its figures are no matter here: machines differ."""

from __future__ import annotations

import re
import sys

import pytest

from tools.bench import fanout


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")
@pytest.mark.parametrize("compiler", ["with cc", "without"])
def test_it_prints_both_ratios(compiler, capsys, monkeypatch):
    if compiler == "without":
        monkeypatch.setattr(fanout.shutil, "which", lambda name: None)
    code = fanout.main(["--viewers", "40", "--rounds", "1", "--seconds", "0.5", "--fps", "200"])
    printed = capsys.readouterr().out
    user, total = (float(ratio) for ratio in re.findall(r": +([0-9.]+|inf) \(target", printed))
    assert user >= 0  # user time is counted in ticks: so short a run may have none
    assert total > 0
    over = max(user - 0.5, total - 1.4)
    assert code == (over > 0) or abs(over) < 0.006, "what is printed is rounded"
    floor = fanout.FLOOR_IN_C if compiler == "with cc" else fanout.FLOOR_IN_PYTHON
    assert f"against the {floor}:" in printed, "the floor is C's wherever it can be built"
    for method in {*fanout.METHODS} - ({fanout.FLOOR_IN_C} if compiler == "without" else set()):
        assert method in printed
