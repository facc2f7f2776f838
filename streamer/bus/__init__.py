"""Where records live: see `base` for the four verbs and their promises."""

from __future__ import annotations

from urllib.parse import urlsplit

from streamer.errors import UserError
from streamer.topics import DEFAULT_PARTITIONS

from .base import Bus

MEMORY_PARTITION_BYTES = 4 << 20
"""What each partition in memory keeps: twenty seconds of one film at its top bitrate."""


def open_bus(
    url: str,
    *,
    prefix: str = "streamer.",
    partitions: int = DEFAULT_PARTITIONS,
    instance: str | None = None,
) -> Bus:
    """The bus that `url` names, to be entered with `async with`: `memory`, or `kafka://host:port[,host:port]`.

    On Kafka, `prefix` begins the name of every topic, and `instance` makes group membership static (unique per process,
    the same after a restart). Raises UserError.
    """
    if url in ("memory", "memory://"):
        from .memory import MemoryBus

        return MemoryBus(partitions, max_partition_bytes=MEMORY_PARTITION_BYTES)
    from .kafka import KafkaBus  # aiokafka is not imported before Kafka is asked for

    return KafkaBus(kafka_servers(url), prefix=prefix, partitions=partitions, instance=instance)


def kafka_servers(url: str) -> str:
    """`host:port[,host:port]` of a Kafka URL, the port being 9092 where none is given. Raises UserError."""
    wanted = "the bus is `memory` or `kafka://HOST:PORT[,HOST:PORT]`"
    if not url.startswith("kafka://"):
        raise UserError(f"unknown bus {url!r}: {wanted}")
    servers = []
    for server in url.removeprefix("kafka://").rstrip("/").split(","):
        try:
            parts = urlsplit(f"//{server}")
            host, port = parts.hostname, parts.port if parts.port is not None else 9092
        except ValueError as error:
            raise UserError(f"bad address {server!r} in bus {url!r} ({error}): {wanted}") from None
        if not host or parts.path or parts.query or parts.fragment or parts.username is not None or port == 0:
            raise UserError(f"bad address {server!r} in bus {url!r}: {wanted}")
        servers.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    return ",".join(servers)
