"""A film that has used up its budget is held with a clear word, and goes on when there is more."""

from __future__ import annotations

import time

from msgspec.structs import replace
from prometheus_client import REGISTRY
from stage import Stage, a_film, check

from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.director.storyboard import Storyboard
from streamer.messages import Hold, Resume, encode
from streamer.topics import DIRECTOR_STATE


async def used_up(stage: Stage) -> None:
    """All that its first answer told is on screen, and no more may be asked for."""
    await stage.until(lambda: stage.state().spending is not None and stage.state().spending.used > 1)
    epoch = stage.state().epoch
    await stage.rendered(epoch, 1000.0)
    await stage.until(lambda: stage.state().status == "held")


async def test_a_film_whose_budget_is_used_up_is_held_and_says_until_when(bus: MemoryBus) -> None:
    async with a_film(bus, budget_tokens=4000) as (stage, board):
        await used_up(stage)
        state = stage.state()
        assert state.reason == "budget"
        assert state.note.startswith("the budget of 4000 tokens an hour is used up for now: goes on at ")
        assert isinstance(stage.directions()[-1], Hold)
        assert board.asked == 1, "nothing is asked for beyond the budget"
        assert all(d.source == "llm" for d in stage.told()), "no stand-in plays instead"
        check(stage.directions())


async def test_a_wish_or_a_resume_does_not_get_past_the_budget(bus: MemoryBus) -> None:
    async with a_film(bus, budget_tokens=4000) as (stage, board):
        await used_up(stage)
        await stage.say({"prompt": "now it snows", "action": "steer"}, name="steer")
        await stage.until(lambda: ("steer", "taken") in stage.outcomes())
        await stage.until(lambda: (stage.state().status, stage.state().reason) == ("held", "budget"))
        await stage.say({"action": "resume"}, name="resume")
        await stage.until(lambda: ("resume", "refused") in stage.outcomes())
        assert stage.state().outcomes[-1].reason == stage.state().note, "it says when the film goes on"
        assert (stage.state().status, stage.state().reason) == ("held", "budget")
        assert board.asked == 1
        check(stage.directions())


async def test_the_account_outlives_its_director_and_a_film_goes_on_when_there_is_budget_again(bus: MemoryBus) -> None:
    async with a_film(bus, budget_tokens=4000) as (stage, _):
        await used_up(stage)
        state = stage.state()
    assert state.spending is not None
    an_hour_ago = replace(state, spending=replace(state.spending, at=time.time() - 3600))
    await bus.publish(Record(DIRECTOR_STATE, "main", encode(an_hour_ago)))
    async with Storyboard(rate=1e6) as url, Stage(bus, url, budget_tokens=4000).at_work() as successor:
        await successor.rendered(state.epoch, 1000.0)
        before = len(successor.told())
        await successor.until(lambda: len(successor.told()) > before)
        assert any(isinstance(d, Resume) for d in successor.directions())
        spending = successor.state().spending
        assert spending is not None
        assert spending.tokens_out >= state.spending.tokens_out, "it goes on from what was spent"
        check(successor.directions())


async def test_what_a_film_costs_is_counted_per_stream(bus: MemoryBus) -> None:
    async with a_film(bus, price_in=1.0, price_out=2.0) as (stage, _):
        await stage.until(lambda: stage.state().spending is not None and stage.state().spending.tokens_out > 0)
        said = {way: REGISTRY.get_sample_value("streamer_llm_tokens_total", {"stream": "main", "way": way})
                for way in ("in", "out")}  # fmt: skip
        assert said["in"] > 500, "the instructions alone are more"
        assert said["out"] > 300
        cost = REGISTRY.get_sample_value("streamer_llm_cost_total", {"stream": "main"})
        assert cost is not None
        assert abs(cost - (said["in"] + 2 * said["out"]) / 1e6) < 1e-9
        per_minute = REGISTRY.get_sample_value("streamer_llm_cost_per_film_minute", {"stream": "main"})
        assert per_minute is not None
        assert per_minute > 0
    assert REGISTRY.get_sample_value("streamer_llm_cost_total", {"stream": "main"}) is None, "not its film any more"
