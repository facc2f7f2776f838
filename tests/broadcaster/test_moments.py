"""Moments in a URL: three ways to write one, and nothing that raises anything but a refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.broadcaster.moments import LONGEST, span
from streamer.broadcaster.refused import Refused

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("1799999990", 10),
        ("1799999990.5", 9.5),
        ("-10", 10),
        ("-0.5", 0.5),
        ("2027-01-15T07:59:50Z", 10),
        ("2027-01-15T07:59:50", 10),
        ("2027-01-15 07:59:50.250", 9.75),
        ("2027-01-15T08:59:50+01:00", 10),
        ("2027-01-15T08:59:50 01:00", 10),  # an unescaped + of a query
        ("20270115T075950Z", 10),
    ],
)
def test_a_moment_may_be_written_in_these_ways(text, before):
    assert span({"from": text}, NOW) == (pytest.approx(NOW - before), NOW)


def test_without_an_end_it_is_now_and_a_clock_may_be_a_little_ahead():
    assert span({"from": "-30", "to": "-20"}, NOW) == (NOW - 30, NOW - 20)
    assert span({"from": "-30", "to": str(NOW + 5)}, NOW).end == NOW + 5


fields = st.sampled_from(["from", "to"])
texts = st.one_of(st.text(), st.floats().map(str), st.datetimes().map(str))


@given(st.dictionaries(fields, texts))
def test_whatever_is_asked_is_a_stretch_within_bounds_or_refused_with_the_field(asked):
    refused = None
    try:
        begin, end = span(asked, NOW)
    except Refused as error:
        refused = error
    if refused is None:
        assert 0 < end - begin <= LONGEST
    else:
        assert refused.status == 422
        assert refused.field in ("from", "to")
