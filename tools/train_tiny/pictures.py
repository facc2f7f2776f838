"""Scenes drawn by the sketch engine, kept on the disk: FOLDER/pictures.npy, [N, 128, 128, 3] uint8."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from engines.base import Shot
from engines.sketch import SketchEngine

from .world import Scene, scene, spec_of

SIDE = 128
HELD_OUT = 10_000_000
"""Scenes from this number on are never trained on."""

Pictures = NDArray[np.uint8]


def drawn(numbers: Iterable[int]) -> Iterator[Pictures]:
    """The pictures of these scenes, each [128, 128, 3]."""
    return drawn_of(scene(number) for number in numbers)


def drawn_of(scenes: Iterable[Scene]) -> Iterator[Pictures]:
    """The same of scenes."""
    engine = SketchEngine()
    session = engine.open(Shot("tiny", SIDE, SIDE))
    for each in scenes:
        yield engine.render([(session, spec_of(each))])[0]


def draw(path: Path, count: int, first: int = 0) -> Pictures:
    """Draw scenes `first` to `first + count` into a file, unless it has them already; mapped, not read."""
    if path.is_file():
        kept: Pictures = np.load(path, mmap_mode="r")
        if len(kept) == count:
            return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making.npy")
    pictures = open_memmap(making, mode="w+", dtype=np.uint8, shape=(count, SIDE, SIDE, 3))
    for n, picture in enumerate(drawn(range(first, first + count))):
        pictures[n] = picture
    pictures.flush()
    making.rename(path)
    whole: Pictures = np.load(path, mmap_mode="r")
    return whole
