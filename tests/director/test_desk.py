"""Of several wishes it is settled which one acts, what their authors are told, and what is remembered of them."""

from __future__ import annotations

import pytest

from streamer.bus.base import Received
from streamer.director.desk import MAX_REASON, OUTCOMES, Desk, Status, Verdict, remember
from streamer.messages import DirectorState, Outcome, Prompt
from streamer.topics import PROMPTS


def record(value: bytes = b"x", *, key: bytes | None = b"main", offset: int = 7) -> Received:
    return Received(PROMPTS, 3, offset, key, value, (), 1000.0)


def verdict(
    *wishes: str,
    status: Status = "playing",
    late: bool = False,
    room: int = 1,
    desk: Desk | None = None,
    now: float = 50.0,
) -> Verdict:
    """What wishes like "play:a fox", "steer:…", "pause" or ":plain text" come to, all for one stream."""
    desk = desk or Desk()
    for n, said in enumerate(wishes):
        action, _, words = said.partition(":")
        prompt = Prompt(id=str(n), stream="main", action=action or None, prompt=words)  # type: ignore[arg-type]
        desk.add(record(words.encode(), offset=n), prompt)
    films = {} if status == "new" else {"main": DirectorState(epoch=9, status=status)}
    (one,) = desk.decide(films, now, late=late, room=room)
    return one


def outcomes(verdict: Verdict) -> list[tuple[str, str]]:
    return [(o.action, o.outcome) for o in verdict.outcomes]


@pytest.mark.parametrize(
    ("status", "action"), [("new", "play"), ("ended", "play"), ("playing", "steer"), ("held", "steer")]
)
def test_plain_text_plays_or_steers(status: Status, action: str) -> None:
    one = verdict(":a fox", status=status)
    assert (one.action, one.status, outcomes(one)) == (action, "playing", [(action, "taken")])


def test_the_newest_wish_wins_and_the_others_are_merged() -> None:
    one = verdict("steer:a", "steer:b", "steer:c")
    assert one.wish is not None
    assert one.wish.prompt == "c"
    assert outcomes(one) == [("steer", "merged"), ("steer", "merged"), ("steer", "taken")]


def test_after_a_takeover_the_older_ones_are_superseded() -> None:
    one = verdict("play:a", "pause", "stop", ":b", status="new", late=True)
    assert (one.action, one.wish and one.wish.prompt, one.base, one.control) == ("play", "b", None, None)
    assert outcomes(one) == [("play", "superseded"), ("pause", "superseded"), ("stop", "superseded"), ("play", "taken")]


def test_a_steer_that_comes_with_its_play_steers_that_film() -> None:
    one = verdict("play:a fox", "steer:at night", "steer:in snow", status="new")
    assert one.base is not None
    assert one.wish is not None
    assert (one.action, one.base.prompt, one.wish.prompt) == ("play", "a fox", "in snow")


def test_pause_and_resume_hold_after_the_wish_and_the_last_one_counts() -> None:
    one = verdict("steer:a", "pause", "resume", "pause")
    assert (one.action, one.control, one.status) == ("steer", "pause", "held")
    assert outcomes(one) == [("pause", "merged"), ("resume", "merged"), ("steer", "taken"), ("pause", "taken")]
    assert verdict("pause", "steer:a").control is None


@pytest.mark.parametrize("action", ["steer:x", "pause", "resume", "stop"])
def test_a_stream_that_never_played_refuses_all_but_play(action: str) -> None:
    one = verdict(action, status="new")
    assert one.wish is None
    assert one.control is None
    assert [reason for _, reason in one.refused] == [
        "stream 'main' never played: begin it with play, or with plain text"
    ]


def test_an_ended_stream_plays_again_and_cannot_be_paused() -> None:
    assert verdict("steer:x", status="ended").action == "play"
    assert "has ended" in verdict("pause", status="ended").refused[0][1]
    assert outcomes(verdict("stop", "pause")) == [("pause", "refused"), ("stop", "taken")]


def test_an_outcome_has_the_beginning_of_a_long_reason_and_the_dead_letter_the_whole() -> None:
    desk = Desk()
    desk.refuse(record(), "main", "w1", "no\n" + "such words " * 500)
    (one,) = desk.decide({}, 50.0, late=False, room=1)
    (outcome,), ((_, whole),) = one.outcomes, one.refused
    assert len(outcome.reason) <= MAX_REASON
    assert outcome.reason.startswith("no such words")
    assert len(whole) > 5000


def test_no_more_films_than_allowed_begin() -> None:
    assert "max_streams" in verdict("play:x", status="new", room=0).refused[0][1]
    assert verdict("play:x", status="playing", room=0).action == "play"
    desk = Desk()
    for stream in ("a", "b", "c"):
        desk.add(record(b"x"), Prompt(id=stream, stream=stream, action="play", prompt="x"))
    assert [bool(v.wish) for v in desk.decide({}, 50.0, late=False, room=2)] == [True, True, False]


