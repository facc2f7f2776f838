"""One retry policy, played through on paper."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from streamer.director.llm.retry import FIRST_REST, Backoff, Breaker, Rota


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
    now += 1000.0
    refilled = [backoff.failed(now + n / 10) for n in range(4)]
    assert all(wait <= 0.6 for wait in refilled[:3]), "the budget is full again"
    assert refilled[3] > 9.0, "and never fuller than that"


def test_retry_after_is_honoured_up_to_a_bound() -> None:
    backoff = Backoff(longest=120.0)
    assert backoff.failed(0.0, retry_after=33.0) == 33.0
    assert backoff.failed(0.0, retry_after=9999.0) == 120.0


def test_the_breaker_lets_one_try_through_after_its_rest() -> None:
    breaker = Breaker(limit=2, rest=5.0)
    breaker.failed(0.0)
    assert breaker.take(0.0)
    breaker.failed(1.0)
    assert breaker.open
    assert breaker.wait(2.0) == 4.0
    assert not breaker.take(2.0)
    assert [breaker.wait(6.0), breaker.wait(6.0)] == [0.0, 0.0], "to look is not to take"
    assert breaker.take(6.0), "the one try"
    assert not breaker.take(6.1), "everybody else"
    breaker.succeeded()
    assert not breaker.open
    assert breaker.take(6.2)


def test_a_breaker_told_to_rest_is_open_at_once() -> None:
    breaker = Breaker(limit=5, rest=5.0)
    breaker.failed(0.0, rest=60.0)
    assert breaker.open
    assert breaker.wait(1.0) == 59.0
    assert breaker.take(60.0)
    breaker.failed(60.0, rest=60.0)
    assert breaker.wait(61.0) == 59.0


def refuse(
    rota: Rota, which: int, now: float, *, took: float = 0.0, permanent: bool = False, retry_after: float | None = None
) -> None:
    rota.refused(which, now, asked=now - took, permanent=permanent, retry_after=retry_after)


def test_the_preferred_endpoint_comes_first_and_each_is_tried_once_for_a_question() -> None:
    rota = Rota(3)
    assert rota.take(0.0, set()) == 0
    assert rota.take(0.0, {0}) == 1
    assert rota.take(0.0, {0, 1}) == 2
    assert rota.take(0.0, {0, 1, 2}) is None


def test_where_another_answers_a_refusal_rests_at_once_and_longer_each_time() -> None:
    rota = Rota(2)
    now, rests = 0.0, []
    for _ in range(6):
        assert rota.take(now, set()) == 0
        refuse(rota, 0, now)
        rests.append(rota.breakers[0].wait(now))
        assert rota.take(now, set()) == 1
        now += rests[-1]
    assert rests == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    rota.take(now, set())
    rota.spoke(0)
    refuse(rota, 0, now)
    assert rota.breakers[0].wait(now) == 5.0


def test_a_retry_after_is_the_endpoints_rest_only_where_another_can_be_asked() -> None:
    rota = Rota(2)
    refuse(rota, 0, 0.0, retry_after=33.0)
    assert rota.breakers[0].wait(0.0) == 33.0
    refuse(rota, 1, 0.0, retry_after=44.0)
    assert rota.breakers[1].wait(0.0) == 0.0, "there is nobody else: the stream that asked waits, the others may try"
    assert not rota.open


def test_a_refusal_for_good_rests_long_even_where_nobody_else_can_be_asked() -> None:
    rota = Rota(1)
    refuse(rota, 0, 0.0, permanent=True)
    assert rota.open
    assert rota.wait(0.0) == 60.0


def test_all_rest_until_the_first_of_them_may_be_asked() -> None:
    rota = Rota(2)
    refuse(rota, 0, 0.0, permanent=True)
    refuse(rota, 1, 10.0, permanent=True)
    assert rota.open
    assert rota.wait(20.0) == 40.0
    assert rota.take(20.0, set()) is None
    assert rota.take(60.0, set()) == 0


def test_streams_that_are_refused_at_one_moment_are_one_failure() -> None:
    rota = Rota(2)
    for n in range(5):
        refuse(rota, 0, 1.0 + n / 10, took=0.9)
    assert rota.breakers[0].wait(1.0) == FIRST_REST + 4.0, "ten times the 0.9 s that the first of them took"
    alone = Rota(1)
    for n in range(50):
        refuse(alone, 0, 1.0 + n / 100, took=1.0)
    assert not alone.open
    for n in range(4):
        refuse(alone, 0, 3.0 + n)
    assert alone.open


def test_the_one_try_of_a_resting_endpoint_is_judged_by_its_own_outcome() -> None:
    breaker = Breaker(limit=1, rest=5.0)
    breaker.failed(0.0, asked=-1.0)
    assert breaker.take(5.0)
    breaker.failed(5.5, asked=-0.5)  # asked before it rested
    assert breaker.failures == 1
    breaker.failed(6.0, asked=5.0)
    assert (breaker.failures, breaker.wait(6.0)) == (2, 5.0)


def test_a_try_that_nobody_waits_for_any_more_is_given_back() -> None:
    breaker = Breaker(limit=1, rest=5.0)
    breaker.failed(0.0)
    breaker.left(1.0, asked=-1.0)
    assert not breaker.take(1.0), "it was asked before the failure: that one still counts"
    assert breaker.take(5.0)
    assert not breaker.take(6.0)
    breaker.left(6.0, asked=5.0)
    assert breaker.take(6.0)


def test_one_that_is_slow_to_refuse_costs_a_film_a_tenth_of_its_time_at_most() -> None:
    rota = Rota(2)
    refuse(rota, 0, 30.0, took=30.0)
    assert rota.breakers[0].wait(30.0) == 300.0
    rota.spoke(0)
    refuse(rota, 0, 200.0, took=100.0)
    assert rota.breakers[0].wait(200.0) == 600.0
    rota.spoke(0)
    refuse(rota, 0, 300.0, retry_after=86_400.0)
    assert rota.breakers[0].wait(300.0) == 600.0, "a server's wish has its bounds, too"


def test_useless_answers_in_a_row_send_the_questions_elsewhere_for_a_while() -> None:
    rota = Rota(2)
    for _ in range(2):
        rota.useless(0, 0.0)
    rota.useful(0)
    for _ in range(3):
        assert rota.take(0.0, set()) == 0
        rota.useless(0, 0.0)
    assert rota.take(0.0, set()) == 1
    assert rota.take(30.0, set()) == 0
    rota.spoke(0)
    rota.useless(0, 31.0)
    assert rota.take(31.0, set()) == 0, "it is given as much patience again"
    alone = Rota(1)
    for _ in range(9):
        alone.useless(0, 0.0)
    assert alone.take(0.0, set()) == 0, "bad words may become better, no words will not"


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["refused", "permanent", "spoke", "useless"])), max_size=40)
)
def test_whatever_happens_somebody_may_be_asked_after_the_wait(history: list[tuple[int, str]]) -> None:
    rota = Rota(3)
    now = 0.0
    for which, what in history:
        now += 0.5
        if what == "spoke":
            rota.spoke(which)
        elif what == "useless":
            rota.useless(which, now)
        else:
            refuse(rota, which, now, permanent=what == "permanent")
    wait = rota.wait(now)
    assert 0 <= wait <= 60
    assert (rota.take(now, set()) is None) == (wait > 0)
    assert rota.take(now + wait + 5.0, set()) is not None
