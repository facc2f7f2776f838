"""What the house allows, at work: words, rates and a budget, each refused or held with the reason; no stuck film."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from stage import SHARING, Stage, a_film, check, letters

from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.director.film import GLANCE
from streamer.director.moderation import REASON
from streamer.director.service import DirectorService
from streamer.director.storyboard import Storyboard
from streamer.errors import UserError
from streamer.messages import DirectorState, Resume, Spending, encode
from streamer.settings import Settings
from streamer.topics import DIRECTOR_STATE, PROMPTS


async def ask(bus: MemoryBus, words: str, name: str, author: str = "") -> None:
    headers = [("id", name.encode()), ("author", author.encode())]
    await bus.publish(Record(PROMPTS, "main", words.encode(), headers=headers))


def reasons(stage: Stage) -> dict[str, str]:
    return {o.id: o.reason for o in stage.state().outcomes if o.outcome == "refused"}


async def test_words_that_are_not_allowed_are_refused_and_the_film_goes_on(bus: MemoryBus, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("frumious\n")
    async with a_film(bus, banned_words=file) as (stage, _):
        await stage.say("a FRUMIOUS boat at night", name="bad")
        await stage.until(lambda: reasons(stage) == {"bad": REASON})
        assert letters(bus) == [(b"a FRUMIOUS boat at night", REASON)]
        await stage.say("now it snows", name="good")
        await stage.until(lambda: stage.told()[-1].setting.weather == "snow")
        assert all("boat" not in d.text for d in stage.told())


async def test_a_list_that_cannot_be_read_is_said_before_anything_begins(bus: MemoryBus, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--banned-words .*No such file"):
        DirectorService(bus, Settings(banned_words=tmp_path / "missing.txt"), "http://127.0.0.1:9/v1")


async def test_who_asks_too_often_is_refused_and_others_are_heard(bus: MemoryBus) -> None:
    async with a_film(bus, author_rate=1) as (stage, _):
        for n in range(6):
            await ask(bus, f"a fox {n}", f"a{n}", "ann")
        await ask(bus, "a blue boat", "b", "bob")
        await stage.until(lambda: ("b", "taken") in stage.outcomes())
        assert list(reasons(stage)) == ["a5"]
        assert "1 prompts a minute are taken from one author (author_rate)" in reasons(stage)["a5"]
        await stage.until(lambda: stage.told()[-1].prompt == "a blue boat")
        check(stage.directions())


async def test_a_budget_is_each_streams_own(bus: MemoryBus) -> None:
    async with a_film(bus, budget_tokens=1000) as (stage, _):
        await stage.rendered(stage.state().epoch, 600.0)
        await stage.until(lambda: stage.state().reason == "budget")
        await stage.say("a blue boat", stream=SHARING)
        await stage.until(lambda: len(stage.told(SHARING)) >= 1)


@pytest.mark.parametrize(("used", "goes_on"), [(0.9, True), (3.0, False)])
async def test_a_successor_lets_go_on_what_its_budget_allows(bus: MemoryBus, used: float, goes_on: bool) -> None:
    spending = Spending(tokens_in=900, tokens_out=100, used=used, at=time.time())
    async with a_film(bus) as (stage, _):
        await stage.until_told(1)
    left = DirectorState(
        epoch=stage.state().epoch, status="held", reason="budget", spending=spending, story=stage.state().story
    )
    await bus.publish(Record(DIRECTOR_STATE, "main", encode(left)))
    async with Storyboard(rate=1e6) as url, Stage(bus, url, budget_tokens=1000).at_work() as successor:
        if goes_on:
            await successor.until(lambda: successor.state().status == "playing")
            assert any(isinstance(d, Resume) for d in successor.directions())
        else:
            await successor.say("a blue boat", stream=SHARING)  # it is at work
            await successor.until(lambda: len(successor.told(SHARING)) >= 1)
            await asyncio.sleep(3 * GLANCE)
            assert not any(isinstance(d, Resume) for d in successor.directions())
            assert (successor.state().status, successor.state().reason) == ("held", "budget")
