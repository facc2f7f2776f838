"""The storyteller's film develops for as long as it is watched: scene after scene, beat after beat."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engines.sketch.cast.lexicon import find
from streamer.director import arc, rules
from streamer.director.script import read
from streamer.director.story import Story
from streamer.director.storyteller import tell, tell_one
from streamer.director.storyteller.casting import GUEST, THING
from streamer.director.storyteller.drama import MAX_CAST, Drama, Said
from streamer.director.storyteller.worlds import (
    ANSWERS,
    ANY,
    FLIERS,
    GUESTS,
    LANDS,
    NIGHT_GUESTS,
    RINGS,
    THINGS,
)
from streamer.director.ways import Ways
from streamer.messages import Prompt

Frame = dict[str, Any]

WISHES = (
    "a red fox in a forest",
    "a blue boat at night",
    "a castle",
    "an orange cat sits on a sofa",
    "two small dogs and a huge elephant walk by the sea",
    "an astronaut rides a horse on the moon",
    "a jellyfish glows in the deep sea",
    "seven white birds fly over the sea",
    "a steam train crosses a stone bridge in the fog",
    "two knights and two dragons",
    "snow",
    "two glimbos eat zorgs in the backrooms",
)
FEW = WISHES[:4]

LONG = 4  # keyframes, eight seconds

_UNSAID = re.compile(r"\b(?:the|an?)$|\b(?:the|an?) (?:is|are|stands?|shines|glows|flies|dances|of|the|an?)\b|  ")
"""A sentence with a noun missing."""


def ask(wish: str, *, first: int = 0, count: int = 8, seed: int = 0, shown: list[Frame] = [], **more: Any) -> Frame:  # noqa: B006
    request: Frame = {"wish": wish, "count": count, "first": first, "seconds": 2.0, "seed": seed, "write_in": "English"}
    if shown:
        request |= {"new_wish": first == 0, "film": {"cast": {}, "frames": shown, "synopsis": "", "plan": []}}
    answer: Frame = json.loads(tell([{"role": "user", "content": json.dumps(request | more)}]))
    return answer


def film(wish: str, length: int, *, seed: int = 0, window: int = 32, context: int = 4) -> list[Frame]:
    told: list[Frame] = []
    while len(told) < length:
        told += ask(wish, first=len(told), count=window, seed=seed, shown=told[-context:])["frames"]
    return told[:length]


def mains(frame: Frame) -> list[Frame]:
    return [thing for thing in frame["objects"] if not thing["id"].startswith((GUEST, THING))]


def guests(frame: Frame) -> list[str]:
    return [thing["noun"] for thing in frame["objects"] if thing["id"].startswith(GUEST)]


def middle(thing: Frame) -> float:
    x, _, width, _ = thing["box"]
    return float(x + width / 2)


def scenes(told: list[Frame]) -> Iterator[list[Frame]]:
    for start in range(0, len(told), arc.SCENE):
        yield told[start : start + arc.SCENE]


# One film, however it is asked for


@pytest.mark.parametrize("wish", FEW)
@pytest.mark.parametrize(("window", "context"), [(8, 4), (5, 4), (3, 2), (1, 1)])
def test_windows_say_what_one_long_answer_would_have_said(wish: str, window: int, context: int) -> None:
    assert film(wish, 80, window=window, context=context) == film(wish, 80)


@pytest.mark.parametrize(
    "steer", ["now it snows", "add a dragon", "a blue boat at night", "zoom in", "go to the beach"]
)
def test_so_they_do_after_a_steer(steer: str) -> None:
    def steered(window: int) -> list[Frame]:
        told = film("a red fox in a forest", 11)
        told += ask(steer, count=1, shown=told[-4:], premise="a red fox in a forest")["frames"]
        for first in range(1, 70, window):
            shown = told[-1:] if window == 1 else told[-4:]
            told += ask(steer, first=first, count=window, shown=shown, premise="a red fox in a forest")["frames"]
        return told[11:81]

    assert steered(8) == steered(23) == steered(1)


def test_the_director_has_the_same_film_in_the_papers_way_and_in_windows() -> None:
    def directed(window: int) -> list[tuple[Any, ...]]:
        story = Story.begin(Prompt(id="", stream="main", action="play", prompt="a red fox"), 1, Ways(window=window))
        told = []
        while story.seq < 72:
            for frame in json.loads(tell(story.ask(window)))["frames"]:
                description = story.accept(json.dumps(frame))
                assert description is not None
                told.append((description.action, description.objects, description.camera, description.setting))
        return told

    assert directed(8) == directed(1)


def test_words_and_seed_make_the_film() -> None:
    assert film("a red fox", 64, seed=1) == film("a red fox", 64, seed=1)
    one, other = film("a red fox", 96, seed=1), film("a red fox", 96, seed=2)
    assert [frame["action"] for frame in one] != [frame["action"] for frame in other]
    assert {thing["id"] for frame in one for thing in mains(frame)} == {"fox"}
    assert {thing["id"] for frame in other for thing in mains(frame)} == {"fox"}


# An hour of it


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.sampled_from(WISHES), st.integers(0, 2**53))
def test_for_an_hour_it_develops_and_everything_is_well_placed(wish: str, seed: int) -> None:
    told = film(wish, 1800, seed=seed)
    cast = [(thing["id"], thing["noun"], thing["look"]) for thing in mains(told[0])]
    for frame in told:
        assert [(thing["id"], thing["noun"], thing["look"]) for thing in mains(frame)] == cast
        assert len(frame["objects"]) <= 4
        assert 0.0 < len(frame["action"].split()) <= 15, frame["action"]
        assert len(frame["action"]) <= 120
        assert not set("{}[]") & set(frame["action"]), frame["action"]
        assert not _UNSAID.search(frame["action"]), frame["action"]
        assert abs(frame["camera"]["pan"][0]) <= 0.3
        for thing in mains(frame):
            x, y, width, height = thing["box"]
            assert -0.06 <= x <= 1.06 - width
            assert -0.01 <= y <= 1.01 - height
    for before, after in zip(told, told[1:], strict=False):
        assert before["action"] != after["action"]
        assert before["objects"] != after["objects"]
        if after["transition"] == "cut":
            continue
        there = {thing["id"]: thing for thing in before["objects"]}
        assert before["place"] == after["place"]
        for thing in after["objects"]:
            if thing["id"] not in there:
                assert not thing["id"].startswith(GUEST) or abs(abs(middle(thing) - 0.5) - 0.5) < 0.001, "from the side"
                continue
            was = there[thing["id"]]
            assert abs(middle(thing) - middle(was)) <= 0.251, (wish, thing, was)
            assert abs(thing["box"][1] - was["box"][1]) <= 0.251, (wish, thing, was)
    for n, scene in enumerate(scenes(told)):
        assert scene[0]["transition"] == "cut"
        assert {frame["transition"] for frame in scene[1:]} <= {"blend"}
        assert len({frame["place"] for frame in scene}) == 1
        if len(scene) == arc.SCENE and len(cast) < 4:
            assert not guests(scene[7])
            assert guests(scene[8]) == guests(scene[12])
            assert len(guests(scene[12])) == 1, "somebody came by"
            left = [thing for thing in scene[31]["objects"] if thing["id"].startswith(GUEST)]
            assert all(abs(middle(thing) - 0.5) > 0.5 for thing in left), "and left"
        if n:
            assert scene[0]["place"] != told[n * arc.SCENE - 1]["place"]
    for minute in range(0, 1800, 30):
        actions = [frame["action"] for frame in told[minute : minute + 30]]
        assert len(set(actions)) >= 20, "hardly a sentence is said twice in a minute"


@pytest.mark.parametrize("wish", ["a red fox in a forest", "a blue boat at night", "a castle", "a dog in the city"])
def test_weather_and_light_come_and_go(wish: str) -> None:
    told = film(wish, 450)  # a quarter of an hour
    weathers = [frame["weather"] for frame in told]
    changes = sum(a != b for a, b in zip(weathers, weathers[1:], strict=False))
    assert changes >= 8
    assert len(set(weathers)) >= 3
    assert Counter(weathers).most_common(1)[0][1] < 0.8 * len(told)
    assert len({frame["time"] for frame in told}) >= 5, "days pass"
    assert len({frame["place"] for frame in told}) >= 4
    assert len({guest for frame in told for guest in guests(frame)}) >= 5


@pytest.mark.parametrize("wish", WISHES)
def test_no_rule_of_the_director_is_broken(wish: str) -> None:
    before = None
    cast: dict[str, Any] = {}
    for n, frame in enumerate(film(wish, 192)):
        draft = read(json.dumps(frame))
        fresh = n == 0 or draft.transition == "cut"
        before, broken = rules.enforce(draft, before=before, cast=cast, fresh=fresh)
        assert broken == (), (n, draft.action)
        cast |= {thing.id: thing for thing in before.objects}


def test_no_rainbow_at_night() -> None:
    for seed in range(30):
        for n, frame in enumerate(film("a red fox in a forest", 96, seed=seed)):
            if arc.place(n).beat == "turn" and frame["time"] in ("night", "dusk"):
                assert "rainbow" not in [thing["noun"] for thing in frame["objects"]]


@pytest.mark.parametrize("wish", ["a bird flies", "a star at night", "a kite in the wind", "a kite and a dove", "snow"])
def test_something_comes_of_a_trouble_though_it_is_there_already(wish: str) -> None:
    """A film about a star: what comes out in its night is another thing."""
    for seed in range(8):
        for n, frame in enumerate(film(wish, 128, seed=seed)):
            assert not _UNSAID.search(frame["action"]), (seed, n, frame["action"])
            assert "something appears" not in frame["action"], (seed, n)


def test_as_much_may_come_of_a_trouble_as_can_be_there() -> None:
    for nouns in {*ANSWERS.values()} - {""}:
        for there in combinations(sorted({*nouns.split("|"), *ANY.split("|")}), MAX_CAST):
            drama = Drama(0, Said(), there[:2])
            for place in ("forest", "kitchen", "deep sea", "space"):
                answers = {drama.answer(place, "day", seq, there[2]) for seq in range(0, 192, arc.SCENE)}
                assert answers.isdisjoint(there[:3])
                assert "" not in answers or "alarm" in {drama.trouble(place, seq) for seq in range(0, 192, arc.SCENE)}


@pytest.mark.parametrize("place", ["kitchen", "living room", "coral reef", "deep sea"])
def test_where_no_day_is_seen_no_dark_gives_way(place: str) -> None:
    drama = Drama(0, Said(), ("cat",))
    light = [seq for seq in range(0, 640, arc.SCENE) if drama.trouble(place, seq) == "light"]
    assert light
    for seq in light:
        for keyframe in range(20, 24):
            shot = drama.shot(seq + keyframe, place, "day", guest="")
            assert not re.search(r"\b(?:dark|safe|bright)\b", shot.moves + shot.rests), shot.moves


# Who stands before whom


def hidden(frame: Frame, by: float = 0.6) -> set[tuple[str, str]]:
    """Pairs of ids: more than that part of the first is covered by the second, which is nearer."""
    found = set()
    for n, behind in enumerate(frame["objects"]):
        for before in frame["objects"][n + 1 :]:
            (ax, ay, aw, ah), (bx, by_, bw, bh) = behind["box"], before["box"]
            width, height = min(ax + aw, bx + bw) - max(ax, bx), min(ay + ah, by_ + bh) - max(ay, by_)
            if width > 0 and height > 0 and width * height > by * aw * ah:
                found.add((behind["id"], before["id"]))
    return found


def longest(told: list[Frame], pairs: Callable[[str, str], bool]) -> int:
    """For how many keyframes on end one of those pairs hides the same one."""
    most = 0
    runs: Counter[tuple[str, str]] = Counter()
    for frame in told:
        now = {pair for pair in hidden(frame) if pairs(*pair)}
        runs = Counter({pair: runs[pair] + 1 for pair in now})
        most = max(most, *runs.values(), 0)
    return most


CROWDS = (
    "a castle and a knight",
    "a tree and two children",
    "a lighthouse and a dog",
    "a windmill and a horse",
    "a house with a running cat",
    "a sleeping elephant and a mouse runs",
    "a lighthouse keeper walks along the cliffs at dusk",
    "my grandmother's kitchen",
    "an old man walks his dog in the park",
    "two robots fall in love",
)


@pytest.mark.parametrize("wish", [*CROWDS, *WISHES])
def test_nobody_is_hidden_for_long(wish: str) -> None:
    """Of the main cast nobody, by whomever; of who comes by and of what is found, nobody who was not in passing."""
    for seed in range(2):
        told = film(wish, 160, seed=seed)
        assert longest(told, lambda behind, before: not behind.startswith((GUEST, THING))) <= LONG, (wish, seed)
        assert longest(told, lambda behind, before: behind.startswith((GUEST, THING))) <= LONG + 2, (wish, seed)


@pytest.mark.parametrize("wish", ["a castle and a knight", "a knight and a castle", "a knight // add a castle"])
def test_what_is_built_stands_behind_who_is_alive(wish: str) -> None:
    first, *steers = wish.split(" // ")
    told = film(first, 40)
    for steer in steers:
        told = ask(steer, count=32, shown=told[-4:], premise=first)["frames"]
    for frame in told:
        assert [thing["noun"] for thing in mains(frame)] == ["castle", "knight"]
    assert "knight" in told[0]["action"] or "castle comes into view" in told[0]["action"]


# What the words hold fast


def test_what_was_said_stays_for_the_first_scene() -> None:
    for seed in range(20):
        told = film("a red fox in a snowy forest at night", 96, seed=seed)
        assert {(f["place"], f["time"], f["weather"]) for f in told[: arc.SCENE]} == {("forest", "night", "snow")}
        assert {f["place"] for f in told[arc.SCENE :]}.isdisjoint({"forest"})


@pytest.mark.parametrize("words", ["it is always night, a fox", "ein Fuchs, immer Nacht", "eternal night over a fox"])
def test_what_is_to_be_for_ever_stays_for_ever(words: str) -> None:
    assert {frame["time"] for frame in film(words, 400)} == {"night"}


def test_it_comes_home_now_and_then() -> None:
    told = film("a red fox in a forest", 6 * arc.SCENE)
    homes = [scene[0]["place"] == "forest" for scene in scenes(told)]
    assert homes[0]
    assert homes[5]
    assert not any(homes[1:2])


def test_those_who_do_not_travel_do_not_leave_the_house_with_the_furniture() -> None:
    places = {frame["place"] for frame in film("an orange cat sits on a sofa", 320)}
    assert places <= {"room", *RINGS["rooms"]}


def test_a_steer_begins_the_arc_anew_and_keeps_who_is_there() -> None:
    told = film("a red fox in a forest", 13)
    (guest,) = guests(told[-1])
    after = ask("make it night", count=32, shown=told[-4:], premise="a red fox in a forest")["frames"]
    assert guests(after[0]) == [guest]
    assert {frame["time"] for frame in after} == {"night"}
    assert all(not thing["id"].startswith(GUEST) or abs(middle(thing) - 0.5) > 0.5 for thing in after[31]["objects"])
    named = ask(f"the {guest} sleeps", count=32, shown=told[-4:], premise="a red fox in a forest")["frames"]
    assert all(guest in [thing["noun"] for thing in frame["objects"]] for frame in named), "whoever is named stays"


def test_how_a_steer_comes_in_may_be_asked_for() -> None:
    told = film("a red fox in a forest", 5)
    more: dict[str, Any] = {"count": 2, "shown": told, "premise": "a red fox in a forest"}
    assert ask("make it night", **more)["frames"][0]["transition"] == "blend"
    assert ask("make it night", transition="cut", **more)["frames"][0]["transition"] == "cut"
    both = ask("a blue boat", transition="blend", **more)["frames"][0]
    assert both["transition"] == "blend"
    assert {thing["noun"] for thing in both["objects"]} >= {"boat"}


# The wire


def test_notes_follow_the_frames() -> None:
    told = film("a red fox in a forest", 8)
    answer = ask("a red fox in a forest", first=8, shown=told[-4:])
    assert [*answer] == ["frames", "synopsis", "plan"]
    assert "red fox" in answer["synopsis"]
    assert guests(answer["frames"][-1])[0] in answer["synopsis"]
    assert answer["plan"][0].startswith("complication")
    assert len(answer["synopsis"]) < 200
    assert all(len(line) < 60 for line in answer["plan"])
    assert b"synopsis" not in tell_one([{"role": "user", "content": "a red fox"}])


@pytest.mark.parametrize(
    ("wish", "who"),
    [
        ("three red balloons", "three red balloons"),
        ("seven white birds", "seven white birds"),
        ("two small dogs and a huge elephant", "two small dogs and a huge elephant"),
    ],
)
def test_the_synopsis_counts(wish: str, who: str) -> None:
    assert ask(wish, count=1)["synopsis"].startswith(f"{who}: scene 1, ")


def test_what_is_planned_comes_true() -> None:
    told = film("a red fox in a forest", 8)
    plan = ask("a red fox in a forest", first=0)["plan"]
    coming = next(line for line in plan if line.startswith("somebody comes")).split()[-1]
    more = ask("a red fox in a forest", first=8, count=32, shown=told[-4:])["frames"]
    assert guests(more[0])[0].split()[-1] == coming
    assert plan[-1] == f"then the {more[24]['place']}"


def test_what_it_does_not_know_in_a_request_is_no_matter() -> None:
    plain = ask("a red fox")["frames"]
    more: dict[str, Any] = {"style": "noir", "language": "de", "beats": [{"keyframe": 0}], "unheard": {"of": [1]}}
    assert ask("a red fox", **more)["frames"] == plain


@pytest.mark.parametrize("place", ["", " "])
def test_a_film_goes_on_of_which_nobody_said_where_it_is(place: str) -> None:
    """An LLM before it left that out."""
    for first in (0, 5):
        shown = [frame | {"place": place} for frame in film("a red fox", max(first, 1))]
        told = ask("make it night", first=first, shown=shown[-4:], premise="a red fox")["frames"]
        assert {frame["place"] for frame in told} == {"meadow"}


# Its vocabulary


def nouns() -> dict[str, set[str]]:
    def words(table: dict[str, str]) -> set[str]:
        return {noun for nouns in table.values() for noun in nouns.split("|") if noun}

    guests = words(GUESTS) | words(NIGHT_GUESTS) | words(FLIERS)
    return {"guests": guests, "things": words(THINGS) | words(ANSWERS) | words({"": ANY})}


def test_the_sketch_engine_has_a_drawing_of_everybody_who_comes_by() -> None:
    for kind in nouns().values():
        assert {noun for noun in kind if find(noun).startswith("label:") or not find(noun)} == set()


def test_nobody_who_comes_by_could_be_taken_for_a_thing() -> None:
    """Names are how a keyframe tells who is who, and the director's rules compare the ends of nouns."""
    everything = [noun for kind in nouns().values() for noun in kind]
    assert not nouns()["guests"] & nouns()["things"]
    for one in everything:
        assert not [other for other in everything if other.endswith(f" {one}")], one


def test_every_place_of_a_round_trip_is_of_some_land() -> None:
    known = {place for places in LANDS.values() for place in places.split("|")} | {"meadow", "hills"}
    assert {place for ring in RINGS.values() for place in ring} <= known
    assert set(LANDS) | {"meadow"} == set(GUESTS) == set(THINGS)
