"""Who may come in: one place for every door, HTTP and WebSocket alike. Refusals name the setting.

`Door.check` asks where a request comes from, against two attacks on a server that listens inside somebody's network:

- `Host` against DNS rebinding: a page of evil.example whose name is made to resolve to 127.0.0.1 is same-origin with
  us in the browser's eyes, but its requests carry `Host: evil.example`. So names must be known: localhost, the one we
  were told to listen on, or one in `allowed_hosts`. IP literals need not be: an address cannot be rebound, whoever
  sees it in the address bar is talking to that address, and behind NAT or a container's port mapping we could not
  tell which addresses are ours.
- `Origin` against cross-site WebSocket hijacking and cross-site requests: pages of other origins must be in
  `allowed_origins`. Without an Origin it is no page that asks (curl, a script, a player), or a plain navigation.

`Door.admit` asks what whoever it is may do, by the token that they bring, where there is a `token_key`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from streamer.settings import Settings
from streamer.tokens import EVERY, HOW, BadToken, Grant, Scope, read

from .callers import Callers
from .refused import Refused

TOKEN_PROTOCOL = "token."
"""What a WebSocket subprotocol begins with that is a token: all that a browser lets a page add to the request."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Why, with the way out. Always 403."""

    setting: str  # that would let it in
    message: str

    @property
    def code(self) -> str:
        """For programs."""
        return {"allowed_hosts": "host", "allowed_origins": "origin"}[self.setting]


@dataclass(frozen=True)
class Door:
    """`bound`: the name or address listened on. `keys`: the secrets of tokens, none where nobody needs one. `guard`:
    what needs one."""

    bound: str
    allowed_origins: Sequence[str] = ()
    allowed_hosts: Sequence[str] = ()
    keys: Sequence[str] = ()
    guard: Literal["all", "prompts"] = "all"
    callers: Callers = field(default_factory=Callers)

    @classmethod
    def of(cls, settings: Settings) -> Door:
        """As the settings have it."""
        callers = Callers(settings.trusted_proxies, settings.connect_rate)
        return cls(
            settings.host, settings.allowed_origins, settings.allowed_hosts, settings.token_key, settings.guard, callers
        )

    # Where from

    def check(self, host: str | None, origin: str | None, scheme: str = "") -> Denied | None:
        """None to let in. `host` and `origin` are the header values, None when missing; `scheme` is that of the URL
        that was asked for, "" where it cannot be known."""
        if not self._host_known(host):
            return Denied(
                "allowed_hosts",
                f"Host {host!r} is not one this server answers to; add its name to the setting `allowed_hosts`",
            )
        if origin is None or self.grants(host, origin, scheme):
            return None
        return Denied(
            "allowed_origins",
            f"pages of {origin!r} may not connect; add it to the setting `allowed_origins`",
        )

    def grants(self, host: str | None, origin: str, scheme: str = "") -> bool:
        """May pages of this origin connect? The same origin always may.

        Where the scheme is not known, host and port alone are compared: a proxy may have ended TLS.
        """
        if "*" in self.allowed_origins or origin.rstrip("/") in (o.rstrip("/") for o in self.allowed_origins):
            return True
        theirs, _, rest = origin.partition("://")
        if host is None or not rest or (scheme and theirs != scheme):
            return False
        return _place(rest, theirs) == _place(host, theirs)

    @property
    def frame_ancestors(self) -> str:
        """Who may embed: the value of CSP's frame-ancestors for the embed page."""
        if "*" in self.allowed_origins:
            return "*"
        return " ".join(["'self'", *self.allowed_origins])

    # What for

    def asks(self, scope: Scope) -> bool:
        """Does this need a token?"""
        return bool(self.keys) and (self.guard == "all" or scope == "prompt")

    def read(self, token: str | None, clock: float) -> Grant:
        """What a token allows. `clock` in unix seconds. Raises `Refused`, 401."""
        if token is None:
            if self.guard == "all":
                way = f"this needs a token, since `token_key` is set and `guard` is all; {HOW}"
            else:
                way = f"to ask needs a token, since `token_key` is set; {HOW} (--scope prompt)"
            raise Refused(401, "token", way)
        try:
            return read(token, self.keys, clock)
        except BadToken as error:
            raise Refused(401, "token", f"the token is refused: {error}; {HOW} with the `token_key` of here") from None

    def admit(self, token: str | None, stream: str, scope: Scope, clock: float) -> Grant:
        """Let in who brings `token` (None: none), or raise `Refused`, 401 or 403. `stream` is `EVERY` for what is of
        no stream alone. What needs no token is open to those with a bad one too."""
        if not self.asks(scope):
            return Grant(EVERY, scope, inf)
        grant = self.read(token, clock)
        if not grant.covers(stream):
            what = f"stream {stream!r}" if stream != EVERY else "what is of all streams"
            raise Refused(403, "token", f"the token is for stream {grant.stream!r}, not for {what}; {HOW}")
        if scope == "prompt" and grant.scope != "prompt":
            raise Refused(403, "token", f"the token allows to watch, not to ask; {HOW} that does (--scope prompt)")
        return grant

    def _host_known(self, host: str | None) -> bool:
        if "*" in self.allowed_hosts:
            return True
        name = _name(host)
        if name is None:
            return False
        known = {"localhost", self.bound.lower(), *(h.lower() for h in self.allowed_hosts)}
        return name in known or (host or "").lower() in known or _is_address(name)


def presented(authorization: str | None, protocols: Sequence[str], query: str) -> str | None:
    """The token of a request: `Authorization: Bearer`, a subprotocol `token.…`, or `?token=`. None: there is none."""
    kind, _, token = (authorization or "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    for protocol in protocols:
        if protocol.startswith(TOKEN_PROTOCOL):
            return protocol.removeprefix(TOKEN_PROTOCOL)
    try:
        return dict(parse_qsl(query, max_num_fields=64)).get("token")
    except ValueError:  # more fields than that
        return None


def _place(netloc: str, scheme: str) -> str:
    """Host and port, the port that is the scheme's own left out."""
    return netloc.lower().removesuffix({"http": ":80", "https": ":443"}.get(scheme, ":"))


def _name(host: str | None) -> str | None:
    """The host without its port and brackets, None when there is none."""
    if not host or set(host) & set("@/?#\\ "):
        return None
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
