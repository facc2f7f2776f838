"""The player's pure part is JavaScript: node runs its tests, and this is where pytest hears of it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def test_the_players_core_keeps_its_rules():
    node = shutil.which(os.environ.get("NODE", "node"))
    if node is None:
        pytest.skip("no node: the player's pure functions are tested by it; install Node.js 20 or newer, or set NODE")
    run = subprocess.run(
        [node, "--test", "player.test.mjs"], cwd=HERE, capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
