"""A stretch of the film as a file, from the ring where that still holds it, else from the bus by time.

The bus is read as fast as the client reads, no faster, and nothing of it is kept here but the GOP in hand. What is no
longer kept cannot be had: the file begins with the first keyframe that is, and says so in `X-Recording-From`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing, contextmanager, suppress
from datetime import UTC, datetime
from math import inf

from starlette.requests import Request
from starlette.responses import Response

from streamer import metrics
from streamer.bus.base import Bus, Received
from streamer.errors import Rejected, UserError
from streamer.media import cmaf
from streamer.media.cut import Cut
from streamer.messages import TIMESCALE
from streamer.topics import VIDEO, home
from streamer.video import Chunk, InitSegment, from_record

from .answers import refusal
from .callers import Caller, place_of
from .channel import Channel, Gop
from .entrance import Entrance
from .flow import Flow
from .live_mp4 import MEDIA_TYPE
from .moments import Span, span
from .refused import Refused

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Recordings that one process gives at the same time: each reads the bus for itself."""

AT_ONCE_EACH = 2
"""Of them to one address, or the /64 of one; this machine's own are not counted, as with `connect_rate`."""

FIND_TIMEOUT = 20.0
"""Seconds until the first picture must have been found."""

LATER_TIMEOUT = 5.0
"""Seconds to find out when a film goes on of which nothing is kept of the time that was asked for."""

SILENCE = 10.0
"""Seconds without a record before its end after which the bus is taken to be away."""

LONGEST_ANSWER = 7200.0
"""Seconds after which a recording is broken off, however slowly it is read, if it is."""

LOOK_BACK = 12.0
"""Seconds before the beginning at which reading begins: the longest GOP that `gop` allows, and a worker's lead."""

LOOK_AHEAD = 5.0
"""Seconds after the end up to which records are looked at: they are written in batches."""

INIT_BACK = (75.0, 600.0)
"""Seconds before the beginning at which an init segment is looked for: it is repeated every minute of film, and a film
may have been held."""

FROM = "X-Recording-From"
"""The header that tells when the first picture was taken."""

_PIECE_BYTES = 256 << 10
"""What is handed on at a time."""

Piece = tuple[InitSegment | Chunk, bytes | memoryview, float]
"""An item, its bytes, the unix seconds of its record."""


