"""The topics (design §3): names, clean-up policies, and the one rule that places a stream on a partition."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

DEFAULT_PARTITIONS = 8

STREAM_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
"""A stream's id, which is also the Kafka key of everything that belongs to it."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic by its short name; the full name is `{prefix}{name}` (prefix `streamer.` by default)."""

    name: str
    cleanup: str  # "delete" or "compact", Kafka's cleanup.policy
    config: dict[str, str] = field(default_factory=dict, hash=False)  # further topic configs, Kafka's names and units

    def full_name(self, prefix: str) -> str:
        return prefix + self.name


def _ms(*, hours: float) -> str:
    return str(int(hours * 3_600_000))


_COMPACT = {"segment.ms": "600000", "min.cleanable.dirty.ratio": "0.2", "max.message.bytes": "4194304"}

# Strangers compress as they like; the broker undoes it, so that a director needs no codec, and that the bound on bytes
# is one on what arrives.
PROMPTS = Topic(
    "prompts",
    "delete",
    {"retention.ms": _ms(hours=7 * 24), "max.message.bytes": "4194304", "compression.type": "uncompressed"},
)
DESCRIPTIONS = Topic("descriptions", "delete", {"retention.ms": _ms(hours=24)})
VIDEO = Topic(
    "video",
    "delete",
    {
        "retention.ms": _ms(hours=6),
        "retention.bytes": str(4 << 30),
        "segment.bytes": str(64 << 20),
        "max.message.bytes": "4194304",
    },
)
DIRECTOR_STATE = Topic("director-state", "compact", _COMPACT)
WORKER_STATE = Topic("worker-state", "compact", _COMPACT)
AUDIENCE = Topic("audience", "compact", _COMPACT)
DEAD_LETTERS = Topic("dead-letters", "delete", {"retention.ms": _ms(hours=14 * 24), "max.message.bytes": "4194304"})

TOPICS: tuple[Topic, ...] = (PROMPTS, DESCRIPTIONS, VIDEO, DIRECTOR_STATE, WORKER_STATE, AUDIENCE, DEAD_LETTERS)


def murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 hash of a key, unsigned (org.apache.kafka.common.utils.Utils.murmur2)."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = 0x9747B28C ^ len(data)
    whole = len(data) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    if tail := data[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def home(stream: str, partitions: int = DEFAULT_PARTITIONS) -> int:
    """The partition of `stream` in every topic: what Kafka's default partitioner gives for its key."""
    return (murmur2(stream.encode()) & 0x7FFFFFFF) % partitions
