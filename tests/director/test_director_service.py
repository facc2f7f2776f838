"""The director as a whole: prompts go in, descriptions come out, over a bus and with a real HTTP endpoint."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hostile import DONE, HANG, RST, SSE, STOP, Hostile, Script, chunk, say, status

from streamer.bus.base import Headers, Record, Session
from streamer.bus.memory import MemberCrashed, MemoryBus
from streamer.director import service
from streamer.director.service import DirectorService
from streamer.director.storyboard import Storyboard
from streamer.messages import (
    Audience,
    Direction,
    DirectorState,
    EndOfStory,
    FrameDescription,
    Hold,
    Resume,
    WorkerState,
    decode_direction,
    decode_director_state,
    encode,
)
from streamer.settings import Settings
from streamer.topics import AUDIENCE, DEAD_LETTERS, DESCRIPTIONS, DIRECTOR_STATE, PROMPTS, WORKER_STATE, Topic, home

HERE = home("main")
SHARING = next(name for name in (f"s{n}" for n in range(99)) if home(name) == HERE)  # a stream of the same partition


class Stage:
    """A bus with a director at work, and what a test says to it and sees of it."""

    def __init__(self, bus: MemoryBus, url: str, **options: Any) -> None:
        self.bus = bus
        self.service = DirectorService(bus, Settings(**({"idle": 0} | options)), url)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Stage]:
        task = asyncio.create_task(self.service.run())
        try:
            yield self
        finally:
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=30)
            assert done, "the director did not stop"
            if not task.cancelled():
                task.result()

    async def say(self, value: str | bytes | dict[str, Any] | None, **record: Any) -> str:
        return await say_to(self.bus, value, **record)

    def directions(self, stream: str = "main") -> list[Direction]:
        return [decode_direction(value) for value in values(self.bus, DESCRIPTIONS, stream)]

    def told(self, stream: str = "main") -> list[FrameDescription]:
        return [d for d in self.directions(stream) if isinstance(d, FrameDescription)]

    def state(self, stream: str = "main") -> DirectorState:
        return decode_director_state(values(self.bus, DIRECTOR_STATE, stream)[-1])

    def outcomes(self, stream: str = "main") -> list[tuple[str, str]]:
        return [(o.id, o.outcome) for o in self.state(stream).outcomes]

    async def until(self, what: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"{[type(d).__name__ for d in self.directions()]}, {letters(self.bus)}"
            await asyncio.sleep(0.01)

    async def until_told(self, count: int, stream: str = "main") -> list[FrameDescription]:
        """The first `count` descriptions of the newest epoch."""

        def newest() -> list[FrameDescription]:
            told = self.told(stream)
            return [d for d in told if d.epoch == told[-1].epoch]

        await self.until(lambda: len(newest()) >= count)
        return newest()

    async def rendered(self, epoch: int, seconds: float) -> None:
        """As a worker reports it."""
        state = WorkerState(epoch=epoch, status="playing", rendered=seconds)
        await self.bus.publish(Record(WORKER_STATE, "main", encode(state)))


def values(bus: MemoryBus, topic: Topic, stream: str) -> list[bytes]:
    """What the stream's records in a topic hold, oldest first."""
    partition = home(stream)
    return [r.value for r in records(bus, topic, partition) if r.key == stream.encode() and r.value is not None]


def records(bus: MemoryBus, topic: Topic, partition: int) -> list[Any]:
    return bus.log(topic, partition).read(0, 1 << 30)[0]


def letters(bus: MemoryBus) -> list[tuple[bytes, str]]:
    found = [r for partition in range(bus.partitions) for r in records(bus, DEAD_LETTERS, partition)]
    return [(r.value, dict(r.headers)["reason"].decode()) for r in found]


async def say_to(
    bus: MemoryBus,
    value: str | bytes | dict[str, Any] | None,
    *,
    stream: str | None = "main",
    name: str = "",
    partition: int | None = None,
) -> str:
    raw = json.dumps(value).encode() if isinstance(value, dict) else value.encode() if isinstance(value, str) else value
    headers: Headers = [("id", name.encode())] if name else []
    where, offset = await bus.publish(Record(PROMPTS, stream, raw, headers=headers, partition=partition))
    return name or f"{where}-{offset}"


