"""A film with a length ends by itself, and is a film until its last second is on screen."""

from __future__ import annotations

import asyncio
import time

import pytest
from hostile import HANG, SSE, STOP, Hostile, Script, say
from stage import SHARING, Stage, a_film, check, frames

from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.director import film, service
from streamer.director.storyboard import Storyboard
from streamer.messages import EndOfStory, FrameDescription, Hold, WorkerState, encode
from streamer.topics import WORKER_STATE, home


def ends(stage: Stage) -> list[EndOfStory]:
    return [d for d in stage.directions() if isinstance(d, EndOfStory)]


async def seen(stage: Stage) -> None:
    """All that was told is on screen."""
    await stage.rendered(stage.state().epoch, stage.state().published)


async def test_a_film_of_a_given_length_ends_by_itself_and_another_may_begin(bus: MemoryBus) -> None:
    async with a_film(bus, descriptions=3) as (stage, board):
        await stage.until(lambda: bool(ends(stage)))
        *told, end = stage.directions()
        assert [d.seq for d in told if isinstance(d, FrameDescription)] == [0, 1, 2]
        assert end == EndOfStory(epoch=told[0].epoch, seq=3, reason="length")
        assert stage.state().status == "playing", "its last seconds are still to be seen"
        await seen(stage)
        await stage.until(lambda: stage.state().status == "ended")
        state = stage.state()
        assert (state.reason, state.seq, state.published) == ("length", 3, 6.0), (
            "a broadcaster knows that it was a film"
        )
        await stage.say("a blue boat")
        await stage.until(lambda: len(ends(stage)) == 2)
        assert [d.seq for d in stage.told() if d.epoch > end.epoch] == [0, 1, 2]
        assert board.asked == 2
        check(stage.directions())


async def test_seconds_end_a_film_too_and_a_prompt_may_ask_for_them(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say({"prompt": "a whale", "action": "play", "options": {"length": 5.0}})
        await stage.until(lambda: bool(ends(stage)))
        whale = [d for d in stage.told() if d.prompt == "a whale"]
        assert sum(d.duration for d in whale) == 5.0


async def test_until_it_is_on_screen_it_can_be_steered_and_what_was_seen_counts(bus: MemoryBus) -> None:
    async with a_film(bus, length=16.0) as (stage, _):
        await stage.until(lambda: bool(ends(stage)))
        await stage.rendered(stage.state().epoch, 6.0)
        await asyncio.sleep(0.1)
        await stage.say("now it snows", name="late")
        await stage.until(lambda: len(ends(stage)) == 2)
        assert stage.state().outcomes[-1].action == "steer"
        after = [d for d in stage.told() if d.epoch == stage.state().epoch]
        assert sum(d.duration for d in after) == pytest.approx(10.0)
        assert [o.noun for o in after[0].objects][-1:] == ["fox"], "it is the same film"
        check(stage.directions())


async def test_until_it_is_on_screen_it_can_be_paused_and_it_ends_after_the_pause(bus: MemoryBus) -> None:
    async with a_film(bus, length=4.0) as (stage, _):
        await stage.until(lambda: bool(ends(stage)))
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.state().status == "held")
        assert isinstance(stage.directions()[-1], Hold)
        await stage.say({"action": "resume"})
        await stage.until(lambda: stage.state().status == "playing")
        await seen(stage)
        await stage.until(lambda: stage.state().status == "ended")
        assert len(ends(stage)) == 1, "its end is said once"


async def test_a_successor_ends_a_film_that_was_told_to_its_end(bus: MemoryBus) -> None:
    async with a_film(bus, length=4.0) as (stage, _):
        await stage.until(lambda: bool(ends(stage)))
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as successor:
        await seen(successor)
        await successor.until(lambda: successor.state().status == "ended")
        assert len(ends(successor)) == 1


async def test_films_that_ended_by_themselves_leave_nothing_running(bus: MemoryBus) -> None:
    async with a_film(bus, descriptions=1) as (stage, _):
        await stage.say("a blue boat", stream=SHARING)
        for stream in ("main", SHARING):
            await stage.until(lambda stream=stream: bool(stage.told(stream)))
        await seen(stage)
        await stage.until(lambda: stage.state().status == "ended")
        names = {task.get_name() for task in asyncio.all_tasks()}
        await stage.until(lambda: "film-main" not in {task.get_name() for task in asyncio.all_tasks()})
        assert f"film-{SHARING}" in names, "the other one is not on screen yet"
        await stage.say("a red fox")
        await stage.until(lambda: stage.told()[-1].prompt == "a red fox")


