"""The way into a film over a viewer socket where tokens are asked for: wait for one, let in, see who leaves when theirs
ends, hear those who bring a new one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from streamer import metrics
from streamer.tokens import HOW, Scope

from .auth import Door
from .refused import Refused

TOKEN_TIMEOUT = 10.0
"""Seconds for the first message, where that has to bring the token."""

LOOK_AGAIN = 3600.0
"""Seconds after which the clock is looked at again: it may have been set meanwhile."""


class Admission:
    """Of one connection. `enter` is called once, when it may watch; `refuse` when it may not, or may no longer."""

    __slots__ = ("_door", "_enter", "_inside", "_refuse", "_stream", "_timer", "_token")

    def __init__(self, door: Door, stream: str, enter: Callable[[], None], refuse: Callable[[Refused], None]) -> None:
        self._door = door
        self._stream = stream
        self._enter = enter
        self._refuse = refuse
        self._token: str | None = None
        self._inside = False
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, token: str | None) -> None:
        """The connection is open; `token` came with its handshake."""
        if token is None and self._door.asks("watch"):
            self._at(TOKEN_TIMEOUT, self._too_late)
        else:
            self._watch(token)

    def present(self, token: str) -> None:
        """It brings a token, perhaps in place of one that ends soon. Raises `Refused`: it is told, and stays with the
        token that it had."""
        if not self._door.keys:
            return
        if self._inside:
            try:
                self._door.read(token, time.time())
                self._door.admit(token, self._stream, "watch", time.time())
            except Refused:
                metrics.refusals.labels("token_key").inc()
                raise
        self._watch(token)

    def check(self, scope: Scope) -> None:
        """May it do this now? Raises `Refused`."""
        try:
            self._door.admit(self._token, self._stream, scope, time.time())
        except Refused:
            metrics.refusals.labels("token_key").inc()
            raise

    def end(self) -> None:
        """The connection closes."""
        if self._timer is not None:
            self._timer.cancel()

    def _watch(self, token: str | None) -> None:
        try:
            grant = self._door.admit(token, self._stream, "watch", time.time())
        except Refused as error:
            metrics.refusals.labels("token_key").inc()
            self.end()
            self._refuse(error)
            return
        self._token = token
        left = grant.until - time.time()
        if left == float("inf"):
            self.end()
        else:
            self._at(min(left, LOOK_AGAIN), lambda: self._watch(self._token))
        if not self._inside:
            self._inside = True
            self._enter()

    def _too_late(self) -> None:
        metrics.refusals.labels("token_key").inc()
        way = f"no token came within {TOKEN_TIMEOUT:.0f} s; `token_key` is set, so the first message brings one; {HOW}"
        self._refuse(Refused(401, "token", way))

    def _at(self, seconds: float, act: Callable[[], None]) -> None:
        self.end()
        self._timer = asyncio.get_running_loop().call_later(max(0.0, seconds), act)
