"""The storyboard misbehaves on demand: by name, at a place in its answer, so many times."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import Stage, check

from streamer.bus.memory import MemoryBus
from streamer.director.faults import (
    FAULTS,
    Act,
    Demand,
    Fault,
    Finish,
    Raw,
    Reason,
    Repeat,
    Reply,
    Say,
    demand,
    plan,
    turn,
)
from streamer.director.llm import AnswerCut, EndpointError, Llm
from streamer.director.script import SCHEMA
from streamer.director.storyboard import Storyboard
from streamer.director.storyteller import tell

ASK = [{"role": "user", "content": "a red fox"}]
ANSWER = (
    '{"frames":[{"action":"a","objects":[{"noun":"fox","box":[0,0,1,1]}]},{"action":"b"},{"action":"c"}],"plan":[]}'
)
FRAMES = [json.dumps(frame, separators=(",", ":")) for frame in json.loads(ANSWER)["frames"]]


def said(fault: Fault | None, choice: int = 0, **options: Any) -> str:
    """The text of a plan, without what is repeated."""
    return "".join(s.text for s in plan(ANSWER, fault, **options) if isinstance(s, Say) and s.choice == choice)


def whole(fault: Fault | None, **options: Any) -> list[str]:
    return [frame for s in plan(ANSWER, fault, **options) if isinstance(s, Say) for frame in s.frames]


def ending(fault: Fault | None, **options: Any) -> list[Any]:
    """What comes after the last text."""
    steps = list(plan(ANSWER, fault, **options))
    last = max(n for n, step in enumerate(steps) if step is Act.OPEN or isinstance(step, Say))
    return steps[last + 1 :]


# What is planned


@given(st.integers(1, 200))
def test_without_a_fault_an_answer_comes_as_it_is_in_pieces_of_any_size(delta: int) -> None:
    steps = list(plan(ANSWER, None, delta=delta))
    assert steps[0] is Act.OPEN
    assert said(None, delta=delta) == ANSWER
    assert max(len(s.text) for s in steps if isinstance(s, Say)) == min(delta, len(ANSWER))
    assert whole(None, delta=delta) == FRAMES
    assert ending(None, delta=delta) == [Finish("stop"), Act.DONE, Act.END]


@given(
    st.sampled_from(["stall", "rst", "tear", "eof", "done", "length", "error"]), st.integers(1, 200), st.integers(1, 40)
)
def test_a_break_comes_at_its_character_and_what_was_whole_before_it_is_known(name: str, at: int, delta: int) -> None:
    came = said(Fault(name, at), delta=delta)
    assert came == ANSWER[:at]
    assert whole(Fault(name, at), delta=delta) == [frame for frame in FRAMES if frame in came]


@pytest.mark.parametrize(("at", "came"), [(0, 0), (0.5, 0.5), (0.25, 0.25), (7, 7), (1e9, 1.0)])
def test_a_place_is_a_fraction_or_a_character(at: float, came: float) -> None:
    length = len(ANSWER)
    assert len(said(Fault("eof", at))) == (int(came * length) if isinstance(came, float) else came)


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("stall", [Act.STALL]),
        ("rst", [Act.RESET]),
        ("tear", [Act.TEAR]),
        ("eof", [Act.END]),
        ("done", [Act.DONE, Act.END]),
        ("length", [Finish("length"), Act.DONE, Act.END]),
        ("abort", [Finish("abort"), Act.DONE, Act.END]),
        ("content_filter", [Finish("content_filter"), Act.DONE, Act.END]),
        ("error", [Raw(b'data: {"error":{"message":"out of memory","code":500}}\n\n'), Act.DONE, Act.END]),
        ("error_text", [Raw(b'data: {"error":"out of memory"}\n\n'), Act.END]),
        ("error_event", [Raw(b'event: error\ndata: {"message":"out of memory"}\n\n'), Act.END]),
        ("error_line", [Raw(b'error: {"code":500,"message":"out of memory"}\n\n'), Act.END]),
    ],
)
def test_how_answers_break_off(name: str, steps: list[Any]) -> None:
    assert ending(Fault(name)) == steps


@pytest.mark.parametrize("name", ["whitespace", "endless"])
def test_what_never_ends_is_repeated_until_the_tokens_are_used_up(name: str) -> None:
    steps = ending(Fault(name))
    assert isinstance(steps[0], Repeat)
    assert steps[1:] == [Finish("length"), Act.DONE, Act.END]


@pytest.mark.parametrize("name", ["429", "500", "503", "401", "404"])
def test_a_refusal_comes_instead_of_an_answer(name: str) -> None:
    (step,) = plan(ANSWER, Fault(name, retry_after=7))
    assert isinstance(step, Reply)
    assert step.status == int(name)
    assert step.retry_after == (7 if name in ("429", "503") else None)


def texts(name: str, at: float = 0.5) -> Any:
    return json.loads(said(Fault(name, at)))


def test_answers_that_are_complete_and_not_what_was_asked_for() -> None:
    frames = json.loads(ANSWER)["frames"]
    assert texts("array") == frames
    assert [json.loads(line) for line in said(Fault("lines")).splitlines()] == frames
    assert said(Fault("fence")) == f"```json\n{ANSWER}\n```\n"
    assert ANSWER in said(Fault("prose"))
    assert "{your frames}" in said(Fault("prose"))
    assert said(Fault("think")).startswith("<think>")
    assert "},<think>so far so good</think>{" in said(Fault("think", 0.9))
    assert said(Fault("think_lines")).count("</think>{") == 3
    assert texts("few", 0.0)["frames"] == []
    assert texts("few", 0.9)["frames"] == frames[:2]
    assert texts("many")["frames"] == frames * 3
    assert texts("duplicate", 0.9)["frames"] == [*frames, frames[2]]
    assert texts("no_frame", 0.9)["frames"][:2] == frames[:2]
    assert "action" not in texts("no_frame", 0.9)["frames"][2]
    assert texts("boxes")["frames"][0]["objects"][0]["box"] == {"x": 0, "y": 0, "w": 1, "h": 1}
    assert json.loads(texts("objects_text")["frames"][0]["objects"]) == frames[0]["objects"]
    assert said(Fault("empty")) == ""
    assert said(Fault("interleaved")) == said(Fault("interleaved"), choice=1) == ANSWER
    for name in ("array", "lines", "few", "many", "empty", "interleaved"):
        assert list(plan(ANSWER, Fault(name)))[-3:] == [Finish("stop"), Act.DONE, Act.END]


def test_a_broken_object_is_balanced_and_none_of_those_that_were_whole() -> None:
    with pytest.raises(json.JSONDecodeError):
        texts("broken_object")
    text = said(Fault("broken_object", 0.0))
    assert text.count("{") == text.count("}")
    assert whole(Fault("broken_object", 0.0)) == FRAMES[1:]


@pytest.mark.parametrize("delta", [1, 2, 7, 500])
def test_one_character_in_two_pieces(delta: int) -> None:
    halves = [s.text for s in plan(ANSWER, Fault("split_halves"), delta=delta) if isinstance(s, Say)]
    assert any(text.endswith("\ud83e") for text in halves)
    assert "".join(halves).encode("utf-16", "surrogatepass").decode("utf-16").count("\U0001f98a") == 1
    (torn,) = [s for s in plan(ANSWER, Fault("split_bytes"), delta=delta) if isinstance(s, Say) and s.torn]
    assert "\U0001f98a" in torn.text


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_comes_before_the_answer_and_within_it(name: str) -> None:
    kinds = [type(step) for step in plan(ANSWER, Fault(name), delta=50)]
    assert kinds[1:3] == [Reason, Reason]
    assert kinds[3:-3].count(Reason) == 2
    assert said(Fault(name)) == ANSWER


def test_an_answer_has_no_more_characters_than_were_asked_for() -> None:
    assert said(None, most=10) == ANSWER[:10]
    assert ending(None, most=10) == [Finish("length"), Act.DONE, Act.END]
    assert ending(Fault("rst", 5), most=10) == [Act.RESET]
    assert ending(Fault("rst", 50), most=10) == [Finish("length"), Act.DONE, Act.END]
    assert ending(None, most=len(ANSWER)) == [Finish("stop"), Act.DONE, Act.END]


@given(
    st.sampled_from(FAULTS),
    st.floats(0, 1),
    st.integers(1, 50),
    st.sampled_from(["", "no JSON", "{}", '{"frames":[]}']),
)
def test_any_fault_has_a_plan_for_any_text(name: str, at: float, delta: int, text: str) -> None:
    assert list(plan(text, Fault(name, at), delta=delta))
    assert list(plan(ANSWER, Fault(name, at), delta=delta)) == list(plan(ANSWER, Fault(name, at), delta=delta))


def test_faults_take_their_turns_and_then_all_is_well() -> None:
    rst, busy = Fault("rst", times=2), Fault("429")
    assert [turn([rst, None, busy], n) for n in range(6)] == [rst, rst, None, busy, None, None]
    assert turn([Fault("rst", times=0)], 10_000) == Fault("rst", times=0)


# What a model name demands


def test_a_model_name_demands_faults() -> None:
    assert demand("storyboard?fault=rst&at=0.5&times=2&rate=50&delta=32") == Demand((Fault("rst", 0.5, 2),), 50.0, 32)
    both = demand("storyboard?fault=429&fault=stall&at=100&retry_after=3")
    assert both.faults == (Fault("429", 100, retry_after=3), Fault("stall", 100, retry_after=3))
    assert demand("storyboard?fault=rst&at=0.5").faults == (Fault("rst", 0.5, times=0),), "in every answer"
    assert demand("storyboard?rate=20") == Demand(rate=20.0)
    assert demand("storyboard") == demand("default") == demand("gpt?fault=rst") == Demand()


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("fault=sulks", "no fault is called 'sulks'; there are 429, 500"),
        ("fault=rst&when=0.5", "no option is called 'when'; there are at, delta, fault"),
        ("fault=rst&at=half", "could not convert"),
        ("fault=rst&at=-1", "0 or more"),
        ("fault=rst&at=nan", "0 or more"),
        ("fault=eof&at=inf", "at inf: 0 or more, please, and at most 1e+09"),
        ("fault=eof&at=1e400", "at inf"),
        ("fault=429&retry_after=inf", "retry_after inf"),
        ("fault=rst&times=" + "9" * 400, "times 99999999999999999999: 0 or more, please, and at most 1e+09"),
        ("fault=rst&times=" + "9" * 5000, "5000 digits"),
        ("rate=inf", "rate is 0.001 to 1e+06"),
        ("rate=1e-300", "rate is 0.001 to 1e+06"),
        ("delta=" + "9" * 400, "delta 1 to 4096"),
        ("fault=rst&times=-1", "0 or more"),
        ("rate=0", "rate is 0.001 to 1e+06"),
        ("delta=0", "delta 1 to 4096"),
        ("fault", "bad query field"),
    ],
)
async def test_a_demand_that_nobody_understands_is_refused_with_the_list(query: str, reason: str) -> None:
    async with Storyboard() as url, httpx2.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"{url}/chat/completions", json={"model": f"storyboard?{query}", "messages": ASK})
        assert reply.status_code == 400
        assert reason in reply.json()["error"]["message"]


# What a client sees


async def outcome(url: str, model: str = "m", **limits: float) -> str:
    async with Llm(url, model=model, key="k", **limits) as llm:
        try:
            return "".join([text async for text in llm.answer(ASK, SCHEMA)])
        except (EndpointError, AnswerCut) as error:
            return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("429", "EndpointError.*429.*rate limit"),
        ("500", "EndpointError.*500.*engine has died"),
        ("503", "EndpointError.*503.*being loaded"),
        ("401", "EndpointError.*401.*incorrect API key"),
        ("404", "EndpointError.*404.*does not exist"),
        ("html", "EndpointError.*Please sign in"),
        ("mute", "EndpointError.*first_token_timeout"),
        ("drop", "EndpointError.*Connection error"),
        ("stall", "AnswerCut.*token_timeout"),
        ("rst", "AnswerCut.*Connection error|AnswerCut.*ReadError"),
        ("tear", "AnswerCut.*(incomplete|closed)"),
        ("eof", "AnswerCut.*without a finish_reason"),
        ("done", "AnswerCut.*without a finish_reason"),
        ("length", "AnswerCut.*finish_reason 'length'"),
        ("abort", "AnswerCut.*finish_reason 'abort'"),
        ("content_filter", "AnswerCut.*finish_reason 'content_filter'"),
        ("error", "AnswerCut.*out of memory"),
        ("error_text", "AnswerCut.*out of memory"),
        ("error_event", "AnswerCut"),
        ("error_line", "AnswerCut.*without a finish_reason"),
        ("broken_data", "AnswerCut"),
        ("empty_data", "AnswerCut"),
        ("comments", r"\{.*\}$"),
        ("reasoning", r"\{.*\}$"),
        ("reasoning_content", r"\{.*\}$"),
        ("empty_choices", r"\{.*\}$"),
        ("interleaved", r"\{.*\}$"),
        ("split_bytes", r"\{.*\U0001f98a.*\}$"),
        ("split_halves", r"\{.*\ud83e\udd8a.*\}$"),
        ("empty", "$"),
        ("fence", "```json\n.*```\n$"),
    ],
)
async def test_each_fault_as_a_client_sees_it(name: str, end: str) -> None:
    limits = {"first": 0.5, "between": 0.5} if name in ("mute", "stall") else {}
    async with Storyboard(rate=1e6, delta=40, faults=[Fault(name)]) as url:
        assert re.match(end, await outcome(url, **limits), re.DOTALL)


async def test_a_request_for_a_whole_answer_has_the_faults_that_it_can_have() -> None:
    faults = [Fault(name, 10) for name in ("503", "rst", "length", "array", "reasoning", "eof", "whitespace")]
    async with Storyboard(faults=faults) as url, httpx2.AsyncClient(trust_env=False) as client:

        async def ask() -> httpx2.Response:
            return await client.post(f"{url}/chat/completions", json={"model": "m", "messages": ASK})

        async def choice() -> tuple[str, str | None]:
            (told,) = (await ask()).json()["choices"]
            return told["message"]["content"], told["finish_reason"]

        busy = await ask()
        assert (busy.status_code, busy.headers["retry-after"]) == (503, "1")
        with pytest.raises(httpx2.TransportError):
            await ask()
        assert await choice() == (tell(ASK)[:10], "length")
        assert (await choice())[0].startswith("[")
        assert await choice() == (tell(ASK), "stop")
        assert await choice() == (tell(ASK)[:10], None)
        text, finish = await choice()
        assert (text[:10], finish) == (tell(ASK)[:10], "length")
        assert len(text) > 100_000
        assert not text[10:].strip()


async def test_endless_white_space_ends_with_the_tokens_asked_for() -> None:
    async with Storyboard(faults=[Fault("whitespace", 10)]) as url, httpx2.AsyncClient(trust_env=False) as client:
        body = {"model": "m", "messages": ASK, "max_tokens": 100}
        (told,) = (await client.post(f"{url}/chat/completions", json=body)).json()["choices"]
    assert 300 < len(told["message"]["content"]) <= 400
    assert told["finish_reason"] == "length"


async def test_each_model_name_has_its_own_turns() -> None:
    async with Storyboard(rate=1e6, delta=64) as url:
        for model in ("storyboard?fault=429&at=1&times=1&delta=64", "storyboard?fault=401&times=1&delta=64"):
            assert "EndpointError" in await outcome(url, model)
            assert json.loads(await outcome(url, model))
        assert json.loads(await outcome(url))


async def test_what_went_out_whole_is_told_to_whoever_wants_to_know() -> None:
    sent: list[tuple[int, str]] = []
    board = Storyboard(rate=1e6, delta=32, faults=[None, Fault("rst", 0.5)], sent=lambda n, f: sent.append((n, f)))
    async with board as url:
        await outcome(url)
        await outcome(url)
    frames = json.loads(tell(ASK))["frames"]
    assert [json.loads(frame) for n, frame in sent if n == 0] == frames
    cut = [json.loads(frame) for n, frame in sent if n == 1]
    assert 0 < len(cut) < len(frames)
    assert cut == frames[: len(cut)]


async def test_a_film_can_be_seen_to_live_on(bus: MemoryBus) -> None:
    """`streamer up --model 'storyboard?fault=stall&at=0.3'`"""
    limits = {"starve": 1, "token_timeout": 0.5, "lead_low": 20}
    async with Storyboard() as url:
        stage = Stage(bus, url, model="storyboard?fault=stall&at=0.3&delta=64&rate=100000", **limits)
        async with stage.at_work():
            await stage.say("a red fox runs")
            told = await stage.until_told(6)
            assert {d.source for d in told} == {"llm"}
            check(stage.directions())
