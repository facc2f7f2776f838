"""Strangers' records become prompts or are refused with a reason; of several wishes it is settled which one acts."""

from __future__ import annotations

import pytest

from streamer.bus.base import Headers, Received
from streamer.director.desk import OUTCOMES, Desk, Status, Verdict, parse_prompt, remember
from streamer.errors import Rejected
from streamer.messages import Outcome, Prompt, PromptOptions
from streamer.topics import PROMPTS


def record(value: bytes | None, *, key: bytes | None = b"main", headers: Headers = (), offset: int = 7) -> Received:
    return Received(PROMPTS, 3, offset, key, value, headers, 1000.0)


def parsed(value: bytes, key: bytes | None = b"main", headers: Headers = (), max_chars: int = 100) -> Prompt:
    prompt = parse_prompt(record(value, key=key, headers=headers), max_chars=max_chars)
    assert prompt is not None
    return prompt


# Reading


def test_plain_text_is_a_wish() -> None:
    assert parsed(b"  a red fox\r\n") == Prompt(id="3-7", stream="main", action=None, prompt="a red fox", at=1000.0)


def test_json_is_a_wish_with_options_and_unknown_fields_are_skipped() -> None:
    value = b'\xef\xbb\xbf \n{"prompt":"a fox","action":"play","id":"w1","options":{"seed":5,"pace":1.5},"mine":[{}]}'
    assert parsed(value) == Prompt(
        id="w1", stream="main", action="play", prompt="a fox", options=PromptOptions(seed=5, pace=1.5), at=1000.0
    )


@pytest.mark.parametrize(
    ("key", "value", "stream"),
    [
        (b"one", b'{"prompt":"x","stream":"two"}', "one"),
        (None, b'{"prompt":"x","stream":"two"}', "two"),
        (b"", b'{"prompt":"x","stream":"two"}', "two"),
        (None, b"x", "main"),
    ],
)
def test_the_stream_is_the_key_else_the_field_else_main(key: bytes | None, value: bytes, stream: str) -> None:
    assert parsed(value, key).stream == stream


def test_the_id_is_the_header_else_the_field_else_the_place_of_the_record() -> None:
    assert parsed(b'{"prompt":"x","id":"field"}', headers=[("id", b"header")]).id == "header"
    assert parsed(b'{"prompt":"x","id":"field"}').id == "field"
    assert parsed(b'{"prompt":"x"}').id == "3-7"


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
def test_some_actions_need_no_words(action: str) -> None:
    assert parsed(b'{"action":"%s"}' % action.encode()).action == action


def test_a_tombstone_is_no_prompt() -> None:
    assert parse_prompt(record(None), max_chars=10) is None


@pytest.mark.parametrize(
    ("value", "key", "headers", "reason"),
    [
        (b"\xff\xfe", b"main", [], "the text is not UTF-8: byte 0xff at 0"),
        (b"", b"main", [], "no words"),
        (b" \r\n\x00\x01", b"main", [], "no words: a prompt needs a text to follow"),
        (b'{"action":"play"}', b"main", [], "no words: play needs a text"),
        (b"x" * 101, b"main", [], "101 characters are too many: max_prompt_chars is 100"),
        (b"x" * 1_000_000, b"main", [], "1000000 characters are too many"),
        (b"{not json", b"main", [], "begins with { but is not a prompt as JSON"),
        (b'{"prompt":5}', b"main", [], r"Expected `str`, got `int` - at `\$.prompt`"),
        (b'{"prompt":"x","action":"explode"}', b"main", [], r"Invalid enum value 'explode' - at `\$.action`"),
        (b'{"prompt":"x","options":{"pace":99}}', b"main", [], r"<= 12.0 - at `\$.options.pace`"),
        (b'{"prompt":"x","options":{"seed":-1}}', b"main", [], r">= 0 - at `\$.options.seed`"),
        (b'{"prompt":"x","id":5}', b"main", [], r"\$.id"),
        (b'{"prompt":"x","deep":' + b"[" * 5000, b"main", [], "is not a prompt as JSON"),
        (b"x", b"no blanks", [], "'no blanks' is not a stream id: 1 to 64 of A-Z a-z 0-9"),
        (b"x", b"\xc3\x28", [], "the key is not UTF-8"),
        (b"x", b"-main", [], "is not a stream id"),
        (b'{"prompt":"x","stream":"a/b"}', None, [], "'a/b' is not a stream id"),
        (b"x", b"main", [("id", b"\xff")], "the header `id` is not UTF-8"),
        (b"x", b"main", [("id", b"i" * 129)], "the id has 129 characters: at most 128"),
    ],
)
def test_bad_records_are_refused_with_the_reason(
    value: bytes, key: bytes | None, headers: Headers, reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        parsed(value, key, headers)


# Deciding


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
    (one,) = desk.decide({"main": status} if status != "new" else {}, now, late=late, room=room)
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


def test_no_more_films_than_allowed_begin() -> None:
    assert "max_streams" in verdict("play:x", status="new", room=0).refused[0][1]
    assert verdict("play:x", status="playing", room=0).action == "play"
    desk = Desk()
    for stream in ("a", "b", "c"):
        desk.add(record(b"x"), Prompt(id=stream, stream=stream, action="play", prompt="x"))
    assert [bool(v.wish) for v in desk.decide({}, 50.0, late=False, room=2)] == [True, True, False]


def test_a_single_person_never_waits_and_a_crowd_waits_for_the_newest() -> None:
    desk = Desk(settle=0.3)
    assert desk.wait(50.0) == 0.0
    verdict(":a", desk=desk, now=50.0)
    desk.add(record(b"b"), Prompt(id="b", stream="main", action=None, prompt="b"))
    assert desk.wait(50.1) == pytest.approx(0.2)
    desk.add(record(b"c"), Prompt(id="c", stream="main", action=None, prompt="c"))
    assert desk.wait(50.3) == pytest.approx(0.0)
    (one,) = desk.decide({"main": "playing"}, 50.3, late=False, room=1)
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
