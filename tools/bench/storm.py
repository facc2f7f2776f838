"""A thousand viewers within two seconds, all gone at once, and again: how long a join takes, and what stays behind.

    python -m tools.bench storm [--viewers 1000] [--seconds 2] [--rounds 6] [--priority]

The broadcaster is a process of its own, with a film that plays (crowd/house.py). In odd rounds all leave by a reset, in
even ones by a goodbye. A join is from socket open to the first keyframe at the viewer; all viewers are one process in
Python, so that a part of it is theirs. After each storm some come one by one, to see that it has recovered.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from dataclasses import dataclass, field

import psutil
import uvloop

from .crowd import raise_file_limit
from .crowd.delays import Delays
from .crowd.film import SIZES, shoot
from .crowd.guest import Guest
from .crowd.house import Facts, House, hurry, open_house
from .crowd.witness import Ledger, Witness

JOIN = 1.0
"""Seconds that a join may take at the 99th percentile."""

GROWTH = 0.05
"""Of the resident set, from after the first storm to after the last, at most."""

PATIENCE = 60.0
"""Seconds for everyone to be there, and for everyone to be gone."""

STRAGGLERS = 50
"""Who come after a storm."""


@dataclass
class Round:
    """One storm."""

    manner: str  # how they left
    join: Delays = field(default_factory=Delays)
    later: Delays = field(default_factory=Delays)  # joins of those who came when it was over
    inside: Delays = field(default_factory=Delays)  # from when a frame was due to its last write
    turned_away: Counter[str] = field(default_factory=Counter)
    empty_after: float = 0.0  # seconds until nobody was left
    rss: float = 0.0  # MB, then
    left: list[str] = field(default_factory=list)  # what was still there after `PATIENCE`


@dataclass
class Findings:
    """All of them, and what was seen to be wrong with the pictures' order."""

    viewers: int
    rounds: list[Round] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def broken(self) -> list[str]:
        """What no machine is an excuse for."""
        words = list(self.ledger.faults)
        for number, round in enumerate(self.rounds, 1):
            words += [f"round {number}: {count} were turned away: {why}" for why, count in round.turned_away.items()]
            words += [f"round {number}: {what}" for what in round.left]
        return words

    @property
    def missed(self) -> list[str]:
        """The targets that were missed."""
        words = []
        for number, round in enumerate(self.rounds, 1):
            for what, delays in (("join", round.join), ("join after it", round.later)):
                if delays.at(0.99) >= JOIN:
                    words.append(f"round {number}: p99 {what} {delays.at(0.99):.2f} s, aim {JOIN:.0f}")
        if (growth := self.rounds[-1].rss / self.rounds[0].rss - 1) >= GROWTH:
            words.append(f"RSS grew by {growth:.1%} over the storms, at most {GROWTH:.0%} is aimed at")
        return words


async def measure(viewers: int, seconds: float, rounds: int, *, priority: bool = False) -> Findings:
    """Run it, printing as it goes."""
    findings = Findings(viewers)
    reels = tuple([await asyncio.to_thread(shoot, size) for size in SIZES])
    async with open_house(reels, priority=priority, max_viewers=viewers + STRAGGLERS) as house:
        await asyncio.sleep(2)
        before = await house.facts()
        for number in range(1, rounds + 1):
            round = Round("reset" if number % 2 else "goodbye")
            findings.rounds.append(round)
            guests = await _come(house, findings.ledger, round, round.join, viewers, seconds)
            await asyncio.sleep(1)  # they watch
            round.inside = Delays((await house.facts()).delays)
            for guest in guests:
                guest.bolt() if round.manner == "reset" else guest.bow()
            await _emptied(house, before, round)
            late = await _come(house, findings.ledger, round, round.later, STRAGGLERS, seconds / 2)
            for guest in late:
                guest.bow()
            await _emptied(house, before, round)
            print(
                f"round {number}: {len(guests)} of {viewers} joined in {round.join}; inside: {round.inside};\n"
                f"  gone by {round.manner}, nothing left after {round.empty_after:.1f} s, RSS {round.rss:.1f} MB; "
                f"joins then {round.later}", flush=True
            )  # fmt: skip
    return findings


async def _come(house: House, ledger: Ledger, round: Round, delays: Delays, count: int, seconds: float) -> list[Guest]:
    """`count` guests within `seconds`, evenly; those who got in."""
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def one(n: int) -> Guest:
        guest = Guest(Witness(f"guest {n}", house.film, ledger), deaf=True)
        await asyncio.sleep(max(0.0, begun + n * seconds / count - loop.time()))
        try:
            await guest.come(house.port)
            await asyncio.wait_for(guest.joined.wait(), PATIENCE)
        except (OSError, TimeoutError) as error:
            round.turned_away[type(error).__name__] += 1
            guest.bolt()
        else:
            if guest.joined_at:
                delays.add(guest.joined_at - guest.began_at)
            else:
                round.turned_away[f"status {guest.status}, close code {guest.code}"] += 1
        return guest

    return [guest for guest in await asyncio.gather(*map(one, range(count))) if guest.joined_at]


async def _emptied(house: House, before: Facts, round: Round) -> None:
    """Wait until what was before is all that there is."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        facts = await house.facts()
        round.left = facts.more_than(before)
        if not round.left or loop.time() - begun > PATIENCE:
            break
        await asyncio.sleep(0.05)
    round.empty_after = max(round.empty_after, loop.time() - begun)
    round.rss = psutil.Process(house.process.pid).memory_info().rss / 1e6


def main(argv: list[str]) -> int:
    """The bench; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench storm", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=2.0, help="within which they come")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--priority", action="store_true", help="broadcaster and viewers before all else (as root)")
    options = parser.parse_args(argv)
    raise_file_limit()
    if options.priority:
        hurry()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        findings = runner.run(measure(options.viewers, options.seconds, options.rounds, priority=options.priority))
    for words in findings.broken + findings.missed:
        print(f"MISSED {words}")
    worst = max(round.join.at(0.99) for round in findings.rounds)
    print(f"p99 of the joins, worst round: {worst:.3f} s (target: under {JOIN:.0f} s)")
    sys.stdout.flush()
    return 1 if findings.broken or findings.missed else 0
