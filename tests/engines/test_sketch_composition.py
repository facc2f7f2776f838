"""A text without objects still shows what it names; a noun without a drawing shows its class and its label."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import Figure
from engines.sketch.cast.artwork import drawing
from engines.sketch.cast.composition import MAX_COMPOSED, composed
from engines.sketch.cast.lexicon import find
from engines.sketch.cast.silhouettes import CLASSES, class_of, silhouette


def told(text: str) -> list[tuple[str, str]]:
    """(look, noun) of what is composed, in the order of the words."""
    return [(figure.look, figure.noun) for figure in sorted(composed(text, 1), key=lambda one: one.id[-1])]


def of(figures: tuple[Figure, ...], noun: str) -> Figure:
    return next(figure for figure in figures if figure.noun == noun)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("a corgi surfs a giant wave at sunset", [("", "corgi"), ("giant", "wave")]),
        ("an orange cat sleeps on a red sofa", [("orange", "cat"), ("red", "sofa")]),
        ("a coffee cup on a wooden table", [("coffee", "cup"), ("wooden", "table")]),
        ("three red balloons over a city", [("three red", "balloons")]),
        ("A flock of seven birds flies over the sea", [("seven", "flock of birds")]),
        ("two penguins dance on the ice, near an igloo", [("two", "penguins"), ("", "igloo")]),
        ("a robot plants flowers in a garden", [("", "robot"), ("", "flowers")]),
        ("In this frame, there are fox, wolf in the forest. The camera is still.", [("", "fox"), ("", "wolf")]),
        ("the quiet sea at night", []),
        ("", []),
    ],
)
def test_the_nouns_of_a_text_are_found(text: str, things: list[tuple[str, str]]) -> None:
    assert told(text) == things


def test_who_rides_is_on_top_and_in_front() -> None:
    figures = composed("a knight rides a white horse through a forest", 1)
    assert [figure.noun for figure in figures] == ["horse", "knight"]
    horse, knight = of(figures, "horse").box, of(figures, "knight").box
    assert knight.y + knight.h < horse.y + horse.h
    assert abs((knight.x + knight.w / 2) - (horse.x + horse.w / 2)) < 0.05


def test_what_is_large_stands_behind_and_is_larger() -> None:
    figures = composed("a mouse near a castle", 1)
    assert [figure.noun for figure in figures] == ["castle", "mouse"]
    assert of(figures, "castle").box.h > 2 * of(figures, "mouse").box.h
    assert of(composed("a giant mouse", 1), "mouse").box.h > 1.3 * of(composed("a mouse", 1), "mouse").box.h


def test_what_flies_is_above_what_walks() -> None:
    figures = composed("a fox and an eagle", 1)
    assert of(figures, "eagle").box.y + of(figures, "eagle").box.h < of(figures, "fox").box.y + of(figures, "fox").box.h


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.integers(0, 2**63))
def test_any_text_composes_a_few_sound_figures(text: str, seed: int) -> None:
    figures = composed(text, seed)
    assert figures == composed(text, seed)
    assert len(figures) <= MAX_COMPOSED
    assert len({figure.id for figure in figures}) == len(figures)
    assert all(0.05 < figure.box.h <= 0.81 and find(figure.noun) for figure in figures)


def test_a_very_long_text_is_read_in_part() -> None:
    assert composed("fox " * 10_000, 1) == composed("fox " * 150, 1)


@pytest.mark.parametrize(
    ("noun", "action", "kind"),
    [
        ("stegosaurus", "", "animal"),
        ("sea creature", "", "animal"),
        ("blobfish", "", "fish"),
        ("glimmerbird", "", "bird"),
        ("glassblower", "singing", "person"),
        ("archaeologist", "", "person"),
        ("hovermobile", "", "vehicle"),
        ("skiff", "driving", "vehicle"),
        ("moonberry", "", "plant"),
        ("counting-house", "", "building"),
        ("gizmo", "", "thing"),
        ("quokka", "grazing", "animal"),
        ("gizmo", "flashing", "thing"),
        ("", "", "thing"),
    ],
)
def test_the_class_of_an_unknown_noun_is_told_by_its_words_ending_or_deed(noun: str, action: str, kind: str) -> None:
    assert class_of(noun, action) == kind


def test_an_unknown_noun_is_drawn_as_its_class_with_its_label() -> None:
    assert find("glassblower", "singing") == "label:person:glassblower"
    shapes = {kind: drawing(f"label:{kind}:gizmo") for kind in CLASSES}
    assert len({shape.svg for shape in shapes.values()}) == len(CLASSES)
    for shape in shapes.values():
        assert shape.ink[2] >= 60
    assert silhouette("person", "baker") != silhouette("person", "miner"), "the label differs"
    assert silhouette("nonsense", "gizmo") == silhouette("thing", "gizmo")
