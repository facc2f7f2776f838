"""One retry policy, played through on paper."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from streamer.director.retry import Backoff, Breaker


@given(st.integers(), st.integers(1, 60))
def test_waits_grow_at_random_within_their_bounds(seed: int, failures: int) -> None:
    backoff = Backoff(base=0.25, cap=15.0, longest=120.0, tries=1000, dice=random.Random(seed))
    waits = [backoff.failed(float(n)) for n in range(failures)]
    assert all(0.25 <= wait <= 15.0 for wait in waits)
    assert all(b <= 3 * a for a, b in zip(waits, waits[1:], strict=False))


def test_after_a_success_the_next_wait_is_short_again() -> None:
    backoff = Backoff(base=0.25, dice=random.Random(1))
    for n in range(5):
        backoff.failed(float(n))
    backoff.succeeded()
    assert backoff.failures == 0
    assert backoff.failed(9.0) <= 0.75


def test_the_budget_stretches_the_waits_of_a_stream_that_only_fails() -> None:
    backoff = Backoff(base=0.1, cap=0.2, tries=3, refill=10.0, dice=random.Random(1))
    waits = []
    now = 0.0
    for _ in range(6):
        waits.append(backoff.failed(now))
        backoff.succeeded()
        now += 0.1
    assert all(wait <= 0.2 for wait in waits[:3])
    assert all(wait > 9.0 for wait in waits[3:])
    assert backoff.failed(now + 1000.0) <= 0.3


def test_retry_after_is_honoured_up_to_a_bound() -> None:
    backoff = Backoff(longest=120.0)
    assert backoff.failed(0.0, retry_after=33.0) == 33.0
    assert backoff.failed(0.0, retry_after=9999.0) == 120.0


def test_the_breaker_lets_one_try_through_after_its_rest() -> None:
    breaker = Breaker(limit=2, rest=5.0)
    breaker.failed(0.0)
    assert breaker.wait(0.0) == 0.0
    breaker.failed(1.0)
    assert breaker.wait(2.0) == 4.0
    assert breaker.wait(6.0) == 0.0, "the one try"
    assert breaker.wait(6.1) > 0.0, "everybody else"
    breaker.succeeded()
    assert breaker.wait(6.2) == 0.0
