"""Viewers that keep up, fall behind, come back, hide: what each is sent, and what it costs."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from films import FPS, TICKS, FakeLine, chunk, film, init, words
from websockets.frames import Frame
from websockets.streams import StreamReader

from streamer.broadcaster.room import Room
from streamer.broadcaster.viewer import BACKLOG_BYTES, JOIN_PATIENCE, PATIENCE, RESYNC_INTERVAL, Viewer
from streamer.media import cmaf
from streamer.video import Chunk


@dataclass
class Cinema:
    """A room, a clock, and people on lines of any speed."""

    room: Room = field(default_factory=lambda: Room("main", ring=6.0))
    now: float = 0.0
    viewers: list[Viewer] = field(default_factory=list)

    def enter(self, speed: float | None = None, slow_limit: float = 30.0) -> Viewer:
        viewer = Viewer(FakeLine(speed), slow_limit=slow_limit)
        self.viewers.append(viewer)
        self.room.enter(viewer, self.now, self.now)
        self._watch(viewer)
        return viewer

    def show(self, *items: Chunk, seconds_each: float = 1 / FPS) -> None:
        for item in items:
            self.room.push(item, self.now, self.now)
            self.now += seconds_each
            for viewer in self.viewers:
                self._watch(viewer)  # as pause_writing, from within the write
                viewer.line.flow(seconds_each)  # type: ignore[attr-defined]
                self._watch(viewer)

    def wake(self, viewer: Viewer) -> None:
        """A peer that has read nothing reads all, and goes on reading."""
        viewer.line.speed, viewer.line.waiting_bytes = None, 0.0  # type: ignore[attr-defined]
        self._watch(viewer)

    def _watch(self, viewer: Viewer) -> None:
        if viewer.line.backlog() and not viewer.behind:
            self.room.congested(viewer, self.now)
        elif not viewer.line.backlog() and viewer.behind:
            self.room.drained(viewer)


@pytest.fixture
def cinema() -> Cinema:
    cinema = Cinema()
    cinema.room.push(init(), 0.0, 0.0)
    return cinema


def received(viewer: Viewer) -> list[str]:
    """What its line was given: `hello`, `init`, `24*`, `25`, …"""
    reader = StreamReader()
    reader.feed_data(b"".join(viewer.line.frames))  # type: ignore[attr-defined]
    reader.feed_eof()
    short = []
    while not _run(reader.at_eof()):
        frame = _run(Frame.parse(reader.read_exact, mask=False))
        if frame.opcode == 1:
            short.append(bytes(frame.data).split(b'"')[3].decode())
        elif bytes(frame.data[4:8]) == b"ftyp":
            short.append("init")
        else:
            info = cmaf.parse(bytes(frame.data))
            short.append(f"{info.seq}" + ("*" if info.keyframe else ""))
    return short


def _run(steps):
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    raise AssertionError("half a frame was written")


def run(first: int, end: int) -> list[str]:
    """Every frame from `first` up to `end`."""
    return [f"{n}*" if n % 24 == 0 else f"{n}" for n in range(first, end)]


def chunks(viewer: Viewer) -> list[str]:
    return [what for what in received(viewer) if what[0].isdigit()]


def seqs(viewer: Viewer) -> list[int]:
    return [int(what.rstrip("*")) for what in chunks(viewer)]


def test_everyone_is_written_the_same_bytes(cinema):
    cinema.show(*film(30))
    first, second = cinema.enter(), cinema.enter()
    cinema.show(*(chunk(seq) for seq in range(30, 60)))
    assert chunks(first) == chunks(second) == run(24, 60)
    # Not equal bytes: the same object, which is what makes a thousand viewers cheap.
    assert all(a is b for a, b in zip(first.line.frames[-30:], second.line.frames[-30:], strict=True))


def test_who_comes_before_the_film_is_told_when_it_begins(cinema):
    early = cinema.enter()
    assert received(early) == ["hello"]
    cinema.show(*film(2))
    told = [what for what in received(early) if what != "status"]
    assert told == ["hello", "hello", "init", "description", "0*", "1"]


def test_a_short_congestion_costs_nothing(cinema):
    """A keyframe takes a few round trips on any long line: that is no reason to skip."""
    cinema.show(chunk(0))
    viewer = cinema.enter(speed=10_000)
    for seq in range(1, 100):
        cinema.show(chunk(seq, size=3000 if seq % 24 == 0 else 100))
    assert viewer.skips == 0
    assert seqs(viewer) == list(range(100))


def test_a_slow_viewer_skips_to_a_keyframe_and_is_never_far_behind(cinema):
    """60 % of the bandwidth it needs: whole runs from a keyframe on, and what it sees is fresh."""
    needed = len(chunk(0, size=5000).data) * FPS
    viewer = cinema.enter(speed=0.6 * needed)
    stalest = 0.0
    for item in film(20 * FPS, size=5000):
        cinema.show(item)
        if cinema.now > JOIN_PATIENCE + 1:
            stalest = max(stalest, viewer.line.backlog() / (0.6 * needed))
    got = chunks(viewer)
    assert viewer.skips > 5
    for before, after in zip(got, got[1:], strict=False):
        assert after.endswith("*") or int(after) == int(before.rstrip("*")) + 1
    assert stalest < 1.0, "seconds that the newest byte waits"
    assert len(got) > 0.4 * 20 * FPS, "it sees most of what its line can carry"


def test_a_viewer_that_reads_nothing_costs_bounded_memory_and_delays_nobody(cinema):
    stuck, healthy = cinema.enter(), cinema.enter()
    first, *others = film(20 * FPS, size=5000)
    cinema.show(first)
    stuck.line.stall()
    cinema.show(*others)
    assert seqs(healthy) == list(range(20 * FPS))
    assert stuck.line.most_bytes < 24 * 2 * 5300 * JOIN_PATIENCE
    cinema.wake(stuck)
    cinema.show(*(chunk(seq) for seq in range(480, 530)))
    after = received(stuck)[received(stuck).index("480*") :]
    assert [what for what in after if what[0].isdigit()] == run(480, 530)


def test_too_many_bytes_behind_are_not_waited_for(cinema):
    viewer = cinema.enter()
    viewer.line.stall()
    cinema.show(chunk(0, size=BACKLOG_BYTES + 1), chunk(1), chunk(2), seconds_each=0.001)
    assert seqs(viewer) == [0]


def test_what_changed_meanwhile_comes_before_the_keyframe(cinema):
    viewer = cinema.enter()
    cinema.show(chunk(0))
    viewer.line.stall()
    cinema.show(*(chunk(seq) for seq in range(1, 72)))
    assert viewer.state == "skipping"
    told = len(received(viewer))
    cinema.room.push(init(generation=2), cinema.now, 0.0)
    cinema.show(*film(40, epoch=9, pts=72 * TICKS, generation=2))
    cinema.wake(viewer)
    cinema.show(*(chunk(seq, epoch=9, pts=(72 + seq) * TICKS, generation=2) for seq in range(40, 50)))
    assert received(viewer)[told:] == ["init", "epoch", "description", "48*", "49"]


@pytest.mark.parametrize(("frees", "begins"), [(49, "48*"), (54, "48*"), (57, "72*"), (70, "72*")])
def test_a_line_that_is_free_soon_after_a_keyframe_need_not_wait_for_the_next(cinema, frees, begins):
    viewer = cinema.enter()
    cinema.show(chunk(0))
    viewer.line.stall()
    cinema.show(*(chunk(seq) for seq in range(1, frees)))
    assert viewer.state == "skipping"
    told = len(received(viewer))
    cinema.wake(viewer)
    cinema.show(*(chunk(seq) for seq in range(frees, 75)))
    first = int(begins.rstrip("*"))
    assert received(viewer)[told:] == [
        begins,
        *(str(seq) for seq in range(first + 1, 72)),
        *["72*"] * (first < 72),
        "73",
        "74",
    ]


def test_a_viewer_that_takes_nothing_for_too_long_is_too_slow(cinema):
    viewer = cinema.enter(speed=0.0, slow_limit=30.0)
    cinema.show(*film(FPS))
    assert not viewer.too_slow(29.9)
    assert viewer.too_slow(31.0)


def test_a_skipping_viewer_whose_line_is_free_is_not_too_slow(cinema):
    viewer = cinema.enter(slow_limit=5.0)
    viewer.line.stall()
    cinema.show(*film(3 * FPS))
    cinema.wake(viewer)
    assert viewer.state == "skipping"
    cinema.room.sweep(cinema.now, 0.0)
    assert not viewer.too_slow(1000.0)


def test_hidden_viewers_are_sent_no_media_and_join_anew(cinema):
    viewer = cinema.enter()
    cinema.show(*film(2))
    cinema.room.hide(viewer, 0.0)
    cinema.show(*(chunk(seq) for seq in range(2, 60)))
    assert chunks(viewer) == ["0*", "1"]
    told = len(received(viewer))
    cinema.room.rejoin(viewer, cinema.now, cinema.now)
    cinema.show(chunk(60))
    assert received(viewer)[told:] == ["hello", "init", "description", "48*", *map(str, range(49, 61))]


def test_resync_repeats_the_start_but_not_as_often_as_one_likes(cinema):
    cinema.show(*film(2))
    viewer = cinema.enter()
    cinema.now += RESYNC_INTERVAL
    told = len(received(viewer))
    cinema.room.rejoin(viewer, cinema.now, cinema.now)
    assert received(viewer)[told:] == ["hello", "init", "description", "0*", "1"]
    told = len(received(viewer))
    for _ in range(1000):
        cinema.room.rejoin(viewer, cinema.now, cinema.now)
    cinema.show(*(chunk(seq) for seq in range(2, 26)))
    assert received(viewer)[told:] == ["hello", "init", "description", "24*", "25"]


def test_who_skipped_sees_the_last_picture_of_a_film_that_stands(cinema):
    viewer = cinema.enter()
    cinema.show(chunk(0))
    viewer.line.stall()
    cinema.show(*(chunk(seq) for seq in range(1, 80)))  # then it is held: no keyframe comes any more
    assert viewer.state == "skipping"
    cinema.wake(viewer)
    cinema.room.sweep(cinema.now + 0.5, 0.0)
    assert viewer.state == "skipping", "a keyframe might come"
    cinema.room.sweep(cinema.now + 1.0, 0.0)
    assert chunks(viewer)[-8:] == run(72, 80)


def test_a_status_is_told_when_it_changes_and_every_five_seconds(cinema):
    viewer = cinema.enter()
    cinema.show(*film(1))
    told = len(viewer.line.frames)
    for second in range(1, 13):
        cinema.room.report(float(second), 0.0)
    assert len(viewer.line.frames) - told in (2, 3)
    assert b'"type":"status"' in viewer.line.frames[-1]


def test_a_thousand_viewers_of_every_kind(cinema):
    """Given lines from dead to fast whose viewers hide and come back for a quarter of a minute, then nobody who keeps
    up misses a frame, nobody is sent a run that cannot be decoded, and what waits is bounded."""
    chance = random.Random(7)
    need = 5300 * FPS
    fast = [cinema.enter() for _ in range(600)]
    slow = [cinema.enter(speed=need * chance.uniform(0.1, 3.0)) for _ in range(300)]
    dead = [cinema.enter(speed=0.0) for _ in range(100)]
    for item in film(15 * FPS, size=5000):
        cinema.show(item)
        for viewer in chance.sample(slow, 3):
            if viewer.state == "hidden":
                cinema.room.rejoin(viewer, cinema.now, cinema.now)
            elif chance.random() < 0.3:
                cinema.room.hide(viewer, 0.0)
    assert all(viewer.line.frames[1:] == fast[0].line.frames[1:] for viewer in fast)
    assert seqs(fast[0]) == list(range(15 * FPS))
    for viewer in slow[::10]:
        last = 0
        for what in received(viewer):
            if what == "hello":
                last = -1  # all is void, a keyframe comes next
            elif what[0].isdigit():
                assert what.endswith("*") or int(what) == last + 1
                last = int(what.rstrip("*"))
    assert max(viewer.line.most_bytes for viewer in dead) < 2 * JOIN_PATIENCE * need
    assert PATIENCE < JOIN_PATIENCE


class BrokenLine(FakeLine):
    """A connection of which one thing, and goodbyes, fail."""

    def __init__(self, broken: str) -> None:
        super().__init__()
        self._broken = broken
        self.well = True

    def _check(self, what: str) -> None:
        if not self.well and what in (self._broken, "close"):
            raise RuntimeError("no such transport")

    def write(self, data: bytes, /) -> None:
        self._check("write")
        super().write(data)

    def unacked(self) -> int:
        self._check("unacked")
        return super().unacked()

    def facts(self):
        self._check("facts")
        return super().facts()

    def backlog(self) -> int:
        self._check("backlog")
        return super().backlog()

    def beat(self, now: float) -> None:
        self._check("beat")

    def close(self, code: int, reason: str) -> None:
        self._check("close")
        super().close(code, reason)


def _watched(room: Room, viewer: Viewer) -> None:
    room._watch(viewer)
    viewer.behind = True


@pytest.mark.parametrize(
    ("broken", "before", "then"),
    [
        ("write", None, "chunk"),
        ("write", None, "tell"),
        ("write", "words", "description"),
        ("write", "skipping", "keyframe"),
        ("write", "standing", "sweep"),
        ("unacked", None, "sweep"),
        ("unacked", "standing", "sweep"),
        ("unacked", "skipping", "keyframe"),
        ("unacked", "watched", "chunk"),
        ("facts", "watched", "sweep"),
        ("backlog", "watched", "chunk"),
        ("backlog", "watched", "count"),
        ("beat", None, "sweep"),
    ],
)
def test_a_line_that_fails_costs_its_own_viewer_the_place_and_the_others_nothing(cinema, caplog, broken, before, then):
    room = cinema.room
    cinema.show(chunk(0))
    first, faulty, last = cinema.enter(), Viewer(BrokenLine(broken), slow_limit=30.0), cinema.enter()
    room.leave(last)
    room.enter(faulty, 0.0, 0.0)
    room.enter(last, 0.0, 0.0)  # behind it
    if before == "words":
        room.hide(faulty, 0.0, words=True)
    elif before == "watched":
        _watched(room, faulty)
    elif before:
        room.rejoin(faulty, 0.0, 0.0)  # again, and too soon
    faulty.line.well = False
    match then:
        case "chunk":
            cinema.show(chunk(1))
        case "tell":
            room.accept("wish", cinema.now)
        case "description":
            cinema.show(chunk(1, description=words(1)))
        case "keyframe":
            cinema.show(chunk(24, keyframe=True))
        case "sweep":
            room.sweep(cinema.now + 3.0, 0.0)
        case "count":
            room.count_waiting()
    assert faulty not in room.viewers
    assert len([record for record in caplog.records if "hung up" in record.message]) == 1
    caplog.clear()
    cinema.show(chunk(48, keyframe=True), chunk(49))
    room.sweep(cinema.now, 0.0)
    assert not caplog.records, "once"
    assert first.line.frames[-3:] == last.line.frames[-3:]
    assert chunks(first)[-2:] == chunks(last)[-2:] == ["48*", "49"]


def test_a_line_that_fails_at_the_door_lets_nobody_in(cinema):
    viewer = Viewer(BrokenLine("write"), slow_limit=30.0)
    viewer.line.well = False
    cinema.room.enter(viewer, 0.0, 0.0)
    assert cinema.room.empty == (not cinema.room.known)
    assert not cinema.room.viewers
