"""A process that holds one connection to an RTMP or SRT server, and is told what to send on its standard input.

FFmpeg connects, shakes hands and says goodbye while it holds Python's global lock (`OutputContainer.start_encoding` of
PyAV 18): a server that accepts and says nothing would stop everything in its process, threads or not. Hence a process
of its own, which the kernel ends by SIGALRM when one call takes too long, whatever it hangs in.

Standard input: messages of msgpack behind their length in 4 bytes, an `Opening` and then `Sample`s, until it ends.
Standard output: "open", and "error: …" before it exits with 1.
"""

from __future__ import annotations

import errno
import io
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, BinaryIO
from urllib.parse import parse_qsl, urlsplit

import av
import msgspec
from av.container import OutputContainer
from av.video.stream import VideoStream

from .messages import TIMESCALE
from .relay import Sample
from .srt import PAYLOAD_BYTES, Sender

LENGTH = struct.Struct(">I")

_OPTIONS = {
    "flv": {"flvflags": "no_duration_filesize"},  # of a stream nobody goes back to write them
    "mpegts": {"mpegts_flags": "resend_headers"},
}


class Opening(msgspec.Struct, frozen=True, array_like=True):
    """Where to, and what."""

    url: str
    format: str
    init: bytes
    deadline: float  # seconds that the server may take for anything: to let us in, to take a frame, to say goodbye


class Outlet:
    """The connection. Everything blocks; errors are OSErrors."""

    def __init__(self, opening: Opening) -> None:
        self._sender: Sender | None = None
        place: Any = opening.url
        if opening.format == "mpegts":
            parts = urlsplit(opening.url)
            query = parse_qsl(parts.query, keep_blank_values=True)  # an empty passphrase is none: `Sender` says so
            options = {name: value for name, value in query if name != "mode"}
            place = self._sender = Sender(parts.hostname or "", parts.port or 0, options, timeout=opening.deadline / 2)
        self._container: OutputContainer = av.open(
            place, "w", format=opening.format, options=_OPTIONS[opening.format], buffer_size=PAYLOAD_BYTES
        )
        # The muxers convert by themselves: flv writes the avcC first, mpegts runs h264_mp4toannexb.
        with av.open(io.BytesIO(opening.init)) as template:
            self._stream: VideoStream = self._container.add_stream_from_template(template.streams.video[0])
        self._container.start_encoding()

    def write(self, sample: Sample) -> None:
        packet = av.Packet(sample.data)
        packet.stream = self._stream
        packet.time_base = Fraction(1, TIMESCALE)
        packet.pts = packet.dts = sample.pts
        packet.duration = sample.duration
        packet.is_keyframe = sample.keyframe
        self._container.mux(packet)

    def close(self) -> None:
        self._container.close()
        if self._sender is not None:
            self._sender.close()


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Ends the process when it takes longer."""
    if not hasattr(signal, "setitimer"):  # Windows: there only the other end watches over it
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _messages(source: BinaryIO) -> Iterator[bytes]:
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        (size,) = LENGTH.unpack(head)
        if len(data := source.read(size)) < size:
            return
        yield data


def main() -> int:
    """Exit status 0 when standard input ended and all was sent."""
    for name in ("SIGINT", "SIGHUP"):  # of the terminal, for all its processes: whoever started this one ends it
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    messages = _messages(sys.stdin.buffer)
    sample_of = msgspec.msgpack.Decoder(Sample).decode
    opening = msgspec.msgpack.decode(next(messages), type=Opening)
    av.logging.set_level(av.logging.ERROR)  # for `_why`; nothing is printed while it is captured
    try:
        with av.logging.Capture() as logs, _within(opening.deadline):
            outlet = Outlet(opening)
    except (OSError, av.error.FFmpegError) as error:
        print(f"error: {_why(error, [words for _, _, words in logs])}", flush=True)
        return 1
    av.logging.set_level(None)
    print("open", flush=True)
    try:
        for message in messages:
            with _within(opening.deadline):
                outlet.write(sample_of(message))
        with _within(opening.deadline):
            outlet.close()
    except (OSError, av.error.FFmpegError) as error:
        print(f"error: {_why(error, [])}", flush=True)
        return 1
    return 0


def _why(error: OSError | av.error.FFmpegError, logs: list[str]) -> str:
    """In words, and without the address, which holds the key."""
    told = [words.strip() for words in logs if "://" not in words]
    plain = str(getattr(error, "strerror", None) or error)
    if error.errno in (errno.EIO, errno.EPERM) and not told:  # FFmpeg's for whatever a server answered
        plain = "the server does not take it: is the address right, and the key?"
    if plain[1:2].islower():  # "Connection refused", and not "SRT …"
        plain = plain[:1].lower() + plain[1:]
    return ": ".join([plain, *told[-1:]])


if __name__ == "__main__":
    sys.exit(main())
