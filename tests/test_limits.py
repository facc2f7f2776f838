"""Prompts are taken as fast as people ask, and not as fast as a script can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.limits import Excess, Rates


def taken(rates: Rates, moments: list[float], author: str = "ann", stream: str = "main") -> list[bool]:
    return [rates.take(author, stream, now) is None for now in moments]


def test_a_third_of_a_minutes_worth_comes_at_once_and_then_one_by_one() -> None:
    rates = Rates(author=30)
    assert taken(rates, [100.0] * 12) == [True] * 10 + [False] * 2
    assert taken(rates, [101.9, 102.0, 102.1, 104.0]) == [False, True, False, True]


def test_a_small_rate_lets_five_come_at_once() -> None:
    assert taken(Rates(author=1), [100.0] * 7) == [True] * 5 + [False] * 2


def test_without_limits_everything_is_taken_and_nothing_remembered() -> None:
    rates = Rates()
    assert all(taken(rates, [100.0] * 1000))
    assert rates.remembered == 0


def test_the_reason_names_the_rate_the_setting_and_when_the_next_is_taken() -> None:
    rates = Rates(author=30, stream=120)
    taken(rates, [100.0] * 10)
    assert rates.take("ann", "main", 100.5) == Excess(
        "30 prompts a minute are taken from one author (author_rate); the next in 2 s", 1.5
    )
    for n in range(30):
        assert rates.take(f"author {n}", "main", 100.0) is None
    excess = rates.take("bob", "main", 100.0)
    assert excess is not None
    assert excess.reason == "120 prompts a minute are taken for one stream (stream_rate); the next in 1 s"


def test_one_authors_flood_leaves_the_others_alone_and_one_streams_the_other_streams() -> None:
    rates = Rates(author=30, stream=60)
    taken(rates, [100.0] * 50)
    assert taken(rates, [100.0], "bob") == [True]
    assert taken(rates, [100.0] * 10, "ann", "other") == [False] * 10, "an author is one author, whatever the stream"
    taken(rates, [100.0] * 50, "bob")
    assert taken(rates, [100.0], "cid") == [False]
    assert taken(rates, [100.0], "cid", "other") == [True]


def test_what_is_not_taken_takes_nothing() -> None:
    rates = Rates(author=30, stream=60)
    taken(rates, [100.0] * 1000)
    assert taken(rates, [100.0] * 11, "bob") == [True] * 10 + [False], "ann's thousand took ten of the stream's twenty"
    assert taken(rates, [102.0]) == [True], "and do not make her wait longer"


def test_unknown_authors_share_the_streams_limit_alone() -> None:
    assert taken(Rates(author=30, stream=120), [100.0] * 41, author="") == [True] * 40 + [False]
    assert all(taken(Rates(author=30), [100.0] * 100, author=""))


def test_a_look_takes_nothing() -> None:
    rates = Rates(author=30)
    assert not any(rates.excess("ann", "main", 100.0) for _ in range(100))
    assert taken(rates, [100.0]) == [True]


def test_full_buckets_are_forgotten_first() -> None:
    rates = Rates(author=30, remembered=3)
    taken(rates, [100.0] * 10, "busy")
    for n in range(20):
        taken(rates, [100.0 + n], f"author {n}")
    assert rates.remembered <= 4  # three authors, one stream
    assert taken(rates, [119.0] * 11, "busy") == [True] * 9 + [False] * 2, "hers is not full yet, and is remembered"


def test_many_authors_at_once_take_no_more_memory_than_is_allowed() -> None:
    rates = Rates(author=30, stream=30, remembered=100)
    for n in range(10_000):
        taken(rates, [100.0], f"author {n}", f"stream {n}")
        assert rates.remembered <= 200


@given(
    rate=st.floats(0.1, 600),
    gaps=st.lists(st.floats(0, 30) | st.just(0.0), min_size=1, max_size=200),
    window=st.floats(0.1, 300),
)
def test_in_no_window_of_time_more_is_taken_than_burst_and_rate(rate: float, gaps: list[float], window: float) -> None:
    rates, now, moments = Rates(author=rate), 1000.0, []
    for gap in gaps:
        now += gap
        if rates.take("ann", "main", now) is None:
            moments.append(now)
    most = max(5.0, rate / 3) + rate * window / 60 + 1e-6
    for n, begin in enumerate(moments):
        assert sum(moment <= begin + window for moment in moments[n:]) <= most


@given(rate=st.floats(0.1, 600), gaps=st.lists(st.floats(0, 5), max_size=50))
def test_whoever_waits_as_long_as_told_is_taken(rate: float, gaps: list[float]) -> None:
    rates, now = Rates(author=rate), 1000.0
    for gap in gaps:
        now += gap
        if excess := rates.take("ann", "main", now):
            now += excess.wait + 1e-6
            assert rates.take("ann", "main", now) is None


@pytest.mark.parametrize("back", [1.0, 60.0, 1e9])
def test_a_clock_that_jumps_back_locks_nobody_out(back: float) -> None:
    rates = Rates(author=30)
    taken(rates, [1e9] * 20)
    excess = rates.take("ann", "main", 1e9 - back)
    assert excess is not None
    assert excess.wait <= 2.0
