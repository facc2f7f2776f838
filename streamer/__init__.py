"""A live film machine: a sentence goes in, a film that never ends comes out.

For programs: `watch` gives the pictures of a film, `follow` all that its viewers are sent, `prompt` bends it; see
docs/how-to. They are imported when they are asked for, so that `import streamer` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import follow, progress, prompt, record, streams
    from .errors import UserError
    from .events import Chunk, Init
    from .frames import Frame, watch
    from .messages import PromptOptions

__version__ = "0.1.0"

__all__ = [
    "Chunk",
    "Frame",
    "Init",
    "PromptOptions",
    "UserError",
    "follow",
    "progress",
    "prompt",
    "record",
    "streams",
    "watch",
]

_HOMES = {
    "Chunk": "events",
    "Frame": "frames",
    "Init": "events",
    "PromptOptions": "messages",
    "UserError": "errors",
    "follow": "client",
    "progress": "client",
    "prompt": "client",
    "record": "client",
    "streams": "client",
    "watch": "frames",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
