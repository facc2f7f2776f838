"""The sketch engine draws what it drew when somebody last looked, whoever asks, wherever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tools import golden

EVERYWHERE = """
import sys
from pathlib import Path
from tools import golden
for name in reversed(list(golden.SCENES)):
    golden.write(golden.drawn(golden.SCENES[name]), Path(sys.argv[1], f"{name}.png"))
"""


@pytest.mark.parametrize("name", golden.SCENES)
def test_a_scene_looks_as_it_did(name: str) -> None:
    changed = golden.unlike(golden.drawn(golden.SCENES[name]), golden.read(golden.FOLDER / f"{name}.png"))
    assert not changed, f"{name}: {changed}; is it better? then `python -m tools.golden`"


def test_nothing_is_kept_that_is_not_drawn() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.png")} == set(golden.SCENES)


def test_what_a_person_would_see_is_told() -> None:
    kept = golden.read(golden.FOLDER / "corgi-surfs.png")
    moved = kept.copy()
    moved[60:120, 90:150] = np.roll(kept[60:120, 90:150], 4, axis=1)
    assert "SSIM" in golden.unlike(moved, kept)
    assert "mean difference" in golden.unlike((kept * 0.97).astype(np.uint8), kept)
    noisy = np.clip(kept.astype(int) + np.random.default_rng(1).integers(-2, 3, kept.shape), 0, 255).astype(np.uint8)
    assert golden.unlike(noisy, kept) == ""


def test_another_process_draws_the_same_to_within_two_levels(tmp_path: Path) -> None:
    """In another order, with other hashes, another locale, another time zone, and as many threads as it likes."""
    elsewhere = {
        **os.environ, "PYTHONHASHSEED": "4711", "LC_ALL": "C", "TZ": "Asia/Kathmandu", "OMP_NUM_THREADS": "7",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", EVERYWHERE, str(tmp_path)], env=elsewhere, check=True, timeout=100)
    for name, spec in golden.SCENES.items():
        here, there = golden.drawn(spec).astype(int), golden.read(tmp_path / f"{name}.png")
        assert int(np.abs(here - there).max()) <= 2, name
