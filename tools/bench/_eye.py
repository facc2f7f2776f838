"""A viewer in a process of its own, for `tools.bench slow`: decodes all it is given and compares every picture.

    python -m tools.bench._eye HOST PORT SECONDS FILM BYTES_PER_SECOND

FILM is what the bench wrote (JSON): the checksum of each picture, which a decoder gives bit by bit. With
BYTES_PER_SECOND above 0 it reads no faster than that, through a small receive buffer. It acks once a second as a player
does. Prints JSON: `frames`, a list of [time.monotonic() of arrival, number, whether it decoded to the right picture].
"""

from __future__ import annotations

import json
import select
import socket
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import av

from streamer.media import cmaf

ASK = (
    b"GET /streams/main/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Eye:
    """Bytes in, judged frames out."""

    def __init__(self, film: dict[str, Any]) -> None:
        self.frames: list[tuple[float, int, bool]] = []
        self.told = 0  # messages that are no media
        self.pings = 0  # to be answered
        self._sums: list[int] = film["sums"]
        self._buffer = bytearray()
        self._decoder = opened(bytes.fromhex(film["avcc"]))
        self._open = False

    def feed(self, data: bytes, at: float) -> None:
        """What came at `at`."""
        self._buffer += data
        if not self._open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                raise RuntimeError(head.decode("latin-1"))
            self._buffer, self._open = rest, True
        while (message := self._message()) is not None:
            opcode, payload = message
            if opcode == 9:
                self.pings += 1
            elif opcode == 8:
                raise EOFError(f"closed: {payload[2:].decode()}")
            if opcode == 1:
                self.told += 1
            elif opcode == 2 and payload[4:8] != b"ftyp":
                info = cmaf.parse(payload)
                self.frames.append((at, info.seq, self._right(info)))

    def _message(self) -> tuple[int, bytes] | None:
        buffer, begin = self._buffer, 2
        if len(buffer) < 10:
            return None
        size = buffer[1]
        if size > 125:
            begin = 4 if size == 126 else 10
            size = int.from_bytes(buffer[2:begin])
        if len(buffer) < begin + size:
            return None
        opcode, payload = buffer[0] & 15, bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        return opcode, payload

    def _right(self, info: cmaf.ChunkInfo) -> bool:
        whole = info.keyframe or bool(self.frames and self.frames[-1][1] == info.seq - 1)
        try:
            pictures = self._decoder.decode(av.Packet(info.data))
        except av.FFmpegError:
            return False
        return whole and [checksum(picture) for picture in pictures] == [self._sums[info.seq % len(self._sums)]]


def opened(avcc: bytes) -> Any:
    """A decoder that holds nothing back."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = avcc
    decoder.flags |= av.codec.context.Flags.low_delay
    decoder.thread_count = 1
    return decoder


def checksum(picture: av.VideoFrame) -> int:
    """Of the luma plane."""
    return zlib.crc32(picture.planes[0])


PONG = bytes([0x8A, 0x80]) + bytes(4)
"""The empty answer to our server's empty pings, masked with zeros (RFC 6455, section 5.3, allows any mask)."""


def ack(pts: int) -> bytes:
    """A player's message, masked as well."""
    said = json.dumps({"type": "ack", "pts": pts, "path": "bench"}).encode()
    return bytes([0x81, 0x80 | len(said)]) + bytes(4) + said


def watch(host: str, port: int, seconds: float, film: dict[str, Any], speed: float) -> dict[str, Any]:
    """Look on for so long."""
    eye, end = Eye(film), "told to"
    sock = socket.socket()
    if speed:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1448)  # 64 kB, as on the loopback, would not fit
    sock.connect((host, port))
    sock.sendall(ASK)
    begun = acked = time.monotonic()
    allowed = read = 0.0
    try:
        while (now := time.monotonic()) < begun + seconds:
            if now - acked >= 1.0 and eye.frames:
                acked = now
                sock.sendall(ack(eye.frames[-1][1] * film["ticks"]) + PONG * eye.pings)
                eye.pings = 0
            if speed:
                allowed = min(allowed + speed * 0.01, read + 4096)  # never makes up for more than a moment
                time.sleep(0.01)
            if select.select([sock], [], [], 0.01)[0] and (not speed or allowed > read):
                data = sock.recv(65536 if not speed else int(allowed - read) + 1)
                if not data:
                    raise EOFError("the server hung up")
                read += len(data)
                eye.feed(data, time.monotonic())
    except EOFError as error:
        end = str(error)
    return {"frames": eye.frames, "told": eye.told, "end": end}


if __name__ == "__main__":
    _, host, port, seconds, path, speed = sys.argv
    print(json.dumps(watch(host, int(port), float(seconds), json.loads(Path(path).read_text()), float(speed))))
