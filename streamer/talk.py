"""Commands that talk to a running system: by HTTP and WebSocket (`--url`), or straight to Kafka (`--bus kafka://…`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections import deque
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import client
from .asking import options_of
from .broadcaster.messages import DescriptionBegins, EpochBegins, Hello, StatusReport
from .errors import UserError
from .events import Chunk
from .messages import TIMESCALE, Action, Media
from .settings import Settings

PATIENCE = 30.0
"""Seconds that a wish is followed before it is left to itself."""

_LOST = {"merged": "merged", "superseded": "superseded"}
"""Ends of a wish that another one beat."""


async def prompt(settings: Settings, text: str) -> None:
    """`streamer prompt TEXT`: send it, and say how far it comes."""
    action: Action | None = None if settings.action == "auto" else settings.action
    if _by_bus(settings):
        await _publish(settings, text, action)
        return
    id = await client.prompt(
        settings.url, text, settings.stream, action=action, options=options_of(settings), token=settings.token
    )
    if not await _follow_wish(settings, id, _LOST | {"on_screen": "on screen"}):
        print(f"not on screen after {PATIENCE:g} s; `streamer ls` tells what plays")


async def pause(settings: Settings) -> None:
    """`streamer pause`."""
    await _act(settings, "pause")


async def resume(settings: Settings) -> None:
    """`streamer resume`."""
    await _act(settings, "resume")


async def stop(settings: Settings) -> None:
    """`streamer stop`."""
    await _act(settings, "stop")


async def _act(settings: Settings, action: Action) -> None:
    if _by_bus(settings):
        await _publish(settings, "", action)
        return
    id = await client.prompt(settings.url, "", settings.stream, action=action, token=settings.token)
    if not await _follow_wish(settings, id, _LOST | {"directing": "done", "on_screen": "done"}):
        print(f"not done after {PATIENCE:g} s; `streamer ls` tells what plays")


async def _follow_wish(settings: Settings, id: str, ends: Mapping[str, str]) -> bool:
    """Say how far a wish comes, until it is at one of `ends`, which are said in their own words. False: it is not there
    within `PATIENCE`. Raises `UserError` when it is refused."""
    print(f"accepted as {id}", flush=True)
    shown = ("accepted", "")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        wish = await client.progress(settings.url, id, settings.stream, token=settings.token)
        if (wish.progress, wish.reason) != shown:
            shown = (wish.progress, wish.reason)
            print(ends.get(wish.progress, wish.progress) + (f": {wish.reason}" if wish.reason else ""), flush=True)
        if wish.progress == "refused":
            raise UserError(f"the wish was refused: {wish.reason}")
        if wish.progress in ends:
            return True
        await asyncio.sleep(0.1)
    return False


def _by_bus(settings: Settings) -> bool:
    """Straight to Kafka where a bus is given and no URL is: nothing tells then what becomes of the wish."""
    return settings.bus != "memory" and "url" not in settings.model_fields_set


async def _publish(settings: Settings, text: str, action: Action | None) -> None:
    from .app import bus_of, prompt_record  # brings every service: a second that no other command here has to wait

    record = prompt_record(settings, text, action)
    async with bus_of(settings) as bus:
        partition, offset = await bus.publish(record)
    print(f"written as {dict(record.headers)['id'].decode()} to partition {partition}, offset {offset}")


async def ls(settings: Settings) -> None:
    """`streamer ls`: a table for people; JSON lines when the output is not a terminal."""
    films = await client.streams(settings.url, token=settings.token)
    if not sys.stdout.isatty():
        for film in films:
            row = {
                "stream": film.stream, "status": film.status, "reason": film.reason, "viewers": film.viewers,
                "prompt": film.prompt, "director": film.director, "media": _drawn(film.media), "note": film.note,
            }  # fmt: skip
            print(json.dumps(row))
        return
    table = Table(box=None, header_style="bold")
    for column in ("stream", "status", "viewers", "the words it follows", "directed by", "drawn by"):
        table.add_column(column, overflow="fold")
    for film in films:
        status = f"{film.status} ({film.reason})" if film.reason else film.status
        cells = (film.stream, status, str(film.viewers), film.prompt, film.director, _drawn(film.media))
        table.add_row(*map(Text, cells))  # a string would be read as markup: "[/red]" may be anybody's words
    console = Console()
    console.print(table if films else 'no film yet: streamer prompt "a red fox runs through snow"')
    for film in films:
        if film.note:
            console.print(f"{film.stream}: {film.note}", markup=False, highlight=False)


def _drawn(media: Media | None) -> str:
    return f"{media.engine} {media.width}x{media.height}" if media else ""


async def watch(settings: Settings) -> None:
    """`streamer watch`: the director's words as they come on screen, and once in a while rate and delay."""
    await client.streams(settings.url, token=settings.token)  # nobody there, or not allowed? it says so first
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(settings.seconds):
            await _follow(settings)


