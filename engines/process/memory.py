"""Pictures from one process to another: a few slots of memory that both have mapped.

The memory has no name, only file descriptors that are handed on: when the last process that has one ends, however it
ends, the memory is free. Nothing stays behind in /dev/shm, and there is nothing to be tracked.
"""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np

from engines.base import Picture


def _file(size: int) -> int:
    """A file descriptor of `size` bytes that no folder knows."""
    if hasattr(os, "memfd_create"):
        fd: int = os.memfd_create("streamer-pictures")
    else:  # macOS
        with tempfile.TemporaryFile() as file:
            fd = os.dup(file.fileno())
    os.ftruncate(fd, size)
    return fd


class Slots:
    """`count` pictures of up to `bytes_each` bytes. A picture stays in its slot until the next one is put there."""

    def __init__(self, count: int, bytes_each: int, fd: int | None = None) -> None:
        """New memory, or that behind `fd`, which this owns from now on. Raises OSError where there is none."""
        self.count = count
        self.bytes_each = bytes_each
        self.fd = _file(count * bytes_each) if fd is None else fd
        self._map = mmap.mmap(self.fd, count * bytes_each)

    def put(self, slot: int, picture: Picture) -> None:
        """Copy `picture` in."""
        at = slot * self.bytes_each
        self._map[at : at + picture.nbytes] = picture.tobytes()

    def get(self, slot: int, height: int, width: int) -> Picture:
        """A copy of the picture (height, width, 3), the caller's own for as long as it likes."""
        size = height * width * 3
        return np.frombuffer(self._map, np.uint8, size, slot * self.bytes_each).reshape(height, width, 3).copy()

    def close(self) -> None:
        """Give up this process's share. Closing twice does nothing."""
        if not self._map.closed:
            self._map.close()
            os.close(self.fd)
