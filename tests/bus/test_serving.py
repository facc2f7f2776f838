"""Serve tasks: one after the other for a partition, cancelled in bounded time, bugs reported once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest

from streamer.bus.base import Received, Record, Session, States
from streamer.bus.serving import Serving
from streamer.errors import SessionLost


async def turns(count: int = 20) -> None:
    """Let everything run that can run now: no time passes, so no patience ends."""
    for _ in range(count):
        await asyncio.sleep(0)


class Idle(Session):
    """A session of partition 0 that is only looked at."""

    partition = 0
    alive = True
    caught_up = True

    async def records(self, timeout: float = 0.05) -> list[Received]:
        return []

    async def commit(
        self, outputs: Sequence[Record] = (), states: States = (), consumed: int | None = None
    ) -> list[int]:
        return []


async def test_the_next_session_waits_until_the_last_one_has_unwound():
    order: list[str] = []
    first, second = Idle(), Idle()
    unwound = asyncio.Event()

    async def serve(session: Session) -> None:
        name = "first" if session is first else "second"
        order.append(f"{name} begins")
        try:
            await asyncio.sleep(60 if session is first else 0)
        finally:
            if session is first:
                await unwound.wait()
            order.append(f"{name} ends")

    serving = Serving(serve)
    serving.start(first)
    await turns()
    serving.stop(0)
    serving.start(second)
    await turns()
    assert order == ["first begins"]
    unwound.set()
    await turns()
    assert order == ["first begins", "first ends", "second begins", "second ends"]
    await serving.close()


async def test_a_lost_session_is_no_bug_and_anything_else_is():
    lost, broken = Idle(), Idle()

    async def serve(session: Session) -> None:
        raise SessionLost("gone") if session is lost else LookupError("a bug")

    serving = Serving(serve)
    serving.start(lost)
    await turns()
    assert not serving.bug.done()
    serving.start(broken)
    with pytest.raises(LookupError, match="a bug"):
        await asyncio.wait_for(serving.bug, 30)
    await serving.close()


async def test_a_serve_that_ignores_its_cancellation_is_named_and_left_behind(caplog):
    session = Idle()
    release = asyncio.Event()

    async def stubborn(session: Session) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    serving = Serving(stubborn, patience=0.05)
    serving.start(session)
    await asyncio.sleep(0)
    with caplog.at_level(logging.ERROR):
        await serving.close()
    assert "has not ended 0 s after its cancellation" in caplog.text
    release.set()
    await asyncio.sleep(0)


async def test_nothing_starts_after_closing():
    session = Idle()
    served: list[Session] = []

    async def serve(session: Session) -> None:
        served.append(session)

    serving = Serving(serve)
    await serving.close()
    serving.start(session)
    await turns()
    assert served == []
