"""The player's pure part is JavaScript: node runs its tests, and this is where pytest hears of it."""

import subprocess
from pathlib import Path


def test_the_players_core_keeps_its_rules(node):
    run = subprocess.run(
        [node, "--test", "player.test.mjs"], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
