"""The counting stage as a process of its own, to be killed: `python counting.py SERVERS PREFIX [INSTANCE]`.

For each record of a key it writes the next number of that key, beside the record's own number. What went wrong shows as
a pair of different numbers, a gap or a repeat.
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from collections.abc import Sequence

from streamer.bus.base import Received, Record, Session
from streamer.bus.kafka import KafkaBus
from streamer.topics import DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, home

PARTITIONS = 4


async def count(session: Session) -> None:
    """Count each record at home, and forward it there if it came to another partition."""
    counts = {key: int(value) for key, value in session.restored.items()}
    while True:
        for record in await session.records():
            key = (record.key or b"").decode()
            if home(key, PARTITIONS) != session.partition:
                await session.commit([Record(PROMPTS, key, record.value)], consumed=record.offset + 1)
                continue
            number = counts.get(key, 0)
            await session.commit(
                [Record(DESCRIPTIONS, key, b"%d" % number, headers=[("input", record.value or b"")])],
                [Record(DIRECTOR_STATE, key, b"%d" % (number + 1))],
                consumed=record.offset + 1,
            )
            counts[key] = number + 1


def pairs(records: Sequence[Received]) -> dict[str, list[tuple[int, int]]]:
    """For each key, (number, input) of what `count` wrote, in order."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in records:
        found[(record.key or b"").decode()].append((int(record.value or b"-1"), int(dict(record.headers)["input"])))
    return dict(found)


async def member(servers: str, prefix: str, instance: str | None = None) -> None:
    async with KafkaBus(
        servers, prefix=prefix, partitions=PARTITIONS, session_timeout=2.0, heartbeat=0.3, instance=instance
    ) as bus:
        await bus.own(PROMPTS, stage="count", state=DIRECTOR_STATE, serve=count)


if __name__ == "__main__":
    asyncio.run(member(*sys.argv[1:]))
