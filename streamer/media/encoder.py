"""Pictures in, H.264 samples out: exactly one for one, in order, without delay.

Everything a player relies on is checked when an encoder opens or at the frame that breaks it, never assumed: no
reordering in the SPS (a decoder that must expect B-frames holds pictures back, Chromium on some hardware 16 of them),
a live init segment with our timescale, one sample for one picture.
"""

from __future__ import annotations

import io
import struct
import threading
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from streamer.messages import TIMESCALE

from . import cmaf
from .h264 import DELIMITER, PPS_UNIT, SEI, SPS_UNIT, parse_sps, split_annex_b, unit_type

_LEFT_OUT = {SEI, SPS_UNIT, PPS_UNIT, DELIMITER}
"""Parameter sets stand in the init segment; x264's only SEI is 600 bytes about itself in front of its first picture."""

_MOVFLAGS = "empty_moov+default_base_moof+frag_custom"

_LENGTH = struct.Struct(">I")


class EncoderError(Exception):
    """The encoder does not keep a promise that players rely on. The message says which, with what it did instead."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One encoded picture."""

    data: bytes  # NAL units, each with its length in 4 bytes before it; no parameter sets
    keyframe: bool  # an IDR: decoding can start here


class YuvConverter:
    """RGB pictures to 8-bit 4:2:0 frames in BT.709, limited range: what `colour` tells decoders to undo.

    0.9 ms for 512x512 on one 2.5 GHz core, because the picture's own memory is read: it must not change meanwhile.
    """

    def __init__(self, width: int, height: int) -> None:
        self._shape = (height, width, 3)
        self._reformatter = VideoReformatter()

    def convert(self, picture: NDArray[np.uint8]) -> av.VideoFrame:
        """`picture` is uint8 (height, width, 3). Raises ValueError when it is not."""
        if picture.shape != self._shape or picture.dtype != np.uint8:
            raise ValueError(f"a picture of {picture.shape} {picture.dtype}, expected {self._shape} uint8")
        return self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(picture), format="rgb24"),
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BILINEAR,
            threads=1,  # swscale's own threads cost more than they save below 1080p
        )


def configure(stream: VideoStream, width: int, height: int, rate: Fraction) -> None:
    """Size, clock and colour of an H.264 stream, the same for live film and files."""
    if width < 16 or height < 16 or width % 2 or height % 2:
        raise ValueError(f"a film of {width}x{height}: width and height must be even and at least 16 (4:2:0)")
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / rate
    context.color_range = ColorRange.MPEG
    context.colorspace = Colorspace.ITU709
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709


def exact_rate(fps: float) -> Fraction:
    """Frames per second as a fraction: 24.0 → 24, 29.97 → 30000/1001, 12.5 → 25/2. Raises ValueError outside 1..240."""
    if not 1 <= fps <= 240:
        raise ValueError(f"{fps} frames per second, expected 1 to 240")
    broadcast = Fraction(round(fps * 1.001) * 1000, 1001)  # 23.976, 29.97, 59.94 are what people write for these
    if fps != round(fps) and abs(broadcast - Fraction(fps)) < 0.005:
        return broadcast
    return Fraction(fps).limit_denominator(1000)


class Encoder:
    """H.264 by libx264, tuned for one thing: picture n comes out before picture n+1 goes in.

    Keyframes appear where they are asked for, and at the first picture, nowhere else. Blocks for some milliseconds a
    picture. Equal settings give equal `init` bytes. Holds 7 MB at 512x512 and 1.5 MB at 128x128 until it is closed,
    nearly all of it libx264's own.
    """

    init: bytes  # ftyp+moov
    codec: str  # RFC 6381, "avc1.64001f"

    def __init__(
        self,
        width: int,
        height: int,
        fps: float = 24.0,
        *,
        bitrate: int | None = None,  # bits per second, never exceeded over a second; None: no cap
        crf: float = 23.0,  # quality where the cap allows it: 18 looks perfect, 28 is rough
        preset: str = "superfast",
    ) -> None:
        rate = exact_rate(fps)
        options = {
            "preset": preset,
            "tune": "zerolatency",
            "crf": str(crf),
            "forced-idr": "1",  # an asked-for I picture is an IDR
            "threads": "1",  # sliced threads cost bits, and the second core has the next stream to draw
            "x264-params": "keyint=infinite:min-keyint=1:scenecut=0",
        }
        if bitrate is not None:
            options |= {"maxrate": str(bitrate), "bufsize": str(bitrate)}
        file = io.BytesIO()
        muxing = {"movflags": _MOVFLAGS, "video_track_timescale": str(TIMESCALE)}
        with av.open(file, "w", format="mp4", options=muxing) as container:
            stream = container.add_stream("libx264", rate=rate, options=options)
            configure(stream, width, height, rate)
            container.start_encoding()  # writes ftyp+moov, before any picture
            self.init = file.getvalue()
            context = stream.codec_context  # outlives the muxer, which has done what it is for
        self._open: tuple[VideoCodecContext, YuvConverter] | None = context, YuvConverter(width, height)
        self._next = 0
        self._busy = threading.Lock()  # a close from elsewhere waits for the picture in hand
        self.codec = self._checked_codec()

    def _checked_codec(self) -> str:
        info = cmaf.parse_init(self.init)
        if info.timescale != TIMESCALE or not info.live:
            raise EncoderError(f"the muxer wrote timescale {info.timescale}, live={info.live}; not {TIMESCALE}, True")
        if info.config.length_bytes != 4:
            raise EncoderError(f"the muxer announced lengths of {info.config.length_bytes} bytes, expected 4")
        sps = parse_sps(info.config.sps[0])
        if sps.reorder_frames != 0:
            raise EncoderError(f"the SPS says max_num_reorder_frames {sps.reorder_frames}, not 0: decoders would wait")
        return sps.codec

    def encode(self, picture: NDArray[np.uint8], keyframe: bool = False) -> Sample:
        """The sample of `picture`, uint8 (height, width, 3) RGB; an IDR if asked for, and always the first one."""
        with self._busy:
            return self._encode(picture, keyframe)

    def _encode(self, picture: NDArray[np.uint8], keyframe: bool) -> Sample:
        if self._open is None:
            raise EncoderError(f"picture {self._next} comes after the encoder was closed; open a new one")
        context, converter = self._open
        asked = keyframe or self._next == 0
        frame = converter.convert(picture)
        # The encoder sees a constant rate; real times are in the chunk, and change when the engine is slow.
        frame.pts, frame.time_base = self._next, context.time_base
        frame.pict_type = PictureType.I if asked else PictureType.NONE
        packets = context.encode(frame)
        if len(packets) != 1 or packets[0].pts != self._next:
            raise EncoderError(f"{len(packets)} packets for picture {self._next}, expected exactly its own")
        (packet,) = packets
        if packet.is_keyframe != asked:
            raise EncoderError(f"picture {self._next} came out with keyframe={packet.is_keyframe}, asked for {asked}")
        self._next += 1
        return Sample(length_prefixed(bytes(packet)), asked)

    def close(self) -> None:
        """Free the encoder. What it wrote stays valid; it encodes no more. Closing twice does nothing."""
        with self._busy:
            self._open = None  # libx264 has no other way to be closed than that nobody refers to it


def length_prefixed(data: bytes) -> bytes:
    """An Annex-B packet as an MP4 sample: 4-byte lengths, parameter sets and delimiters left out."""
    parts: list[bytes] = []
    for unit in split_annex_b(data):
        if unit and unit_type(unit) not in _LEFT_OUT:
            parts += (_LENGTH.pack(len(unit)), unit)
    return b"".join(parts)
