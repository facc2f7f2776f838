"""The bus in one process: the promises of Kafka, without Kafka.

Records are bytes all the way, so that what works here has been through the same codecs. A commit is one step of the
event loop, hence atomic and read_committed by construction; it leaves a hole in the offsets of every partition it
wrote to, as Kafka's transaction markers do, so that nobody comes to rely on offsets without gaps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from streamer.errors import SessionLost
from streamer.topics import DEFAULT_PARTITIONS, Topic

from .base import Bus, Received, Record, Serve, Session, Start, States, Step, Tail, Trace
from .memory_log import Log, LogReader
from .serving import Serving
from .sharing import share


class MemberCrashed(Exception):
    """Raised out of `own` when a test let this member vanish (`MemoryBus.crash`)."""


class MemoryBus(Bus):
    """`max_partition_bytes` bounds every partition: the oldest records go first, as with Kafka's retention.bytes."""

    def __init__(
        self,
        partitions: int = DEFAULT_PARTITIONS,
        *,
        max_partition_bytes: int = 64 << 20,
        trace: Trace | None = None,
    ) -> None:
        self.partitions = partitions
        self.max_partition_bytes = max_partition_bytes
        self.trace = trace
        self._logs: dict[tuple[str, int], Log] = {}
        self._groups: dict[tuple[str, str], _Group] = {}

    async def __aenter__(self) -> MemoryBus:
        return self

    async def __aexit__(self, *exc: object) -> None:
        pass

    def log(self, topic: Topic, partition: int) -> Log:
        """The partition's log, for reading and for looking at it in tests."""
        log = self._logs.get((topic.name, partition))
        if log is None:
            log = Log(compact=topic.cleanup == "compact", max_bytes=self.max_partition_bytes)
            self._logs[topic.name, partition] = log
        return log

    async def own(self, topic: Topic, *, stage: str, state: Topic, serve: Serve) -> None:
        group = self._groups.setdefault((topic.name, stage), _Group(self, topic, stage))
        member = _Member(Serving(serve), state)
        group.join(member)
        try:
            await asyncio.wait({member.serving.bug, member.crashed}, return_when=asyncio.FIRST_COMPLETED)
            if member.serving.bug.done():
                member.serving.bug.result()
            raise MemberCrashed(f"a member of {stage} vanished")
        finally:
            try:
                await member.serving.close()
            finally:
                group.leave(member)

    def tail(
        self, topic: Topic, *, start: Start = "earliest", partitions: Iterable[int] | None = None
    ) -> AbstractAsyncContextManager[Tail]:
        return self._tail(topic, start, range(self.partitions) if partitions is None else partitions)

    @asynccontextmanager
    async def _tail(self, topic: Topic, start: Start, partitions: Iterable[int]) -> AsyncGenerator[Tail, None]:
        logs = {partition: self.log(topic, partition) for partition in partitions}
        positions: dict[int, int] = {}
        for partition, log in logs.items():
            if isinstance(start, str):
                positions[partition] = log.start if start == "earliest" else log.end
            else:
                positions[partition] = start.get(partition, log.end)
        reader = LogReader(logs, positions)
        try:
            yield _MemoryTail(reader)
        finally:
            reader.close()

    async def offsets_at(self, topic: Topic, at: float, partitions: Iterable[int] | None = None) -> dict[int, int]:
        chosen = range(self.partitions) if partitions is None else partitions
        return {partition: self.log(topic, partition).offset_at(at) for partition in chosen}

    async def publish(self, record: Record) -> tuple[int, int]:
        record.check(self.partitions)
        log = self._write(record)
        offset = log.end - 1
        await asyncio.sleep(0)
        return record.place(self.partitions), offset

    def crash(self, session: Session) -> None:
        """For tests: the member that holds `session` vanishes, as a killed process does.

        Nothing of what it has in hand is committed, nobody is told; its partitions go to the other members and its
        `own` raises `MemberCrashed`.
        """
        for group in self._groups.values():
            for member in group.members:
                if session in member.sessions.values():
                    group.leave(member)
                    member.crashed.set_result(None)
                    return
        raise ValueError(f"no member holds the session of partition {session.partition}")

    def _write(self, record: Record) -> Log:
        partition = record.place(self.partitions)
        log = self.log(record.topic, partition)
        log.append(
            Received(
                topic=record.topic,
                partition=partition,
                offset=log.end,
                key=None if record.key is None else record.key.encode(),
                value=record.value,
                headers=list(record.headers),
                at=time.time(),
            )
        )
        return log


