"""Objects that an LLM gave no boxes, and keyframes without objects: placed by rule."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.director import composition
from streamer.director.script import read
from streamer.director.story import Story
from streamer.director.ways import Ways
from streamer.messages import Box, Prompt, SceneObject


def keyframe(*objects: dict[str, Any], action: str = "", place: str = "meadow") -> tuple[SceneObject, ...]:
    return read(json.dumps({"action": action, "place": place, "objects": list(objects)})).objects


def apart(one: Box, other: Box) -> bool:
    return one.x + one.w / 2 <= other.x + other.w / 2 - 0.1


def test_each_is_as_large_as_its_kind_and_where_that_lives() -> None:
    bird, elephant, mouse = keyframe({"noun": "bird"}, {"noun": "elephant"}, {"noun": "mouse"})
    assert bird.box.y + bird.box.h < 0.5, "in the air"
    assert 0.7 < elephant.box.y + elephant.box.h < 1.0, "on the ground"
    assert elephant.box.h > 2 * mouse.box.h
    assert apart(mouse.box, elephant.box)
    assert apart(elephant.box, bird.box), "side by side, the front one first"


def test_the_action_says_who_is_on_what() -> None:
    cat, sofa = reversed(keyframe({"noun": "sofa"}, {"noun": "cat"}, action="a cat naps on a sofa", place="room"))
    assert sofa.box.x < cat.box.x + cat.box.w / 2 < sofa.box.x + sofa.box.w
    assert sofa.box.y < cat.box.y + cat.box.h < sofa.box.y + sofa.box.h


def test_a_box_that_was_given_stays() -> None:
    fox, owl = keyframe({"noun": "fox", "box": [0.1, 0.2, 0.3, 0.4]}, {"noun": "owl"})
    assert fox.box == Box(0.1, 0.2, 0.3, 0.4)
    assert 0.0 <= owl.box.x <= 1.0 - owl.box.w


def test_the_same_words_give_the_same_boxes_so_that_nobody_jumps() -> None:
    story = Story.begin(Prompt(id="", stream="main", action="play", prompt="a fox"), 1, Ways())
    frame = {"place": "forest", "objects": [{"noun": "owl"}, {"noun": "fox"}]}
    told = [story.accept(json.dumps(frame | {"action": f"a fox {verb}"})) for verb in ("walks", "rests", "sings")]
    assert len({tuple(thing.box for thing in description.objects) for description in told}) == 1


def test_a_film_that_opens_without_objects_shows_whom_the_action_names() -> None:
    story = Story.begin(Prompt(id="", stream="main", action="play", prompt="a fox"), 1, Ways())
    told = story.accept('{"action":"two red foxes and a bear walk in the forest","place":"forest"}')
    assert [(thing.noun, thing.look) for thing in reversed(told.objects)] == [
        ("fox", "red"),
        ("fox", "red"),
        ("bear", ""),
    ]
    later = story.accept('{"action":"a fox runs","place":"forest"}')
    assert len(later.objects) == 3, "whoever was there stays"


def test_nobody_is_made_of_words_that_are_not_known() -> None:
    assert composition.cast("zorgs glimber", "") == ()
    assert composition.cast("", "") == ()


_WORDS = st.sampled_from(
    ["fox", "owl", "sofa", "a", "on", "under", "between", "flies", "ü", "", "boat", "in", "9", "book"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_WORDS, _WORDS), max_size=6), st.lists(_WORDS, max_size=9).map(" ".join))
def test_whatever_is_said_all_boxes_are_in_the_picture(things: list[tuple[str, str]], action: str) -> None:
    told = [(f"id-{n}", noun or "thing", "", deed) for n, (noun, deed) in enumerate(things)]
    for x, y, w, h in composition.boxes(told, action, "forest"):
        assert 0.0 < w <= 1.5
        assert 0.0 < h <= 1.5
        assert -w <= x <= 1.0
        assert -0.01 <= y <= 1.0
