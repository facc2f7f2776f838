"""Anyone may write prompts, anywhere and anything: the film goes on, and nothing grows without bound."""

from __future__ import annotations

import pytest
from stage import HERE, SHARING, a_film, letters, records, say_to

from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.director import service
from streamer.messages import DirectorState, encode
from streamer.topics import DEAD_LETTERS, DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, home


async def test_a_prompt_away_from_home_is_forwarded_and_acted_upon_once(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        away = (HERE + 3) % bus.partitions
        given = await stage.say("a blue boat", partition=away)
        await stage.until(lambda: any(name == given for name, _ in stage.outcomes()))
        forwarded = records(bus, PROMPTS, HERE)[-1]
        assert (forwarded.key, forwarded.value, dict(forwarded.headers)) == (
            b"main",
            b"a blue boat",
            {"id": given.encode()},
        )
        assert stage.outcomes() == [("first", "taken"), (given, "taken")]
        assert not records(bus, DESCRIPTIONS, away)


async def test_of_many_films_that_have_ended_the_oldest_are_forgotten(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ENDED_KEPT", 3)
    monkeypatch.setattr(service, "FORGOTTEN_AFTER", 0)
    names = [name for name in (f"s{n}" for n in range(200)) if home(name) == HERE][:8]
    for age, name in enumerate(reversed(names)):
        state = DirectorState(epoch=1000 - age, status="ended", reason="stopped")
        await bus.publish(Record(DIRECTOR_STATE, name, encode(state)))
    async with a_film(bus) as (stage, _):  # a prompt is acted upon, and the house is cleaned
        await stage.until(lambda: len(bus.log(DIRECTOR_STATE, HERE).newest()) == 4)
        assert bus.log(DIRECTOR_STATE, HERE).newest().keys() == {"main", *names[-3:]}
        # One of them plays again, in a newer epoch
        await stage.say("a blue boat", stream=names[0])
        await stage.until(lambda: bool(stage.told(names[0])))
        assert stage.state(names[0]).epoch > 1000


@pytest.mark.parametrize(
    ("value", "stream", "reason"),
    [
        (b"\xff\xfe\x00", "main", "not UTF-8"),
        (b"{broken", "main", "not a prompt as JSON"),
        (b'{"prompt":["x"]}', "main", "Expected `str`, got `array`"),
        (b'{"prompt":"x","action":"explode"}', "main", "Invalid enum value 'explode'"),
        (b"x" * 1_000_000, "main", "max_prompt_chars is 2000"),
        (b"", "main", "no words"),
        (b"x", "not an id", "is not a stream id"),
        (b"x", "k" * 4_000_000, "is not a stream id"),
        (b'{"action":"pause"}', SHARING, "never played"),
        (b'{"prompt":"x","action":"steer"}', SHARING, "never played"),
    ],
)
async def test_bad_records_become_dead_letters_and_the_film_goes_on(
    bus: MemoryBus, value: bytes, stream: str, reason: str
) -> None:
    async with a_film(bus) as (stage, _):
        await say_to(bus, value, stream=stream, partition=HERE)
        await stage.until(lambda: bool(letters(bus)))
        ((kept, why),) = letters(bus)
        assert kept == value
        assert reason in why
        (letter,) = records(bus, DEAD_LETTERS, HERE)
        headers = dict(letter.headers)
        assert (headers["stage"], headers["topic"], headers["partition"]) == (
            b"director",
            b"prompts",
            str(HERE).encode(),
        )
        await stage.say("now it snows")
        await stage.until(lambda: stage.told()[-1].setting.weather == "snow")


async def test_a_bad_record_away_from_home_says_nothing_of_the_stream_that_it_names(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await say_to(bus, b"{broken", name="w1", partition=(HERE + 3) % bus.partitions)
        await stage.until(lambda: bool(letters(bus)))
        await stage.say("now it snows", name="w2")
        await stage.until(lambda: ("w2", "taken") in stage.outcomes())
        states = [r.value for r in records(bus, DIRECTOR_STATE, HERE) if r.key == b"main"]
        assert None not in states, "main's film was forgotten"


async def test_a_record_without_a_key_is_for_main_and_a_tombstone_for_nobody(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await say_to(bus, None, partition=HERE)
        await say_to(bus, "a blue boat at night", stream=None, partition=HERE)
        await stage.until(lambda: stage.told()[-1].setting.time == "night")
        assert not letters(bus)


async def test_no_more_films_than_allowed_begin(bus: MemoryBus) -> None:
    async with a_film(bus, max_streams=1) as (stage, _):
        await stage.say("a boat", stream="other")
        await stage.until(lambda: bool(letters(bus)))
        assert "max_streams" in letters(bus)[0][1]
        assert not stage.told("other")
