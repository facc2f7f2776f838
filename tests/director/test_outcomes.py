"""What becomes of a wish reaches its author, whatever it is; and a wish that is sent twice acts once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hostile import Hostile, status
from test_director_service import HERE, SHARING, Stage, a_film, letters, records, say_to

from streamer.bus.base import Headers, Received
from streamer.bus.memory import MemoryBus
from streamer.director.desk import OUTCOMES, Desk, Verdict, author, remember
from streamer.director.story import Story
from streamer.director.storyboard import Storyboard
from streamer.messages import OUTCOMES_HEADER, Outcome, Prompt, PromptOptions, decode_director_state, decode_outcomes
from streamer.topics import DIRECTOR_STATE, PROMPTS


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    async with MemoryBus() as bus:
        yield bus


def record(value: bytes = b"x", *, key: bytes | None = b"main", headers: Headers = ()) -> Received:
    return Received(PROMPTS, 3, 7, key, value, headers, 1000.0)


def decided(*said: tuple[str, str], known: tuple[Outcome, ...] = ()) -> Verdict:
    """What (id, words) to a film that plays come to."""
    desk = Desk()
    for id, words in said:
        desk.add(record(), Prompt(id=id, stream="main", action=None, prompt=words))
    (verdict,) = desk.decide({"main": "playing"}, 50.0, late=False, room=1, known={"main": known})
    return verdict


def told_of(bus: MemoryBus, stream: str) -> list[Outcome]:
    """What the director said of prompts to a stream that never played."""
    told: list[Outcome] = []
    for partition in range(bus.partitions):
        for r in records(bus, DIRECTOR_STATE, partition):
            if r.key == stream.encode() and r.value is None:
                told += decode_outcomes(dict(r.headers).get(OUTCOMES_HEADER, b"[]"))
    return told


# Refusals


async def test_a_play_for_which_there_is_no_room_is_refused_to_its_author_and_leaves_nothing(bus: MemoryBus) -> None:
    async with a_film(bus, max_streams=1) as (stage, _):
        await stage.say({"prompt": "a boat", "action": "play"}, stream=SHARING, name="w1")
        await stage.until(lambda: bool(told_of(bus, SHARING)))
        (outcome,) = told_of(bus, SHARING)
        assert (outcome.id, outcome.outcome, outcome.epoch) == ("w1", "refused", 0)
        assert "max_streams" in outcome.reason
        assert len(letters(bus)) == 1
        assert bus.log(DIRECTOR_STATE, HERE).newest().keys() == {"main"}, "no state is kept of a made-up name"


async def test_a_stream_that_was_refused_may_begin_later(bus: MemoryBus) -> None:
    async with a_film(bus, max_streams=1) as (stage, _):
        await stage.say("a boat", stream=SHARING, name="w1")
        await stage.until(lambda: bool(told_of(bus, SHARING)))
        await stage.say({"action": "stop"})
        await stage.until(lambda: stage.state().status == "ended")
        await stage.say("a boat", stream=SHARING, name="w1")
        await stage.until_told(1, SHARING)
        assert stage.outcomes(SHARING) == [("w1", "taken")]


async def test_a_prompt_that_is_none_is_refused_to_an_author_who_named_it(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await say_to(bus, b'{"prompt":5}', name="w1")
        await stage.until(lambda: ("w1", "refused") in stage.outcomes())
        assert "Expected `str`" in stage.state().outcomes[-1].reason
        await say_to(bus, b'{"prompt":5}', stream=SHARING, name="w2")
        await stage.until(lambda: bool(told_of(bus, SHARING)))
        assert [(o.id, o.outcome) for o in told_of(bus, SHARING)] == [("w2", "refused")]
        assert len(letters(bus)) == 2


@pytest.mark.parametrize(
    ("value", "key", "headers", "named"),
    [
        (b"\xff", b"main", [("id", b"w")], ("main", "w")),
        (b"{broken", b"main", [("id", b"w")], ("main", "w")),
        (b'{"id":"w","stream":"two","prompt":5}', None, [], ("two", "w")),
        (b'{"id":"w","prompt":5}', None, [], ("main", "w")),
        (b"{broken", b"main", [], None),
        (b'{"id":5}', b"main", [], None),
        (b"x", b"no stream id", [("id", b"w")], None),
        (b"x", b"\xff", [("id", b"w")], None),
        (b"x", b"main", [("id", b"\xff")], None),
        (b"x", b"main", [("id", b"i" * 129)], None),
        (b'{"id":"w","stream":[]}', None, [], ("main", "w")),
        (b'{"id":"w","stream":7}', None, [], None),
    ],
)
def test_whoever_names_a_wish_can_be_answered(
    value: bytes, key: bytes | None, headers: Headers, named: tuple[str, str] | None
) -> None:
    assert author(record(value, key=key, headers=headers)) == named


async def test_of_a_crowd_everyone_is_told_and_then_the_newest_are_remembered(bus: MemoryBus) -> None:
    crowd = [f"w{n}" for n in range(OUTCOMES + 40)]
    for name in crowd:
        await say_to(bus, "a red fox", name=name)
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as stage:
        await stage.until_told(1)
        states = [decode_director_state(r.value) for r in records(bus, DIRECTOR_STATE, HERE)]
        assert [o.id for o in states[0].outcomes] == crowd
        assert [o.id for o in states[-1].outcomes] == crowd[-OUTCOMES:]


# Repetitions


def test_a_wish_that_comes_twice_is_one_wish() -> None:
    once, again = decided(("a", "a fox")), decided(("a", "a fox"), ("a", "a fox"))
    assert again.outcomes == once.outcomes
    assert (again.repeated, again.wish) == (1, once.wish)


def test_a_repetition_is_known_by_what_is_remembered_and_takes_nothing_back() -> None:
    first = remember((), decided(("a", "a fox")), 9)
    then = remember(first, decided(("b", "a boat"), known=first), 10)
    again = decided(("a", "a fox"), known=then)
    assert (again.wish, again.outcomes, again.repeated) == (None, [], 1)
    assert remember(then, again, 10) == then


def test_other_words_under_the_same_id_are_another_wish() -> None:
    """Some senders have one id for all that they ask."""
    known: tuple[Outcome, ...] = ()
    for epoch, words in enumerate(["a fox", "a boat", "a fox"], start=9):
        verdict = decided(("me", words), known=known)
        assert verdict.wish is not None
        known = remember(known, verdict, epoch)
    assert [o.epoch for o in known] == [9, 10, 11]


async def test_a_wish_sent_again_raises_no_epoch_and_is_told_the_same(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say("now it snows", name="w1")
        await stage.until(lambda: ("w1", "taken") in stage.outcomes())
        before = stage.state()
        count = len(records(bus, DIRECTOR_STATE, HERE))
        await stage.say("now it snows", name="w1")
        await stage.until(lambda: len(records(bus, DIRECTOR_STATE, HERE)) > count)
        await stage.say({"action": "pause"}, name="w2")
        await stage.until(lambda: stage.state().status == "held")
        assert stage.outcomes() == [("first", "taken"), ("w1", "taken"), ("w2", "taken")]
        assert stage.state().epoch == before.epoch


async def test_a_successor_knows_what_was_already_done(bus: MemoryBus) -> None:
    async with Storyboard(rate=1e6) as url:
        async with Stage(bus, url).at_work() as stage:
            await stage.say("a red fox", name="w1")
            await stage.until_told(1)
            epoch = stage.state().epoch
        async with Stage(bus, url).at_work() as second:
            await second.say("a red fox", name="w1")
            await second.say({"action": "pause"}, name="w2")
            await second.until(lambda: second.state().status == "held")
            assert (second.outcomes(), second.state().epoch) == ([("w1", "taken"), ("w2", "taken")], epoch)


# What is shown of a wish while the LLM is away


async def test_a_steer_is_followed_by_its_own_words_while_the_llm_is_away(bus: MemoryBus) -> None:
    async with Hostile([status(503, b"")]) as server, Stage(bus, server.url, starve=1.0).at_work() as stage:
        await stage.say("a red fox runs through snow")
        await stage.until_told(1)
        await stage.say("a blue boat at night")
        await stage.until(lambda: stage.told()[-1].prompt == "a blue boat at night")
        told = stage.told()[-1]
        assert (told.source, told.action, told.setting.time) == ("fallback", "a blue boat at night", "night")
        assert [(o.noun, o.look) for o in told.objects] == [("boat", "blue")], "the fox is gone"


def steered(*wishes: str) -> list[Story]:
    """Stories whose every description so far is a fallback."""
    prompts = [Prompt(id="", stream="main", action="play", prompt=w, options=PromptOptions(seed=1)) for w in wishes]
    story = Story.begin(prompts[0], 100, pace=2.0, seed=None)
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
