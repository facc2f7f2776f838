"""Engine sessions whose partition was lost, for the case that it comes back."""

from __future__ import annotations

from dataclasses import dataclass, field

from engines.base import Session

from .drawing import Drawing

KEPT = 60.0
"""Seconds that an engine's memory of a stream is kept."""


@dataclass
class Shelf:
    """What an engine remembers of a film is worth keeping only if nobody went on with the film meanwhile."""

    drawing: Drawing
    _kept: dict[str, tuple[Session, bytes, float]] = field(default_factory=dict)

    def put(self, stream: str, session: Session, state: bytes, now: float) -> None:
        """Keep `session`, which has drawn all frames up to `state`, the bytes of a WorkerState."""
        self.take(stream, b"", now)
        if state:
            self._kept[stream] = session, state, now
        else:
            self.drawing.close(session)

    def take(self, stream: str, state: bytes, now: float) -> Session | None:
        """The session of `stream` if it stands at `state`; if not, and what is too old, it is closed."""
        self.sweep(now)
        session, at, _ = self._kept.pop(stream, (None, b"", 0.0))
        if session is not None and at != state:
            self.drawing.close(session)
            return None
        return session

    def sweep(self, now: float) -> None:
        """Close what is too old."""
        for name, (session, _, since) in list(self._kept.items()):
            if now - since > KEPT:
                del self._kept[name]
                self.drawing.close(session)

    def clear(self) -> None:
        """Close all that is kept."""
        for session, _, _ in self._kept.values():
            self.drawing.close(session)
        self._kept.clear()