def check(directions: list[Direction]) -> None:
    """The oracle: epochs never fall, and in each seq is 0, 1, 2, … without gap or repeat."""
    epoch, seq = -1, 0
    for direction in directions:
        if isinstance(direction, FrameDescription):
            assert direction.epoch >= epoch
            assert direction.seq == (seq if direction.epoch == epoch else 0)
            epoch, seq = direction.epoch, direction.seq + 1


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    async with MemoryBus() as bus:
        yield bus


@asynccontextmanager
async def a_film(
    bus: MemoryBus, words: str = "a red fox runs", rate: float = 1e6, **options: Any
) -> AsyncIterator[tuple[Stage, Storyboard]]:
    """A director with the storyboard as its LLM, and a film that has begun."""
    board = Storyboard(rate=rate)
    async with board as url, Stage(bus, url, **options).at_work() as stage:
        await stage.say({"prompt": words, "action": "play"}, name="first")
        await stage.until_told(1)
        yield stage, board


def frames(*numbers: int, end: str = "]}") -> str:
    box = [0.1, 0.5, 0.2, 0.2]
    told = [{"action": f"step {n}", "place": "forest", "objects": [{"noun": "fox", "box": box}]} for n in numbers]
    return '{"frames":[' + ",".join(json.dumps(frame) for frame in told) + end


# Playing


async def test_descriptions_are_published_one_by_one_while_the_answer_is_still_coming(bus: MemoryBus) -> None:
    script: Script = [SSE, say(frames(0, 1, end="")), HANG]
    async with Hostile(script) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(2)
        assert [d.action for d in told] == ["step 0", "step 1"]
        assert not server.left.is_set(), "the answer goes on"


async def test_a_film_plays_within_its_bounded_lead_and_no_further(bus: MemoryBus) -> None:
    async with a_film(bus, pace=10.0) as (stage, board):  # longer than any machine needs for a description
        told = await stage.until_told(8)
        assert [(d.seq, d.duration, d.source, d.prompt) for d in told] == [
            (n, 10.0, "llm", "a red fox runs") for n in range(8)
        ]
        await asyncio.sleep(1.5)
        assert board.asked == 1, "80 s of film are in store and no worker renders them"
        assert stage.state().published == 80.0
        await stage.rendered(told[0].epoch, 76.1)
        assert len(await stage.until_told(16)) == 16
        assert board.asked == 2
        check(stage.directions())


async def test_what_another_epoch_rendered_does_not_count(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, board):
        await stage.until_told(8)
        await stage.rendered(stage.state().epoch - 1, 100.0)
        await asyncio.sleep(0.5)
        assert board.asked == 1


