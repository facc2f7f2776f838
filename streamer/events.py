"""What follows from watching: the messages of the viewer socket and its media, as Python sees them (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from .broadcaster.messages import DescriptionBegins, EpochBegins, Hello, PromptProgress, Refusal, StatusReport


@dataclass(frozen=True, slots=True)
class Init:
    """An init segment: `data` followed by chunks is a playable MP4."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """One frame."""

    epoch: int
    seq: int  # from 0 within the epoch
    pts: int  # ticks of 1/90000 s
    duration: int  # ticks
    keyframe: bool
    wall: float | None  # unix seconds when the picture was made; on keyframes
    sample: bytes  # H.264, with 4-byte lengths before its NAL units
    data: bytes  # the CMAF chunk itself


Told = Hello | EpochBegins | DescriptionBegins | StatusReport | PromptProgress | Refusal
"""What the server says in words."""

Event = Told | Init | Chunk
