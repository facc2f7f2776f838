"""A film that is really encoded, as records: a bright bar that moves over a ground, a keyframe every half second."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import numpy as np

from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.messages import Media
from streamer.video import Chunk, InitSegment

FPS, TICKS = 24, 3750


class Reel:
    """`begin`: unix seconds at which its first picture was taken; `gop`: frames from keyframe to keyframe; `told`:
    whether chunks say which GOP they are of, as old records do not."""

    def __init__(
        self, *, begin: float = 0.0, gop: int = 12, size: tuple[int, int] = (160, 96), told: bool = True, epoch: int = 5
    ) -> None:
        self.begin = begin or time.time()
        self.gop = gop
        self.told = told
        self.epoch, self.seq, self.pts, self.number = epoch, 0, 0, -1
        self.generation = 0
        self._next_key = True
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        """A new generation, from the next keyframe on."""
        self.size = size
        self._encoder = Encoder(*size, fps=FPS)
        self.generation += 1
        self._next_key = True

    def steer(self) -> None:
        """A new epoch: the GOP in progress is cut short."""
        self.epoch, self.seq, self._next_key = self.epoch + 1, 0, True

    @property
    def init(self) -> InitSegment:
        width, height = self.size
        media = Media(codec=self._encoder.codec, width=width, height=height, fps=FPS, engine="sketch", backend="cpu")
        return InitSegment(self.epoch, self.generation, media, self._encoder.init)

    def frames(self, count: int) -> Iterator[Chunk]:
        for _ in range(count):
            yield self._frame()

    def gops(self, count: int) -> Iterator[Chunk]:
        return self.frames(count * self.gop)

    def fat(self, count: int, size: int = 200_000) -> Iterator[Chunk]:
        """Chunks of `size` bytes that go on where the film stands, a keyframe once a second; their pictures are
        nonsense."""
        for n in range(count):
            keyframe = n % FPS == 0
            wall = self.at(self.pts) if keyframe else None
            data = cmaf.chunk(
                seq=self.seq, pts=self.pts, duration=TICKS, keyframe=keyframe, data=bytes(size), wall=wall
            )
            yield Chunk(self.epoch, self.seq, self.pts, TICKS, keyframe, self.generation, data)
            self.seq, self.pts = self.seq + 1, self.pts + TICKS

    def at(self, pts: int) -> float:
        """Unix seconds of a picture."""
        return self.begin + pts / 90_000

    def _frame(self) -> Chunk:
        width, height = self.size
        picture = np.full((height, width, 3), (40, 60, 160), np.uint8)
        left = (self.pts // TICKS * 5) % width
        picture[height // 3 : height * 2 // 3, left : left + width // 6] = (250, 240, 180)
        keyframe = self._next_key or self.seq % self.gop == 0
        self._next_key = False
        self.number += keyframe
        sample = self._encoder.encode(picture, keyframe)
        wall = self.at(self.pts) if keyframe else None
        data = cmaf.chunk(seq=self.seq, pts=self.pts, duration=TICKS, keyframe=keyframe, data=sample.data, wall=wall)
        gop = self.number if self.told else -1
        chunk = Chunk(self.epoch, self.seq, self.pts, TICKS, keyframe, self.generation, data, gop=gop)
        self.seq, self.pts = self.seq + 1, self.pts + TICKS
        return chunk


async def ran(*command: object) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a program that may ask the house whose loop this is."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def decoded(source: object, *how: str) -> dict[str, object]:
    """What ffmpeg makes of a file or a URL: the number of pictures, and what it complains of."""
    status, out, err = await ran(
        "ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "warning", *how, "-i", source,
        "-an", "-f", "null", "-progress", "pipe:1", "-",
    )  # fmt: skip
    frames = [line.partition("=")[2] for line in out.splitlines() if line.startswith("frame=")]
    return {"status": status, "frames": int(frames[-1]) if frames else 0, "complaints": err}


async def packets(source: object) -> list[dict[str, str]]:
    """The pictures that ffprobe finds in a file, in order."""
    status, out, err = await ran("ffprobe", "-v", "error", "-show_packets", "-of", "json", source)
    assert (status, err) == (0, ""), err
    found: list[dict[str, str]] = json.loads(out)["packets"]
    return found
