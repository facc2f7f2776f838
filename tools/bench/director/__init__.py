"""What the director costs, how long it keeps people waiting, and what it remembers.

    python -m tools.bench director [MEASURE …] [--streams 100] [--seconds 30] [--steers 40] [--hours 1]

Measures, all of them unless some are named: scanner (µs per byte), first (the first description, as a fraction of its
answer), streams (cores for many films at once), layers (whose microseconds these are), steer (what we add to the
LLM's own time), memory (RSS over hours of film), requests (how large they get).

The LLM is the storyboard in a process of its own; the director runs in this one, on a bus in memory, whose work is
counted as the director's. On a shared machine compare the ratios, not the microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
from collections.abc import Coroutine
from typing import Any

import uvloop

from . import cost, delay, memory

MEASURES = ("scanner", "first", "streams", "layers", "steer", "memory", "requests")


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench director", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("measures", nargs="*", metavar="MEASURE")
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--steers", type=int, default=40)
    parser.add_argument("--hours", type=float, default=1.0)
    options = parser.parse_args(argv)
    wanted = options.measures or MEASURES
    if unknown := set(wanted) - set(MEASURES):
        parser.error(f"{unknown.pop()!r} is no measure: {', '.join(MEASURES)}")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    if "scanner" in wanted:
        cost.scanner()
    if "first" in wanted:
        _run(delay.first())
    if "streams" in wanted:
        _run(cost.streams(options.streams, options.seconds))
    if "layers" in wanted:
        _run(cost.layers(options.streams, options.seconds))
    if "steer" in wanted:
        _run(delay.steers(options.steers))
    if "memory" in wanted:
        _run(memory.hours(options.hours))
    if "requests" in wanted:
        memory.requests()
    return 0


def _run(measure: Coroutine[Any, Any, None]) -> None:
    """On the event loop that `streamer director` uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measure)
