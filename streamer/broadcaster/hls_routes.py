"""HLS over HTTP: the playlist, the segments, the init segments, out of the ring that a channel keeps.

A segment is a GOP of the ring, put together once for all who ask. A segment's name holds its number and a checksum, so
that it means the same bytes in every process, and other ones should a stream ever be forgotten and count from 0 again.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote
from weakref import WeakKeyDictionary
from zlib import crc32

from starlette.requests import Request
from starlette.responses import Response

from streamer import metrics
from streamer.media import cmaf, hls

from .callers import Caller
from .channel import Gop
from .entrance import Entrance
from .hls_audience import HlsAudience
from .live_mp4 import MEDIA_TYPE, no_picture
from .refused import Refused
from .room import Room
from .wire import Packet

WAIT = 3.0
"""Seconds that a request waits for a segment that another process may already have named."""

MOST_JOINED = hls.LISTED + hls.LINGERING
"""Segments of a stream that are kept in one piece."""

_SEGMENT = re.compile(r"(\d{1,15})-([0-9a-f]{8})\.m4s\Z", re.ASCII)
_INIT = re.compile(r"init-(\d{1,15})-([0-9a-f]{8})\.mp4\Z", re.ASCII)

_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable", "Vary": "Origin", "Accept-Ranges": "none"}


class Hls:
    """GET /streams/{id}/index.m3u8 and what it names."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self.audience = HlsAudience(self._watching)
        self._shelves: WeakKeyDictionary[Room, Shelf] = WeakKeyDictionary()

    async def playlist(self, request: Request) -> Response:
        room = self._entrance.room(request)
        shelf = self._shelf(room)
        segments, ended = shelf.window(), room.channel.finished
        if not segments:
            raise no_picture(room.channel)
        if request.method != "HEAD":
            if not self.audience.holds(room, _who(request)):
                self._entrance.connect(request)  # whoever tells another name each time would take all places
            self.audience.asks(room, _who(request), shelf.target, asyncio.get_running_loop().time())
            metrics.outputs.labels("playlist").inc()
        text = hls.playlist(segments, target=shelf.target, ended=ended, query=_query(request))
        return Response(text, media_type=hls.MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    async def file(self, request: Request) -> Response:
        room = self._entrance.room(request)
        name: str = request.path_params["name"]
        if found := _SEGMENT.match(name):
            data, kind = await self._segment(room, int(found[1]), found[2]), "video/iso.segment"
            self.audience.stays(room, _who(request), self._shelf(room).target, asyncio.get_running_loop().time())
        elif found := _INIT.match(name):
            data, kind = self._shelf(room).init(int(found[1]), found[2]), MEDIA_TYPE
        else:
            data, kind = None, ""
        if data is None:
            raise Refused(404, "no_segment", f"stream {room.channel.stream!r} has no segment {name[:64]!r}, or no more")
        metrics.outputs.labels("segment").inc()
        return Response(data, media_type=kind, headers=_FOR_EVER)

    async def _segment(self, room: Room, number: int, sum: str) -> bytes | None:
        """The bytes of a segment; those of one that is about to be complete, once it is."""
        shelf = self._shelf(room)
        if shelf.due(number):
            with room.listen(time.time()) as listener:
                try:
                    async with asyncio.timeout(WAIT):
                        while shelf.due(number):
                            await listener.take()
                except TimeoutError:
                    return None
        return shelf.segment(number, sum)

    @contextmanager
    def _watching(self, room: Room, kind: str) -> Iterator[None]:
        """A guest; when the last one has gone, nothing that was put together for them is kept."""
        with self._entrance.hub.guest(room, kind):
            yield
        if not room.guests[kind] and room in self._shelves:
            self._shelves[room].clear()

    def _shelf(self, room: Room) -> Shelf:
        shelf = self._shelves.get(room)
        if shelf is None:
            shelf = self._shelves[room] = Shelf(room)
        return shelf


class Shelf:
    """A channel's GOPs as segments."""

    def __init__(self, room: Room) -> None:
        self._channel = room.channel
        self._named: dict[tuple[int, int, float | None], hls.Segment] = {}  # by number, pts, wall: each is summed once
        self._joined: dict[int, tuple[str, bytes]] = {}  # segments that were asked for, by number
        self.target = 1
        """Seconds. It never falls: players may rely on what they were told (RFC 8216, section 6.2.1)."""

    def _complete(self) -> list[Gop]:
        """GOPs to which nothing will be added."""
        gops = list(self._channel.gops)
        return gops if self._channel.finished else gops[:-1]

    def window(self) -> list[hls.Segment]:
        """What a playlist lists now."""
        complete = [gop for gop in self._complete() if gop.packets and gop.init is not None]
        known = self._named
        self._named = {}
        for gop in complete:
            key = gop.number, gop.begin, cmaf.wall(gop.packets[0].payload)
            self._named[key] = known.get(key) or _named(gop, gop.init)
        run = hls.unbroken(list(self._named.values()))
        self.target = max(self.target, hls.target_duration(run))
        return list(hls.window(run, ended=self._channel.finished))

    def due(self, number: int) -> bool:
        """Is a segment on its way: the one in progress, or the one after it?"""
        gops = self._channel.gops
        return bool(gops) and not self._channel.finished and 0 <= number - gops[-1].number <= 1

    def segment(self, number: int, sum: str) -> bytes | None:
        """The bytes of a complete segment, the same object for all who ask; None where it is not here."""
        for gop in self._complete():
            if gop.number == number and gop.init and gop.packets and _sum(gop.packets[0]) == sum:
                kept, data = self._joined.get(number, ("", b""))
                if kept != sum:
                    data = hls.segment(bytes(gop.init.payload), [packet.payload for packet in gop.packets])
                    here = {gop.number for gop in self._channel.gops}
                    self._joined = {kept: had for kept, had in self._joined.items() if kept in here}
                    self._joined[number] = sum, data
                    while len(self._joined) > MOST_JOINED:
                        del self._joined[min(self._joined)]
                return data
        return None

    def clear(self) -> None:
        """Keep nothing: nobody watches."""
        self._joined.clear()

    def init(self, generation: int, sum: str) -> bytes | None:
        """The bytes of an init segment, None where it is not here."""
        for gop in self._channel.gops:
            if gop.init is not None and gop.init.item.generation == generation and _sum(gop.init) == sum:
                return bytes(gop.init.payload)
        return None


def _named(gop: Gop, init: Packet | None) -> hls.Segment:
    assert init is not None, "a GOP without an init segment is not complete"
    generation = init.item.generation
    return hls.Segment(
        number=gop.number,
        generation=generation,
        ticks=gop.end - gop.begin,
        wall=cmaf.wall(gop.packets[0].payload),
        uri=f"segments/{gop.number}-{_sum(gop.packets[0])}.m4s",
        init=f"segments/init-{generation}-{_sum(init)}.mp4",
    )


def _sum(packet: Packet) -> str:
    return f"{crc32(packet.payload):08x}"


def _query(request: Request) -> str:
    """A playlist's own token goes on to what it names: a player repeats nothing by itself."""
    token = request.query_params.get("token", "")
    return f"?token={quote(token, safe='')}" if token else ""


def _who(request: Request) -> str:
    """A player, as far as it can be told from others. Who shares an address and a browser with many may add
    `session=…` to the playlist's URL."""
    caller: Caller = request.state.caller
    told = request.query_params.get("session", "") or request.headers.get("User-Agent", "")
    return f"{caller.address} {told[:200]}"
