"""Of several wishes it is settled which one acts, what their authors are told, and what is remembered of them."""

from __future__ import annotations

import pytest

from streamer.bus.base import Received
from streamer.director.desk import MAX_REASON, OUTCOMES, Desk, Status, Verdict, remember
from streamer.director.moderation import REASON, WordList
from streamer.limits import Rates
from streamer.messages import DirectorState, Outcome, Prompt, PromptOptions
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


# What is refused before anything is merged

PLAYING = {"main": DirectorState(epoch=9, status="playing")}


def asked(desk: Desk, *prompts: Prompt, now: float = 50.0, late: bool = False) -> Verdict:
    for prompt in prompts:
        desk.add(record(prompt.prompt.encode()), prompt)
    (one,) = desk.decide(PLAYING, now, late=late, room=1)
    return one


def wish(id: str, words: str, author: str = "ann", action: str | None = "steer", **options: str) -> Prompt:
    return Prompt(
        id=id,
        stream="main",
        action=action,
        prompt=words,
        author=author,
        options=PromptOptions(**options),  # type: ignore[arg-type]
    )


def test_words_that_are_not_allowed_are_refused_and_beat_no_other_wish() -> None:
    one = asked(Desk(moderator=WordList(["bad"])), wish("a", "a fox"), wish("b", "a bad fox"))
    assert one.wish is not None
    assert one.wish.prompt == "a fox"
    assert [(o.id, o.outcome, o.reason) for o in one.outcomes] == [("b", "refused", REASON), ("a", "taken", "")]
    assert [(r.value, why) for r, why in one.refused] == [(b"a bad fox", REASON)]


@pytest.mark.parametrize("where", ["style", "language"])
def test_all_that_reaches_the_llm_is_judged(where: str) -> None:
    one = asked(Desk(moderator=WordList(["bad"])), wish("a", "a fox", **{where: "bad"}))
    assert outcomes(one) == [("steer", "refused")]


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
def test_words_beside_an_action_that_follows_none_are_not_judged(action: str) -> None:
    one = asked(Desk(moderator=WordList(["bad"])), wish("a", "bad", action=action))
    assert outcomes(one) == [(action, "taken")]


def test_a_moderator_learns_who_asks() -> None:
    class Ban:
        def judge(self, words: str, author: str) -> str:
            return "not you" if author == "ann" else ""

    one = asked(Desk(moderator=Ban()), wish("a", "a fox"), wish("b", "a fox", author="bob"))
    assert [(o.id, o.reason) for o in one.outcomes] == [("a", "not you"), ("b", "")]


def test_an_author_who_asks_too_often_is_refused_and_told_when_the_next_is_taken() -> None:
    desk = Desk(rates=Rates(author=30))
    one = asked(desk, *(wish(str(n), f"fox {n}") for n in range(11)), wish("b", "a boat", author="bob"))
    assert one.wish is not None
    assert one.wish.prompt == "a boat"
    (refused,) = [o for o in one.outcomes if o.outcome == "refused"]
    assert refused.id == "10"
    assert refused.reason == "30 prompts a minute are taken from one author (author_rate); the next in 2 s"
    assert [why for _, why in one.refused] == [refused.reason]
    assert asked(desk, wish("later", "an owl"), now=52.0).wish is not None


def test_a_refused_wish_leaves_the_one_before_it_on_the_screen() -> None:
    desk = Desk(rates=Rates(author=30))
    asked(desk, *(wish(str(n), f"fox {n}") for n in range(10)))
    one = asked(desk, wish("over", "too many"), wish("pause", "", action="pause"), now=51.0)
    assert (one.wish, one.control, one.status) == (None, None, "playing")
    assert outcomes(one) == [("steer", "refused"), ("pause", "refused")]


def test_many_authors_together_are_bounded_by_the_streams_rate() -> None:
    one = asked(Desk(rates=Rates(author=30, stream=60)), *(wish(str(n), "x", author=f"a{n}") for n in range(21)))
    assert [o.id for o in one.outcomes if o.outcome == "refused"] == ["20"]
    assert "(stream_rate)" in one.refused[0][1]


def test_a_stop_gets_through_and_takes_nothing() -> None:
    desk = Desk(rates=Rates(author=30))
    stops = [wish(f"s{n}", "", action="stop") for n in range(50)]
    assert {o for _, o in outcomes(asked(desk, *stops))} == {"merged", "taken"}
    one = asked(desk, *(wish(str(n), f"fox {n}") for n in range(11)), wish("enough", "", action="stop"))
    assert (one.action, outcomes(one)[-1]) == ("stop", ("stop", "taken"))
    assert [o.id for o in one.outcomes if o.outcome == "refused"] == ["10"]


def test_a_repetition_and_what_is_refused_take_nothing() -> None:
    desk = Desk(rates=Rates(author=30), moderator=WordList(["bad"]))
    again = [wish("same", "a fox")] * 30
    bad = [wish(f"bad {n}", "bad") for n in range(30)]
    one = asked(desk, *again, *bad, *(wish(str(n), f"fox {n}") for n in range(9)))
    assert one.repeated == 29
    assert {o.reason for o in one.outcomes if o.outcome == "refused"} == {REASON}
    assert asked(desk, wish("over", "one more")).wish is None


def test_what_was_refused_may_be_asked_again_under_the_same_id() -> None:
    desk = Desk(rates=Rates(author=30))
    first = asked(desk, *(wish(str(n), f"fox {n}") for n in range(11)))
    film = DirectorState(epoch=9, status="playing", outcomes=remember((), first, 9))
    desk.add(record(), wish("10", "fox 10"))
    (again,) = desk.decide({"main": film}, 52.0, late=False, room=1)
    assert (again.repeated, outcomes(again)) == (0, [("steer", "taken")])


def test_at_takeover_words_are_judged_and_rates_are_not() -> None:
    desk = Desk(rates=Rates(author=30), moderator=WordList(["bad"]))
    one = asked(desk, *(wish(str(n), f"fox {n}") for n in range(50)), wish("b", "bad"), late=True)
    assert one.wish is not None
    assert one.wish.id == "49"
    assert [o.id for o in one.outcomes if o.outcome == "refused"] == ["b"]
    assert len(asked(desk, *(wish(str(n), f"owl {n}") for n in range(11))).refused) == 1, "and nothing was taken"


def test_the_partitions_of_a_director_share_its_rates() -> None:
    rates = Rates(author=30)
    asked(Desk(rates=rates), *(wish(str(n), f"fox {n}") for n in range(10)))
    assert asked(Desk(rates=rates), wish("x", "an owl")).wish is None
