"""What an engine remembers of a film goes along with the film, from worker to worker."""

from __future__ import annotations

import logging

import pytest
from studio import Grey, P, Studio, assert_unbroken, described
from tallying import Tally

from engines.base import MAX_SNAPSHOT
from streamer.broadcaster.hub import Hub
from streamer.messages import EndOfStory
from streamer.topics import WORKER_STATE
from streamer.worker.memory import Memories


async def test_a_successor_draws_on_from_what_the_engine_remembered_at_the_last_keyframe(studio: Studio) -> None:
    first, second = Tally(), Tally()
    await studio.tell(*[described(n) for n in range(20)])
    async with studio.worker(first):
        await studio.until(lambda: sum(chunk.keyframe for chunk in studio.chunks()) >= 3)
    written = studio.memory()
    newest = max(n for n, chunk in enumerate(studio.chunks()) if chunk.keyframe)
    assert newest < int(written) <= len(studio.chunks())
    async with studio.worker(second):
        seen = len(studio.chunks())
        await studio.until(lambda: len(studio.chunks()) > seen + 3)
    assert second.sessions[0].restored == [written]
    assert second.sessions[0].count > int(written)
    assert_unbroken(studio.chunks())


async def test_of_a_film_that_is_over_an_engine_remembers_nothing(studio: Studio) -> None:
    await studio.tell(described(0))
    async with studio.worker(Tally()):
        await studio.until(studio.memory)
        await studio.tell(EndOfStory(epoch=2, seq=0))
        await studio.until(lambda: studio.state().status == "ended")
    assert studio.memory() == b""
    tombstones = [r for r in studio.kept(WORKER_STATE, P) if r.key == b"main/engine" and r.value is None]
    assert len(tombstones) == 1


async def test_an_engine_without_memory_writes_none(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(6)])
    async with studio.worker(Grey()):
        await studio.until(lambda: sum(chunk.keyframe for chunk in studio.chunks()) >= 2)
    assert {record.key for record in studio.kept(WORKER_STATE, P)} == {b"main"}


async def test_others_who_read_the_states_pass_it_over(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    await studio.tell(described(0))
    async with studio.worker(Tally()):
        await studio.until(studio.memory)
    hub = Hub(ring=6.0, slow_limit=30.0, max_viewers=1)
    with caplog.at_level(logging.WARNING):
        for record in studio.kept(WORKER_STATE, P):
            hub.take(record)
    assert list(hub.rooms) == ["main"]
    assert caplog.records == []


def test_a_snapshot_is_written_once_and_not_if_it_is_too_large(caplog: pytest.LogCaptureFixture) -> None:
    memories = Memories(3, {"main": b"its state", "main/engine": b"old", "s.1/engine": b"other"})
    assert (memories.of("main"), memories.of("s.1"), memories.of("s")) == (b"old", b"other", b"")
    assert memories.record("main", b"old") == memories.record("main", b"") == []
    (record,) = memories.record("main", b"new")
    assert (record.key, record.value, record.partition) == ("main/engine", b"new", 3)
    assert memories.record("main", b"new") == []
    for _ in range(3):
        assert memories.record("main", bytes(MAX_SNAPSHOT + 1)) == []
    said = f"main: a snapshot of {MAX_SNAPSHOT + 1} bytes is not kept: at most {MAX_SNAPSHOT}"
    assert caplog.messages == [said]  # once a film
    (record,) = memories.record("main", bytes(MAX_SNAPSHOT))
    record.check(8)  # the bus takes it
    assert [(r.key, r.value) for r in memories.forget(["main", "main", "nobody"])] == [("main/engine", None)]
    assert memories.record("main", bytes(MAX_SNAPSHOT + 1)) == []
    assert caplog.messages == [said] * 2
