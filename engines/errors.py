"""What an engine says when it cannot do what it was asked; its caller shows the words to the person who asked."""

from __future__ import annotations


class EngineError(Exception):
    """An engine that cannot work, and why: what was found, what was expected, what to do. One line, no traceback."""


class OutOfMemory(EngineError):
    """The device or the machine has no memory left. What holds the engine starts it anew."""


class NotDrawn(Exception):
    """This frame cannot be drawn, others may: its description is poison."""
