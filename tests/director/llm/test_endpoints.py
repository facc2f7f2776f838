"""Several endpoints in order of preference: the film is directed by the first that can, over real TCP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress

import pytest
from hostile import DONE, HANG, RST, SSE, STOP, Hostile, Script, chunk, say, status

from streamer import metrics
from streamer.director.llm import AnswerCut, EndpointError, Llm
from streamer.director.llm.endpoints import Endpoints, Finding, endpoints_of
from streamer.director.llm.ladder import Sampling
from streamer.director.llm.usage import Usage
from streamer.director.storyboard import Storyboard
from streamer.errors import UserError
from streamer.settings import Settings

ASK = [{"role": "user", "content": "?"}]
SCHEMA = {"type": "object"}
GOOD: Script = [SSE, say("a", "b"), STOP, DONE]
DOWN: Script = [status(503, {"error": "down"})]
WRONG_KEY: Script = [status(401, {"error": {"message": "wrong key"}})]


@asynccontextmanager
async def served(*scripts: list[Script], **limits: float) -> AsyncIterator[tuple[Endpoints, list[Hostile]]]:
    """An endpoint for each list of scripts; each answer of a server takes the next script of its list."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(Hostile(*each)) for each in scripts]
        llms = [Llm(server.url, model=f"m{n}", key="k", **limits) for n, server in enumerate(servers)]
        yield await stack.enter_async_context(Endpoints(llms)), servers


async def ask(endpoints: Endpoints, usage: Usage | None = None) -> str:
    return "".join([text async for text in endpoints.answer(ASK, SCHEMA, Sampling(), usage)])


def asked(servers: list[Hostile]) -> list[int]:
    return [len(server.requests) for server in servers]


async def test_the_first_in_order_answers_and_the_others_are_left_alone() -> None:
    async with served([GOOD], [GOOD]) as (endpoints, servers):
        assert await ask(endpoints) == "ab"
        assert endpoints.name == "m0"
        assert asked(servers) == [1, 0]


@pytest.mark.parametrize("refusal", [[RST], DOWN, WRONG_KEY, [SSE, DONE], [SSE, b'data: {"error":"full"}\n\n']])
async def test_where_one_gives_no_word_the_same_question_goes_to_the_next(refusal: Script) -> None:
    async with served([refusal], [refusal], [GOOD]) as (endpoints, servers):
        usage = Usage()
        assert await ask(endpoints, usage) == "ab"
        assert (endpoints.name, usage.endpoint) == ("m2", "m2")
        assert asked(servers) == [1, 1, 1]
        assert await ask(endpoints) == "ab"
        assert asked(servers) == [1, 1, 2], "who refused is left to rest while another answers"
        assert not endpoints.open
        assert endpoints.wait(time.monotonic()) == 0.0


async def test_a_silent_one_is_not_waited_for_twice() -> None:
    async with served([[SSE, HANG]], [GOOD], first=1.0) as (endpoints, servers):
        assert await ask(endpoints) == "ab"
        assert await ask(endpoints) == "ab"
        assert asked(servers) == [1, 2]


async def test_the_preferred_one_is_asked_again_after_its_rest() -> None:
    tired: Script = [status(429, {"error": "slow down"}, "retry-after: 0\r\n")]
    async with served([tired, GOOD], [GOOD]) as (endpoints, servers):
        await ask(endpoints)
        assert endpoints.name == "m1"
        endpoints._rota.breakers[0]._until = 0.0  # its rest is over
        await ask(endpoints)
        assert endpoints.name == "m0"
        assert asked(servers) == [2, 1]


async def test_words_that_came_stay_and_their_cut_is_reported() -> None:
    async with served([[SSE, say("a"), RST]], [GOOD]) as (endpoints, servers):
        came = []
        with pytest.raises(AnswerCut):  # noqa: PT012  what came before counts
            async for text in endpoints.answer(ASK, SCHEMA):
                came.append(text)
        assert came == ["a"], "the next one would tell another story from the beginning"
        assert asked(servers) == [1, 0]


@pytest.mark.parametrize("useless", [[SSE, say("Sorry."), STOP], [SSE, say("a"), chunk(finish="length")]])
async def test_one_that_says_nothing_useful_is_left_for_the_next(useless: Script) -> None:
    async with served([useless], [GOOD]) as (endpoints, _servers):
        names = []
        for _ in range(4):
            usage = Usage()
            with suppress(AnswerCut):
                await ask(endpoints, usage)
            names.append(usage.endpoint)
            endpoints.useless(usage)
        assert names == ["m0", "m0", "m0", "m1"]


async def test_one_whose_cut_answers_are_useful_is_kept() -> None:
    short: Script = [SSE, say("a"), chunk(finish="length")]
    async with served([short], [GOOD]) as (endpoints, servers):
        films = [Usage() for _ in range(6)]
        for usage in films:
            with pytest.raises(AnswerCut):
                await ask(endpoints, usage)
        for usage in films:
            endpoints.useful(usage)
        assert asked(servers) == [6, 0]


FULL: Script = [status(429, {"error": "slow down"}, "retry-after: 7\r\n")]


