"""The matrix: every fault of an LLM server, at every place in its answer, over real TCP.

However it fails: what had come whole is published once, in order and without a gap, and the film goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from stage import Stage, check

from streamer.bus.memory import MemoryBus
from streamer.director import film, supply
from streamer.director.faults import FAULTS, Fault, Repeat, Say, plan
from streamer.director.llm import AnswerCut, EndpointError, Llm, retry
from streamer.director.llm.retry import Backoff, Breaker
from streamer.director.scanner import Scanner
from streamer.director.script import SCHEMA
from streamer.director.story import Story
from streamer.director.storyboard import Storyboard
from streamer.director.ways import Ways
from streamer.errors import Rejected
from streamer.messages import Prompt

STALLS = {"stall", "mute"}
REPEATS = {"duplicate"}


class Teller:
    """Tells frames that are numbered through all answers, and remembers who asked for what and what was sent whole."""

    def __init__(self) -> None:
        self.wishes: list[str] = []  # of each request
        self.told: list[list[int]] = []  # numbers in each answer
        self.whole: dict[int, list[int]] = defaultdict(list)  # numbers that were sent whole, for each request
        self._numbers = itertools.count()

    def tell(self, messages: Sequence[Any]) -> str:
        request = json.loads(messages[-1]["content"])
        numbers = list(itertools.islice(self._numbers, request["count"]))
        self.wishes.append(request["wish"])
        self.told.append(numbers)
        fox = {"id": "fox", "noun": "fox", "look": "red", "action": "walking", "box": [0.4, 0.5, 0.2, 0.2]}
        frames = [{"action": f"the fox takes step {n}", "place": "forest", "objects": [fox]} for n in numbers]
        return json.dumps({"frames": frames, "synopsis": "a fox walks", "plan": ["on"]}, separators=(",", ":"))

    def sent(self, request: int, frame: str) -> None:
        self.whole[request].append(number(json.loads(frame)["action"]))

    def board(self, *faults: Fault | None, delta: int = 4) -> Storyboard:
        return Storyboard(rate=1e6, delta=delta, faults=faults, tell=self.tell, sent=self.sent)


def number(action: str) -> int:
    found = re.search(r"step (\d+)", action)
    assert found is not None, f"{action!r} was never told"
    return int(found[1])


async def ask(llm: Llm, story: Story, window: int) -> list[int]:
    """The numbers of what one answer gave."""
    scanner, seen = Scanner(), []
    with suppress(AnswerCut, EndpointError, Rejected):
        async with aclosing(llm.answer(story.ask(window), SCHEMA)) as deltas:
            async for delta in deltas:
                for raw in scanner.feed(delta):
                    if story.note(raw):
                        continue
                    with suppress(Rejected):
                        seen.append(number(story.accept(raw).action))
                        if len(seen) == window:
                            return seen
    return seen


@pytest.mark.parametrize("name", FAULTS)
async def test_what_came_whole_before_a_fault_is_told_once_and_the_story_goes_on_after_it(name: str) -> None:
    places = [0.0, 0.25, 0.5, 0.75, 0.99]
    teller, window = Teller(), 4
    faults = [fault for at in places for fault in (Fault(name, at), None)]
    limits = {"first": 0.5, "between": 0.5} if name in STALLS else {}
    story = Story.begin(Prompt(id="", stream="main", action="play", prompt="a fox"), 1, Ways())
    async with teller.board(*faults, delta=48) as url, Llm(url, model="m", key="k", **limits) as llm:
        for at in places:
            teller.whole.clear()
            seen = await ask(llm, story, window)
            whole = [n for numbers in teller.whole.values() for n in numbers]
            assert seen == whole[:window], f"at {at}: in order, none lost, nothing that was not sent"
            assert name in REPEATS or len(set(seen)) == len(seen), "none twice"
            assert await ask(llm, story, window) == teller.told[-1], f"after {at}: the next answer is good"


@pytest.mark.parametrize("name", ["eof", "whitespace", "endless"])
def test_every_single_character_is_a_place_where_an_answer_may_end(name: str) -> None:
    """Without the wire, on which these places are no different from each other."""
    teller = Teller()
    ask = Story.begin(Prompt(id="", stream="main", action="play", prompt="a fox"), 1, Ways()).ask(2)
    answer = teller.tell(ask)
    for at in range(1, len(answer)):
        story = Story.begin(Prompt(id="", stream="main", action="play", prompt="a fox"), 1, Ways())
        seen, whole, scanner = [], [], Scanner()
        with suppress(Rejected):
            for step in plan(answer, Fault(name, at), delta=at % 60 + 1):
                if isinstance(step, Say):
                    whole += [number(json.loads(frame)["action"]) for frame in step.frames]
                for raw in scanner.feed(step.text * 1000 if isinstance(step, Repeat) else getattr(step, "text", "")):
                    if not story.note(raw):
                        seen.append(number(story.accept(raw).action))
            assert name == "eof", f"{name} from character {at} on is not noticed"
        assert seen == whole


class Show:
    """A film on a bus, directed by a storyboard with faults; what was published is held against what was sent."""

    def __init__(self, stage: Stage, teller: Teller, window: int) -> None:
        self.stage, self.teller, self.window = stage, teller, window

    def numbers(self) -> list[int]:
        return [number(d.action) for d in self.stage.told() if d.source == "llm"]

    async def goes_on(self, count: int) -> None:
        """Until the LLM has told `count` more."""
        upto = len(self.numbers()) + count
        await self.stage.until(lambda: len(self.numbers()) >= upto, seconds=30)

    def check(self, *, repeats: bool) -> None:
        check(self.stage.directions())
        numbers = self.numbers()
        assert numbers == sorted(numbers), "in the order in which they were sent"
        assert repeats or len(set(numbers)) == len(numbers), "none twice"
        published = set(numbers)
        wishes = self.teller.wishes
        for request, told in enumerate(self.teller.told):
            whole = self.teller.whole[request][: self.window]
            assert published & set(told) <= set(whole)
            # The answer that a steer, or the end of this test, broke off may not have been read to its end.
            if wishes[request : request + 2] == [wishes[request]] * 2:
                assert published & set(told) == set(whole), f"none lost of request {request}"
        asked = {n: wish for wish, told in zip(wishes, self.teller.told, strict=True) for n in told}
        for description in self.stage.told():
            if description.source == "llm":
                assert asked[number(description.action)] == description.prompt, "a new epoch holds no old words"


async def a_film_lives_on(faults: Sequence[Fault | None], delta: int, window: int, steer_after: int) -> None:
    teller = Teller()
    options = {"window": window, "lead_low": 32, "starve": 1, "first_token_timeout": 0.5, "token_timeout": 0.5}
    board = teller.board(*faults, delta=delta)
    async with MemoryBus() as bus, board as url, Stage(bus, url, **options).at_work() as stage:
        show = Show(stage, teller, window)
        await stage.say("a fox walks")
        await show.goes_on(steer_after)
        await stage.say("a fox by night")
        await stage.until(lambda: any(d.prompt == "a fox by night" for d in stage.told()))
        await show.goes_on(8)
        show.check(repeats=any(fault is not None and fault.name in REPEATS for fault in faults))
        assert [d.prompt for d in stage.told() if d.seq == 0][-1] == "a fox by night", "a new epoch from 0"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real rules of waiting, in hundredths of a second."""
    monkeypatch.setattr(supply, "Backoff", partial(Backoff, base=0.005, cap=0.02, longest=0.05, refill=0.01))
    monkeypatch.setattr(retry, "Breaker", partial(Breaker, rest=0.02))
    monkeypatch.setattr(retry, "LONGEST_REST", 0.05)
    monkeypatch.setattr(film, "GLANCE", 0.02)
    monkeypatch.setattr(film, "FAREWELL", 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", FAULTS)
@settings(
    max_examples=3,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a failing example takes seconds: none is shrunk
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    at=st.floats(0, 0.999),
    times=st.integers(1, 3),
    good=st.integers(0, 2),
    delta=st.integers(1, 64),
    window=st.integers(1, 8),
    steer_after=st.integers(0, 12),
)
def test_a_film_lives_on_through_every_fault(
    name: str, at: float, times: int, good: int, delta: int, window: int, steer_after: int
) -> None:
    """`times` answers with the fault after so many good ones, and a steer at any moment."""
    asyncio.run(a_film_lives_on([*[None] * good, Fault(name, at, times)], delta, window, steer_after))
