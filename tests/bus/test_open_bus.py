from __future__ import annotations

import subprocess
import sys

import pytest

from streamer.bus import kafka_servers, open_bus
from streamer.bus.memory import MemoryBus
from streamer.errors import UserError


def test_memory_is_the_bus_in_this_process():
    bus = open_bus("memory", partitions=3)
    assert isinstance(bus, MemoryBus)
    assert bus.partitions == 3


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("kafka://127.0.0.1:9092", "127.0.0.1:9092"),
        ("kafka://broker", "broker:9092"),
        ("kafka://a:1,b:2,c", "a:1,b:2,c:9092"),
        ("kafka://[::1]:9092/", "[::1]:9092"),
    ],
)
def test_a_kafka_url_names_its_servers(url, servers):
    assert kafka_servers(url) == servers


@pytest.mark.parametrize(
    "url",
    ["", "redis://x", "kafka", "kafka://", "kafka://:9092", "kafka://a:b", "kafka://a:70000", "kafka://a:0",
     "kafka://a,,b", "kafka://a/topic", "kafka://user@a:1", "kafka://[::1"],
)  # fmt: skip
def test_any_other_url_is_one_line_that_says_what_a_bus_is(url):
    with pytest.raises(UserError, match=r"the bus is `memory` or `kafka://HOST:PORT\[,HOST:PORT\]`") as error:
        open_bus(url)
    assert "\n" not in str(error.value)


def test_the_memory_bus_does_not_import_aiokafka():
    code = "import sys; from streamer.bus import open_bus; open_bus('memory'); sys.exit('aiokafka' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
