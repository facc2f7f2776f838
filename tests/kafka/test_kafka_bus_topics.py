"""Topics on a real Kafka: made once, compared ever after."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streamer.bus.admin import check_topics, create_topics
from streamer.errors import UserError
from streamer.topics import PROMPTS, TOPICS


@pytest.fixture
async def prefix(kafka: str) -> AsyncIterator[str]:
    prefix = f"admin-{uuid.uuid4().hex[:8]}."
    yield prefix
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_topics([topic.full_name(prefix) for topic in TOPICS])
    await admin.close()


async def _create(servers: str, *topics: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers)
    await admin.start()
    await admin.create_topics(list(topics))
    await admin.close()


async def test_topics_are_made_once_with_their_configs(kafka, prefix):
    before = await check_topics(kafka, prefix, 3)
    assert [finding.exists for finding in before] == [False] * len(TOPICS)
    assert before[0].problem == f"topic {prefix}prompts does not exist: `streamer topics create` makes it"
    for _ in range(2):
        made = await create_topics(kafka, prefix, 3)
        assert [(finding.name, finding.partitions, finding.problem, finding.remarks) for finding in made] == [
            (prefix + topic.name, 3, None, ()) for topic in TOPICS
        ]


async def test_another_partition_count_is_named_and_nothing_is_altered(kafka, prefix):
    await create_topics(kafka, prefix, 3)
    with pytest.raises(UserError, match=f"topic {prefix}prompts has 3 partitions, wanted 5: set --partitions 3"):
        await create_topics(kafka, prefix, 5)
    assert {finding.partitions for finding in await check_topics(kafka, prefix, 3)} == {3}


async def test_another_cleanup_policy_is_named(kafka, prefix):
    await _create(kafka, NewTopic(PROMPTS.full_name(prefix), 3, 1, topic_configs={"cleanup.policy": "compact"}))
    with pytest.raises(UserError, match=f"topic {prefix}prompts has cleanup.policy=compact, wanted delete"):
        await create_topics(kafka, prefix, 3)


async def test_another_retention_is_remarked_and_tolerated(kafka, prefix):
    await _create(kafka, NewTopic(PROMPTS.full_name(prefix), 3, 1, topic_configs={"retention.ms": "60000"}))
    findings = await create_topics(kafka, prefix, 3)
    assert findings[0].problem is None
    assert "retention.ms is 60000, wanted 604800000" in findings[0].remarks


async def test_a_name_that_kafka_refuses_is_one_clear_line(kafka):
    with pytest.raises(UserError, match=r"does not make topic no spaces\.prompts: .*"):
        await create_topics(kafka, "no spaces.", 3)
