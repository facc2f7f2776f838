"""Descriptions for a film that is watched by nobody yet: no bus and no clock, asked for as they are used."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncGenerator

from .director.llm import AnswerCut, EndpointError, Usage
from .director.llm.endpoints import Endpoints
from .director.llm.retry import Backoff
from .director.story import Story
from .director.ways import Form
from .director.window import objects_of
from .errors import Rejected, UserError
from .messages import FrameDescription
from .settings import Settings

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Answers without a single description in a row, each asked for in another form, after which the film is given up."""

PATIENCE = 60.0
"""Seconds without a description, after which a server that refuses or cannot be reached is given up."""


async def descriptions(
    llm: Endpoints, story: Story, settings: Settings, form: Form, frames: int
) -> AsyncGenerator[FrameDescription, None]:
    """Descriptions without end, asked for as they are used. Raises `UserError` when the LLM gives none."""
    backoff, hollow, patient_until = Backoff(), 0, time.monotonic() + PATIENCE
    while True:
        needed = math.ceil((frames / settings.fps - story.published) / story.duration) + 1
        before, usage = story.seq, Usage()
        failure: Exception = Rejected("the answers held no frame description")
        try:
            count = max(1, min(settings.window, needed))
            asking = objects_of(llm, story, count, form, settings.max_answer_tokens, usage)
            async with contextlib.aclosing(asking) as objects:
                async for found in objects:
                    with contextlib.suppress(Rejected):
                        if not story.note(found):
                            yield story.accept(found, form)
        except (AnswerCut, EndpointError, Rejected) as error:
            failure = error
        now = time.monotonic()
        if story.seq > before:
            backoff.succeeded()
            llm.useful(usage)
            hollow, patient_until = 0, now + PATIENCE
            continue
        if isinstance(failure, EndpointError):
            wait = max(backoff.failed(now, retry_after=failure.retry_after), llm.wait(now))
            if failure.permanent:
                raise UserError(str(failure)) from failure
            if now + wait > patient_until:
                raise UserError(f"the LLM gave no description for {PATIENCE:g} s: {failure}") from failure
            log.warning("%s; next try in %.1f s", failure, wait)
            await asyncio.sleep(wait)
        else:
            hollow += 1
            if hollow == ATTEMPTS:
                raise UserError(f"the LLM gave no description {ATTEMPTS} times: {failure}") from failure
            llm.useless(usage)
            llm.doubt_format(usage)
