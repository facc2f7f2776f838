"""The broadcaster as a service: the bus on one side, one port for pages, REST and viewers on the other."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import importlib.util
import logging
import os
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import cast

import uvicorn
from msgspec import UNSET, structs

from streamer.bus.base import Bus, Record
from streamer.errors import UserError
from streamer.messages import Audience, encode
from streamer.readiness import Readiness
from streamer.settings import Settings
from streamer.topics import AUDIENCE, home

from . import tls
from .auth import Door
from .darkroom import Darkroom
from .feed import Feed
from .http import application
from .hub import Hub
from .intake import Intake
from .messages import Ask, Refusal
from .patience import patient
from .refused import Refused
from .socket import CLOSE_TIMEOUT, Asker, Doorway, ViewerProtocol, tune
from .wire import text

logger = logging.getLogger(__name__)

AUDIENCE_INTERVAL = 5.0
"""Seconds from count to count."""

AUDIENCE_TTL = 12.0
"""Seconds that a count holds: two may be lost."""

FAREWELL = 2.0
"""Seconds for taking the counts back when the server stops; else they expire."""

SILENT = "the bus does not answer: the film goes on when it does"
"""Why nothing new comes when it is not the worker's doing."""

READING = "the past of the streams is being read from the bus"
"""Why there are no pictures in the first moments."""

MAX_ASKS = 256
"""Wishes by socket that may wait for the bus."""

ASK_PATIENCE = 10.0
"""Seconds after which one that has waited is not passed on any more: who asked has given up on it, or asked again."""

GONE_PATIENCE = 1.0
"""The same where who asked has left. A client may ask and leave at once: that is a wish."""

BACKLOG = 2048
"""Connections that may wait to be accepted: a storm of them."""

HTTP_CONNECTIONS = 1000
"""Connections beside the viewers; a further request gets 503."""

GRACE = 4
"""Seconds for requests and goodbyes when the server stops; viewers have CLOSE_TIMEOUT of it."""


