"""An hour of a crowd: people who read, stall, come and go in front of one broadcaster; memory, delay, corrupt pictures.

    python -m tools.bench crowd [--minutes 60] [--viewers 300] [--sample 12] [--storms 60] [--priority]

The broadcaster is a process of its own, fed in real time with a film of really encoded pictures (house.py, film.py).
A tenth of the people read nothing for random times until they are closed or go on, a tenth stay for some seconds, and
every `--storms` seconds all who read leave at once and come back. Every byte that anyone gets is held against the film;
the pictures of a sample are decoded and compared. Exit status 1 when anything is broken, left behind or missed.

The delay is measured twice: inside, from when a frame was due to its last write, which is what the broadcaster adds and
has a target; and at those who read, which adds the kernel's way between the two processes. On a machine with more to
do than it has cores the latter says how busy that is, with `--priority` too: the loopback's work is not in a hurry.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import sys
from dataclasses import dataclass, field

import psutil
import uvloop

from .delays import Delays
from .film import SIZES, shoot
from .house import Facts, House, hurry, open_house
from .judge import LEFT_OUT, open_judge
from .people import Crowd
from .witness import Ledger

GROWTH = 0.03
"""Of the resident set, from the first third's median to the end, at most."""

DELAY = 0.05
"""Seconds that the broadcaster may add at the 99th percentile."""

SETTLE = 20.0
"""Seconds for everyone to come before the resident set is sampled."""

FAREWELL = 60.0
"""Seconds for the broadcaster to notice that all have left."""

SLOW_LIMIT = 10.0
"""Seconds; less than the default, so that many stalls end with 1013."""


