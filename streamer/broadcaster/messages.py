"""What viewers and callers of the REST API exchange with the broadcaster (proto/viewer-socket.md).

Messages of the viewer socket are tagged by `type`. What clients send is decoded strictly where the type is known;
unknown types, and unknown fields on the socket, are passed over, so that old and new ends live together. REST bodies
refuse unknown fields: whoever mistypes `promt` is told so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from streamer.errors import Rejected
from streamer.messages import TIMESCALE, UNREADABLE, Action, FrameDescription, Media, PromptOptions

Status = Literal["waiting", "playing", "held", "ended"]
Progress = Literal["accepted", "directing", "on_screen", "merged", "superseded", "refused"]

MAX_CLIENT_BYTES = 4096
"""Longest message that a client may send; a longer one closes with 1009."""

# `$(?!\n)` rather than `\Z`, so that the same pattern means the same in a JSON Schema.
PromptId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$(?!\n)")]
"""How a caller may name a prompt; without it the broadcaster does."""

Ref = Annotated[str, Meta(max_length=64)]
"""How a client names its own message, to know the answer by."""


# Server to client


class ServerMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of the text messages to viewers."""


class Hello(ServerMessage, frozen=True, tag="hello"):
    """First message, and again whenever everything that the player knew is void."""

    stream: str
    status: Status
    reason: str
    epoch: int
    generation: int
    codec: str  # RFC 6381; "" while waiting
    width: int
    height: int
    fps: float
    engine: str
    backend: str
    director: str
    prompt: str  # the words that the film follows
    viewers: int
    clock: float  # the server's, unix seconds
    timescale: int = TIMESCALE
    note: str = ""  # as in `status`


class EpochBegins(ServerMessage, frozen=True, tag="epoch"):
    """Before the first chunk of a new epoch; the player jumps to it at once."""

    epoch: int
    pts: int  # of that chunk, ticks
    prompt: str


class DescriptionBegins(ServerMessage, frozen=True, tag="description"):
    """Before the chunk that begins it; after a hello, the one being shown."""

    pts: int  # ticks
    description: FrameDescription


class StatusReport(ServerMessage, frozen=True, tag="status"):
    """On change, and every 5 s."""

    status: Status
    reason: str
    viewers: int
    prompt: str
    clock: float
    note: str = ""  # for people: why the LLM does not direct now, when a held film goes on


class PromptProgress(ServerMessage, frozen=True, tag="prompt"):
    """Whenever a wish of this stream makes progress."""

    id: str
    progress: Progress
    epoch: int = 0  # 0 as long as no epoch follows it
    reason: str = ""  # why it was refused
    ref: str | UnsetType = UNSET  # the sender's own, in the answer to its `prompt`


class Refusal(ServerMessage, frozen=True, tag="error"):
    """Something that the client sent was refused; the connection stays, unless it may not watch (`code` is "token")."""

    code: str
    message: str
    field: str | UnsetType = UNSET  # the one that does not fit, "options.pace"
    ref: str | UnsetType = UNSET


# Client to server


class ClientMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of the text messages from viewers."""


class Ack(ClientMessage, frozen=True, tag="ack"):
    """What the player has shown, about once a second."""

    pts: Annotated[int, Meta(ge=0)]  # last shown, ticks
    drops: Annotated[int, Meta(ge=0)] = 0  # frames, since the page was opened
    path: Annotated[str, Meta(max_length=32)] = ""  # "webcodecs", "mse", "mjpeg"


class Hide(ClientMessage, frozen=True, tag="hide"):
    """Send no media until `show`; with `words`, still what is said: `epoch` and `description`."""

    words: bool = False


class Token(ClientMessage, frozen=True, tag="token"):
    """What lets this connection in, where a token is needed: the first message, or a new one before that expires."""

    token: Annotated[str, Meta(max_length=4000)]


class Show(ClientMessage, frozen=True, tag="show"):
    """Join anew at the newest keyframe."""


class Resync(ClientMessage, frozen=True, tag="resync"):
    """Send the init segment and the newest keyframe again."""

    reason: str = ""


class Ask(ClientMessage, frozen=True, tag="prompt"):
    """A wish, as `POST /api/streams/{id}/prompts`."""

    prompt: str = ""
    action: Action | None = None
    options: PromptOptions = PromptOptions()
    id: PromptId | None = None
    ref: Ref = ""  # comes back in the answer


Said = Ack | Hide | Show | Resync | Ask | Token
"""What a viewer can say."""


class _Peek(Struct):
    type: str = ""
    ref: msgspec.Raw = msgspec.Raw()


_peek = msgspec.json.Decoder(_Peek).decode
_decode_said: Callable[[str], Said] = msgspec.json.Decoder(Said).decode
_decode_ref = msgspec.json.Decoder(Ref).decode
_KNOWN = {"ack", "hide", "show", "resync", "prompt", "token"}


class Malformed(Exception):
    """Not a JSON object in UTF-8: the connection is closed with 1007."""


def decode_said(data: bytes) -> Said | None:
    """A client's message; None for a type that is not known.

    Raises `Malformed` for what is no JSON object, `BadField` for a known type with wrong fields.
    """
    try:
        # msgspec reads bytes as UTF-8 but passes over strings in unknown fields unchecked.
        text = data.decode()
        peek = _peek(text)
    except UNREADABLE as error:
        raise Malformed(f"expected a JSON object in UTF-8: {error}") from error
    if peek.type not in _KNOWN:
        return None
    try:
        return _decode_said(text)
    except UNREADABLE as error:
        raise BadField(f"{peek.type}: {error}", _field(str(error)), _ref(peek)) from error


def _ref(peek: _Peek) -> str:
    try:
        return _decode_ref(peek.ref)
    except UNREADABLE:
        return ""


class BadField(Rejected):
    """What a client said has a field that does not fit; `field` is "" when the whole does not. `ref` is the client's
    own, where it gave one that can be sent back."""

    def __init__(self, message: str, field: str = "", ref: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.ref = ref


def _field(said: str) -> str:
    """The field in msgspec's words: "Expected `str`, got `int` - at `$.prompt`", "… unknown field `promt`"."""
    path = re.search(r" - at `\$\.?([^`]*)`$", said)
    unknown = re.search(r"unknown field `([^`]*)`", said)
    parts = [path.group(1) if path else "", unknown.group(1) if unknown else ""]
    return ".".join(filter(None, parts))


# REST


class StrictOptions(PromptOptions, frozen=True, forbid_unknown_fields=True):
    """As `PromptOptions`, refusing what it does not know."""


class PromptBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /api/streams/{id}/prompts`."""

    prompt: str = ""
    action: Action | None = None  # None: `steer` if the stream plays, else `play`
    options: StrictOptions = StrictOptions()
    id: PromptId | None = None


class PromptAccepted(Struct, frozen=True, kw_only=True):
    """The answer to it."""

    id: str
    stream: str
    progress: Progress
    href: str


class WishInfo(Struct, frozen=True, kw_only=True):
    """`GET /api/streams/{id}/prompts/{prompt-id}`."""

    id: str
    progress: Progress
    epoch: int = 0
    reason: str = ""


class StreamInfo(Struct, frozen=True, kw_only=True):
    """`GET /api/streams/{id}`."""

    stream: str
    status: Status
    reason: str
    epoch: int
    prompt: str
    viewers: int
    director: str
    media: Media | None
    description: FrameDescription | None
    lead: float  # seconds of film described but not rendered
    note: str = ""  # for people: why the LLM does not direct now, when a held film goes on


class StreamList(Struct, frozen=True, kw_only=True):
    """`GET /api/streams`."""

    streams: list[StreamInfo]


def bad_id(stream: str) -> str:
    """What to say to who asks for a stream that cannot be."""
    return f"{stream[:64]!r} is not a stream id: 1 to 64 of A-Z a-z 0-9 . _ - that begin with a letter or digit"


class ErrorDetail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, and the setting or the field that would change it."""

    code: str
    message: str
    field: str = ""


class ErrorBody(Struct, frozen=True, kw_only=True):
    """Every error body."""

    error: ErrorDetail


_decode_body = msgspec.json.Decoder(PromptBody).decode


def decode_body(data: bytes) -> PromptBody:
    """A REST body. Raises `BadField` when a field does not fit, `Malformed` when it is not JSON."""
    try:
        return _decode_body(data)
    except msgspec.ValidationError as error:
        raise BadField(str(error), _field(str(error))) from error
    except UNREADABLE as error:
        raise Malformed(f"expected JSON: {error}") from error
