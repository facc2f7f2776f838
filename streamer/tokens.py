"""Tokens that let somebody in: JSON Web Tokens (RFC 7519), made and read with a secret that only we know. Pure, but for
`streamer token`, which prints one.

A token says for which stream it is ("*": every one), what it allows and until when. HS256 and nothing else: that the
token itself chooses how it is checked is what `alg: none` and its relatives live on (RFC 8725, section 3.1).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, TypeGuard

import jwt

from .errors import UserError
from .settings import Settings
from .topics import STREAM_ID

Scope = Literal["watch", "prompt"]
"""What a token allows: to watch, or to ask as well."""

EVERY = "*"
"""In place of a stream's id: every stream, and what is of no stream alone (metrics)."""

LEEWAY = 5.0
"""Seconds that clocks may differ: a token ends so much later, and begins so much sooner, than it says."""

MAX_TOKEN_CHARS = 4000

HOW = "`streamer token` makes one"


class BadToken(Exception):
    """It lets nobody in. `str()` is the reason, which never holds the token."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says. `until`: unix seconds, `LEEWAY` included."""

    stream: str
    scope: Scope
    until: float

    def covers(self, stream: str) -> bool:
        return self.stream in (stream, EVERY)


def mint(key: str, stream: str, scope: Scope, expires: float) -> str:
    """A token; `expires` in unix seconds."""
    return jwt.encode({"stream": stream, "scope": scope, "exp": int(expires)}, key, "HS256")


def read(token: str, keys: Sequence[str], clock: float) -> Grant:
    """What a token says that was made with one of the `keys`. Raises `BadToken`."""
    if len(token) > MAX_TOKEN_CHARS:
        raise BadToken(f"it has {len(token)} characters, {MAX_TOKEN_CHARS} at most are read")
    claims = _signed(token, keys)
    until, begins = claims.get("exp"), claims.get("nbf", 0)
    if not (_is_time(until) and _is_time(begins)):
        raise BadToken("it does not say until when it is good (`exp`)")
    if clock >= until + LEEWAY:
        raise BadToken(f"it expired {clock - until:.0f} s ago")
    if clock < begins - LEEWAY:
        raise BadToken(f"it is good in {begins - clock:.0f} s, not yet")
    stream, scope = claims.get("stream"), claims.get("scope")
    if not isinstance(stream, str) or not (stream == EVERY or STREAM_ID.match(stream)):
        raise BadToken("it does not say for which stream it is (`stream`: an id, or *)")
    if scope not in ("watch", "prompt"):
        raise BadToken("it does not say what it allows (`scope`: watch or prompt)")
    return Grant(stream, scope, until + LEEWAY)


def _signed(token: str, keys: Sequence[str]) -> dict[str, Any]:
    """Its claims. All but the signature is checked by `read`, whose clock is an argument."""
    unchecked = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    for key in keys:
        try:
            return jwt.decode(token, key, ["HS256"], options=unchecked)  # type: ignore[arg-type]
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidAlgorithmError:
            raise BadToken("it is not signed with HS256") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise BadToken("it is not a token") from None
    raise BadToken("it was made with another key than those of `token_key`")


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15 and isfinite(value)


async def token(settings: Settings) -> None:
    """`streamer token`: print a token, and beside it, on stderr, what it allows. Raises `UserError`."""
    if not settings.token_key:
        raise UserError(
            "a token is made with the secret that the broadcaster has: give both the same STREAMER_TOKEN_KEY "
            "(--token-key); `openssl rand -hex 32` makes a good one"
        )
    until = time.time() + settings.expires
    print(mint(settings.token_key[0], settings.token_stream, settings.scope, until), flush=True)
    what = "watching and asking" if settings.scope == "prompt" else "watching"
    which = "every stream" if settings.token_stream == EVERY else f"stream {settings.token_stream}"
    when = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(until))
    print(f"allows {what}, {which}, until {when}", file=sys.stderr)
