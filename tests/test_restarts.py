"""Broadcasters that share a port: when one is started again, and what is refused before any is started."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest

from streamer import app
from streamer.broadcaster.service import listen
from streamer.errors import UserError
from streamer.settings import Settings
from streamer.shards import FIRST_PAUSE, GIVE_UP, LONGEST_PAUSE, STEADY, Restarts, Shards, reserved


def test_a_shard_that_served_for_long_is_started_again_at_once():
    restarts = Restarts()
    for _ in range(3 * GIVE_UP):
        assert restarts.ended(lived=STEADY) == FIRST_PAUSE
    assert not restarts.hopeless


def test_a_shard_that_ends_at_once_is_waited_for_ever_longer():
    restarts = Restarts()
    pauses = [restarts.ended(lived=1.0) for _ in range(12)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE
    assert restarts.hopeless
    restarts.ended(lived=STEADY)
    assert not restarts.hopeless, "it has shown that it can live"


def test_processes_need_a_bus_that_they_can_share():
    with pytest.raises(UserError, match=r"--bus kafka://HOST:PORT"):
        asyncio.run(app.broadcaster(Settings(processes=2)))


def test_processes_need_linux(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UserError, match="--processes needs Linux"):
        asyncio.run(app.broadcaster(Settings(processes=2, bus="kafka://127.0.0.1:1")))


linux = pytest.mark.skipif(sys.platform != "linux", reason="shards share a port on Linux only")


@linux
def test_a_port_is_chosen_once_and_kept():
    with reserved(Settings(port=0, processes=2)) as settings:
        assert settings.port > 0
        with pytest.raises(UserError, match=f"port {settings.port} is in use"):
            listen("127.0.0.1", settings.port)
        with listen("127.0.0.1", settings.port, shared=True) as shard:
            shard.listen(1)
            with socket.create_connection(("127.0.0.1", settings.port), 5):
                pass


@linux
def test_nobody_is_dealt_to_the_one_that_holds_the_port():
    with reserved(Settings(port=0, processes=2)) as settings, pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", settings.port), 5)


@linux
def test_a_port_that_other_shards_have_is_in_use():
    """SO_REUSEPORT alone would let two systems of one user share it, each with half of the other's viewers."""
    with listen("127.0.0.1", 0, shared=True) as other:
        other.listen(1)
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is in use"), reserved(Settings(port=port, processes=2)):
            pass


@linux
def test_what_keeps_a_shard_from_starting_is_said_once_and_by_the_parent(capfd: pytest.CaptureFixture[str]):
    settings = Settings(bus="kafka://127.0.0.1:1", port=0, processes=2, log_level="error")
    with pytest.raises(ExceptionGroup) as caught:
        asyncio.run(Shards(settings).run())
    assert caught.group_contains(UserError, match=r"no Kafka answers at 127\.0\.0\.1:1")
    assert "Traceback" not in capfd.readouterr().err
