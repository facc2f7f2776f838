"""The broker of `streamer kafka`: it keeps given data, and never outlives whoever started it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import pytest

import streamer
from streamer.bus.admin import check_topics, create_topics
from streamer.bus.broker import Broker, _answers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


async def until(answers: bool, port: int) -> None:
    """Wait until the broker does, or does not, answer: one that is busy may take more than the second it is given."""
    async with asyncio.timeout(90):
        while await asyncio.to_thread(_answers, port) is not answers:
            await asyncio.sleep(0.05)


async def test_given_data_is_found_again(kafka, tmp_path):
    async with Broker(data_dir=tmp_path / "kafka") as broker:
        await create_topics(broker.address, "kept.", 2)
    assert broker.pid is None
    async with Broker(data_dir=tmp_path / "kafka") as broker:
        assert all(finding.problem is None for finding in await check_topics(broker.address, "kept.", 2))


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (signal.SIGTERM, 0),
        pytest.param(
            signal.SIGKILL, -9, marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell a child")
        ),
    ],
)
async def test_kafka_ends_with_the_command_that_runs_it(kafka, tmp_path, how, code):
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(streamer.__file__).parent.parent)}
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streamer", "kafka", "--port", "0",
        stdout=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert command.stdout is not None
    line = (await asyncio.wait_for(command.stdout.readline(), 120)).decode()
    found = re.search(r"kafka://127\.0\.0\.1:(\d+)", line)
    assert found, line
    port = int(found[1])
    await until(True, port)
    command.send_signal(how)
    assert await asyncio.wait_for(command.wait(), 90) == code
    await until(False, port)
