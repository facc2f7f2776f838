"""Records of `streamer.video`: the bytes are the media itself, everything else travels in headers (design §3)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from .errors import Rejected
from .messages import UNREADABLE, FrameDescription, Media, encode

MAX_DESCRIPTION_BYTES = 8192
"""A description that encodes to more stays behind: its chunk has no such header."""

Headers = Sequence[tuple[str, bytes]]

_decode_description = msgspec.json.Decoder(FrameDescription).decode
_decode_media = msgspec.json.Decoder(Media).decode


class InitSegment(Struct, frozen=True):
    """ftyp+moov of a generation, needed before its first chunk."""

    epoch: int
    generation: int
    media: Media
    data: bytes


class Chunk(Struct, frozen=True):
    """One encoded frame as one CMAF chunk (moof+mdat)."""

    epoch: int
    seq: int  # from 0 within the epoch
    pts: int  # ticks of 1/90000 s
    duration: int  # ticks, > 0
    keyframe: bool  # an IDR: decoding can start here
    generation: int  # of the init segment it needs
    data: bytes
    description: FrameDescription | None = None  # on the chunk where a description begins
    gop: int = -1  # number of its keyframe in the life of the stream: rises by one, through every epoch; -1: not told


def to_headers(item: InitSegment | Chunk) -> list[tuple[str, bytes]]:
    """The record headers of an item; its value is `item.data`."""
    if isinstance(item, InitSegment):
        return [
            ("kind", b"init"),
            ("epoch", b"%d" % item.epoch),
            ("generation", b"%d" % item.generation),
            ("media", encode(item.media)),
        ]
    headers = [
        ("kind", b"chunk"),
        ("epoch", b"%d" % item.epoch),
        ("seq", b"%d" % item.seq),
        ("pts", b"%d" % item.pts),
        ("duration", b"%d" % item.duration),
        ("keyframe", b"%d" % item.keyframe),
        ("generation", b"%d" % item.generation),
        ("gop", b"%d" % item.gop),
    ]
    if item.description is not None:
        text = encode(item.description)
        if len(text) <= MAX_DESCRIPTION_BYTES:
            headers.append(("description", text))
    return headers


def from_record(headers: Headers, data: bytes) -> InitSegment | Chunk:
    """The item of a record. Raises `Rejected` naming the header that is missing or unreadable."""
    fields = dict(headers)
    try:
        epoch, generation = int(fields["epoch"]), int(fields["generation"])
        if fields["kind"] == b"init":
            return InitSegment(epoch, generation, _decode_media(fields["media"]), data)
        text = fields.get("description")
        return Chunk(
            epoch=epoch,
            seq=int(fields["seq"]),
            pts=int(fields["pts"]),
            duration=int(fields["duration"]),
            keyframe=fields["keyframe"] == b"1",
            generation=generation,
            data=data,
            description=_decode_description(text) if text else None,
            gop=int(fields.get("gop", b"-1")),
        )
    except KeyError as error:
        raise Rejected(f"a video record without the header {error}") from error
    except (ValueError, *UNREADABLE) as error:
        raise Rejected(f"a video record with an unreadable header: {error}") from error
