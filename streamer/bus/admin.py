"""Topics on Kafka: made as `topics.py` says, and compared with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

from streamer.errors import UserError
from streamer.topics import DEFAULT_PARTITIONS, TOPICS, Topic

from .kafka_clients import nobody_answers, quiet_aiokafka

_ALREADY_EXISTS = 36
_UNKNOWN_TOPIC = 3
DEADLINE = 15.0  # seconds, for everything that one of these functions does


@dataclass(frozen=True, slots=True)
class Finding:
    """How a topic is, compared with how it should be. `problem` stops the system, `remarks` do not."""

    topic: Topic
    name: str  # with the prefix
    partitions: int  # 0 where it does not exist
    problem: str | None = None  # one line: found, wanted, and the way out
    remarks: tuple[str, ...] = ()  # configs that differ: "retention.ms is 1000, wanted 3600000"

    @property
    def exists(self) -> bool:
        return self.partitions > 0


async def create_topics(servers: str, prefix: str = "streamer.", partitions: int = DEFAULT_PARTITIONS) -> list[Finding]:
    """Make the topics that are missing, and check all; what exists is never altered.

    Each partition has three copies, or as many as there are brokers if those are fewer.

    Raises UserError: no broker, a topic with another partition count or cleanup policy, or Kafka's refusal.
    """
    async with _admin(servers) as admin:
        copies = min(3, len((await admin.describe_cluster())["brokers"]))
        wanted = [
            NewTopic(
                topic.full_name(prefix),
                partitions,
                copies,
                topic_configs={"cleanup.policy": topic.cleanup, **topic.config},
            )
            for topic in TOPICS
        ]
        answer = await admin.create_topics(wanted, timeout_ms=10_000)
        for name, code, *message in answer.topic_errors:  # it does not raise
            if code not in (0, _ALREADY_EXISTS):
                reason = next((text for text in message if text), None) or for_code(code).__name__
                raise UserError(f"Kafka at {servers} does not make topic {name}: {reason}")
        findings = await _inspect(admin, prefix, partitions)
        while not all(finding.exists for finding in findings):  # made, but not yet known to every broker
            await asyncio.sleep(0.05)
            findings = await _inspect(admin, prefix, partitions)
    for finding in findings:
        if finding.problem is not None:
            raise UserError(finding.problem)
    return findings


async def check_topics(servers: str, prefix: str = "streamer.", partitions: int = DEFAULT_PARTITIONS) -> list[Finding]:
    """One finding for each topic of `topics.py`; changes nothing. Raises UserError where no broker answers."""
    async with _admin(servers) as admin:
        return await _inspect(admin, prefix, partitions)


@asynccontextmanager
async def _admin(servers: str) -> AsyncGenerator[AIOKafkaAdminClient, None]:
    quiet_aiokafka()
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL)  # what matters of it is in the one line that is raised
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=int(DEADLINE * 1000))
    try:
        try:
            async with asyncio.timeout(DEADLINE):
                await admin.start()
                yield admin
        except (KafkaError, TimeoutError, OSError) as error:
            raise nobody_answers(servers, error) from None
    finally:
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(5.0):
                await admin.close()
        logger.setLevel(level)


async def _inspect(admin: AIOKafkaAdminClient, prefix: str, partitions: int) -> list[Finding]:
    names = [topic.full_name(prefix) for topic in TOPICS]
    described = {topic["topic"]: topic for topic in await admin.describe_topics(names)}
    existing = [name for name in names if described[name]["error_code"] != _UNKNOWN_TOPIC]
    configs = await _configs(admin, existing) if existing else {}
    return [
        _compare(topic, prefix, partitions, described[name], configs.get(name))
        for topic, name in zip(TOPICS, names, strict=True)
    ]


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Every config of the topics, defaults included."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(asked):
        for _code, _message, _kind, name, entries in response.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _compare(
    topic: Topic, prefix: str, partitions: int, described: dict[str, Any], config: dict[str, str] | None
) -> Finding:
    name = topic.full_name(prefix)
    if config is None:
        missing = f"topic {name} does not exist: `streamer topics create` makes it"
        return Finding(topic, name, partitions=0, problem=missing)
    found = len(described["partitions"])
    again = "or delete the topic and run `streamer topics create`"
    problem: str | None = None
    cleanup = config.get("cleanup.policy", "delete")
    if found != partitions:
        problem = f"topic {name} has {found} partitions, wanted {partitions}: set --partitions {found}, {again}"
    elif cleanup != topic.cleanup:
        problem = (
            f"topic {name} has cleanup.policy={cleanup}, wanted {topic.cleanup}:"
            f" set it with kafka-configs.sh (--add-config cleanup.policy={topic.cleanup}), {again}"
        )
    remarks = tuple(
        f"{key} is {config.get(key, 'not set')}, wanted {value}"
        for key, value in topic.config.items()
        if config.get(key) != value
    )
    return Finding(topic, name, partitions=found, problem=problem, remarks=remarks)