async def test_a_long_film_is_not_forgotten_the_moment_it_ends(bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ENDED_KEPT", 1)
    async with a_film(bus, descriptions=1) as (stage, _):
        await stage.until(lambda: bool(ends(stage)))
        epoch, published = stage.state().epoch, stage.state().published
        long = stage.service.films["main"]
        long.state = film.replace(long.state, epoch=int(time.time()) - 3600)  # it began an hour ago
        await stage.rendered(epoch, published)
        await stage.until(lambda: stage.state().status == "ended")
        await stage.say("a blue boat", stream=SHARING)
        await stage.until(lambda: bool(stage.told(SHARING)))
        await stage.say({"action": "stop"}, stream=SHARING)
        await stage.until(lambda: f"film-{SHARING}" not in {task.get_name() for task in asyncio.all_tasks()})
        await stage.say({"action": "pause"}, stream=SHARING, name="looked")
        await stage.until(lambda: ("looked", "refused") in stage.outcomes(SHARING))
        assert "main" in stage.service.films, "one more has ended than are kept, and it did so just now"


async def test_a_worker_that_has_shown_the_end_ends_it(bus: MemoryBus) -> None:
    async with a_film(bus, descriptions=1) as (stage, _):
        await stage.until(lambda: bool(ends(stage)))
        over = WorkerState(epoch=stage.state().epoch, status="ended")
        await bus.publish(Record(WORKER_STATE, "main", encode(over)))
        await stage.until(lambda: stage.state().status == "ended")


async def test_what_an_engine_remembers_of_a_film_is_passed_over(
    bus: MemoryBus, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_film(bus, descriptions=1) as (stage, _):
        await stage.until(lambda: bool(ends(stage)))
        await bus.publish(Record(WORKER_STATE, "main/engine", b"\x00 a latent", partition=home("main")))
        over = WorkerState(epoch=stage.state().epoch, status="ended")
        await bus.publish(Record(WORKER_STATE, "main", encode(over)))
        await stage.until(lambda: stage.state().status == "ended")
    assert "worker-state" not in caplog.text


async def test_what_a_model_notes_after_its_frames_is_part_of_its_tempo(bus: MemoryBus) -> None:
    """Or the next window comes later than the film expects, and the film stands still."""
    slow: Script = [SSE, say(frames(0, 1, end="")), 1.0, say("]}"), STOP]
    async with Hostile(slow) as server, Stage(bus, server.url, window=2).at_work() as stage:
        await stage.say("a red fox", name="first")
        for answers in (1, 2):
            await stage.until(lambda answers=answers: len(stage.told()) >= 2 * answers)
            await stage.rendered(stage.state().epoch, 4.0 * answers)
        await stage.until(lambda: len(server.requests) >= 3)
        story = stage.service.films["main"].story
        assert story is not None
        assert story.tempo >= 0.25, "half of the 0.5 s that each of the second answer's two took at least"


async def test_an_llm_that_never_says_that_it_is_done_is_not_waited_for(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "FAREWELL", 0.2)
    whole: Script = [SSE, say(frames(0, 1, end="")), HANG]
    async with (
        Hostile(whole, [SSE, say(frames(2, 3)), STOP]) as server,
        Stage(bus, server.url, window=2, token_timeout=1000.0).at_work() as stage,
    ):
        await stage.say("a red fox", name="first")
        await stage.until(lambda: len(stage.told()) == 2)
        await stage.rendered(stage.state().epoch, 2.0)
        await stage.until(lambda: len(stage.told()) == 4)
        assert [d.source for d in stage.told()] == ["llm"] * 4


async def test_an_answer_without_anything_is_borne_once_before_the_format_is_doubted(bus: MemoryBus) -> None:
    empty: Script = [SSE, say('{"frames":[]}'), STOP]
    async with (
        Hostile(empty, empty, [SSE, say(frames(0, 1)), STOP]) as server,
        Stage(bus, server.url, window=2).at_work() as stage,
    ):
        await stage.say("a red fox", name="first")
        await stage.until(lambda: len(server.requests) >= 3)
        forms = [request.get("response_format", {}).get("type") for request in server.requests[:3]]
        assert forms == ["json_schema", "json_schema", "json_object"]


async def test_people_are_told_why_the_llm_does_not_direct_but_not_where_it_is(bus: MemoryBus) -> None:
    async with Stage(bus, "http://127.0.0.1:9/v1").at_work() as stage:
        await stage.say("a red fox", name="first")
        await stage.until(lambda: bool(stage.told()))
        note = stage.state().note
        assert note.startswith("the LLM: Connection error")
        assert "127.0.0.1" not in note
