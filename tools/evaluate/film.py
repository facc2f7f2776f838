"""A film file as pictures, one at a time: an hour of film takes no more memory than a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(height, width, 3), RGB, 0..255."""


class FilmError(Exception):
    """A film that cannot be measured, and why. One line."""


def pictures(path: str | Path, fps: float) -> Iterator[tuple[float, Picture]]:
    """(seconds, picture) of the first frame at or after 0, 1/fps, 2/fps, … seconds since the film began.

    A film of fewer frames a second than `fps` gives each of its frames once. Raises FilmError.
    """
    if not fps > 0:
        raise FilmError(f"--fps {fps:g}: more than 0 frames a second are needed")
    if not Path(path).is_file():
        raise FilmError(f"{path}: no such file")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise FilmError(f"{path}: no video stream in it")
            yield from _sampled(container, fps)
    except av.FFmpegError as error:
        raise FilmError(f"{path}: cannot be decoded: {error.strerror or error}") from error


def _sampled(container: av.container.InputContainer, fps: float) -> Iterator[tuple[float, Picture]]:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    begin: float | None = None
    taken = 0  # sampling times that have been served
    for frame in container.decode(stream):
        if frame.time is None:
            continue
        begin = frame.time if begin is None else begin
        at = frame.time - begin
        # Half a thousandth of a second of grace: a time base of 1/90000 rounds 1/24 down.
        if at + 5e-4 < taken / fps:
            continue
        taken = max(taken, int((at + 5e-4) * fps)) + 1
        yield at, frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