async def test_the_state_tells_everybody_what_plays(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        state = stage.state()
        assert (state.status, state.prompt, state.director) == ("playing", "a red fox runs", "storyboard")
        assert stage.outcomes() == [("first", "taken")]
        assert abs(state.epoch - time.time()) < 30, "epochs rise even if state is lost"


# Steering and control


async def test_a_steer_cuts_the_answer_short_and_raises_the_epoch(bus: MemoryBus) -> None:
    async with a_film(bus, rate=100) as (stage, board):  # the whole answer would take many seconds
        before = stage.told()[-1].epoch
        await stage.say("now it snows", name="wish")
        await stage.until(lambda: stage.told()[-1].epoch > before)
        first = stage.told()[-1]
        assert (first.seq, first.setting.weather, first.objects[0].noun) == (0, "snow", "fox")
        assert board.abandoned == 1, "the endpoint stopped generating"
        assert stage.outcomes() == [("first", "taken"), ("wish", "taken")]
        assert stage.state().outcomes[-1].epoch == first.epoch
        check(stage.directions())


async def test_the_old_epoch_is_left_alone_until_the_new_one_has_something_to_show(bus: MemoryBus) -> None:
    slow: Script = [SSE, HANG]
    quick: Script = [SSE, say(frames(*range(8))), STOP]
    async with Hostile(quick, slow) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a fox")
        await stage.until_told(8)
        await stage.say("at night")
        await stage.until(lambda: len(server.requests) == 2)
        assert stage.state().epoch > stage.told()[-1].epoch
        assert len(stage.directions()) == 8


async def test_pause_resume_and_stop(bus: MemoryBus) -> None:
    async with a_film(bus, rate=400) as (stage, board):
        epoch = stage.state().epoch
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.directions()[-1] == Hold(epoch=epoch, reason="paused"))
        paused = stage.state()
        assert (paused.status, paused.reason, board.asked) == ("held", "paused", 1)
        await stage.say({"action": "resume"})
        await stage.until(lambda: Resume(epoch=epoch) in stage.directions())
        await stage.rendered(epoch, paused.published)  # however much had been told when the pause came
        await stage.until_told(paused.seq + 4)
        await stage.say({"action": "stop"})
        await stage.until(lambda: isinstance(stage.directions()[-1], EndOfStory))
        assert stage.directions()[-1] == EndOfStory(epoch=stage.state().epoch, seq=0)
        assert (stage.state().status, stage.state().epoch > epoch) == ("ended", True)
        assert [outcome for _, outcome in stage.outcomes()] == ["taken"] * 4
        check(stage.directions())


async def test_a_steer_to_a_paused_film_takes_effect_and_lets_it_go_on(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.until_told(8)
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.state().status == "held")
        epoch = stage.state().epoch
        await stage.say("now it rains")
        await stage.until(lambda: stage.told()[-1].epoch > epoch)
        assert stage.state().status == "playing"
        assert stage.directions()[9] == Resume(epoch=epoch), "the old film moves until the new one is there"


