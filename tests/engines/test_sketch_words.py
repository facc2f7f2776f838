"""Which drawing, place, light and motion the words mean."""

from __future__ import annotations

import pytest

from engines.base import Setting
from engines.sketch.atmosphere import atmosphere, time_of, weather_of
from engines.sketch.canvas.lettering import spelled
from engines.sketch.cast.lexicon import emoji_names, find, several
from engines.sketch.cast.motion import motion_of
from engines.sketch.language.tints import colour_of
from engines.sketch.language.words import count, data, singular
from engines.sketch.settings.places import PLACES, place_of


def known(noun: str) -> bool:
    """Whether a noun has a drawing (or is drawn by the setting) rather than a card."""
    return not find(noun).startswith("label:")


@pytest.mark.parametrize(
    ("noun", "drawing"),
    [
        ("fox", "animal:fox"),
        ("foxes", "animal:fox"),
        ("small red fox", "animal:fox"),
        ("Wolves", "animal:wolf"),
        ("corgi", "animal:corgi"),
        ("puppies", "animal:dog"),
        ("sailboat", "own:boat"),
        ("sailing boats", "own:boat"),
        ("yacht", "own:boat"),
        ("hot air balloon", "own:airballoon"),
        ("hot-air balloon", "own:airballoon"),
        ("wizard", "person:mage"),
        ("women", "person:woman"),
        ("knight in shining armour", "person:knight"),
        ("flock of geese", "bird:goose"),
        ("seagulls", "bird:seagull"),
        ("hut", "own:cabin"),
        ("fishes", "sea:fish"),
        ("T-Rex", "animal:T-Rex"),
        ("Santa Claus", "person:Santa Claus"),
        ("skier", "person:skier"),
    ],
)
def test_nouns_find_their_drawing(noun: str, drawing: str) -> None:
    assert find(noun) == drawing


def test_a_person_is_drawn_doing_what_has_a_drawing() -> None:
    for deed, pose in data()["poses"].items():
        assert find("man", deed) == f"emoji:{emoji_names()[pose.replace('{}', 'man')]}"
    assert find("woman", "running") == "person:woman"


@pytest.mark.parametrize("noun", ["sea", "snow", "the night sky", "falling snow"])
def test_what_the_setting_draws_is_not_drawn_again(noun: str) -> None:
    assert find(noun) == ""


def test_an_unknown_noun_gets_a_label_with_its_words() -> None:
    assert find("strange gizmo") == "label:thing:strange gizmo"
    assert find("") == "label:thing:?"
    assert not known("gizmo")
    assert known("fox")


def test_a_card_can_be_lettered_in_any_alphabet() -> None:
    assert spelled("gizmo") == "GIZMO"
    assert spelled("Äpfel") == "APFEL"
    assert spelled("大きい") == "?"
    assert len(spelled("a very long label indeed")) <= 14


def test_flags_are_not_drawings() -> None:
    assert not any(name.startswith("flag:") or name == "canada" for name in emoji_names())


def test_every_word_of_the_tables_leads_somewhere() -> None:
    from engines.sketch.cast import lexicon

    assert [name for name in data()["drawings"] if lexicon._named(name) is None] == []
    for table in ("faces", "nature"):
        for key, names in data()[table].items():
            lost = [name for name in names.split() if lexicon._named(name.replace("-", " ")) is None]
            assert lost == [], f"{table}.{key}"
    assert set(data()["places"]) <= set(PLACES)


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("foxes", "fox"),
        ("children", "child"),
        ("berries", "berry"),
        ("bus", "bus"),
        ("grass", "grass"),
        ("boats", "boat"),
        ("bookshelves", "bookshelf"),
        ("firemen", "fireman"),
        ("specimen", "specimen"),
    ],
)
def test_singulars(many: str, one: str) -> None:
    assert singular(many) == one


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("a snowy pine forest", "forest"),
        ("the edge of a dark wood", "forest"),
        ("city street", "street"),
        ("a meadow near the sea", "meadow"),
        ("beneath the sea", "underwater"),
        ("a cosy living room", "room"),
        ("tropical beach", "beach"),
        ("outer space", "space"),
        ("rolling hills", "meadow"),
        ("xyzzy", "meadow"),
    ],
)
def test_places_are_matched_loosely(words: str, place: str) -> None:
    assert place_of(Setting(words), "") == place


def test_the_text_answers_what_the_setting_leaves_unsaid() -> None:
    text = "a corgi surfs a giant wave at sunset, and it rains"
    assert place_of(Setting(), text) == "sea"
    assert time_of(Setting(), text) == "sunset"
    assert weather_of(Setting(), text) == "rain"
    assert weather_of(Setting(weather="clear"), text) == "clear"


def test_snow_on_the_ground_need_not_fall() -> None:
    air = atmosphere(Setting("a snowy forest", "noon", "clear"), "")
    assert air.white == 1.0
    assert air.snow == 0.0


@pytest.mark.parametrize(
    ("action", "motion"),
    [
        ("running fast", "run"),
        ("gallops", "run"),
        ("surfing", "sail"),
        ("is flying", "fly"),
        ("hopped", "jump"),
        ("thinks", ""),
    ],
)
def test_actions_become_motions(action: str, motion: str) -> None:
    assert motion_of(action) == motion


@pytest.mark.parametrize(
    ("look", "noun", "number"),
    [
        ("three red", "balloons", 3),
        ("red", "two foxes", 2),
        ("", "a flock of birds", 6),
        ("", "school", 1),
        ("3", "boats", 3),
        ("90 years old", "man", 1),
        ("two-headed", "dragon", 1),
        ("1000", "stars", 12),
        ("", "flock of seven birds", 7),
        ("half a dozen", "eggs", 6),
        ("", "a dozen roses", 12),
        ("", "jazz band", 3),
    ],
)
def test_numbers_are_counted_up_to_twelve(look: str, noun: str, number: int) -> None:
    assert count(look, noun) == number


def test_colours_belong_to_the_thing_itself() -> None:
    assert colour_of("small, red", "fox") == colour_of("", "red fox")
    assert colour_of("red-haired", "woman") is None
    assert colour_of("tall, in a blue coat", "man") is None
    assert colour_of("", "orange") is None
    assert colour_of("dark green", "car") != colour_of("green", "car")


COMMON = """
man woman child dog cat horse cow sheep pig bird fish fox wolf bear lion tiger elephant monkey rabbit mouse
snake frog turtle duck chicken owl eagle bee butterfly spider whale shark dolphin dragon unicorn robot ghost
alien wizard knight king queen pirate astronaut car bus truck train bicycle boat ship airplane helicopter rocket
balloon house castle church tower windmill lighthouse tent bridge tree flower rose mushroom cactus palm rock
mountain volcano wave fire sun moon star cloud rainbow umbrella book lamp candle clock key door chair bed cup
bread cake apple banana orange grapes pizza guitar piano violin drum camera telephone computer television ball
kite sword shield crown hat shoe ring gift letter map bell snowman surfboard skateboard sled anchor treasure
"""


def test_most_common_nouns_have_a_drawing() -> None:
    nouns = COMMON.split()
    missing = [noun for noun in nouns if not known(noun)]
    assert len(missing) <= 0.03 * len(nouns), missing


@pytest.mark.parametrize(
    "noun", ["slice of", "a handful of", "of", "of, red", "broken chain puppy", "man bouncing ball cub"]
)
def test_a_noun_that_was_cut_short_or_is_odd_has_a_drawing_too(noun: str) -> None:
    assert find(noun, "walking")
    assert several(noun) in (True, False)
