"""Dead letters: whatever was refused, its letter can be written."""

from hypothesis import given
from hypothesis import strategies as st

from streamer.bus.base import Received
from streamer.letters import MAX_VALUE_BYTES, dead_letter, refused
from streamer.topics import DESCRIPTIONS, PROMPTS


def received(key: bytes | None, value: bytes | None) -> Received:
    return Received(PROMPTS, 3, 17, key, value, [("id", b"x")], 1.0)


def test_a_letter_says_what_was_refused_where_it_came_from_and_why():
    letter = refused(received(b"main", b"{broken"), "not JSON", stage="director")
    assert (letter.key, letter.value, letter.partition) == ("main", b"{broken", 3)
    assert dict(letter.headers) == {
        "reason": b"not JSON",
        "stage": b"director",
        "topic": b"prompts",
        "partition": b"3",
        "offset": b"17",
    }


def test_what_was_refused_long_after_it_was_read_has_no_offset():
    letter = dead_letter(DESCRIPTIONS, 2, b"main", b"{}", "cannot be drawn", stage="worker")
    assert "offset" not in dict(letter.headers)


def test_what_is_too_long_is_cut():
    letter = refused(received(b"k" * 5_000_000, b"v" * 5_000_000), "r" * 5_000_000, stage="director")
    headers = dict(letter.headers)
    assert headers["cut-from-bytes"] == b"5000000"
    assert letter.value == b"v" * MAX_VALUE_BYTES
    assert headers["key"] == b"k" * 256
    assert len(headers["reason"]) == 1000


@given(st.none() | st.binary(max_size=400), st.none() | st.binary(max_size=50), st.text())
def test_any_record_and_any_reason_fit(key, value, reason):
    refused(received(key, value), reason, stage="director").check(8)


def test_a_reason_that_no_encoding_knows_is_written_all_the_same():
    assert dict(refused(received(None, None), "\ud800", stage="worker").headers)["reason"] == b"?"
