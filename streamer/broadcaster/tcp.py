"""What Linux knows of a TCP connection and a socket's own calls do not tell (linux/sockios.h, linux/tcp.h, tcp(7)).

Elsewhere, and on other kinds of socket, nothing is known, and says so.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Protocol

from .line import Facts

if sys.platform == "linux":
    import fcntl

NOTSENT_LOWAT: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", 25 if sys.platform == "linux" else None)
"""The option, where there is one."""

_OUTQ = 0x5411  # SIOCOUTQ: bytes that the peer has not acknowledged, those not sent yet included
_INFO = struct.Struct("=120xQ20xI16xQQ")  # bytes acked; µs: least round trip, busy, of that the peer's window shut
_NOTHING = bytes(4)


class Socket(Protocol):
    """What asyncio and uvloop hand out as a transport's socket."""

    def fileno(self, /) -> int: ...

    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes: ...


def unacked(sock: Socket) -> int:
    """Bytes given to the kernel that the peer's machine has not acknowledged; 0 when nothing is known."""
    if sys.platform != "linux":
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(sock.fileno(), _OUTQ, _NOTHING), sys.byteorder)
    except (OSError, ValueError):  # not TCP; or closing
        return 0


def facts(sock: Socket) -> Facts | None:
    """Why it is as fast as it is; None when nothing is known."""
    if sys.platform != "linux":
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
    except (OSError, ValueError):
        return None
    if len(info) < _INFO.size:  # before Linux 4.10
        return None
    taken, rtt, busy, shut = _INFO.unpack(info)
    return Facts(0.0 if rtt == 0xFFFFFFFF else rtt / 1e6, busy / 1e6, shut / 1e6, taken)
