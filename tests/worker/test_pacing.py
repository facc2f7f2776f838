"""The worker's clock: the exact rate when the engine keeps up, honest durations when it does not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.media.encoder import exact_rate
from streamer.worker.pacing import Pacer, most_at_once

LEAD = 0.5


@dataclass
class Made:
    at: float  # wall clock when it was begun
    pts: float  # seconds
    duration: float  # seconds


def run(pacer: Pacer, seconds: float, cost: Callable[[float], float], *, start: float = 100.0) -> Iterator[Made]:
    """A worker whose every frame costs `cost(wall)` seconds, and who makes them by the quarter of a second."""
    now = start
    while now < start + seconds:
        frames = min(pacer.due(now), max(1, int(0.25 / max(cost(now), 1 / 24))))
        if not frames:
            now += pacer.wait(now)
            continue
        begun = now
        for _ in range(frames):
            pts = pacer.pts
            yield Made(begun, pts / 90_000, pacer.next(begun) / 90_000)
            now += cost(now)


@pytest.mark.parametrize("fps", [24, 23.976, 29.97, 30, 12.5, 7])
def test_the_long_term_rate_is_exact(fps: float) -> None:
    pacer = Pacer(exact_rate(fps), lead=LEAD)
    made = list(run(pacer, 600, lambda _: 0.004))
    assert pacer.anchors == 0
    assert len(made) == pytest.approx(600.5 * exact_rate(fps), abs=1)
    assert pacer.pts == int(len(made) * 90_000 / exact_rate(fps))


def test_frames_are_made_at_most_the_lead_ahead() -> None:
    made = list(run(Pacer(Fraction(24), lead=LEAD), 60, lambda _: 0.004))
    assert [frame.pts for frame in made[:12]] == pytest.approx([n / 24 for n in range(12)])
    assert made[11].at < 100.06  # the lead is filled at once,
    assert all(frame.pts - (frame.at - 100) < LEAD for frame in made)
    assert all(frame.pts - (frame.at - 100) > LEAD - 2 / 24 for frame in made[12:])  # and stays full


@given(rate=st.fractions(1, 60, max_denominator=1001), costs=st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_times_join_without_gap_and_durations_are_positive(rate: Fraction, costs: list[float]) -> None:
    pacer, now, end = Pacer(rate, lead=LEAD, pts=7), 5.0, 7
    for cost in costs:
        now += pacer.wait(now)
        assert pacer.pts == end
        duration = pacer.next(now)
        assert duration >= 90_000 // rate
        end += duration
        now += cost


@pytest.mark.parametrize("cost", [0.05, 0.3, 1.0, 3.0])
def test_a_slow_engine_gets_longer_durations_and_no_growing_delay(cost: float) -> None:
    made = list(run(Pacer(Fraction(24), lead=LEAD), 120, lambda _: cost))
    assert [frame.duration for frame in made[12:]] == pytest.approx([cost] * (len(made) - 12), rel=0.02)
    delays = [frame.at - frame.pts for frame in made[12:]]
    assert max(delays) - min(delays) < LEAD + 6 * max(cost, 1 / 24)


def test_an_engine_that_recovers_is_back_at_the_asked_rate() -> None:
    pacer = Pacer(Fraction(24), lead=LEAD)
    made = list(run(pacer, 60, lambda now: 0.2 if 120 < now < 130 else 0.004))
    assert {frame.duration for frame in made if frame.at > 135} == {3750 / 90_000}
    assert pacer.ahead(160) == pytest.approx(LEAD, abs=0.05)  # the lead is full again
    assert made[-1].at - made[-1].pts < 102.5  # of 10 slow seconds few were given up, before it was noticed


def test_a_long_stall_is_forgiven_not_caught_up() -> None:
    pacer = Pacer(Fraction(24), lead=LEAD)
    list(run(pacer, 10, lambda _: 0.004))
    before = pacer.pts
    made = list(run(pacer, 10, lambda _: 0.004, start=170.0))  # it stood still for a minute
    assert pacer.anchors == 1
    assert made[0].pts == before / 90_000
    assert len(made) <= 10.5 * 24 + 1


def test_a_short_stall_is_made_good_from_the_lead() -> None:
    pacer = Pacer(Fraction(24), lead=LEAD)
    made = list(run(pacer, 60, lambda now: 0.3 if 130 < now < 130.05 else 0.004))
    assert pacer.anchors == 0
    assert {frame.duration for frame in made} == {3750 / 90_000}
    assert len(made) == pytest.approx(60.5 * 24, abs=1)


def test_after_a_hold_the_time_goes_on_where_it_stood() -> None:
    pacer = Pacer(Fraction(24), lead=LEAD)
    list(run(pacer, 5, lambda _: 0.004))
    stood = pacer.pts
    pacer.reset()
    made = list(run(pacer, 1, lambda _: 0.004, start=1000.0))
    assert made[0].pts == stood / 90_000
    assert (pacer.anchors, len(made)) == (0, pytest.approx(36, abs=1))


def test_a_copy_remembers_the_clock() -> None:
    pacer = Pacer(Fraction(30_000, 1001), lead=LEAD)
    list(run(pacer, 5, lambda _: 0.05))
    kept = copy.copy(pacer)
    first = list(run(pacer, 5, lambda _: 0.05, start=105.0))
    assert list(run(kept, 5, lambda _: 0.05, start=105.0)) == first


# How many at a time


@dataclass
class Call:
    at: float  # wall clock when it was begun
    frames: int
    ahead: float  # seconds from the wall clock to the first of them


def drawn_by(calls: dict[int, float], fps: float, seconds: float) -> list[Call]:
    """A worker, on an engine that fills batches up: `calls` are its batch sizes and what a call of each costs."""
    pacer, picture, now, made = Pacer(exact_rate(fps), lead=LEAD), 0.0, 0.0, []
    while now < seconds:
        most = 1 if pacer.at_rest else most_at_once(1 / fps, picture, LEAD)
        frames = min(pacer.due(now), most)
        if not frames:
            now += pacer.wait(now)
            continue
        made.append(Call(now, frames, pacer.ahead(now)))
        for _ in range(frames):
            pacer.next(now)
        left, cost = frames, 0.0
        while left > 0:
            size = min((size for size in calls if size >= left), default=max(calls))
            cost, left = cost + calls[size], left - size
        picture += (cost / frames - picture) * 0.2
        now += cost
    return made


@pytest.mark.parametrize(
    ("calls", "fps", "size", "rate"),
    [
        ({1: 0.4, 2: 0.8, 4: 1.6, 8: 3.2}, 24, 1, 2.5),  # nothing is won by batches, so that none make it stutter
        ({1: 0.10, 2: 0.15, 4: 0.24, 8: 0.44}, 24, 4, 16.7),  # three are as dear as four
        ({1: 0.05, 2: 0.06, 4: 0.10, 8: 0.18}, 60, 8, 44.4),
    ],
)
def test_an_engine_that_cannot_keep_the_rate_draws_full_batches_and_falls_no_further_behind(
    calls: dict[int, float], fps: float, size: int, rate: float
) -> None:
    made = drawn_by(calls, fps, 120)
    assert made[0].frames == 1  # the first picture is waited for: it goes alone
    settled = [call for call in made if call.at > 20]
    assert {call.frames for call in settled} == {size}
    assert sum(call.frames for call in settled) / 100 == pytest.approx(rate, rel=0.03)
    delays = [call.ahead for call in settled]
    assert -LEAD <= min(delays) <= max(delays) <= LEAD
    assert max(delays) - min(delays) < LEAD


def test_an_engine_that_keeps_the_rate_draws_what_is_due_and_no_more() -> None:
    made = drawn_by({1: 0.020, 2: 0.024, 4: 0.030, 8: 0.040}, 24, 60)
    assert {call.frames for call in made if call.at > 5} == {1}


@given(frame=st.floats(1 / 60, 1), picture=st.floats(0, 3), lead=st.floats(0.1, 5))
def test_a_batch_is_drawn_within_the_lead_or_is_one_frame(frame: float, picture: float, lead: float) -> None:
    most = most_at_once(frame, picture, lead)
    assert most >= 1
    assert most == 1 or most * picture <= max(lead, 0.25) + 1e-9
