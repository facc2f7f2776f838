"""The pure parts of player and frame are JavaScript: node runs their tests, and this is where pytest hears of it."""

import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize("tests", ["player.test.mjs", "embed.test.mjs"])
def test_the_pure_parts_keep_their_rules(node, tests):
    run = subprocess.run(
        [node, "--test", tests], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
