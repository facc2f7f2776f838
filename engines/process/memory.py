"""Pictures from one process to another: a few slots of memory that both have mapped.

The memory has no name, only file descriptors that are handed on: when the last process that has one ends, however it
ends, the memory is free. Nothing stays behind in /dev/shm, and there is nothing to be tracked.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref

import numpy as np
from numpy.typing import NDArray

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


class Copies:
    """Pictures whose memory is used again once nobody has them, or a part of them, any more.

    Fresh memory comes from the operating system, page by page as it is written, and goes back there at once: 2 ms for
    a picture of 512x512, four times what the copying takes (`python -m tools.bench apart`).
    """

    def __init__(self, most: int = 32 << 20) -> None:
        """`most` bytes are kept unused."""
        self.most = most
        self.free: list[bytearray] = []

    def new(self, height: int, width: int) -> Picture:
        """A picture with anything in it."""
        size = height * width * 3
        block = self.free.pop() if self.free else bytearray(size)
        if len(block) != size:
            block = bytearray(size)
        # Every view of a picture holds this array, since what it looks into is none: numpy shortens chains of views
        # only as far as there are arrays (PyArray_SetBaseObject).
        pixels = np.frombuffer(block, np.uint8)
        weakref.finalize(pixels, self._back, block).atexit = False
        return pixels.reshape(height, width, 3)

    def _back(self, block: bytearray) -> None:
        if len(self.free) * len(block) < self.most:
            self.free.append(block)


class Slots:
    """`count` pictures of up to `bytes_each` bytes. A picture stays in its slot until the next one is put there."""

    def __init__(self, count: int, bytes_each: int, fd: int | None = None) -> None:
        """New memory, or that behind `fd`, which this owns from now on. Raises OSError where there is none."""
        self.count = count
        self.bytes_each = bytes_each
        self.fd = _file(count * bytes_each) if fd is None else fd
        self._map = mmap.mmap(self.fd, count * bytes_each)
        self._pixels: NDArray[np.uint8] | None = np.frombuffer(self._map, np.uint8)
        self._copies = Copies()

    def put(self, slot: int, picture: Picture) -> None:
        """Copy `picture` in."""
        np.copyto(self._at(slot, *picture.shape[:2]), picture)

    def get(self, slot: int, height: int, width: int) -> Picture:
        """A copy of the picture (height, width, 3), the caller's own for as long as it likes."""
        picture = self._copies.new(height, width)
        np.copyto(picture, self._at(slot, height, width))
        return picture

    def _at(self, slot: int, height: int, width: int) -> Picture:
        assert self._pixels is not None, "closed"
        begin = slot * self.bytes_each
        return self._pixels[begin : begin + height * width * 3].reshape(height, width, 3)

    def close(self) -> None:
        """Give up this process's share. Closing twice does nothing."""
        if self._pixels is not None:
            self._pixels = None  # a mapping that something looks into cannot be closed
            self._map.close()
            os.close(self.fd)
