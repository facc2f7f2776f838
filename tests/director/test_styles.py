"""A style is heard in the words of a wish, by every director; it is no thing in the film."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.director.story import Story
from streamer.director.storyteller import tell
from streamer.director.styles import MAX_STYLE, heard
from streamer.director.ways import Ways
from streamer.messages import FrameDescription, Prompt, PromptOptions

SAID = {
    "a yellow taxi in the rain at night, noir": ("noir", "a yellow taxi in the rain at night"),
    "sea turtles and a coral reef, watercolour": ("watercolour", "sea turtles and a coral reef"),
    "a fox, in watercolor style": ("watercolour", "a fox"),
    "a watercolour of a fox": ("watercolour", "a fox"),
    "a watercolor fox in the snow": ("watercolour", "a fox in the snow"),
    "a boat in the style of a watercolour painting": ("watercolour", "a boat"),
    "an owl in a forest, paper cut": ("paper cut", "an owl in a forest"),
    "a deer drinks from a lake as a paper cut": ("paper cut", "a deer drinks from a lake"),
    "a fox made of paper": ("paper cut", "a fox"),
    "pixel art of a castle at night": ("pixel art", "a castle at night"),
    "a squirrel in a tree, pixel-art style": ("pixel art", "a squirrel in a tree"),
    "8-bit city": ("pixel art", "city"),
    "a butterfly next to a flower, drawn in ink": ("ink", "a butterfly next to a flower"),
    "a ghost at midnight, pencil sketch": ("pencil", "a ghost at midnight"),
    "a dancer on a stage, neon": ("neon", "a dancer on a stage"),
    "a neon city at night": ("neon", "a city at night"),
    "a samurai fights a robot, black and white film": ("black and white", "a samurai fights a robot"),
    "a ship, oil on canvas": ("oil painting", "a ship"),
    "a fox in the style of Van Gogh": ("van gogh", "a fox"),
    "a house in baroque style": ("baroque", "a house"),
    "make it noir": ("noir", ""),
    "turn it into a paper cut": ("paper cut", ""),
    "now in watercolour please": ("watercolour", ""),
    "no more noir": ("", ""),
}


@pytest.mark.parametrize("words", SAID)
def test_a_style_is_heard_and_the_rest_is_left(words: str) -> None:
    style, rest = SAID[words]
    assert heard(words).style == style
    assert heard(words).rest == rest


@pytest.mark.parametrize(
    "words",
    [
        "a red fox runs through snow",
        "a neon sign in a rainy street",
        "a box of watercolours on a table",
        "a boy reads a comic book",
        "a child draws with a pencil",
        "a black and white cat",
        "the photo on the wall",
        "a stylish dog",
        "a paper boat drifts down a stream",
        "a painter paints a watercolour of a boat",
        "a normal dog",
        "a parrot in many colours",
        "a pencil",
        "a comic",
        "a photo, a pencil and a ruler",
        "neon lights",
        "a pixel phone",
        "remove the pencil",
        "the printer has no ink",
    ],
)
def test_things_stay_things(words: str) -> None:
    assert heard(words).style is None
    assert heard(words).rest == words


def told(*wishes: str, options: PromptOptions | None = None) -> FrameDescription:
    """The first keyframe after the last of the wishes, as the storyteller directs it."""
    prompts = [Prompt(id="1", stream="main", action="play", prompt=words) for words in wishes]
    if options:
        prompts[-1] = Prompt(id="1", stream="main", action="play", prompt=wishes[-1], options=options)
    story = Story.begin(prompts[0], 1, Ways())
    frames = _window(story)
    for prompt in prompts[1:]:
        story.steer(prompt, story.epoch + 1)
        frames = _window(story)
    return frames[0]


def _window(story: Story) -> list[FrameDescription]:
    return [story.accept(json.dumps(frame)) for frame in json.loads(tell(story.ask(4)))["frames"]]


def test_it_is_in_the_setting_and_in_the_words_and_nobody_is_called_so() -> None:
    description = told("an owl in a moonlit forest, paper cut")
    assert description.setting.style == "paper cut"
    assert [thing.noun for thing in description.objects] == ["owl"]
    assert "paper cut style" in description.text


def test_it_stays_through_steers_until_another_is_asked_for() -> None:
    first = "a taxi in the rain at night, noir"
    assert told(first, "now it snows").setting.style == "noir"
    assert told(first, "make it a watercolour").setting.style == "watercolour"
    assert told(first, "no more noir").setting.style == ""
    assert [thing.noun for thing in told(first, "make it a watercolour").objects] == ["taxi"]


def test_a_sentence_about_somebody_else_leaves_it_behind() -> None:
    first = "a taxi in the rain at night, noir"
    assert told(first, "a knight rides a white horse through a forest").setting.style == ""
    assert told(first, "a fox in the snow, watercolour").setting.style == "watercolour"
    assert told(first, "add a dog").setting.style == "noir"
    assert told(first, "the taxi turns red").setting.style == "noir"


@pytest.mark.parametrize(
    "words",
    ["in colour", "make it normal", "back to normal please", "without style", "no style please", "in full color"],
)
def test_words_clear_it(words: str) -> None:
    after = told("a taxi in the rain at night, noir", words)
    assert after.setting.style == ""
    assert [thing.noun for thing in after.objects] == ["taxi"]


def test_a_style_by_option_stays_whoever_comes() -> None:
    story = Story.begin(
        Prompt(id="1", stream="main", action="play", prompt="a taxi", options=PromptOptions(style="noir")), 1, Ways()
    )
    _window(story)
    story.steer(Prompt(id="2", stream="main", action="play", prompt="a knight in a forest"), 2)
    assert _window(story)[0].setting.style == "noir"


def test_what_options_say_goes_before_what_words_say() -> None:
    assert told("a fox, noir", options=PromptOptions(style="sepia")).setting.style == "sepia"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["in", "the", "style", "of", "a", "noir", "pixel", "art", ",", "paper", "cut", "fox", "ü"]),
        max_size=60,
    ).map(" ".join)
    | st.text(max_size=300)
)
def test_whatever_is_said_it_is_bounded_and_nothing_is_made_up(words: str) -> None:
    found = heard(words)
    assert found.style is None or len(found.style) <= MAX_STYLE
    assert set(found.rest.replace(",", " ").split()) <= {*words.split(), "a"} | set(words.replace(",", " ").split())