async def _follow(settings: Settings) -> None:
    arrivals: deque[float] = deque(maxlen=240)
    delays: deque[float] = deque(maxlen=30)
    told = time.monotonic()
    shown = note = ""
    async for event in client.follow(settings.url, settings.stream, token=settings.token):
        now = time.monotonic()
        match event:
            case Hello(status="waiting"):
                shown = event.status
                print(f"{event.stream}: no film yet", flush=True)
            case Hello():
                shown = f"{event.status} {event.reason}".strip()
                print(
                    f"{event.stream}: {shown}, {event.engine} {event.width}x{event.height}, “{event.prompt}”",
                    flush=True,
                )
            case EpochBegins():
                print(f"— a new film begins: “{event.prompt}”", flush=True)
            case DescriptionBegins():
                print(f"{event.pts / TIMESCALE:9.2f} s  {event.description.text}", flush=True)
            case StatusReport() if (state := f"{event.status} {event.reason}".strip()) != shown:
                shown = state
                print(f"— {state}", flush=True)
            case Chunk():
                arrivals.append(now)
                if event.wall is not None:
                    delays.append(time.time() - event.wall)
        if isinstance(event, Hello | StatusReport) and event.note != note:
            if event.note or event.status == "playing":
                print(f"— {event.note or 'the LLM directs again'}", flush=True)
            note = event.note
        if now - told > 10 and len(arrivals) > 1 and delays:
            told = now
            rate = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
            delay = statistics.median(delays) * 1000
            print(f"  ({rate:.1f} frames/s, {delay:.0f} ms from picture to here)", flush=True)
            arrivals.clear()  # of a film that rests there is nothing to tell
            delays.clear()


async def record(settings: Settings) -> None:
    """`streamer record -o FILE`: until Ctrl-C, or for `--seconds`; then `UserError` when nothing plays meanwhile."""
    if settings.output is None:
        raise UserError("where to? give -o FILE.mp4")
    await client.streams(settings.url, token=settings.token)  # as in `watch`
    written = 0.0

    def told(seconds: float) -> None:
        nonlocal written
        written = seconds
        if sys.stderr.isatty():
            print(f"\r{seconds:7.1f} s", end="", file=sys.stderr, flush=True)

    async def begins() -> None:
        await asyncio.sleep(2)
        if not written:
            print(f"nothing plays on {settings.stream!r} yet: waiting for a film", file=sys.stderr, flush=True)
        await asyncio.sleep(PATIENCE)
        if not written and settings.seconds:
            raise UserError(f"nothing played on {settings.stream!r} for {PATIENCE + 2:g} s: no file written")

    try:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(begins())
            await client.record(
                settings.url,
                settings.output,
                settings.stream,
                token=settings.token,
                seconds=settings.seconds,
                told=told,
            )
            waiting.cancel()
    except* OSError as errors:
        error = errors.exceptions[0]
        raise UserError(f"{settings.output}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        print(
            f"\r{settings.output}: {written:.1f} s of film" if written else "nothing played: no file written",
            flush=True,
        )
