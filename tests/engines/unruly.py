"""An engine for tests that comes to grief on demand: by its options while it prepares, by a frame's words when drawing.

"die", "hang", "fill" (out of memory), "refuse" (NotDrawn), "break" (any exception), "end" (EngineError), "shape". With
a number, "die 2", only so many times: a file in `folder` counts, over all processes. A picture is grey: as many frames
as its session has drawn, so that a session that was lost shows.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from engines.errors import EngineError, NotDrawn, OutOfMemory


@dataclass(frozen=True)
class Options:
    folder: str  # for the counts
    prepare: str = ""  # what happens while it prepares
    buckets: tuple[int, ...] = (1, 2, 4, 8)
    seconds: float = 0.0  # that a picture takes


class UnrulyEngine(Engine):
    def __init__(self, options: Options) -> None:
        self.name, self.backend = "unruly", f"buckets {options.buckets} in {os.getpid()}"
        self.options = options
        self.repeated = 0

    @staticmethod
    def smaller(options: Options) -> Options:
        return replace(options, buckets=options.buckets[:-1] or options.buckets)

    def prepare(self, say: Callable[[str], None]) -> None:
        say("loading weights")
        self.happens(self.options.prepare)
        if "fills above" in self.options.prepare and max(self.options.buckets) > int(self.options.prepare.split()[-1]):
            raise OutOfMemory(f"a batch of {max(self.options.buckets)} does not fit")
        say("warming up")

    def happens(self, words: str) -> None:
        what, _, times = words.partition(" ")
        if times.isdecimal():
            count = Path(self.options.folder, what)
            seen = int(count.read_text()) if count.exists() else 0
            if seen >= int(times):
                return
            count.write_text(str(seen + 1))
        match what:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(600)
            case "fill":
                raise OutOfMemory("no room for 40 MB, 12 MB are free")
            case "refuse":
                raise NotDrawn("not this one")
            case "break":
                raise ZeroDivisionError("by zero\nand more lines")
            case "end":
                raise EngineError("the device is gone")
            case "slowly":
                time.sleep(1.5)

    def counts(self) -> Mapping[str, int]:
        return {"repeated": self.repeated}

    def open(self, shot: Shot) -> Session:
        return UnrulySession()

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        pictures = []
        for session, spec in jobs:
            assert isinstance(session, UnrulySession)
            time.sleep(self.options.seconds)
            self.happens(spec.text)
            self.repeated += spec.text == "repeat"
            session.drawn += 1
            side = 32 if spec.text == "shape" else 64
            pictures.append(np.full((side, 64, 3), session.drawn % 256, np.uint8))
        return pictures


class UnrulySession(Session):
    def __init__(self) -> None:
        self.drawn = 0

    def snapshot(self) -> bytes:
        return str(self.drawn).encode()

    def restore(self, snapshot: bytes) -> None:
        self.drawn = int(snapshot)

    def close(self) -> None:
        pass