def test_a_film_that_is_stopped_and_played_again_takes_its_own_place() -> None:
    one = verdict("stop", "play:x", room=0)
    assert (one.action, one.refused, outcomes(one)) == ("play", [], [("stop", "merged"), ("play", "taken")])
    assert "max_streams" in verdict("stop", "play:x", status="ended", room=0).refused[0][1]


def test_a_place_that_is_left_is_free_for_the_next() -> None:
    desk = Desk()
    for stream, action in (("a", "stop"), ("b", "play"), ("c", "play")):
        desk.add(record(), Prompt(id=stream, stream=stream, action=action, prompt="x"))  # type: ignore[arg-type]
    verdicts = desk.decide({"a": DirectorState(epoch=9, status="held")}, 50.0, late=False, room=0)
    assert [v.action for v in verdicts] == ["stop", "play", None]


def test_a_single_person_never_waits_and_a_crowd_waits_for_the_newest() -> None:
    desk = Desk(settle=0.3)
    assert desk.wait(50.0) == 0.0
    verdict(":a", desk=desk, now=50.0)
    desk.add(record(b"b"), Prompt(id="b", stream="main", action=None, prompt="b"))
    assert desk.wait(50.1) == pytest.approx(0.2)
    desk.add(record(b"c"), Prompt(id="c", stream="main", action=None, prompt="c"))
    assert desk.wait(50.3) == pytest.approx(0.0)
    (one,) = desk.decide({"main": DirectorState(epoch=9, status="playing")}, 50.3, late=False, room=1)
    assert outcomes(one) == [("steer", "merged"), ("steer", "taken")]
    assert one.replaces == "merged"
    assert verdict(":d", desk=desk, now=60.0).replaces == "superseded"


def test_other_streams_do_not_wait_for_a_busy_one_that_says_nothing() -> None:
    desk = Desk(settle=0.3)
    verdict(":a", desk=desk, now=50.0)
    desk.add(record(b"x", key=b"other"), Prompt(id="x", stream="other", action="play", prompt="x"))
    assert desk.wait(50.1) == 0.0


def test_the_newest_outcomes_are_remembered_with_their_epoch() -> None:
    known = [Outcome(id=f"k{n}", outcome="taken", epoch=9, action="steer") for n in range(OUTCOMES)]
    kept = remember(known, verdict("steer:a", "steer:b", "pause"), 11)
    assert len(kept) == OUTCOMES
    assert [(o.id, o.outcome, o.epoch) for o in kept[-3:]] == [
        ("0", "merged", 11),
        ("1", "taken", 11),
        ("2", "taken", 11),
    ]


def test_a_wish_that_never_came_on_screen_is_beaten_by_the_next() -> None:
    known = [Outcome(id="k", outcome="taken", epoch=9, action="play")]
    assert remember(known, verdict("steer:a"), 11, unseen=9)[0] == Outcome(
        id="k", outcome="superseded", epoch=11, action="play"
    )
    assert remember(known, verdict("steer:a"), 11, unseen=None)[0].outcome == "taken"
    assert remember(known, verdict("pause"), 9, unseen=9)[0].outcome == "taken"


# Repetitions


def decided(*said: tuple[str, str], known: tuple[Outcome, ...] = ()) -> Verdict:
    """What (id, words) to a film that plays come to."""
    desk = Desk()
    for id, words in said:
        desk.add(record(), Prompt(id=id, stream="main", action=None, prompt=words))
    film = DirectorState(epoch=9, status="playing", outcomes=known)
    (verdict,) = desk.decide({"main": film}, 50.0, late=False, room=1)
    return verdict


def test_a_wish_that_comes_twice_is_one_wish() -> None:
    once, again = decided(("a", "a fox")), decided(("a", "a fox"), ("a", "a fox"))
    assert again.outcomes == once.outcomes
    assert (again.repeated, again.wish) == (1, once.wish)


def test_a_repetition_is_known_by_what_is_remembered_and_takes_nothing_back() -> None:
    first = remember((), decided(("a", "a fox")), 9)
    then = remember(first, decided(("b", "a boat"), known=first), 10)
    again = decided(("a", "a fox"), known=then)
    assert (again.wish, again.outcomes, again.repeated) == (None, [], 1)
    assert remember(then, again, 10) == then


def test_other_words_under_the_same_id_are_another_wish() -> None:
    """Some senders have one id for all that they ask."""
    known: tuple[Outcome, ...] = ()
    for epoch, words in enumerate(["a fox", "a boat", "a fox"], start=9):
        verdict = decided(("me", words), known=known)
        assert verdict.wish is not None
        known = remember(known, verdict, epoch)
    assert [o.epoch for o in known] == [9, 10, 11]
