"""Chunks: one encoded frame as `[prft] moof mdat`, written here and read back here (ISO/IEC 14496-12, 23000-19).

FFmpeg's own fragment writer is a frame late by construction, so only `ftyp` and `moov` come from it (`encoder.py`).
The layout is fixed, 108 bytes around each sample, after go2rtc's fMP4 writer (pkg/iso): everything that describes the
one sample sits in tfhd's defaults, trun only says where its bytes begin.

    moof                          100
      mfhd  sequence_number        16   our `seq`
      traf                          8
        tfhd  duration size flags  28   default-base-is-moof
        tfdt  64 bit               20   our `pts`
        trun  data offset          20
    mdat                            8
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from streamer.errors import Rejected

from .h264 import AvcConfig, parse_avcc, parse_sps

TRACK = 1
"""The track's id: the muxer that writes the init segment numbers from 1."""

OVERHEAD_BYTES = 108
PRFT_BYTES = 32

KEY_FLAGS = 0x0200_0000  # sample_depends_on = 2: on no other
DELTA_FLAGS = 0x0101_0000  # sample_depends_on = 1, sample_is_non_sync_sample
_NON_SYNC = 0x0001_0000

_TFHD_FLAGS = 0x02_0000 | 0x08 | 0x10 | 0x20  # default-base-is-moof; default duration, size, flags are there
_TRUN_FLAGS = 0x01  # the data offset is there

_CHUNK = struct.Struct(
    ">I4s"  # moof
    "I4sII"  # mfhd: version and flags, sequence number
    "I4s"  # traf
    "I4sIIIII"  # tfhd: version and flags, track, duration, size, flags
    "I4sIQ"  # tfdt: version and flags, decode time
    "I4sIIi"  # trun: version and flags, count, data offset
    "I4s"  # mdat
)
_PRFT = struct.Struct(">I4sIIQQ")  # version and flags, track, NTP time, media time
_HEADER = struct.Struct(">I4s")
_SEQ_AT = 8 + 12  # bytes from the beginning of moof to mfhd's sequence number
_PTS_AT = 8 + 16 + 8 + 28 + 12  # and to tfdt's decode time

_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970
_MAX_SEQ, _MAX_SIZE = 0xFFFF_FFFF, 0xFFFF_FFFF - OVERHEAD_BYTES


def chunk(*, seq: int, pts: int, duration: int, keyframe: bool, data: bytes, wall: float | None = None) -> bytes:
    """The bytes of one chunk.

    `pts` and `duration` are ticks of 1/90000 s, `duration` at least 1 (Safari refuses 0); `data` is the sample with
    4-byte lengths before its NAL units; `wall` is the producer's clock in unix seconds (1970 to 2104),
    told in a `prft` box.
    """
    if not 0 <= seq <= _MAX_SEQ or not 0 <= pts < 1 << 64 or not 1 <= duration <= _MAX_SEQ:
        raise ValueError(f"a chunk needs 0 <= seq, pts and 1 <= duration below 2**32, got {seq=} {pts=} {duration=}")
    if not 0 < len(data) <= _MAX_SIZE:
        raise ValueError(f"a chunk holds one sample of 1 to {_MAX_SIZE} bytes, got {len(data)}")
    flags = KEY_FLAGS if keyframe else DELTA_FLAGS
    head = _CHUNK.pack(
        *(100, b"moof"),
        *(16, b"mfhd", 0, seq),
        *(76, b"traf"),
        *(28, b"tfhd", _TFHD_FLAGS, TRACK, duration, len(data), flags),
        *(20, b"tfdt", 0x0100_0000, pts),
        *(20, b"trun", _TRUN_FLAGS, 1, OVERHEAD_BYTES),
        *(8 + len(data), b"mdat"),
    )
    if wall is None:
        return head + data
    # Version 1 (64-bit media time), flags 0: the moment when the picture entered the encoder.
    return _PRFT.pack(PRFT_BYTES, b"prft", 0x0100_0000, TRACK, _to_ntp(wall), pts) + head + data


def _to_ntp(wall: float) -> int:
    seconds = int(wall)
    return (seconds + _NTP_EPOCH) % (1 << 32) << 32 | int((wall - seconds) * (1 << 32))


