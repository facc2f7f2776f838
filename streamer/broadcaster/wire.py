"""WebSocket frames, serialised once and written to every viewer as the same bytes.

Sharing is exact because nothing about a frame depends on its connection: servers do not mask, no extension is ever
negotiated, no message is fragmented (RFC 6455, sections 5.1, 5.4, 9). After gorilla's PreparedMessage.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import structs
from websockets.frames import Frame, Opcode

from streamer.video import Chunk, InitSegment

from .messages import ServerMessage

_encode = msgspec.json.Encoder().encode


class Packet:
    """A piece of media, ready for the wire: its bytes exist once, inside the frame."""

    __slots__ = ("_header_bytes", "item", "wire")

    def __init__(self, item: InitSegment | Chunk) -> None:
        self.wire = Frame(Opcode.BINARY, item.data).serialize(mask=False)
        self.item = structs.replace(item, data=b"")  # what is known about it; the bytes are in `payload`
        self._header_bytes = len(self.wire) - len(item.data)

    @property
    def payload(self) -> memoryview:
        """The media's bytes, without a copy."""
        return memoryview(self.wire)[self._header_bytes :]


Outgoing = ServerMessage | Packet
"""What goes to viewers."""


def text(message: ServerMessage) -> bytes:
    """The frame of a text message."""
    return Frame(Opcode.TEXT, _encode(message)).serialize(mask=False)


def seal(messages: Iterable[Outgoing]) -> bytes:
    """The bytes of messages in a row, for one write: one system call per viewer whatever they are."""
    frames = [message.wire if isinstance(message, Packet) else text(message) for message in messages]
    return frames[0] if len(frames) == 1 else b"".join(frames)
