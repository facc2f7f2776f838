"""Viewers on virtual lines of every kind: who is made to skip, how stale the picture gets, how much of it is seen."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache

import pytest
from films import FPS, TICKS, chunk, init, words
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.broadcaster.line import Facts
from streamer.broadcaster.room import Room
from streamer.broadcaster.viewer import ACK_WAIT, BACKLOG_BYTES, Viewer
from streamer.media import cmaf
from streamer.video import Chunk

FRAME_BYTES = 5000
SETTLED = 5.0
"""Seconds after a join, which a slow line needs to get rid of the GOP that it begins with."""


@lru_cache(256)
def frames_of(data: bytes) -> list[tuple[int, int, bool]]:
    """(where it ends, seq, keyframe) of each frame of the film that is written at once: WebSocket frames of a server
    (RFC 6455, section 5.2), most of them one for all."""
    found, at = [], 0
    while at < len(data):
        opcode, length, at = data[at] & 15, data[at + 1], at + 2
        if length > 125:
            wide = 2 if length == 126 else 8
            length, at = int.from_bytes(data[at : at + wide], "big"), at + wide
        payload, at = data[at : at + length], at + length
        if opcode == 2 and payload[4:8] != b"ftyp":
            info = cmaf.parse(payload)
            found.append((at, info.seq, info.keyframe))
    return found


class VirtualLine:
    """A line that carries `speed` bytes a second, which arrive half a round trip later and are acknowledged after a
    whole one. What it cannot carry waits in the kernel and in routers up to `hidden` bytes, the rest in the process."""

    def __init__(self, clock: Clock, speed: float, rtt: float = 0.0, hidden: float = 0.0) -> None:
        self.clock, self.speed, self.rtt, self.hidden = clock, speed, rtt, hidden
        self.frames: list[tuple[float, int, bool, float]] = []  # when written, seq, keyframe, bytes written by its end
        self.arrivals: dict[int, float] = {}  # seq → when
        self.given = self.carried = self.taken = 0.0
        self.most_waiting = 0
        self.shown_by: list[tuple[float, int]] = []
        self._flying: deque[tuple[float, float]] = deque()  # (when acknowledged, bytes carried by then)
        self._next = 0
        self.busy = 0.0
        self.closed = 0

    def write(self, data: bytes, /) -> None:
        assert not self.closed
        self.frames += [(self.clock.now, seq, keyframe, self.given + end) for end, seq, keyframe in frames_of(data)]
        self.given += len(data)

    def carry(self, seconds: float) -> None:
        """Time passes."""
        self.most_waiting = max(self.most_waiting, self.backlog())
        self.busy += seconds * (self.unacked() > 0)
        self.carried = min(self.given, self.carried + self.speed * seconds)
        now = self.clock.now
        self._flying.append((now + self.rtt, self.carried))
        while self._flying and self._flying[0][0] <= now:
            self.taken = self._flying.popleft()[1]
        while self._next < len(self.frames) and self.frames[self._next][3] <= self.carried:
            self.arrivals[self.frames[self._next][1]] = now + self.rtt / 2
            self._next += 1

    def backlog(self) -> int:
        return max(0, round(self.given - self.carried - self.hidden))

    def unacked(self) -> int:
        return round(self.given - self.taken)

    def facts(self) -> Facts:
        return Facts(self.rtt, self.busy, 0.0, round(self.taken))

    def beat(self, now: float) -> None:
        pass

    def close(self, code: int, reason: str) -> None:
        self.closed = code


@dataclass
class Clock:
    now: float = 100.0


@dataclass
class World:
    """A film, and people on lines. A frame has FRAME_BYTES on average; keyframes have `share` of a GOP's bytes."""

    share: float = 0.15
    gop: int = FPS
    clock: Clock = field(default_factory=Clock)
    room: Room = field(default_factory=lambda: Room("main", ring=6.0))
    viewers: list[Viewer] = field(default_factory=list)
    published: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.room.push(init(), self.clock.now, 0.0)
        whole = FRAME_BYTES * self.gop
        self._sizes = round(whole * self.share), round(whole * (1 - self.share) / (self.gop - 1))

    @property
    def need(self) -> float:
        """Bytes a second."""
        return len(self._frame(0).data + self._frame(1).data * (self.gop - 1)) / self.gop * FPS

    def _frame(self, seq: int) -> Chunk:
        return chunk(seq, size=self._sizes[seq % self.gop > 0], gop=self.gop)

    def enter(self, speed: float, **how: float) -> Viewer:
        """Someone on a line with `speed` times the bandwidth that the film needs."""
        line = VirtualLine(self.clock, speed * self.need, **how)
        viewer = Viewer(line, slow_limit=30.0)
        self.viewers.append(viewer)
        self.room.enter(viewer, self.clock.now, 0.0)
        return viewer

    def play(self, seconds: float) -> None:
        """So much of the film."""
        for _ in range(round(seconds * FPS)):
            seq = len(self.published)
            self.published.append(self.clock.now)
            self.room.push(self._frame(seq), self.clock.now, 0.0)
            for viewer in self.viewers:
                self._signal(viewer)
            for _ in range(4):  # quarters of a frame
                self.clock.now += 0.25 / FPS
                for viewer in self.viewers:
                    viewer.line.carry(0.25 / FPS)
                    self._signal(viewer)
            if seq % FPS == FPS // 3:
                self.room.sweep(self.clock.now, 0.0)

    def _signal(self, viewer: Viewer) -> None:
        if viewer.line.backlog() and not viewer.behind:
            self.room.congested(viewer, self.clock.now)
        elif viewer.behind and not viewer.line.backlog():
            self.room.drained(viewer)

    def stalest(self, viewer: Viewer, after: float = SETTLED) -> float:
        """The greatest age of the newest picture there, from so long after the first one."""
        line = viewer.line
        got = sorted((at, seq) for seq, at in line.arrivals.items())
        first = got[0][0]
        ages = [at - self.published[seq] for (_, seq), (at, _) in zip(got, got[1:], strict=False) if at > first + after]
        return max([*ages, self.clock.now - self.published[got[-1][1]]])

    def seen(self, viewer: Viewer) -> float:
        """The share of the film."""
        return len(viewer.line.arrivals) / len(self.published)


