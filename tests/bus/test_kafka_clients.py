from __future__ import annotations

import logging

from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from streamer.bus.kafka_assignor import SharingAssignor
from streamer.bus.kafka_clients import MAX_REQUEST_BYTES, Timing, quiet_aiokafka
from streamer.topics import TOPICS


def test_the_same_complaint_of_aiokafka_is_one_line_that_later_says_how_many_there_were(caplog, monkeypatch):
    now = 100.0
    monkeypatch.setattr("streamer.bus.kafka_clients.time.monotonic", lambda: now)
    complaint = logging.getLogger("aiokafka.test_complaint")
    quiet_aiokafka()
    for _ in range(1000):
        complaint.warning("cannot reach node %d", 1)
        complaint.warning("and something else")
    complaint.warning("Heartbeat failed for group %s because it is rebalancing", "g")
    now += 10
    complaint.warning("cannot reach node %d", 2)
    # Others may be heard too: what earlier tests left behind complains when it is collected.
    assert [record.getMessage() for record in caplog.records if record.name == complaint.name] == [
        "cannot reach node 1",
        "and something else",
        "cannot reach node 2 (and 999 more like it)",
    ]


def test_the_leader_gives_each_member_what_it_had_before():
    a, b = SharingAssignor(4), SharingAssignor(4)
    alone = a.assign(None, {"a": a.metadata(["prompts"])})
    assert [place.partition for place in alone["a"].partitions()] == [0, 1, 2, 3]
    a.on_assignment(alone["a"])
    both = b.assign(None, {"a": a.metadata(["prompts"]), "b": b.metadata(["prompts"])})
    assert [(place.topic, place.partition) for place in both["a"].partitions()] == [("prompts", 0), ("prompts", 1)]
    assert [(place.topic, place.partition) for place in both["b"].partitions()] == [("prompts", 2), ("prompts", 3)]


def test_a_member_whose_claim_cannot_be_read_has_none():
    strange = ConsumerProtocolMemberMetadata(0, ["prompts"], b"\xff")
    shares = SharingAssignor(4).assign(None, {"a": strange, "b": SharingAssignor(4).metadata(["prompts"])})
    assert [len(shares[name].partitions()) for name in "ab"] == [2, 2]


def test_no_request_is_sent_twice_within_a_deadline_of_ours():
    timing = Timing(commit=10, publish=20)
    assert timing.request > max(timing.commit, timing.publish)


def test_every_topic_has_a_record_limit_that_the_clients_can_carry():
    assert max(int(topic.config.get("max.message.bytes", 0)) for topic in TOPICS) <= 4 << 20 < MAX_REQUEST_BYTES
