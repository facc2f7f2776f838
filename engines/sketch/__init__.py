"""A vector scene renderer: settings, light, weather and a cast, from words and boxes."""

from .engine import SketchEngine, SketchSession

__all__ = ["SketchEngine", "SketchSession"]
