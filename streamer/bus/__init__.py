"""Where records live: see `base` for the three verbs and their promises."""

from __future__ import annotations

from urllib.parse import urlsplit

from streamer.errors import UserError
from streamer.topics import DEFAULT_PARTITIONS

from .base import Bus, Trace


def open_bus(
    url: str,
    *,
    prefix: str = "streamer.",
    partitions: int = DEFAULT_PARTITIONS,
    instance: str | None = None,
    session_timeout: float = 6.0,
    max_partition_bytes: int = 4 << 20,
    trace: Trace | None = None,
) -> Bus:
    """The bus that `url` names, to be entered with `async with`: `memory`, or `kafka://host:port[,host:port]`.

    On Kafka, `instance` makes group membership static (unique per process, the same after a restart), and
    `session_timeout` is how long a killed member is waited for, in seconds. In memory, `max_partition_bytes` bounds
    each partition; the default holds twenty seconds of one film at its top bitrate. Raises UserError.
    """
    if url in ("memory", "memory://"):
        from .memory import MemoryBus

        return MemoryBus(partitions, prefix=prefix, max_partition_bytes=max_partition_bytes, trace=trace)
    from .kafka import KafkaBus  # aiokafka is not imported before Kafka is asked for

    return KafkaBus(
        kafka_servers(url),
        prefix=prefix,
        partitions=partitions,
        instance=instance,
        session_timeout=session_timeout,
        trace=trace,
    )


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
