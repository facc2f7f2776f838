"""The drawings of our own: each is whole, fills its square, can be coloured, and is what its noun finds."""

from __future__ import annotations

import re

import numpy as np
import pytest

from engines.base import Box, Figure, FrameSpec, Setting, Shot, View
from engines.sketch import SketchEngine
from engines.sketch.canvas.vector import Canvas, affine
from engines.sketch.cast.artwork import OWN, document, drawing
from engines.sketch.cast.gathering import MAX_NUMBER, gathered
from engines.sketch.cast.lexicon import find, several
from engines.sketch.language.tints import clearness, colour_of
from engines.sketch.language.words import data
from tools.evaluate.coverage import DRAWN, FALLBACK, NOT_IT, NOUNS, PERSON, SETTING, coverage, nouns

DAYLIGHT = (1.0, 1.0, 1.0, 0.0)


def pixels(svg: bytes, side: int = 64) -> np.ndarray:
    """A drawing of 100 x 100 units as premultiplied RGBA, (side, side, 4)."""
    canvas = Canvas(side, side)
    canvas.svg(svg, affine(0, 0, scale=(side / 100, side / 100)))
    found = canvas.pixels().copy()
    canvas.close()
    return found


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_drawing_of_our_own_is_whole(name: str) -> None:
    shape = drawing(f"own:{name}")
    x, y, width, height = shape.ink
    assert max(width, height) >= 75, "it should fill its square"
    assert min(x, y) >= -1, "cut off on the left or above"
    assert max(x + width, y + height) <= 101
    colours = {value.lower() for value in re.findall(r"#[0-9a-fA-F]{6}\b", OWN[name]["svg"])}
    assert len(colours) >= 2, "flat: one tone alone"
    assert OWN[name]["body"].lower() in colours
    seen = pixels(document(f"own:{name}", None, DAYLIGHT))
    assert 0.03 < (seen[..., 3] > 0).mean() <= 1.0
    assert len(np.unique(seen[seen[..., 3] == 255][:, :3], axis=0)) >= 2


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_drawing_of_our_own_uses_plain_shapes_and_fills(name: str) -> None:
    svg = OWN[name]["svg"]
    assert set(re.findall(r"<(\w+)", svg)) <= {"path", "circle", "ellipse"}
    painted = re.findall(r'(?:fill|stroke)="([^"]*)"', svg)
    assert all(value == "none" or re.fullmatch("#[0-9a-f]{6}", value) for value in painted)
    assert set(OWN[name]) <= {"svg", "body"}


@pytest.mark.parametrize("name", ["bridge", "wave", "piano", "pumpkin", "table", "box"])
def test_a_drawing_takes_on_the_colour_of_the_words(name: str) -> None:
    plain = pixels(document(f"own:{name}", None, DAYLIGHT))
    green = pixels(document(f"own:{name}", colour_of("green", name), DAYLIGHT))
    assert (plain[..., 3] == green[..., 3]).all(), "only the colours move"
    red, grass = green[..., 0].astype(int), green[..., 1].astype(int)
    assert (grass > red + 20).mean() > 0.15


REVIEWED = """
fire truck→emoji:1f692  firetruck→emoji:1f692  steam train→emoji:1f682  coffee cup→emoji:2615  pirate ship→own:galleon
pirate ships→own:galleon  a small wooden bridge→own:bridge
stone bridge→own:bridge  island→own:island  ball→emoji:26bd
chest→own:treasure  treasure chest→own:treasure  bat→emoji:1f987  mouse→animal:mouse  match→label:thing:match
bowl of fruit→own:fruit bowl  cup of tea→emoji:2615  statue of a lion→own:statue  slice of pizza→emoji:1f355
herd of elephants→animal:elephant  fox cub→animal:fox  polar bear→animal:polar bear  teddy bear→emoji:1f9f8
teddy→emoji:1f9f8  kitchen table→own:table  bookshelves→own:bookshelf  street lamps→own:street lamp
hot air balloons→own:airballoon  moon lander→own:lander
wagon wheel→own:cartwheel  grand piano→own:piano  old oak tree→emoji:1f333
apple trees→own:apple tree  stop sign→own:sign  comet→own:comet
desert→  bridge at night→own:bridge  city sunset→  fireworks→label:thing:fireworks
metal→own:ingot  joy→label:thing:joy
music→label:thing:music  ok→label:thing:ok  gun→own:pistol  mask→own:mask
lamp→own:table lamp  rubber duck→own:rubber duck
toy car→emoji:1f697  horse carriage→own:carriage  sailing ship→own:galleon
spaceships→own:spaceship  ruins→own:ruin  stairs→own:stairs
glasses→emoji:1f453  leaves→emoji:1f343  knives→emoji:1f52a
"""


