"""The bus: four verbs, and the promises that every implementation keeps (design §4).

`own`      a stage owns partitions of its input topic, one member at a time, exactly once
`tail`     read everything of a topic, without a group
`publish`  write one record, plainly
`offsets_at`  where in a topic a moment is, for a tail that begins there

`tests/contract/` holds the suite that both implementations pass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

from streamer.topics import Topic, home

Headers = Sequence[tuple[str, bytes]]

DEFAULT_MAX_RECORD_BYTES = 1 << 20
"""What a topic takes that says nothing else (Kafka's message.max.bytes)."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record to be written."""

    topic: Topic
    key: str | None
    value: bytes | None  # None: a tombstone
    headers: Headers = ()
    partition: int | None = None  # None: the home partition of `key`

    def place(self, partitions: int) -> int:
        """The partition it goes to, 0 ≤ p < `partitions`. Raises ValueError when it has neither key nor partition."""
        if self.partition is not None:
            return self.partition
        if self.key is None:
            raise ValueError(f"a record for {self.topic.name} needs a key or a partition")
        return home(self.key, partitions)

    @property
    def size(self) -> int:
        """Bytes on the wire, rounded up: key, value, headers, and what a batch of one record costs around them."""
        size = 100 + len(self.value or b"") + (len(self.key.encode()) if self.key is not None else 0)
        return size + sum(len(name.encode()) + len(value) + 10 for name, value in self.headers)

    def check(self, partitions: int) -> None:
        """Raises ValueError for what no bus can take: no place, too many bytes, no key in a compacted topic.

        Checked before anything is sent, because a refused record poisons a transaction after the fact.
        """
        if not 0 <= self.place(partitions) < partitions:
            raise ValueError(f"a record for {self.topic.name}: partition {self.partition}, there are {partitions}")
        limit = int(self.topic.config.get("max.message.bytes", DEFAULT_MAX_RECORD_BYTES))
        if self.size > limit:
            raise ValueError(
                f"a record of {self.size} bytes for {self.topic.name}, which takes {limit} (max.message.bytes)"
            )
        if self.key is None and self.topic.cleanup == "compact":
            raise ValueError(f"a record without a key for {self.topic.name}, which is compacted by key")


@dataclass(frozen=True, slots=True)
class Received:
    """A record as it was read. Keys and headers come from strangers: nothing is assumed of them."""

    topic: Topic
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    at: float  # unix seconds, the record's timestamp


States = Sequence[Record] | Callable[[Sequence[int]], Sequence[Record]]
"""State records of a commit; or a function from the offsets that the outputs got (in order) to state records."""


class Session(ABC):
    """One ownership of one input partition: fenced, then restored, then records flow.

    It ends when the partition is revoked, when another member fences it, or when a commit fails: from then on every
    call raises `SessionLost`. Not for concurrent use, except that `commit` calls queue behind each other.
    """

    partition: int
    restored: Mapping[str, bytes]  # the newest state of every key of this partition, as of the takeover

    @property
    @abstractmethod
    def alive(self) -> bool:
        """False once the session is lost."""

    @property
    @abstractmethod
    def caught_up(self) -> bool:
        """True once everything that was in the partition at takeover has been handed out by `records`."""

    @abstractmethod
    async def records(self, timeout: float = 0.05) -> list[Received]:
        """The next records in order; at most `timeout` seconds of waiting, then an empty list.

        What was read and not consumed is bounded by the bus (bytes), never by the caller's speed. Safe to cancel:
        nothing is lost. Raises `SessionLost`.
        """

    @abstractmethod
    async def commit(
        self, outputs: Sequence[Record] = (), states: States = (), consumed: int | None = None
    ) -> list[int]:
        """All or nothing: write `outputs`, write `states`, move the input offset to `consumed` (next to be read).

        Returns the offsets of `outputs`. `consumed` None leaves the offset alone. Raises `SessionLost` when it did
        not, or may not have happened; then the next session's `restored` is the truth. Bounded by the commit deadline.
        """


Serve = Callable[[Session], Awaitable[None]]

Step = Literal["begin", "outputs", "states", "offsets", "end"]
Trace = Callable[[Session, Step], None]
"""Called within every commit: `begin` before anything, `outputs` and `states` once those are written, `offsets` before
the transaction ends, `end` once it did. For measuring and for tests: an exception from it fails the commit there.
"""


class Tail(ABC):
    """A reader of a whole topic, read_committed, without a group. Bounded: reads ahead a fixed number of bytes."""

    @property
    @abstractmethod
    def caught_up(self) -> bool:
        """True once everything that was committed when the tail opened has been handed out by `records`."""

    @abstractmethod
    async def records(self, timeout: float = 0.05) -> list[Received]:
        """The next records, in order within each partition; an empty list after `timeout` seconds of silence."""


Start = Literal["earliest", "latest"] | Mapping[int, int]
"""Where a tail starts: everything, only what is new, or {partition: offset} (other partitions: latest).

An offset that is no longer kept means the earliest that is.
"""


class Bus(ABC):
    """Where records live. Open it with `async with`."""

    partitions: int

    @abstractmethod
    async def __aenter__(self) -> Bus: ...

    @abstractmethod
    async def __aexit__(self, *exc: object) -> None: ...

    @abstractmethod
    async def own(self, topic: Topic, *, stage: str, state: Topic, serve: Serve) -> None:
        """Be a member of `stage`: run `serve(session)` in a task for every partition owned, until cancelled.

        `serve` is cancelled when its partition is revoked; it is called again, with a new session, when the same
        partition comes (back), also after `SessionLost`. When `serve` returns, the partition stays owned and idle.
        Any other exception from `serve` is a bug: it is logged and raised out of `own`. Cancelling `own` cancels every
        `serve`, waits for them (bounded) and leaves the group.

        Raises UserError when a topic is not there, has another number of partitions than this bus, or when the broker
        does not say so by the publish deadline.
        """

    @abstractmethod
    def tail(
        self, topic: Topic, *, start: Start = "earliest", partitions: Iterable[int] | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        """Read `topic`, all partitions or those given.

        Raises UserError as `own` does, and TimeoutError when the broker falls silent after that.
        """

    @abstractmethod
    async def offsets_at(self, topic: Topic, at: float, partitions: Iterable[int] | None = None) -> dict[int, int]:
        """{partition: offset of its first record whose timestamp is `at` (unix seconds) or later}, for all partitions
        or those given; its end where there is none. What is no longer kept is not found: the first is what is.

        Raises as `tail` does.
        """

    @abstractmethod
    async def publish(self, record: Record) -> tuple[int, int]:
        """Write one record, idempotently and outside any transaction; returns (partition, offset) once it is safe.

        Raises TimeoutError at the bus's deadline (a broker that is away), ValueError for a record that is too large.
        """
