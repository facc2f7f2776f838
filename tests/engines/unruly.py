"""An engine for tests that comes to grief on demand: by its options while it prepares, by a frame's words when drawing.

"die", "hang", "fill" (out of memory, as the engine says it; "cuda", "cublas": as others do), "refuse" (NotDrawn),
"value" (ValueError), "break" (any exception), "end" (EngineError), "shape"; "forget", "forget full", "grow": its
snapshot cannot be taken, or is too large. With a number, "die 2", only so many times: a file in `folder` counts, over
all processes. A picture is grey: as many frames as its session has drawn, so that a session that was lost shows.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.base import MAX_SNAPSHOT, Engine, FrameSpec, Picture, Session, Shot
from engines.errors import EngineError, NotDrawn, OutOfMemory


@dataclass(frozen=True)
class Options:
    folder: str  # for the counts
    prepare: str = ""  # what happens while it prepares
    buckets: tuple[int, ...] = (1, 2, 4, 8)
    again: str = ""  # what happens in every process but the first while it prepares; "elsewhere": another backend


class UnrulyEngine(Engine):
    def __init__(self, options: Options) -> None:
        self.name, self.backend = "unruly", "cpu"
        self.options = options
        self.repeated = 0
        self.sessions: set[UnrulySession] = set()

    @staticmethod
    def smaller(options: Options) -> Options:
        return replace(options, buckets=options.buckets[:-1] or options.buckets)

    def prepare(self, say: Callable[[str], None]) -> None:
        say("loading weights")
        self.happens(self.options.prepare)
        if "fills above" in self.options.prepare and max(self.options.buckets) > int(self.options.prepare.split()[-1]):
            raise OutOfMemory(f"a batch of {max(self.options.buckets)} does not fit")
        begun = Path(self.options.folder, "begun")
        if begun.exists():
            self.happens(self.options.again)
        begun.touch()
        say(f"warming up {self.options.buckets}")

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
            case "cuda":
                raise RuntimeError("CUDA error: out of memory\nand more lines")
            case "cublas":
                raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
            case "value":
                raise ValueError("not a scene")
            case "refuse":
                raise NotDrawn("not this one")
            case "break":
                raise ZeroDivisionError("by zero\nand more lines")
            case "end":
                raise EngineError("the device is gone")
            case "elsewhere":
                self.backend = "an abacus"
            case "slowly":
                time.sleep(1.5)

    def counts(self) -> Mapping[str, int]:
        return {"repeated": self.repeated}

    def open(self, shot: Shot) -> Session:
        room = Path(self.options.folder, "room")  # films at a time, where a test says so
        if room.exists() and len(self.sessions) >= int(room.read_text()):
            raise OutOfMemory("no room for another film")
        if shot.stream == "deadly":
            self.happens("die")
        self.sessions.add(session := UnrulySession(self.sessions))
        return session

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        pictures = []
        for session, spec in jobs:
            assert isinstance(session, UnrulySession)
            self.happens(spec.text)
            self.repeated += spec.text == "repeat"
            session.drawn, session.words = session.drawn + 1, spec.text
            side = 32 if spec.text == "shape" else 64
            pictures.append(np.full((side, 64, 3), session.drawn % 256, np.uint8))
        return pictures


class UnrulySession(Session):
    def __init__(self, among: set[UnrulySession]) -> None:
        self.drawn, self.words, self.among = 0, "", among

    def snapshot(self) -> bytes:
        match self.words:
            case "forget":
                raise RuntimeError("the past is gone")
            case "forget full":
                raise OutOfMemory("no room for the past")
            case "grow":
                return bytes(MAX_SNAPSHOT + 1)
        return str(self.drawn).encode()

    def restore(self, snapshot: bytes) -> None:
        self.drawn = int(snapshot)

    def close(self) -> None:
        self.among.discard(self)
