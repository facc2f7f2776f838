"""Memory that was freed, handed back to the operating system.

An encoder's frames lie between those of its neighbours in the allocator's arenas, and glibc gives back on its own only
what is free at an arena's end: of 64 films of 128x128 that had ended, 97 MB stayed with the process until it was
asked (mallopt(3), M_TRIM_THRESHOLD; malloc_trim(3)).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library than glibc
        return None
    return found


def give_back() -> None:
    """Blocks for up to some 10 ms, without the interpreter lock. Does nothing where the C library cannot."""
    if trim := _trim():
        trim(0)
