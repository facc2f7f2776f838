"""The storyboard as a process of its own, which says when it was asked and when each frame had gone out.

    python -m tools.endpoint [--rate 400] [--delta 4] [--longest] [--rehearsed] [--quiet]

On standard output, a JSON object a line: {"url"} first; then {"asked", "chars", "first", "at"} for every question, with
the length of its answer and of that up to the end of its first frame, and {"sent", "at"} for every frame, in the moment
that its closing brace went out. "at" is `time.monotonic()`, which is the same clock in all processes of a machine.
`--longest` says the longest that every field may hold, instead of a story; `--rehearsed` its first 16 answers, over and
over, which takes it least time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvloop

from streamer.director import script
from streamer.director.scanner import Scanner
from streamer.director.storyboard import Storyboard
from streamer.director.storyteller import tell

ROOT = Path(__file__).resolve().parent.parent
_numbers = itertools.count()


class Endpoint:
    """Such a process, and what it has said. `await` nothing: a thread reads it."""

    def __init__(self, *arguments: str) -> None:
        self.said: list[dict[str, Any]] = []
        self.heard = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.endpoint", *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self.heard:
                self.said.append(json.loads(line))
                self.heard.notify_all()

    def wait(self, key: str, after: float, seconds: float = 30.0) -> dict[str, Any]:
        """The first line with `key` that was said of a moment after `after`. Raises TimeoutError."""

        def line() -> dict[str, Any] | None:
            return next((said for said in self.said if key in said and said["at"] > after), None)

        with self.heard:
            found = self.heard.wait_for(line, seconds)
        if not found:
            raise TimeoutError(f"the endpoint said nothing of {key!r} within {seconds:g} s")
        return found

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)


@contextlib.contextmanager
def endpoint(*arguments: str) -> Iterator[Endpoint]:
    """An Endpoint that is ended with the context."""
    process = Endpoint(*arguments)
    try:
        yield process
    finally:
        process.close()


def longest(messages: Sequence[Any]) -> str:
    """An answer that says as much as may be said: strings of the greatest length, of words that hardly come again,
    things that nobody has seen before."""
    count = json.loads(messages[-1]["content"])["count"]

    def words(limit: int) -> str:
        text = ""
        while len(text) < limit:
            text += f"wörd{next(_numbers) % 4099:x} "
        return text[:limit].strip()

    def thing() -> dict[str, Any]:
        return {
            "id": words(24), "noun": words(script.MAX_NOUN), "look": words(script.MAX_LOOK),
            "action": words(script.MAX_NOUN), "box": [0.1234, 0.1234, 0.1234, 0.1234],
        }  # fmt: skip

    frames = [
        {
            "action": words(script.MAX_ACTION),
            **{name: words(script.MAX_PLACE) for name in ("place", "time", "weather")},
            "objects": [thing() for _ in range(script.MAX_OBJECTS)],
            "camera": {"movement": words(script.MAX_LOOK), "pan": [0.1234, 0.1234], "zoom": 1.1234},
            "transition": "cut",
        }
        for _ in range(count)
    ]
    notes = {"synopsis": words(2 * script.MAX_SYNOPSIS), "plan": [words(2 * script.MAX_BEAT) for _ in range(12)]}
    return json.dumps({"frames": frames, **notes}, ensure_ascii=False)


async def _serve(rate: float, delta: int, *, much: bool, rehearsed: bool, quiet: bool) -> None:
    def say(**line: Any) -> None:
        print(json.dumps(line | {"at": time.monotonic()}), flush=True)

    asked = itertools.count()
    known: list[str] = []

    def answer(messages: Sequence[Any]) -> str:
        at = time.monotonic()
        if rehearsed and len(known) == 16:
            known.append(known.pop(0))
            text = known[-1]
        else:
            text = longest(messages) if much else tell(messages)
            known[-16:] = [*known[-15:], text]
        if not quiet:
            first = text.index(next(iter(Scanner().feed(text)))) + len(next(iter(Scanner().feed(text))))
            print(json.dumps({"asked": next(asked), "chars": len(text), "first": first, "at": at}), flush=True)
        return text

    def sent(request: int, frame: str) -> None:
        if not quiet:
            say(sent=request)

    async with Storyboard(rate=rate, delta=delta, tell=answer, sent=sent) as url:
        say(url=url)
        await asyncio.Event().wait()


def main(argv: list[str]) -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser(prog="python -m tools.endpoint", description=__doc__)
    parser.add_argument("--rate", type=float, default=400.0)
    parser.add_argument("--delta", type=int, default=4)
    parser.add_argument("--longest", action="store_true")
    parser.add_argument("--rehearsed", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(argv)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        how = {"much": options.longest, "rehearsed": options.rehearsed, "quiet": options.quiet}
        runner.run(_serve(options.rate, options.delta, **how))
    return 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
