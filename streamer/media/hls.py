"""HTTP Live Streaming as text: which segments a playlist lists, and how it is written (RFC 8216). Pure.

A segment is one GOP, and its number is that of its GOP in the life of the stream, which travels in the chunk's record.
Hence every process that reads the same records names the same segments, and a player may ask another one each time.
Nothing here is counted: what a playlist says follows from the segments alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from streamer.errors import Rejected
from streamer.messages import TIMESCALE

from . import cmaf

VERSION = 7
"""Of the protocol: 6 is needed for EXT-X-MAP in a playlist of pictures that move (section 7)."""

LISTED = 4
"""Complete segments that a playlist has at least, once there are so many."""

LINGERING = 2
"""Complete segments that are kept and not listed any more: who has just read an older list still asks for them
(section 6.2.2)."""

MEDIA_TYPE = "application/vnd.apple.mpegurl"


@dataclass(frozen=True, slots=True)
class Segment:
    """A complete GOP as a playlist names it."""

    number: int  # the media sequence
    generation: int  # of the init segment that it needs
    ticks: int  # its length, of 1/90000 s
    wall: float | None  # unix seconds of its first picture, None where unknown
    uri: str
    init: str  # URI of its init segment

    @property
    def seconds(self) -> float:
        return self.ticks / TIMESCALE


def segment(init: bytes, chunks: Sequence[bytes | memoryview]) -> bytes:
    """The bytes of a segment: its chunks in a row, the keyframe's with the parameter sets in front of its picture.

    FFmpeg reads the init segment of a playlist's beginning and passes over those that come with a discontinuity, so
    that its decoder learns of a new size only by these. Other players have them twice, to the same effect.
    """
    keyframe, sets = chunks[0], _parameter_sets(init)
    if sets:
        info = cmaf.parse(bytes(keyframe))
        keyframe = cmaf.chunk(
            seq=info.seq,
            pts=info.pts,
            duration=info.duration,
            keyframe=info.keyframe,
            data=sets + info.data,
            wall=info.wall,
        )
    return b"".join((keyframe, *chunks[1:]))


@lru_cache(maxsize=64)
def _parameter_sets(init: bytes) -> bytes:
    """SPS and PPS of an init segment as a sample holds them; none of one that cannot be read, which is for players to
    judge."""
    try:
        config = cmaf.parse_init(init).config
    except Rejected:
        return b""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in (*config.sps, *config.pps))


def unbroken(segments: Sequence[Segment]) -> Sequence[Segment]:
    """The newest of them between which none is missing: numbers rise by one, which is all that a playlist can say."""
    first = len(segments) - 1
    while first > 0 and _follows(segments[first - 1], segments[first]):
        first -= 1
    return segments[max(0, first) :]


def _follows(one: Segment, other: Segment) -> bool:
    return other.number == one.number + 1 and other.generation >= one.generation


def window(segments: Sequence[Segment], *, ended: bool = False) -> Sequence[Segment]:
    """Those of the unbroken ones that are listed: all but the `LINGERING` oldest, `LISTED` at least; all of them when
    the film has ended, since nothing will push them out."""
    run = unbroken(segments)
    hidden = 0 if ended else min(LINGERING, max(0, len(run) - LISTED))
    return run[hidden:]


def target_duration(segments: Sequence[Segment]) -> int:
    """Seconds, the longest segment rounded (section 4.3.3.1); 1 where all are shorter."""
    return max((_rounded(segment.ticks) for segment in segments), default=1) or 1


def _rounded(ticks: int) -> int:
    """To the nearest second, halves up."""
    return (2 * ticks + TIMESCALE) // (2 * TIMESCALE)


def playlist(segments: Sequence[Segment], *, target: int, ended: bool = False, query: str = "") -> str:
    """A media playlist of segments in a row, at least one. `target`: EXT-X-TARGETDURATION in seconds, no less than
    `target_duration` of all segments listed before; `query` is appended to every URI."""
    first = segments[0]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(target, target_duration(segments))}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.number}",
        # Each generation is one discontinuity, also of those that are gone from the list (section 4.3.3.3).
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.generation}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    before: Segment | None = None
    for segment in segments:
        if before is not None:
            lines += ["#EXT-X-DISCONTINUITY"] * (segment.generation - before.generation)
        if before is None or segment.init != before.init:
            lines.append(f'#EXT-X-MAP:URI="{segment.init}{query}"')
        if segment.wall is not None:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.wall)}")
        lines += [f"#EXTINF:{segment.seconds:.5f},", segment.uri + query]
        before = segment
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _date(wall: float) -> str:
    return datetime.fromtimestamp(round(wall, 3), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
