"""A story numbers its descriptions, keeps cast and setting, and can be left to a successor at any point."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.director.scanner import Scanner
from streamer.director.story import CONTEXT, MAX_BYTES, Story
from streamer.director.ways import Ways
from streamer.errors import Rejected
from streamer.messages import FrameDescription, Prompt, PromptOptions, encode


def wish(words: str, **options: Any) -> Prompt:
    return Prompt(id="1", stream="main", action="play", prompt=words, options=PromptOptions(**options))


def film(words: str = "a red fox", **options: Any) -> Story:
    return Story.begin(wish(words, **options), 100, Ways())


def told(**frame: Any) -> str:
    fox = {"id": "fox", "noun": "fox", "look": "red", "action": "running", "box": [0.1, 0.5, 0.3, 0.25]}
    return json.dumps({"action": "the fox runs", "place": "forest", "time": "night", "objects": [fox]} | frame)


def test_descriptions_count_from_zero_and_add_up() -> None:
    story = film(pace=1.5)
    descriptions = [story.accept(told()) for _ in range(3)]
    assert [(d.epoch, d.seq, d.shot, d.duration) for d in descriptions] == [(100, n, 0, 1.5) for n in range(3)]
    assert [d.transition for d in descriptions] == ["cut", "blend", "blend"]
    assert story.lead(rendered=1.0) == 3.5


def test_a_refused_object_changes_nothing() -> None:
    story = film()
    story.accept(told())
    before = story.snapshot()
    with pytest.raises(Rejected):
        story.accept('{"action":5,"objects":7}')
    assert story.snapshot() == before


def test_the_setting_is_said_even_where_the_llm_leaves_it_out() -> None:
    story = film()
    story.accept(told())
    second = story.accept(told(place="", time=""))
    assert (second.setting.place, second.setting.time) == ("forest", "night")
    assert "in the forest at night" in second.text


def test_a_cut_begins_a_new_shot_with_its_own_seed_and_setting() -> None:
    story = film(seed=5)
    first, second = story.accept(told()), story.accept(told(place="desert", time="", transition="cut"))
    assert (second.shot, second.setting.place, second.setting.time) == (1, "desert", "")
    assert first.seed == 5 != second.seed


def test_a_thing_keeps_its_look_while_the_shot_lasts() -> None:
    def owl(look: str) -> list[dict[str, Any]]:
        return [{"id": "owl", "noun": "owl", "look": look, "box": [0.1, 0.1, 0.2, 0.2]}]

    story = film()
    assert story.accept(told(objects=owl("white"))).objects[0].look == "white"
    assert story.accept(told(objects=owl("black"))).objects[0].look == "white"
    assert story.accept(told(objects=owl(""))).objects[0].look == "white"
    story.steer(wish("the owl turns black"), 101)
    assert story.accept(told(objects=owl("black"))).objects[0].look == "black"
    assert story.accept(told(objects=owl("white"))).objects[0].look == "black"


def test_a_steer_begins_an_epoch_and_keeps_what_was_told() -> None:
    story = film("a red fox")
    story.accept(told())
    story.steer(wish("now it snows"), 101)
    request = story.request(8)
    assert (request["wish"], request["premise"], request["first"], request["new_wish"]) == (
        "now it snows",
        "a red fox",
        0,
        True,
    )
    assert request["film"]["cast"]["fox"].look == "red"
    description = story.accept(told())
    assert (description.epoch, description.seq, description.transition) == (101, 0, "blend")
    assert story.request(8)["new_wish"] is False


def test_a_window_of_one_is_the_papers_way() -> None:
    alone, wide = film(window=1), film()
    for n in range(6):
        alone.accept(told(action=f"step {n}"))
        wide.accept(told(action=f"step {n}"))
    assert (alone.count, wide.count) == (1, 8)
    assert [d.action for d in wide.request(8)["film"]["frames"]] == ["step 2", "step 3", "step 4", "step 5"]
    request = alone.request(1)
    assert [d.action for d in request["film"]["frames"]] == ["step 5"]
    assert not request.keys() & {"beats"}
    assert not request["film"].keys() & {"synopsis", "plan"}, "nothing but T and d_{i-1}"


def test_the_same_words_give_the_same_film_and_a_seed_changes_it() -> None:
    assert film("a").accept(told()).seed == film("a").accept(told()).seed
    assert film("a").accept(told()).seed != film("b").accept(told()).seed
    assert film("a", seed=7).accept(told()).seed == 7


def test_a_slow_llm_gives_a_slower_film_within_bounds() -> None:
    story = film(pace=2.0)
    assert story.duration == 2.0
    story.observed(seconds=40.0, count=8)
    assert story.duration == pytest.approx(5.75)
    story.observed(seconds=800.0, count=8)
    assert story.duration == 12.0
    for _ in range(8):
        story.observed(seconds=0.8, count=8)
    assert story.duration == 2.0


WORDS = st.text(max_size=60)
FRAMES = st.builds(
    lambda action, place, ids, look, cut: told(
        action="x" + action,
        place=place,
        objects=[{"id": i, "noun": i or "thing", "look": look, "box": [0, 0, 1, 1]} for i in ids],
        transition="cut" if cut else "blend",
    ),
    WORDS, WORDS, st.lists(st.text(max_size=30), max_size=9), WORDS, st.booleans(),
)  # fmt: skip


@settings(max_examples=50)
@given(st.lists(FRAMES | st.just("fallback") | st.just("steer"), max_size=12), WORDS)
def test_a_successor_goes_on_exactly_where_its_predecessor_stopped(steps: list[str], words: str) -> None:
    story = film(words)
    seen: list[FrameDescription] = []
    for step in steps:
        story = Story.restore(story.snapshot())
        if step == "steer":
            story.steer(wish(words), story.epoch + 1)
        elif step == "fallback":
            seen.append(story.fallback())
        else:
            seen.append(story.accept(step))
        assert len(story.recent) <= CONTEXT
        assert len(story.snapshot()) < 24_000
    for a, b in zip(seen, seen[1:], strict=False):
        assert b.seq == (a.seq + 1 if a.epoch == b.epoch else 0)
    assert all(len(encode(d)) <= 8192 for d in seen)


def test_the_longest_description_still_fits_a_header() -> None:
    story = film("🦊" * 2000)
    long = "🦊" * 300
    thing = {"noun": long, "look": long, "action": long, "box": [0, 0, 1, 1]}
    for _ in range(3):
        raw = told(action=long, place=long, time=long, weather=long, objects=[thing] * 9, camera={"movement": long})
        assert len(encode(story.accept(raw))) <= MAX_BYTES


@pytest.mark.parametrize(
    ("words", "noun", "look", "action", "time"),
    [
        ("a red fox runs through snow", "fox", "red", "running", "day"),
        ("A blue boat at night", "boat", "blue", "sailing", "night"),
        ("sunset", "boat", "", "sailing", "sunset"),
        ("狐狸", "狐狸", "", "moving", "day"),
    ],
)
def test_without_any_llm_the_words_alone_give_a_first_picture(
    words: str, noun: str, look: str, action: str, time: str
) -> None:
    description = film(words).fallback()
    thing = description.objects[0]
    assert (thing.noun, thing.look, thing.action, description.setting.time) == (noun, look, action, time)
    assert (description.source, description.seq, description.transition) == ("fallback", 0, "cut")


def test_fallbacks_move_on_for_hours_without_leaving_the_picture() -> None:
    story = film("a red fox runs")
    last = story.fallback()
    for _ in range(2000):
        description = story.fallback()
        box = description.objects[0].box
        assert box != last.objects[0].box
        assert description.camera != last.camera
        assert 0.0 <= box.x <= 1.0
        assert 0.0 <= box.y <= 1.0
        last = description
    zoom = 1.0
    for _ in range(4):
        zoom *= story.fallback().camera.zoom
    assert zoom == pytest.approx(1.0, abs=0.01)


def test_a_fallback_after_a_steer_keeps_who_is_there() -> None:
    story = film()
    story.accept(told())
    story.steer(wish("suddenly it is morning and rain falls"), 101)
    description = story.fallback()
    assert [o.noun for o in description.objects] == ["fox"]
    assert (description.setting.place, description.setting.time, description.setting.weather) == (
        "forest",
        "morning",
        "rain",
    )
    assert description.action == "suddenly it is morning and rain falls"


def steered(*wishes: str) -> list[Story]:
    """Stories whose every description so far is a fallback."""
    prompts = [Prompt(id="", stream="main", action="play", prompt=w, options=PromptOptions(seed=1)) for w in wishes]
    story = Story.begin(prompts[0], 100, Ways())
    stories = []
    for epoch, prompt in enumerate(prompts, start=100):
        if epoch > 100:
            story.steer(prompt, epoch)
        story.fallback()
        stories.append(Story.restore(story.snapshot()))
    return stories


@pytest.mark.parametrize(
    ("wish", "nouns", "cut"),
    [
        ("a blue boat at night", ["boat"], True),
        ("now it rains", ["fox"], False),
        ("add an owl", ["fox", "owl"], False),
        ("turn the fox into a wolf", ["wolf"], False),
    ],
)
def test_a_stand_in_keeps_of_the_cast_what_the_wish_allows(wish: str, nouns: list[str], cut: bool) -> None:
    before, after = steered("a red fox runs through snow", wish)
    (old,), (new,) = (story.recent[-1:] for story in (before, after))
    assert [thing.noun for thing in new.objects] == nouns
    assert new.action == wish
    assert (new.transition == "cut") == cut
    stays = [(a.box, b.box) for a in old.objects for b in new.objects if a.id == b.id and not cut]
    assert all(a == b for a, b in stays), "who stays does not jump"


def test_in_a_cut_nobody_stands_where_a_namesake_stood() -> None:
    before, after = steered("雪 夜", "a thing at the harbour")  # of words that it cannot read it makes a thing
    (old,), (new,) = (story.recent[-1].objects for story in (before, after))
    assert (old.id, new.id, after.recent[-1].transition) == ("thing", "thing", "cut")
    assert old.box != new.box


def test_the_snapshot_is_json_and_what_is_none_is_refused() -> None:
    assert json.loads(film().snapshot())["prompt"] == "a red fox"
    with pytest.raises(msgspec.MsgspecError):
        Story.restore(b"null")


@given(st.lists(st.integers(0, 900), max_size=6), st.integers(1, 40))
def test_wherever_answers_are_cut_the_story_counts_on_without_gap_or_repeat(cuts: list[int], size: int) -> None:
    story = film()
    seen: list[FrameDescription] = []
    for cut in [*cuts, 10_000]:
        asked = story.request(4)
        assert asked["first"] == len(seen), "what was published is a fact"
        frames = [told(action=f"step {asked['first'] + n}") for n in range(4)]
        answer = ('{"frames":[' + ",".join(frames) + "]}")[:cut]
        scanner = Scanner()
        for at in range(0, len(answer), size):
            seen += [story.accept(raw) for raw in scanner.feed(answer[at : at + size])]
    assert [(d.seq, d.action) for d in seen] == [(n, f"step {n}") for n in range(len(seen))]
    assert len(seen) >= 4
