"""The film from now on as one MP4 without an end: `curl > film.mp4`, or a plain <video>.

It begins with the newest keyframe, its time at 0, and ends when the film does, when its pictures change (a plain MP4
cannot change its size), or when whoever reads it goes. Who reads too slowly gets a hole in time: nothing that could
not be decoded is ever sent.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response

from streamer import metrics
from streamer.media import cmaf
from streamer.video import InitSegment

from .channel import Channel
from .entrance import Entrance
from .flow import Flow
from .listener import Listener
from .refused import Refused
from .wire import Outgoing, Packet

MEDIA_TYPE = "video/mp4"

PIECE_BYTES = 32 << 10
"""Written at a time, and the fragment more that made it so many. Half of what makes uvicorn wait for the reader."""

_LOOK = 1.0
"""Seconds after which it looks whether the film has ended."""


def no_picture(channel: Channel) -> Refused:
    """What a format says of a stream that is known and has nothing to show, yet or any more."""
    if channel.finished:
        over = f"stream {channel.stream!r} has ended, and nothing of it is kept here; a prompt with `play` begins one"
        return Refused(404, "ended", over)
    why = f": {channel.wait}" if channel.wait else ""
    return Refused(503, "no_picture", f"stream {channel.stream!r} has no picture yet{why}", wait=1.0)


class LiveMp4:
    """GET /streams/{id}/live.mp4"""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def get(self, request: Request) -> Response:
        room = self._entrance.room(request)
        if not room.channel.watchable:
            raise no_picture(room.channel)
        if request.method == "HEAD":
            return Response(media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
        with ExitStack() as held:
            held.enter_context(self._entrance.hub.guest(room, "mp4"))
            listener = held.enter_context(room.listen(time.time()))
            metrics.outputs.labels("mp4").inc()
            return Flow(_bytes(room.channel, listener), held.pop_all(), MEDIA_TYPE)
        raise AssertionError("an ExitStack passes nothing over")


async def _bytes(channel: Channel, listener: Listener) -> AsyncGenerator[bytes, None]:
    file = File()
    while not file.over:
        written = False
        for piece in pieces(file.write(await listener.take(_LOOK))):
            written = True
            yield piece
        if not written and channel.finished:
            return


def pieces(fragments: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Fragments in a row, as few pieces of about `PIECE_BYTES`: what is written is all that is out of our hands."""
    waiting: list[bytes | memoryview] = []
    size_bytes = 0
    for fragment in fragments:
        waiting.append(fragment)
        size_bytes += len(fragment)
        if size_bytes >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size_bytes = [], 0
    if waiting:
        yield b"".join(waiting)


class File:
    """What is written into the file, of all that a listener is given (pure). `over`: no more of it."""

    def __init__(self) -> None:
        self.over = False
        self._init: InitSegment | None = None
        self._base = -1  # ticks: pts of the first chunk; −1: none yet
        self._next_pts = 0
        self._written = 0  # fragments

    def write(self, taken: Iterable[Outgoing]) -> Iterable[bytes | memoryview]:
        for packet in taken:
            if self.over or not isinstance(packet, Packet):
                continue
            item = packet.item
            if isinstance(item, InitSegment):
                self.over = self._init is not None and item.generation != self._init.generation
                if self._init is None:
                    self._init = item
                    yield packet.payload
            elif item.pts < self._next_pts:  # a worker that lost its state begins anew
                self.over = True
            elif self._init is not None:
                self._base = item.pts if self._base < 0 else self._base
                self._next_pts = item.pts + item.duration
                self._written += 1
                yield cmaf.rebase(packet.payload, seq=self._written, pts=item.pts - self._base)
