"""Dead letters: what is refused is kept beside its reason, whichever stage refused it (design §9). Pure."""

from __future__ import annotations

from streamer.bus.base import Received, Record
from streamer.topics import DEAD_LETTERS, STREAM_ID, Topic

MAX_VALUE_BYTES = 1 << 20
"""Of what was refused; the rest is cut. A dead letter always fits its topic, or it would be poison itself."""

MAX_KEY_BYTES = 256
"""Of a key that is no stream's id; it travels as a header."""

MAX_REASON = 1000
"""Characters."""


def refused(record: Received, reason: str, *, stage: str) -> Record:
    """The dead letter of a record, on the partition that it came from."""
    topic, partition = record.topic, record.partition
    return dead_letter(topic, partition, record.key, record.value, reason, stage=stage, offset=record.offset)


def dead_letter(
    topic: Topic,
    partition: int,
    key: bytes | None,
    value: bytes | None,
    reason: str,
    *,
    stage: str,
    offset: int | None = None,
) -> Record:
    """`value`, refused by `stage`, with where it came from and why. Without an offset it was refused long after it
    was read, as something that cannot be drawn is."""
    value = value or b""
    headers = [
        ("reason", reason[:MAX_REASON].encode(errors="replace")),
        ("stage", stage.encode()),
        ("topic", topic.name.encode()),
        ("partition", b"%d" % partition),
    ]
    if offset is not None:
        headers.append(("offset", b"%d" % offset))
    if len(value) > MAX_VALUE_BYTES:
        headers.append(("cut-from-bytes", b"%d" % len(value)))
        value = value[:MAX_VALUE_BYTES]
    stream = (key or b"")[:MAX_KEY_BYTES].decode(errors="replace")
    known = STREAM_ID.match(stream) is not None
    if key and not known:
        headers.append(("key", key[:MAX_KEY_BYTES]))
    return Record(DEAD_LETTERS, stream if known else None, value, headers, partition=partition)
