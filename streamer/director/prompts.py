"""Strangers' records, read as prompts: plain text or JSON, and whatever else somebody may write to the topic. Pure."""

from __future__ import annotations

import codecs
from typing import Any, get_args

import msgspec
from msgspec import Struct

from streamer.bus.base import Received
from streamer.errors import Rejected
from streamer.messages import UNREADABLE, Action, Prompt, PromptOptions
from streamer.topics import STREAM_ID

from .script import one_line

MAX_ID = 128  # characters
MAX_AUTHOR = 128  # characters
DEFAULT_STREAM = "main"


class _Wire(Struct):
    """A prompt as JSON. Unknown fields are skipped: strangers' records carry fields of their own."""

    prompt: str = ""
    action: Action | None = None
    stream: str | None = None
    id: str | None = None
    options: PromptOptions = PromptOptions()


_decode_wire = msgspec.json.Decoder(_Wire).decode


def parse_prompt(record: Received, *, max_chars: int) -> Prompt | None:
    """The prompt in a record: plain UTF-8 text, or JSON where its first non-blank byte is `{`. None for a tombstone.

    Raises `Rejected` with what is wrong with it, and what is expected.
    """
    if record.value is None:
        return None
    wire = _wire(record.value.removeprefix(codecs.BOM_UTF8))
    stream = _stream(record, wire.stream)
    if not STREAM_ID.match(stream):
        raise Rejected(f"{stream[:80]!r} is not a stream id: 1 to 64 of A-Z a-z 0-9 . _ - after a letter or digit")
    name = _id(record, wire.id) or f"{record.partition}-{record.offset}"
    if len(name) > MAX_ID or not name.isprintable():
        raise Rejected(f"the id has {len(name)} characters: at most {MAX_ID} printable ones are taken")
    words = one_line(wire.prompt, len(wire.prompt))
    if wire.action in (None, "play", "steer"):
        if not words:
            raise Rejected(f"no words: {wire.action or 'a prompt'} needs a text to follow")
        if len(words) > max_chars:
            raise Rejected(f"{len(words)} characters are too many: max_prompt_chars is {max_chars}")
    return Prompt(
        id=name,
        stream=stream,
        action=wire.action,
        prompt=words,
        options=wire.options,
        at=record.at,
        author=_author(record),
    )


def _wire(value: bytes) -> _Wire:
    if value.lstrip()[:1] != b"{":
        return _Wire(prompt=_text(value, "the text") or "")
    try:
        return _decode_wire(value)
    except UNREADABLE as error:
        known = next((f": known are {names}" for path, names in _KNOWN.items() if str(error).endswith(path)), "")
        raise Rejected(f"begins with {{ but is not a prompt as JSON: {error}{known}") from error


_KNOWN = {
    "`$.action`": ", ".join(get_args(Action)),
    "`$.options.transition`": "auto, blend, cut",
}
"""What may stand where msgspec says only that something else must not."""


class _Name(Struct):
    """All of a record that is no prompt that its author can be told by."""

    id: Any = None
    stream: Any = None


_decode_name = msgspec.json.Decoder(_Name).decode


def author(record: Received) -> tuple[str, str] | None:
    """(stream, id) of a record that is no prompt, as far as it is one; None where its author did not name it, or not in
    a way that could be answered."""
    try:
        name = _decode_name((record.value or b"").removeprefix(codecs.BOM_UTF8))
    except UNREADABLE:
        name = _Name()
    try:
        stream, id = _stream(record, name.stream), _id(record, name.id)
    except Rejected:
        return None
    if not isinstance(stream, str) or not STREAM_ID.match(stream):
        return None
    return (stream, id) if isinstance(id, str) and 0 < len(id) <= MAX_ID and id.isprintable() else None


def _stream(record: Received, field: Any) -> Any:
    """The record's key before a field of its value."""
    return _text(record.key, "the key") or field or DEFAULT_STREAM


def _id(record: Received, field: Any) -> Any:
    """The record's header before a field of its value."""
    header = next((value for name, value in record.headers if name == "id"), None)
    return _text(header, "the header `id`") or field


def _author(record: Received) -> str:
    """The header `author`, "" where it is none that could be a name. No field of the value: a broadcaster passes on
    people's JSON, and they must not name themselves past its limits."""
    header = next((value for name, value in record.headers if name == "author"), b"")
    name = header.decode(errors="replace")
    return name if len(name) <= MAX_AUTHOR and name.isprintable() and "\ufffd" not in name else ""


def _text(value: bytes | None, what: str) -> str | None:
    if not value:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Rejected(f"{what} is not UTF-8: byte {value[error.start]:#04x} at {error.start}") from error
