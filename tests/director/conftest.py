"""A bus for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from streamer.bus.memory import MemoryBus


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    async with MemoryBus() as bus:
        yield bus