async def test_when_all_refuse_every_reason_is_told_and_the_shortest_wait() -> None:
    async with served([FULL], [DOWN, GOOD]) as (endpoints, servers):
        with pytest.raises(EndpointError, match=r"429: slow down.*; .*503: down") as caught:
            await ask(endpoints)
        assert (caught.value.retry_after, caught.value.permanent) == (None, False), "the second may be asked at once"
        assert await ask(endpoints) == "ab"
        assert asked(servers) == [1, 2]
    async with served([FULL]) as (endpoints, _servers):
        with pytest.raises(EndpointError, match="429: slow down") as caught:
            await ask(endpoints)
        assert caught.value.retry_after == 7.0


async def test_a_rest_that_is_shorter_than_a_retry_after_is_told_and_one_key_too_few_is_not_the_end() -> None:
    full: Script = [status(429, {"error": "slow down"}, "retry-after: 100\r\n")]
    async with served([DOWN], [full]) as (endpoints, _servers):
        endpoints._rota.breakers[0].failed(time.monotonic(), rest=20.0)
        with pytest.raises(EndpointError, match="429: slow down") as caught:
            await ask(endpoints)
        assert caught.value.retry_after == pytest.approx(20.0, abs=15.0)
    async with served([DOWN], [WRONG_KEY]) as (endpoints, _servers):
        endpoints._rota.breakers[0].failed(time.monotonic(), rest=20.0)
        with pytest.raises(EndpointError, match="wrong key") as caught:
            await ask(endpoints)
        assert not caught.value.permanent, "the other one may come back"


async def test_while_all_rest_nobody_is_asked() -> None:
    async with served([WRONG_KEY], [WRONG_KEY]) as (endpoints, servers):
        with pytest.raises(EndpointError, match="wrong key") as caught:
            await ask(endpoints)
        assert caught.value.permanent
        assert endpoints.open
        assert 50 < endpoints.wait(time.monotonic()) <= 60
        with pytest.raises(EndpointError, match=r"every endpoint rests, for \d+\.\d s at least: .*wrong key"):
            await ask(endpoints)
        assert asked(servers) == [1, 1]


async def test_a_single_endpoint_is_given_up_after_five_failures_and_its_state_is_in_the_metrics() -> None:
    async with served([DOWN]) as (endpoints, servers):
        shown = metrics.endpoint_open.labels(f"m0 at {servers[0].url}")._value
        for n in range(5):
            assert endpoints.wait(time.monotonic()) == 0.0, f"after {n} failures"
            with pytest.raises(EndpointError, match="down"):
                await ask(endpoints)
        assert endpoints.open
        assert shown.get() == 1
        endpoints._rota.breakers[0]._until = 0.0  # its rest is over
        servers[0].scripts = [GOOD]
        await ask(endpoints)
        assert not endpoints.open
        assert shown.get() == 0


async def test_leaving_early_closes_the_connection_of_whoever_answers() -> None:
    async with served([DOWN], [[SSE, say("a"), HANG]]) as (endpoints, servers):
        async with aclosing(endpoints.answer(ASK, SCHEMA)) as texts:
            async for _ in texts:
                break
        await servers[1].left.wait()


async def test_what_is_wrong_is_known_before_the_first_film() -> None:
    thinking: Script = [SSE, chunk({"reasoning": "hm"}), chunk(finish="length"), DONE]
    scripts: list[Script] = [GOOD, thinking, [SSE, say("a"), chunk(finish="length")], WRONG_KEY, DOWN]
    async with served(*[[script] for script in scripts]) as (endpoints, servers):
        found = await endpoints.check()
        assert found[:3] == [Finding(), Finding(), Finding()]
        assert found[3].permanent
        assert "wrong key" in found[3].reason
        assert not found[4].permanent
        assert "503" in found[4].reason
        assert all(server.requests[0]["max_tokens"] == 1 for server in servers)
        assert all("response_format" not in server.requests[0] for server in servers)


async def test_who_refused_for_good_at_the_start_is_not_asked_by_the_first_film() -> None:
    async with served([WRONG_KEY], [DOWN, GOOD]) as (endpoints, servers):
        await endpoints.check()
        assert await ask(endpoints) == "ab"
        assert asked(servers) == [1, 2]


async def test_the_settings_name_them() -> None:
    settings = Settings(llm=["https://a.example/v1", "storyboard"], model=["big", "small"], api_key=["k"])
    endpoints = endpoints_of(settings, "http://127.0.0.1:9/v1")
    assert [llm.name for llm in endpoints.llms] == ["big at a.example", "small"]
    assert endpoints.llms[1].url == "http://127.0.0.1:9/v1"
    assert endpoints.name == "big at a.example"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"model": ["a", "b"]}, "--model: 2 given for 3 servers of --llm; give one, or one for each"),
        ({"api_key": ["a", "b"]}, "--api-key: 2 given for 3 servers"),
        ({"api_key": ["schlüssel"]}, "--api-key: a key is plain ASCII"),
    ],
)
async def test_settings_that_do_not_fit_together_are_refused(options: dict[str, list[str]], error: str) -> None:
    settings = Settings(llm=["http://a:1", "http://b:1", "http://c:1"], **options)
    with pytest.raises(UserError, match=error):
        endpoints_of(settings, None)


