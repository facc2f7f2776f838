"""What a keyframe may change of the one before it, and what is done where it changes more."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streamer.director import script
from streamer.director.clip import tokens
from streamer.director.rules import GROWTH, REACH, RULES, SLACK, enforce
from streamer.director.script import Draft
from streamer.director.story import Member
from streamer.errors import Rejected
from streamer.messages import Box, Camera, SceneObject


def thing(name: str, noun: str = "", look: str = "", box: tuple[float, ...] = (0.1, 0.5, 0.3, 0.25)) -> SceneObject:
    return SceneObject(id=name, noun=noun or name, look=look, box=Box(*box))


FOX = thing("fox", look="small, red")
OWL = thing("owl", look="white", box=(0.6, 0.1, 0.2, 0.2))
BEFORE = Draft(action="the fox sits", place="forest", time="evening", weather="clear", objects=(OWL, FOX))


def told(**changed: Any) -> Draft:
    """A keyframe that breaks no rule after BEFORE, with these changes."""
    first = {"action": "the fox runs", "place": "forest", "time": "evening", "weather": "clear", "objects": (OWL, FOX)}
    return Draft(**(first | changed))


def mended(before: Draft | None = BEFORE, *, fresh: bool = False, **changed: Any) -> tuple[Draft, tuple[str, ...]]:
    return enforce(told(**changed), before=before, cast=CAST, fresh=fresh)


CAST = {thing.id: Member(thing.noun, thing.look) for thing in (OWL, FOX)}


def test_a_keyframe_that_keeps_the_rules_is_left_as_it_is() -> None:
    assert mended() == (told(), ())


# The action


@pytest.mark.parametrize(
    ("action", "kept"),
    [
        ("The fox jumps. Then the owl lands.", "The fox jumps."),
        ("the fox jumps and then sleeps", "the fox jumps"),
        ("the fox jumps, then sleeps", "the fox jumps"),
        ("the fox jumps then runs", "the fox jumps"),
        ("the fox jumps; the owl flies", "the fox jumps"),
        ("Then the fox jumps", "the fox jumps"),
        ("Boom! The fox jumps", "The fox jumps"),
        ("狐狸跑。狐狸跳。", "狐狸跑。"),
    ],
)
def test_one_action_is_told_at_a_time(action: str, kept: str) -> None:
    draft, broken = mended(action=action)
    assert (draft.action, broken) == (kept, ("one action",))


@pytest.mark.parametrize(
    "action",
    ["Dr. Fox runs", "the fox then runs", "the fox runs 2.5 miles", "the fox runs!", "the fox... stops",
     "the fox passes Mt. Fuji", "Inspector no. 7 enters", "Der 3. König reitet", "the fox … stops"],
)  # fmt: skip
def test_what_only_looks_like_two_actions_is_one(action: str) -> None:
    assert mended(action=action) == (told(action=action), ())


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("It runs through the snow", "The fox runs through the snow"),
        ("he's running", "the fox is running"),
        ("suddenly it jumps", "suddenly the fox jumps"),
        ("the owl lands and it looks around", "the owl lands and the owl looks around"),
        ("They run and jump", "The fox and the owl run and jump"),
        ("we see a fox asleep", "a fox asleep"),
        ("we glide over the valley", "the camera glides over the valley"),
        ("As it reaches the river, the fox stops", "As the fox reaches the river, the fox stops"),
        ("it's asleep", "the fox is asleep"),
        ("late at night they rest", "late at night the fox and the owl rest"),
        ("the owl's eyes open as it wakes", "the owl's eyes open as the owl wakes"),
        ("they look up at the moon", "the fox and the owl look up at the moon"),
    ],
)
def test_a_subject_is_named_by_its_noun(action: str, named: str) -> None:
    draft, broken = mended(action=action)
    assert (draft.action, broken) == (named, ("pronoun",))


@pytest.mark.parametrize(
    "action",
    [
        "the sun rises and it floods the valley",
        "red leaves fall and they cover the path",
        "the mice run because they are hungry",
        "the fox meets a stranger and they talk",
        "an old woman stands up and she bows",
    ],
)
def test_a_pronoun_for_whom_only_the_sentence_knows_is_left(action: str) -> None:
    assert mended(action=action) == (told(action=action), ())


def test_many_by_their_noun_are_many() -> None:
    mice = thing("mice", look="grey")
    assert mended(action="they run", objects=(mice,))[0].action == "the mice run"
    three = thing("mice", look="three, grey")
    assert mended(action="the mice run because they are hungry", objects=(three, FOX))[0].action == (
        "the mice run because the mice are hungry"
    )


@pytest.mark.parametrize(
    "action",
    ["the fox wags its tail", "the owl sees it", "it rains", "it's getting dark", "it is quiet", "il court", "狐狸跑"],
)
def test_possessives_objects_and_the_weather_keep_their_pronouns(action: str) -> None:
    assert mended(action=action) == (told(action=action), ())


def test_the_verb_follows_the_number_of_whoever_is_meant() -> None:
    balloons = thing("balloons", "balloon", "three, red")
    assert mended(action="it floats away", objects=(balloons,))[0].action == "the balloons float away"
    assert mended(action="they run and jump", objects=(FOX,))[0].action == "the fox runs and jumps"
    assert mended(action="they are all running", objects=(FOX,))[0].action == "the fox is running"


def test_a_pronoun_means_whom_it_fits_and_nobody_is_a_figure() -> None:
    king, queen = thing("king"), thing("queen", box=(0.6, 0.1, 0.2, 0.2))
    assert mended(action="he smiles", objects=(king, queen))[0].action == "the king smiles"
    assert mended(action="she smiles", objects=(queen, king))[0].action == "the queen smiles"
    assert mended(None, action="it smiles", objects=(queen, FOX))[0].action == "the fox smiles"
    alone = enforce(Draft(action="he smiles"), before=None, cast={}, fresh=True)
    assert alone == (Draft(action="a figure smiles"), ("pronoun",))
    twins = (thing("a", "fox", "small, red"), thing("b", "fox", "white", box=(0.6, 0.1, 0.2, 0.2)))
    assert mended(None, action="it sleeps", objects=twins)[0].action == "the white fox sleeps"


def test_a_long_action_is_cut_where_a_clause_begins() -> None:
    long = "the red fox runs through the deep white snow of the old forest while the owl watches from a branch"
    draft, broken = mended(action=long)
    assert (draft.action, broken) == ("the red fox runs through the deep white snow of the old forest", ("length",))
    dangling = "as the sun sets, the fox and the girl, hand in paw, walk slowly through the old town to the river"
    assert mended(action=dangling)[0].action == "as the sun sets, the fox and the girl, hand in paw, walk slowly"


def test_an_action_of_few_but_rare_words_leaves_the_scene_its_part_of_the_context() -> None:
    rare = "axolotls xylophonically zigzag past Popocatepetl's phosphorescent chrysanthemums, xylems and rhododendrons"
    assert tokens(rare) > 30
    draft, broken = mended(action=rare)
    assert broken == ("length",)
    assert tokens(draft.action) <= 30


def test_what_is_said_in_quotes_stays_and_ends_no_sentence() -> None:
    for action in (
        '"Who are you?" asks the owl.',
        '"Run!" shouts the boy',
        '"It\'s cold," says the owl, "we should find shelter"',
        "the owl says, “Come here. You sit, then we eat.”",
        "'Run, then he stops' says the owl",
    ):
        assert mended(action=action) == (told(action=action), ())
    assert mended(action='The owl says "Run!" The fox runs.')[0].action == 'The owl says "Run!"'


@pytest.mark.parametrize(
    ("action", "kept"),
    [
        ("the fox — small, red — then leaps over a brook", "the fox — small, red — then leaps over a brook"),
        ("the fox — small, red — then leaps, then sleeps", "the fox — small, red — then leaps"),
        ("the duck, small and wet, then dives", "the duck, small and wet, then dives"),
        ("the fox wiggles its tail, then sleeps", "the fox wiggles its tail"),
        ("Boom, then the fox jumps", "the fox jumps"),
    ],
)
def test_what_comes_before_then_is_an_action_only_with_a_verb(action: str, kept: str) -> None:
    assert mended(action=action)[0].action == kept


def test_what_one_mend_uncovers_is_mended_too() -> None:
    draft, broken = mended(action="Boom, then it is awake. 狐狸跑。")
    assert (draft.action, broken) == ("the fox is awake.", ("one action", "pronoun"))


# The setting


def test_what_a_keyframe_leaves_out_of_its_setting_is_as_before() -> None:
    assert mended(place="", time="", weather="") == (told(), ("setting",))
    assert mended(place="", fresh=True) == (told(), ("setting",))
    assert mended(place="", transition="cut")[1] == (), "a cut says what it shows"


def test_the_same_place_in_other_words_keeps_its_words() -> None:
    for words in ("snowy forest", "the forest", "forest clearing"):
        assert mended(place=words) == (told(), ("setting",))


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("village at the foot of a mountain", "mountain village"),
        ("bridge over a river", "wooden bridge"),
        ("snowy forest", "edge of the forest"),
        ("forest path", "forest"),
        ("woods", "dark forest"),
    ],
)
def test_a_place_is_known_by_what_it_is(place: str, other: str) -> None:
    for there, here in ((place, other), (other, place)):
        assert mended(told(place=there), place=here, action="the fox leaps")[0].place == there


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("castle", "castle tower room"),
        ("city", "city metro station"),
        ("sea", "underwater sea cave"),
        ("castle", "inside the castle"),
        ("mountain village", "mountain"),
        ("edge of the forest", "edge of the city"),
    ],
)
def test_a_place_in_a_place_is_another_one(place: str, other: str) -> None:
    for there, here in ((place, other), (other, place)):
        draft, broken = mended(told(place=there), place=here, action="the fox leaps")
        assert (draft.place, draft.transition, broken) == (here, "cut", ("setting",))


def test_another_place_is_a_cut() -> None:
    desert = thing("fox", look="grey", box=(0.7, 0.1, 0.1, 0.1))
    draft, broken = mended(place="desert", objects=(desert,))
    assert (draft, broken) == (told(place="desert", objects=(desert,), transition="cut"), ("setting",))
    assert mended(place="desert", fresh=True)[1] == (), "a wish may go elsewhere without one"


@pytest.mark.parametrize(
    ("time", "kept"),
    [("night", "night"), ("sunset", "sunset"), ("noon", "evening"), ("dawn", "night"), ("spring", "spring")],
)
def test_time_goes_on_by_one_step(time: str, kept: str) -> None:
    draft, broken = mended(time=time)
    assert (draft.time, broken) == (kept, () if kept == time else ("setting",))


@pytest.mark.parametrize(
    ("weather", "kept"), [("clouds", "clouds"), ("rain", "clouds"), ("heavy storm", "clouds"), ("confetti", "confetti")]
)
def test_weather_changes_by_one_step(weather: str, kept: str) -> None:
    draft, broken = mended(weather=weather)
    assert (draft.weather, broken) == (kept, () if kept == weather else ("setting",))


def test_light_and_weather_may_jump_where_the_action_says_so() -> None:
    assert mended(action="a storm breaks over the fox", weather="storm")[1] == ()
    assert mended(action="dawn comes", time="dawn")[1] == ()
    dawn = told(time="dawn")
    assert mended(dawn, action="the sun slowly sets behind the fox", time="sunset")[1] == ()
    assert mended(dawn, action="the moon rises", time="night")[1] == ()
    assert mended(told(time="night"), action="the sun rises over the hills", time="morning")[1] == ()
    assert mended(dawn, action="the sun shines", time="sunset")[1] == ("setting",)


# Who is there


def test_the_front_four_are_shown() -> None:
    many = tuple(thing(f"bird-{n}", "bird", box=(0.1 * n, 0.1, 0.1, 0.1)) for n in range(6))
    draft, broken = mended(objects=many)
    assert (draft.objects, broken) == (many[2:], ("objects",))


def test_who_the_action_names_is_there_even_if_the_llm_lists_nobody() -> None:
    draft, broken = mended(objects=())
    assert (draft.objects, broken) == ((OWL, FOX), ("objects",))
    assert mended(action="light moves over the grass", objects=())[0].objects == ()
    fox = thing("kitsune", "狐狸")
    before = told(objects=(fox,))
    assert mended(before, action="红色的狐狸跑", objects=())[0].objects == (fox,)


def test_a_known_noun_gets_its_id_back() -> None:
    draft, broken = mended(objects=(OWL, thing("fox-7", "red fox", "red")))
    assert [one.id for one in draft.objects] == ["owl", "fox"]
    assert draft.objects[1].noun == "fox"
    assert "name" in broken


def test_a_namesake_who_looks_otherwise_is_somebody_else() -> None:
    white = thing("fox-2", "fox", "white", (0.6, 0.5, 0.2, 0.2))
    assert mended(objects=(OWL, white)) == (told(objects=(OWL, white)), ())


def test_of_two_namesakes_the_one_who_was_there_last_is_meant() -> None:
    cast = {"old-fox": Member("fox", "small, red"), **CAST}
    draft, _ = enforce(told(objects=(OWL, thing("it", "fox"))), before=BEFORE, cast=cast, fresh=False)
    assert draft.objects[1].id == "fox"


def test_an_id_that_comes_with_another_noun_is_a_new_one() -> None:
    draft, broken = mended(objects=(OWL, thing("fox", "wolf", "grey")))
    assert [(one.id, one.noun) for one in draft.objects] == [("owl", "owl"), ("wolf", "wolf")]
    assert broken == ("name",)


def test_who_is_turned_into_something_else_stays_who_he_is() -> None:
    wolf = thing("fox", "wolf", "grey")
    assert mended(objects=(OWL, wolf), action="the fox turns into a wolf")[1] == ()
    assert mended(objects=(OWL, wolf), fresh=True)[1] == ()


def test_ids_are_unique() -> None:
    draft, broken = mended(objects=(FOX, thing("fox", "fox", "", (0.5, 0.5, 0.2, 0.2))))
    assert [one.id for one in draft.objects] == ["fox", "fox-2"]
    assert broken == ("name",)


def test_a_look_that_changes_without_reason_is_put_back() -> None:
    for look in ("large, blue", ""):
        assert mended(objects=(OWL, thing("fox", look=look))) == (told(), ("look",))


def test_a_look_changes_with_a_wish_a_cut_or_an_action_that_says_so() -> None:
    blue = (OWL, thing("fox", look="small, blue"))
    assert mended(objects=blue, fresh=True)[1] == ()
    assert mended(objects=blue, transition="cut")[1] == ()
    assert mended(objects=blue, action="the fox turns blue")[1] == ()
    assert mended(objects=blue, action="the fox turns around")[1] == ("look",)


def test_the_cast_remembers_who_was_away() -> None:
    alone = told(objects=(OWL,))
    draft, broken = mended(alone, objects=(OWL, thing("a-fox", "fox")))
    assert (draft.objects[1].id, draft.objects[1].look, broken) == ("fox", "small, red", ("name", "look"))


# Where they are


def test_a_box_moves_and_grows_only_so_far() -> None:
    far = thing("fox", look="small, red", box=(0.8, 0.0, 0.3, 0.25))
    draft, broken = mended(objects=(OWL, far))
    assert (draft.objects[1].box, broken) == (Box(0.35, 0.25, 0.3, 0.25), ("box",))
    huge = thing("fox", look="small, red", box=(0.1, 0.25, 0.9, 0.5))
    assert mended(objects=(OWL, huge))[0].objects[1].box == Box(0.26, 0.3, 0.48, 0.4)
    assert mended(objects=(OWL, far), fresh=True)[1] == ()


def test_two_in_one_place_are_set_apart() -> None:
    draft, broken = mended(objects=(thing("cat"), thing("dog"), thing("hen"), FOX))
    boxes = [one.box for one in draft.objects]
    assert boxes[-1] == FOX.box, "the front one stays"
    assert len({box.x for box in boxes}) == 4
    assert broken == ("box",)


def test_who_is_set_apart_moves_no_further_than_anybody_may() -> None:
    there = thing("fox", look="small, red", box=(0.3, 0.5, 0.3, 0.25))
    before = told(objects=(thing("cat", box=(0.15, 0.5, 0.3, 0.25)), there))
    draft, broken = mended(before, objects=(thing("cat", box=(0.3, 0.5, 0.3, 0.25)), there), action="the cat leaps")
    assert [one.box.x for one in draft.objects] == [0.1, 0.3], "0.2 to the right would be 0.35 from where it was"
    assert broken == ("box",)


def test_a_repeat_is_reported_and_moves_a_little() -> None:
    draft, broken = mended(told())
    assert broken == ("still",)
    assert draft.action == "the fox runs"
    assert [one.box.x for one in draft.objects] == [0.62, 0.12]


# Whatever an LLM tells


PIECES = st.sampled_from(
    ["the fox", "the owl", "it", "he", "They", "we see", "you", "then", "and then", "; ", ". ", ", ", "runs", "jump",
     "is", "it's", "turns", "turns blue", "dark", "night falls", "狐狸", "。", "and", "the", "while", "a storm",
     "slowly", "in the forest", "both", "🦊" * 9, '"', "'", "“", "”", "no. 7", "「狐」", "the mice", "the sun rises",
     "snowflakes drift over the very old and very quiet town"]
)  # fmt: skip
ACTIONS = st.lists(PIECES, max_size=9).map(" ".join) | st.text(max_size=40)
NOUNS = st.sampled_from(["fox", "red fox", "owl", "wolf", "queen", "it", "狐狸", "then he", "x. y", "a, b"]) | st.text(
    max_size=12
)
LOOKS = st.sampled_from(["", "red", "small, red", "blue", "three, red", "it"]) | st.text(max_size=12)
IDS = st.sampled_from(["fox", "owl", "fox-2", "wolf", "thing"])
SIDES = st.floats(-0.2, 1.2) | st.sampled_from([0.1, 0.5])
THINGS = st.fixed_dictionaries(
    {"id": IDS, "noun": NOUNS, "look": LOOKS, "box": st.lists(SIDES, min_size=4, max_size=4)}
)
PLACES = st.sampled_from(
    ["", "forest", "snowy forest", "sea", "the", "of", "in the", "森", "森の橋", "雪の中", "もり"]
) | st.text(max_size=12)


FRAMES = st.fixed_dictionaries(
    {
        "action": ACTIONS.map(lambda action: action or "fog"),
        "place": PLACES,
        "time": st.sampled_from(["", "night", "dawn", "noon", "late evening", "1920s"]),
        "weather": st.sampled_from(["", "clear", "storm", "snow", "fog and wind", "frogs"]),
        "objects": st.lists(THINGS, max_size=6),
        "transition": st.sampled_from(["blend", "blend", "cut"]),
    }
)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Whatever is read from an answer."""
    try:
        return script.read(json.dumps(draw(FRAMES)))
    except Rejected:
        return Draft(action="fog")


