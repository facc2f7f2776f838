"""A film's account: what it used of the LLM, and when its budget lets it go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.director.economy import DRAIN, FULLEST, GOES_ON, MAX_TOKENS, Budget, Ledger
from streamer.errors import UserError
from streamer.messages import DirectorState, Spending, decode_director_state, encode

NOON = 1_800_014_400.0  # 2027-01-15 12:00 UTC
HOUR = 3600.0


def test_tokens_cost_and_film_add_up() -> None:
    ledger = Ledger(Budget(price_in=2.0, price_out=10.0))
    ledger.add(NOON, tokens_in=1000, tokens_out=500)
    ledger.add(NOON + 8, film=16.0)
    spending = ledger.add(NOON + 16, tokens_in=2000, tokens_out=500, film=14.0)
    assert (spending.tokens_in, spending.tokens_out, spending.film) == (3000, 1000, 30.0)
    assert spending.cost == pytest.approx(0.006 + 0.010)
    assert ledger.tokens_per_minute == pytest.approx(8000)
    assert ledger.cost_per_minute == pytest.approx(0.032)


def test_before_there_is_film_a_minute_of_it_has_no_price() -> None:
    ledger = Ledger(Budget(price_in=2.0))
    ledger.add(NOON, tokens_in=1000)
    assert (ledger.tokens_per_minute, ledger.cost_per_minute) == (0.0, 0.0)


def test_without_a_budget_nothing_is_held() -> None:
    ledger = Ledger(Budget(price_out=10.0))
    for n in range(1000):
        ledger.add(NOON + n, tokens_in=100_000, tokens_out=100_000)
        assert ledger.held_until(NOON + n) is None


def test_a_film_that_is_over_its_budget_is_held_until_half_of_its_burst_is_there_again() -> None:
    ledger = Ledger(Budget(tokens=200_000))
    ledger.add(NOON, tokens_in=30_000, tokens_out=9_999)
    assert ledger.held_until(NOON) is None
    ledger.add(NOON, tokens_out=1)
    until = ledger.held_until(NOON)
    assert until == pytest.approx(NOON + 450)
    assert ledger.held_until(NOON + 300) == pytest.approx(until), "what was told stays true"
    assert ledger.held_until(NOON + 449) is not None
    assert ledger.held_until(NOON + 451) is None


def test_people_are_told_the_budget_and_the_time() -> None:
    assert (
        Ledger(Budget(tokens=200_000)).note(NOON + 450)
        == "the budget of 200000 tokens an hour is used up for now: goes on at 12:08 UTC"
    )
    assert "of 1.5 (budget_cost) an hour is" in Ledger(Budget(price_in=1, cost=1.5)).note(NOON)
    assert "of 9 tokens or 1.5 (budget_cost) an hour is" in Ledger(Budget(price_in=1, tokens=9, cost=1.5)).note(NOON)


@pytest.mark.parametrize(
    ("tokens_in", "tokens_out", "held"),
    [(40_000, 0, True), (39_000, 0, False), (0, 20_000, True), (0, 19_000, False)],
)
def test_the_nearer_of_the_two_limits_holds(tokens_in: int, tokens_out: int, held: bool) -> None:
    ledger = Ledger(Budget(price_in=1.0, price_out=10.0, tokens=200_000, cost=1.0))
    ledger.add(NOON, tokens_in=tokens_in, tokens_out=tokens_out)
    assert (ledger.held_until(NOON) is not None) == held


def test_a_budget_of_costs_without_prices_is_refused() -> None:
    with pytest.raises(UserError, match=r"--budget-cost 2: without --price-in or --price-out nothing has a cost"):
        Budget(cost=2.0)


def test_a_successor_holds_what_its_predecessor_held() -> None:
    before = Ledger(Budget(tokens=1000))
    before.add(NOON, tokens_in=500)
    state = decode_director_state(encode(DirectorState(epoch=1, status="held", spending=before.spending)))
    after = Ledger(Budget(tokens=1000), state.spending)
    assert after.held_until(NOON + 60) == pytest.approx(before.held_until(NOON + 60))
    assert after.spending.tokens_in == 500


# In no hour more than the budget


def directed(
    ledger: Ledger, answers: list[tuple[float, int]], renewed: Callable[[Ledger], Ledger]
) -> list[tuple[float, int]]:
    """(when, tokens) of the answers of a film that asks as soon as it may, each `gap` seconds after the last."""
    used, now = [], NOON
    for gap, tokens in answers:
        now += gap
        ledger = renewed(ledger)
        if (until := ledger.held_until(now)) is not None:
            now = until + 1e-3
            assert ledger.held_until(now) is None, "it goes on when it was told to"
        ledger.add(now, tokens_out=tokens)
        used.append((now, tokens))
    return used


def _same(ledger: Ledger) -> Ledger:
    return ledger


def _new_director(ledger: Ledger) -> Ledger:
    return Ledger(ledger.budget, ledger.spending)


ANSWERS = st.lists(st.tuples(st.floats(0, 900), st.integers(0, 3000)), min_size=1, max_size=120)


@pytest.mark.parametrize("renewed", [_same, _new_director])
@given(budget=st.integers(500, 50_000), answers=ANSWERS)
def test_no_hour_has_more_than_the_budget_and_one_answer(
    renewed: Callable[[Ledger], Ledger], budget: int, answers: list[tuple[float, int]]
) -> None:
    used = directed(Ledger(Budget(tokens=budget)), answers, renewed)
    largest = max(tokens for _, tokens in used)
    for begin, _ in used:
        in_the_hour = sum(tokens for when, tokens in used if begin <= when < begin + HOUR)
        assert in_the_hour <= budget + largest + 1e-3


def test_a_film_that_uses_less_than_four_fifths_is_never_held_and_none_stays_held_for_ever() -> None:
    steady = Ledger(Budget(tokens=36_000))
    for n in range(2000):
        steady.add(NOON + 16 * n, tokens_out=127)  # 28575 an hour
        assert steady.held_until(NOON + 16 * n) is None
    greedy = directed(Ledger(Budget(tokens=36_000)), [(16.0, 1000)] * 500, _same)
    hours = (greedy[-1][0] - NOON) / HOUR
    assert 0.75 * 36_000 <= 500_000 / hours <= 36_000


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 10**20), st.integers(-5, 10**20)), max_size=30))
def test_totals_only_rise_whatever_a_server_claims_and_no_claim_holds_a_film_for_long(
    claims: list[tuple[float, int, int]],
) -> None:
    ledger, now = Ledger(Budget(price_in=1, tokens=1000, cost=1.0)), NOON
    for gap, tokens_in, tokens_out in claims:
        now, before = now + gap, ledger.spending
        after = ledger.add(now, tokens_in=tokens_in, tokens_out=tokens_out, film=2.0)
        assert 0 <= after.tokens_in - before.tokens_in <= MAX_TOKENS
        assert 0 <= after.tokens_out - before.tokens_out <= MAX_TOKENS
        assert after.cost >= before.cost
        assert after.film >= before.film
        assert 0 <= after.used <= FULLEST
        assert (ledger.held_until(now) or now) - now <= (FULLEST - GOES_ON) * DRAIN <= 1.2 * HOUR


@given(back=st.floats(0, 1e9), used=st.floats(0, FULLEST))
def test_a_clock_that_is_set_back_neither_frees_a_film_nor_holds_it_longer(back: float, used: float) -> None:
    budget = Budget(tokens=1000)
    right = Ledger(budget, Spending(used=used, at=NOON)).held_until(NOON)
    ledger = Ledger(budget, Spending(used=used, at=NOON))
    wrong = ledger.held_until(NOON - back)
    assert (wrong is None) == (right is None)
    if right is not None and wrong is not None:
        assert wrong + back == pytest.approx(right, abs=1e-3)
        assert ledger.held_until(wrong + 1e-3) is None
