"""Moments as people write them in a URL (pure): unix seconds, ISO 8601, or seconds before now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import NamedTuple

from .refused import Refused

LONGEST = 3600.0
"""Seconds of film in one recording."""

AHEAD = 60.0
"""Seconds that a clock elsewhere may be ahead of ours."""

WAYS = "unix seconds (1767225600), ISO 8601 (2026-01-01T00:00:00Z), or seconds before now (-30)"


class Span(NamedTuple):
    """Unix seconds."""

    begin: float
    end: float


def span(asked: Mapping[str, str], now: float) -> Span:
    """`from` and `to` of a query; without `to` it ends now. Raises `Refused`, 422, with the field and what it takes."""
    if not asked.get("from"):
        raise Refused(422, "bad_field", f"from is missing: {WAYS}", "from")
    begin = _moment("from", asked["from"], now)
    end = _moment("to", asked["to"], now) if asked.get("to") else now
    for field, moment in (("from", begin), ("to", end)):
        if moment > now + AHEAD:
            raise Refused(422, "bad_field", f"{field} is {moment - now:.0f} s ahead: nothing is filmed yet", field)
    if begin >= end:
        raise Refused(422, "bad_field", f"from is not before to: {begin:.3f} and {end:.3f} in unix seconds", "from")
    if end - begin > LONGEST:
        raise Refused(
            422, "bad_field", f"{end - begin:.0f} s were asked for, at most {LONGEST:.0f} s are given", "from"
        )
    return Span(begin, end)


def _moment(field: str, text: str, now: float) -> float:
    wrong = Refused(422, "bad_field", f"{field} is {text[:40]!r}, expected {WAYS}", field)
    if len(text) > 40:
        raise wrong
    try:
        seconds = float(text)
    except ValueError:
        return _date(text, wrong)
    if not isfinite(seconds):
        raise wrong
    return now + seconds if text.lstrip().startswith("-") else seconds


def _date(text: str, wrong: Refused) -> float:
    """A date without a zone is in UTC. In a query an unescaped `+` arrives as a blank."""
    for written in (text, text.replace(" ", "+")):
        try:
            date = datetime.fromisoformat(written)
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            continue
    raise wrong
