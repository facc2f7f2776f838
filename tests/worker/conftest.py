"""Workers on a bus in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from studio import Studio

from streamer.bus.memory import MemoryBus


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with MemoryBus() as bus:
        yield Studio(bus)
