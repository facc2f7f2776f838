"""llama.cpp's own server with random weights: under a JSON schema it tells valid garbage, and the film goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from servers.following import a_film_by, watch
from servers.third_party import LlamaCpp, wanted
from stage import Stage, check

from streamer.director import script
from streamer.director.llm import AnswerCut, EndpointError, Llm, Usage
from streamer.director.llm.ladder import KNOWN, Ladders, Sampling
from streamer.doctor import doctor
from streamer.settings import Settings

pytestmark = pytest.mark.slow

QUESTION = script.messages({"wish": "a red fox", "count": 2, "first": 0, "seconds": 2, "seed": 1})


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model, and beside it those of an odd one."""
    wanted("llamacpp", "xllamacpp", "gguf")
    from tools.tiny_llm import write_gguf

    write_gguf(file := tmp_path_factory.mktemp("gguf") / "tiny.gguf")
    write_gguf(file.with_name("odd.gguf"), odd=True)
    return file


@pytest.fixture(scope="module")
def _llama(weights: Path) -> Iterator[LlamaCpp]:
    with LlamaCpp(weights.parent, weights) as server:
        yield server


@pytest.fixture
def llama(_llama: LlamaCpp) -> Iterator[LlamaCpp]:
    """The server, of which nothing is known yet; what it said is shown where the test fails."""
    KNOWN.forget(f"{_llama.url}/v1")
    yield _llama
    print(_llama.said())


def asked(server: LlamaCpp) -> Llm:
    return Llm(server.url, model="default", key="none", ladders=Ladders())


async def whole(llm: Llm, usage: Usage | None = None, **sampling: int) -> str:
    return "".join([text async for text in llm.answer(QUESTION, script.SCHEMA, Sampling(seed=1, **sampling), usage)])


# One answer


async def test_random_weights_under_the_schema_tell_what_the_schema_wants(llama: LlamaCpp) -> None:
    usage = Usage()
    async with asked(llama) as llm:
        answer = json.loads(await whole(llm, usage))
    jsonschema.validate(answer, script.SCHEMA)
    assert answer["frames"]
    assert llm.ladder.form == "json_schema"
    assert llm.name.endswith("tiny.gguf"), "as the server calls it"
    assert usage.tokens_in > 1000
    assert usage.tokens_out > 10
    assert not usage.estimated


async def test_an_answer_that_reaches_its_limit_is_cut(llama: LlamaCpp) -> None:
    usage = Usage()
    async with asked(llama) as llm:
        with pytest.raises(AnswerCut, match="finish_reason 'length'"):
            await whole(llm, usage, max_tokens=8)
    assert usage.tokens_out == 8
    assert not usage.estimated


async def test_a_request_beyond_its_context_is_refused_in_its_own_words(llama: LlamaCpp) -> None:
    long = [{"role": "user", "content": "snow " * 10_000}]
    async with asked(llama) as llm:
        with pytest.raises(EndpointError, match="HTTP 400: .*exceeds the available context size") as refusal:
            await anext(llm.answer(long, script.SCHEMA))
    assert not refusal.value.permanent, "the next one may be shorter"
    assert llm.ladder.form == "json_schema", "it was not the form that it refused"


# Films


async def test_a_film_of_garbage_goes_on_without_a_gap(llama: LlamaCpp) -> None:
    async with a_film_by(llama) as stage:
        await watch(stage, lambda: sum(d.source == "llm" for d in stage.told()) >= 4)
        check(stage.directions())
        assert all(d.action or d.objects for d in stage.told())


async def test_at_a_steer_in_mid_answer_it_stops_generating(llama: LlamaCpp) -> None:
    async with a_film_by(llama, window=32) as stage:
        await watch(stage, lambda: bool(stage.told()))
        for attempt in range(5):  # an answer may have ended just before
            answer = await under_way(stage, llama)
            with llama.frozen():  # so that no word of the answer lets it end by itself
                before, epoch = llama.connections(), stage.state().epoch
                await stage.say(f"a blue boat, the {attempt}th")
                await stage.until(lambda epoch=epoch: stage.state().epoch > epoch)
                closed = await comes(lambda before=before: not before & llama.connections())
            stopped = await comes(lambda answer=answer: answer not in llama.busy())
            if closed and stopped and f"cancel task, id_task = {answer}\n" in llama.log.read_text(errors="replace"):
                break
        else:
            pytest.fail("it went on with an answer that nobody wants")
        await watch(stage, lambda: stage.told()[-1].epoch == stage.state().epoch)
        check(stage.directions())


async def under_way(stage: Stage, llama: LlamaCpp) -> int:
    """The task of the answer that is being given now, or of the next one."""
    seen: list[int] = []
    await watch(stage, lambda: bool(seen.extend(llama.busy()) or seen))
    return seen[-1]


async def comes(what: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether something holds within a time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not what():
                await asyncio.sleep(0.02)
            return True
    return False


async def test_killed_in_mid_answer_it_is_carried_over_and_directs_again_when_it_is_back(
    weights: Path, tmp_path: Path
) -> None:
    with LlamaCpp(tmp_path, weights) as server:
        async with a_film_by(server, window=32) as stage:

            def newest(source: str, after: int) -> bool:
                return any(d.source == source for d in stage.told()[after:])

            await watch(stage, lambda: newest("llm", 0) and bool(server.busy()))
            server.kill()
            killed = len(stage.told())
            await watch(stage, lambda: newest("fallback", killed) and "Connection error" in stage.state().note)
            await asyncio.to_thread(server.start)
            back = len(stage.told())
            await watch(stage, lambda: newest("llm", back))
            assert stage.state().note == ""
            check(stage.directions())


async def test_where_it_cannot_hold_the_form_it_is_asked_without_and_the_log_says_so(
    weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with LlamaCpp(tmp_path, weights.with_name("odd.gguf")) as server:
        async with a_film_by(server) as stage:
            await watch(stage, lambda: len(stage.told()) >= 4)
            check(stage.directions())
            assert {d.source for d in stage.told()} == {"fallback"}
        said = caplog.text
        assert len(re.findall("does not take response_format json_schema", said)) == 1, (
            "once learnt, it is not asked again"
        )
        assert "Failed to initialize samplers" in said
        assert "without any description" in said


# The doctor


async def test_the_doctor_finds_that_it_can_direct(llama: LlamaCpp, capsys: pytest.CaptureFixture[str]) -> None:
    await doctor(Settings(llm=[llama.url]))
    said = capsys.readouterr().out
    assert re.search(r"json_schema +[1-3] of 3 keyframes are valid", said)
    assert "temperature, top_p, seed are taken" in said
    assert "max_tokens; kept" in said
    assert re.search(r"reported: \d+ tokens in, \d+ out", said)
    assert "closed in mid-answer" in said
