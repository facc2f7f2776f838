"""What the values of options must be: functions that return a value as it is meant, or raise ValueError saying how to
write it."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engines.diffusion.options import METHODS

from .topics import STREAM_ID

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?")

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def stream_id(value: str) -> str:
    if not STREAM_ID.match(value):
        raise ValueError("a stream id is 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first")
    return value


def stream_or_every(value: str) -> str:
    return value if value == "*" else stream_id(value)


def size(value: str) -> str:
    width, cross, height = value.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise ValueError("that is not a size: write WIDTHxHEIGHT in pixels, 512x512")
    if not all(64 <= int(n) <= 1920 and int(n) % 2 == 0 for n in (width, height)):
        raise ValueError("that cannot be encoded: width and height are even and from 64 to 1920")
    return value


def http_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a bracket that never closes, a port that is no number
        good = False
    if not good:
        raise ValueError("that is not a URL: write http://HOST:PORT")
    return value.rstrip("/")


def origins(values: list[str]) -> list[str]:
    for value in values:
        # They are written into a header (frame-ancestors), where anything else would end a source or begin a directive.
        if value != "*" and not _ORIGIN.fullmatch(value):
            raise ValueError(f"{value!r} is not an origin: write https://HOST[:PORT], or *")
    return [value.rstrip("/").lower() for value in values]


def hosts(values: list[str]) -> list[str]:
    for value in values:
        if value != "*" and not _HOST.fullmatch(value) and not _is_address(value):
            raise ValueError(f"{value!r} is not a host: write NAME or ADDRESS, with :PORT behind it or without, or *")
    return values


def keys(values: list[str]) -> list[str]:
    if any(len(value) < 32 for value in values):
        raise ValueError("a secret of fewer than 32 characters can be guessed: `openssl rand -hex 32` makes a good one")
    return values


def networks(values: list[str]) -> list[str]:
    for value in values:
        try:
            ip_network(value, strict=False)
        except ValueError:
            raise ValueError(f"{value!r} is not an address or a network: write 10.0.0.7 or 10.0.0.0/8") from None
    return values


def mp4(value: Path) -> Path:
    if value.suffix.lower() not in (".mp4", ".m4v"):
        raise ValueError("the file will be an MP4: give it a name that ends in .mp4")
    return value


def loras(values: list[str]) -> list[str]:
    for value in values:
        path, colon, weight = value.partition(":")
        try:
            good = bool(path) and (not colon or -10 <= float(weight) <= 10)
        except ValueError:
            good = False
        if not good:
            raise ValueError(f"{value!r} is not PATH or PATH:WEIGHT, the weight from -10 to 10")
    return values


def coherence(values: list[str] | None) -> list[str] | None:
    if values is None or values == ["off"]:
        return values
    for value in values:
        if value not in METHODS:
            raise ValueError(f"{value!r} is none of {', '.join(METHODS)}; or give `off` alone")
    return values


def llms(values: list[str]) -> list[str]:
    if not values:
        raise ValueError("none is given: write `storyboard`, or the base URL of an OpenAI-compatible server")
    return [value if value == "storyboard" else http_url(value) for value in values]


def words(value: Any) -> Any:
    """A list given as one string: words split at commas or blanks."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True
