"""`streamer render`: the paper's whole loop to a file. The LLM directs, the engine draws, as fast as both can.

No bus and no clock: the same Story, Timeline and engine as in the live system, with one frame after another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engines.base import Engine, FrameSpec, Shot
from engines.errors import NotDrawn

from .app import llm_of
from .direct import descriptions
from .director.llm.endpoints import endpoints_of
from .director.story import Story
from .director.ways import Ways, form_of
from .engine import engine_of, prepared, said
from .errors import UserError
from .media.files import Mp4Writer
from .messages import Prompt, PromptOptions
from .settings import Settings
from .worker.timeline import Timeline

log = logging.getLogger(__name__)

BATCH = 8
"""Frames drawn at a time."""


async def render(settings: Settings, text: str) -> None:
    """Render `text` into `settings.output`. Raises `UserError` when the LLM or the file does not work out."""
    if settings.output is None:
        raise UserError("where to? give -o FILE.mp4")
    if len(text) > settings.max_prompt_chars or not text.strip():
        raise UserError(
            f"a prompt of {len(text)} characters; 1 to {settings.max_prompt_chars} are taken (max_prompt_chars)"
        )
    frames = max(1, round((settings.seconds or 8.0) * settings.fps))
    with engine_of(settings) as engine:
        await prepared(engine, lambda words: log.info("%s: %s", engine.name, words) if words else None)
        async with llm_of(settings) as url:
            await _film(settings, text, url, engine, settings.output, frames)


async def _film(settings: Settings, text: str, url: str | None, engine: Engine, output: Path, frames: int) -> None:
    options = PromptOptions(style=settings.style or None)
    prompt = Prompt(id="render", stream="render", action="play", prompt=text, options=options)
    form = form_of(settings)
    try:
        writer = Mp4Writer(output, settings.width, settings.height, settings.fps)
    except OSError as error:
        raise UserError(f"{output}: {error.strerror or error}") from error
    story = Story.begin(prompt, 1, Ways.of(settings))
    timeline = Timeline()
    with said():
        session = await asyncio.to_thread(engine.open, Shot("render", settings.width, settings.height, story.seed))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    llm = endpoints_of(settings, url)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(llm)
        told = await stack.enter_async_context(contextlib.aclosing(descriptions(llm, story, settings, form, frames)))
        progress = stack.enter_context(Progress(*columns, disable=not sys.stderr.isatty()))
        file = stack.enter_context(writer)

        def draw(specs: Sequence[FrameSpec]) -> None:
            try:
                with said():
                    pictures = engine.render([(session, spec) for spec in specs])
            except NotDrawn as error:
                raise UserError(f"{engine.name} cannot draw a frame: {error}") from error
            for picture in pictures:
                file.write(picture)

        bar = progress.add_task(output.name, total=frames)
        length = 0.0  # seconds of film described so far
        waiting: list[FrameSpec] = []
        for n in range(frames):
            while length <= n / settings.fps:
                description = await anext(told)
                timeline.push(description)
                length += description.duration
            step = timeline.frame(1 / settings.fps)
            assert step is not None, "a described film has a frame at every moment"
            waiting.append(step.spec)
            # Not across the next wait for the LLM, so that the bar shows what can be shown.
            if len(waiting) == BATCH or n + 1 == frames or length <= (n + 1) / settings.fps:
                await asyncio.to_thread(draw, waiting)
                progress.advance(bar, len(waiting))
                waiting = []
    print(f"{output}: {frames} frames, {frames / settings.fps:g} s, {settings.size} at {settings.fps:g} frames/s")
