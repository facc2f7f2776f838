"""`streamer doctor` tells what works at an LLM's server, over real TCP, and what to do about the rest."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hostile import DONE, SSE, STOP, Hostile, Script, chunk, event, say, status

from streamer.director.storyboard import Storyboard
from streamer.doctor import doctor
from streamer.errors import UserError
from streamer.settings import Settings

FRAME = '{"action":"a fox runs","place":"forest","objects":[{"noun":"fox","box":[0.1,0.5,0.2,0.2]}]}'
FRAMES = f'{{"frames":[{FRAME},{FRAME},{FRAME}]}}'
COUNTED = event(choices=[], usage={"prompt_tokens": 800, "completion_tokens": 90})
GOOD: Script = [SSE, say(FRAMES[:40]), 0.01, say(FRAMES[40:]), STOP, COUNTED, DONE]
SHORT: Script = [SSE, say("{"), chunk(finish="length"), DONE]


def balk(field: str) -> Script:
    return [status(422, {"detail": [{"loc": ["body", field], "msg": "Extra inputs are not permitted"}]})]


async def told(capsys: pytest.CaptureFixture[str], *urls: str, **options: object) -> str:
    """What it prints, each run of blanks as one."""
    await doctor(Settings(llm=[*urls], **options))  # type: ignore[arg-type]
    return "\n".join(" ".join(line.split()) for line in capsys.readouterr().out.splitlines())


async def report(capsys: pytest.CaptureFixture[str], *scripts: Script, models: Iterable[str] = ("m",)) -> str:
    async with Hostile(*scripts) as server:
        server.models = [*models]
        return await told(capsys, server.url, model=["m"])


async def test_a_good_server_gets_a_clean_bill(capsys: pytest.CaptureFixture[str]) -> None:
    said = await report(capsys, GOOD, GOOD, SHORT, models=["m", "n"])
    assert "LLM m, http://127.0.0.1:" in said
    assert "ok models m, n" in said
    assert "ok json_schema 3 of 3 keyframes are valid" in said
    assert "ok sampling temperature, top_p, seed are taken" in said
    assert "ok limit max_tokens; kept" in said
    assert "ok usage reported: 800 tokens in, 90 out" in said
    assert "ok speed first words after 0." in said
    assert "keeps a pace of 2 s" in said
    assert "ok steering closed in mid-answer within 0." in said
    assert "\nno " not in said, "a mark of what does not work begins a line"


async def test_a_server_that_knows_little_is_told_apart_from_one_that_is_broken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain: Script = [SSE, chunk({"reasoning": "hm"}), say(f"Sure!\n```json\n{FRAMES}\n```"), STOP]
    refusals = [balk(f) for f in ("response_format",) * 2 + ("max_tokens", "max_completion_tokens", "seed")]
    said = await report(capsys, *refusals, balk("stream_options"), plain, models=["another"])
    assert "-- models another; m is not among them" in said
    assert "-- json_schema refused\n-> the next form is used" in said
    assert "-- json_object refused" in said
    assert "ok none 3 of 3 keyframes are valid" in said
    assert "-- sampling seed refused; temperature, top_p taken" in said
    assert "-- limit neither max_tokens nor max_completion_tokens is taken" in said
    assert "-- usage not reported; estimated" in said
    assert "-- thinking it thinks aloud before it answers" in said


async def test_a_form_that_gives_nothing_is_left_for_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    empty: Script = [SSE, chunk({"reasoning_content": FRAMES}), STOP]
    prose: Script = [SSE, say('{"frames":[{"no":"frame"}]}'), STOP]
    said = await report(capsys, empty, prose, GOOD, GOOD, GOOD)
    assert "no json_schema an answer without a keyframe: it holds no JSON object" in said.replace("in http", "")
    assert "no json_object an answer without a keyframe: a keyframe needs an action or objects; this one has no" in said
    assert "ok none 3 of 3 keyframes are valid" in said
    assert "-- limit max_tokens is taken, and an answer limited to 8 tokens did not end by it" in said


async def test_an_enforced_form_is_told_from_an_accepted_one(capsys: pytest.CaptureFixture[str]) -> None:
    said = await report(capsys, [SSE, say(f"Here: {FRAMES}"), STOP])
    assert "ok json_schema 3 of 3 keyframes are valid; accepted, not enforced" in said


async def test_a_cut_answer_is_better_than_none(capsys: pytest.CaptureFixture[str]) -> None:
    said = await report(capsys, [SSE, say(FRAMES[:150]), chunk(finish="length"), DONE])
    assert "-- json_schema 1 of 3 keyframes are valid" in said
    assert "-> the film goes on without the others: http://127.0.0.1:" in said


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([status(401, {"error": {"message": "wrong key"}})], "HTTP 401: wrong key; give --api-key or OPENAI_API_KEY"),
        ([status(404, {"error": "no model"})], r"the server knows no model 'm'; it has llama3 \(--model\)"),
        ([SSE, say("I cannot do that."), STOP], "no answer holds a keyframe"),
        ([status(503, {"error": "loading"})], "HTTP 503: loading"),
    ],
)
async def test_where_no_endpoint_can_direct_a_film_the_command_fails(
    capsys: pytest.CaptureFixture[str], script: Script, reason: str
) -> None:
    with pytest.raises(UserError, match=f"no endpoint can direct a film: http://127.0.0.1:.*{reason}"):
        await report(capsys, script, models=["llama3"])
    assert "\n  no  " in capsys.readouterr().out


async def test_one_of_several_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    async with Hostile([status(503, {"error": "down"})]) as down, Storyboard(rate=20_000) as url:
        said = await told(capsys, down.url, url)
    assert "no answers HTTP 503: down\n-> is it running, and here? It may still be loading its model" in said
    assert "3 of 3 keyframes are valid" in said
