"""A film on a real server, followed as its worker would: it renders all that is told, at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from stage import Stage

from streamer.bus.memory import MemoryBus

from .third_party import ThirdParty

QUICK: dict[str, Any] = {"window": 2, "pace": 0.5, "lead_low": 1.0, "starve": 1.0}


@asynccontextmanager
async def a_film_by(server: ThirdParty, **options: Any) -> AsyncIterator[Stage]:
    """A director whose LLM is at `server`, and a film that somebody asked for."""
    async with MemoryBus() as bus, Stage(bus, server.url, **(QUICK | options)).at_work() as stage:
        await stage.say({"prompt": "a red fox runs through the snow", "action": "play"})
        yield stage


async def watch(stage: Stage, until: Callable[[], bool], seconds: float = 60.0) -> None:
    """Render whatever is told, so that the film goes on, until something holds."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, [(d.epoch, d.seq, d.source) for d in stage.told()]
        if told := stage.told():
            epoch = told[-1].epoch
            await stage.rendered(epoch, sum(d.duration for d in told if d.epoch == epoch))
        await asyncio.sleep(0.05)
