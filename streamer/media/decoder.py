"""Pictures from chunks: one decoder that takes what a viewer is sent, one picture out for each chunk in (blocking)."""

from __future__ import annotations

import io
from fractions import Fraction

import av
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from streamer.errors import Rejected
from streamer.messages import TIMESCALE

from . import cmaf


class Decoder:
    """Begins with an init segment and a keyframe; before them, and after a chunk that is damaged, nothing comes out."""

    def __init__(self) -> None:
        self._init: bytes | None = None
        self._context: VideoCodecContext | None = None

    def init(self, data: bytes) -> None:
        """Take note of an init segment, which may be one that is known already. Raises `Rejected` when it is none."""
        if data == self._init:
            return
        try:
            with av.open(io.BytesIO(data)) as template:
                described = template.streams.video[0].codec_context
                context = av.CodecContext.create(described.name, "r")
                context.extradata = described.extradata
        except (av.FFmpegError, IndexError) as error:
            raise Rejected(f"an init segment that cannot be read: {error}") from error
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1  # frame threads would hold pictures back
        context.flags |= Flags.low_delay
        self._init, self._context, self._broken = data, context, True

    def chunk(self, data: bytes) -> VideoFrame | None:
        """The picture of a chunk, with its pts in ticks; None where it cannot be decoded. Raises `Rejected` when `data`
        is not a chunk."""
        info = cmaf.parse(data)
        if self._context is None or (self._broken and not info.keyframe):
            return None
        if self._broken:
            self._context.flush_buffers()
        packet = av.Packet(info.data)
        packet.pts = packet.dts = info.pts
        packet.time_base = Fraction(1, TIMESCALE)
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            frames = []
        self._broken = not frames
        return frames[-1] if frames else None


class JpegEncoder:
    """JPEG files of pictures. `quality` is FFmpeg's quantiser, 2 (best) to 31. Keeps an encoder for each size."""

    SIZES = 4
    """Encoders kept: whole pictures, thumbnails, and those of the generation before."""

    def __init__(self, quality: int = 4) -> None:
        self._quality = quality
        self._converter = VideoReformatter()
        self._contexts: dict[tuple[int, int], VideoCodecContext] = {}

    def encode(self, frame: VideoFrame, width: int | None = None) -> bytes:
        """The picture, at most `width` pixels wide, its proportions kept."""
        wide = min(width or frame.width, frame.width)
        # The chroma of 4:2:0 has half the size, so that it must be even.
        size = max(2, wide // 2 * 2), max(2, round(frame.height * wide / frame.width / 2) * 2)
        context = self._contexts.pop(size, None) or self._open(*size)
        self._contexts[size] = context
        while len(self._contexts) > self.SIZES:
            self._contexts.pop(next(iter(self._contexts)))
        picture = self._converter.reformat(
            frame,
            *size,
            format="yuvj420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU601,  # JFIF knows no other
            src_color_range=ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        picture.pts = None
        return b"".join(bytes(packet) for packet in context.encode(picture))

    def _open(self, width: int, height: int) -> VideoCodecContext:
        context = av.CodecContext.create("mjpeg", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height, context.pix_fmt = width, height, "yuvj420p"
        context.time_base = Fraction(1, TIMESCALE)
        context.options = {"qmin": str(self._quality), "qmax": str(self._quality)}
        context.thread_count = 1
        return context
