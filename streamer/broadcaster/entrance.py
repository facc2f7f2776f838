"""The door as HTTP handlers use it: one call before anything of a stream is shown or done."""

from __future__ import annotations

import asyncio
import time
from math import inf

from starlette.requests import Request

from streamer import metrics
from streamer.tokens import EVERY, Grant, Scope

from .answers import stream_id
from .auth import Door, presented
from .callers import Caller
from .hub import Hub
from .refused import Refused
from .room import Room

LONG = ("/live.mp4", "/live.mjpeg", "/recording.mp4")
"""How the paths end whose answers last: each request for one is a connection of a viewer, as a socket is."""


class Entrance:
    """What route modules are given of the service."""

    def __init__(self, hub: Hub, door: Door) -> None:
        self.hub = hub
        self.door = door

    def admit(self, request: Request, scope: Scope = "watch") -> str:
        """The stream of a request, once it is known that whoever asks may do so. Raises `Refused`."""
        stream = stream_id(request)
        self.permit(request, stream, scope)
        return stream

    def room(self, request: Request, scope: Scope = "watch") -> Room:
        """As `admit`; the room of a stream that is known. Raises `Refused`, 404 where it is not."""
        stream = self.admit(request, scope)
        room = self.hub.rooms.get(stream)
        if room is None or not room.known:
            raise Refused(404, "no_stream", f"there is no stream {stream!r}; a prompt with `play` begins one")
        return room

    def permit(self, request: Request, stream: str, scope: Scope = "watch") -> Grant:
        """As `admit`, for a stream that is not named in the path; `EVERY` for what is of no stream alone."""
        self._count(request)
        try:
            grant = self.door.admit(token_of(request), stream, scope, time.time())
        except Refused:
            metrics.refusals.labels("token_key").inc()
            raise
        if grant.until < inf:
            limit: asyncio.Timeout = request.state.limit
            limit.reschedule(asyncio.get_running_loop().time() + grant.until - time.time())
        return grant

    def visible(self, request: Request) -> Grant:
        """What may be listed for whoever asks: the streams that the grant `covers`. Raises `Refused`."""
        self._count(request)
        if not self.door.asks("watch"):
            return self.door.admit(None, EVERY, "watch", 0)
        try:
            return self.door.read(token_of(request), time.time())
        except Refused:
            metrics.refusals.labels("token_key").inc()
            raise

    def glance(self, request: Request, stream: str) -> Room | None:
        """The room of a stream that is known, None for who may not watch. For pages that are there for everybody and
        say a little more to some: nothing is counted, neither the request nor that a token is missing."""
        try:
            self.door.admit(token_of(request), stream, "watch", time.time())
        except Refused:
            return None
        room = self.hub.rooms.get(stream)
        return room if room is not None and room.known else None

    def connect(self, request: Request) -> None:
        """Count one who stays, as a socket does, though what was asked for is small. Raises `Refused`, 429."""
        self._count(request, small=False)

    def _count(self, request: Request, *, small: bool | None = None) -> None:
        """Raises `Refused`, 429, when too many come from one address."""
        caller: Caller = request.state.caller
        if small is None:
            # Not `request.url`, which is put together with what the caller says in Host.
            small = not request.scope["path"].endswith(LONG)
        if wait := self.door.callers.wait(caller, time.monotonic(), small=small):
            metrics.refusals.labels("connect_rate").inc()
            raise Refused(429, "connect_rate", self.door.callers.refusal(wait), wait=wait)


def token_of(request: Request) -> str | None:
    """The token that a request brings."""
    return presented(request.headers.get("Authorization"), (), request.scope["query_string"].decode("latin-1"))
