"""What the storyteller composes: who is on, under, behind and between what, who holds what, and how many they are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.director.story import Story
from streamer.director.storyteller import casting, tell, telling
from streamer.director.storyteller.casting import GUEST, THING
from streamer.director.storyteller.english import plural
from streamer.director.storyteller.lexicon import IRREGULAR_PLURALS, NOUNS, NUMBERS, PREPOSITIONS, VERBS
from streamer.director.ways import Ways
from streamer.messages import Box, FrameDescription, Prompt, SceneObject

WORDS = sorted(
    {*NOUNS, *map(plural, NOUNS), *IRREGULAR_PLURALS, *VERBS, *NUMBERS, *PREPOSITIONS}
    | {
        "and",
        "a",
        "the",
        ",",
        "red",
        "no",
        "add",
        "remove",
        "make",
        "it",
        "noir",
        "in",
        "style",
        "now",
        "snows",
        "is",
        "by",
    }
)


def film(*wishes: str, count: int = 1) -> list[FrameDescription]:
    """The keyframes of the last of the wishes; the others came before it."""
    first, *steers = (Prompt(id="1", stream="main", action="play", prompt=words) for words in wishes)
    story = Story.begin(first, 1, Ways())
    for steer in steers:
        _told(story, 4)
        story.steer(steer, story.epoch + 1)
    return _told(story, count)


def _told(story: Story, count: int) -> list[FrameDescription]:
    return [story.accept(json.dumps(frame)) for frame in json.loads(tell(story.ask(count)))["frames"]]


def mains(description: FrameDescription) -> list[SceneObject]:
    """Of the main cast, the front one first."""
    return [thing for thing in reversed(description.objects) if not thing.id.startswith((GUEST, THING))]


def seen(words: str) -> dict[str, Box]:
    """The boxes of those in the first keyframe, by noun."""
    return {thing.noun: thing.box for thing in film(words)[0].objects}


def middle(box: Box) -> float:
    return box.x + box.w / 2


def foot(box: Box) -> float:
    return box.y + box.h


# One by another


@pytest.mark.parametrize(
    ("words", "on", "under"),
    [
        ("a bowl of fruit on a kitchen table", "fruit bowl", "table"),
        ("a bird sits on a branch", "bird", "branch"),
        ("a parrot on a pirate's shoulder", "parrot", "pirate"),
        ("an elephant balances on a ball in a circus", "elephant", "ball"),
        ("a cat on top of a piano", "cat", "piano"),
    ],
)
def test_what_is_on_something_stands_on_its_upper_part(words: str, on: str, under: str) -> None:
    for description in film(words, count=8):
        boxes = {thing.noun.removeprefix("kitchen "): thing.box for thing in mains(description)}
        upper, lower = boxes[on], boxes[under]
        assert lower.x <= middle(upper) <= lower.x + lower.w
        assert lower.y - 0.01 <= foot(upper) <= lower.y + 0.5 * lower.h
        assert upper.y < lower.y


def test_a_bowl_on_a_kitchen_table_is_in_the_kitchen() -> None:
    assert film("a bowl of fruit on a kitchen table")[0].setting.place == "kitchen"


def test_who_sits_lets_the_legs_hang_down() -> None:
    description = film("a woman reads a newspaper on a bench")[0]
    woman, bench = mains(description)
    assert woman.action == "sitting, reading a newspaper"
    assert foot(woman.box) > bench.box.y + 0.8 * bench.box.h


def test_behind_and_before() -> None:
    house, giraffe = mains(film("a tall giraffe behind a small house")[0])
    assert (house.noun, giraffe.noun) == ("house", "giraffe"), "the house is drawn over it"
    assert foot(giraffe.box) < foot(house.box)
    squirrel, tree = mains(film("a squirrel in front of a big tree")[0])
    assert (squirrel.noun, tree.noun) == ("squirrel", "tree")
    assert tree.box.x < middle(squirrel.box) < tree.box.x + tree.box.w


def test_beside_between_over_under_and_in() -> None:
    boxes = seen("a butterfly next to a flower")
    assert abs(middle(boxes["butterfly"]) - middle(boxes["flower"])) < 0.3
    boy, *dogs = mains(film("a boy between two dogs")[0])
    assert min(middle(dog.box) for dog in dogs) < middle(boy.box) < max(middle(dog.box) for dog in dogs)
    boxes = seen("a dragon flies over a castle")
    assert foot(boxes["dragon"]) <= boxes["castle"].y + 0.01
    boxes = seen("an orange cat under an umbrella in the rain")
    assert boxes["umbrella"].y < boxes["cat"].y
    assert abs(middle(boxes["umbrella"]) - middle(boxes["cat"])) < 0.02
    boxes = seen("a fish in a bowl on a table")
    fish, bowl, table = boxes["fish"], boxes["bowl"], boxes["table"]
    assert bowl.x < fish.x < fish.x + fish.w < bowl.x + bowl.w
    assert bowl.y < fish.y < foot(fish) < foot(bowl)
    assert table.y < foot(bowl) < table.y + 0.3 * table.h


def test_a_train_crosses_the_bridge_that_it_is_on() -> None:
    description = film("a steam train crosses a bridge")[0]
    assert [thing.noun for thing in description.objects] == ["steam train"]
    assert description.setting.place == "bridge"
    assert "over the bridge" in description.action


def test_swans_on_a_lake_swim() -> None:
    description = film("four white swans on a lake in the evening")[0]
    assert {thing.action for thing in description.objects} == {"swimming"}
    assert all(foot(thing.box) > 0.6 for thing in description.objects)


# Hands, and how many they are


@pytest.mark.parametrize(
    ("words", "look", "action"),
    [
        ("a girl with a red umbrella in the rain", "with a red umbrella", "walking"),
        ("a wizard reads a book in a library", "", "reading a book"),
        ("an old man with a lantern", "with a lantern", "walking"),
        ("a musician plays a guitar", "", "playing a guitar"),
        ("a knight holding a golden sword", "", "holding a golden sword"),
    ],
)
def test_what_people_hold_is_said_of_them_and_is_nothing_beside_them(words: str, look: str, action: str) -> None:
    (person,) = film(words)[0].objects
    assert look in person.look
    assert person.action == action


def test_a_sentence_names_the_umbrella_after_the_girl() -> None:
    text = film("a girl with a red umbrella in the rain")[0].text
    assert "there is a girl with a red umbrella in the town" in text


@pytest.mark.parametrize(
    ("words", "cast"),
    [
        ("a jazz band plays in a street at night", ["musician"] * 3),
        ("an orchestra plays on a stage", ["conductor", "musician", "musician", "musician"]),
        ("a choir sings in a church", ["singer"] * 4),
        ("a family walks in the park", ["man", "woman", "child"]),
        ("a couple dances in the moonlight", ["man", "woman"]),
        ("a snowman and two children in winter", ["snowman", "child", "child"]),
    ],
)
def test_a_band_is_several_people(words: str, cast: list[str]) -> None:
    assert [thing.noun for thing in mains(film(words)[0])] == cast


def test_each_of_a_band_plays_something_else_and_goes_on_playing_it() -> None:
    told = film("a jazz band plays in a street at night", count=24)
    assert {tuple(thing.action for thing in mains(description)) for description in told} == {
        ("playing a guitar", "playing a trumpet", "playing a drum")
    }


def test_a_crowd_is_one_group() -> None:
    (crowd, fireworks) = mains(film("a big crowd watches fireworks over the harbour")[0])
    assert (crowd.noun, crowd.look) == ("person", "eight")
    assert foot(fireworks.box) < 0.4


def test_size_words_make_larger_and_smaller() -> None:
    plain, tiny, giant = (seen(f"a {size} castle")["castle"] for size in ("red", "tiny", "giant"))
    assert tiny.h < 0.7 * plain.h < plain.h < giant.h


# Places, and what is meant by them


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("an astronaut walks on the moon", "moon"),
        ("a bear fishes in a river", "river"),
        ("a wizard reads a book in a library", "library"),
        ("a dancer on a stage, neon", "stage"),
        ("a robot plants flowers in a garden", "garden"),
        ("a green tractor on a farm in the morning", "farm"),
        ("three red balloons over a city", "city"),
        ("a spaceship lands on a red planet, pixel art", "surface of mars"),
        ("a polar bear on an ice floe in the arctic", "arctic"),
        ("a monkey in the jungle", "jungle"),
        ("a bat flies out of a cave at dusk", "cave"),
        ("people wait in a train station", "station"),
        ("a blue whale swims under water", "underwater"),
        ("a bicycle leans on a tree in autumn", "autumn city street"),
        ("a deer drinks from a lake", "lake shore"),
    ],
)
def test_the_place_is_the_one_that_was_said(words: str, place: str) -> None:
    description = film(words)[0]
    assert description.setting.place == place
    assert not {"water", "planet", "kitchen"} & {thing.noun for thing in description.objects}


# Steers


def test_steers_are_honoured() -> None:
    forest = "a red fox and a cat in a forest"
    assert film(forest, "now it snows")[0].setting.weather == "snow"
    assert film(forest, "make it night")[0].setting.time == "night"
    assert film(forest, "go to the beach")[0].setting.place == "beach"
    assert [thing.noun for thing in mains(film(forest, "remove the cat")[0])] == ["fox"]
    assert "bird" in [thing.noun for thing in film(forest, "more birds")[0].objects]
    assert {thing.look for thing in mains(film("a green dragon", "the dragon is blue")[0])} == {"blue"}
    assert {thing.action for thing in mains(film("a boy in a park", "he jumps")[0])} == {"jumping"}
    near, far = (film("a castle", steer)[0].camera.zoom for steer in ("zoom in", "zoom out"))
    assert far < 1.0 < near


def test_who_was_placed_stays_so_through_a_steer() -> None:
    cat, sofa = mains(film("a black cat sleeps on a sofa", "now it is night")[0])
    assert sofa.box.x < middle(cat.box) < sofa.box.x + sofa.box.w
    assert cat.action == "sleeping"


def test_every_irregular_plural_is_of_a_noun_that_is_known() -> None:
    assert [one for one in IRREGULAR_PLURALS.values() if one not in NOUNS] == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join), min_size=1, max_size=3))
def test_any_words_in_any_order_are_told(wishes: list[str]) -> None:
    """Without the fence that a wish which it stumbles over would meet."""
    story = Story.begin(Prompt(id="1", stream="main", action="play", prompt=wishes[0]), 1, Ways())
    for wish in [*wishes[1:], ""]:
        frames = json.loads(telling.tell(story.ask(2)))["frames"]
        assert len(frames) == 2
        assert casting.begins_anew(wish, [thing["noun"] for thing in frames[0]["objects"]]) in (True, False)
        for frame in frames:
            assert story.accept(json.dumps(frame)).text
        if wish:
            story.steer(Prompt(id="2", stream="main", action="steer", prompt=wish), story.epoch + 1)


def test_a_wish_that_it_stumbles_over_gives_a_plain_film_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumbling(words: str) -> None:
        if words:
            raise KeyError("thief")
        return hear(words)

    hear = telling.hear
    monkeypatch.setattr(telling, "hear", stumbling)
    description = film("two thieves argue")[0]
    assert description.text
    assert description.prompt == "two thieves argue"
    assert "the storyteller stumbled in tell" in caplog.text
