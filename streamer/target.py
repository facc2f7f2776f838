"""Where a film is pushed to: the address, read and shown without its secrets (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from .errors import UserError

FORMATS = {"rtmp": "flv", "rtmps": "flv", "srt": "mpegts"}
"""Scheme → the container that its servers take."""

_PORTS = {"rtmp": 1935, "rtmps": 443}
_FORMS = "rtmp://HOST[:PORT]/APP/KEY, rtmps://… or srt://HOST:PORT"


@dataclass(frozen=True)
class Target:
    """A server that takes films. Its key is in `url`, and nowhere else: `str()` is what may be logged."""

    url: str
    scheme: str
    host: str
    port: int
    shown: str

    @property
    def format(self) -> str:
        """FFmpeg's name of the container."""
        return FORMATS[self.scheme]

    def __str__(self) -> str:
        return self.shown

    def __repr__(self) -> str:
        return f"Target({self.shown})"

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises `UserError` with what is missing, and never with a key."""
        try:
            parts = urlsplit(text)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise UserError(f"this is no address to push to ({error}); expected {_FORMS}") from error
        if parts.scheme not in FORMATS:
            found = f"{parts.scheme}://" if parts.scheme and "://" in text else "an address without a scheme"
            raise UserError(f"cannot push to {found}; expected {_FORMS}")
        if not host:
            raise UserError(f"a {parts.scheme} address without a host; expected {_FORMS}")
        place = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
        if parts.scheme == "srt":
            if not port:
                raise UserError(f"{place} without a port; expected {_FORMS}")
            if "#" in text:
                raise UserError(f"{place}: what is behind a # would be lost; write %23 for a # of a passphrase")
            for name, value in parse_qsl(parts.query, keep_blank_values=True):
                if not value.strip():
                    raise UserError(f"{place}: the option {name!r} is empty; give it a value, or leave it out")
                if name == "mode" and value != "caller":
                    raise UserError(f"{place}: `streamer push` calls (mode=caller), the other end must listen")
            return cls(text, parts.scheme, host, port, place)
        app, _, key = parts.path.lstrip("/").partition("/")
        if not app or not (key or parts.query):
            raise UserError(f"{place} without an application or a key; expected {_FORMS}")
        return cls(text, parts.scheme, host, port or _PORTS[parts.scheme], f"{place}/{app}/…")