def check_runs(viewer: Viewer) -> None:
    """No frame without the one before it, unless it is a keyframe."""
    last = None
    for _, seq, keyframe, _ in viewer.line.frames:
        assert keyframe or seq - 1 == last
        last = seq


def test_at_sixty_percent_the_picture_is_never_a_second_old():
    """Wherever the bytes wait: in this process, in the kernel or in a router."""
    world = World()
    lines = [{"hidden": hidden, "rtt": rtt} for hidden in (0, 16e3, 64e3, 256e3) for rtt in (0.0, 0.05)]
    viewers = [world.enter(0.6, **line) for line in lines]
    world.play(40)
    for viewer in viewers:
        check_runs(viewer)
        assert world.stalest(viewer) < 1.0
        assert world.seen(viewer) > 0.48, "nearly all that the line can carry"


@given(
    speed=st.floats(1.3, 4.0), rtt=st.floats(0.0, 0.2), hidden=st.sampled_from([0.0, 16e3, 256e3]),
    share=st.floats(0.05, 0.4), gop=st.sampled_from([12, 24, 48, 96]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_a_line_with_a_third_more_than_needed_never_skips(speed, rtt, hidden, share, gop):
    """However long it is, and however large the keyframes are."""
    world = World(share=share, gop=gop)
    viewer = world.enter(speed, rtt=rtt, hidden=hidden)
    world.play(9)
    assert viewer.skips == 0
    assert [seq for _, seq, _, _ in viewer.line.frames] == list(range(9 * FPS))


@given(
    speed=st.floats(0.05, 1.5), rtt=st.floats(0.0, 0.3), hidden=st.sampled_from([0.0, 16e3, 256e3]),
    share=st.floats(0.05, 0.4), gop=st.sampled_from([12, 24, 48, 96]), stalls=st.integers(0, 3),
    chance=st.randoms(use_true_random=False),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_whatever_the_line_does_every_run_can_be_decoded(speed, rtt, hidden, share, gop, stalls, chance):
    world = World(share=share, gop=gop)
    world.play(chance.uniform(0.2, 3))
    viewer = world.enter(speed, rtt=rtt, hidden=hidden)
    for _ in range(stalls):
        world.play(chance.uniform(0, 3))
        speed, viewer.line.speed = viewer.line.speed, 0.0
        world.play(chance.uniform(0, 3))
        viewer.line.speed = speed
    world.play(5)
    check_runs(viewer)
    assert viewer.line.most_waiting <= BACKLOG_BYTES + 2 * FRAME_BYTES * gop


@pytest.mark.parametrize(("moment", "lost"), [(0.1, 0), (0.4, 0), (0.7, FPS / 4)])
def test_a_line_that_stands_still_for_a_moment_costs_little(moment, lost):
    """A fifth of a second: Wi-Fi that changes its channel. Just before a keyframe that is better met on a free line."""
    world = World()
    viewer = world.enter(2.0, rtt=0.04)
    world.play(5 + moment)
    speed, viewer.line.speed = viewer.line.speed, 0.0
    world.play(0.2)
    viewer.line.speed = speed
    world.play(5)
    assert len(world.published) - len(viewer.line.frames) <= lost


def test_after_a_long_halt_it_goes_on_with_the_next_keyframe():
    """A debugger that held the page: nothing is lost but the film of that time."""
    world = World()
    viewer = world.enter(2.0, rtt=0.04)
    world.play(5)
    speed, viewer.line.speed = viewer.line.speed, 0.0
    world.play(10)
    assert (viewer.state, viewer.skips) == ("skipping", 1)
    viewer.line.speed = speed
    world.play(5)
    assert (viewer.state, viewer.skips) == ("live", 1)
    assert world.stalest(viewer, after=17) < 0.3


def test_a_line_that_takes_anything_is_not_closed_and_one_that_takes_nothing_is():
    world = World()
    trickle, stuck = world.enter(0.1), world.enter(0.1)
    world.play(2)
    stuck.line.speed = 0.0
    world.play(29)
    assert not stuck.line.closed
    world.play(10)
    assert stuck.line.closed == 1013
    assert not trickle.line.closed
    assert trickle.line.arrivals


def test_a_thousand_lines_from_a_tenth_to_three_times_what_is_needed():
    """Of all that their lines can carry they see nearly all, and nobody who is fast enough pays for it."""
    chance = random.Random(6)
    world = World()
    viewers = []
    for _ in range(1000):
        speed, hidden = chance.choice((0.1, 0.3, 0.5, 0.6, 0.8, 0.95, 1.3, 3.0)), chance.choice((0, 16e3, 128e3))
        viewers.append((speed, world.enter(speed, rtt=chance.uniform(0, 0.1), hidden=hidden)))
    world.play(12)
    by_speed: dict[float, list[float]] = {}
    for speed, viewer in viewers:
        check_runs(viewer)
        by_speed.setdefault(speed, []).append(world.seen(viewer))
    for speed, shares in by_speed.items():
        assert min(shares) > (0.99 if speed >= 1.3 else 0.55 * speed), speed


# What only the player knows


def test_bytes_that_a_proxy_holds_back_show_in_the_acks():
    """TCP ends at the proxy and finds no fault; the player falls behind by 0.4 s each second."""
    world = World()
    viewer = world.enter(100.0)
    world.play(2)
    second = 0
    while not viewer.skips:
        world.room.acked(viewer, int((2 + 0.6 * second) * FPS) * TICKS, world.clock.now)
        world.play(1)
        second += 1
    assert second in (5, 6), "when it lags by more than a second and a half"
    assert viewer.state == "skipping", "the proxy is not empty yet"
    world.room.acked(viewer, (2 + second) * FPS * TICKS, world.clock.now)
    world.play(1.1)
    assert viewer.state == "live"
    check_runs(viewer)


def test_a_player_that_never_shows_the_rest_is_not_waited_for_for_ever():
    world = World()
    viewer = world.enter(100.0)
    world.play(4)
    for shown in (48, 49):
        world.room.acked(viewer, shown * TICKS, world.clock.now)
        world.play(2)
    assert viewer.state == "skipping"
    world.play(ACK_WAIT)
    assert viewer.state == "live"


@pytest.mark.parametrize("what", ["paused", "far behind by choice", "silent"])
def test_a_player_with_reasons_of_its_own_is_let_be(what):
    world = World()
    viewer = world.enter(100.0)
    world.play(5)
    for second in range(10):
        world.play(1)
        if what == "paused":
            world.room.acked(viewer, 3 * FPS * TICKS, world.clock.now)
        elif what == "far behind by choice":
            world.room.acked(viewer, (2 + second) * FPS * TICKS, world.clock.now)
    assert viewer.skips == 0


def test_words_are_told_to_who_hides_with_words():
    world = World()
    viewer = world.enter(100.0)
    world.play(1)
    heard: list[bytes] = []
    viewer.line.write = heard.append
    world.room.hide(viewer, 0.0, words=True)
    now = world.clock.now
    world.room.push(chunk(FPS, description=words(7)), now, 0.0)
    world.room.push(chunk(FPS + 1), now, 0.0)
    world.room.push(chunk(0, epoch=6, pts=(FPS + 2) * TICKS), now, 0.0)
    assert b"".join(heard).count(b'{"type":"description","pts"') == 1
    assert b"".join(heard).count(b'"type":"epoch"') == 1
    assert b"moof" not in b"".join(heard)
