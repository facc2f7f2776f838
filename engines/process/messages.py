"""What the two processes say to each other: plain dataclasses, pickled, over a pair of sockets that nobody else has.

The parent asks, one thing at a time; the child answers each with `Done` (`Ready` to the first), or `Failed`. Before
that it may say what it is at, and while it prepares it says every `Start.beat` seconds that it is alive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from engines.base import FrameSpec, Shot

Kind = Literal["engine", "memory", "frame", "lost"]
"""Of a failure: EngineError, OutOfMemory, NotDrawn; "lost": nobody knows, and this process is not to be asked again."""


@dataclass(frozen=True, slots=True)
class Start:
    """Make the engine and prepare it. Comes first, and once."""

    factory: str  # "module:callable", called with `options`
    options: Any
    smaller: int  # times that `factory.smaller(options)` is to make do with less memory
    beat: float  # seconds
    level: int  # of the log


@dataclass(frozen=True, slots=True)
class Open:
    """Open a session, and let it go on from `snapshot` if there is one."""

    session: int
    shot: Shot
    snapshot: bytes


@dataclass(frozen=True, slots=True)
class Restore:
    session: int
    snapshot: bytes


@dataclass(frozen=True, slots=True)
class Render:
    """Draw; the picture of job n goes into slot n."""

    jobs: tuple[tuple[int, FrameSpec], ...]


@dataclass(frozen=True, slots=True)
class Close:
    session: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Free everything and end, without an answer."""


@dataclass(frozen=True, slots=True)
class Said:
    words: str


@dataclass(frozen=True, slots=True)
class Alive:
    pass


@dataclass(frozen=True, slots=True)
class Ready:
    name: str
    backend: str


@dataclass(frozen=True, slots=True)
class Done:
    counts: dict[str, int] = field(default_factory=dict)  # Engine.counts
    snapshots: dict[int, bytes] = field(default_factory=dict)  # of sessions that just drew, once a second each


@dataclass(frozen=True, slots=True)
class Failed:
    kind: Kind
    words: str
    smaller: bool = False  # of "memory": the engine can make do with less


Request = Open | Restore | Render | Close | Stop
Answer = Said | Alive | Ready | Done | Failed
