"""Talking to a running system from Python: send wishes, follow a film, record it.

    import asyncio
    import streamer

    async def main():
        await streamer.prompt("http://127.0.0.1:8080", "a red fox runs through snow")
        async for event in streamer.follow("http://127.0.0.1:8080"):
            if isinstance(event, streamer.Chunk):
                print(event.epoch, event.seq, event.pts / 90_000)

    asyncio.run(main())

`follow` yields what the viewer socket carries (proto/viewer-socket.md), in order: the text messages as defined in
`streamer.broadcaster.messages`, and the media as `Init` and `Chunk`. A reader that is slower than the film is skipped
to keyframes by the server, so nothing piles up here. For pictures there is `streamer.watch` (frames.py).

A `token` is what the server's doors ask for where it has a `token_key`; it goes into a header and into the socket's
first message, never into an address, which would be logged.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from .broadcaster.messages import (
    EpochBegins,
    ErrorBody,
    Hello,
    PromptAccepted,
    Refusal,
    StreamInfo,
    StreamList,
    WishInfo,
)
from .errors import UserError
from .events import Chunk, Event, Init, Told
from .media import cmaf
from .messages import TIMESCALE, Action, PromptOptions
from .values import http_url

TIMEOUT = 10.0
"""Seconds for a request, and for a connection to open."""

SILENCE = 30.0
"""Seconds without anything from the server, which reports every 5 s, after which a connection counts as dead."""

MAX_MESSAGE_BYTES = 16 << 20

ACK_INTERVAL = 1.0
"""Seconds between two reports of how far we are."""

LONGEST_PAUSE = 15.0
"""Seconds, at most, between two attempts to connect."""


_KNOWN = {"hello", "epoch", "description", "status", "prompt", "error"}


class _Peek(msgspec.Struct):
    type: str = ""


_peek: Callable[[str], _Peek] = msgspec.json.Decoder(_Peek).decode
_decode_told: Callable[[str], Told] = msgspec.json.Decoder(Told).decode


async def prompt(
    url: str,
    text: str = "",
    stream: str = "main",
    *,
    action: Action | None = None,
    options: PromptOptions | None = None,
    id: str | None = None,
    token: str = "",
) -> str:
    """Send a wish; returns its id, with which `progress` follows it. Raises `UserError` when it is refused.

    Without an action it steers a film that plays and begins one otherwise. With an `id` it may be sent again after a
    failure: the same id counts once.
    """
    body: dict[str, Any] = {"prompt": text}
    if action is not None:
        body["action"] = action
    if options is not None:
        body["options"] = msgspec.to_builtins(options)
    if id is not None:
        body["id"] = id
    data = await _request(url, "POST", f"/api/streams/{quote(stream, safe='')}/prompts", token, body)
    return msgspec.json.decode(data, type=PromptAccepted).id


async def progress(url: str, id: str, stream: str = "main", *, token: str = "") -> WishInfo:
    """How far a wish has come. Raises `UserError` when nothing is known of it."""
    path = f"/api/streams/{quote(stream, safe='')}/prompts/{quote(id, safe='')}"
    return msgspec.json.decode(await _request(url, "GET", path, token), type=WishInfo)


async def streams(url: str, *, token: str = "") -> list[StreamInfo]:
    """The films of a system."""
    return msgspec.json.decode(await _request(url, "GET", "/api/streams", token), type=StreamList).streams


async def follow(
    url: str, stream: str = "main", *, token: str = "", reconnect: bool = True
) -> AsyncGenerator[Event, None]:
    """What a viewer of the stream gets, from the newest keyframe on, without end.

    With `reconnect` a connection that is lost is opened again, with growing pauses; the next event is then a `Hello`,
    and what was known before it is void. Without it the iteration ends when the server says goodbye, and raises
    `ConnectionError` when the connection breaks. Raises `UserError` when the server refuses, and where nothing came
    from it at all: nobody answers, or it is no URL.
    """
    url = _checked(url)
    pause, told = 0.0, ""
    met = False  # something came from there, so that it is worth while to come back
    while True:
        try:
            async with _connection(url, stream) as socket:
                if token:
                    await socket.send(msgspec.json.encode({"type": "token", "token": token}), text=True)
                async with aclosing(_events(socket)) as events:
                    async for event in events:
                        met, pause, told = True, 0.0, event.message if isinstance(event, Refusal) else ""
                        yield event
        except InvalidStatus as error:
            status = error.response.status_code
            passes = status >= 500 or status == 429  # none that serves, too many
            if not (reconnect and met and passes):
                raise UserError(f"{url}: {_reason(status, error.response.body)}") from error
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else 1006
            useless = code in (1002, 1003, 1007, 1008, 1009)  # whatever we said, saying it again is no help
            if useless or (reconnect and not met):
                reason = told or (error.rcvd.reason if error.rcvd else "") or "the connection broke"
                raise UserError(f"{url}: {_with_way_out(reason)} (closed with {code})") from error
            if not reconnect:
                if code in (1000, 1001):
                    return
                raise ConnectionError(f"{url}: the connection broke") from error
        except (OSError, InvalidHandshake, EOFError) as error:  # TimeoutError is an OSError
            if not (reconnect and met):
                raise UserError(_nobody(url, error)) from error
        # Decorrelated jitter, so that a thousand viewers of a restarted server do not come back at once.
        pause = min(LONGEST_PAUSE, random.uniform(0.25, max(0.5, pause * 3)))
        await asyncio.sleep(pause)


async def record(
    url: str,
    path: Path | str,
    stream: str = "main",
    *,
    token: str = "",
    seconds: float | None = None,
    told: Callable[[float], None] | None = None,
) -> list[Path]:
    """Write the live film to an MP4, as it is, without encoding it again; until cancelled or for so many seconds.

    Returns the files: a film whose size or codec changes goes on in a second one. `told` is called with the film
    seconds written so far.
    """
    from .media.files import Recording  # brings PyAV, which nothing else here needs

    ticks, last = 0, (0, -1)
    with Recording(path) as recording:
        async with aclosing(follow(url, stream, token=token)) as events:
            async for event in events:
                if isinstance(event, Init):
                    await asyncio.to_thread(recording.init, event.data)
                elif isinstance(event, Chunk) and (event.epoch, event.pts) > last:  # a new connection repeats some
                    if not await asyncio.to_thread(recording.chunk, event.data):
                        continue
                    ticks, last = ticks + event.duration, (event.epoch, event.pts)
                    if told is not None:
                        told(ticks / TIMESCALE)
                    if seconds is not None and ticks >= seconds * TIMESCALE:
                        break
    return recording.files


def _connection(url: str, stream: str) -> connect:
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    path = f"{parts.path.rstrip('/')}/streams/{quote(stream, safe='')}/live"
    return connect(
        f"{scheme}://{parts.netloc}{path}",
        subprotocols=[Subprotocol("streamer.v1")],
        compression=None,  # video does not compress, and the server would refuse
        max_size=MAX_MESSAGE_BYTES,
        open_timeout=TIMEOUT,
        close_timeout=1,
        ping_interval=None,  # the server reports every 5 s
        proxy=None if _on_this_machine(url) else True,
    )


async def _events(socket: ClientConnection) -> AsyncGenerator[Event, None]:
    epoch, acked = 0, time.monotonic()
    while True:
        async with asyncio.timeout(SILENCE):
            data = await socket.recv()
        if isinstance(data, str):
            if _peek(data).type not in _KNOWN:
                continue
            told = _decode_told(data)
            if isinstance(told, Hello | EpochBegins):
                epoch = told.epoch
            yield told
        elif data[4:8] == b"ftyp":
            yield Init(data)
        else:
            info = cmaf.parse(data)
            if (now := time.monotonic()) - acked >= ACK_INTERVAL:
                acked = now
                await socket.send(msgspec.json.encode({"type": "ack", "pts": info.pts, "path": "python"}), text=True)
            yield Chunk(epoch, info.seq, info.pts, info.duration, info.keyframe, info.wall, info.data, data)


async def _request(url: str, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> bytes:
    url = _checked(url)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(timeout=TIMEOUT, trust_env=not _on_this_machine(url)) as client:
        try:
            answer = await client.request(method, url + path, json=body, headers=headers)
        except httpx2.HTTPError as error:
            raise UserError(_nobody(url, error)) from error
    if answer.status_code >= 400:
        raise UserError(f"{url}: {_reason(answer.status_code, answer.content)}")
    return bytes(answer.content)


def _reason(status: int, body: bytes | bytearray | None) -> str:
    """The server's own words, which name the setting or the field."""
    try:
        reason = msgspec.json.decode(body or b"", type=ErrorBody).error.message
    except msgspec.MsgspecError:
        reason = f"refused with {status}"
    return _with_way_out(reason) if status == 401 else reason


def _with_way_out(reason: str) -> str:
    """A refusal that a token may change. The server has mostly said already how one is made."""
    if "--token" in reason or "token" not in reason:
        return reason
    how = "give it with --token" if "`streamer token`" in reason else "see `streamer token`, and --token"
    return f"{reason}; {how}"


def _checked(url: str) -> str:
    try:
        return http_url(url)
    except ValueError as error:
        raise UserError(f"{url!r}: {error}") from None


def _nobody(url: str, error: Exception) -> str:
    return f"nothing answers at {url} ({error or type(error).__name__}): is `streamer up` running there? See --url"


def _on_this_machine(url: str) -> bool:
    """No proxy of the environment can reach this machine's loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
