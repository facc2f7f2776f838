"""A partition in memory: a bounded log of records with Kafka's offsets, holes included."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Mapping

from .base import Received

_OVERHEAD_BYTES = 300  # what a record costs besides its bytes: the object, its offset, its place in the list
_SQUEEZE_BYTES = 64 << 10  # a compacted log keeps at least this much before it looks for superseded records


class Log:
    """Records in order of their offsets, from `start` on, the next one getting `end`.

    Bounded by `max_bytes`: the oldest go first. A `compact` log also forgets records whose key was written again, and
    tombstones one squeeze later. Nobody waits here: `readers` are events, set whenever something was added.
    """

    def __init__(self, *, compact: bool, max_bytes: int) -> None:
        self.compact = compact
        self.max_bytes = max_bytes
        self.end = 0
        self.bytes = 0
        self.readers: set[asyncio.Event] = set()
        self._records: list[Received | None] = []  # None: dropped
        self._offsets: list[int] = []  # of the records beside them, rising
        self._first = 0  # index of the oldest kept record; what is before it waits for the next trim
        self._newest: dict[bytes | None, int] = {}  # key -> offset, of a compacted log
        self._stale_bytes = 0  # at most: of records superseded since the last squeeze
        self._squeezed_at = 0

    @property
    def start(self) -> int:
        """The offset of the oldest kept record, or `end`."""
        return self._offset_at(self._first)

    def append(self, record: Received) -> None:
        """Add a record whose offset is `end`."""
        self._records.append(record)
        self._offsets.append(record.offset)
        self.end = record.offset + 1
        size = _size(record)
        self.bytes += size
        if self.compact:
            if record.key in self._newest:
                self._stale_bytes += size
            self._newest[record.key] = record.offset
            if self._stale_bytes > max(_SQUEEZE_BYTES, self.bytes // 2):
                self._squeeze()
        while self.bytes > self.max_bytes and self._first < len(self._records) - 1:
            self._drop_oldest()
        if self._first > 64 and self._first > len(self._records) // 2:
            del self._records[: self._first], self._offsets[: self._first]
            self._first = 0
        for reader in self.readers:
            reader.set()

    def mark(self) -> None:
        """Leave a hole of one offset, as the marker that ends a transaction does in Kafka."""
        self.end += 1

    def read(self, position: int, max_bytes: int) -> tuple[list[Received], int]:
        """Records from `position` on, at least one if there is one, and the position after them."""
        index = bisect_left(self._offsets, position, lo=self._first)
        batch: list[Received] = []
        for record in self._kept(index, index + 1000):
            batch.append(record)
            max_bytes -= _size(record)
            if max_bytes <= 0:
                break
        return batch, self._offset_at(index + len(batch))

    def next_offset(self, position: int) -> int:
        """The offset of the first kept record at or after `position`, or `end`."""
        return self._offset_at(bisect_left(self._offsets, position, lo=self._first))

    def offset_at(self, at: float) -> int:
        """The offset of the first kept record that was written at `at` (unix seconds) or later, or `end`."""
        return next((record.offset for record in self._kept(self._first, None) if record.at >= at), self.end)

    def newest(self) -> dict[str, bytes]:
        """The newest value of every key; keys whose newest record is a tombstone are left out."""
        found: dict[str, bytes] = {}
        for record in self._kept(self._first, None):
            key = (record.key or b"").decode(errors="replace")
            if record.value is None:
                found.pop(key, None)
            else:
                found[key] = record.value
        return found

    def _offset_at(self, index: int) -> int:
        return self._offsets[index] if index < len(self._offsets) else self.end

    def _kept(self, first: int, last: int | None) -> list[Received]:
        return [record for record in self._records[first:last] if record is not None]

    def _squeeze(self) -> None:
        kept = [
            record
            for record in self._kept(self._first, None)
            if self._newest[record.key] == record.offset
            and (record.value is not None or record.offset >= self._squeezed_at)
        ]
        self._records, self._offsets, self._first = [*kept], [record.offset for record in kept], 0
        self._newest = {record.key: record.offset for record in kept}
        self.bytes = sum(map(_size, kept))
        self._stale_bytes = 0
        self._squeezed_at = self.end

    def _drop_oldest(self) -> None:
        record = self._records[self._first]
        assert record is not None
        self._records[self._first] = None
        self._first += 1
        self.bytes -= _size(record)
        if self.compact and self._newest.get(record.key) == record.offset:
            del self._newest[record.key]


class LogReader:
    """Positions in several partitions of a topic, and an event that says that there may be more."""

    def __init__(self, logs: Mapping[int, Log], positions: Mapping[int, int]) -> None:
        self.woken = asyncio.Event()
        self._logs = logs
        self._positions = dict(positions)
        self._ends = {partition: log.end for partition, log in logs.items()}
        self._turn = 0
        for log in logs.values():
            log.readers.add(self.woken)

    @property
    def caught_up(self) -> bool:
        """True once everything that was there when the reader was made has been taken (or is no longer kept)."""
        return all(
            log.next_offset(self._positions[partition]) >= self._ends[partition]
            for partition, log in self._logs.items()
        )

    def take(self, max_bytes: int = 1 << 20) -> list[Received]:
        """What is there now, about `max_bytes` of it; partitions take turns in coming first."""
        batch: list[Received] = []
        order = list(self._logs)
        self._turn = (self._turn + 1) % max(1, len(order))
        for partition in order[self._turn :] + order[: self._turn]:
            if max_bytes <= 0:
                break
            records, self._positions[partition] = self._logs[partition].read(self._positions[partition], max_bytes)
            batch += records
            max_bytes -= sum(map(_size, records))
        return batch

    async def next(self, timeout: float) -> list[Received]:
        """Like `take`, after at most `timeout` seconds of waiting. It takes last: a cancellation loses nothing."""
        await asyncio.sleep(0)  # a reader that always finds something must not keep everyone else from running
        self.woken.clear()
        if (batch := self.take()) or timeout <= 0:
            return batch
        try:
            async with asyncio.timeout(timeout):
                await self.woken.wait()
        except TimeoutError:
            return []
        return self.take()

    def close(self) -> None:
        for log in self._logs.values():
            log.readers.discard(self.woken)


def _size(record: Received) -> int:
    size = _OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"")
    return size + sum(len(name) + len(value) for name, value in record.headers)
