"""An engine with a memory: it counts the frames of each film, and its pictures show the count as a grey level."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

import numpy as np

from engines.base import Engine, FrameSpec, Picture, Session, Shot
from engines.errors import EngineError


class Tally(Engine):
    """By its options: "" is in order, "no" cannot be prepared, "full" opens no session."""

    name, backend = "tally", "test"

    def __init__(self, options: str = "") -> None:
        self.options = options
        self.sessions: list[TallySession] = []

    def prepare(self, say: Callable[[str], None]) -> None:
        say("counting to three")
        if self.options == "no":
            raise EngineError("it cannot count: give it --fingers")

    def open(self, shot: Shot) -> Session:
        if self.options == "full":
            raise ValueError("64 films are open, the most that it takes")
        self.sessions.append(TallySession())
        return self.sessions[-1]

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        pictures = []
        for session, spec in jobs:
            assert isinstance(session, TallySession)
            if spec.text == "the end of the world":
                raise EngineError("the device is gone")
            if spec.text == "the end of the process":
                os.kill(os.getpid(), signal.SIGKILL)
            session.count += 1
            pictures.append(np.full((64, 64, 3), session.count % 256, np.uint8))
        return pictures


class TallySession(Session):
    def __init__(self) -> None:
        self.count = 0
        self.restored: list[bytes] = []

    def snapshot(self) -> bytes:
        return b"%d" % self.count

    def restore(self, snapshot: bytes) -> None:
        self.restored.append(snapshot)
        self.count = int(snapshot)

    def close(self) -> None:
        pass
