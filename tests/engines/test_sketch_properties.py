"""Whatever a director writes, a picture comes of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import Box, Figure, FrameSpec, Setting, Shot, View
from engines.sketch import SketchEngine

words = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["forest", "a snowy sea at night", "fox", "three blue boats", "rain", "running", "gizmo", "under the sea", ""]
    ),
)
anything = st.floats(allow_nan=True, allow_infinity=True)
reasonable = st.floats(-2.0, 3.0)
number = st.one_of(reasonable, anything)
boxes = st.builds(Box, number, number, number, number)
figures = st.builds(
    Figure,
    id=words,
    noun=words,
    look=words,
    action=words,
    box=boxes,
    velocity=st.tuples(number, number),
    presence=number,
)
moods = st.builds(Setting, words, words, words, words)
specs = st.builds(
    FrameSpec,
    t=number,
    text=words,
    previous_text=words,
    mix=number,
    setting=moods,
    previous_setting=moods,
    figures=st.lists(figures, max_size=4).map(tuple),
    view=st.builds(View, number, number, number),
    seed=st.integers(0, 2**53 - 1),
    shot=st.integers(0, 5),
)


@settings(max_examples=120)
@given(spec=specs, size=st.sampled_from([(64, 64), (128, 72), (72, 128)]))
def test_any_description_gives_a_picture(spec: FrameSpec, size: tuple[int, int]) -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", *size))
    [drawn] = engine.render([(session, spec)])
    session.close()
    assert drawn.shape == (size[1], size[0], 3)
    assert drawn.dtype == np.uint8
    assert drawn.flags.c_contiguous
    assert drawn.std() > 0.5  # never one flat colour
