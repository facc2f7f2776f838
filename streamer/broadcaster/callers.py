"""Who calls: the address behind proxies that are trusted, and how often each may come. Pure; the clock is an argument.

`X-Forwarded-For` can be written by anybody. Each proxy adds the address that it was called from at its end, so the list
is read from there: past the proxies that are ours stands whoever called the first of them, and what is left of that is
hearsay. It is read at all only where one of the `trusted_proxies` calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from typing import Literal

from streamer.limits import Buckets

Address = IPv4Address | IPv6Address

MAX_HOPS = 16
"""Entries of X-Forwarded-For that are looked at."""

SMALL_AS_ONE = 100
"""So many small requests (a playlist, a segment, a picture) may come for each connection that may."""

REMEMBERED = 10_000
"""Addresses whose buckets are kept, 0.1 KiB each."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `scheme` is that of the URL which the caller used, "" where it cannot be known: a proxy that we do not
    trust may have ended TLS."""

    address: str
    scheme: Literal["http", "https", ""]
    local: bool  # it is on this machine


class Callers:
    """`trusted`: addresses or networks of proxies; `rate`: connections per minute from one address, 0 for any number.

    A third of a minute's worth may come at once (`limits`).
    """

    def __init__(self, trusted: Sequence[str] = (), rate: float = 0.0) -> None:
        self._trusted = [ip_network(network, strict=False) for network in trusted]
        self._rate = rate
        self._connections = Buckets(rate, REMEMBERED)
        self._small = Buckets(rate * SMALL_AS_ONE, REMEMBERED)

    def caller(
        self, peer: str, here: str, *, tls: bool, forwarded: Sequence[str] = (), proto: Sequence[str] = ()
    ) -> Caller:
        """`peer` and `here` are the two ends of the connection, `forwarded` and `proto` the values of X-Forwarded-For
        and X-Forwarded-Proto."""
        address = _address(peer)
        scheme: Literal["http", "https", ""] = "https" if tls else ""
        if address is not None and self._trusts(address):
            told = proto[-1].rpartition(",")[2].strip().lower() if proto else ""
            scheme = "https" if told == "https" else "http" if told == "http" else scheme
            for entry in reversed(",".join(forwarded).split(",")[-MAX_HOPS:]):
                further = _address(_without_port(entry.strip()))
                if further is None:
                    break
                address = further
                if not self._trusts(address):
                    break
        if address is None:
            return Caller("", scheme, local=True)  # a Unix socket
        return Caller(str(address), scheme, local=address.is_loopback or address == _address(here))

    def wait(self, caller: Caller, now: float, *, small: bool = False) -> float:
        """Let one come, and return 0; or the seconds after which it may."""
        place = "" if caller.local else place_of(caller.address).hex()
        buckets = self._small if small else self._connections
        if not place:
            return 0.0
        wait = buckets.wait(place, now)
        if not wait:
            buckets.take(place, now)
        return wait

    def refusal(self, wait: float) -> str:
        """What to say to one who has to wait."""
        return f"`connect_rate` allows {self._rate:g} connections a minute from one address; the next in {ceil(wait)} s"

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def place_of(address: str) -> bytes:
    """What tells one place from another: an IPv4 address, or the first half of an IPv6 one, since whoever has one of
    those has all of its /64. Empty for what is no address."""
    found = _address(address)
    if found is None:
        return b""
    return found.packed if isinstance(found, IPv4Address) else found.packed[:8]


def _address(written: str) -> Address | None:
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return None
    # ::ffff:a.b.c.d is IPv4 on a socket that takes both.
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _without_port(entry: str) -> str:
    """Some proxies write `192.0.2.7:4711` and `[2001:db8::7]:4711`."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
