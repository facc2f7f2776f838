"""SRT, the sending side, by libsrt's C interface (haivision/srt, docs/API). PyAV's wheels carry FFmpeg without it.

An SRT message in live mode is at most 1316 bytes: seven packets of MPEG-TS.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import socket
import struct
from collections.abc import Mapping

PAYLOAD_BYTES = 1316

# enum SRT_SOCKOPT of srtcore/srt.h, version 1.4 and later.
_OPTIONS = {"latency": 23, "passphrase": 26, "pbkeylen": 27, "connect_timeout": 36, "streamid": 46}
_SEND_TIMEOUT = 13
_WORDS = {"passphrase", "streamid"}

_NAMES = ("srt", "srt-gnutls", "srt-openssl")


def library() -> ctypes.CDLL:
    """libsrt. Raises OSError with the way to have it."""
    for name in filter(None, map(ctypes.util.find_library, _NAMES)):
        srt = ctypes.CDLL(name)
        srt.srt_getlasterror_str.restype = srt.srt_rejectreason_str.restype = ctypes.c_char_p
        return srt
    raise OSError(
        "SRT needs libsrt, which is not there (Debian: apt install libsrt1.5-gnutls; macOS: brew install srt)"
    )


def _line(family: int, port: int) -> int:
    """A UDP socket, as its number, on any port but that one: from the port it calls, SRT would greet itself."""
    line = socket.socket(family, socket.SOCK_DGRAM)
    try:
        line.bind(("", 0))
        return _line(family, port) if line.getsockname()[1] == port else line.detach()
    finally:
        line.close()  # of one that is detached: nothing


class Sender:
    """One connection, as a file that is written to. Everything blocks, at most `timeout` seconds."""

    def __init__(self, host: str, port: int, options: Mapping[str, str], *, timeout: float) -> None:
        """`options` as in an srt:// address: latency and connect_timeout (milliseconds), passphrase (10 to 79
        characters), pbkeylen, streamid. Raises OSError in words."""
        self._srt = library()
        self._srt.srt_startup()
        self._socket = self._srt.srt_create_socket()
        try:
            self._set(_SEND_TIMEOUT, struct.pack("=i", round(timeout * 1000)), "timeout")
            for name, value in {"connect_timeout": str(round(timeout * 1000)), **options}.items():
                if name not in _OPTIONS:
                    raise OSError(f"SRT option {name!r} is not one of {', '.join(_OPTIONS)}")
                if not value:
                    raise OSError(f"SRT option {name} is empty")
                if name not in _WORDS and not value.isdecimal():
                    raise OSError(f"SRT option {name} is {value!r}, expected a number")
                data = value.encode() if name in _WORDS else struct.pack("=i", int(value))
                self._set(_OPTIONS[name], data, name)
            self._connect(host, port)
        except BaseException:
            self.close()
            raise

    def _set(self, option: int, value: bytes, name: str) -> None:
        if self._srt.srt_setsockflag(self._socket, option, value, len(value)):
            raise OSError(f"SRT refuses the option {name}: {self._why()}")

    def _connect(self, host: str, port: int) -> None:
        family, _, _, _, found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        address = socket.inet_pton(family, str(found[0]))
        if family == socket.AF_INET6:
            packed = struct.pack("!HI16s4x", port, 0, address)
        else:
            packed = struct.pack("!H4s8x", port, address)
        name = struct.pack("=H", family) + packed  # struct sockaddr, of Linux and Windows
        if self._srt.srt_bind_acquire(self._socket, _line(family, port)):
            raise OSError(self._why())
        if self._srt.srt_connect(self._socket, name, len(name)) < 0:
            why = self._why()
            refused = self._srt.srt_getrejectreason(self._socket)
            if refused:
                why += f" ({self._srt.srt_rejectreason_str(refused).decode()})"
            raise OSError(why)

    def _why(self) -> str:
        return str(self._srt.srt_getlasterror_str().decode()).lower()

    def write(self, data: bytes) -> int:
        """Send packets of MPEG-TS. Raises OSError when the connection is gone."""
        for at in range(0, len(data), PAYLOAD_BYTES):
            piece = bytes(data[at : at + PAYLOAD_BYTES])
            if self._srt.srt_send(self._socket, piece, len(piece)) < 0:
                raise OSError(self._why())
        return len(data)

    def close(self) -> None:
        """Say goodbye."""
        self._srt.srt_close(self._socket)
        self._srt.srt_cleanup()
