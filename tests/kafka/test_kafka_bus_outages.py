"""Members killed and frozen, a broker killed and frozen: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import counting
import pytest
from counting import PARTITIONS, count, exactly, own, running, watched, write

import streamer
from streamer.bus.admin import create_topics
from streamer.bus.broker import Broker
from streamer.bus.kafka import KafkaBus
from streamer.errors import UserError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]


class Members:
    """Processes that run the counting stage; whichever is killed is replaced."""

    def __init__(self, servers: str, prefix: str) -> None:
        self._arguments = [servers, prefix]
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, name: str, *, static: bool = False) -> None:
        arguments = [counting.__file__, *self._arguments, *([name] if static else [])]
        environment = {**os.environ, "PYTHONPATH": str(Path(streamer.__file__).parent.parent)}
        self._running[name] = await asyncio.create_subprocess_exec(sys.executable, *arguments, env=environment)

    async def kill(self, name: str) -> None:
        process = self._running.pop(name)
        assert process.returncode is None, f"member {name} ended by itself with code {process.returncode}"
        process.kill()
        await process.wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        self._running[name].send_signal(number)

    async def stop(self) -> None:
        for name in list(self._running):
            await self.kill(name)


@asynccontextmanager
async def members(servers: str, prefix: str) -> AsyncIterator[Members]:
    group = Members(servers, prefix)
    try:
        yield group
    finally:
        await group.stop()


async def test_killed_and_frozen_members_leave_neither_gap_nor_repeat(kafka, kafka_buses):
    """Eight times kill -9 at a random moment, of dynamic and static members; one wakes up after its session ended."""
    bus = await kafka_buses()
    dice = random.Random()
    total = 200
    async with members(kafka, kafka_buses.prefix) as group, asyncio.TaskGroup() as tasks:
        await group.start("a")
        await group.start("b")
        await group.start("c", static=True)
        tasks.create_task(write(bus, range(total), pause=0.06))
        for turn in range(8):
            await asyncio.sleep(dice.uniform(0.5, 1.5))
            name = dice.choice("abc")
            await group.kill(name)
            await group.start(name, static=name == "c")
            if turn == 3:
                group.signal("b", signal.SIGSTOP)
                await asyncio.sleep(3.5)  # longer than its session of 2 s: its partitions go to others
                group.signal("b", signal.SIGCONT)
        assert await watched(bus, total) == exactly(total)


async def test_a_killed_broker_that_comes_back_with_its_data_is_waited_for(kafka, tmp_path):
    with Broker(data_dir=tmp_path / "kafka") as broker:
        await create_topics(broker.address, "test.", PARTITIONS)
        # Longer than the broker takes to start: what is published while it is away is waited for.
        bus = KafkaBus(broker.address, prefix="test.", partitions=PARTITIONS, session_timeout=3, publish_deadline=90)
        async with bus, members(broker.address, "test.") as group:
            await group.start("a")
            await write(bus, range(1))
            assert await watched(bus, 1) == exactly(1)  # the member has joined
            opened = asyncio.Event()
            watching = asyncio.create_task(watched(bus, 60, opened=opened))  # a tail, open before, during and after
            await opened.wait()
            writing = asyncio.create_task(write(bus, range(1, 60), pause=0.05))
            await asyncio.sleep(1)
            assert not writing.done()
            broker.kill()
            await asyncio.to_thread(broker.restart)
            await writing
            assert await watching == exactly(60)
            assert await watched(bus, 60) == exactly(60)


async def test_a_broker_that_stands_still_while_members_and_tails_begin_is_waited_for(kafka, tmp_path):
    with Broker(data_dir=tmp_path / "kafka") as broker:
        await create_topics(broker.address, "test.", PARTITIONS)
        patient = KafkaBus(broker.address, prefix="test.", partitions=PARTITIONS, publish_deadline=90)
        hasty = KafkaBus(broker.address, prefix="test.", partitions=PARTITIONS, publish_deadline=5)
        async with patient, hasty:
            await write(patient, range(1))
            os.kill(broker.pid, signal.SIGSTOP)
            try:
                async with running(own(patient, count)) as [member]:
                    watching = asyncio.create_task(watched(patient, 1))
                    # Whoever waits for less hears what did not come: an answer, and not a topic.
                    with pytest.raises(UserError, match=r"does not say within 5 s whether topic test\.prompts exists"):
                        await own(hasty, count)
                    assert not member.done()
                    assert not watching.done()
                    os.kill(broker.pid, signal.SIGCONT)
                    assert await watching == exactly(1)
            finally:
                os.kill(broker.pid, signal.SIGCONT)  # a process that stands still would not hear that it shall end
