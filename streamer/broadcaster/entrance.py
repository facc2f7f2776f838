"""The door as HTTP handlers use it: one call before anything of a stream is shown or done."""

from __future__ import annotations

from starlette.requests import Request

from .answers import stream_id
from .auth import Door, Scope
from .hub import Hub
from .refused import Refused
from .room import Room


class Entrance:
    """What route modules are given of the service."""

    def __init__(self, hub: Hub, door: Door) -> None:
        self.hub = hub
        self.door = door

    def admit(self, request: Request, scope: Scope = "watch") -> str:
        """The stream of a request, once it is known that whoever asks may do so. Raises `Refused`."""
        return stream_id(request)

    def room(self, request: Request, scope: Scope = "watch") -> Room:
        """As `admit`; the room of a stream that is known. Raises `Refused`, 404 where it is not."""
        stream = self.admit(request, scope)
        room = self.hub.rooms.get(stream)
        if room is None or not room.known:
            raise Refused(404, "no_stream", f"there is no stream {stream!r}; a prompt with `play` begins one")
        return room
