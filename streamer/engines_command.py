"""`streamer engines build|list|verify|bench`: diffusion engines, made before anybody waits for them, and measured."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from statistics import quantiles
from typing import TYPE_CHECKING

from engines.base import Engine, FrameSpec, Session, Setting, Shot, View
from engines.compile.spec import BUCKETS

from .engine import checked, engine_of, installed, options_of, prepared, said
from .errors import UserError
from .settings import Settings

if TYPE_CHECKING:
    from engines.compile.cache import Entry

ROUNDS = 20
"""Calls for each batch size of a bench, at least two, ended early after `SECONDS`."""

SECONDS = 5.0


async def engines(settings: Settings, what: str) -> None:
    """What `what` says, printed. Raises UserError."""
    installed()
    begun = time.monotonic()
    if what == "bench":
        worker = settings.model_copy(update={"engine": "diffusion"})
        with engine_of(worker) as engine:
            await prepared(engine, _progress(begun))
            print(f"{engine.name} on {engine.backend} is ready after {time.monotonic() - begun:.0f} s")
            await asyncio.to_thread(_bench, engine, worker)
    elif what == "build" or settings.engine_model:
        await _ahead(settings, what, _progress(begun))
    else:
        await asyncio.to_thread(_show, settings, what == "verify")


async def _ahead(settings: Settings, what: str, say: Callable[[str], None]) -> None:
    """Build a model's engines, or look for them and run them against torch. Cancelling this ends a build."""
    if settings.backend == "torch":
        raise UserError("torch compiles when it starts and keeps nothing: give --backend tensorrt or onnxruntime")
    checked(settings)
    cancel = threading.Event()
    work = _build if what == "build" else _verify
    try:
        await asyncio.to_thread(work, settings, say, cancel)
    except asyncio.CancelledError:
        cancel.set()
        raise


def _build(settings: Settings, say: Callable[[str], None], cancel: threading.Event) -> None:
    from engines.diffusion.ahead import Ahead

    with said():
        ahead = Ahead.of(options_of(settings), say)
        for entry in ahead.build(say, cancel):
            print(_line(entry))
    if ahead.load is None:
        print("There is no GPU here: these engines were built, not run, and a machine with a GPU builds its own.")


def _verify(settings: Settings, say: Callable[[str], None], _: threading.Event) -> None:
    from engines.diffusion.ahead import Ahead

    with said():
        found = list(Ahead.of(options_of(settings), say).verify(say))
    for network, entry, faults in found:
        print(f"{network:<16}  {'; '.join(faults) if entry is None else _line(entry)}")
        for fault in faults if entry is not None else ():
            print(f"{'':<16}  {fault}")
    if bad := sum(bool(faults) for _, _, faults in found):
        raise UserError(f"{bad} of {len(found)} networks have no engine that could be used; `engines build` makes them")


def _progress(begun: float) -> Callable[[str], None]:
    """Prints what an engine is at: a line each, or one line that changes, where somebody looks on."""
    live = sys.stderr.isatty()

    def say(words: str) -> None:
        line = f"{time.monotonic() - begun:6.1f} s  {words}"
        print(f"\r\033[K{line}" if live and words else "\r\033[K" if live else line, end="" if live else "\n",
              file=sys.stderr, flush=True)  # fmt: skip

    return lambda words: say(words) if words or live else None


# What there is


def _show(settings: Settings, verify: bool) -> None:
    from engines.compile.cache import Cache  # which needs torch

    cache = Cache(settings.engine_cache)
    with said():
        entries = cache.entries()
    bad = 0
    for entry in entries:
        found = entry.checked() if verify else entry
        bad += bool(found.faults) or (found.sidecar is not None and found.sidecar.state == "failed")
        print(_line(found))
    print(
        f"{len(entries) or 'no'} engine{'s' * (len(entries) != 1)} in {cache.folder}; to remove one, delete its folder"
    )
    if verify and bad:
        raise UserError(f"{bad} of {len(entries)} engines cannot be used; they are built anew when they are needed")


def _line(entry: Entry) -> str:
    """`denoiser-3fa2…  1750 MB  verified  2026-11-21  …`"""
    about = [f"{entry.folder.name:<32}", f"{entry.bytes / 1e6:8.1f} MB"]
    if entry.sidecar is not None:
        recipe = entry.sidecar.recipe
        about += [f"{entry.sidecar.state:<10}", entry.sidecar.built[:10]]
        about += [recipe[name] for name in ("flavour", "version", "gpu") if recipe.get(name)]
        about += entry.sidecar.parity[:1]
    return "  ".join([*about, *entry.faults])


# How fast


def _bench(engine: Engine, settings: Settings) -> None:
    """Frames of one film, drawn so many at a time, as a worker gets them: out of the engine's process, as uint8."""
    with said():
        session = engine.open(Shot("bench", settings.width, settings.height))
    print(f"\n{settings.size}, uint8 as a worker gets it\n\nframes   p50 ms   p99 ms   ms/frame   frames/s")
    for size in BUCKETS:
        calls = _calls(engine, session, size)
        p = quantiles(calls, n=100, method="inclusive")
        each = p[49] / size
        print(f"{size:6}   {1e3 * p[49]:6.1f}   {1e3 * p[98]:6.1f}   {1e3 * each:8.2f}   {1 / each:8.1f}")
    session.close()


def _calls(engine: Engine, session: Session, size: int) -> list[float]:
    """Seconds of each call."""
    calls: list[float] = []
    begun = time.perf_counter()
    for call in range(ROUNDS + 1):
        jobs = [(session, _frame(call * size + n)) for n in range(size)]
        at = time.perf_counter()
        with said():
            engine.render(jobs)
        calls.append(time.perf_counter() - at)
        if call > 2 and time.perf_counter() - begun > SECONDS:
            break
    return calls[1:]  # the first one warms up


def _frame(n: int) -> FrameSpec:
    text = "a red fox runs through a snowy forest at sunset"
    return FrameSpec(n / 24, text, text, 1.0, Setting(), Setting(), (), View(), seed=1, shot=0)
