"""A stream and those who watch it: what comes in for the one goes out to the others.

The loop over the live viewers is the hot path of the whole process (24 times a second for each of thousands), so it
does nothing but call each transport's own `write` with the same bytes: 85 to 90 % of its time is the kernel's send.
Everything conditional happens beside it, for the few viewers that are behind or skipping.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from streamer import metrics
from streamer.messages import DirectorState, Outcome, WorkerState
from streamer.video import Chunk, InitSegment

from .channel import Channel
from .listener import MOST_BYTES, Listener
from .messages import PromptProgress, ServerMessage, StatusReport
from .viewer import Viewer
from .wire import Outgoing, seal, text
from .wishes import Wishes

STATUS_INTERVAL = 5.0
"""Seconds from status to status when nothing changes."""

SENDS_KEPT = 256
"""Sends remembered, to tell how old the bytes are that wait for a viewer: four seconds at 60 frames a second."""


class Room:
    """`now` is the monotonic clock, `clock` unix seconds."""

    def __init__(self, stream: str, *, ring: float) -> None:
        self.channel = Channel(stream, ring)
        self.wishes = Wishes()
        self.viewers: dict[Viewer, None] = {}  # ordered, so that nobody is last for ever by chance of a hash
        self.guests: Counter[str] = Counter()  # who watch in other ways, by kind: "mp4", "hls", "mjpeg", …
        self._listeners: dict[Listener, None] = {}
        self._behind: set[Viewer] = set()
        self._skipping: set[Viewer] = set()
        self._writes: tuple[Callable[[bytes], None], ...] | None = None  # of the live viewers; None: to be made anew
        self._film: tuple[int, bytes] = (-1, b"")  # what a join sends after its hello, of a version of the channel
        self._sent: deque[tuple[float, int]] = deque(maxlen=SENDS_KEPT)  # (when, bytes sent to the live by then)
        self._sent_bytes = 0
        self._pushed_at = 0.0
        self._reported: StatusReport | None = None
        self._report_at = 0.0

    @property
    def known(self) -> bool:
        """Has anything been heard of the stream?"""
        channel = self.channel
        return bool(channel.director or channel.worker or channel.watchable)

    @property
    def empty(self) -> bool:
        """Is there neither a viewer nor anything to be known about the stream?"""
        return not (self.audience or self._listeners or self.known or self.wishes)

    @property
    def audience(self) -> int:
        """How many watch here, in whatever way."""
        return len(self.viewers) + self.guests.total()

    # Viewers

    def enter(self, viewer: Viewer, now: float, clock: float) -> None:
        """A new viewer."""
        self.viewers[viewer] = None
        self.channel.viewers = self.audience
        self._join(viewer, now, clock)

    def sweep(self, now: float, clock: float) -> None:
        """Once a second: what time alone brings about."""
        self.report(now, clock)
        for wish in self.wishes.sweep(now):
            self.tell(wish)
        # No keyframe comes while a film is held: who skipped before would never see its last picture.
        stands = now - self._pushed_at >= 1.0
        for viewer in list(self._skipping) if self.channel.joinable else ():
            if viewer.may_join(now, stands=stands):
                self._join(viewer, now, clock)
        for viewer in list(self.viewers):
            if viewer.too_slow(now):
                viewer.line.close(1013, "too slow for too long: see slow_limit")

    def leave(self, viewer: Viewer) -> None:
        """A viewer is gone. Leaving twice does nothing."""
        self.viewers.pop(viewer, None)
        self._behind.discard(viewer)
        self._skipping.discard(viewer)
        self._writes = None
        self.channel.viewers = self.audience

    def count(self, kind: str, more: int) -> None:
        """So many more (or, below 0, fewer) watch in a way that is not a viewer's."""
        self.guests[kind] += more
        self.channel.viewers = self.audience

    @contextmanager
    def listen(self, clock: float, *, most_bytes: int = MOST_BYTES) -> Iterator[Listener]:
        """Be given what viewers are sent, from the newest keyframe on, while the context lasts."""
        listener = Listener(most_bytes=most_bytes)
        listener.put(self.channel.join(clock), self.channel.mark)
        if not self.channel.joinable:
            listener.skipping = self.channel.mark._replace(init=-1, description=-1)
        self._listeners[listener] = None
        try:
            yield listener
        finally:
            del self._listeners[listener]

    def hide(self, viewer: Viewer) -> None:
        """It wants no media for now."""
        viewer.hide()
        self._skipping.discard(viewer)
        self._writes = None

    def rejoin(self, viewer: Viewer, now: float, clock: float) -> None:
        """It asks to begin anew: at once, or, when it asks too often, at the next keyframe."""
        if viewer.wants_join(now):
            self._join(viewer, now, clock)
        else:
            self._skipping.add(viewer)
            self._writes = None

    def congested(self, viewer: Viewer, now: float) -> None:
        """Its line took less than it was given. May be called from within a write."""
        viewer.congested(now)
        self._behind.add(viewer)

    def drained(self, viewer: Viewer) -> None:
        """Nothing waits for its line any more."""
        viewer.drained()
        self._behind.discard(viewer)

    # What comes from the bus

    def push(self, item: InitSegment | Chunk, now: float, clock: float) -> None:
        """A video record."""
        channel = self.channel
        before, epoch = channel.mark, channel.epoch
        news = channel.push(item, clock)
        if not news:
            for reason in channel.dropped:
                metrics.hidden_chunks.labels(reason).inc(channel.dropped[reason])
            channel.dropped.clear()
            return
        self._pushed_at = now
        for viewer in [v for v in self._behind if v.falls_behind(now, self._age(v.line.backlog(), now), before)]:
            self._skipping.add(viewer)
            self._writes = None
            metrics.skips.inc()
        self._send_live(news, now)
        for listener in self._listeners:
            if listener.skipping is None:
                listener.put(news, before)
            elif isinstance(item, Chunk) and item.keyframe:
                listener.go_on([*channel.since(listener.skipping, clock), news[-1]], before)
        if isinstance(item, Chunk) and item.keyframe and self._skipping:
            self._bring_back(news[-1], clock)
        if channel.epoch != epoch:
            self._tell_progress()
            self.report(now, clock)

    def direct(self, state: DirectorState | None, now: float, clock: float, *, quiet: bool = False) -> None:
        """The director's newest state. `quiet` while the past is read: nobody waits for that news."""
        self.channel.direct(state)
        if state is not None:
            told = self.wishes.learn(state.outcomes)
            self._tell_progress(() if quiet else told)
        self.report(now, clock)

    def refuse(self, outcomes: Iterable[Outcome]) -> None:
        """What became of wishes for a stream that never played."""
        self._tell_progress(self.wishes.learn(outcomes))

    def work(self, state: WorkerState | None, now: float, clock: float) -> None:
        """The worker's newest state."""
        self.channel.work(state)
        self._tell_progress()
        self.report(now, clock)

    # Words for everyone

    def report(self, now: float, clock: float) -> None:
        """Tell the status if it changed, or if it was last told `STATUS_INTERVAL` ago."""
        report = self.channel.report(clock)
        last = self._reported
        # The count changes with every join; a storm of joins must not become a storm of reports.
        changed = last is None or report != replace(last, viewers=report.viewers, clock=report.clock)
        if changed or now >= self._report_at:
            self._reported, self._report_at = report, now + STATUS_INTERVAL
            for listener in self._listeners:
                listener.put([report], self.channel.mark)
            self.tell(report)

    def accept(self, id: str, now: float) -> PromptProgress:
        """A wish is on its way to the director."""
        known = self.wishes.get(id)
        wish = self.wishes.accept(id, now)
        if known is None:
            self.tell(wish)
        return wish

    def tell(self, message: ServerMessage) -> None:
        """Send a text message to every viewer whose line is free; those behind learn it from the next one."""
        if not self.viewers:
            return
        data = text(message)
        for viewer in list(self.viewers):
            if not viewer.behind:
                viewer.line.write(data)

    # Inside

    def _join(self, viewer: Viewer, now: float, clock: float) -> None:
        channel = self.channel
        mark = channel.mark
        if channel.watchable and not channel.joinable:
            mark = mark._replace(init=-1, description=-1)  # only its hello is sent now
        viewer.joined(now, mark, live=channel.joinable)
        (self._skipping.discard if channel.joinable else self._skipping.add)(viewer)
        self._writes = None
        # The GOP so far is put together once for all who join between two chunks, in a storm of joins too.
        version, film = self._film
        hello, *rest = channel.join(clock)
        if version != channel.version:
            film = seal(rest) if rest else b""
            self._film = (channel.version, film)
        viewer.line.write(seal([hello]))
        if film:
            viewer.line.write(film)
        metrics.joins.inc()

    def _send_live(self, news: Iterable[Outgoing], now: float) -> None:
        writes = self._writes
        if writes is None:
            writes = self._writes = tuple(viewer.line.write for viewer in self.viewers if viewer.state == "live")
        data = seal(news)
        for write in writes:
            write(data)
        self._sent_bytes += len(data)
        self._sent.append((now, self._sent_bytes))
        metrics.sends.inc(len(writes))
        metrics.sent_bytes.inc(len(writes) * len(data))

    def _age(self, backlog_bytes: int, now: float) -> float:
        """How long ago the first of the last so many bytes was sent to everyone."""
        begin = now
        for at, end in reversed(self._sent):
            if end <= self._sent_bytes - backlog_bytes:
                break
            begin = at
        return now - begin

    def _bring_back(self, keyframe: Outgoing, clock: float) -> None:
        """Those who skipped and can take more go on with this keyframe, after what changed for each meanwhile."""
        for viewer in list(self._skipping):
            if viewer.comes_back():
                self._skipping.discard(viewer)
                self._writes = None
                viewer.line.write(seal([*self.channel.since(viewer.mark, clock), keyframe]))

    def _tell_progress(self, told: Iterable[PromptProgress] = ()) -> None:
        # One wish may both be directed and be on the screen by now: its last news is the one to tell.
        described = self.channel.description
        stand_in = described is not None and described.source == "fallback"
        shown = self.wishes.show(self.channel.settled_epoch, stand_in=stand_in)
        news = {wish.id: wish for wish in (*told, *shown)}
        for wish in news.values():
            self.tell(wish)
