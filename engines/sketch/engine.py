"""The sketch engine: a moving storyboard drawn from the description, on the CPU, without weights."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from weakref import WeakValueDictionary

from engines.base import Engine, FrameSpec, Picture, Session, Shot

from .canvas.vector import MAX_SIDE, Canvas
from .cast.lexicon import emoji_names
from .scene import painted

MIN_SIDE = 16

_THORVG = RLock()
"""ThorVG keeps its loaders process-wide; two engines in two threads take turns."""


class SketchSession(Session):
    """A share in the canvas of its size. It remembers nothing that shows: a frame is a function of its spec alone."""

    def __init__(self, shot: Shot, canvas: Canvas) -> None:
        self.shot = shot
        self._canvas: Canvas | None = canvas

    def __del__(self) -> None:
        self.close()  # whoever forgets it: ThorVG's side must not be freed while another thread draws

    @property
    def canvas(self) -> Canvas:
        """Raises RuntimeError once closed."""
        if self._canvas is None:
            raise RuntimeError(f"the session of stream {self.shot.stream!r} is closed")
        return self._canvas

    def snapshot(self) -> bytes:
        """Always b""."""
        return b""

    def restore(self, snapshot: bytes) -> None:
        """Nothing to restore; whatever another engine left is ignored."""

    def close(self) -> None:
        """Give up the canvas; the last session of its size frees it."""
        with _THORVG:
            self._canvas = None


class SketchEngine(Engine):
    """Draws what the director planned, box by box. How fast: `python -m engines.sketch 512x512`."""

    name = "sketch"
    backend = "cpu"

    def __init__(self) -> None:
        emoji_names()  # reads the names of all drawings now: 0.15 s that the first frame would have to wait
        # One canvas a size, not one a stream (1.1 MB at 512x512): frames are drawn one after the other, and each is
        # copied off the canvas before the next one begins.
        self._canvases: WeakValueDictionary[tuple[int, int], Canvas] = WeakValueDictionary()

    def open(self, shot: Shot) -> SketchSession:
        """Raises ValueError for a size that cannot be drawn."""
        for name, side in (("width", shot.width), ("height", shot.height)):
            if not MIN_SIDE <= side <= MAX_SIDE or side % 2:
                raise ValueError(f"{name} is {side} pixels, expected an even number from {MIN_SIDE} to {MAX_SIDE}")
        size = shot.width, shot.height
        with _THORVG:
            canvas = self._canvases.get(size)
            if canvas is None:
                canvas = self._canvases[size] = Canvas(*size)
        return SketchSession(shot, canvas)

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        """Pictures of shape (height, width, 3). Raises TypeError for another engine's session."""
        pictures = []
        for session, spec in jobs:
            if not isinstance(session, SketchSession):
                raise TypeError(f"a {type(session).__name__} was opened by another engine than sketch")
            with _THORVG:
                canvas = session.canvas
                try:
                    pictures.append(painted(canvas, spec))
                finally:
                    canvas.clear()
        return pictures
