"""Who asks, under a name that only says whether two prompts come from the same place. Pure.

The name travels on a topic that strangers may read, and is kept for days. A hash that everybody can compute hides no
address: all of IPv4 is tried in a minute, and of IPv6 those that are looked for. So it is keyed, and the key is
random, in this process alone and gone with it: nobody can ask a topic whether somebody wrote to it.

What that costs: who asks through two broadcasters, or through one that was restarted, is two authors and may ask twice
as much. `stream_rate` bounds them together. One name everywhere would need a secret that all broadcasters are given.

People behind one address are one author (a household, an office). A proxy of one's own is told from them by
`trusted_proxies` (callers.py); behind one that is not named there all of its people are one author, and `author_rate`
is what they may ask together.
"""

from __future__ import annotations

import hashlib
import secrets

from .callers import place_of


class Authors:
    """Names for addresses, the same for the same place as long as this object lives."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def name(self, address: str) -> str:
        """16 hex digits for the place that an address is of; "" where there is none, as on a Unix socket."""
        place = place_of(address)
        return hashlib.blake2b(place, key=self._key, digest_size=8).hexdigest() if place else ""