@pytest.mark.parametrize("pair", [pair for pair in re.split(r"\s{2,}|\n", REVIEWED) if pair])
def test_a_noun_finds_what_was_agreed_by_looking(pair: str) -> None:
    noun, _, key = pair.partition("→")
    assert find(noun) == key


def test_no_word_leads_to_two_drawings() -> None:
    words = [word for entry in data()["drawings"].values() for word in entry.split()]
    assert sorted(words) == sorted(set(words))


def test_the_commonest_nouns_are_covered_as_the_docs_say() -> None:
    words = nouns(NOUNS)
    found = coverage(words)
    assert len(words) == len(set(words)) == 1000
    assert len(found[DRAWN]) >= 560
    assert len(found[DRAWN]) + len(found[SETTING]) + len(found[PERSON]) >= 800
    assert NOT_IT.isdisjoint(found[DRAWN]), "what is near is not it"
    assert {"president", "internet"} & set(found[DRAWN]) == set()
    assert "giant" in found[FALLBACK]


@pytest.mark.parametrize("floats", [True, False])
@pytest.mark.parametrize("number", range(1, 16))
def test_a_group_stands_in_its_box_and_no_two_in_one_place(number: int, floats: bool) -> None:
    places = gathered(number, floats, "birds")
    assert len(places) == min(number, MAX_NUMBER)
    assert len({(place.across, place.up) for place in places}) == len(places)
    for place in places:
        assert 0.0 <= place.across <= 1.0
        assert -0.15 <= place.up <= place.up + place.height * 0.5 <= 1.0
    if not floats and number > 3:
        assert [place.up for place in places[-1:]] <= [place.up for place in places[:1]], "the back rows come first"


def painted(figure: Figure, text: str = "") -> np.ndarray:
    """A figure, or a text without one, before a meadow at noon."""
    engine = SketchEngine()
    session = engine.open(Shot("s", 128, 128, 3))
    place = Setting("meadow", "noon")
    figures = (figure,) if figure.noun else ()
    spec = FrameSpec(1.0, text, text, 1.0, place, place, figures, View(), 3, 0)
    [picture] = engine.render([(session, spec)])
    session.close()
    return picture.astype(int)


def reds(picture: np.ndarray) -> int:
    return int(((picture[..., 0] > 150) & (picture[..., 1] < 90) & (picture[..., 2] < 100)).sum())


def test_more_balloons_are_more_red() -> None:
    def sky(look: str) -> int:
        return reds(painted(Figure("b", "balloon", look, "", Box(0.1, 0.1, 0.8, 0.5))))

    assert sky("red") > 40
    assert sky("twelve, red") > 1.5 * sky("two, red")


def test_a_group_may_have_many_colours() -> None:
    chosen = [colour_of("colourful", "balloons", number, alone=False) for number in range(5)]
    assert len(set(chosen)) == 5
    assert colour_of("colourful", "parrot") is None, "one alone keeps its own"
    both = [colour_of("red and blue", "balloons", number, alone=False) for number in range(4)]
    assert both[0] == both[2] != both[1] == both[3]


@pytest.mark.parametrize(
    ("look", "noun", "like"),
    [
        ("copper", "kettle", "rusty"),
        ("", "stone bridge", "metal"),
        ("dark-green", "car", "dark green"),
        ("red and white", "boat", "red"),
    ],
)
def test_materials_and_pairs_are_colours(look: str, noun: str, like: str) -> None:
    assert colour_of(look, noun) == colour_of(like, noun.split()[-1]) is not None


def test_black_and_white_is_a_coat_and_not_a_colour() -> None:
    assert colour_of("black and white", "cow") is None
    assert colour_of("black-and-white", "cow") is None


def test_transparent_things_let_the_ground_through() -> None:
    assert clearness("transparent, red") == 0.5
    assert clearness("red") == 1.0
    box = Box(0.3, 0.5, 0.4, 0.4)
    assert reds(painted(Figure("a", "box", "red", "", box))) > 10 * reds(
        painted(Figure("a", "box", "red, invisible", "", box))
    )


@pytest.mark.parametrize(
    ("noun", "more"), [("balloons", True), ("birds", True), ("grapes", False), ("stairs", False), ("bus", False)]
)
def test_a_plural_without_a_number_is_more_than_one(noun: str, more: bool) -> None:
    assert several(noun) == more
