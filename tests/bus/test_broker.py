"""What is said when a broker cannot start; `tests/kafka/test_kafka_bus_broker.py` runs one."""

from __future__ import annotations

import socket

import pytest

from streamer.bus.broker import Broker
from streamer.errors import UserError


def test_a_port_in_use_is_one_clear_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"port {port} is in use: give another --port"):
            Broker(port).start()
