"""All streams of this broadcaster: rooms come with a record, a state or a viewer, and go when nothing is left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec

from streamer import metrics
from streamer.bus.base import Received
from streamer.errors import Rejected
from streamer.messages import (
    OUTCOMES_HEADER,
    UNREADABLE,
    decode_audience,
    decode_director_state,
    decode_outcomes,
    decode_worker_state,
)
from streamer.topics import AUDIENCE, DIRECTOR_STATE, PROMPTS, STREAM_ID, VIDEO, WORKER_STATE, home
from streamer.video import Chunk, from_record

from .audience import Elsewhere
from .line import Line
from .messages import PromptId, PromptProgress
from .refused import Refused
from .room import Room
from .viewer import Viewer

MAX_ROOMS = 4096
"""Rooms above which those are forgotten that have neither a film nor a viewer, only a wish on its way."""

MAX_OVERHEARD = 256
"""Rooms kept for nothing but wishes that came through another door; strangers can write any number of them."""

MAX_STILLS = 128
"""Last pictures fetched at a start; each is a read of its own, and the films that play wait for them."""


class Hub:
    """`ring` and `slow_limit` in seconds; `max_viewers` bounds the viewers of all streams together, `waiting_bytes`
    what waits in this process for those who are slow."""

    def __init__(self, *, ring: float, slow_limit: float, max_viewers: int, waiting_bytes: int = 256 << 20) -> None:
        self.rooms: dict[str, Room] = {}
        self.ready = False  # the past has been read
        self.wait = ""  # why there are no pictures yet, in words
        self.viewers = 0
        self.max_viewers = max_viewers
        self.elsewhere = Elsewhere()
        self._overheard: dict[str, None] = {}  # streams whose room was made for a wish from another door, oldest first
        self._ring = ring
        self._slow_limit = slow_limit
        self._most_waiting_bytes = waiting_bytes
        self._waiting_bytes = 0

    @property
    def full(self) -> bool:
        """Is there no place for a further viewer?"""
        return self.viewers >= self.max_viewers

    def room(self, stream: str) -> Room:
        """The room of a stream, made if need be."""
        room = self.rooms.get(stream)
        if room is None:
            if len(self.rooms) >= MAX_ROOMS:
                self._forget_one()
            room = self.rooms[stream] = Room(stream, ring=self._ring)
            room.channel.wait = self.wait
            room.channel.elsewhere = self.elsewhere.watching(stream)
        return room

    def viewer(self, line: Line) -> Viewer:
        """A viewer, not in any room yet."""
        return Viewer(line, slow_limit=self._slow_limit)

    def enter(self, room: Room, viewer: Viewer) -> None:
        """It begins to watch. Its line may say that it is congested, or fail, before this returns."""
        room.enter(viewer, time.monotonic(), time.time())
        self._recount(room)

    def leave(self, room: Room, viewer: Viewer) -> None:
        """It is gone."""
        room.leave(viewer)
        self._recount(room)

    def _recount(self, room: Room) -> None:
        """After whatever may change how many watch there: a room that nobody needs any more goes."""
        stream, audience = room.channel.stream, room.audience
        self.viewers += audience - room.seated
        room.seated = audience
        metrics.watching(stream, audience)
        if room.empty and self.rooms.get(stream) is room:
            del self.rooms[stream]

    @contextmanager
    def guest(self, room: Room, kind: str) -> Iterator[None]:
        """One more who watches in a way that is not a viewer's, while the context lasts. Raises `Refused` where there
        is no place."""
        if self.full and room.seats(kind):
            raise Refused(
                503, "full", f"{self.viewers} are watching, which is all that `max_viewers` allows", wait=10.0
            )
        room.count(kind, +1)
        self._recount(room)
        try:
            yield
        finally:
            room.count(kind, -1)
            self._recount(room)

    def hide(self, room: Room, viewer: Viewer, *, words: bool) -> None:
        """It wants no media for now; with `words`, what is said all the same."""
        room.hide(viewer, time.time(), words=words)
        self._recount(room)

    def rejoin(self, room: Room, viewer: Viewer) -> None:
        """It asks to begin anew."""
        room.rejoin(viewer, time.monotonic(), time.time())
        self._recount(room)

    def accept(self, stream: str, id: str) -> PromptProgress:
        """A wish is on its way to the director. Returns how far it has come."""
        return self.room(stream).accept(id, time.monotonic())

    def take(self, record: Received) -> None:
        """A record of one of the topics that are followed. Raises `Rejected` with what is wrong with it."""
        stream = (record.key or b"").decode("utf-8", "replace")
        if record.topic == AUDIENCE:
            self._count_elsewhere(*stream.partition("/")[::2], record.value)
            return
        if record.topic == PROMPTS:
            self._overhear(stream, dict(record.headers).get("id"))
            return
        if record.topic == WORKER_STATE and "/" in stream:
            return  # what an engine remembers: for its successor
        if not STREAM_ID.match(stream):
            raise Rejected(f"key {record.key!r} is not a stream id")
        now, clock = time.monotonic(), time.time()
        if record.topic == VIDEO:
            if record.value is None:
                raise Rejected("a video record without a value")
            item = from_record(record.headers, record.value)
            metrics.chunks.inc()
            room = self.room(stream)
            room.push(item, now, clock)
            self._count_waiting(room)
            if isinstance(item, Chunk) and self.ready:
                metrics.delivery_seconds.observe(max(0.0, time.time() - record.at))
            return
        try:
            if record.topic == DIRECTOR_STATE:
                directed = decode_director_state(record.value) if record.value else None
                self.room(stream).direct(directed, now, clock, quiet=not self.ready)
                if directed is None and (told := dict(record.headers).get(OUTCOMES_HEADER)):
                    self.room(stream).refuse(decode_outcomes(told))
                    return  # of such a stream there is nothing to forget
            elif record.topic == WORKER_STATE:
                worked = decode_worker_state(record.value) if record.value else None
                self.room(stream).work(worked, now, clock)
            if record.value is None:
                self._forget(stream)
        except UNREADABLE as error:
            raise Rejected(f"an unreadable state: {error}") from error

    def _count_elsewhere(self, stream: str, broadcaster: str, value: bytes | None) -> None:
        try:
            told = decode_audience(value) if value else None
        except UNREADABLE as error:
            raise Rejected(f"an unreadable audience: {error}") from error
        self.elsewhere.hear(stream, broadcaster, told, time.time())
        if (room := self.rooms.get(stream)) is not None:
            room.channel.elsewhere = self.elsewhere.watching(stream)

    def _overhear(self, stream: str, id: bytes | None) -> None:
        """A wish on the topic: also one that another broadcaster took, so that it can be followed here. Without a name
        that can be asked for there is nothing to follow; whoever watches hears of it when a director takes it up."""
        try:
            name = msgspec.convert((id or b"").decode(), PromptId)
        except UNREADABLE:
            return
        if not STREAM_ID.match(stream):
            return
        if stream not in self.rooms:
            self._overheard[stream] = None
            while len(self._overheard) > MAX_OVERHEARD:
                oldest = next(iter(self._overheard))
                del self._overheard[oldest]
                if (room := self.rooms.get(oldest)) is not None and not (room.occupied or room.known):
                    del self.rooms[oldest]
        self.room(stream).wishes.overhear(name, time.monotonic())

    def _forget(self, stream: str) -> None:
        """One of the two stages has forgotten the stream; when both have, so do we."""
        room = self.rooms[stream]
        if room.channel.director is None and room.channel.worker is None:
            room.channel.forget()
            if room.empty:
                del self.rooms[stream]

    def _forget_one(self) -> None:
        """Drop the oldest room that holds nothing but wishes: ids that somebody made up."""
        for stream, room in self.rooms.items():
            if not (room.occupied or room.known):
                del self.rooms[stream]
                return

    def starts(self, partitions: int) -> dict[int, int]:
        """{partition: offset} where the films now playing can be joined; other partitions need no past."""
        starts: dict[int, int] = {}
        for stream, room in self.rooms.items():
            worker = room.channel.worker
            if worker is not None and worker.status == "playing" and worker.keyframe >= 0:
                partition = home(stream, partitions)
                starts[partition] = min(worker.keyframe, starts.get(partition, worker.keyframe))
        return starts

    def stills(self, partitions: int) -> dict[str, int]:
        """{stream: offset} of the newest GOP of the films that do not play: their last picture, to be fetched.

        At most MAX_STILLS, those first that may go on, then the newest.
        """
        starts = self.starts(partitions)
        stills: list[tuple[bool, int, str, int]] = []
        for stream, room in self.rooms.items():
            worker = room.channel.worker
            if worker is not None and worker.status != "playing" and worker.keyframe >= 0:
                start = starts.get(home(stream, partitions))
                if start is None or worker.keyframe < start:
                    stills.append((worker.status == "held", worker.epoch, stream, worker.keyframe))
        return {stream: keyframe for *_, stream, keyframe in sorted(stills, reverse=True)[:MAX_STILLS]}

    def sweep(self, now: float, clock: float) -> None:
        """Once a second: what time alone brings about."""
        for stream in self.elsewhere.sweep(clock) & self.rooms.keys():
            self.rooms[stream].channel.elsewhere = self.elsewhere.watching(stream)
        for room in list(self.rooms.values()):
            room.channel.wait = self.wait
            room.channel.tick(now)
            room.sweep(now, clock)
            room.count_waiting()
        self._waiting_bytes = sum(room.waiting_bytes for room in self.rooms.values())
        metrics.waiting_bytes.set(self._waiting_bytes)

    def _count_waiting(self, room: Room) -> None:
        """After a chunk, which is what makes it more: is it too much for this process?"""
        self._waiting_bytes += room.count_waiting()
        if self._waiting_bytes <= self._most_waiting_bytes:
            return
        waiting = [found for room in self.rooms.values() for found in room.waiting()]
        total = sum(size_bytes for size_bytes, _ in waiting)
        for size_bytes, who in sorted(waiting, key=lambda found: found[0], reverse=True):
            if total <= self._most_waiting_bytes:
                break
            total -= size_bytes
            if isinstance(who, Viewer):
                with suppress(Exception):  # of one transport, which its deadline ends
                    who.line.close(1013, "too many bytes wait for slow viewers: see waiting_bytes")
            else:
                who.drop()
        self._waiting_bytes = total
