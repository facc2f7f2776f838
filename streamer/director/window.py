"""One window of a story, asked for: the JSON objects of the answer, each the moment it closes, within bounds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from streamer.errors import Rejected

from . import script
from .llm import Sampling, Usage
from .llm.endpoints import Endpoints
from .scanner import Scanner
from .story import Story
from .ways import Form

MAX_SPARE = 32  # objects beyond those asked for: a million of them would keep a director busy for minutes
MAX_CHARS = 1 << 18  # of an answer; 32 long keyframes have some 50,000, what a model thinks is not counted


async def objects_of(
    llm: Endpoints, story: Story, count: int, form: Form, max_tokens: int | None = None, usage: Usage | None = None
) -> AsyncGenerator[str, None]:
    """Ask for the next `count` descriptions; yields what `Story.note` and `Story.accept` take.

    Raises as `Endpoints.answer` does, and `Rejected` for an answer without bounds. Close it (`contextlib.aclosing`).
    """
    scanner, ways = Scanner(), story.ways
    request = story.request(count, form)
    sampling = Sampling(temperature=ways.temperature, top_p=ways.top_p, seed=ways.seed, max_tokens=max_tokens)
    asking = llm.answer(script.messages(request), script.schema(request), sampling, usage)
    seen = chars = 0
    async with aclosing(asking) as deltas:
        async for delta in deltas:
            chars += len(delta)
            if chars > MAX_CHARS:
                raise Rejected(f"an answer of more than {MAX_CHARS} characters")
            for raw in scanner.feed(delta):
                seen += 1
                if seen > count + MAX_SPARE:
                    raise Rejected(f"more than {count + MAX_SPARE} objects in an answer that should have {count}")
                yield raw
