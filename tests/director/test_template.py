"""A keyframe in the words of a template: the paper's, or the user's own; never more than the encoder reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.director import clip
from streamer.director.caption import MAX_TEMPLATE, MAX_TEXT, PLACEHOLDERS, Template
from streamer.errors import UserError
from streamer.messages import Box, Camera, SceneObject, Setting

FOREST = Setting(place="forest", time="night", weather="snow", style="watercolour")
BOX = Box(0.1, 0.5, 0.3, 0.25)
FOX = SceneObject(id="fox", noun="fox", look="red", action="running", box=BOX)
OWL = SceneObject(id="owl", noun="owl", action="flying", box=BOX)
RIGHT = Camera(movement="panning right")


def said(template: str, *objects: SceneObject, action: str = "", setting: Setting = FOREST) -> str:
    return Template.parse(template).compose(action, setting, objects, RIGHT)


def test_the_papers_words_can_be_given_as_they_are_printed() -> None:
    printed = (
        "In this frame, there are {objects} in the {background}. The {objects} have {attributes}. "
        "The camera is {movement}."
    )
    assert said(printed, FOX) == (
        "In this frame, there is a red fox in the forest at night with snow, watercolour style. The fox is running. "
        "The camera is panning right."
    )
    assert said(printed, OWL, FOX).startswith("In this frame, there are an owl and a red fox in the forest")
    assert said(printed) == (
        "In this frame, we see the forest at night with snow, watercolour style. The camera is panning right."
    )


@pytest.mark.parametrize(
    ("template", "two", "nobody"),
    [
        ("{objects}, {action}", "An owl and a red fox, the fox jumps", "The fox jumps"),
        ("A {style} painting: {objects}.", "A watercolour painting: an owl and a red fox.",
         "A watercolour painting: the scene."),
        ("The {objects} are on the {background}", "The owl and the fox are in the forest at night with snow, "
         "watercolour style", "The scene is in the forest at night with snow, watercolour style"),
        ("Night.\n{action}!\n{movement}", "Night. The fox jumps! Panning right", "Night. The fox jumps! Panning right"),
        ("{action}. We love the {background}.", "The fox jumps. We love the forest at night with snow, watercolour "
         "style.", "The fox jumps. We love the forest at night with snow, watercolour style."),
    ],
)  # fmt: skip
def test_a_users_template_reads_well_whoever_is_there(template: str, two: str, nobody: str) -> None:
    assert said(template, OWL, FOX, action="the fox jumps.") == two
    assert said(template, action="the fox jumps.") == nobody


def test_what_has_nothing_to_say_is_left_out() -> None:
    template = "In {style} style, {objects}. {action}. Seen {background}."
    assert said(template, FOX, setting=Setting()) == "A red fox. Seen in the open air."
    assert said(template, FOX, action="Look!") == "In watercolour style, a red fox. Look! Seen in the forest at " + (
        "night with snow."
    )
    assert said("{objects}.") == (
        "In this frame, we see the forest at night with snow, watercolour style. The camera is panning right."
    ), "a template with nothing to say leaves it to the paper's"


def test_the_style_is_said_where_the_template_says_so_and_else_with_the_background() -> None:
    assert said("{action} {background}", action="rain") == "Rain in the forest at night with snow, watercolour style"
    assert said("{action} {background}, {style}", action="rain") == "Rain in the forest at night with snow, watercolour"
    manner = Setting(place="forest", style="in the manner of old masters")
    assert said("{action} {background}", action="rain", setting=manner) == (
        "Rain in the forest, in the manner of old masters"
    )


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{action} {who}", r"unknown placeholder {who}, expected one of {objects}, {background}, .*{style}"),
        ("{action} {}", r"unknown placeholder \{\}, expected"),
        ("{action} {objects", r"the brace at character 10 \('{action} {objects'\) has no partner"),
        ("{action}} now", r"the brace at character 9 .* has no partner"),
        ("{{action}}", r"the brace at character 1 .* has no partner"),
        ("", r"empty, expected a sentence with placeholders: {objects}"),
        (" \n\t", r"empty"),
        ("{background}, {movement}", r"needs at least {action} or {objects}"),
        ("{action}" + "x" * MAX_TEMPLATE, r"more than 2000 characters: 2008"),
    ],
)
def test_what_is_no_template_is_refused_with_its_reason(template: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=reason):
        Template.parse(template)
    (tmp_path / "own.txt").write_text(template)
    with pytest.raises(UserError, match=f"template .*own.txt: {reason}"):
        Template.load(tmp_path / "own.txt")


def test_a_template_is_loaded_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "own.txt"
    file.write_bytes("\ufeffUn film : {action}\n".encode())
    assert Template.load(file) == Template.parse("Un film : {action}")
    file.write_bytes(b"{action} \xff")
    with pytest.raises(UserError, match=r"own.txt: not UTF-8 text at byte 9"):
        Template.load(file)
    file.write_bytes("é".encode() * 100_000)
    with pytest.raises(UserError, match="more than 2000 characters"):
        Template.load(file)
    with pytest.raises(UserError, match="missing.txt: No such file"):
        Template.load(tmp_path / "missing.txt")
    with pytest.raises(UserError, match="Is a directory"):
        Template.load(tmp_path)


# What is too long is cut in the order of what a picture can spare.


def crowd(look: str) -> tuple[SceneObject, ...]:
    nouns = ("lighthouse", "carpenter", "elephant", "dragonfly")
    return tuple(SceneObject(id=noun, noun=noun, look=look, action=f"{noun}ing", box=BOX) for noun in nouns)


LONG = "the dragonfly " + "jumps high over the very old machine " * 3 + "at last"


def test_what_is_too_long_is_cut_in_the_order_of_what_a_picture_can_spare() -> None:
    parts = {
        "the camera's words": "The camera is",
        "what those behind do": "elephanting",
        "who stands behind the front two": "carpenter",
        "what the front one does": "dragonflying",
        "looks behind the front one": "spotted elephant",
        "the action's end": "at last",
        "who stands behind the front one": "elephant",
    }
    seen = []
    for n in range(50):
        scene = Setting(place="very " * n + "old factory", time="evening")
        text = Template.paper().compose(LONG, scene, crowd("spotted"), RIGHT)
        assert clip.tokens(text) <= clip.LIMIT
        said = [part in text for part in parts.values()]
        assert said == sorted(said), f"{said} of {[*parts]} in {text}"
        whole = "old factory in the evening" in text
        assert whole or not any(said), "the scene is cut last"
        seen.append((*said, whole))
    assert len(set(seen)) >= 6, "one after the other"


def test_the_action_keeps_its_tokens_and_the_scene_the_rest() -> None:
    endless = Setting(place="endless " * 60, time="night")
    text = Template.paper().compose(LONG, endless, crowd("red"), RIGHT)
    assert text.startswith("In this frame, there is a dragonfly in the endless endless endless endless")
    assert text.endswith("endless. The dragonfly jumps high over the very old machine jumps high over the very old.")
    assert 50 <= clip.tokens(text) <= clip.LIMIT


def test_other_scripts_fit_as_well() -> None:
    for sign in ("狐狸", "🦊", "лиса", "👨‍👩‍👧"):
        thing = SceneObject(id="a", noun=sign * 16, look=sign * 20, action=sign * 10, box=BOX)
        scene = Setting(place=sign * 20, time=sign * 20, weather=sign * 20, style=sign * 20)
        text = Template.paper().compose(sign * 60, scene, (thing,) * 4, Camera(movement=sign * 20))
        assert clip.tokens(text) <= clip.LIMIT
        assert text.count(sign) > 6


WORDS = st.text(max_size=40) | st.lists(st.sampled_from(["a", "red", "fox", "runs", "over", "the"])).map(" ".join)
THINGS = st.builds(SceneObject, id=WORDS, noun=WORDS, look=WORDS, action=WORDS, box=st.just(BOX))
SETTINGS = st.builds(Setting, place=WORDS, time=WORDS, weather=WORDS, style=WORDS)
TEMPLATES = st.lists(
    st.sampled_from(
        [*(f"{{{name}}}" for name in PLACEHOLDERS), "The ", "there are ", " in the ", ", ", ". ", "! ", "x"]
    )
).map(lambda parts: "".join(parts) + "{action}")


@given(TEMPLATES, WORDS, SETTINGS, st.lists(THINGS, max_size=6), WORDS)
def test_every_sentence_is_whole_and_fits(
    template: str, action: str, setting: Setting, objects: list[SceneObject], movement: str
) -> None:
    text = Template.parse(template).compose(action, setting, objects, Camera(movement=movement))
    assert clip.tokens(text) <= clip.LIMIT
    assert 0 < len(text) <= MAX_TEXT
    assert "  " not in text
    assert "\n" not in text
