"""What a stream looks like to those who watch it: the newest init segment, a ring of GOPs, words, status.

Pure: records and states go in, messages come out, time is an argument. Everyone who watches is at the same place of
the film, except those who are late; for them there is `Mark`, a memory of what they had been sent, and `since`, what
changed meanwhile.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import NamedTuple

from streamer.messages import TIMESCALE, DirectorState, FrameDescription, Media, WorkerState
from streamer.video import Chunk, InitSegment

from .messages import DescriptionBegins, EpochBegins, Hello, Status, StatusReport, StreamInfo
from .stall import Stall
from .wire import Outgoing, Packet

RING_BYTES = 32 << 20
"""Most bytes kept of one stream, whatever `ring` says: 6 s at 40 Mbit/s."""

SEGMENTS = 6
"""GOPs kept besides the one in progress, whatever `ring` says: HLS lists four, and whoever has just read an older list
still asks for the one before (RFC 8216, section 6.2.2)."""

AFTERGLOW = 60.0
"""Seconds for which they are kept of a film that has ended: an HLS player is some segments behind."""


class Mark(NamedTuple):
    """What a viewer has been sent: a number for each thing, which rises when it changes."""

    film: int  # 0: no film yet. Rises when all that came before is void
    init: int
    epoch: int
    description: int


@dataclass(slots=True)
class Gop:
    """A keyframe and the chunks that need it."""

    packets: list[Packet]
    description: DescriptionBegins | None  # the one being shown when it began
    begin: int  # ticks, pts of the keyframe
    end: int  # ticks, where its last chunk ends
    size_bytes: int
    number: int = 0  # in the life of the stream
    init: Packet | None = None  # what its chunks need


@dataclass
class Channel:
    """One stream. `ring` bounds its memory in seconds, `ring_bytes` in bytes; the newest GOP is always kept."""

    stream: str
    ring: float = 6.0
    ring_bytes: int = RING_BYTES

    viewers: int = 0  # who watch here
    elsewhere: int = 0  # who watch through other broadcasters; viewers are told the sum
    director: DirectorState | None = None
    worker: WorkerState | None = None
    gops: deque[Gop] = field(default_factory=deque)  # oldest first
    dropped: Counter[str] = field(default_factory=Counter)  # chunks not shown, by reason

    def __post_init__(self) -> None:
        self.mark = Mark(0, 0, 0, 0)
        self.wait = ""  # why there is no picture yet, in words
        self.epoch = 0  # of the newest chunk
        self.version = 0  # rises with every chunk shown
        self._stall = Stall()
        self._init: Packet | None = None
        self._coming: Packet | None = None  # an init segment whose keyframe has not come yet
        self._description: DescriptionBegins | None = None
        self._begins: EpochBegins | None = None
        self._next_seq = -1  # -1: only a keyframe will do
        self._next_pts = 0
        self._size_bytes = 0
        self._number = -1  # of the newest GOP
        self._ended_at: float | None = None  # when a tick first saw that the film has ended
        self._ended_long_ago = False  # `AFTERGLOW` ago

    # What goes in

    def direct(self, state: DirectorState | None) -> None:
        """The director's newest state."""
        self.director = state

    def work(self, state: WorkerState | None) -> None:
        """The worker's newest state. Its init segment counts, for a film that began before this process did."""
        self.worker = state
        if state is not None and state.init and state.media is not None:
            self._announce(InitSegment(state.epoch, state.generation, state.media, state.init))
        self._trim()

    def forget(self) -> None:
        """The film is over for good: nothing of it is shown to anyone who comes."""
        self.gops.clear()
        self._size_bytes = 0
        self._init = self._coming = self._description = None
        self._next_seq = -1
        self.version += 1

    def push(self, item: InitSegment | Chunk, clock: float) -> list[Outgoing]:
        """Take a record of the stream. Returns what those who have seen all before it are to be sent, in order.

        Empty for an init segment (it goes out before the keyframe that needs it) and for a chunk that is not shown:
        of an older epoch, seen before, or not decodable because something before it is missing.
        """
        if isinstance(item, InitSegment):
            self._announce(item)
            return []
        if reason := self._refusal(item):
            self.dropped[reason] += 1
            return []
        before = self.mark
        packet = Packet(item)
        self._enter(item)
        if item.keyframe:
            self._number = item.gop if item.gop >= 0 else self._number + 1
            self.gops.append(Gop([], self._description, item.pts, item.pts, 0, self._number, self._init))
        self._keep(item, packet)
        self._next_seq = item.seq + 1
        self._next_pts = item.pts + item.duration
        self.version += 1
        self._stall.over()
        self._trim()
        return [*self.since(before, clock), packet]

    def tick(self, now: float) -> None:
        """Once a second, on a clock that never jumps: does a film that should play stand still, has one ended?"""
        standing, _ = self._standing()
        if standing != "ended":
            self._ended_at, self._ended_long_ago = None, False
        elif self._ended_at is None:
            self._ended_at = now
        elif now - self._ended_at >= AFTERGLOW:
            self._ended_long_ago = True
            self._trim(only_newest=True)
        playing = self.director is not None and self.director.status == "playing" and standing == "playing"
        self._stall.look(now, self.version, playing, self._longest_frame)

    # What comes out

    def join(self, clock: float) -> list[Outgoing]:
        """What a newcomer is sent: hello, and if there is a film, all that is needed to be where everyone is."""
        messages: list[Outgoing] = [self.hello(clock)]
        if not self.joinable or self._init is None:
            return messages
        gop = self.gops[-1]
        messages.append(self._init)
        if gop.description is not None:
            messages.append(gop.description)
        for packet in gop.packets:
            begins = _begins(packet)
            if begins is not None and begins != gop.description:
                messages.append(begins)
            messages.append(packet)
        return messages

    def since(self, mark: Mark, clock: float) -> list[Outgoing]:
        """What a viewer who had been sent everything up to `mark` needs before the newest keyframe."""
        if mark.film != self.mark.film:
            news: list[Outgoing | None] = [self.hello(clock), self._init, self._description]
        else:
            news = [
                self._init if mark.init != self.mark.init else None,
                self._begins if mark.epoch != self.mark.epoch else None,
                self._description if mark.description != self.mark.description else None,
            ]
        return [message for message in news if message is not None]

    def beginning(self, share: float) -> list[Packet]:
        """The newest GOP so far, while that is less than so much of the time of the one before; else nothing."""
        if not self.joinable:
            return []
        newest, before = self.gops[-1], self.gops[-2] if len(self.gops) > 1 else None
        if len(newest.packets) > 1 and (
            before is None or newest.end - newest.begin > share * (before.end - before.begin)
        ):
            return []
        return newest.packets

    @property
    def watchable(self) -> bool:
        """Has there been a picture?"""
        return bool(self.gops)

    @property
    def joinable(self) -> bool:
        """Can a newcomer start at once? Else it waits for the next keyframe."""
        return bool(self.gops and self.gops[-1].packets)

    @property
    def stalled(self) -> bool:
        """Should it play, and nothing new comes?"""
        return self._stall.stands

    @property
    def finished(self) -> bool:
        """Has the film ended, its last picture being here? What has not come `AFTERGLOW` later does not."""
        director, worker = self.director, self.worker
        if self._standing()[0] != "ended":
            return False
        # A stop is told by the director before the worker has heard of it, and that draws on meanwhile.
        drawn = worker is None or (worker.status == "ended" and (director is None or worker.epoch >= director.epoch))
        return self._ended_long_ago or (drawn and self.complete)

    @property
    def complete(self) -> bool:
        """Is every picture here of which the worker's newest state tells?"""
        worker = self.worker
        if worker is None or self.reached(worker.epoch, worker.seq):
            return True
        # After a stop it is at frame 0 of an epoch that has no picture: time tells, which goes on through epochs.
        return worker.seq == 0 and self._next_pts >= worker.pts

    def reached(self, epoch: int, seq: int) -> bool:
        """Is frame `seq` of `epoch` the next one to come, or behind us?"""
        return (self.epoch, self._next_seq) >= (epoch, seq)

    @property
    def description(self) -> FrameDescription | None:
        """What is being shown, in words."""
        return self._description.description if self._description else None

    @property
    def media(self) -> Media | None:
        """How the film is encoded, None before there is one."""
        item = self._init.item if self._init else None
        return item.media if isinstance(item, InitSegment) else None

    @property
    def prompt(self) -> str:
        """The words that the film follows."""
        if self.director is not None:
            return self.director.prompt
        return self.description.prompt if self.description else ""

    @property
    def audience(self) -> int:
        """How many watch, through whatever broadcaster."""
        return self.viewers + self.elsewhere

    @property
    def note(self) -> str:
        """What people should know of the director; "" when all is well."""
        return self.director.note if self.director is not None else ""

    @property
    def settled_epoch(self) -> int:
        """The newest epoch that a viewer can be said to see: its picture is there, or it has none (a stop)."""
        epoch = self.epoch
        status, _ = self.status()
        if status == "ended":
            epoch = max(epoch, self.director.epoch if self.director else 0, self.worker.epoch if self.worker else 0)
        return epoch

    def status(self) -> tuple[Status, str]:
        """(status, reason). A hold shows at once, an end when the last picture is there. A film that stands still
        waits, its last picture being held: players do not take it away."""
        status, reason = self._standing()
        if status == "playing" and self.stalled:
            return "waiting", self._stall.words(self.wait)
        return status, reason

    def _standing(self) -> tuple[Status, str]:
        """As `status`, for those who do not look at the clock."""
        director, worker = self.director, self.worker
        if director is not None and director.status == "held":
            return "held", director.reason
        if director is not None and director.status == "ended":
            finishing = worker is not None and worker.status != "ended" and director.published > 0
            if not finishing:
                return "ended", director.reason
        elif director is None and worker is not None and worker.status != "playing":
            return worker.status, worker.reason
        return ("playing", "") if self.watchable else ("waiting", self.wait)

    def report(self, clock: float) -> StatusReport:
        """The status message."""
        status, reason = self.status()
        return StatusReport(
            status=status, reason=reason, viewers=self.audience, prompt=self.prompt, clock=clock, note=self.note
        )

    def hello(self, clock: float) -> Hello:
        """The hello message."""
        status, reason = self.status()
        media = self.media or Media(codec="", width=0, height=0, fps=0.0, engine="")
        return Hello(
            stream=self.stream,
            status=status,
            reason=reason,
            epoch=self.epoch,
            generation=self._init.item.generation if self._init else 0,
            codec=media.codec,
            width=media.width,
            height=media.height,
            fps=media.fps,
            engine=media.engine,
            backend=media.backend,
            director=self.director.director if self.director else "",
            prompt=self.prompt,
            viewers=self.audience,
            clock=clock,
            note=self.note,
        )

    def info(self) -> StreamInfo:
        """The stream as the REST API shows it."""
        status, reason = self.status()
        director, worker = self.director, self.worker
        lead = director.published if director else 0.0
        if director and worker and worker.epoch == director.epoch:
            lead = max(0.0, director.published - worker.rendered)
        return StreamInfo(
            stream=self.stream,
            status=status,
            reason=reason,
            epoch=self.epoch,
            prompt=self.prompt,
            viewers=self.audience,
            director=director.director if director else "",
            media=self.media or (worker.media if worker else None),
            description=self.description,
            lead=round(lead, 3),
            note=self.note,
        )

    # Inside

    def _announce(self, item: InitSegment) -> None:
        """Keep an init segment until a keyframe needs it. It is written again every minute: same bytes, no news."""
        newest = self._coming or self._init
        if newest is not None:
            if (item.epoch, item.generation) < (newest.item.epoch, newest.item.generation):
                return
            if item.generation == newest.item.generation and item.data == newest.payload:
                return
        self._coming = Packet(item)

    def _init_for(self, chunk: Chunk) -> Packet | None:
        """The init segment that a chunk needs, None when it has not come."""
        candidates = (self._coming, self._init) if chunk.keyframe else (self._init,)
        for packet in candidates:
            if packet is not None and packet.item.generation == chunk.generation:
                return packet
        return None

    def _refusal(self, chunk: Chunk) -> str:
        """Why a chunk is not shown, "" when it is. After a hole only a keyframe will do, since `_next_seq` stays."""
        if chunk.epoch < self.epoch:
            return "older epoch"
        if chunk.epoch == self.epoch and chunk.seq < self._next_seq:
            return "seen before"
        if not chunk.keyframe and (chunk.epoch, chunk.seq) != (self.epoch, self._next_seq):
            return "no keyframe before it"
        if self._init_for(chunk) is None:
            return "no init segment"
        return ""

    def _enter(self, chunk: Chunk) -> None:
        """Move on to where `chunk` is: film, init segment, epoch, description."""
        mark = self.mark
        if not self.gops or chunk.pts < self._next_pts:
            # The first picture; or time went back, which only a worker that lost its state can do.
            mark = mark._replace(film=mark.film + 1)
            self.gops.clear()
            self._size_bytes = 0
            self._description = None
        init = self._init_for(chunk)
        if init is not self._init:
            self._init, self._coming = init, None
            mark = mark._replace(init=mark.init + 1)
        if chunk.epoch != self.epoch:
            self.epoch = chunk.epoch
            words = chunk.description.prompt if chunk.description else ""
            if not words and self.director is not None and self.director.epoch == chunk.epoch:
                words = self.director.prompt
            self._begins = EpochBegins(epoch=chunk.epoch, pts=chunk.pts, prompt=words)
            mark = mark._replace(epoch=mark.epoch + 1)
        if chunk.description is not None:
            self._description = DescriptionBegins(pts=chunk.pts, description=chunk.description)
            mark = mark._replace(description=mark.description + 1)
        self.mark = mark

    def _keep(self, chunk: Chunk, packet: Packet) -> None:
        """Add a chunk to the newest GOP. One that outgrows the ring alone is no longer kept, nor joined with."""
        gop = self.gops[-1]
        gop.end = chunk.pts + chunk.duration
        if not chunk.keyframe and not gop.packets:
            return
        gop.packets.append(packet)
        gop.size_bytes += len(packet.wire)
        self._size_bytes += len(packet.wire)
        if gop.size_bytes > self.ring_bytes:
            self._size_bytes -= gop.size_bytes
            gop.size_bytes = 0
            gop.packets.clear()

    def _longest_frame(self) -> float:
        """Seconds, in the newest two GOPs; 0 where nothing of them is kept."""
        packets = [packet for gop in list(self.gops)[-2:] for packet in gop.packets]
        return max((p.item.duration for p in packets if isinstance(p.item, Chunk)), default=0) / TIMESCALE

    @property
    def _ended(self) -> bool:
        return self.worker is not None and self.worker.status == "ended"

    def _trim(self, *, only_newest: bool = False) -> None:
        """Let go of the oldest GOPs until what is left fits, always keeping the newest: of a film that ended some time
        ago it is all that can still be asked for."""
        most = 0 if only_newest or self._ended else self.ring * TIMESCALE
        fewest = 1 if only_newest else 1 + SEGMENTS
        while len(self.gops) > 1:
            oldest, following, newest = self.gops[0], self.gops[1], self.gops[-1]
            short = newest.end - following.begin < most or len(self.gops) <= fewest
            if short and self._size_bytes <= self.ring_bytes:
                break
            self._size_bytes -= oldest.size_bytes
            self.gops.popleft()


def _begins(packet: Packet) -> DescriptionBegins | None:
    """The description that begins with a packet."""
    item = packet.item
    if isinstance(item, Chunk) and item.description is not None:
        return DescriptionBegins(pts=item.pts, description=item.description)
    return None
