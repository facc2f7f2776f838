"""Commands for whoever runs Kafka: a local broker, and the topics."""

from __future__ import annotations

import asyncio

from .bus import kafka_servers
from .bus.admin import check_topics, create_topics
from .bus.broker import Broker
from .bus.kafka_jars import VERSION
from .errors import UserError
from .settings import Settings


async def kafka(settings: Settings) -> None:
    """`streamer kafka`: a real broker until Ctrl-C."""
    async with Broker(settings.port, settings.data) as broker:
        kept = settings.data or "a temporary folder, gone with it"
        print(f"Apache Kafka {VERSION} at kafka://{broker.address}, data in {kept}. Ctrl-C ends it.", flush=True)
        while broker.pid is not None:
            await asyncio.sleep(0.5)
        raise UserError("Kafka has ended by itself")


async def topics(settings: Settings, what: str) -> None:
    """`streamer topics create|check`: one line a topic; a mismatch is an error that names both values."""
    if settings.bus == "memory":
        raise UserError("topics live on Kafka: give --bus kafka://HOST:PORT")
    act = create_topics if what == "create" else check_topics
    findings = await act(kafka_servers(settings.bus), settings.topic_prefix, settings.partitions)
    for finding in findings:
        print(f"{finding.name:<36} {finding.problem or 'ok'}")
        for remark in finding.remarks:
            print(f"{'':<36} {remark}")
    if bad := [f for f in findings if f.problem]:
        raise UserError(f"{len(bad)} of {len(findings)} topics are not as they should be: {bad[0].problem}")