async def test_what_an_answer_was_good_for_is_said_of_who_gave_it() -> None:
    """Two films at a time: the answer of the one begins before and ends after that of the other."""
    slow: Script = [SSE, say("no"), HANG]
    async with served([slow], [GOOD]) as (endpoints, _servers):
        first, second = Usage(), Usage()
        async with aclosing(endpoints.answer(ASK, SCHEMA, Sampling(), first)) as texts:
            assert await anext(texts) == "no"
            endpoints._rota.breakers[0].failed(time.monotonic(), rest=60.0)  # another question was refused meanwhile
            await ask(endpoints, second)
        assert (first.endpoint, second.endpoint, endpoints.name) == ("m0", "m1", "m1")
        endpoints.doubt_format(first)
        assert [llm.ladder.form for llm in endpoints.llms] == ["json_object", "json_schema"]
        breakers = endpoints._rota.breakers
        breakers[0].succeeded()
        for judge in (endpoints.useless, endpoints.useless, endpoints.useful, endpoints.useless, endpoints.useless):
            judge(first)
        endpoints.useful(second)
        assert not breakers[0].open, "not three in a row"
        endpoints.useless(first)
        assert [breaker.open for breaker in breakers] == [True, False]


async def test_two_films_that_doubt_the_same_form_step_down_once() -> None:
    async with served([GOOD]) as (endpoints, servers):
        films = Usage(), Usage()
        for usage in films:
            await ask(endpoints, usage)
        for usage in films:
            endpoints.doubt_format(usage)
        await ask(endpoints)
        assert servers[0].requests[-1]["response_format"]["type"] == "json_object"


async def test_a_complete_answer_without_a_word_is_life() -> None:
    """LM Studio, whose thinking models put everything into their thoughts: it is asked in another form, not left."""
    empty: Script = [SSE, chunk({"reasoning_content": "hm"}), STOP]
    async with served([DOWN], [empty]) as (endpoints, servers):
        usage = Usage()
        assert await ask(endpoints, usage) == ""
        assert (usage.endpoint, endpoints.name) == ("m1", "m1")
        endpoints.doubt_format(usage)
        await ask(endpoints)
        assert servers[1].requests[-1]["response_format"]["type"] == "json_object"
    async with served([DOWN] * 5 + [empty]) as (endpoints, _servers):  # type: ignore[list-item]
        for _ in range(5):
            with pytest.raises(EndpointError):
                await ask(endpoints)
        endpoints._rota.breakers[0]._until = 0.0  # its rest is over
        await ask(endpoints)
        assert not endpoints.open


async def test_a_question_that_is_cancelled_before_its_first_words_leaves_the_one_try_to_the_next() -> None:
    async with served([[HANG], GOOD]) as (endpoints, servers):
        endpoints._rota.breakers[0].failed(time.monotonic(), rest=0.0)
        steered = asyncio.create_task(ask(endpoints))
        while not servers[0].requests:
            await asyncio.sleep(0.01)
        assert endpoints.wait(time.monotonic()) > 0, "the one try is granted"
        steered.cancel()
        await asyncio.wait({steered})
        assert await ask(endpoints) == "ab"


async def test_faults_of_the_storyboard_are_kept_for_films() -> None:
    async with (
        Storyboard(rate=1e6) as url,
        Endpoints([Llm(url, model="storyboard?fault=503&times=1", key="k")]) as endpoints,
    ):
        assert await endpoints.check() == [Finding()]
        with pytest.raises(EndpointError, match="503"):
            await ask(endpoints)


async def test_who_rests_since_the_start_is_told_with_its_reason() -> None:
    async with served([WRONG_KEY]) as (endpoints, _servers):
        await endpoints.check()
        with pytest.raises(EndpointError, match=r"every endpoint rests, .*: .*wrong key"):
            await ask(endpoints)


async def test_each_server_gets_its_own_key() -> None:
    async with Hostile(GOOD) as a, Hostile(GOOD) as b:
        settings = Settings(llm=[a.url, b.url], api_key=["key-a", "key-b"])
        async with endpoints_of(settings, None) as endpoints:
            for llm in endpoints.llms:
                async with aclosing(llm.answer(ASK, None)) as texts:
                    assert [text async for text in texts] == ["a", "b"]
        assert "authorization: bearer key-a\r\n" in a.heads[0]
        assert "authorization: bearer key-b\r\n" in b.heads[0]


@pytest.mark.parametrize(
    ("url", "given", "sent"),
    [
        ("https://llm.example/v1", [], "sk-of-the-environment"),
        ("http://127.0.0.1:1/v1", [], "sk-of-the-environment"),
        ("http://llm.example/v1", [], "none"),
        ("http://llm.example/v1", ["sk-given"], "sk-given"),
    ],
)
async def test_the_environments_key_is_not_sent_where_others_may_read_it(
    url: str, given: list[str], sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    (llm,) = endpoints_of(Settings(llm=[url], api_key=given), None).llms
    assert llm._client.api_key == sent
