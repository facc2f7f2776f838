"""A film of really encoded pictures that goes on for ever, of which anyone can tell what frame n must be, to the byte.

Two reels of different size take turns. Each turn is a new epoch and a new generation, so that who watches long enough
meets new init segments, other sizes, and holes that reach across all of these.
"""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from streamer.media import cmaf
from streamer.media.encoder import Encoder
from streamer.messages import TIMESCALE, FrameDescription, Media
from streamer.video import Chunk, InitSegment

FPS = 24
TICKS = TIMESCALE // FPS
SECONDS = 10
"""Length of a reel."""

FRAMES = SECONDS * FPS
SIZES = ((320, 240), (240, 320))
BITRATE = 1_000_000
"""Bits per second, which the pictures use up: they are noisy."""

KNOWN = 2 * FRAMES
"""Frames whose bytes are remembered: most of what comes is of this moment, to each viewer of a crowd."""


@dataclass(frozen=True)
class Reel:
    """`FRAMES` frames, a keyframe each second."""

    init: bytes
    media: Media
    samples: tuple[bytes, ...]
    sums: tuple[int, ...]  # of the decoded pictures


class Film:
    """Frame n for every n from 0; frame 0 is due at `born`, unix seconds."""

    def __init__(self, reels: tuple[Reel, ...], born: float = 0.0) -> None:
        self.reels = reels
        self.born = born
        self._known: dict[bytes, int] = {}

    def reel(self, n: int) -> Reel:
        """The reel that frame n is of."""
        return self.reels[n // FRAMES % len(self.reels)]

    def init(self, n: int) -> InitSegment:
        """The init segment that frame n needs."""
        reel = self.reel(n)
        return InitSegment(epoch(n), epoch(n), reel.media, reel.init)

    def chunk(self, n: int) -> Chunk:
        """Frame n."""
        seq = n % FRAMES
        keyframe = seq % FPS == 0
        data = cmaf.chunk(
            seq=seq,
            pts=n * TICKS,
            duration=TICKS,
            keyframe=keyframe,
            data=self.reel(n).samples[seq],
            wall=self.born + n / FPS if keyframe else None,
        )
        words = None
        if seq % (2 * FPS) == 0:
            number = seq // (2 * FPS)
            words = FrameDescription(epoch=epoch(n), seq=number, shot=0, duration=2.0, text=f"Words {number}.")
        return Chunk(epoch(n), seq, n * TICKS, TICKS, keyframe, epoch(n), data, words, n // FPS)

    def sum(self, n: int) -> int:
        """`checksum` of the picture of frame n."""
        return self.reel(n).sums[n % FRAMES]

    def number(self, data: bytes) -> int:
        """Which frame these bytes are. Raises `Rejected` when they are no chunk, ValueError when they are not, to the
        byte, the frame that they say they are."""
        if (known := self._known.get(data)) is not None:
            return known
        n, rest = divmod(cmaf.parse(data).pts, TICKS)
        if rest or self.chunk(n).data != data:
            raise ValueError(f"{len(data)} bytes say that they are frame {n}, and differ from it")
        if len(self._known) >= KNOWN:
            del self._known[next(iter(self._known))]
        self._known[data] = n
        return n


def epoch(n: int) -> int:
    """The epoch of frame n, which is its generation too."""
    return n // FRAMES + 1


def shoot(size: tuple[int, int]) -> Reel:
    """Draw, encode and decode a reel: a landscape of noise that drifts, with a bright square that runs across it."""
    width, height = size
    chance = np.random.default_rng(width)
    land = chance.integers(0, 256, (height // 8 + 1, width // 4 + 1, 3), dtype=np.uint8)
    land = land.repeat(8, axis=0).repeat(8, axis=1)
    encoder = Encoder(width, height, fps=FPS, bitrate=BITRATE)
    samples, sums = [], []
    decoder = Decoder(encoder.init)
    for n in range(FRAMES):
        picture = land[:height, n % width : n % width + width].copy()
        picture ^= chance.integers(0, 48, picture.shape, dtype=np.uint8)
        x = n * 3 % (width - 32)
        picture[height // 2 : height // 2 + 32, x : x + 32] = 255
        sample = encoder.encode(picture, keyframe=n % FPS == 0)
        samples.append(sample.data)
        sums.append(decoder.picture(sample.data))
    media = Media(codec=encoder.codec, width=width, height=height, fps=FPS, engine="bench")
    encoder.close()
    return Reel(encoder.init, media, tuple(samples), tuple(sums))


class Decoder:
    """A run: an init segment, then samples from a keyframe on without a hole."""

    def __init__(self, init: bytes) -> None:
        context = av.CodecContext.create("h264", "r")
        assert isinstance(context, VideoCodecContext)
        at = init.index(b"avcC")  # its box begins with its length, 4 bytes before
        context.extradata = init[at + 4 : at - 4 + int.from_bytes(init[at - 4 : at])]
        context.flags |= av.codec.context.Flags.low_delay
        context.thread_count = 1
        self._context = context

    def picture(self, sample: bytes) -> int:
        """The sum of the picture of the next sample. Raises ValueError when not exactly one comes out, and
        `av.FFmpegError`."""
        frames = self._context.decode(av.Packet(sample))
        if len(frames) != 1 or frames[0].is_corrupt:
            raise ValueError(f"{len(frames)} pictures of one sample, or a damaged one")
        return zlib.crc32(frames[0].to_ndarray().tobytes())


def save(reels: tuple[Reel, ...]) -> bytes:
    """For a process of ours: `load` trusts what it reads."""
    return pickle.dumps(reels)


def load(data: bytes) -> tuple[Reel, ...]:
    """What `save` wrote."""
    reels: tuple[Reel, ...] = pickle.loads(data)
    return reels
