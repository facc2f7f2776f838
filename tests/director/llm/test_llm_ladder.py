"""What a server is found to take: each refusal below is one that a real server sends."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import pytest
from hostile import SSE, STOP, Hostile, Script, say, status
from hypothesis import given
from hypothesis import strategies as st

from streamer.director.llm import EndpointError, Llm
from streamer.director.llm.ladder import FORMS, STEPS, Ladder, Ladders, Sampling
from streamer.director.llm.usage import Usage

ASK = [{"role": "user", "content": "?"}]
SCHEMA = {"type": "object"}
ALL = Sampling(temperature=0.2, top_p=0.9, seed=7, max_tokens=100)
GOOD: Script = [SSE, say("ab"), STOP]
EVERYTHING = {"temperature", "top_p", "seed", "max_tokens", "stream_options", "response_format"}


def openai_like(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


EXTRA = "Extra inputs are not permitted"
REFUSALS: list[tuple[str, int, object, set[str]]] = [
    ("OpenAI, a renamed field", 400,
     openai_like("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
                 "instead.", "max_tokens", "unsupported_parameter"), {"max_tokens"}),
    ("OpenAI, a fixed temperature", 400,
     openai_like("Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is "
                 "supported.", "temperature", "unsupported_value"), {"temperature"}),
    ("Azure, an old version", 400,
     openai_like("Unrecognized request argument supplied: stream_options. Please contact us through an Azure support "
                 "request", "", None), {"stream_options"}),
    ("OpenAI, a part of the schema", 400,
     openai_like("Invalid schema for response_format 'frames': In context=(), 'required' is required",
                 "response_format", None), {"response_format"}),
    ("a gateway that names a path", 400, openai_like("bad", "response_format.json_schema.name"), {"response_format"}),
    ("xAI", 400, "Argument not supported: stream_options", {"stream_options"}),
    ("FastAPI", 422, [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": EXTRA, "input": 7}], {"seed"}),
    ("FastAPI, two at once", 422,
     {"detail": [{"loc": ["body", "seed"], "msg": EXTRA}, {"loc": ["body", "top_p"], "msg": EXTRA}]},
     {"seed", "top_p"}),
    ("Mistral", 422,
     {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"],
                                                 "msg": EXTRA, "input": {"include_usage": True}}]}},
     {"stream_options"}),
    ("vLLM, findings printed into a string", 400,
     {"object": "error", "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'max_tokens'), 'msg': 'Extra inputs "
      "are not permitted', 'input': {'temperature': 800}}]", "type": "BadRequestError", "param": None, "code": 400},
     {"max_tokens"}),
    ("vLLM, findings of pydantic in lines", 400,
     openai_like("1 validation error for ChatCompletionRequest\ntop_p\n  Extra inputs are not permitted "
                 "[type=extra_forbidden, input_value=0.9, input_type=float]"), {"top_p"}),
    ("transformers serve", 422,
     "Unexpected fields in the request: {'stream_options', 'response_format'}", {"stream_options", "response_format"}),
    ("LiteLLM", 400,
     openai_like("litellm.UnsupportedParamsError: anthropic does not support parameters: ['seed'], for model=claude. "
                 "To drop these, set `litellm.drop_params=True`"), {"seed"}),
    ("LiteLLM, an older one", 500,
     openai_like("ollama does not support parameters: {'seed': 7}, for model=llama3:latest."), {"seed"}),
    ("LiteLLM, a reasoning model", 400,
     openai_like("litellm.UnsupportedParamsError: gpt-5 doesn't support temperature=0.2 while reasoning is active."),
     {"temperature"}),
    ("a gateway with a schema of its own", 400, "the body fails the schema: additional property 'seed'", {"seed"}),
    ("LM Studio", 400, "'response_format.type' must be 'json_schema' or 'text'", {"response_format"}),
    ("DeepSeek", 400, openai_like("This response_format type is unavailable now"), {"response_format"}),
    ("llama.cpp", 400, {"code": 400, "message": "failed to parse grammar", "type": "invalid_request_error"},
     {"response_format"}),
    ("SGLang", 500, "Internal Server Error: 'NoneType' object has no attribute 'schema_'", {"response_format"}),
    ("Claude behind Bedrock", 400,
     openai_like("`temperature` and `top_p` cannot both be specified for this model. Please use only one."), {"top_p"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "body", "named"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS])
def test_the_field_that_a_refusal_names_is_left_out_and_nothing_else(code: int, body: object, named: set[str]) -> None:
    ladder = Ladder()
    sent = ladder.fields(SCHEMA, ALL, usage=True)
    assert sent.keys() == EVERYTHING
    assert ladder.refused(sent, code, body)
    after = ladder.fields(SCHEMA, ALL, usage=True)
    assert {name for name in EVERYTHING if after.get(name) != sent[name]} == named


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (400, openai_like("This model's context length is 2048 tokens. Please reduce the length of the messages.")),
        (400, "no such model"),
        (401, openai_like("temperature", "temperature")),
        (429, "Rate limit reached for seed"),
        (503, "response_format"),
        (422, {"detail": [{"loc": ["body", "messages"], "msg": "missing", "input": {"temperature": 1, "seed": 2}}]}),
        (422, {"detail": [{"loc": ["body", "messages", 0], "msg": "too long", "input": "the seed of a grammar"}]}),
        (400, None),
        (400, openai_like("frequency_penalty", "frequency_penalty")),
    ],
)
def test_a_refusal_about_something_else_changes_nothing(code: int, body: object) -> None:
    ladder = Ladder()
    sent = ladder.fields(SCHEMA, ALL, usage=True)
    assert ladder.refused(sent, code, body) == ""
    assert ladder.fields(SCHEMA, ALL, usage=True) == sent


def test_the_limit_is_asked_for_by_its_other_name_and_then_not_at_all() -> None:
    ladder = Ladder()
    names = []
    for _ in range(3):
        sent = ladder.fields(None, Sampling(max_tokens=100), usage=False)
        names.append([*sent])
        ladder.refused(sent, 400, f"Unsupported parameter: '{ladder.limit}'")
    assert names == [["max_tokens"], ["max_completion_tokens"], []]


def test_a_limit_that_is_too_small_or_too_large_is_still_known() -> None:
    ladder = Ladder()
    sent = ladder.fields(None, Sampling(max_tokens=1), usage=False)
    small = "Could not finish the message because max_tokens or model output limit was reached. Try a higher max_tokens"
    assert ladder.refused(sent, 400, openai_like(small)) == ""
    large = openai_like("max_tokens is too large: 100000. It supports at most 4096")
    assert ladder.refused(sent, 400, large) == ""
    assert ladder.limit == "max_tokens"
    assert [ladder.beyond(sent, 400, openai_like(small)), ladder.beyond(sent, 400, large)] == [False, True]
    assert not ladder.beyond({}, 400, large), "it was not sent"
    assert not ladder.beyond(sent, 429, large)


async def test_where_one_long_request_leaves_no_room_for_the_limit_only_that_one_goes_without() -> None:
    vllm = (
        "'max_tokens' or 'max_completion_tokens' is too large: 100. This model's maximum context length is 2048 tokens "
        "and your request has 2000 input tokens (100 > 2048 - 2000)."
    )
    async with Hostile([status(400, openai_like(vllm))], GOOD) as server, Llm(server.url, model="m", key="k") as llm:
        assert [await ask(llm), await ask(llm)] == ["ab", "ab"]
        assert [request.get("max_tokens") for request in server.requests] == [100, None, 100]


def test_a_refusal_that_comes_late_steps_down_only_once() -> None:
    ladder = Ladder()
    first = second = ladder.fields(SCHEMA, Sampling(max_tokens=100), usage=False)
    for sent in (first, second):  # two films had asked at the same time
        assert ladder.refused(sent, 400, "response_format and max_tokens are unknown"), "both may ask again"
    assert (ladder.form, ladder.limit) == ("json_object", "max_completion_tokens")
    assert [ladder.doubt("json_object"), ladder.doubt("json_object"), ladder.doubt("none")] == [True, False, False]


def test_what_is_not_asked_for_is_not_sent() -> None:
    assert Ladder().fields(None, Sampling(), usage=False) == {}


def test_what_was_learned_is_shared_by_url_and_model_and_bounded() -> None:
    known = Ladders(most=2)
    ladder = known.of("http://a/v1", "m")
    ladder.doubt("json_schema")
    assert known.of("http://a/v1", "m") is ladder
    assert known.of("http://a/v1", "other").form == "json_schema"
    assert known.of("http://a/v1", "m") is ladder
    known.of("http://b/v1", "m")
    assert known.of("http://a/v1", "m") is ladder, "used last"
    assert known.of("http://a/v1", "other") is not ladder
    known.forget("http://a/v1")
    assert known.of("http://a/v1", "m") is not ladder


FIELDS = st.sampled_from([*EVERYTHING, "max_completion_tokens", "model", "messages"])
JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | FIELDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["param", "loc", "detail", "error", "message", "input"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(st.tuples(st.sampled_from([400, 422, 500, 501, 503]), JSON), max_size=40))
def test_whatever_is_refused_the_steps_are_few_and_go_down(refusals: list[tuple[int, object]]) -> None:
    ladder = Ladder()
    steps = 0
    for code, body in refusals:
        sent = ladder.fields(SCHEMA, ALL, usage=True)
        changed = ladder.refused(sent, code, body)
        after = ladder.fields(SCHEMA, ALL, usage=True)
        assert bool(changed) == (after != sent)
        assert len(after) <= len(sent)
        steps += bool(changed)
    assert steps <= STEPS
    assert FORMS.index(ladder.form) <= steps


# Over TCP


async def ask(llm: Llm, usage: Usage | None = None, sampling: Sampling = ALL) -> str:
    return "".join([text async for text in llm.answer(ASK, SCHEMA, sampling, usage)])


def forms(server: Hostile) -> list[str]:
    return [str(request.get("response_format", {}).get("type", "none")) for request in server.requests]


def balks(code: int, *fields: str) -> Iterable[Script]:
    return ([status(code, {"detail": [{"loc": ["body", field], "msg": EXTRA}]})] for field in fields)


@pytest.mark.parametrize("code", [400, 422, 500])
async def test_a_server_that_balks_at_the_format_is_asked_in_the_next_one_and_remembered(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    scripts = [*balks(code, "response_format", "response_format"), GOOD]
    async with Hostile(*scripts) as server, Llm(server.url, model="m", key="k") as llm:
        with caplog.at_level(logging.WARNING):
            assert await ask(llm) == "ab"
        assert "does not take response_format json_schema (going on with json_object): " in caplog.messages[0]
        assert await ask(llm) == "ab"
        assert forms(server) == ["json_schema", "json_object", "none", "none"]
        assert server.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_what_one_client_learned_the_next_one_knows() -> None:
    async with Hostile(*balks(422, "seed"), GOOD) as server:
        for _ in range(2):
            async with Llm(server.url, model="m", key="k") as llm:
                assert await ask(llm) == "ab"
        async with Llm(server.url, model="another", key="k") as llm:
            assert await ask(llm) == "ab"
        assert ["seed" in request for request in server.requests] == [True, False, False, True]


async def test_a_server_that_refuses_everything_is_left_with_the_words_alone() -> None:
    scripts = balks(
        400, "temperature", "top_p", "seed", "max_tokens", "max_completion_tokens", "stream_options",
        "response_format", "response_format",
    )  # fmt: skip
    async with Hostile(*scripts, GOOD) as server, Llm(server.url, model="m", key="k") as llm:
        assert await ask(llm, Usage()) == "ab"
        assert len(server.requests) == STEPS + 1
        assert server.requests[-1].keys() == {"model", "messages", "stream"}


async def test_a_server_that_never_has_enough_is_not_asked_for_ever() -> None:
    names_all = status(400, " ".join(EVERYTHING | {"max_completion_tokens"}))
    async with Hostile([names_all]) as server, Llm(server.url, model="m", key="k") as llm:
        with pytest.raises(EndpointError, match="HTTP 400"):
            await ask(llm, Usage())
        assert len(server.requests) <= STEPS + 1


async def test_usage_is_asked_for_only_by_who_wants_to_know() -> None:
    async with Hostile(GOOD) as server, Llm(server.url, model="m", key="k") as llm:
        await ask(llm, None, Sampling())
        await ask(llm, Usage(), Sampling())
        assert server.requests[0].keys() == {"model", "messages", "stream", "response_format"}
        assert server.requests[0]["stream"] is True
        assert server.requests[1]["stream_options"] == {"include_usage": True}


async def test_an_error_that_is_not_about_a_field_does_not_step_down() -> None:
    async with Hostile([status(400, {"error": "no such model"})]) as server, Llm(server.url, model="m", key="k") as llm:
        with pytest.raises(EndpointError):
            await ask(llm)
        assert forms(server) == ["json_schema"]


async def test_a_doubted_format_is_left() -> None:
    async with Hostile(GOOD) as server, Llm(server.url, model="m", key="k") as llm:
        for _ in range(4):
            usage = Usage()
            await ask(llm, usage)
            llm.doubt_format(usage.form)
        assert forms(server) == ["json_schema", "json_object", "none", "none"]
