"""When the parent of an engine's process loses patience: with a call, and with the engine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import EngineError
from engines.process import Patience
from engines.process.patience import LONGEST_PAUSE, Losses, Pace

PATIENCE = Patience()


# With a call


def test_the_first_calls_of_a_process_may_take_long_and_later_ones_twenty_times_what_they_took_at_least_10_s() -> None:
    pace = Pace(PATIENCE)
    assert pace.limit(1) == 120
    pace.took(1, 90.0)  # it compiled something
    assert pace.limit(1) == 120  # what a picture takes is not known yet
    pace.took(1, 0.1)
    assert pace.limit(1) == 10
    assert pace.limit(4) == 120
    pace.took(4, 60.0)
    assert pace.limit(4) == 10
    pace.took(4, 8.0)
    assert (pace.limit(4), pace.limit(1), pace.limit(8)) == (160, 40, 320)
    pace.anew()
    assert pace.limit(1) == 120


def test_one_slow_call_is_forgotten_in_time() -> None:
    pace = Pace(PATIENCE)
    for seconds in (0.1, 5.0, *[0.1] * 100):
        pace.took(1, seconds)
    assert pace.limit(1) == 10


# With the engine


def test_pauses_between_restarts_grow_until_it_is_given_up() -> None:
    losses = Losses(PATIENCE)
    assert [losses.restart() for _ in range(6)] == [0, 0.5, 1, 2, 4, 8]
    with pytest.raises(EngineError, match="^6 restarts without a picture drawn did not help$"):
        losses.restart()


@given(st.integers(min_value=1, max_value=40))
def test_a_pause_is_never_longer_than_30_s(restarts: int) -> None:
    losses = Losses(Patience(restarts=restarts))
    assert max(losses.restart() for _ in range(restarts)) <= LONGEST_PAUSE


def test_a_picture_forgives_what_was_before() -> None:
    losses = Losses(PATIENCE)
    for _ in range(3):
        for _ in range(6):
            losses.restart()
        losses.condemn(3)
        losses.condemn(3)
        losses.drawn()


def test_restarts_for_poison_are_not_the_engines_but_three_descriptions_in_a_row_are() -> None:
    losses = Losses(PATIENCE)
    for _ in range(2):
        for _ in range(3):
            losses.restart()
        losses.condemn(3)
    assert losses.restart() == 0
    with pytest.raises(EngineError, match="^3 descriptions in a row cannot all be poison$"):
        losses.condemn(3)
