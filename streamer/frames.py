"""The live film as pictures: `streamer.watch`.

    import asyncio
    import streamer

    async def main():
        async for frame in streamer.watch("http://127.0.0.1:8080"):
            print(frame.pts / 90_000, frame.picture.mean(axis=(0, 1)))

    asyncio.run(main())

`watch` gives pictures and `follow` what they are made of. They have two names because they promise different things to
one who is slow: `watch` leaves pictures out, to be near the present always; `follow` leaves that to the server, and
what it gives can be written to a file as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from .backlog import Backlog, Piece
from .client import follow
from .errors import Rejected
from .media.decoder import Decoder
from .messages import FrameDescription

LATE = 0.5
"""Seconds of film that may wait for the caller. When more does, the next frame is the newest."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the film."""

    picture: NDArray[np.uint8]  # (height, width, 3) RGB, the caller's own
    epoch: int  # rises with every new film on this stream
    seq: int  # from 0 within the epoch; a hole where pictures were left out
    pts: int  # ticks of 1/90000 s
    duration: int  # ticks
    wall: float | None  # unix seconds when the picture was made; on keyframes
    description: FrameDescription | None  # the director's words for it, None until they are known


async def watch(
    url: str, stream: str = "main", *, token: str = "", reconnect: bool = True
) -> AsyncGenerator[Frame, None]:
    """The film's pictures as they come, without end, decoded in a thread beside the event loop.

    A caller who keeps up gets every one; with one who does not, those in between are left out. Size and film may change
    from one frame to the next. Connections and errors are those of `follow`. Work that blocks for more than a few
    milliseconds belongs in a thread (`asyncio.to_thread`), else nothing is received meanwhile.
    """
    backlog, more, decoder = Backlog(LATE), asyncio.Event(), _Decoder()

    async def read() -> None:
        try:
            async with aclosing(follow(url, stream, token=token, reconnect=reconnect)) as events:
                async for event in events:
                    backlog.put(event)
                    more.set()
        finally:
            more.set()

    reading = asyncio.create_task(read(), name=f"watch {stream}")
    try:
        while True:
            more.clear()
            ended = reading.done()
            while pieces := backlog.take(None if backlog.seconds > LATE else 1):
                frame = await asyncio.to_thread(decoder.decode, pieces)
                if frame is not None:
                    yield frame
            if ended:
                reading.result()
                return
            await more.wait()
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading


class _Decoder:
    """Pieces of the film to RGB."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._reformatter = VideoReformatter()

    def decode(self, pieces: Sequence[Piece]) -> Frame | None:
        """Decode all, in order; the last of them as a frame. None where it cannot be decoded: the film goes on with the
        next keyframe. Blocks, about 1 ms a picture of 512x512."""
        picture: VideoFrame | None = None
        for piece in pieces:
            try:
                if piece.chunk.keyframe:
                    self._decoder.init(piece.init)
                picture = self._decoder.chunk(piece.chunk.data)
            except Rejected:
                picture = None
        if picture is None:
            return None
        rgb = self._reformatter.reformat(
            picture,
            format="rgb24",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        last = pieces[-1]
        chunk = last.chunk
        return Frame(
            cast("NDArray[np.uint8]", rgb.to_ndarray()),
            chunk.epoch,
            chunk.seq,
            chunk.pts,
            chunk.duration,
            chunk.wall,
            last.description,
        )
