"""Strangers' records become prompts, or are refused with a reason that reaches whoever can be told it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.bus.base import Headers, Received
from streamer.director.prompts import author, parse_prompt
from streamer.errors import Rejected
from streamer.messages import Prompt, PromptOptions
from streamer.topics import PROMPTS


def record(value: bytes | None, *, key: bytes | None = b"main", headers: Headers = (), offset: int = 7) -> Received:
    return Received(PROMPTS, 3, offset, key, value, headers, 1000.0)


def parsed(value: bytes, key: bytes | None = b"main", headers: Headers = (), max_chars: int = 100) -> Prompt:
    prompt = parse_prompt(record(value, key=key, headers=headers), max_chars=max_chars)
    assert prompt is not None
    return prompt


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
        (
            b'{"prompt":"x","action":"explode"}',
            b"main",
            [],
            r"Invalid enum value 'explode' - at `\$.action`: known are play, steer, pause, resume, stop",
        ),
        (b'{"prompt":"x","action":7}', b"main", [], r"got `int` - at `\$.action`: known are play"),
        (b'{"prompt":"x","id":5}', b"main", [], r"\$.id"),
        (b'{"prompt":"x","deep":' + b"[" * 5000, b"main", [], "is not a prompt as JSON"),
        (b"x", b"no blanks", [], "'no blanks' is not a stream id: 1 to 64 of A-Z a-z 0-9"),
        (b"x", b"\xc3\x28", [], "the key is not UTF-8"),
        (b"x", b"-main", [], "is not a stream id"),
        (b'{"prompt":"x","stream":"a/b"}', None, [], "'a/b' is not a stream id"),
        (b"x", b"main", [("id", b"\xff")], "the header `id` is not UTF-8"),
        (b"x", b"main", [("id", b"i" * 129)], "the id has 129 characters: at most 128"),
        (b"x", b"main", [("id", b"two\nlines")], "the id has 9 characters: at most 128 printable ones"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", b"main", [], "the text is not UTF-8: byte 0x89 at 0"),
        (b"a fox \xf0\x9f\xa6", b"main", [], "the text is not UTF-8: byte 0xf0 at 6"),
        (b'{"prompt":"\xff"}', b"main", [], "is not a prompt as JSON"),
        (b'{"prompt":"\\ud800"}', b"main", [], "is not a prompt as JSON"),
        (b'{"prompt":"' + b"x" * 101 + b'"}', b"main", [], "101 characters are too many"),
        (b'{"prompt":"x"} and more', b"main", [], "is not a prompt as JSON"),
        (b'{"prompt":null}', b"main", [], r"Expected `str`, got `null` - at `\$.prompt`"),
        (b'{"prompt":"x","options":null}', b"main", [], r"Expected `object`, got `null` - at `\$.options`"),
        (b'{"prompt":"x","options":[5]}', b"main", [], r"Expected `object`, got `array` - at `\$.options`"),
    ],
)
def test_bad_records_are_refused_with_the_reason(
    value: bytes, key: bytes | None, headers: Headers, reason: str
) -> None:
    with pytest.raises(Rejected, match=reason):
        parsed(value, key, headers)


@pytest.mark.parametrize(
    ("option", "given", "reason"),
    [
        ("style", '"' + "s" * 121 + '"', "length <= 120"),
        ("seed", "-1", ">= 0"),
        ("seed", "9007199254740992", "<= 9007199254740991"),
        ("seed", "1.5", "Expected `int"),
        ("pace", "0.4", ">= 0.5"),
        ("pace", "99", "<= 12.0"),
        ("window", "0", ">= 1"),
        ("window", "33", "<= 32"),
        ("window", "true", "Expected `int"),
        ("length", "-1", ">= 0.0"),
        ("length", "604801", "<= 604800.0"),
        ("length", "1e999", "out of range"),
        ("descriptions", "-1", ">= 0"),
        ("descriptions", "1000001", "<= 1000000"),
        ("language", '"' + "l" * 41 + '"', "length <= 40"),
        ("language", "5", "Expected `str"),
        ("temperature", "-0.1", ">= 0.0"),
        ("temperature", "2.1", "<= 2.0"),
        ("temperature", '"hot"', "Expected `float"),
        ("top_p", "0", "> 0.0"),
        ("top_p", "1.01", "<= 1.0"),
        ("transition", '"fade"', "Invalid enum value 'fade'"),
    ],
)
def test_an_option_out_of_range_is_refused_with_its_name_and_its_bounds(option: str, given: str, reason: str) -> None:
    with pytest.raises(Rejected) as refused:
        parsed(b'{"prompt":"x","options":{"%s":%s}}' % (option.encode(), given.encode()))
    assert reason in str(refused.value)
    if "out of range" not in reason:  # JSON has no such number, whatever it is for
        assert f"`$.options.{option}`" in str(refused.value)
    assert ("known are auto, blend, cut" in str(refused.value)) == (option == "transition")


@pytest.mark.parametrize(
    "options",
    [
        {"window": 1, "length": 0, "descriptions": 0, "temperature": 0, "top_p": 1, "transition": "auto"},
        {"window": 32, "length": 604800, "descriptions": 1_000_000, "temperature": 2, "top_p": 0.01, "pace": 12},
        {"language": "Kiswahili", "style": "noir", "transition": "cut", "seed": 2**53 - 1, "pace": 0.5},
    ],
)
def test_options_may_go_to_their_bounds(options: dict[str, Any]) -> None:
    read = parsed(json.dumps({"prompt": "x", "options": options}).encode()).options
    assert {name: getattr(read, name) for name in options} == options


@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b'{"prompt":"', b'{"options":{']))
def test_whatever_bytes_somebody_writes_they_are_a_prompt_or_refused(value: bytes, begin: bytes) -> None:
    with contextlib.suppress(Rejected):
        assert 0 < len(parsed(begin + value, max_chars=50).prompt) <= 50


# Authors


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b"5f3a", "5f3a"),
        ("Jürgen".encode(), "Jürgen"),
        (b"a" * 128, "a" * 128),
        (b"a" * 129, ""),
        (b"two\nlines", ""),
        (b"nul\x00", ""),
        ("\u202eright to left".encode(), ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_the_author_is_the_header_where_it_is_a_name(header: bytes, name: str) -> None:
    assert parsed(b"a fox", headers=[("author", header)]).author == name


def test_nobody_names_himself_in_what_a_broadcaster_passes_on() -> None:
    assert parsed(b'{"prompt":"x","author":"somebody else"}').author == ""
    assert parsed(b'{"prompt":"x","author":"me"}', headers=[("author", b"5f3a")]).author == "5f3a"


@pytest.mark.parametrize(
    ("value", "key", "headers", "named"),
    [
        (b"\xff", b"main", [("id", b"w")], ("main", "w")),
        (b"{broken", b"main", [("id", b"w")], ("main", "w")),
        (b'{"id":"w","stream":"two","prompt":5}', None, [], ("two", "w")),
        (b'{"id":"w","prompt":5}', None, [], ("main", "w")),
        (b'\xef\xbb\xbf{"id":"w","prompt":5}', None, [], ("main", "w")),
        (b"{broken", b"main", [], None),
        (b'{"id":5}', b"main", [], None),
        (b"x", b"no stream id", [("id", b"w")], None),
        (b"x", b"\xff", [("id", b"w")], None),
        (b"x", b"main", [("id", b"\xff")], None),
        (b"x", b"main", [("id", b"i" * 129)], None),
        (b'{"id":"w","stream":[]}', None, [], ("main", "w")),
        (b'{"id":"w","stream":7}', None, [], None),
    ],
)
def test_whoever_names_a_wish_can_be_answered(
    value: bytes, key: bytes | None, headers: Headers, named: tuple[str, str] | None
) -> None:
    assert author(record(value, key=key, headers=headers)) == named
