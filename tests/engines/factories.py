"""Engines by a name that another process can import."""

from __future__ import annotations

from engines.sketch import SketchEngine


def sketch(options: None) -> SketchEngine:
    return SketchEngine()
