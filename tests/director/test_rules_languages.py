"""What holds from keyframe to keyframe in films that are not told in English: what needs no knowledge of a language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from streamer.director.rules import enforce
from streamer.director.script import Draft
from streamer.director.story import Member, Story
from streamer.director.ways import Form, Ways
from streamer.messages import Box, Prompt, SceneObject

FOX = SceneObject(id="fox", noun="fox", look="small, red", box=Box(0.1, 0.5, 0.3, 0.25))
BEFORE = Draft(action="*", place="forest", time="evening", weather="clear", objects=(FOX,))


def told(**changed: Any) -> Draft:
    """A keyframe that breaks no rule after BEFORE, with these changes."""
    first = {"action": "**", "place": "forest", "time": "evening", "weather": "clear", "objects": (FOX,)}
    return Draft(**(first | changed))


def in_another_language(before: Draft = BEFORE, **changed: Any) -> tuple[Draft, tuple[str, ...]]:
    return enforce(told(**changed), before=before, cast={}, fresh=False, english=False)


@pytest.mark.parametrize(
    "action",
    [
        "he then jumps, then sleeps",  # whatever it means there
        "Der Fuchs springt über einen Bach, z. B. einen zugefrorenen",
        "Um 7.30 Uhr am 3. Dezember geht die Sonne auf",
        "„Кто ты?“ спрашивает сова",
        "「誰だ？」と梟が聞く",
        "狐が古い木の橋の上で立ち止まって川を見下ろす",
        "Маленькая рыжая лиса медленно бежит через заснеженный лес на рассвете",
        "Mały rudy lis biegnie powoli przez zaśnieżony las o świcie, a sowa patrzy",
    ],
)
def test_other_languages_know_no_english_rules_and_have_room_for_a_sentence(action: str) -> None:
    assert in_another_language(action=action) == (told(action=action), ())


def test_other_languages_are_parted_at_full_stops_and_have_a_length() -> None:
    assert in_another_language(action="Achtung! Der Fuchs rennt los. Er springt.")[0].action == "Der Fuchs rennt los."
    draft, broken = in_another_language(action="狐狸" * 50)
    assert broken == ("length",)
    assert 15 < len(draft.action) < 40


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("雪の森", "森の橋"),
        ("森の橋", "雪の森の橋"),
        ("雪の森の橋", "森の中の橋"),
        ("verschneiter Wald", "Waldbach"),
        ("Waldbach", "Wald"),
        ("bosque nevado", "bosque oscuro"),
        ("зимний лес", "лес"),
        ("ośnieżony las", "las"),
    ],
)
def test_a_place_in_another_language_is_the_same_by_its_words_or_signs(place: str, other: str) -> None:
    for there, here in ((place, other), (other, place)):
        assert in_another_language(told(place=there), place=here, action="…") == (
            told(place=there, action="…"), ("setting",)
        )  # fmt: skip


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("雪の森", "海"),
        ("雪の中", "森の中"),
        ("Wald", "Meer"),
        ("Wald", "Wasserfall"),
        ("лес", "море"),
        ("bosque", "ciudad"),
    ],
)
def test_another_place_in_another_language_is_a_cut(place: str, other: str) -> None:
    assert in_another_language(told(place=place), place=other)[0].transition == "cut"


@pytest.mark.parametrize(
    ("old", "new", "action"),
    [
        ("klein, rot", "klein, weiß", "Das Fell des Fuchses wird weiß vom Schnee"),
        ("рыжая", "белая", "Лиса становится белой"),
        ("小さな赤い", "白い", "狐の毛が雪で真っ白になる"),
        ("赤い", "ピンクの", "狐がピンクに変わる"),
    ],
)
def test_a_look_in_another_language_changes_where_the_action_says_the_new_one(old: str, new: str, action: str) -> None:
    before = told(objects=(replace(FOX, look=old),))
    now = {"objects": (replace(FOX, look=new),)}
    film = {"fox": Member("fox", old)}
    assert enforce(told(action=action, **now), before=before, cast=film, fresh=False, english=False)[1] == ()
    assert enforce(told(action="…", **now), before=before, cast=film, fresh=False, english=False)[1] == ("look",)


@pytest.mark.parametrize(
    ("language", "english"),
    [("English", True), ("British English", True), ("en-GB", True), ("German", False), ("", False)],
)
def test_the_engines_language_says_which_rules_act(language: str, english: bool) -> None:
    form = Form(write_in=language)
    assert form.english == english
    story = Story.begin(Prompt(id="p", stream="main", action="play", prompt="x"), 1, Ways())
    said = story.accept(json.dumps({"action": "we glide", "place": "forest"}), form).action
    assert said == ("the camera glides" if english else "we glide")
