"""What tests may need besides Python: a real Kafka, a real Chromium, other programs that check ours, large libraries.

A part that is missing skips its tests, with the reason and the way to have it; under
STREAMER_TEST_REQUIRE=kafka,chromium,… it fails them instead, which is how CI runs.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import hypothesis
import pytest
from counting import PARTITIONS
from parts import Absent, absent, imported, missing

from streamer.bus.base import Bus, Trace
from streamer.bus.memory import MemoryBus
from streamer.errors import UserError
from tools.chromium import path as chromium_path

# How long an example takes says how busy the machine is, and nothing of what is tested. In CI the same examples are
# drawn each time, so that a failure is the change's own; elsewhere they are new ones, and find what CI's do not.
hypothesis.settings.register_profile(
    "any machine",
    deadline=None,
    derandomize="CI" in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("any machine")

FIRST_KAFKA_TIMEOUT = 900
"""Seconds for the test that is the first to ask for a broker: it may have to be downloaded and then started."""


@pytest.hookimpl(trylast=True)  # in the order in which they run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    first = True
    for item in items:
        for part in ("kafka", "chromium"):
            if part in getattr(item, "fixturenames", ()):
                item.add_marker(part)
        if first and item.get_closest_marker("kafka"):
            first = False
            item.add_marker(pytest.mark.timeout(FIRST_KAFKA_TIMEOUT), append=False)


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A folder whose tests import what is not installed is left out, its conftest too, with the reason."""
    part = next((part for part in imported(path) if absent(part)), None)
    return None if part is None else Absent.from_parent(parent, name=path.name, path=path, part=part)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """So is a file."""
    return pytest_collect_directory(module_path, parent)


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """`host:port` of a real Kafka: STREAMER_TEST_KAFKA, or one that runs as long as the tests do."""
    if given := os.environ.get("STREAMER_TEST_KAFKA"):
        yield given
        return
    from streamer.bus.broker import Broker

    broker = Broker()
    try:
        broker.start()
    except UserError as error:
        missing("kafka", f"{error}. Or set STREAMER_TEST_KAFKA=host:port")
    yield broker.address
    broker.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium: CHROMIUM, or the first of the usual names on the PATH."""
    return chromium_path() or missing(
        "chromium", "it was not found; install it (Debian: apt install chromium) or set CHROMIUM"
    )


@pytest.fixture(scope="session")
def kcat() -> str:
    """The path of kcat, a Kafka client that is not ours."""
    return (
        shutil.which("kcat")
        or shutil.which("kafkacat")
        or missing("kcat", "it was not found on the PATH; install it (Debian: apt install kcat)")
    )


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node.js: NODE, or the one on the PATH."""
    return shutil.which(os.environ.get("NODE", "node")) or missing(
        "node", "it was not found; install Node.js 20 or newer, or set NODE"
    )


@pytest.fixture(scope="session")
def ffprobe() -> str:
    """The path of ffprobe, a reader of MP4 that is not ours."""
    return shutil.which("ffprobe") or missing(
        "ffprobe", "it was not found on the PATH; install it (Debian: apt install ffmpeg)"
    )


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The path of ffmpeg, a player that is not ours."""
    return shutil.which("ffmpeg") or missing(
        "ffmpeg", "it was not found on the PATH; install it (Debian: apt install ffmpeg)"
    )


class BusFactory:
    """Opens buses onto the same topics, as separate processes would: `bus = await bus_factory()`.

    In memory there is one bus that all share; on Kafka each is a client of its own. A member that leaves says goodbye,
    so no test waits for a session to expire; and none expires because the machine stands still for a moment.
    """

    def __init__(self, kind: str, servers: str, stack: AsyncExitStack) -> None:
        self.kind = kind
        self.servers = servers
        self.prefix = f"test-{uuid.uuid4().hex[:8]}."
        self._stack = stack
        self._shared: MemoryBus | None = None

    async def __call__(self, *, trace: Trace | None = None, session_timeout: float = 30.0) -> Bus:
        if self.kind == "memory":
            if self._shared is None:
                self._shared = await self._stack.enter_async_context(MemoryBus(PARTITIONS, max_partition_bytes=8 << 20))
            self._shared.trace = trace or self._shared.trace
            return self._shared
        from streamer.bus.kafka import KafkaBus

        bus = KafkaBus(
            self.servers,
            prefix=self.prefix,
            partitions=PARTITIONS,
            session_timeout=session_timeout,
            heartbeat=0.3,
            trace=trace,
        )
        return await self._stack.enter_async_context(bus)


@pytest.fixture
async def kafka_buses(kafka: str) -> AsyncIterator[BusFactory]:
    """Fresh topics for one test on a real Kafka."""
    async for factory in _factory("kafka", kafka):
        yield factory


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
async def bus_factory(request: pytest.FixtureRequest) -> AsyncIterator[BusFactory]:
    """Fresh topics for one test, in memory and on a real Kafka."""
    servers = request.getfixturevalue("kafka") if request.param == "kafka" else ""
    async for factory in _factory(request.param, servers):
        yield factory


async def _factory(kind: str, servers: str) -> AsyncIterator[BusFactory]:
    async with AsyncExitStack() as stack:
        factory = BusFactory(kind, servers, stack)
        if servers:
            from streamer.bus.admin import create_topics

            await create_topics(servers, factory.prefix, PARTITIONS)
        yield factory
    if servers:
        await _delete_topics(servers, factory.prefix)


async def _delete_topics(servers: str, prefix: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient

    from streamer.topics import TOPICS

    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    try:
        await admin.delete_topics([topic.full_name(prefix) for topic in TOPICS])
    finally:
        await admin.close()
