"""Files: a rendered film (`Mp4Writer`), and a recording of a live one (`Recording`)."""

from __future__ import annotations

import errno
import io
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from streamer.messages import TIMESCALE

from . import cmaf
from .encoder import YuvConverter, configure, exact_rate


class Mp4Writer:
    """A plain MP4 of pictures at a constant rate, index in front (faststart), encoded for quality, not for delay.

    Use it with `with`. It writes beside `path` and takes its place when all is done: leaving by an exception leaves
    what was there before. Raises OSError at once for a place that cannot be written.
    """

    def __init__(
        self, path: Path | str, width: int, height: int, fps: float, *, crf: float = 18.0, preset: str = "medium"
    ) -> None:
        self.path = Path(path)
        self.frames = 0  # written so far
        rate = exact_rate(fps)
        self._converter = YuvConverter(width, height)
        if self.path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self.path))
        self._part = self.path.with_name(f".{self.path.name}.part")
        self._part.touch()  # now, because PyAV opens the file with the first picture
        self._container = av.open(str(self._part), "w", format="mp4", options={"movflags": "faststart"})
        # A keyframe at least every 2 s keeps seeking quick.
        options = {"preset": preset, "crf": str(crf), "g": str(round(2 * rate))}
        self._stream = self._container.add_stream("libx264", rate=rate, options=options)
        configure(self._stream, width, height, rate)

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append a picture, uint8 (height, width, 3) RGB."""
        frame = self._converter.convert(picture)
        frame.pts, frame.time_base = self.frames, self._stream.codec_context.time_base
        self._container.mux(self._stream.encode(frame))
        self.frames += 1

    def close(self) -> None:
        """Flush the encoder, write the index, and take the place of `path`."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._part.replace(self.path)

    def __enter__(self) -> Mp4Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self._container.close()
            self._part.unlink(missing_ok=True)


class Recording:
    """A live film as MP4 files, without encoding it again.

    A file starts at the first keyframe that is seen and its time at 0. A new init segment with other bytes (another
    generation: size or codec changed) cannot stay in the same file: the next keyframe opens `film-2.mp4`, and so on. So
    does a film whose time goes back, as after the restart of a server that keeps nothing.
    While it grows a file is fragmented, so that what is recorded survives a crash; `close` turns it into a plain MP4.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.files: list[Path] = []  # begun so far
        self.frames = 0  # written so far, over all files
        self._init: bytes | None = None  # the newest init segment
        self._file: _File | None = None

    def init(self, data: bytes) -> None:
        """Take note of an init segment, which may be one that is known already."""
        if data != self._init:
            self._init = data
            self._finish()

    def chunk(self, data: bytes) -> bool:
        """Write one chunk; False when it cannot be used yet: no init segment or no keyframe so far.

        Raises `Rejected` when `data` is not a chunk.
        """
        info = cmaf.parse(data)
        if self._file is not None and info.pts < self._file.end:
            self._finish()
        if self._file is None:
            if self._init is None or not info.keyframe:
                return False
            number = len(self.files) + 1
            path = self.path if number == 1 else self.path.with_stem(f"{self.path.stem}-{number}")
            self._file = _File(path, self._init, info.pts)
            self.files.append(path)
        self._file.write(info)
        self.frames += 1
        return True

    @property
    def seconds(self) -> float:
        """Film time in the file that is being written."""
        return self._file.seconds if self._file else 0.0

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def close(self) -> None:
        """Finish the last file. Closing twice does nothing."""
        self._finish()

    def __enter__(self) -> Recording:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _File:
    """One MP4 of one generation."""

    def __init__(self, path: Path, init: bytes, start: int) -> None:
        self._start = self.end = start  # ticks
        self.seconds = 0.0
        self._container = av.open(
            str(path),
            "w",
            format="mp4",
            options={
                "movflags": "hybrid_fragmented+frag_keyframe",
                "video_track_timescale": str(TIMESCALE),
                "flush_packets": "1",  # a GOP is on disk as soon as the next one begins
            },
        )
        with av.open(io.BytesIO(init)) as template:
            self._stream: VideoStream = self._container.add_stream_from_template(template.streams.video[0])

    def write(self, info: cmaf.ChunkInfo) -> None:
        packet = av.Packet(info.data)
        packet.stream = self._stream
        packet.time_base = Fraction(1, TIMESCALE)
        packet.pts = packet.dts = info.pts - self._start
        packet.duration = info.duration
        packet.is_keyframe = info.keyframe
        self._container.mux(packet)
        self.end = info.pts + info.duration
        self.seconds = (self.end - self._start) / TIMESCALE

    def close(self) -> None:
        self._container.close()
