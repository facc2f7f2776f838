"""What a film remembers does not grow with its length: not in the process, and not in what is asked of the LLM."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import Stage, a_film

from streamer.bus.memory import MemoryBus
from streamer.director.scanner import Scanner
from streamer.director.story import MAX_REQUEST_CHARS, Story
from streamer.director.ways import Ways
from streamer.messages import Prompt
from tools.endpoint import longest

MINUTE = 60.0
LONGEST_PACE = 12.0  # seconds a description: an hour is 300 of them

OBJECTS = 500
"""Of 60,000 or so: caches that fill, what the tests' own machinery makes. 250 descriptions lie between the two counts;
two objects kept of each would be too many."""

BYTES = 300_000
"""As many as 50 minutes may add: logs of the bus between two squeezes, caches. Keeping every description as it was
published would be 250 of 1,500 bytes each."""


@pytest.mark.slow
async def test_an_hour_of_film_leaves_nothing_behind() -> None:
    tracemalloc.start()
    try:
        bus = MemoryBus(max_partition_bytes=1 << 16)  # what the bus keeps is full after ten minutes
        async with a_film(bus, pace=LONGEST_PACE) as (stage, board):
            board.delta = 64
            await _minutes(stage, 10)
            kept, objects = _kept()
            await _minutes(stage, 60)
            kept_later, objects_later = _kept()
            assert stage.state().status == "playing"
    finally:
        tracemalloc.stop()
    more = objects_later - objects
    assert more.total() - (objects - objects_later).total() < OBJECTS, more.most_common(8)
    assert kept_later - kept < BYTES


async def _minutes(stage: Stage, count: float) -> None:
    """Until so much film is told, all of it rendered as soon as it is published."""
    film = stage.service.films["main"]
    while film.story is None or film.story.published < count * MINUTE:
        if film.story is not None and film.lead > 0:
            await stage.rendered(film.story.epoch, film.story.published)
        await asyncio.sleep(0.001)


def _kept() -> tuple[int, Counter[str]]:
    """Bytes allocated since tracing began and still there; objects by type."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0], Counter(type(one).__qualname__ for one in gc.get_objects())


def told_at_length(story: Story, descriptions: int, window: int) -> list[int]:
    """Tell on with answers that are as long as they may be; the sizes of the requests, in characters."""
    sizes = []
    end = story.seq + descriptions
    while story.seq < end:
        messages = story.ask(window)
        sizes.append(len(messages[-1]["content"]))
        for raw in Scanner().feed(longest(messages)):
            if not story.note(raw):
                story.accept(raw)
    return sizes


def a_story(wish: str, window: int = 8) -> Story:
    return Story.begin(
        Prompt(id="", stream="main", action="play", prompt=wish), 1, Ways(window=window, style="s" * 120)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("window", "descriptions"), [(8, 3600), (1, 300), (32, 640)])
def test_two_hours_of_the_longest_answers_keep_every_request_bounded(window: int, descriptions: int) -> None:
    sizes = told_at_length(a_story("a fox", window), descriptions, window)
    assert max(sizes) < MAX_REQUEST_CHARS
    early, late = sizes[: len(sizes) // 10], sizes[len(sizes) // 10 :]
    assert max(late) <= max(early) + 200  # it does not creep up to the bound either


@settings(max_examples=20)
@given(st.lists(st.text(max_size=600), min_size=1, max_size=5))
def test_steering_does_not_make_requests_longer_than_the_wish_itself(wishes: list[str]) -> None:
    story = a_story("a fox")
    for epoch, wish in enumerate(wishes, 2):
        story.steer(Prompt(id="", stream="main", action="steer", prompt=wish), epoch)
        told_at_length(story, 8, 8)
        wished = len(repr(wish)) + wish.count("/") + wish.count('"')  # as JSON escapes it, or longer
        assert len(story.ask(8)[-1]["content"]) < MAX_REQUEST_CHARS + 6 * wished