def _from_ntp(value: int) -> float:
    # RFC 5905, section 6: era 1 begins in February 2036, when the 32 bits of seconds run over.
    seconds = value >> 32
    if seconds < 1 << 31:
        seconds += 1 << 32
    return seconds - _NTP_EPOCH + (value & 0xFFFF_FFFF) / (1 << 32)


def wall(data: bytes | memoryview) -> float | None:
    """The producer's clock of one chunk of ours, unix seconds; None where it does not tell."""
    if len(data) < PRFT_BYTES or data[4:8] != b"prft":
        return None
    *_, ntp, _ = _PRFT.unpack_from(data)
    return _from_ntp(ntp)


def rebase(data: bytes | memoryview, *, seq: int, pts: int) -> bytes:
    """One chunk of ours with another number and time, both taken modulo their fields' size; the rest stays.

    For files that begin in the middle of a film: their time begins at 0, and their fragments count up through every
    epoch.
    """
    start = PRFT_BYTES if data[4:8] == b"prft" else 0
    head = bytearray(data[: start + OVERHEAD_BYTES])
    if len(head) < start + OVERHEAD_BYTES or head[start + 4 : start + 8] != b"moof":
        raise Rejected(f"{len(data)} bytes that are not one chunk of ours")
    if start:
        struct.pack_into(">Q", head, _PRFT.size - 8, pts % (1 << 64))
    struct.pack_into(">I", head, start + _SEQ_AT, seq % (1 << 32))
    struct.pack_into(">Q", head, start + _PTS_AT, pts % (1 << 64))
    return b"".join((head, data[start + OVERHEAD_BYTES :]))


@dataclass(frozen=True, slots=True)
class ChunkInfo:
    """A chunk, read back."""

    seq: int
    pts: int  # ticks of 1/90000 s
    duration: int  # ticks
    keyframe: bool
    data: bytes  # the sample
    wall: float | None = None  # unix seconds of the producer's clock


@dataclass(frozen=True, slots=True)
class BoxAt:
    """A box and where it lies: `data[start:end]`, its payload from `body` on."""

    kind: str  # "moof"
    start: int
    body: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[BoxAt]:
    """The boxes side by side in `data[start:end]`. Raises `Rejected` when a size does not fit."""
    end = len(data) if end is None else end
    while start < end:
        if end - start < 8:
            raise Rejected(f"{end - start} bytes at {start}, a box needs at least 8")
        size, kind = _HEADER.unpack_from(data, start)
        body = start + 8
        if size == 1 and end - start >= 16:  # a 64-bit size follows
            size, body = int.from_bytes(data[start + 8 : start + 16]), start + 16
        if not body - start <= size <= end - start:
            raise Rejected(f"box {kind!r} at {start} says {size} bytes, there are {end - start}")
        yield BoxAt(kind.decode("latin-1"), start, body, start + size)
        start += size


def parse(data: bytes) -> ChunkInfo:
    """Read exactly one chunk of ours. Raises `Rejected` with what was found instead."""
    found = list(chunks(data))
    if len(found) != 1:
        raise Rejected(f"expected one chunk, found {len(found)} in {len(data)} bytes")
    return found[0]


def chunks(data: bytes) -> Iterator[ChunkInfo]:
    """Read the chunks of a live stream or a file in order; whole init segments among them are passed over.

    Reads what `chunk` writes, and any fragment of one track with one sample whose description is in tfhd.
    """
    wall: float | None = None
    fragment: tuple[int, int, int, int, bool] | None = None
    for box in boxes(data):
        if box.kind == "prft":
            wall = _from_ntp(int.from_bytes(_payload(data, box, 24)[8:16]))
        elif box.kind == "moof":
            fragment = _fragment(data, box)
        elif box.kind == "mdat":
            if fragment is None:
                raise Rejected(f"mdat at {box.start} without a moof before it")
            seq, pts, duration, size, keyframe = fragment
            if box.end - box.body != size:
                raise Rejected(f"mdat at {box.start} holds {box.end - box.body} bytes, its moof says {size}")
            yield ChunkInfo(seq, pts, duration, keyframe, data[box.body : box.end], wall)
            wall = fragment = None
    if fragment is not None:
        raise Rejected(f"{len(data)} bytes end with a moof and no mdat")


