"""What the sketch engine holds: one canvas a size however many streams there are, and words within bounds."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import tracemalloc
import weakref

import numpy as np
import pytest

import engines.sketch
from engines.base import Box, Figure, FrameSpec, Setting, Shot, View
from engines.sketch import SketchEngine


def spec(noun: str, look: str = "", action: str = "", place: str = "meadow", t: float = 1.0) -> FrameSpec:
    setting = Setting(place, "noon")
    figure = Figure(noun[:20], noun, look, action, Box(0.3, 0.45, 0.4, 0.4))
    return FrameSpec(t, "", "", 1.0, setting, setting, (figure,), View(), 7, 0)


def test_streams_of_one_size_share_a_canvas_and_the_last_one_frees_it() -> None:
    engine = SketchEngine()
    first, second = engine.open(Shot("first", 64, 64)), engine.open(Shot("second", 64, 64))
    other = engine.open(Shot("other", 96, 64))
    assert first.canvas is second.canvas
    assert other.canvas is not first.canvas
    canvas = weakref.ref(first.canvas)
    gc.disable()  # nothing waits for the collector: a canvas holds pixels that it does not see
    try:
        first.close()
        engine.render([(second, spec("fox"))])
        assert canvas() is not None
        second.close()
        assert canvas() is None
    finally:
        gc.enable()
    with pytest.raises(RuntimeError, match="stream 'second' is closed"):
        engine.render([(second, spec("fox"))])
    assert engine.render([(other, spec("fox"))])[0].shape == (64, 96, 3)


def test_a_session_that_is_dropped_without_a_close_frees_its_canvas() -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", 64, 64))
    canvas = weakref.ref(session.canvas)
    del session
    assert canvas() is None


def test_streams_on_a_shared_canvas_do_not_see_each_other() -> None:
    frames = [spec("fox", "red", place="snowy forest"), spec("boat", "blue", place="sea"), spec("whale", place="space")]
    alone = []
    for frame in frames:
        engine = SketchEngine()
        alone.append(engine.render([(engine.open(Shot("main", 96, 96)), frame)])[0])
    engine = SketchEngine()
    sessions = [engine.open(Shot(f"{n}", 96, 96)) for n in range(3)]
    for _ in range(2):
        together = engine.render(list(zip(sessions, frames, strict=True)))
        for one, other in zip(alone, together, strict=True):
            assert np.array_equal(one, other)
    assert len({picture.ctypes.data for picture in together}) == 3


def test_every_cache_has_a_bound() -> None:
    """Caches belong to the process, not to a session, so that their bounds hold for any number of streams."""
    bounds = {}
    for module in pkgutil.walk_packages(engines.sketch.__path__, "engines.sketch."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if hasattr(value, "cache_parameters"):
                bounds[f"{module.name}.{name}"] = value.cache_parameters()["maxsize"]
    assert len(bounds) > 10
    assert all(bound is not None and bound <= 4096 for bound in bounds.values()), bounds


def test_long_words_are_not_kept() -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", 32, 32))

    def draw(numbers: range) -> None:
        for n in numbers:
            long = f"{n} " + "x" * 16_000  # as much as a record of the topic can bring
            for frame in (spec("thing " + long), spec("fox", long), spec("fox", "", long)):
                engine.render([(session, frame)])

    draw(range(10))
    tracemalloc.start()
    try:
        draw(range(10, 60))  # 2.4 MB of words
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 800_000
