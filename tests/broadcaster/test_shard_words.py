"""What a shard and its parent say to each other, without the shards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from streamer.settings import Settings
from streamer.shards import News, Shards

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="shards share a port by Linux's kernel")

NOISY = """
import asyncio, os, sys
import streamer.app, streamer.shard

async def noisy(settings, number, started):
    print("x" * 100_000, flush=True)
    os.write(1, b"y" * 100_000)
    started("http://127.0.0.1:1")

streamer.app.shard = noisy
sys.argv = ["shard", "0"]
sys.exit(streamer.shard.main())
"""


def test_what_a_library_prints_does_not_reach_the_parent(tmp_path):
    (counters := tmp_path / "counters").mkdir()
    with (
        (tmp_path / "errors").open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-c", NOISY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(counters)},
        ) as process,
    ):  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(Settings().model_dump_json().encode() + b"\n")
        process.stdin.flush()  # and left open: its end would be the parent's
        said = process.stdout.read()
    printed = (tmp_path / "errors").read_bytes()
    assert said == msgspec.json.encode(News(ready="http://127.0.0.1:1")) + b"\n", printed[-500:]
    assert b"x" * 100_000 in printed
    assert b"y" * 100_000 in printed


async def test_a_shard_that_says_too_much_in_a_line_ends_and_no_other(tmp_path: Path, monkeypatch, caplog):
    shard = tmp_path / "shard"
    shard.write_text(f"#!{sys.executable}\nprint('x' * 200_000, flush=True)\nimport time\ntime.sleep(100)\n")
    shard.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shard))
    settings = Settings(processes=2)
    end = await Shards(settings)._live(0, settings, str(tmp_path))
    assert (end.status, end.words) == (-15, "")
    assert "does not speak as shards do" in caplog.text
