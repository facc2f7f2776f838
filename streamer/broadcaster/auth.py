"""Who may come in: one function for every door, HTTP and WebSocket alike. Refusals name the setting.

Two checks, against two attacks on a server that listens inside somebody's network:

- `Host` against DNS rebinding: a page of evil.example whose name is made to resolve to 127.0.0.1 is same-origin with
  us in the browser's eyes, but its requests carry `Host: evil.example`. So names must be known: localhost, the one we
  were told to listen on, or one in `allowed_hosts`. IP literals need not be: an address cannot be rebound, whoever
  sees it in the address bar is talking to that address, and behind NAT or a container's port mapping we could not
  tell which addresses are ours.
- `Origin` against cross-site WebSocket hijacking and cross-site requests: pages of other origins must be in
  `allowed_origins`. Without an Origin it is no page that asks (curl, a script, a player), or a plain navigation.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

Scope = Literal["watch", "prompt"]
"""What a token allows: to watch, or to ask as well."""


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
    """`bound`: the name or address listened on."""

    bound: str
    allowed_origins: Sequence[str] = ()
    allowed_hosts: Sequence[str] = ()

    def check(self, host: str | None, origin: str | None) -> Denied | None:
        """None to let in. `host` and `origin` are the header values, None when missing."""
        if not self._host_known(host):
            return Denied(
                "allowed_hosts",
                f"Host {host!r} is not one this server answers to; add its name to the setting `allowed_hosts`",
            )
        if origin is None or self.grants(host, origin):
            return None
        return Denied(
            "allowed_origins",
            f"pages of {origin!r} may not connect; add it to the setting `allowed_origins`",
        )

    def grants(self, host: str | None, origin: str) -> bool:
        """May pages of this origin connect? The same origin always may.

        Only host and port are compared: behind a proxy that ends TLS the page's scheme is not ours.
        """
        if "*" in self.allowed_origins or origin.rstrip("/") in (o.rstrip("/") for o in self.allowed_origins):
            return True
        return host is not None and urlsplit(origin).netloc.lower() == host.lower() != ""

    @property
    def frame_ancestors(self) -> str:
        """Who may embed: the value of CSP's frame-ancestors for the embed page."""
        if "*" in self.allowed_origins:
            return "*"
        return " ".join(["'self'", *self.allowed_origins])

    def _host_known(self, host: str | None) -> bool:
        if "*" in self.allowed_hosts:
            return True
        name = _name(host)
        if name is None:
            return False
        known = {"localhost", self.bound.lower(), *(h.lower() for h in self.allowed_hosts)}
        return name in known or (host or "").lower() in known or _is_address(name)


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
