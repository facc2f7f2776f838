"""An HTTP answer without an end, which lets go of all that it holds however it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, ExitStack, aclosing

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class Flow(StreamingResponse):
    """`held` is closed with the answer: when its body ends, when the peer is gone, when the server stops. A generator
    alone would be left suspended where nobody reads on, until it is collected."""

    def __init__(self, body: AsyncGenerator[bytes, None], held: ExitStack, media_type: str) -> None:
        super().__init__(body, media_type=media_type, headers={"Cache-Control": "no-store"})
        self._body = body
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            stack.enter_context(self._held)
            await stack.enter_async_context(aclosing(self._body))
            await super().__call__(scope, receive, send)
