"""Films made by hand: a stream's records without a worker, and lines that swallow them at a given speed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streamer.broadcaster.channel import Channel
from streamer.broadcaster.line import Facts
from streamer.broadcaster.messages import ServerMessage
from streamer.broadcaster.wire import Outgoing, Packet
from streamer.media import cmaf
from streamer.messages import DirectorState, FrameDescription, Media, Outcome, WorkerState
from streamer.video import Chunk, InitSegment

FPS, TICKS = 24, 3750
MEDIA = Media(codec="avc1.42c015", width=64, height=64, fps=FPS, engine="sketch", backend="cpu")


def init(generation: int = 1, epoch: int = 5) -> InitSegment:
    box = b"init of generation %d" % generation
    return InitSegment(epoch, generation, MEDIA, (8 + len(box)).to_bytes(4, "big") + b"ftyp" + box)


def words(seq: int, epoch: int = 5, text: str = "") -> FrameDescription:
    return FrameDescription(
        epoch=epoch, seq=seq, shot=0, duration=2.0, text=text or f"description {seq}", prompt=f"wish of {epoch}"
    )


def chunk(
    seq: int,
    *,
    epoch: int = 5,
    pts: int | None = None,
    keyframe: bool | None = None,
    generation: int = 1,
    description: FrameDescription | None = None,
    size: int = 100,
    gop: int = FPS,
) -> Chunk:
    """A chunk that parses; its picture is nonsense. One keyframe in `gop` unless told."""
    keyframe = seq % gop == 0 if keyframe is None else keyframe
    pts = seq * TICKS if pts is None else pts
    picture, wall = bytes([seq % 256]) * size, 1.0 if keyframe else None
    data = cmaf.chunk(seq=seq, pts=pts, duration=TICKS, keyframe=keyframe, data=picture, wall=wall)
    return Chunk(epoch, seq, pts, TICKS, keyframe, generation, data, description)


def film(frames: int, *, epoch: int = 5, pts: int = 0, generation: int = 1, size: int = 100) -> Iterator[Chunk]:
    """`frames` chunks from seq 0, a description every two seconds."""
    for seq in range(frames):
        described = words(seq // 48, epoch) if seq % 48 == 0 else None
        yield chunk(seq, epoch=epoch, pts=pts + seq * TICKS, generation=generation, description=described, size=size)


def showing(frames: int = 0, **how: float) -> Channel:
    """A channel that has been sent so much of a film."""
    channel = Channel("main", **how)  # type: ignore[arg-type]
    channel.push(init(), 0.0)
    for item in film(frames):
        channel.push(item, 0.0)
    return channel


def directed(epoch: int = 5, status: str = "playing", *outcomes: Outcome, **facts: object) -> DirectorState:
    return DirectorState(epoch=epoch, status=status, prompt=f"wish of {epoch}", outcomes=outcomes, **facts)  # type: ignore[arg-type]


def worked(epoch: int = 5, status: str = "playing", **facts: object) -> WorkerState:
    return WorkerState(epoch=epoch, status=status, **facts)  # type: ignore[arg-type]


def kinds(messages: list[Outgoing]) -> list[str]:
    """What was sent, in short: `hello`, `init 1`, `description 0`, `5/24*` for a keyframe, `5/25` for another."""
    return [_kind(message) for message in messages]


def _kind(message: Outgoing) -> str:
    if isinstance(message, ServerMessage):
        name: str = message.__struct_config__.tag  # type: ignore[assignment]
        if name == "description":
            return f"description {message.description.seq}"  # type: ignore[attr-defined]
        return f"epoch {message.epoch}" if name == "epoch" else name  # type: ignore[attr-defined]
    assert isinstance(message, Packet)
    item = message.item
    if isinstance(item, InitSegment):
        return f"init {item.generation}"
    return f"{item.epoch}/{item.seq}" + ("*" if item.keyframe else "")


class FakeLine:
    """A connection that takes `bytes_per_second`, beginning at `now`; None: everything at once.

    What was written can be read back as the messages that a client would see.
    """

    def __init__(self, bytes_per_second: float | None = None) -> None:
        self.speed = bytes_per_second
        self.frames: list[bytes] = []
        self.waiting_bytes = 0.0
        self.most_bytes = 0.0  # that ever waited
        self.given_bytes = 0
        self.closed: tuple[int, str] | None = None
        self.closes: Callable[[], None] = lambda: None  # as a connection leaves its room

    def write(self, data: bytes, /) -> None:
        assert self.closed is None, "written to after a close"
        self.frames.append(data)
        self.given_bytes += len(data)
        if self.speed is not None:
            self.waiting_bytes += len(data)
            self.most_bytes = max(self.most_bytes, self.waiting_bytes)

    def flow(self, seconds: float) -> None:
        """Time passes; the peer reads."""
        self.waiting_bytes = max(0.0, self.waiting_bytes - (self.speed or 0.0) * seconds)

    def stall(self) -> None:
        """From now on the peer reads nothing."""
        self.speed = 0.0

    def backlog(self) -> int:
        return int(self.waiting_bytes)

    def unacked(self) -> int:
        return self.backlog()

    def facts(self) -> Facts:
        return Facts(taken=self.given_bytes - self.backlog())

    def beat(self, now: float) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self.closes()
