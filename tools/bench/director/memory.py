"""What a film that does not end leaves in memory, and in the requests."""

from __future__ import annotations

import asyncio
import time

import psutil

from streamer.director.scanner import Scanner
from streamer.director.story import Story
from streamer.director.ways import Ways
from streamer.messages import Prompt
from tools.endpoint import endpoint, longest

from .work import at_work

MINUTE = 60.0


async def hours(hours: float) -> None:
    """RSS of the director while a film of that length is told as fast as it can be, every second of it rendered at
    once. The first two minutes of film are warm-up."""
    print(f"\nRSS over {hours:g} h of simulated film")
    process = psutil.Process()
    begun = time.monotonic()
    with endpoint("--rate", "1e6", "--delta", "32", "--quiet") as llm:
        async with at_work(llm.url, at_once=True) as work:
            await work.say("main", action="play", prompt="a red fox runs through the forest and meets a wolf")
            start = 0.0
            for minute in (2, *range(10, int(hours * 60) + 1, 10)):
                while not (film := work.director.films.get("main")) or not film.story or (
                    film.story.published < minute * MINUTE
                ):  # fmt: skip
                    await asyncio.sleep(0.01)
                rss = process.memory_info().rss / 1e6
                start = start or rss
                kept = sum(log.bytes for log in work.bus._logs.values()) / 1e6
                print(
                    f"  minute {minute:3}: {rss:6.1f} MB ({rss - start:+.1f}), the bus' logs {kept:.1f} MB of it; "
                    f"{film.story.seq} descriptions, {time.monotonic() - begun:.0f} s",
                    flush=True,
                )  # fmt: skip


def requests(descriptions: int = 3600, window: int = 8) -> None:
    """The largest request over two hours of film, the LLM saying the longest that is allowed in every field."""
    print(f"\nrequests over {descriptions} descriptions, every field of the answers as long as it may be")
    for name, tell in (("a window of 8", window), ("a window of 1", 1)):
        prompt = Prompt(id="", stream="main", action="play", prompt="w" * 2000)
        story = Story.begin(prompt, 1, Ways(window=tell))
        sizes = []
        while story.seq < descriptions:
            messages = story.ask(tell)
            sizes.append(sum(len(message["content"]) for message in messages))
            for raw in Scanner().feed(longest(messages)):
                if not story.note(raw):
                    story.accept(raw)
        tenth = max(sizes[: len(sizes) // 10])
        print(
            f"  {name}: largest {max(sizes)} characters, some {max(sizes) // 4} tokens, of which the wish has 2000 "
            f"characters and the instructions {len(messages[0]['content'])}; largest of the first tenth {tenth}"
        )
