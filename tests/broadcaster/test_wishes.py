"""Wishes on their way to the screen."""

from __future__ import annotations

from typing import Any

import pytest

from streamer.broadcaster.wishes import KEPT, NO_DIRECTOR, STAND_IN, UNHEARD, Wishes
from streamer.messages import Outcome


def progress(wishes: Wishes, id: str) -> str | None:
    wish = wishes.get(id)
    return wish.progress if wish else None


def taken(id: str, epoch: int) -> Outcome:
    return Outcome(id=id, outcome="taken", epoch=epoch)


def test_a_wish_is_accepted_directed_and_shown():
    wishes = Wishes()
    assert wishes.accept("a", 100.0).progress == "accepted"
    assert [wish.progress for wish in wishes.learn([taken("a", 7)])] == ["directing"]
    assert wishes.show(6) == []
    (wish,) = wishes.show(7)
    assert (wish.id, wish.progress, wish.epoch) == ("a", "on_screen", 7)


def test_a_wish_that_is_overheard_can_be_asked_for_and_is_no_news():
    wishes = Wishes()
    wishes.overhear("elsewhere", 100.0)
    assert progress(wishes, "elsewhere") == "accepted"
    assert not wishes.told("elsewhere")
    assert wishes.sweep(100.0 + UNHEARD) == []
    assert wishes.get("elsewhere").reason == NO_DIRECTOR  # type: ignore[union-attr]
    assert len(wishes.learn([taken("elsewhere", 7)])) == 1, "what becomes of it is news"
    assert wishes.told("elsewhere")


def test_a_wish_of_ones_own_may_come_back_by_the_bus_before_it_is_accepted():
    wishes = Wishes()
    wishes.overhear("mine", 100.0)
    assert wishes.accept("mine", 100.1).progress == "accepted"
    assert wishes.told("mine")
    wishes.overhear("mine", 100.2)
    assert wishes.told("mine")
    assert [wish.reason for wish in wishes.sweep(100.0 + UNHEARD)] == [NO_DIRECTOR]


def test_news_is_told_once():
    wishes = Wishes()
    assert len(wishes.learn([taken("a", 7)])) == 1
    assert wishes.learn([taken("a", 7)]) == []
    assert len(wishes.show(8)) == 1
    assert wishes.show(8) == []
    assert wishes.learn([taken("a", 7)]) == []


def test_the_picture_may_be_there_before_the_news_of_its_direction():
    wishes = Wishes()
    wishes.accept("a", 100.0)
    wishes.show(7)
    assert [wish.progress for wish in wishes.learn([taken("a", 7)])] == ["on_screen"]


def test_the_director_may_be_quicker_than_the_answer():
    wishes = Wishes()
    wishes.learn([taken("a", 7)])
    assert wishes.accept("a", 100.0).progress == "directing"


def test_why_not():
    wishes = Wishes()
    wishes.accept("a", 100.0)
    outcomes = (
        Outcome(id="a", outcome="refused", reason="max_streams is 64"),
        Outcome(id="b", outcome="superseded", epoch=9),
        Outcome(id="c", outcome="merged", epoch=9),
    )
    told = {wish.id: wish for wish in wishes.learn(outcomes)}
    assert (told["a"].progress, told["a"].reason) == ("refused", "max_streams is 64")
    assert (told["b"].progress, told["c"].progress) == ("superseded", "merged")
    assert wishes.show(9) == []  # none of them is on the screen


def test_the_oldest_are_forgotten():
    wishes = Wishes()
    for number in range(KEPT + 1):
        wishes.accept(str(number), 100.0)
    assert progress(wishes, "0") is None
    assert progress(wishes, "1") == "accepted"
    assert len(wishes) == KEPT


def test_a_wish_that_a_stand_in_shows_says_so():
    wishes = Wishes()
    wishes.accept("a", 100.0)
    wishes.learn([taken("a", 7)])
    (shown,) = wishes.show(7, stand_in=True)
    assert (shown.progress, shown.reason) == ("on_screen", STAND_IN)
    assert wishes.learn([taken("a", 7)]) == []
    assert wishes.get("a") == shown


# Unheard


def test_a_wish_that_no_director_takes_up_says_so_and_goes_on_when_one_does() -> None:
    wishes = Wishes()
    wishes.accept("a", 100.0)
    assert wishes.sweep(100.0) == []
    assert wishes.sweep(100.0 + UNHEARD - 1) == []
    (told,) = wishes.sweep(100.0 + UNHEARD)
    assert (told.id, told.progress, told.reason) == ("a", "accepted", NO_DIRECTOR)
    assert wishes.get("a") == told
    assert wishes.sweep(100.0 + 2 * UNHEARD) == [], "told once"
    (told,) = wishes.learn([Outcome(id="a", outcome="taken", epoch=7)])
    assert (told.progress, told.reason) == ("directing", "")


@pytest.mark.parametrize("outcome", ["taken", "merged", "superseded", "refused"])
def test_a_wish_of_which_something_was_heard_is_not_unheard(outcome: Any) -> None:
    wishes = Wishes()
    wishes.accept("a", 100.0)
    wishes.learn([Outcome(id="a", outcome=outcome, epoch=7)])
    assert wishes.sweep(200.0) == []


def test_a_wish_that_was_forgotten_is_not_unheard() -> None:
    wishes = Wishes()
    for number in range(KEPT + 1):
        wishes.accept(str(number), 100.0)
    assert len(wishes.sweep(200.0)) == KEPT