@dataclass
class Findings:
    """What came of it."""

    kinds: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # of the ledger
    faults: list[str] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)  # MB, once a second
    inside: Delays = field(default_factory=Delays)  # from when a frame was due to its last write
    arrival: Delays = field(default_factory=Delays)
    join: Delays = field(default_factory=Delays)
    lag: Delays = field(default_factory=Delays)
    storms: int = 0
    before: Facts | None = None
    after: Facts | None = None  # when all had left

    @property
    def growth(self) -> float:
        """Of the resident set, from the first third's median to that of the last twentieth."""
        first, last = self.rss[: max(1, len(self.rss) // 3)], self.rss[-max(1, len(self.rss) // 20) :]
        return statistics.median(last) / statistics.median(first) - 1

    @property
    def leaks(self) -> list[str]:
        """What stayed when all had left."""
        assert self.before is not None
        assert self.after is not None
        return self.after.more_than(self.before)

    @property
    def broken(self) -> list[str]:
        """What no machine is an excuse for."""
        wanted = ("pictures", "decoded runs", "flaps", "stalls")
        nothing = [f"no {what}" for what in wanted if not self.counts.get(what)]
        return self.faults + self.leaks + nothing

    @property
    def missed(self) -> list[str]:
        """The targets that were missed."""
        inside = self.inside.at(0.99)
        left_out = self.counts.get(LEFT_OUT, 0)
        return [
            *([f"{left_out} {LEFT_OUT}: this machine does not keep up"] if left_out else []),
            *([f"RSS grew by {self.growth:.1%}, at most {GROWTH:.0%} is aimed at"] if self.growth >= GROWTH else []),
            *([f"p99 inside {1e3 * inside:.0f} ms, aim {1e3 * DELAY:.0f}"] if inside >= DELAY else []),
        ]


async def soak(options: argparse.Namespace) -> Findings:
    """Run it."""
    reels = tuple([await asyncio.to_thread(shoot, size) for size in SIZES])
    findings = Findings()
    async with open_house(
        reels, priority=options.priority, slow_limit=SLOW_LIMIT, max_viewers=2 * options.viewers
    ) as house:
        await asyncio.sleep(2)
        findings.before = await house.facts()
        ledger = Ledger()
        async with open_judge(house.reels_file, ledger, priority=options.priority) as judge:
            crowd = Crowd(house, judge, ledger, options.viewers, options.sample)
            watching = asyncio.create_task(crowd.run())
            try:
                await asyncio.sleep(min(SETTLE, 10 * options.minutes))
                await _watch(house, crowd, findings, options, watching)
            finally:
                watching.cancel()
                await asyncio.wait({watching})
        await _empty(house, findings)
    findings.kinds, findings.counts, findings.faults = dict(crowd.kinds), dict(crowd.ledger.counts), crowd.ledger.faults
    findings.arrival, findings.join, findings.lag = crowd.arrival, crowd.join, crowd.lag
    return findings


async def _watch(
    house: House, crowd: Crowd, findings: Findings, options: argparse.Namespace, watching: asyncio.Task[None]
) -> None:
    process = psutil.Process(house.process.pid)
    seconds = int(60 * options.minutes)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for second in range(1, seconds + 1):
        await asyncio.sleep(max(0.0, begun + second - loop.time()))
        if watching.done():
            watching.result()
        findings.rss.append(process.memory_info().rss / 1e6)
        if second % options.storms == options.storms // 2:
            findings.storms += 1
            crowd.storm()
        if second % 60 == 0 or second == seconds:
            facts = await house.facts()
            delays = Delays(facts.delays)
            findings.inside.steps += delays.steps
            print(
                f"{second / 60:5.1f} min  RSS {findings.rss[-1]:.1f} MB  {facts.viewers} viewers  inside: {delays}  "
                f"faults {crowd.ledger.counts['faults']}", flush=True
            )  # fmt: skip


async def _empty(house: House, findings: Findings) -> None:
    """Wait until nobody and nothing is left, `FAREWELL` at most."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + FAREWELL
    while findings.after is None or (findings.leaks and loop.time() < deadline):
        await asyncio.sleep(1)
        findings.after = await house.facts()


def report(findings: Findings) -> None:
    """Print it."""
    after = findings.after
    assert after is not None
    print("\nwho            " + ", ".join(f"{count} {kind}" for kind, count in findings.kinds.items()))
    print("what           " + ", ".join(f"{count} {what}" for what, count in sorted(findings.counts.items())))
    told = {name.removeprefix("streamer_"): count for name, count in after.counts.items() if _told(name)}
    print("broadcaster    " + ", ".join(f"{count:.0f} {name}" for name, count in told.items()))
    print(f"storms         {findings.storms}, all who read leaving at once")
    print(f"RSS            max {max(findings.rss):.1f} MB, growth {findings.growth:+.1%} (target: under {GROWTH:.0%})")
    tenths = [findings.rss[len(findings.rss) * n // 10 : len(findings.rss) * (n + 1) // 10] for n in range(10)]
    print("  by tenths    " + " ".join(f"{statistics.median(tenth):.1f}" for tenth in tenths if tenth))
    print(f"delay inside   {findings.inside} (target: p99 under {1e3 * DELAY:.0f} ms)")
    print(f"at the readers {findings.arrival}, with the kernel's part; this process is late by {findings.lag}")
    print(f"joins          {findings.join}")
    for words in findings.broken + findings.missed:
        print(f"MISSED         {words}")


def _told(name: str) -> bool:
    return name.startswith(tuple(f"streamer_{what}_total" for what in ("joins", "skips", "closes", "sends")))


def raise_file_limit() -> None:
    """As many sockets as the system gives."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def options_of(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench crowd", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--viewers", type=int, default=300)
    parser.add_argument("--sample", type=int, default=12, help="people whose pictures are decoded")
    parser.add_argument("--storms", type=int, default=60, help="seconds from storm to storm")
    parser.add_argument("--priority", action="store_true", help="broadcaster and viewers before all else (as root)")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """The bench; 1 when a target is missed."""
    options = options_of(argv)
    if options.priority and os.geteuid():
        print("--priority needs root", file=sys.stderr)
        return 2
    raise_file_limit()
    if options.priority:
        hurry()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        findings = runner.run(soak(options))
    report(findings)
    return 1 if findings.broken or findings.missed else 0
