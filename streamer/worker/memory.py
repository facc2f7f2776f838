"""What engines remember of the films of a partition: records of their own beside the states of the streams.

A successor draws on from the newest one. It may be a second older than the film, and a film goes on without: what
matters for exactly-once is in WorkerState alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from engines.base import MAX_SNAPSHOT
from streamer.bus.base import Record
from streamer.topics import WORKER_STATE

log = logging.getLogger(__name__)

SUFFIX = "/engine"
"""Of the key, after the stream's id, which never holds a slash. Readers of the states skip keys that do."""


class Memories:
    """The snapshots of one ownership of one partition."""

    def __init__(self, partition: int, restored: Mapping[str, bytes]) -> None:
        """`restored`: the newest record of every key, of which those of states are passed over."""
        self._partition = partition
        self._warned: set[str] = set()  # films of which it was said that their snapshot is too large
        self._kept = {key.removesuffix(SUFFIX): value for key, value in restored.items() if key.endswith(SUFFIX)}

    def of(self, stream: str) -> bytes:
        """The newest snapshot; b"" where there is none."""
        return self._kept.get(stream, b"")

    def record(self, stream: str, snapshot: bytes) -> list[Record]:
        """What to write for a new snapshot: nothing for one that is empty, written already, or too large."""
        if len(snapshot) > MAX_SNAPSHOT:
            if stream not in self._warned:  # once, not with every keyframe
                self._warned.add(stream)
                log.warning("%s: a snapshot of %d bytes is not kept: at most %d", stream, len(snapshot), MAX_SNAPSHOT)
            return []
        if not snapshot or snapshot == self._kept.get(stream):
            return []
        self._kept[stream] = snapshot
        return [self._record(stream, snapshot)]

    def forget(self, streams: Iterable[str]) -> list[Record]:
        """Tombstones for those of `streams` of which there is a snapshot."""
        streams = [*streams]
        self._warned.difference_update(streams)
        return [self._record(stream, None) for stream in streams if self._kept.pop(stream, None) is not None]

    def _record(self, stream: str, value: bytes | None) -> Record:
        return Record(WORKER_STATE, stream + SUFFIX, value, partition=self._partition)
