"""A network link of a given speed, as root on Linux: a namespace for who is on its other end, tied to this one by a
virtual cable (veth) whose sending side is shaped by a token bucket (tbf, see tc-tbf(8)).

The bucket's queue is the router's: what does not fit in `queue` seconds is dropped. With a long one the link delays
instead of losing ("bufferbloat").
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass


class NotHere(Exception):
    """This machine or this user cannot do it; says why."""


@dataclass(frozen=True)
class Link:
    """A cable that is there."""

    address: str  # of this end
    inside: list[str]  # what to put before a command so that it runs at the other end


def _do(*words: str) -> None:
    try:
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=20)
    except (subprocess.SubprocessError, OSError) as error:
        why = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise NotHere(f"{' '.join(words)}: {why[-1] if why else 'failed'}") from error


@contextlib.contextmanager
def link(number: int, bits_per_second: float, queue: float) -> Iterator[Link]:
    """A cable from here, `number` (0 to 63) of this process, with `queue` seconds of room before it.

    Raises `NotHere`.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("tc")):
        raise NotHere("a shaped link needs Linux, root, and iproute2's `ip` and `tc`")
    net = os.getpid() % 1000 * 64 + number  # of 64,000 nets of four addresses in 10.224.0.0/11's upper part
    name, here, there = f"slow{net}", f"sl{net}a", f"sl{net}b"
    begin = (10 << 24) + (224 << 16) + 4 * net
    local, remote = (".".join(str((begin + n) >> shift & 255) for shift in (24, 16, 8, 0)) for n in (1, 2))
    _do("ip", "netns", "add", name)
    try:
        _do("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        _do("ip", "addr", "add", f"{local}/30", "dev", here)
        _do("ip", "link", "set", here, "up")
        for words in (["addr", "add", f"{remote}/30", "dev", there], ["link", "set", there, "up"]):
            _do("ip", "-n", name, *words)
        _do(
            "tc", "qdisc", "add", "dev", here, "root", "tbf", "rate", f"{bits_per_second:.0f}bit", "burst", "4000",
            "limit", str(max(15_000, int(bits_per_second / 8 * queue))),
        )  # fmt: skip
        yield Link(local, ["ip", "netns", "exec", name])
    finally:
        with contextlib.suppress(NotHere):
            _do("ip", "netns", "del", name)  # takes the cable with it
        with contextlib.suppress(NotHere):
            _do("ip", "link", "del", here)
