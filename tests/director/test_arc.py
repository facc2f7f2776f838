"""An endless film is told in scenes of eight beats."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamer.director.arc import BEATS, KEYFRAMES, SCENE, beats, place


def test_a_scene_goes_through_all_beats_and_the_next_one_begins_elsewhere() -> None:
    told = beats(0, 2 * SCENE)
    assert [beat["beat"] for beat in told] == [*BEATS, *BEATS]
    assert [beat["keyframe"] for beat in told] == list(range(0, 2 * SCENE, KEYFRAMES))
    assert [beat["keyframe"] for beat in told if "a new scene" in str(beat["show"])] == [SCENE]
    assert [place(seq).opens_scene for seq in (0, SCENE - 1, SCENE, SCENE + 1)] == [False, False, True, False]


@given(st.integers(0, 10_000), st.integers(1, 32))
def test_a_request_says_where_it_begins_and_every_change_after_it(first: int, count: int) -> None:
    told = beats(first, count)
    assert told[0]["keyframe"] == first
    for seq in range(first, first + count):
        newest = [beat for beat in told if int(str(beat["keyframe"])) <= seq][-1]
        assert newest["beat"] == place(seq).beat
    assert len(told) <= count // KEYFRAMES + 2
