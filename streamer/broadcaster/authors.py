"""Who asks, under a name that only says whether two prompts come from the same place. Pure.

The name travels on a topic that strangers may read, and is kept for days. A hash that everybody can compute hides no
address: all of IPv4 is tried in a minute, and of IPv6 those that are looked for. So it is keyed, and the key is
random, in this process alone and gone with it: nobody can ask a topic whether somebody wrote to it.

What that costs: who asks through two broadcasters, or through one that was restarted, is two authors and may ask twice
as much. `stream_rate` bounds them together. One name everywhere would need a secret that all broadcasters are given.

People behind one address are one author (a household, an office, a proxy): X-Forwarded-For is written by anybody, and
not read. Behind a proxy of one's own, `author_rate` is what all of its people may ask together; 0 leaves it to
`stream_rate`.
"""

from __future__ import annotations

import hashlib
import secrets
from ipaddress import IPv6Address, ip_address


class Authors:
    """Names for peers, the same for the same place as long as this object lives."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def name(self, peer: str) -> str:
        """16 hex digits for the host part of a peer's address; "" where there is none, as on a Unix socket."""
        try:
            address = ip_address(peer)
        except ValueError:
            return ""
        place = address.packed
        if isinstance(address, IPv6Address):
            # Whoever has one IPv6 address has all of its /64. ::ffff:a.b.c.d is IPv4 on a socket that takes both.
            place = address.ipv4_mapped.packed if address.ipv4_mapped else place[:8]
        return hashlib.blake2b(place, key=self._key, digest_size=8).hexdigest()