class MemorySession(Session):
    """See `Session`. `trace` runs inside the commit: what it raises fails the commit at that step."""

    def __init__(self, group: _Group, member: _Member, partition: int) -> None:
        bus = group.bus
        log = bus.log(group.topic, partition)
        self.partition = partition
        self.restored: Mapping[str, bytes] = bus.log(member.state, partition).newest()
        self._bus = bus
        self._group = group
        self._member = member
        self._lost = False
        self._reader = LogReader({partition: log}, {partition: group.committed.get(partition, log.start)})

    @property
    def alive(self) -> bool:
        return not self._lost

    @property
    def caught_up(self) -> bool:
        return self._reader.caught_up

    async def records(self, timeout: float = 0.05) -> list[Received]:
        self._check()
        batch = await self._reader.next(timeout)
        self._check()
        return batch

    async def commit(
        self, outputs: Sequence[Record] = (), states: States = (), consumed: int | None = None
    ) -> list[int]:
        self._check()
        self._step("begin")
        offsets = self._write_all(outputs, states)
        if consumed is not None:
            self._group.committed[self.partition] = consumed
        self._step("end")
        await asyncio.sleep(0)
        return offsets

    def _write_all(self, outputs: Sequence[Record], states: States) -> list[int]:
        """Everything that can fail comes first, then all is written: there is no await in between."""
        bus = self._bus
        ends: dict[Log, int] = {}
        offsets = []
        for record in outputs:
            record.check(bus.partitions)
            log = bus.log(record.topic, record.place(bus.partitions))
            offsets.append(ends.setdefault(log, log.end))
            ends[log] += 1
        self._step("outputs")
        state_records = states(offsets) if callable(states) else states
        for record in state_records:
            record.check(bus.partitions)
        self._step("states")
        self._step("offsets")
        for log in {bus._write(record) for record in (*outputs, *state_records)}:
            log.mark()
        return offsets

    def _step(self, step: Step) -> None:
        if self._bus.trace is not None:
            try:
                self._bus.trace(self, step)
            except Exception as error:
                self._group.retake(self)
                raise SessionLost(f"partition {self.partition}: the commit failed at {step!r}: {error}") from error

    def lose(self) -> None:
        """From here on every call raises `SessionLost`; a reader that waits is woken to find out."""
        self._lost = True
        self._reader.woken.set()
        self._reader.close()

    def _check(self) -> None:
        if self._lost:
            raise SessionLost(f"partition {self.partition} of {self._group.stage} is no longer owned by this session")


class _MemoryTail(Tail):
    def __init__(self, reader: LogReader) -> None:
        self._reader = reader

    @property
    def caught_up(self) -> bool:
        return self._reader.caught_up

    async def records(self, timeout: float = 0.05) -> list[Received]:
        return await self._reader.next(timeout)


class _Member:
    """One call of `own`."""

    def __init__(self, serving: Serving, state: Topic) -> None:
        self.serving = serving
        self.state = state
        self.sessions: dict[int, MemorySession] = {}
        self.crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class _Group:
    """The members of one stage, the partitions that each owns, and the offsets they have committed."""

    def __init__(self, bus: MemoryBus, topic: Topic, stage: str) -> None:
        self.bus = bus
        self.topic = topic
        self.stage = stage
        self.members: list[_Member] = []
        self.committed: dict[int, int] = {}

    def join(self, member: _Member) -> None:
        self.members.append(member)
        self._rebalance()

    def leave(self, member: _Member) -> None:
        if member not in self.members:
            return  # it has crashed before
        for partition in list(member.sessions):
            self._revoke(member, partition)
        self.members.remove(member)
        self._rebalance()

    def retake(self, session: MemorySession) -> None:
        """Replace a session that failed; the successor starts from what is committed."""
        member = session._member
        if member.sessions.get(session.partition) is session:
            session.lose()
            self._assign(member, session.partition)

    def _rebalance(self) -> None:
        if not self.members:
            return
        shares = share([set(member.sessions) for member in self.members], self.bus.partitions)
        for member, wanted in zip(self.members, shares, strict=True):
            for partition in set(member.sessions) - wanted:
                self._revoke(member, partition)
        for member, wanted in zip(self.members, shares, strict=True):
            for partition in sorted(wanted - set(member.sessions)):
                self._assign(member, partition)

    def _revoke(self, member: _Member, partition: int) -> None:
        member.sessions.pop(partition).lose()
        member.serving.stop(partition)

    def _assign(self, member: _Member, partition: int) -> None:
        session = MemorySession(self, member, partition)
        member.sessions[partition] = session
        member.serving.start(session)
