"""`streamer doctor` as a command: this machine's parts, and what the exit status says of the LLM's servers."""

from __future__ import annotations

import os
import subprocess
import sys

from streamer.doctor import Line, machine


def test_what_this_machine_has_is_told() -> None:
    lines = [*machine()]
    assert [line.what for line in lines] == ["Python", "video", "Java"]
    assert lines[1] == Line("ok", "video", lines[1].found)
    assert "libx264" in lines[1].found


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streamer", "doctor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, "COLUMNS": "80"})


def test_the_command_examines_the_built_in_storyboard_by_default_and_prints_plain_text() -> None:
    done = run()
    assert done.returncode == 0, done.stderr
    assert "LLM default" in done.stdout or "LLM storyboard" in done.stdout
    assert "3 of 3 keyframes are valid" in done.stdout
    assert "\x1b" not in done.stdout
    assert "ok  Python" in done.stdout


def test_the_command_ends_with_2_where_nobody_listens() -> None:
    done = run("--llm", "http://127.0.0.1:9/v1", "--model", "m")
    assert done.returncode == 2
    assert "streamer: no endpoint can direct a film: http://127.0.0.1:9/v1: Connection error" in done.stderr
    assert "is it running, and here?" in done.stdout
