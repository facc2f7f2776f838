"""Pictures of films, developed off the loop, once for all who ask, and only while somebody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import NamedTuple

from streamer.errors import Rejected
from streamer.media.decoder import Decoder, JpegEncoder
from streamer.video import InitSegment

from .listener import MOST_BYTES
from .live_mp4 import no_picture
from .refused import Refused
from .room import Room
from .wire import Outgoing, Packet

PER_SECOND = 5
"""Pictures a second, at most, of one film."""

REPEAT = 5.0
"""Seconds after which a picture that stands is sent again: proxies hang up on silence, and so we notice who is gone."""

FRESH = 1 / PER_SECOND
"""Seconds for which a snapshot is good for the next one who asks."""

AT_ONCE = 16
"""Snapshots that may wait for the threads; a further one gets 503."""

THREADS = 2

KEPT = 256
"""Snapshots remembered, of streams and widths; 128 films with a thumbnail each fit."""

DEADLINE = 10.0
"""Seconds to wait for a snapshot."""


class Snapshot(NamedTuple):
    """A JPEG file, and the version of the channel that it shows."""

    jpeg: bytes
    version: int
    at: float  # monotonic


class Darkroom:
    """For all streams of a broadcaster."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")
        self._snapshots: dict[tuple[str, int], asyncio.Task[Snapshot]] = {}  # oldest first
        self._projections: dict[str, _Projection] = {}

    async def snapshot(self, room: Room, width: int = 0) -> bytes:
        """The picture on the screen as a JPEG file, `width` pixels wide, or as it is where that is less (0: as it is).

        A request's width is rounded up to one of pictures.WIDTHS before. Thumbnails show the newest keyframe, which
        costs a twentieth. Raises `Refused`: no picture, yet or any more, or too many ask.
        """
        channel = room.channel
        if not channel.joinable:
            raise no_picture(channel)
        key = channel.stream, width
        known = self._snapshots.get(key)
        if known is not None and known.done() and not _good(known, channel.version):
            known = None
        if known is None:
            if sum(not task.done() for task in self._snapshots.values()) >= AT_ONCE:
                raise Refused(503, "busy", f"{AT_ONCE} pictures are being made; ask again in a second", wait=1.0)
            packets = channel.join(0.0)
            known = asyncio.create_task(self._develop(packets, width, channel.version), name=f"snapshot {key}")
            self._snapshots.pop(key, None)
            self._snapshots[key] = known
            self._forget()
        try:
            # Several may wait for the same one: who goes away must not take it from the others.
            return (await asyncio.wait_for(asyncio.shield(known), DEADLINE)).jpeg
        except TimeoutError as error:
            raise Refused(503, "busy", "the picture was not ready in time; ask again", wait=2.0) from error
        except Rejected as error:
            raise Refused(503, "no_picture", str(error), wait=2.0) from error

    @contextmanager
    def projection(self, room: Room) -> Iterator[_Projection]:
        """The film as JPEG files, while the context lasts; one decoder serves all who look."""
        stream = room.channel.stream
        projection = self._projections.get(stream)
        if projection is None:
            projection = self._projections[stream] = _Projection(room, self._threads)
        projection.watchers += 1
        try:
            yield projection
        finally:
            projection.watchers -= 1
            if not projection.watchers:
                projection.stop()
                del self._projections[stream]

    def close(self) -> None:
        """No more pictures; what is being made is not waited for."""
        for task in self._snapshots.values():
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _develop(self, packets: list[Outgoing], width: int, version: int) -> Snapshot:
        def develop() -> bytes:
            decoder, picture = Decoder(), None
            for packet in packets:
                if isinstance(packet, Packet):
                    if isinstance(packet.item, InitSegment):
                        decoder.init(bytes(packet.payload))
                    else:
                        picture = decoder.chunk(bytes(packet.payload)) or picture
                        if width and picture is not None:
                            break
            if picture is None:
                raise Rejected("the newest keyframe cannot be decoded")
            return JpegEncoder().encode(picture, width or None)

        jpeg = await asyncio.get_running_loop().run_in_executor(self._threads, develop)
        return Snapshot(jpeg, version, time.monotonic())

    def _forget(self) -> None:
        for key, task in list(self._snapshots.items()):
            if len(self._snapshots) <= KEPT:
                return
            if task.done():
                del self._snapshots[key]


class _Projection:
    """One film, decoded as it comes. `watchers` counts who look."""

    def __init__(self, room: Room, threads: ThreadPoolExecutor) -> None:
        self.watchers = 0
        self._room = room
        self._threads = threads
        self._jpeg = b""
        self._new = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"pictures of {room.channel.stream}")

    async def pictures(self) -> AsyncGenerator[bytes, None]:
        """Each picture that there is time for, and one that stands every `REPEAT` seconds; ends with a failure."""
        shown = b""
        while True:
            new = self._new
            if self._jpeg is shown:
                waiting = asyncio.create_task(new.wait())
                await asyncio.wait({waiting, self._task}, timeout=REPEAT, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if self._task.done():
                    return
            if shown := self._jpeg:
                yield shown

    def stop(self) -> None:
        """Nobody looks any more."""
        self._task.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        decoder, encoder = Decoder(), JpegEncoder()

        def develop(packets: list[Packet]) -> bytes:
            picture = None
            for packet in packets:
                with suppress(Rejected):  # what cannot be read is passed over, as in a player
                    if isinstance(packet.item, InitSegment):
                        decoder.init(bytes(packet.payload))
                    else:
                        picture = decoder.chunk(bytes(packet.payload)) or picture
            return encoder.encode(picture) if picture is not None else b""

        with self._room.listen(time.time()) as listener:
            while True:
                due = loop.time() + 1 / PER_SECOND
                packets = [item for item in await listener.take(most_bytes=MOST_BYTES) if isinstance(item, Packet)]
                if packets and (jpeg := await loop.run_in_executor(self._threads, develop, packets)):
                    self._jpeg = jpeg
                    self._new.set()
                    self._new = asyncio.Event()
                await asyncio.sleep(max(0.0, due - loop.time()))


def _good(task: asyncio.Task[Snapshot], version: int) -> bool:
    """May a snapshot be given once more?"""
    if task.cancelled() or task.exception() is not None:
        return False
    made = task.result()
    return made.version == version or time.monotonic() - made.at < FRESH