class Recorder:
    """GET /streams/{id}/recording.mp4?from=…&to=…"""

    def __init__(self, entrance: Entrance, bus: Bus) -> None:
        self._entrance = entrance
        self._bus = bus
        self._places: Counter[bytes] = Counter()  # taken, by the place that they were taken from

    async def get(self, request: Request) -> Response:
        room = self._entrance.room(request)
        asked = span(request.query_params, time.time())
        if request.method == "HEAD":
            return Response(media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
        with ExitStack() as held:
            held.enter_context(self._place(request.state.caller))
            held.enter_context(self._entrance.hub.guest(room, "recording"))
            return await self._answer(room.channel, asked, held)
        raise AssertionError("an ExitStack passes nothing over")

    async def _answer(self, channel: Channel, asked: Span, held: ExitStack) -> Response:
        cut = Cut(*asked)
        body = self._body(channel, cut, asked)
        try:
            first = await self._first(body)
        except BaseException:
            await body.aclose()
            raise
        if not first:
            return _nothing(channel, await self._later(channel.stream, asked.end))
        response = Flow(_after(first, body), held.pop_all(), MEDIA_TYPE, longest=LONGEST_ANSWER)
        began = cut.began or 0.0
        response.headers[FROM] = _date(began)
        name = f"{channel.stream}-{datetime.fromtimestamp(began, UTC):%Y%m%dT%H%M%SZ}.mp4"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    async def _first(self, body: AsyncGenerator[bytes, None]) -> bytes:
        """The first piece, b"" where there is none."""
        try:
            async with asyncio.timeout(FIND_TIMEOUT):
                return await anext(body, b"")
        except (TimeoutError, OSError, UserError) as error:
            metrics.refusals.labels("bus").inc()
            raise Refused(503, "bus", f"the bus does not give the film of that time now: {error}", wait=5.0) from error

    async def _later(self, stream: str, after: float) -> float | None:
        """The unix seconds of the first keyframe after a moment, None where none is found in good time."""
        with suppress(TimeoutError, OSError, UserError):
            async with asyncio.timeout(LATER_TIMEOUT), aclosing(self._records(stream, after, inf)) as records:
                async for record in records:
                    if record.value and dict(record.headers).get("keyframe") == b"1":
                        return cmaf.wall(record.value) or record.at
        return None

    @contextmanager
    def _place(self, caller: Caller) -> Iterator[None]:
        """One of the places. Raises `Refused` where all are taken, or all that one address may take."""
        place = b"" if caller.local else place_of(caller.address)
        if place and self._places[place] >= AT_ONCE_EACH:
            metrics.refusals.labels("recordings").inc()
            why = f"{AT_ONCE_EACH} recordings are being read from your address, which is all at a time"
            raise Refused(429, "recordings", why, wait=5.0)
        if self._places.total() >= AT_ONCE:
            metrics.refusals.labels("recordings").inc()
            raise Refused(503, "recordings", f"{AT_ONCE} recordings are being read, which is all at a time", wait=5.0)
        self._places[place] += 1
        try:
            yield
        finally:
            self._places[place] -= 1
            if not self._places[place]:
                del self._places[place]

    async def _body(self, channel: Channel, cut: Cut, asked: Span) -> AsyncGenerator[bytes, None]:
        """The file, piece by piece."""
        kept = _kept(channel, asked.begin)
        metrics.outputs.labels("recording").inc()
        _learn(cut, channel)
        waiting: list[bytes] = []
        told = False
        source = _from_ring(kept) if kept else self._from_bus(channel.stream, asked)
        async with aclosing(source):
            async for item, data, at in source:
                waiting += cut.take(item, data, at)
                if waiting and not told:
                    waiting.insert(0, await self._init(channel.stream, cut, asked.begin))
                    told = True
                if sum(map(len, waiting)) >= _PIECE_BYTES or (waiting and cut.done):
                    yield b"".join(waiting)
                    waiting.clear()
                if cut.done:
                    return
        waiting += cut.finish()
        if waiting:
            if not told:
                waiting.insert(0, await self._init(channel.stream, cut, asked.begin))
            yield b"".join(waiting)

    async def _from_bus(self, stream: str, asked: Span) -> AsyncGenerator[Piece, None]:
        async with aclosing(self._records(stream, asked.begin - LOOK_BACK, asked.end + LOOK_AHEAD)) as records:
            async for record in records:
                if record.value is None:
                    continue
                try:
                    yield from_record(record.headers, record.value), record.value, record.at
                except Rejected as error:
                    logger.debug("passed over in a recording: %s", error)

    async def _records(self, stream: str, begin: float, end: float) -> AsyncGenerator[Received, None]:
        """The stream's records from one moment to another, or to what is the end now."""
        partition, key = home(stream, self._bus.partitions), stream.encode()
        start = await self._bus.offsets_at(VIDEO, begin, [partition])
        async with self._bus.tail(VIDEO, start=start, partitions=[partition]) as tail:
            loop = asyncio.get_running_loop()
            heard = loop.time()
            while True:
                for record in (records := await tail.records(0.5)):
                    if record.at > end:
                        return
                    if record.key == key:
                        yield record
                if tail.caught_up:
                    return
                if records:
                    heard = loop.time()
                elif loop.time() - heard > SILENCE:
                    raise TimeoutError(f"{VIDEO.name}/{partition} was silent for {SILENCE:.0f} s before its end")

    async def _init(self, stream: str, cut: Cut, begin: float) -> bytes:
        """The init segment of the generation that the recording begins with. Raises `Refused` where none is found."""
        for back in INIT_BACK:
            if cut.init is not None:
                break
            async with aclosing(self._records(stream, begin - back, begin + LOOK_AHEAD)) as records:
                async for record in records:
                    if dict(record.headers).get("kind") == b"init" and record.value:
                        cut.know(from_record(record.headers, record.value).generation, record.value)
        if cut.init is None:
            raise Refused(
                404, "no_init", "pictures of that time are kept, but not what is needed to decode them", "from"
            )
        return cut.init


def _date(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _nothing(channel: Channel, later: float | None) -> Response:
    """The refusal where nothing is kept of the whole stretch, with the moment at which what is kept begins, or at
    which a film that rests was last seen."""
    why = f"nothing of stream {channel.stream!r} is kept of that time, or nothing was filmed"
    if later:
        why += f"; {FROM} tells when it goes on"
    elif newest := _newest(channel):
        why += f"; the newest picture was taken at {_date(newest)}: ask for a `from` before that"
    response = refusal(404, "no_film", why, "from")
    if later:
        response.headers[FROM] = _date(later)
    return response


def _newest(channel: Channel) -> float | None:
    """The unix seconds of the newest picture that is here, None where there is none or nobody told."""
    gop = channel.gops[-1] if channel.joinable else None
    wall = cmaf.wall(gop.packets[0].payload) if gop else None
    item = gop.packets[-1].item if gop else None
    return wall + (item.pts - gop.begin) / TIMESCALE if gop and wall and isinstance(item, Chunk) else None


def _kept(channel: Channel, begin: float) -> list[Gop]:
    """The GOPs of the ring, from the one that `begin` falls into; none where the ring begins later."""
    gops = [gop for gop in channel.gops if gop.packets]
    oldest = cmaf.wall(gops[0].packets[0].payload) if gops else None
    return gops if oldest is not None and oldest <= begin else []


def _learn(cut: Cut, channel: Channel) -> None:
    """The init segments that are at hand."""
    for gop in channel.gops:
        if gop.init is not None:
            cut.know(gop.init.item.generation, gop.init.payload)
    if channel.worker is not None and channel.worker.init:
        cut.know(channel.worker.generation, channel.worker.init)


async def _from_ring(gops: list[Gop]) -> AsyncGenerator[Piece, None]:
    for gop in gops:
        for packet in gop.packets:
            yield packet.item, packet.payload, 0.0


async def _after(first: bytes, body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(body):
        yield first
        async for piece in body:
            yield piece
