"""Engines in processes of their own, for whoever tests them."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from spawning import QUICK, Make, children
from unruly import Options

from engines.process import Patience, ProcessEngine


def maps() -> int:
    """Memory for pictures that this process has mapped: how often."""
    return Path("/proc/self/maps").read_text().count("streamer-pictures")


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes engines, closes them, and sees that nothing of them is left: processes, memory, files in /dev/shm."""
    made: list[ProcessEngine] = []
    mapped = maps()
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()

    def engine(
        *,
        prepare: str = "",
        again: str = "",
        buckets: tuple[int, ...] = (1, 2, 4, 8),
        patience: Patience = QUICK,
        slots: int = 8,
    ) -> ProcessEngine:
        options = Options(str(tmp_path), prepare, buckets, again)
        made.append(ProcessEngine("unruly:UnrulyEngine", options, width=64, height=64, slots=slots, patience=patience))
        return made[-1]

    yield engine
    for each in made:
        each.close()
    assert children() == []
    gc.collect()
    assert maps() == mapped
    if shared:
        assert set(os.listdir("/dev/shm")) == shared