CASTS = st.dictionaries(IDS, st.builds(Member, NOUNS, LOOKS), max_size=4)


@settings(max_examples=200)
@given(drafts(), st.none() | drafts(), CASTS, st.booleans(), st.booleans())
@example(told(action="he. it; then"), told(), {}, False, True)
def test_what_is_mended_breaks_no_rule(
    draft: Draft, before: Draft | None, cast: dict[str, Member], fresh: bool, english: bool
) -> None:
    first, broken = enforce(draft, before=before, cast=cast, fresh=fresh, english=english)
    assert (first == draft) == (not broken)
    assert set(broken) <= set(RULES)
    assert enforce(first, before=before, cast=cast, fresh=fresh, english=english) == (first, ())
    ids = [one.id for one in first.objects]
    assert len(set(ids)) == len(ids) <= 4
    assert msgspec.json.decode(msgspec.json.encode(first), type=Draft) == first, "all of it is in range"


@settings(max_examples=50)
@given(st.lists(drafts(), min_size=2, max_size=6))
def test_over_a_shot_nothing_jumps(keyframes: list[Draft]) -> None:
    before: Draft | None = None
    for draft in keyframes:
        now, _ = enforce(draft, before=before, cast={}, fresh=False)
        if before is not None and now.transition == "blend":
            there = {one.id: one.box for one in before.objects}
            for one in now.objects:
                if was := there.get(one.id):
                    assert abs(one.box.x + one.box.w / 2 - was.x - was.w / 2) <= REACH + 2 * SLACK
                    assert one.box.w <= was.w * GROWTH + 2 * SLACK
        before = now


def test_the_camera_is_left_to_the_llm() -> None:
    camera = Camera(movement="panning right", pan=(0.3, 0.0))
    assert mended(camera=camera)[0].camera == camera


def test_every_rule_has_a_name_for_the_metrics() -> None:
    assert set(RULES) == {
        "one action", "pronoun", "length", "setting", "objects", "name", "look", "box", "still",
    }  # fmt: skip
