"""All streams of this broadcaster: rooms come with a record, a state or a viewer, and go when nothing is left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from streamer import metrics
from streamer.bus.base import Received
from streamer.errors import Rejected
from streamer.messages import (
    OUTCOMES_HEADER,
    UNREADABLE,
    decode_director_state,
    decode_outcomes,
    decode_worker_state,
)
from streamer.topics import DIRECTOR_STATE, STREAM_ID, VIDEO, WORKER_STATE, home
from streamer.video import Chunk, from_record

from .messages import PromptProgress
from .refused import Refused
from .room import Room
from .viewer import Line, Viewer

MAX_ROOMS = 4096
"""Rooms above which those are forgotten that have neither a film nor a viewer, only a wish on its way."""

MAX_STILLS = 128
"""Last pictures fetched at a start; each is a read of its own, and the films that play wait for them."""


class Hub:
    """`ring` and `slow_limit` in seconds; `max_viewers` bounds the viewers of all streams together."""

    def __init__(self, *, ring: float, slow_limit: float, max_viewers: int) -> None:
        self.rooms: dict[str, Room] = {}
        self.ready = False  # the past has been read
        self.wait = ""  # why there are no pictures yet, in words
        self.viewers = 0
        self.max_viewers = max_viewers
        self._ring = ring
        self._slow_limit = slow_limit

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
        return room

    def viewer(self, line: Line) -> Viewer:
        """A viewer, not in any room yet."""
        return Viewer(line, slow_limit=self._slow_limit)

    def enter(self, room: Room, viewer: Viewer) -> None:
        """It begins to watch. Its line may say that it is congested before this returns."""
        self.viewers += 1
        room.enter(viewer, time.monotonic(), time.time())
        metrics.viewers.labels(room.channel.stream).set(room.audience)

    def leave(self, room: Room, viewer: Viewer) -> None:
        """It is gone; call once."""
        self.viewers -= 1
        room.leave(viewer)
        self._left(room)

    def _left(self, room: Room) -> None:
        stream = room.channel.stream
        if room.audience:
            metrics.viewers.labels(stream).set(room.audience)
        else:
            metrics.viewers.remove(stream)
        if room.empty:
            self.rooms.pop(stream, None)

    @contextmanager
    def guest(self, room: Room, kind: str) -> Iterator[None]:
        """One more who watches in a way that is not a viewer's, while the context lasts. Raises `Refused` where there
        is no place."""
        if self.full:
            raise Refused(
                503, "full", f"{self.viewers} are watching, which is all that `max_viewers` allows", wait=10.0
            )
        self.viewers += 1
        room.count(kind, +1)
        metrics.viewers.labels(room.channel.stream).set(room.audience)
        try:
            yield
        finally:
            self.viewers -= 1
            room.count(kind, -1)
            self._left(room)

    def rejoin(self, room: Room, viewer: Viewer) -> None:
        """It asks to begin anew."""
        room.rejoin(viewer, time.monotonic(), time.time())

    def accept(self, stream: str, id: str) -> PromptProgress:
        """A wish is on its way to the director. Returns how far it has come."""
        return self.room(stream).accept(id, time.monotonic())

    def take(self, record: Received) -> None:
        """A record of one of the three topics that are followed. Raises `Rejected` with what is wrong with it."""
        stream = (record.key or b"").decode("utf-8", "replace")
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
            self.room(stream).push(item, now, clock)
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
            if not (room.audience or room.known):
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
        for room in list(self.rooms.values()):
            room.channel.wait = self.wait
            room.sweep(now, clock)
