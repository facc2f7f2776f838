"""`transformers serve` with random weights: nothing but garbage, and the film goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from servers.following import a_film_by, watch
from servers.third_party import TransformersServe, wanted
from stage import check

from streamer.director import script
from streamer.director.llm import AnswerCut, EndpointError, Llm, Usage
from streamer.director.llm.ladder import KNOWN, Ladders, Sampling
from streamer.director.scanner import Scanner
from streamer.doctor import doctor
from streamer.errors import UserError
from streamer.settings import Settings

pytestmark = pytest.mark.slow

QUESTION = script.messages({"wish": "a red fox", "count": 2, "first": 0, "seconds": 2, "seed": 1})
SEEDED = Sampling(temperature=1.0, top_p=1.0, seed=1)


@pytest.fixture(scope="module")
def _serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TransformersServe]:
    wanted("transformers", "transformers", "torch", "fastapi", "accelerate", "python_multipart")
    from tools.tiny_llm import write_hf

    folder = tmp_path_factory.mktemp("hf")
    write_hf(folder / "tiny")
    with TransformersServe(folder, folder / "tiny") as server:
        yield server


@pytest.fixture
def serving(_serving: TransformersServe) -> Iterator[TransformersServe]:
    """The server, of which nothing is known yet; what it said is shown where the test fails."""
    KNOWN.forget(f"{_serving.url}/v1")
    yield _serving
    print(_serving.said())


def asked(server: TransformersServe, model: str = "") -> Llm:
    return Llm(server.url, model=model or server.model, key="none", ladders=Ladders())


# One answer


async def test_a_whole_answer_is_garbage_and_its_last_chunk_says_what_it_cost(serving: TransformersServe) -> None:
    usage = Usage()
    async with asked(serving) as llm:
        text = "".join([delta async for delta in llm.answer(QUESTION, script.SCHEMA, SEEDED, usage)])
        assert (llm.ladder.form, llm.ladder.dropped) == ("json_schema", frozenset()), "it takes all, and ignores some"
    assert text
    assert not list(Scanner().feed(text))
    assert usage.tokens_in > 1000
    assert 1 < usage.tokens_out < 1024
    assert not usage.estimated


async def test_an_answer_that_reaches_its_limit_is_cut(serving: TransformersServe) -> None:
    usage = Usage()
    async with asked(serving) as llm:
        with pytest.raises(AnswerCut, match="finish_reason 'length'"):
            async for _ in llm.answer(QUESTION, None, Sampling(seed=1, max_tokens=10), usage):
                pass
    assert (usage.tokens_out, usage.estimated) == (10, False)


async def test_a_wrong_model_is_refused_for_good_and_it_is_said_which_it_has(serving: TransformersServe) -> None:
    async with asked(serving, "gpt-4o") as llm:
        with pytest.raises(EndpointError, match="Server is pinned to .*requested 'gpt-4o'") as refusal:
            await anext(llm.answer(QUESTION, None))
    assert refusal.value.permanent
    assert serving.model in str(refusal.value)


async def test_after_a_500_at_which_it_closes_the_connection_the_next_question_is_answered(
    serving: TransformersServe,
) -> None:
    async with asked(serving) as llm:
        for _ in range(3):
            assert await llm.models() is None, "without a cache of models it cannot list them"
            assert [delta async for delta in llm.answer(QUESTION, None, SEEDED)]


# Films


async def test_a_film_whose_llm_speaks_no_json_goes_on_and_the_log_says_why(
    serving: TransformersServe, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_film_by(serving, model=[serving.model]) as stage:
        await watch(stage, lambda: "going on with none" in caplog.text)
        count = len(stage.told())
        await watch(stage, lambda: len(stage.told()) > count + 2)
        check(stage.directions())
        assert {d.source for d in stage.told()} == {"fallback"}
        assert "without any description" in stage.state().note
    assert "nothing useful with json_schema, going on with json_object" in caplog.text
    assert "fallback descriptions carry the film on" in caplog.text


async def test_a_film_with_a_wrong_model_goes_on_and_says_what_is_wrong(serving: TransformersServe) -> None:
    async with a_film_by(serving, model=["gpt-4o"]) as stage:
        await watch(stage, lambda: len(stage.told()) >= 3)
        assert {d.source for d in stage.told()} == {"fallback"}
        assert "requested 'gpt-4o'" in stage.state().note


# The doctor


async def test_the_doctor_finds_that_it_cannot_direct(
    serving: TransformersServe, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match="no endpoint can direct a film"):
        await doctor(Settings(llm=[serving.url], model=[serving.model]))
    said = capsys.readouterr().out
    for form in ("json_schema", "json_object", "none"):
        assert re.search(rf"no +{form} +an answer without a keyframe: it holds no JSON object", said)


async def test_the_doctor_names_a_wrong_model(serving: TransformersServe, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="requested 'gpt-4o'"):
        await doctor(Settings(llm=[serving.url], model=["gpt-4o"]))
    assert re.search(r"no +answers +HTTP 400: Server is pinned to", capsys.readouterr().out)
