"""What the director costs: the scanner by itself, many films at once, and whose microseconds these are."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import httpx2
import openai

from streamer.director import script
from streamer.director.llm import Llm
from streamer.director.llm.endpoints import Endpoints
from streamer.director.scanner import Scanner
from streamer.director.story import Story
from streamer.director.storyteller import tell
from streamer.director.ways import PAPER, Ways
from streamer.director.window import objects_of
from streamer.errors import Rejected
from streamer.messages import Prompt
from tools.endpoint import endpoint

from .work import at_work

WISHES = (
    "a red fox runs through snow",
    "a boat at sea at night",
    "a wizard in a city of glass",
    "three yellow balloons",
)
PACE = 0.5  # seconds of film a description: 2 a second
DELTA = 32  # characters

# The scanner

SIZES = (10_000, 100_000, 1_000_000)
DELTAS = (1, 4, 32, 4096)


def _answers() -> dict[str, Callable[[int], str]]:
    def of(unit: str, begin: str = "") -> Callable[[int], str]:
        return lambda size: begin + unit * (size // len(unit))

    frame = json.dumps(json.loads(tell(_messages(0)))["frames"][0], separators=(",", ":"), ensure_ascii=False)
    return {
        "frames": of(frame + ",", '{"frames":['),
        "JSON Lines": of(frame + "\n"),
        "prose": of("The fox runs, and then it sleeps. "),
        "reasoning": of("maybe {a fox} </think", "<think>"),
        "blanks": of(" " * 1000 + "x"),
        "quotes": of('{"a":' + '""' * 4000 + "},", '{"frames":['),
        "backslashes": of('{"a":"' + "\\\\" * 4000 + '"},', '{"frames":['),
        "open braces": of("{"),
        "deep brackets": of('{"a":' + "[" * 4000 + "]" * 4000 + "},", '{"frames":['),
        "empty objects": of("{}", '{"frames":['),
        "lone closing braces": of("}", '{"frames":['),
    }


def scanner() -> None:
    """CPU time per byte, the best of three; of the largest size, which averages by itself, the only one."""
    print(f"\nscanner, µs of CPU per byte: deltas of {', '.join(map(str, DELTAS))} characters")
    print("  " + " " * 20 + "".join(f"{f'{size // 1000} kB':^{7 * len(DELTAS)}}" for size in SIZES))
    for name, make in _answers().items():
        cells = []
        for size in SIZES:
            answer = make(size)
            cells += [min(_scan(answer, delta) for _ in range(3 if size < 1e6 else 1)) / size * 1e6 for delta in DELTAS]
        print(f"  {name:20}" + "".join(f"{cell:7.3f}" for cell in cells), flush=True)


def _scan(answer: str, delta: int) -> float:
    deltas = [answer[i : i + delta] for i in range(0, len(answer), delta)]
    scanner = Scanner()
    begun = time.process_time()
    try:
        for text in deltas:
            for _ in scanner.feed(text):
                pass
    except Rejected as error:
        raise AssertionError(f"{answer[:40]!r} … is not within the bounds") from error
    return time.process_time() - begun


# Many films


async def streams(count: int, seconds: float) -> None:
    """Cores that this process uses while it directs so many films, 2 descriptions a second each."""
    print(f"\n{count} films at {1 / PACE:g} descriptions/s, deltas of {DELTA} characters, {seconds:g} s")
    used, made, wall = await _films(count, seconds)
    print(
        f"  {used / wall:.2f} cores for {made / wall:.0f} descriptions/s in all ({made / wall / count:.2f} a film): "
        f"{used / made * 1e6:.0f} µs of CPU per description"
    )


async def _films(count: int, seconds: float) -> tuple[float, int, float]:
    """(CPU seconds, descriptions, seconds)"""
    with endpoint("--rate", str(_rate()), "--delta", str(DELTA), "--rehearsed", "--quiet") as llm:
        async with at_work(llm.url, pace=PACE) as work:
            for n in range(count):
                await work.say(f"film{n}", action="play", prompt=WISHES[n % len(WISHES)])
                await asyncio.sleep(2.0 / count)  # so that their answers do not begin together
            await asyncio.sleep(6.0)
            before, cpu, begun = work.descriptions, time.process_time(), time.monotonic()
            await asyncio.sleep(seconds)
            wall, used = time.monotonic() - begun, time.process_time() - cpu
            made = work.descriptions - before
            late = [film.stream for film in work.director.films.values() if film.lead <= 0]
    if late:
        print(f"  {len(late)} of the films had nothing ahead at the end: the LLM's process did not keep up")
    return used, made, wall


def _rate() -> float:
    """Tokens a second with which an LLM says 2.6 descriptions in a second: somewhat more than a film needs."""
    answer = tell(_messages(0))
    return 2.6 * len(answer) / 8 / 4


# Whose microseconds


async def layers(count: int, seconds: float, rounds: int = 2) -> None:
    """CPU of this process per description, the same questions asked of the same server at the same pace by so many
    tasks at once, through ever more layers: what a layer adds is the difference to the one above it. The layers take
    turns, and of each the cheapest of its rounds counts, so that the noise of a shared machine falls on all alike."""
    count = min(count, 20)
    print(f"\nCPU per description by layer, {count} answers at a time, deltas of {DELTA} characters")
    seconds = max(4.0, seconds / 5)
    best: dict[str, float] = {}
    with endpoint("--rate", str(_rate()), "--delta", str(DELTA), "--rehearsed", "--quiet") as server:
        llm = Llm(server.url, model="storyboard", key="none")
        endpoints = Endpoints([llm])
        http = httpx2.AsyncClient(timeout=120.0, limits=httpx2.Limits(max_connections=None))
        sdk = openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0, timeout=120.0)
        async with http, sdk, endpoints:
            ways: dict[str, Callable[[int], AsyncIterator[Any]]] = {
                "HTTP client, lines": lambda n: _lines(http, server.url, n),
                "openai SDK, chunks as they are": lambda n: _plain(sdk, n),
                "openai SDK, chunks as its models": lambda n: _chunks(sdk, n),
                "ours: deltas (limits, ends)": lambda n: llm.answer(_messages(n), script.SCHEMA_WITH_NOTES),
                "ours: objects (request, scanner)": lambda n: objects_of(endpoints, _story(n), 8, PAPER),
                "ours: descriptions (rules, words)": lambda n: _descriptions(endpoints, n),
            }
            for _ in range(rounds):
                for name, ask in ways.items():
                    best[name] = min(best.get(name, 1e9), await _cpu(ask, count, seconds))
    used, made, _ = await _films(count, rounds * seconds)
    best["the director (films, state, bus)"] = used / made * 1e6
    before = 0.0
    for name, each in best.items():
        print(f"  {name:36}{each:7.0f} µs, {each - before:+.0f}")
        before = each


async def _cpu(ask: Callable[[int], AsyncIterator[Any]], count: int, seconds: float) -> float:
    """µs of CPU per description, over answers that so many tasks read one after the other."""
    parts = 0

    async def read(n: int) -> None:
        nonlocal parts
        await asyncio.sleep(n / count * 2.0)  # so that their answers do not begin together
        while True:
            async with aclosing(ask(n)) as answer:  # type: ignore[type-var]
                async for _ in answer:
                    parts += 1

    # What a part is differs from layer to layer, but not how many there are in an answer.
    in_answer = 0
    async with aclosing(ask(0)) as answer:  # type: ignore[type-var]
        async for _ in answer:
            in_answer += 1
    tasks = [asyncio.create_task(read(n)) for n in range(count)]
    await asyncio.sleep(2.5)
    before, cpu = parts, time.process_time()
    await asyncio.sleep(seconds)
    used, made = time.process_time() - cpu, (parts - before) / in_answer * 8
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended
    return used / made * 1e6


def _story(n: int) -> Story:
    prompt = Prompt(id="", stream="main", action="play", prompt=WISHES[n % len(WISHES)])
    return Story.begin(prompt, 1, Ways(pace=PACE))


def _messages(n: int) -> list[dict[str, str]]:
    return _story(n).ask(8)


async def _lines(http: httpx2.AsyncClient, url: str, n: int) -> AsyncIterator[str]:
    question = {"model": "storyboard", "messages": _messages(n), "stream": True}
    async with http.stream("POST", url + "/chat/completions", json=question) as answer:
        async for line in answer.aiter_lines():
            yield line


async def _plain(sdk: openai.AsyncOpenAI, n: int) -> AsyncIterator[Any]:
    question = {"model": "storyboard", "messages": _messages(n), "stream": True}
    events = openai.AsyncStream[object]
    async with await sdk.post(
        "/chat/completions", cast_to=object, body=question, stream=True, stream_cls=events
    ) as stream:
        async for chunk in stream:
            yield chunk


async def _chunks(sdk: openai.AsyncOpenAI, n: int) -> AsyncIterator[Any]:
    messages: Any = _messages(n)
    async with await sdk.chat.completions.create(model="storyboard", messages=messages, stream=True) as stream:
        async for chunk in stream:
            yield chunk


async def _descriptions(endpoints: Endpoints, n: int) -> AsyncIterator[Any]:
    story = _story(n)
    async with aclosing(objects_of(endpoints, story, 8, PAPER)) as objects:
        async for raw in objects:
            if not story.note(raw):
                yield story.accept(raw)