async def test_a_stopped_stream_plays_again_with_plain_text(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say({"action": "stop"})
        await stage.until(lambda: stage.state().status == "ended")
        ended = stage.state().epoch
        await stage.say("a blue boat")
        await stage.until(lambda: stage.told()[-1].epoch > ended)
        assert [o.noun for o in stage.told()[-1].objects] == ["boat"]
        check(stage.directions())


async def test_of_wishes_that_come_together_the_newest_wins_and_every_author_sees_it(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.until_told(8)
        await asyncio.gather(*(stage.say(f"a dragon number {n}", name=f"w{n}") for n in range(5)))
        await stage.until(lambda: stage.told()[-1].prompt == "a dragon number 4")
        outcomes = dict(stage.outcomes())
        assert outcomes["w4"] == "taken"
        assert all(outcomes[f"w{n}"] == "merged" for n in range(1, 4))
        assert len({d.epoch for d in stage.told()}) <= 3
        check(stage.directions())


async def test_streams_of_one_partition_live_side_by_side(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.say("a blue boat", stream=SHARING)
        await stage.until_told(8, SHARING)
        await stage.say({"action": "pause"}, stream=SHARING)
        await stage.until(lambda: stage.state(SHARING).status == "held")
        await stage.until_told(8)
        assert stage.state().status == "playing"
        check(stage.directions(SHARING))


# Strangers' records


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


async def test_a_film_that_has_just_ended_is_not_forgotten(bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "ENDED_KEPT", 0)
    async with a_film(bus) as (stage, _):
        await stage.say({"action": "stop"})
        await stage.until(lambda: stage.state().status == "ended")
        await stage.say("a blue boat", stream=SHARING)
        await stage.until(lambda: bool(stage.told(SHARING)))
        assert stage.state().status == "ended"


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


# Failure of the LLM


CUTS: dict[str, Script] = {
    "a clean end without finish": [],
    "length": [chunk(finish="length"), DONE],
    "a reset": [0.05, RST],
    "an error": [b'data: {"error":"gpu"}\n\n', DONE],
    "a stall": [HANG],
    "broken JSON": [b"data: {\n\n"],
    "white space without end": [say(" " * 1000, " " * 1000)],
    "an object without end": [say('"' + "x" * 20_000)],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
async def test_after_a_cut_answer_the_unfinished_object_is_dropped_and_the_story_goes_on(
    bus: MemoryBus, cut: Script
) -> None:
    first: Script = [SSE, say("Sure! ```json\n" + frames(0, 1, end=',{"action":"half a fr')), *cut]
    rest: Script = [SSE, say("<think>{</think>" + frames(2, 3, 4, 5, 6, 7, 8, 9)), STOP, DONE]
    patient = {"token_timeout": 0.3, "lead_low": 15}
    async with Hostile(first, rest) as server, Stage(bus, server.url, **patient).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(8)
        assert [d.action for d in told][:8] == [f"step {n}" for n in range(8)]
        assert all(d.source == "llm" for d in told)
        request = json.loads(server.requests[1]["messages"][1]["content"])
        assert request["first"] == 2
        assert [f["action"] for f in request["film"]["frames"]] == ["step 0", "step 1"]
        check(stage.directions())


async def test_refused_objects_are_skipped_without_a_gap(bus: MemoryBus) -> None:
    text = frames(0, end=',{"no":"frame"},5,{"action":[1]},' + frames(1, 2, end="]}").removeprefix('{"frames":['))
    async with Hostile([SSE, say(text), STOP]) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(3)
        assert [(d.seq, d.action) for d in told[:3]] == [(0, "step 0"), (1, "step 1"), (2, "step 2")]


@pytest.mark.parametrize(
    "script", [[RST], [status(500, {"error": "down"})], [SSE, say("I cannot do that."), STOP, DONE]]
)
async def test_when_the_endpoint_fails_fallback_descriptions_carry_the_film_on(bus: MemoryBus, script: Script) -> None:
    async with Hostile(script) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a red fox runs through snow")
        (first, *_) = await stage.until_told(1)
        assert (first.source, first.objects[0].noun, first.objects[0].look) == ("fallback", "fox", "red")
        await stage.rendered(first.epoch, 2.0)
        await stage.until_told(2)
        check(stage.directions())


async def test_a_silent_endpoint_is_carried_over_after_the_time_to_starve(bus: MemoryBus) -> None:
    async with Hostile([SSE, HANG]) as server, Stage(bus, server.url, starve=1.0).at_work() as stage:
        await stage.say("a red fox")
        (first, *_) = await stage.until_told(1)
        assert first.source == "fallback"
        assert len(server.requests) == 1, "it is still being waited for"


async def test_the_llm_takes_over_again_when_it_comes_back(bus: MemoryBus) -> None:
    good: Script = [SSE, say(frames(*range(8))), STOP]
    async with Hostile([RST], [RST], [RST], good) as server, Stage(bus, server.url).at_work() as stage:
        await stage.say("a red fox")
        await stage.until(lambda: any(d.source == "llm" for d in stage.told()))
        assert stage.told()[0].source == "fallback"
        check(stage.directions())


async def test_a_slow_llm_gives_a_slower_film(bus: MemoryBus) -> None:
    slow: Script = [SSE, *(step for n in range(2) for step in (1.0, say(frames(n, end=",")[11 if n else 0 :])))]
    async with Hostile(slow) as server, Stage(bus, server.url, pace=0.5, window=2).at_work() as stage:
        await stage.say("a fox")
        told = await stage.until_told(2)
        assert told[0].duration > 0.5


# Takeover


async def test_prompts_read_at_takeover_only_the_newest_acts(bus: MemoryBus) -> None:
    for n in range(20):
        await say_to(bus, {"prompt": f"a boat {n}", "action": "play"}, name=f"p{n}")
    await say_to(bus, {"prompt": "at night"}, name="last")
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as stage:
        await stage.until_told(1)
        assert len({d.epoch for d in stage.told()}) == 1
        first = stage.told()[0]
        assert (first.prompt, first.setting.time, first.objects[0].noun) == ("at night", "night", "boat")
        assert stage.outcomes() == [*((f"p{n}", "superseded") for n in range(20)), ("last", "taken")]


@pytest.mark.parametrize("after", [1, 3, 5])
async def test_a_successor_goes_on_without_gap_or_repeat(bus: MemoryBus, after: int) -> None:
    async with Storyboard(rate=1000) as url:
        first = Stage(bus, url, lead_low=60)
        task = asyncio.create_task(first.service.run())
        await first.say("a red fox runs", name="w")
        await first.until_told(after)
        bus.crash(session_of(first))
        with pytest.raises(BaseException) as died:  # noqa: PT011  as a killed process does, it says nothing
            await task
        assert died.group_contains(MemberCrashed)
        async with Stage(bus, url, lead_low=60).at_work() as second:
            await second.until_told(8)
            assert len({d.epoch for d in second.told()}) == 1, "the prompt is not acted upon again"
            assert second.outcomes() == [("w", "taken")]
            check(second.directions())


def session_of(stage: Stage) -> Session:
    return stage.service.films["main"]._session


@pytest.mark.parametrize("step", ["begin", "outputs", "states", "offsets", "end"])
async def test_whatever_step_a_commit_fails_at_nothing_is_lost_or_told_twice(step: str) -> None:
    failing = {2, 5, 6}
    seen = 0

    def trace(_: Session, at: str) -> None:
        nonlocal seen
        if at == step:
            seen += 1
            if seen in failing:
                raise OSError("the broker is gone")

    failing_bus = MemoryBus(trace=trace)
    async with failing_bus as bus, Storyboard(rate=1e6) as url, Stage(bus, url, lead_low=60).at_work() as stage:
        await stage.say("a red fox runs", name="w")
        await stage.until_told(8)
        await stage.say("now it snows", name="x")
        await stage.until(lambda: stage.told()[-1].setting.weather == "snow")
        await stage.until_told(8)
        check(stage.directions())
        assert [name for name, _ in stage.outcomes()] == ["w", "x"]


async def test_a_paused_film_is_still_paused_for_its_successor(bus: MemoryBus) -> None:
    async with a_film(bus) as (stage, _):
        await stage.until_told(8)
        await stage.say({"action": "pause"})
        await stage.until(lambda: stage.state().status == "held")
        before = stage.directions()
    board = Storyboard(rate=1e6)
    async with board as url, Stage(bus, url).at_work() as second:
        await second.rendered(second.state().epoch, second.state().published)
        await asyncio.sleep(0.5)
        assert (second.directions(), board.asked) == (before, 0)
        await second.say({"action": "resume"})
        await second.until_told(16)
        check(second.directions())


async def test_two_directors_share_the_partitions(bus: MemoryBus) -> None:
    streams = [f"film{n}" for n in range(8)]
    async with Storyboard(rate=1e6) as url, Stage(bus, url).at_work() as one, Stage(bus, url).at_work() as two:
        for stream in streams:
            await one.say("a red fox", stream=stream)
        for stream in streams:
            await one.until_told(8, stream)
            check(one.directions(stream))
        assert not one.service.films.keys() & two.service.films.keys()
        assert one.service.films.keys() | two.service.films.keys() == set(streams)


# Idle


async def test_what_nobody_watches_is_held_and_goes_on_when_somebody_does(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def watched_by(count: int) -> None:
        await bus.publish(Record(AUDIENCE, "main/b1", encode(Audience(count=count, until=time.time() + 600))))

    monkeypatch.setattr("streamer.director.film.BOUGHT", 0.5)
    await watched_by(1)  # until it has begun, however long that takes
    async with a_film(bus, idle=1.0) as (stage, _):
        epoch = stage.state().epoch
        await watched_by(0)
        await stage.until(lambda: stage.directions()[-1] == Hold(epoch=epoch, reason="idle"))
        await watched_by(1)
        await stage.until(lambda: stage.directions()[-1] == Resume(epoch=epoch))
        await watched_by(0)
        await stage.until(lambda: stage.directions()[-1] == Hold(epoch=epoch, reason="idle"))
        monkeypatch.undo()  # a wish buys time enough to be seen
        await stage.say("now it snows")
        await stage.until(lambda: stage.told()[-1].epoch > epoch)
        assert Resume(epoch=epoch) in stage.directions()[-11:]
