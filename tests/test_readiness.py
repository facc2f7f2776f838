"""/readyz: whether a service can do its work, and what it is at until then."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from streamer import metrics
from streamer.readiness import Readiness


@pytest.fixture
def port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def readiness(port: int) -> Iterator[Readiness]:
    """That of a service with a port for its metrics."""
    readiness = Readiness()
    with metrics.served(port, readiness):
        yield readiness


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_is_503_with_what_it_is_at_until_it_is_ready_and_while_the_engine_begins_anew(
    port: int, readiness: Readiness
) -> None:
    def answer() -> tuple[int, dict[str, str]]:
        status, body = get(port, "/readyz")
        return status, json.loads(body)

    assert answer() == (503, {"status": "starting"})
    readiness.at("warming up", "loading weights")
    assert answer() == (503, {"status": "warming up", "detail": "loading weights"})
    readiness.at("ready")
    assert answer() == (200, {"status": "ready"})
    readiness.at("restarting", "the engine's process was killed by SIGKILL")
    assert answer() == (503, {"status": "restarting", "detail": "the engine's process was killed by SIGKILL"})


def test_metrics_and_health_are_on_the_same_port(port: int, readiness: Readiness) -> None:
    assert get(port, "/healthz") == (200, '{"status": "ok"}')
    status, text = get(port, "/metrics")
    assert status == 200
    assert "# TYPE streamer_engine_events_total counter" in text
    status, text = get(port, "/nothing")
    assert (status, "/readyz" in text) == (404, True)
