"""One who does what a how-to says, word for word: its examples are taken out of the page and run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from parts import missing

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "how-to"

WRITTEN = "127.0.0.1:8080"
"""Where the pages have the film; a test has it elsewhere."""

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(page: str, language: str, count: int = 1) -> list[str]:
    """The fenced examples of a page in a language, of which there are `count`."""
    found = [code for kind, code in _FENCE.findall((PAGES / f"{page}.md").read_text()) if kind == language]
    assert len(found) == count, f"{page}.md has {len(found)} examples in {language}"
    return found


class Reader:
    """Works in a folder, with `streamer` on the PATH, and has replaced the address in the pages by `place`."""

    def __init__(self, home: Path, place: str) -> None:
        if shutil.which("curl") is None:
            missing("curl", "it was not found on the PATH; install it (Debian: apt install curl)")
        self.home, self.place = home, place
        programs = home / "bin"
        programs.mkdir()
        command = programs / "streamer"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m streamer "$@"\n')
        command.chmod(0o755)
        path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
        self.env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def here(self, code: str) -> str:
        return code.replace(WRITTEN, self.place)

    def shell(self, code: str, **env: str) -> str:
        """Run commands; they must succeed. Returns what they said."""
        command = ["bash", "-euo", "pipefail", "-c", self.here(code)]
        done = subprocess.run(
            command, cwd=self.home, env=self.env | env, capture_output=True, text=True, timeout=100, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, code: str, *arguments: str, **env: str) -> str:
        """Run a program to its end; it must succeed. Returns what it said."""
        done = subprocess.run(
            [sys.executable, "-c", self.here(code), *arguments],
            cwd=self.home, env=self.env | env, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python_until(self, code: str, lines: int) -> list[str]:
        """Run a program that has no end, until it has said so many lines."""
        program = subprocess.Popen(
            [sys.executable, "-c", self.here(code)],
            cwd=self.home, env=self.env, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert program.stdout is not None
            return [program.stdout.readline() for _ in range(lines)]
        finally:
            program.kill()
            program.communicate(timeout=10)
