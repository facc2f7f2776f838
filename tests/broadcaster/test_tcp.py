"""What the kernel tells of a connection, on real sockets."""

from __future__ import annotations

import socket
import sys
import time

import pytest

from streamer.broadcaster import tcp

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="told by Linux only")


@pytest.fixture
def pair():
    """(sender, a receiver with a small buffer that reads only when told to)."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as there:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        there.connect(server.getsockname())
        here, _ = server.accept()
        here.setblocking(False)
        with here:
            yield here, there


def until(so) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_the_peer_has_not_taken_is_counted(pair):
    here, there = pair
    sent = here.send(bytes(200_000))
    until(lambda: tcp.facts(here).taken > 0)
    assert 0 < tcp.unacked(here) < sent
    taken = tcp.facts(here).taken
    assert taken + tcp.unacked(here) in (sent, sent + 1), "the handshake counts as one"
    left = sent
    while left:
        left -= len(there.recv(65536))
    until(lambda: tcp.unacked(here) == 0)
    assert tcp.facts(here).taken > taken


def test_a_peer_that_reads_nothing_is_told_from_a_slow_network(pair):
    here, _ = pair
    here.send(bytes(200_000))
    until(lambda: tcp.facts(here).busy > 0.2)
    facts = tcp.facts(here)
    assert facts.shut > facts.busy / 2
    assert 0 < facts.rtt < 1


def test_other_sockets_have_no_facts():
    here, there = socket.socketpair()
    with here, there:
        assert tcp.facts(here) is None
    assert tcp.unacked(here) == 0, "closed"
