"""What every HTTP request passes and every answer carries: who calls, Host and Origin, CORS, security headers."""

from __future__ import annotations

import asyncio
import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamer import metrics
from streamer.tokens import HOW

from .answers import refusal
from .auth import Door
from .flow import WHOLE

logger = logging.getLogger(__name__)

OPEN_PATHS = frozenset({"/player.js", "/player.d.ts"})
"""Anyone's page may load these: they are public code and tell nothing."""

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Content-Type, Authorization, Range",
    "Access-Control-Max-Age": "600",
}

EXPOSED = "Retry-After, X-Recording-From"
"""Headers of ours that scripts of other origins may read."""

HSTS_SECONDS = 30 * 86_400
"""Browsers that have come by https do so again for that long. A month: who gives TLS up is not locked out for good."""


class Doorkeeper:
    """ASGI middleware, before anything else. Handlers find the `Caller` in the request's state, and the scheme and the
    address of the one who really asked where Starlette has them. An answer without end ends with the token that it was
    asked for with: `limit`, in the state, is when. One that should be `WHOLE` is broken off then."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        door, headers = self._door, Headers(scope=scope)
        tls = scope["scheme"] == "https"
        (peer, port), (here, _) = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
        forwarded, proto = headers.getlist("X-Forwarded-For"), headers.getlist("X-Forwarded-Proto")
        caller = door.callers.caller(peer, here, tls=tls, forwarded=forwarded, proto=proto)
        scope["client"], scope["scheme"] = (caller.address, port), caller.scheme or scope["scheme"]
        scope.setdefault("state", {})["caller"] = caller
        host, origin = headers.get("Host"), headers.get("Origin")
        anyone = scope["path"] in OPEN_PATHS
        grant = None if anyone else origin
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                out = MutableHeaders(scope=message)
                if "Content-Length" in out and limit.when() is not None:
                    limit.reschedule(None)  # it has an end of its own, and would be broken before that
                self._secure(out, anyone=anyone, tls=tls)
                if grant is not None and door.grants(host, grant, caller.scheme):
                    out["Access-Control-Allow-Origin"] = grant
                    out["Access-Control-Expose-Headers"] = EXPOSED
                    out.add_vary_header("Origin")
            await send(message)

        limit = asyncio.timeout(None)
        if denied := door.check(host, None if anyone else origin, caller.scheme):
            metrics.refusals.labels(denied.setting).inc()
            await refusal(403, denied.code, denied.message)(scope, receive, sending)
        elif scope["method"] == "OPTIONS" and origin and "Access-Control-Request-Method" in headers:
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, sending)
        else:
            try:
                async with limit:
                    scope["state"]["limit"] = limit
                    await self._app(scope, receive, sending)
            except TimeoutError:
                if not limit.expired():
                    raise
                if not started:
                    await refusal(401, "token", f"the token expired meanwhile; {HOW}")(scope, receive, sending)
                elif scope["state"].get(WHOLE):
                    logger.info("%s was broken off: its token expired", scope["path"])
                else:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _secure(self, out: MutableHeaders, *, anyone: bool, tls: bool) -> None:
        out["X-Content-Type-Options"] = "nosniff"
        # No address of ours is told to anybody: it may hold a token, and the logs of proxies keep referrers.
        out["Referrer-Policy"] = "no-referrer"
        # An <img> names no origin, so that pictures are for all other sites or for none; CORS, which does, is stricter.
        shared = anyone or bool(self._door.allowed_origins)
        out["Cross-Origin-Resource-Policy"] = "cross-origin" if shared else "same-origin"
        if out.get("Content-Type", "").startswith("application/json"):
            out.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        if tls:
            out["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
