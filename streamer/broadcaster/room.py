"""A stream and those who watch it: what comes in for the one goes out to the others.

The loop over the live viewers is the hot path of the whole process (24 times a second for each of thousands), so it
does nothing but call each transport's own `write` with the same bytes: 85 to 90 % of its time is the kernel's send.
Everything conditional happens beside it, for the few viewers that are watched: those for which something waits in this
process, those whose line a look once a second found late, and for a while those who have skipped.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from msgspec.structs import replace

from streamer import metrics
from streamer.messages import DirectorState, Outcome, WorkerState
from streamer.video import Chunk, InitSegment

from .channel import Channel, Mark
from .listener import MOST_BYTES, Listener
from .messages import PromptProgress, ServerMessage, StatusReport
from .pace import Pace
from .viewer import PATIENCE, Cause, Viewer
from .wire import Outgoing, Packet, seal, text
from .wishes import Wishes

logger = logging.getLogger(__name__)

LATE_START = 0.3
"""Of a GOP's time, the share after which nobody begins with its keyframe any more."""

STATUS_INTERVAL = 5.0
"""Seconds from status to status when nothing changes."""


class Room:
    """`now` is the monotonic clock, `clock` unix seconds."""

    def __init__(self, stream: str, *, ring: float) -> None:
        self.channel = Channel(stream, ring)
        self.wishes = Wishes()
        self.viewers: dict[Viewer, None] = {}  # ordered, so that nobody is last for ever by chance of a hash
        self.guests: Counter[str] = Counter()  # who watch in other ways, by kind: "mp4", "hls", "mjpeg", …
        self._listeners: dict[Listener, None] = {}
        self._watched: set[Viewer] = set()
        self._readers: set[Viewer] = set()  # hidden, but for the words
        self._skipping: set[Viewer] = set()
        self._writes: tuple[Callable[[bytes], None], ...] | None = None  # of the live viewers; None: to be made anew
        self._film: tuple[int, bytes] = (-1, b"")  # what a join sends after its hello, of a version of the channel
        self._pace = Pace()
        self.seated = 0  # those of its audience that the hub has counted
        self.waiting_bytes = 0  # for viewers and listeners, in this process, as last counted
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
        """Is there neither anybody nor anything to be known about the stream?"""
        return not (self.occupied or self.known or self.wishes)

    @property
    def occupied(self) -> bool:
        """Is anybody here, looking or not?"""
        return bool(self.viewers or self._listeners or self.guests.total())

    @property
    def audience(self) -> int:
        """How many watch here, in whatever way. A page that reads the words beside MJPEG and its image are one."""
        return len(self.viewers) + self.guests.total() - min(len(self._readers), self.guests["mjpeg"])

    def seats(self, kind: str) -> int:
        """How many places one more guest of a kind takes: none for the image of a page that has one already."""
        return int(kind != "mjpeg" or self.guests["mjpeg"] >= len(self._readers))

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
            with self._alone(viewer):
                if viewer.may_join(now, stands=stands):
                    self._join(viewer, now, clock)
        for viewer in list(self.viewers):
            with self._alone(viewer):
                self._look(viewer, now)
                if viewer.too_slow(now):
                    viewer.line.close(1013, "too slow for too long: see slow_limit")
                else:
                    viewer.line.beat(now)

    def leave(self, viewer: Viewer) -> None:
        """A viewer is gone. Leaving twice does nothing."""
        self.viewers.pop(viewer, None)
        self._watched.discard(viewer)
        self._readers.discard(viewer)
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

    def hide(self, viewer: Viewer, clock: float, *, words: bool = False) -> None:
        """It wants no media for now; with `words`, what is said all the same, from where it is."""
        if words:
            mark = viewer.mark if viewer.state == "skipping" else self.channel.mark
            self._say(self.channel.since(mark, clock), (viewer,))
        (self._readers.add if words else self._readers.discard)(viewer)
        viewer.hide(words=words)
        self._skipping.discard(viewer)
        self._writes = None
        self.channel.viewers = self.audience

    def rejoin(self, viewer: Viewer, now: float, clock: float) -> None:
        """It asks to begin anew: at once, or, when it asks too often, at the next keyframe."""
        self._readers.discard(viewer)
        self.channel.viewers = self.audience
        if viewer.wants_join(now):
            self._join(viewer, now, clock)
        else:
            self._skipping.add(viewer)
            self._writes = None

    def congested(self, viewer: Viewer, now: float) -> None:
        """Its line took less than it was given. May be called from within a write."""
        viewer.congested(now)
        self._watch(viewer)

    def drained(self, viewer: Viewer) -> None:
        """Nothing waits in this process for its line any more."""
        viewer.drained()

    def acked(self, viewer: Viewer, pts: int, now: float) -> None:
        """Its player says what it shows."""
        metrics.shown_lag_seconds.observe(self._pace.lag(pts, now))
        if cause := viewer.acked(now, pts, self._pace, self.channel.mark):
            self._skips(viewer, cause)

    def waiting(self) -> Iterator[tuple[int, Viewer | Listener]]:
        """Those for whom something waits in this process, with how many bytes."""
        for viewer in [viewer for viewer in self._watched if viewer.behind]:
            with self._alone(viewer):
                yield viewer.line.backlog(), viewer
        for listener in self._listeners:
            yield listener.waiting_bytes, listener

    def count_waiting(self) -> int:
        """How many bytes there are more than when they were last counted."""
        before, self.waiting_bytes = self.waiting_bytes, sum(size_bytes for size_bytes, _ in self.waiting())
        return self.waiting_bytes - before

    # What comes from the bus

    def push(self, item: InitSegment | Chunk, now: float, clock: float) -> None:
        """A video record."""
        channel = self.channel
        before, epoch, stalled = channel.mark, channel.epoch, channel.stalled
        news = channel.push(item, clock)
        if not news:
            for reason in channel.dropped:
                metrics.hidden_chunks.labels(reason).inc(channel.dropped[reason])
            channel.dropped.clear()
            return
        self._pushed_at = now
        keyframe = isinstance(item, Chunk) and item.keyframe
        if self._watched:
            self._judge(now, before, keyframe=keyframe)
        size_bytes = self._send_live(news)
        for listener in self._listeners:
            if listener.skipping is None:
                listener.put(news, before)
            elif keyframe:
                listener.go_on([*channel.since(listener.skipping, clock), news[-1]], before)
        if self._skipping and isinstance(item, Chunk):
            self._bring_back(now, clock)
        if isinstance(item, Chunk):
            self._pace.sent(now, size_bytes, item.pts, keyframe=keyframe)
        if channel.epoch != epoch:
            self._tell_progress()
            self.report(now, clock)
        elif stalled:
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
        told = self.wishes.told(id)
        wish = self.wishes.accept(id, now)
        if not told:
            self.tell(wish)
        return wish

    def tell(self, message: ServerMessage) -> None:
        """Send a text message to every viewer whose line is free; those behind learn it from the next one."""
        if not self.viewers:
            return
        data = text(message)
        for viewer in list(self.viewers):
            if not viewer.behind:
                with self._alone(viewer):
                    viewer.line.write(data)

    # Inside

    @contextmanager
    def _alone(self, viewer: Viewer) -> Iterator[None]:
        """Whatever its transport raises costs this viewer its place, and nobody else anything."""
        try:
            yield
        except Exception as error:
            self._hang_up(viewer, error)

    def _hang_up(self, viewer: Viewer, error: Exception) -> None:
        logger.warning(
            "stream %s: a viewer is hung up on, its transport fails: %r", self.channel.stream, error,
            exc_info=logger.isEnabledFor(logging.DEBUG),
        )  # fmt: skip
        with suppress(Exception):  # it fails
            viewer.line.close(1011, "the connection fails: connect again")
        self.leave(viewer)

    def _join(self, viewer: Viewer, now: float, clock: float) -> None:
        channel = self.channel
        mark = channel.mark
        if channel.watchable and not channel.joinable:
            mark = mark._replace(init=-1, description=-1)  # only its hello is sent now
        (self._skipping.discard if channel.joinable else self._skipping.add)(viewer)
        self._writes = None
        # The GOP so far is put together once for all who join between two chunks, in a storm of joins too.
        version, film = self._film
        hello, *rest = channel.join(clock)
        if version != channel.version:
            film = seal(rest) if rest else b""
            self._film = (channel.version, film)
        greeting = seal([hello])
        viewer.joined(now, mark, self._pace, len(greeting) + len(film), live=channel.joinable)
        with self._alone(viewer):
            viewer.line.write(greeting)
            if film:
                viewer.line.write(film)
            metrics.joins.inc()

    def _send_live(self, news: list[Outgoing]) -> int:
        writes = self._writes
        if writes is None:
            writes = self._writes = tuple(viewer.line.write for viewer in self.viewers if viewer.state == "live")
        data = seal(news)
        each = iter(writes)
        while True:
            try:
                for write in each:
                    write(data)
                break
            except Exception as error:  # of one transport; those after it must not miss a chunk
                for viewer in [viewer for viewer in self.viewers if viewer.line.write == write]:
                    self._hang_up(viewer, error)
        if self._readers and len(news) > 1:
            self._say(news, self._readers)
        metrics.sends.inc(len(writes))
        metrics.sent_bytes.inc(len(writes) * len(data))
        return len(data)

    def _say(self, news: Iterable[Outgoing], readers: Iterable[Viewer]) -> None:
        """Of what is new, the words alone, to those who want nothing else."""
        if words := [message for message in news if not isinstance(message, Packet)]:
            data = seal(words)
            for viewer in list(readers):
                if not viewer.behind:
                    with self._alone(viewer):
                        viewer.line.write(data)

    def _watch(self, viewer: Viewer) -> None:
        if viewer not in self._watched:
            self._watched.add(viewer)
            viewer.facts = viewer.line.facts()

    def _look(self, viewer: Viewer, now: float) -> None:
        """Once a second at everyone: a line whose bytes wait in the kernel or beyond shows nothing in this process."""
        watched = viewer in self._watched
        if not watched and viewer.state != "live":
            return
        unacked = viewer.line.unacked()
        late = self._pace.age(unacked, now)
        if watched:
            viewer.look(now, unacked)
        elif late - viewer.facts.rtt > PATIENCE:
            self._watch(viewer)
        metrics.unacked_seconds.observe(late)

    def _judge(self, now: float, mark: Mark, *, keyframe: bool) -> None:
        """Before a chunk: who of those that are watched cannot have it, and who need not be watched any more."""
        for viewer in list(self._watched):
            with self._alone(viewer):
                unacked = viewer.line.unacked() if viewer.state == "live" else 0
                if cause := viewer.falls_behind(now, unacked, self._pace, mark, keyframe=keyframe):
                    self._skips(viewer, cause)
                elif viewer.fine(now, self._pace.age(unacked, now)):
                    self._watched.discard(viewer)

    def _skips(self, viewer: Viewer, cause: Cause) -> None:
        self._watch(viewer)
        self._skipping.add(viewer)
        self._writes = None
        metrics.skips.labels(cause).inc()

    def _bring_back(self, now: float, clock: float) -> None:
        """Those who skipped and can take more go on with the newest keyframe, after what changed for each meanwhile. It
        need not be brand-new: of a GOP that has only begun all that came so far is sent."""
        packets = self.channel.beginning(LATE_START)
        for viewer in list(self._skipping) if packets else ():
            with self._alone(viewer):
                if viewer.comes_back(now, viewer.line.unacked(), self._pace, begun=len(packets) > 1):
                    self._skipping.discard(viewer)
                    self._writes = None
                    viewer.line.write(seal([*self.channel.since(viewer.mark, clock), *packets]))

    def _tell_progress(self, told: Iterable[PromptProgress] = ()) -> None:
        # One wish may both be directed and be on the screen by now: its last news is the one to tell.
        described = self.channel.description
        stand_in = described is not None and described.source == "fallback"
        shown = self.wishes.show(self.channel.settled_epoch, stand_in=stand_in)
        news = {wish.id: wish for wish in (*told, *shown)}
        for wish in news.values():
            self.tell(wish)
