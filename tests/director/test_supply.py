"""When a film asks for more and when it helps itself, played through on paper."""

from __future__ import annotations

import pytest

from streamer.director.llm.retry import Rota
from streamer.director.supply import Supply


class Paper:
    """The endpoints' own rota, without endpoints."""

    def __init__(self, count: int = 1) -> None:
        self.rota = Rota(count)

    @property
    def open(self) -> bool:
        return self.rota.open

    def wait(self, now: float) -> float:
        return self.rota.wait(now)


def supply(endpoints: Paper | None = None, **changes: float) -> Supply:
    return Supply(**({"low": 4.0, "starve": 10.0} | changes), endpoints=endpoints or Paper())


def test_it_asks_below_the_low_water_mark_only() -> None:
    stock = supply()
    assert stock.ask_in(0.0, lead=3.9) == 0.0
    assert stock.ask_in(0.0, lead=4.0) is None


def test_a_silent_llm_is_borne_for_the_time_to_starve() -> None:
    stock = supply()
    stock.ask_in(0.0, lead=0.0)
    assert not stock.rescue(9.9, lead=0.0)
    assert stock.rescue(10.0, lead=0.0)
    assert not stock.rescue(10.0, lead=2.0), "the film is not about to freeze"
    stock.told(10.0)
    assert not stock.rescue(19.9, lead=0.0)


def test_a_failing_llm_is_not_waited_for() -> None:
    stock = supply()
    stock.ask_in(0.0, lead=0.0)
    wait = stock.failed(0.1)
    assert stock.ask_in(0.1, lead=0.0) == pytest.approx(wait)
    assert not stock.rescue(0.2, lead=0.0), "one failure may be an accident"
    stock.failed(0.3)
    assert stock.rescue(0.3, lead=0.0)


def test_endpoints_that_other_films_found_down_are_not_waited_for_either() -> None:
    endpoints = Paper()
    stock = supply(endpoints)
    endpoints.rota.refused(0, 0.0, asked=0.0, permanent=True, retry_after=None)
    assert stock.ask_in(1.0, lead=0.0) == pytest.approx(59.0)
    assert stock.rescue(1.0, lead=0.0)
    assert stock.ask_in(60.0, lead=0.0) == 0.0


def test_after_a_description_the_llm_is_trusted_again() -> None:
    stock = supply()
    stock.ask_in(0.0, lead=0.0)
    for now in (0.1, 0.2, 0.3):
        stock.failed(now)
    stock.told(0.4)
    assert stock.ask_in(0.4, lead=0.0) == 0.0, "no wait is left"
    assert stock.failed(0.5) <= 0.75, "the next one is short"
    assert not stock.rescue(0.5, lead=0.0), "one failure may be an accident"


def test_a_wish_is_tried_at_once_and_a_rest_is_no_silence() -> None:
    stock = supply()
    stock.ask_in(0.0, lead=0.0)
    stock.failed(0.0)
    stock.wish()
    assert stock.ask_in(0.0, lead=0.0) == 0.0
    stock.rested()
    assert stock.ask_in(1000.0, lead=0.0) == 0.0
    assert not stock.rescue(1001.0, lead=0.0)
