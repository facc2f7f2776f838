"""Streams and their home partitions."""

import os

import pytest
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka

from streamer.topics import STREAM_ID, TOPICS, home, murmur2


@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_what_kafkas_java_client_gives(key, signed):
    """What org.apache.kafka.common.utils.Utils.murmur2 of kafka-clients 4.3.1 gives."""
    assert murmur2(key) == signed & 0xFFFFFFFF


def test_murmur2_is_kafkas_own():
    for length in range(200):
        key = os.urandom(length)
        assert murmur2(key) == murmur2_of_aiokafka(key) & 0xFFFFFFFF


def test_a_stream_is_at_home_in_one_partition():
    homes = {home(f"film-{n}", 8) for n in range(200)}
    assert homes == set(range(8))
    assert home("main", 8) == 7


@pytest.mark.parametrize("good", ["main", "a", "A.b_c-9", "0" * 64])
def test_good_ids(good):
    assert STREAM_ID.match(good)


@pytest.mark.parametrize("bad", ["", ".a", "-a", "a b", "a/b", "ä", "0" * 65, "a\n"])
def test_bad_ids(bad):
    assert not STREAM_ID.match(bad)


def test_state_is_compacted_and_the_rest_expires():
    assert {t.name: t.cleanup for t in TOPICS} == {
        "prompts": "delete",
        "descriptions": "delete",
        "video": "delete",
        "director-state": "compact",
        "worker-state": "compact",
        "audience": "compact",
        "dead-letters": "delete",
    }
    assert all("retention.ms" in t.config for t in TOPICS if t.cleanup == "delete")
