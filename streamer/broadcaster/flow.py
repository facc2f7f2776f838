"""An HTTP answer that lasts, which lets go of all that it holds however it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, ExitStack, aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

logger = logging.getLogger(__name__)

WHOLE = "whole"
"""In a request's state: its answer is worth something only to its end."""


class Flow(StreamingResponse):
    """`held` is closed with the answer: when its body ends, when the peer is gone, when the server stops. A generator
    alone would be left suspended where nobody reads on, until it is collected.

    `longest`: seconds that an answer may take which has an end, also while it waits for its reader. Whatever cuts such
    a one short leaves it without that end, and uvicorn breaks the connection: half of it must not pass for all of it.
    """

    def __init__(
        self, body: AsyncGenerator[bytes, None], held: ExitStack, media_type: str, *, longest: float | None = None
    ) -> None:
        super().__init__(body, media_type=media_type, headers={"Cache-Control": "no-store"})
        self._body = body
        self._held = held
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            stack.enter_context(self._held)
            await stack.enter_async_context(aclosing(self._body))
            scope["state"][WHOLE] = self._longest is not None
            limit = asyncio.timeout(self._longest)
            try:
                async with limit:
                    await super().__call__(scope, receive, send)
            except TimeoutError:
                if not limit.expired():
                    raise
                logger.warning("%s was broken off after %.0f s", scope["path"], self._longest)
