"""Who watches through other broadcasters: their counts are added up, and expire."""

from __future__ import annotations

import pytest

from streamer.broadcaster import audience
from streamer.broadcaster.audience import LONGEST, Elsewhere
from streamer.messages import Audience


def watching(count: int, until: float = 12.0) -> Audience:
    return Audience(count=count, until=until)


def test_the_counts_of_others_are_added_up_and_the_own_is_not_among_them():
    others = Elsewhere(own="here:8080")
    others.hear("main", "here:8080", watching(1000), 0.0)
    others.hear("main", "there:8080", watching(3), 0.0)
    others.hear("main", "there:8081", watching(4), 0.0)
    others.hear("fox", "there:8080", watching(5), 0.0)
    assert (others.watching("main"), others.watching("fox"), others.watching("nobody's")) == (7, 5, 0)


def test_what_a_broadcaster_says_last_is_what_counts():
    others = Elsewhere()
    others.hear("main", "there", watching(3), 0.0)
    others.hear("main", "there", watching(2), 1.0)
    assert others.watching("main") == 2
    others.hear("main", "there", None, 2.0)
    assert others.watching("main") == 0


def test_a_broadcaster_that_is_gone_is_forgotten_when_its_last_word_expires():
    others = Elsewhere()
    others.hear("main", "gone", watching(3, until=12.0), 0.0)
    others.hear("main", "alive", watching(4, until=17.0), 5.0)
    assert others.sweep(11.0) == set()
    assert others.sweep(12.0) == {"main"}
    assert others.watching("main") == 4


def test_a_word_that_has_expired_when_it_is_read_counts_nothing():
    others = Elsewhere()
    others.hear("main", "there", watching(3, until=12.0), 12.0)
    assert others.watching("main") == 0


def test_no_word_holds_for_ever():
    others = Elsewhere()
    others.hear("main", "a wrong clock", watching(3, until=1e12), 0.0)
    assert others.sweep(LONGEST - 1) == set()
    assert others.sweep(LONGEST) == {"main"}


def test_what_is_believed_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(audience, "MOST_COUNTS", 10)
    others = Elsewhere()
    for number in range(100):
        others.hear("main", f"made up {number}", watching(1), 0.0)
    assert others.watching("main") == 10
    others.sweep(12.0)
    others.hear("main", "there", watching(5, until=24.0), 12.0)
    assert others.watching("main") == 5, "what expires makes room"


def test_what_a_killed_broadcaster_left_behind_is_known_to_the_one_after_it():
    others = Elsewhere(own="here#1")
    others.hear("main", "here#1", watching(7), 100.0)
    others.hear("fox", "here#1", watching(7), 100.0)
    others.hear("fox", "here#1", None, 100.0)
    assert others.left == {"main"}