class BroadcasterService:
    """`readiness` is that of the worker in the same process, None where there is none. `http` is "httptools" or "h11";
    by default the faster one that is installed. `shard` is this process's number among those that share its port
    (streamer/shards.py)."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        readiness: Readiness | None = None,
        *,
        http: str | None = None,
        shard: int | None = None,
    ) -> None:
        if readiness is None:
            readiness = Readiness()
            readiness.at("ready")
        self.readiness = readiness
        self._bus = bus
        self._settings = settings
        self._shard = shard
        self._http = http or ("httptools" if importlib.util.find_spec("httptools") else "h11")
        self.hub = Hub(
            ring=settings.ring,
            slow_limit=settings.slow_limit,
            max_viewers=settings.max_viewers,
            waiting_bytes=settings.waiting_bytes,
        )
        self._door = Door.of(settings)
        self._tls = tls.context(settings.tls_cert, settings.tls_key)
        self._intake = Intake(self.hub, bus, max_chars=settings.max_prompt_chars, author_rate=settings.author_rate)
        self._asks: asyncio.Queue[_Asked] = asyncio.Queue(MAX_ASKS)
        self._darkroom = Darkroom()
        self._told: dict[str, int] = {}  # viewers by stream, as last published
        self._feed = Feed(self.hub, bus)
        self._silent = False  # the bus did not take the last count

    async def run(self, started: Callable[[str], None] | None = None) -> None:
        """Serve until cancelled; `started` is called with the URL once connections are accepted.

        A shard accepts none before it has read the past: until then the others have them. Raises `UserError` when the
        address cannot be listened on.
        """
        sock = listen(self._settings.host, self._settings.port, shared=self._shard is not None)
        url = url_of(sock, secure=self._tls is not None)
        self.hub.elsewhere.own = _name(self._settings, sock, self._shard)
        server = self._server()
        serving = asyncio.create_task(self._serve(server, sock), name="uvicorn")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._feed.run(), name="feed")
                tasks.create_task(self._sweep(), name="sweep")
                tasks.create_task(self._count(), name="audience")
                tasks.create_task(self._pass_on(), name="asks")
                tasks.create_task(_announce(server, url, started), name="announce")
                await asyncio.shield(serving)
                raise RuntimeError("the HTTP server ended by itself")
        finally:
            # uvicorn looks every 0.1 s; it says goodbye to the viewers and waits for them, and so do we.
            server.should_exit = True
            await asyncio.wait({serving}, timeout=GRACE + CLOSE_TIMEOUT + 1)
            if not serving.done():
                serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            sock.close()
            self._darkroom.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await self._tell(set(self._told))

    async def _serve(self, server: uvicorn.Server, sock: socket.socket) -> None:
        while self._shard is not None and not self.hub.ready:
            await asyncio.sleep(0.02)
            if server.should_exit:
                return
        await server.serve([sock])

    def _server(self) -> uvicorn.Server:
        doorway = Doorway(self.hub, self._door, self._ask)
        protocol = functools.partial(ViewerProtocol, doorway)
        secure = self._tls
        return _Server(
            uvicorn.Config(
                application(self.hub, self._intake, self._door, self.readiness, self._darkroom, self._bus),
                http=patient(self._http),
                ws=cast("type[asyncio.Protocol]", protocol),
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # anybody can write X-Forwarded-For (callers.py)
                ssl_context_factory=(lambda config, default: secure) if secure else None,
                backlog=BACKLOG,
                limit_concurrency=self._settings.max_viewers + HTTP_CONNECTIONS,  # viewers count among them
                timeout_graceful_shutdown=GRACE,
            )
        )

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(1)
            reading = "" if self.hub.ready else READING
            self.hub.wait = SILENT if self._silent or self._feed.failing else self.readiness.words or reading
            self.hub.sweep(time.monotonic(), time.time())

    # Audience

    async def _count(self) -> None:
        """Tell the directors and the other broadcasters who watches: every `AUDIENCE_INTERVAL`, and at once when the
        first viewer comes or the last one goes, so that a film held for want of viewers goes on for a new one."""
        due = 0.0
        while True:
            await asyncio.sleep(0.25)
            # Of ids that somebody made up there is nothing to tell: they would pile up as keys of the topic.
            watched = {stream for stream, room in self.hub.rooms.items() if room.audience and room.known}
            left = self.hub.elsewhere.left - self._told.keys()  # a kill -9 took nothing back
            now = time.monotonic()
            if now >= due:
                due = now + AUDIENCE_INTERVAL
                await self._tell(watched | self._told.keys() | left)
            else:
                await self._tell(watched ^ self._told.keys())

    async def _tell(self, streams: set[str]) -> None:
        name = self.hub.elsewhere.own
        for stream in sorted(streams):
            room = self.hub.rooms.get(stream)
            count = room.audience if room and room.known else 0
            # Nobody is a tombstone: the topic keeps no key of a film that nobody watches here.
            told = encode(Audience(count=count, until=time.time() + AUDIENCE_TTL)) if count else None
            partition = home(stream, self._bus.partitions)
            try:
                await self._bus.publish(Record(AUDIENCE, f"{stream}/{name}", told, partition=partition))
            except TimeoutError:
                logger.warning("stream %s: its audience could not be told, the bus does not answer", stream)
                self._silent = True
                return
            self._silent = False
            if count:
                self._told[stream] = count
            else:
                self._told.pop(stream, None)

    # Wishes by socket

    def _ask(self, stream: str, ask: Ask, peer: str, asker: Asker) -> bool:
        try:
            self._asks.put_nowait(_Asked(time.monotonic(), stream, ask, peer, asker))
        except asyncio.QueueFull:
            return False
        return True

    async def _pass_on(self) -> None:
        while True:
            asked = await self._asks.get()
            ask, asker = asked.ask, asked.asker
            try:
                if time.monotonic() - asked.at > (ASK_PATIENCE if asker.there else GONE_PATIENCE):
                    raise Refused(503, "bus", "the bus did not take prompts for too long: ask again")
                wish = await self._intake.take(asked.stream, ask.prompt, ask.action, ask.options, ask.id, asked.peer)
            except Refused as error:
                said = Refusal(code=error.code, message=str(error), field=error.field or UNSET, ref=ask.ref or UNSET)
                answer = text(said)
            else:
                answer = text(structs.replace(wish, ref=ask.ref or UNSET))
            try:
                asker.answer(answer)
            except Exception as error:  # of one transport
                logger.warning("stream %s: a viewer could not be answered: %r", asked.stream, error)


@dataclass(frozen=True, slots=True)
class _Asked:
    at: float  # monotonic
    stream: str
    ask: Ask
    peer: str
    asker: Asker


class _Server(uvicorn.Server):
    """Signals belong to the command line, which cancels `run`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening-to-be socket, tuned so that what it accepts is. `shared` is bound beside others and does not listen
    yet: the kernel deals connections to all who do. Raises `UserError`."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UserError(f"--host {host}: {error.strerror or error}") from error
    sock = socket.socket(family, kind, proto)
    try:
        if os.name == "posix":  # elsewhere it would let two processes share the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tune(sock)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(address)
        if not shared:
            sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if isinstance(error, PermissionError):
            raise UserError(f"port {port} needs privileges: choose one above 1023 with --port") from error
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"port {port} is in use: choose another with --port") from error
        raise UserError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    sock.setblocking(False)
    return sock


def url_of(sock: socket.socket, *, secure: bool = False) -> str:
    """What to type into a browser on this machine."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _name(settings: Settings, sock: socket.socket, shard: int | None) -> str:
    """This broadcaster's part of the audience's key: the same after a restart, so that keys do not pile up."""
    name = settings.instance or f"{socket.gethostname()}:{sock.getsockname()[1]}"
    return name if shard is None else f"{name}#{shard}"


async def _announce(server: uvicorn.Server, url: str, started: Callable[[str], None] | None) -> None:
    while not server.started:
        await asyncio.sleep(0.005)
    logger.info("listening on %s", url)
    if started is not None:
        started(url)