def _payload(data: bytes, box: BoxAt, size: int) -> bytes:
    if box.end - box.body < size:
        raise Rejected(f"{box.kind} at {box.start} has {box.end - box.body} bytes of payload, expected {size}")
    return data[box.body : box.end]


def _fragment(data: bytes, moof: BoxAt) -> tuple[int, int, int, int, bool]:
    """(seq, pts, duration, size, keyframe) of a moof."""
    inside = {box.kind: box for box in boxes(data, moof.body, moof.end)}
    if "traf" in inside:
        inside |= {box.kind: box for box in boxes(data, inside["traf"].body, inside["traf"].end)}
    if missing := {"mfhd", "traf", "tfhd", "tfdt", "trun"} - inside.keys():
        raise Rejected(f"moof at {moof.start} without {', '.join(sorted(missing))}")
    (seq,) = struct.unpack_from(">4xI", _payload(data, inside["mfhd"], 8))
    how, _, duration, size, flags = struct.unpack_from(">IIIII", _payload(data, inside["tfhd"], 20))
    if how != _TFHD_FLAGS:
        raise Rejected(f"tfhd flags {how:#x}, expected {_TFHD_FLAGS:#x}: duration, size and flags of one sample")
    version, pts = struct.unpack_from(">IQ", _payload(data, inside["tfdt"], 12))
    if version >> 24 != 1:
        raise Rejected(f"tfdt version {version >> 24}, expected 1 (64 bit)")
    how, count, offset = struct.unpack_from(">IIi", _payload(data, inside["trun"], 12))
    if (how, count, offset) != (_TRUN_FLAGS, 1, moof.end - moof.start + 8):
        raise Rejected(f"trun {how:#x} with {count} samples at {offset}, expected 1 right behind mdat's header")
    return seq, pts, duration, size, not flags & _NON_SYNC


@dataclass(frozen=True, slots=True)
class InitInfo:
    """An init segment, read back."""

    timescale: int  # ticks per second of tfdt and durations
    width: int
    height: int
    codec: str  # RFC 6381, "avc1.64001f"
    live: bool  # neither mvhd nor mehd tells a duration, which is what players read as live
    config: AvcConfig


_CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "mvex"}


def parse_init(data: bytes) -> InitInfo:
    """Read an init segment (ftyp+moov, one H.264 track). Raises `Rejected` with what is missing or wrong."""
    found: dict[str, BoxAt] = {}

    def walk(start: int, end: int) -> None:
        for box in boxes(data, start, end):
            found.setdefault(box.kind, box)
            if box.kind in _CONTAINERS:
                walk(box.body, box.end)
            elif box.kind == "stsd":
                walk(box.body + 8, box.end)  # version and flags, entry count
            elif box.kind == "avc1":
                walk(box.body + 78, box.end)  # VisualSampleEntry

    walk(0, len(data))
    if missing := {"ftyp", "moov", "mvhd", "mdhd", "mvex", "avc1", "avcC"} - found.keys():
        raise Rejected(f"an init segment of {len(data)} bytes without {', '.join(sorted(missing))}")
    timescale, _ = _duration(data, found["mdhd"])
    _, duration = _duration(data, found["mvhd"])
    width, height = struct.unpack_from(">24xHH", _payload(data, found["avc1"], 78))
    try:
        config = parse_avcc(data[found["avcC"].body : found["avcC"].end])
        codec = parse_sps(config.sps[0]).codec
    except (ValueError, IndexError) as error:
        raise Rejected(f"an init segment with an unreadable avcC: {error}") from error
    return InitInfo(timescale, width, height, codec, duration == 0 and "mehd" not in found, config)


def _duration(data: bytes, box: BoxAt) -> tuple[int, int]:
    """(timescale, duration) of mvhd or mdhd, whose version 1 has 64-bit times."""
    payload = _payload(data, box, 20)
    if payload[0] == 1:
        timescale, duration = struct.unpack_from(">20xIQ", _payload(data, box, 32))
    else:
        timescale, duration = struct.unpack_from(">12xII", payload)
    return timescale, duration
