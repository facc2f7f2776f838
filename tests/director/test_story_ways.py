"""Ways of directing: length, the way a wish comes in, notes, and what a request holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.director.arc import KEYFRAMES, SCENE
from streamer.director.script import MAX_PLAN, MAX_SYNOPSIS
from streamer.director.story import MAX_REQUEST_CHARS, Story
from streamer.director.ways import Form, Ways, form_of
from streamer.messages import Prompt, PromptOptions
from streamer.settings import Settings


def wish(words: str = "a red fox", **options: Any) -> Prompt:
    return Prompt(id="1", stream="main", action="play", prompt=words, options=PromptOptions(**options))


def film(**options: Any) -> Story:
    return Story.begin(wish(**options), 100, Ways())


def told(**frame: Any) -> str:
    fox = {"id": "fox", "noun": "fox", "look": "red", "action": "running", "box": [0.1, 0.5, 0.3, 0.25]}
    return json.dumps({"action": "the fox runs", "place": "forest", "time": "night", "objects": [fox]} | frame)


def until_over(story: Story, most: int = 2000) -> list[float]:
    durations: list[float] = []
    while not story.over:
        durations.append(story.accept(told()).duration)
        assert len(durations) < most, "it never ends"
    return durations


def test_without_a_length_a_film_never_ends() -> None:
    story = film()
    for _ in range(500):
        story.accept(told())
    assert not story.over
    assert story.count == 8


@settings(max_examples=50)
@given(st.floats(0.5, 200.0), st.floats(0.5, 12.0), st.floats(0.0, 3.0))
def test_a_film_is_exactly_as_long_as_asked_for(length: float, pace: float, tempo: float) -> None:
    length, pace = round(length, 2), round(pace, 2)
    story = film(length=length, pace=pace)
    story.tempo = tempo
    durations = until_over(story)
    assert sum(durations) == pytest.approx(length, abs=0.1)
    assert all(duration >= 0.1 for duration in durations)


def test_a_film_has_exactly_as_many_descriptions_as_asked_for() -> None:
    story = film(descriptions=11)
    story.accept(told())
    assert story.count == 8
    for _ in range(4):
        story.accept(told())
    assert story.count == 6, "no more is asked for than the film still needs"
    assert len(until_over(story)) == 6


def test_what_was_seen_before_a_steer_counts() -> None:
    story = film(length=20.0)
    for _ in range(5):
        story.accept(told())
    story.steer(wish("now it snows"), 101, rendered=6.0)
    assert sum(until_over(story)) == pytest.approx(14.0)
    story = film(descriptions=10)
    for _ in range(5):
        story.accept(told())
    story.steer(wish("now it snows"), 101, rendered=6.0)
    assert len(until_over(story)) == 7


def test_a_wish_that_comes_at_the_very_end_is_still_shown() -> None:
    for story in (film(length=4.0), film(descriptions=2)):
        for _ in range(2):
            story.accept(told())
        assert story.over
        story.steer(wish("now it snows"), 101, rendered=4.0)
        assert not story.over
        assert story.count == 1
        assert story.accept(told()).duration == 2.0
        assert story.over


def test_a_steer_that_asks_for_a_length_means_from_now_on() -> None:
    story = film(length=20.0)
    for _ in range(5):
        story.accept(told())
    story.steer(wish("now it snows", length=30.0), 101, rendered=6.0)
    assert sum(until_over(story)) == pytest.approx(30.0)
    story = film(length=20.0)
    story.steer(wish("now it snows", length=0.0), 101)
    for _ in range(100):
        story.accept(told())
    assert not story.over


@pytest.mark.parametrize(("turn", "said", "comes"), [
    ("cut", "blend", "cut"), ("blend", "cut", "blend"), ("auto", "cut", "cut"), ("auto", "blend", "blend"),
])  # fmt: skip
def test_a_wish_comes_in_as_its_author_wants(turn: str, said: str, comes: str) -> None:
    story = film()
    story.accept(told())
    story.steer(wish("at the sea", transition=turn), 101)
    assert story.request(8).get("transition", "auto") == turn
    assert story.accept(told(place="sea", transition=said)).transition == comes
    assert "transition" not in story.request(8), "said of the first description only"
    story.steer(wish("and now a boat"), 102)
    assert story.turn == "auto", "said for that one steer only"


def test_a_steer_bends_the_ways_of_its_film_and_leaves_the_others() -> None:
    story = Story.begin(wish(style="noir", pace=3.0), 1, Ways(window=4, temperature=0.5))
    story.steer(wish("go on", temperature=1.5, window=2), 2)
    assert story.ways == Ways(window=2, temperature=1.5, style="noir", pace=3.0)
    assert Story.restore(story.snapshot()).ways == story.ways


def test_the_llms_notes_are_kept_and_told_again() -> None:
    story = film()
    story.accept(told())
    assert story.note('{"frames":[],"synopsis":"a fox ran","plan":["an owl comes","it snows"]}')
    assert not story.note(told()), "a keyframe is none"
    request = Story.restore(story.snapshot()).request(8)
    assert request["film"]["synopsis"] == "a fox ran"
    assert list(request["film"]["plan"]) == ["an owl comes", "it snows"]
    story.steer(wish("now it snows"), 101)
    request = story.request(8)
    assert request["film"]["synopsis"] == "a fox ran"
    assert not request["film"]["plan"], "it was made for another wish"


def test_notes_that_are_a_scene_old_are_history() -> None:
    """A model that gives none any more, or another one after a failure, does not go on from them for ever."""
    story = film()
    assert story.note('{"frames":[],"synopsis":"a fox ran","plan":["an owl comes"]}')
    for n in range(SCENE):
        story.accept(told(action=f"the fox takes step {n}"))
    assert (story.synopsis, story.plan) == ("a fox ran", ("an owl comes",))
    story.accept(told(action="the fox rests"))
    assert story.synopsis == "a fox ran; the fox rests"
    assert not story.plan


@pytest.mark.parametrize("notes", [
    {"synopsis": "x" * 9000, "plan": ["y" * 900] * 90}, {"synopsis": 5, "plan": "owl"}, {"synopsis": None, "plan": {}},
    {"synopsis": ["a", "b"], "plan": [[1], None, {}]}, {"plan": [], "synopsis": "\u0000\n"},
])  # fmt: skip
def test_odd_notes_are_cut_to_their_bounds(notes: dict[str, Any]) -> None:
    story = film()
    assert story.note(json.dumps(notes | {"frames": []}))
    assert len(story.synopsis) <= MAX_SYNOPSIS
    assert len(story.plan) <= MAX_PLAN
    assert len(story.snapshot()) < 2000


def test_without_notes_the_synopsis_is_made_of_what_was_told_and_does_not_grow() -> None:
    story = film()
    for n in range(3 * KEYFRAMES):
        story.accept(told(action=f"the fox takes step {n}"))
    assert story.synopsis == "the fox takes step 0; the fox takes step 4; the fox takes step 8"
    for n in range(12, 1000):
        story.accept(told(action=f"the fox takes step {n}"))
    assert len(story.synopsis) <= MAX_SYNOPSIS
    assert story.synopsis.endswith("; the fox takes step 996")
    assert story.synopsis.startswith("the fox takes step ")


def test_a_request_says_what_is_to_be_written_and_in_which_language() -> None:
    story = film(style="watercolour", language="Deutsch")
    request = story.request(8, Form(write_in="French"))
    assert (request["write_in"], request["style"], request["language"]) == ("French", "watercolour", "Deutsch")
    assert request["beats"][0]["beat"] == "arrival"


def test_a_directors_template_and_language_are_those_of_its_settings(tmp_path: Path) -> None:
    file = tmp_path / "template.txt"
    file.write_text("{action}, seen {background}")
    form = form_of(Settings(template=file, engine_language="German"))
    description = film().accept(told(), form)
    assert description.text.lower().startswith("the fox runs, seen in the forest at night")
    assert form.write_in == "German"


@settings(max_examples=20)
@given(st.text(min_size=1, max_size=4), st.text(min_size=200, max_size=300), st.integers(1, 9))
def test_however_much_is_told_a_request_stays_within_its_bound(short: str, long: str, things: int) -> None:
    story = film(style=long[:120], language=long[:40])
    thing = {"noun": long, "look": long, "action": long, "box": [0.123, 0.234, 0.345, 0.456]}
    for n in range(40):
        objects = [{**thing, "id": f"{short}{n}-{k}"} for k in range(things)]
        story.accept(told(action=f"{n} {long}", place=long, time=long, weather=long, objects=objects,
                          camera={"movement": long}, transition="cut" if n % 7 == 0 else "blend"))  # fmt: skip
        story.note(json.dumps({"frames": [], "synopsis": long * 9, "plan": [long] * 9}))
        if n % 9 == 0:
            story.steer(wish(long), 200 + n)
        size = sum(len(message["content"]) for message in story.ask(32))
        assert size - len(json.dumps(story.prompt, ensure_ascii=False)) <= MAX_REQUEST_CHARS
