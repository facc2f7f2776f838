"""How long people wait: for the first description of an answer, and for the first one after a steer."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time

from tools.endpoint import endpoint

from .work import at_work

RATE = 60.0  # tokens a second, as a model of some ten billion parameters on one card


async def first(rounds: int = 8) -> None:
    """How much of an answer of 8 had been sent when its first description was on the bus.

    By time, from the first delta to the last, as the server paced them: what had not been sent cannot have helped.
    """
    print(f"\nfirst description of an answer of 8 descriptions, {RATE:g} tokens/s in deltas of 4 characters")
    shares = []
    with endpoint("--rate", str(RATE)) as llm:
        for n in range(rounds):
            async with at_work(llm.url) as work:
                stream = f"film{n}"
                await work.say(stream, action="play", prompt="a red fox runs through the snow, then a boat at night")
                begun = time.monotonic()
                _, at = await work.told(stream, lambda said: True)
                asked = await asyncio.to_thread(llm.wait, "asked", begun - 5)
                llm.said.clear()
            whole = asked["chars"] / 4 / RATE
            shares.append((at - asked["at"]) / whole)
    ends = asked["first"] / asked["chars"]
    print(
        f"  published after {statistics.median(shares):.1%} of the answer had arrived (at most {max(shares):.1%}); "
        f"its last brace is at {ends:.1%} of its characters"
    )


async def steers(count: int) -> None:
    """Steer in the middle of an answer: from the prompt on the bus to the first description of the new epoch, less what
    the LLM took for it, from reading the request to writing the closing brace of its first frame.

    So this holds: reading the prompt, deciding, closing the old answer, both ways over TCP, the SDK, ours.
    """
    print(f"\nsteer → first new description published, less the LLM's own time ({RATE * 10:g} tokens/s)")
    ours: list[float] = []
    theirs: list[float] = []
    wishes = itertools.cycle(["now it snows", "a blue boat at night", "the fox meets a wolf", "at sunset, by the sea"])
    with endpoint("--rate", str(RATE * 10)) as llm:
        async with at_work(llm.url) as work:
            await work.say("main", action="play", prompt="a red fox runs through the forest")
            await work.told("main", lambda said: True)
            while len(ours) < count:
                await asyncio.sleep(0.7)  # past the time in which wishes are merged, and into the answer
                epoch = work.director.films["main"].state.epoch
                waiting = asyncio.create_task(work.told("main", lambda said, epoch=epoch: said.epoch > epoch))  # type: ignore[misc]
                await asyncio.sleep(0)
                llm.said.clear()
                begun = time.monotonic()
                await work.say("main", action="steer", prompt=next(wishes))
                said, at = await waiting
                asked = await asyncio.to_thread(llm.wait, "asked", begun)
                sent = await asyncio.to_thread(llm.wait, "sent", asked["at"])
                if said.source != "llm":  # as long as it was in trouble, this is no measure of it
                    continue
                theirs.append(sent["at"] - asked["at"])
                ours.append(at - begun - theirs[-1])
    ordered = sorted(ours)
    print(
        f"  ours {_ms(statistics.median(ours))} median, {_ms(ordered[int(0.95 * len(ordered))])} p95, "
        f"{_ms(ordered[-1])} at most; the LLM's {_ms(statistics.median(theirs))} median; {len(ours)} steers"
    )


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
