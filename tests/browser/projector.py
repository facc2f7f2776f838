"""A server of one film whose faults are at the test's command: it loses viewers, jumps, skips, changes its size.

Real H.264 in real chunks over real sockets, by the letter of proto/viewer-socket.md, and the broadcaster's own pages
with the headers that it gives them; only the story is missing. The picture's ground is one colour an epoch
(`COLOURS`), a bright bar moves over it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from http import HTTPStatus
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import State

from streamer.broadcaster.messages import BadField, decode_said
from streamer.broadcaster.pages import Page, Pages, page_headers
from streamer.media import cmaf
from streamer.media.encoder import Encoder

PAGES = Pages()

BLANK = Page(b"<!doctype html><title>blank</title><link rel=icon href=data:,>", '""', "text/html", 0)
"""A page for a test to fill."""

COLOURS = {1: (200, 40, 40), 2: (40, 60, 200), 3: (30, 160, 60)}
"""The ground of an epoch's pictures, RGB."""

MAX_WORDS = 2000
"""Characters of a wish."""

WORDS = {1: "a red evening over the sea", 2: "a blue night in the forest", 3: "a green morning in the meadow"}


NO_TOKEN = "this stream asks for a token (setting `token_key`)"

REFUSED = json.dumps({"type": "error", "code": "token", "message": NO_TOKEN})

Wants = Literal["media", "words", "nothing"]
"""What a viewer asked for."""


class Projector:
    """Shows an endless film to everyone who connects."""

    def __init__(self, *, size: tuple[int, int] = (256, 144), fps: int = 24, gop: int = 24) -> None:
        self.fps, self.gop = fps, gop
        self.epoch, self.seq, self.pts, self.generation = 1, 0, 0, 0
        self.received: list[dict] = []  # what clients said
        self.waiting = False  # no film yet
        self.refuse = False  # new connections are turned away
        self.knocks: list[str] = []  # paths of the connections that were asked for
        self.pace = 1.0  # film seconds per second
        self.trickle = 0.0  # seconds between the chunks that a viewer joins with
        self.meeting = 0  # chunks of the GOP that a viewer joins with; 0: as many as there are
        self.joined = -1  # pts of the frame that was next when the newest viewer joined
        self.held = asyncio.Event()
        self.held.set()
        self.url = ""
        self.token = ""  # that lets in; "": anyone may
        self.ancestors = "'self'"  # who may embed the page of /embed/main
        self.images = 0  # connections of live.mjpeg that are open
        self.no_images = ""  # why live.mjpeg is refused
        self.images_status = 503  # how
        self.images_later = ""  # Retry-After
        self.images_asked: list[float] = []  # when they were asked for, by time.monotonic()
        self._viewers: dict[ServerConnection, Wants] = {}
        self._sent: list[bytes] = []  # the current GOP
        self._description: dict = {}
        self._progress: dict = {}  # of the newest wish
        self._hole = 0
        self._next_key = True
        self.resize(size)

    # What a test may do to the film

    def resize(self, size: tuple[int, int]) -> None:
        """A new generation, from the next keyframe on."""
        self.size = size
        self.encoder = Encoder(*size, fps=self.fps)
        self.generation += 1
        self._next_key = self._new_init = True

    def steer(self) -> int:
        """A new epoch. Returns its pts."""
        self.epoch, self.seq, self._next_key = self.epoch + 1, 0, True
        self._send({"type": "epoch", "epoch": self.epoch, "pts": self.pts, "prompt": WORDS[self.epoch]})
        return self.pts

    def skip(self, frames: int) -> None:
        """Leave out frames; the next one that is sent is a keyframe."""
        self._hole = frames

    def lose(self, frames: int) -> None:
        """Break the promise: leave out frames, one more where a keyframe would be next, and go on with a delta."""
        frames += (self.seq + frames) % self.gop == 0
        self.seq, self.pts = self.seq + frames, self.pts + frames * self.duration
        self._sent.clear()  # who asks is not handed the hole again

    def corrupt(self) -> None:
        """Send a chunk whose sample is rubbish."""
        data = b"\x00\x00\x00\x20" + b"\x41" + b"\xff" * 31
        self._send(cmaf.chunk(seq=self.seq, pts=self.pts, duration=self.duration, keyframe=False, data=data))
        self.seq, self.pts = self.seq + 1, self.pts + self.duration

    def begin_anew(self) -> None:
        """Another film, whose time begins at 0."""
        self.epoch, self.seq, self.pts, self._next_key = self.epoch + 1, 0, 0, True
        self._sent.clear()

    async def hang_up(self) -> None:
        """Close every connection as a server does that restarts."""
        await asyncio.gather(*(viewer.close(1001) for viewer in list(self._viewers)))

    def status(self, status: str, reason: str = "", **facts: object) -> None:
        self._send(self._status(status, reason) | facts)

    def progress(self, **fields: object) -> None:
        self._progress = fields
        self._send({"type": "prompt", **fields})

    def error(self, **fields: object) -> None:
        self._send({"type": "error", **fields})

    # The film itself

    @property
    def duration(self) -> int:
        return 90_000 // self.fps

    def picture(self) -> np.ndarray:
        """uint8 (height, width, 3)."""
        width, height = self.size
        picture = np.full((height, width, 3), COLOURS[self.epoch], np.uint8)
        at = (self.seq * 5) % width
        picture[height // 3 : height * 2 // 3, at : at + width // 6] = (250, 240, 180)
        return picture

    def describe(self, n: int) -> dict:
        box = [0.1 + 0.25 * (n % 3), 0.35, 0.3, 0.4]
        return {
            "type": "description", "epoch": self.epoch, "seq": n, "shot": 0, "duration": 2.0,
            "text": f"{WORDS[self.epoch]}, part {n}", "action": f"part {n} begins",
            "setting": {"place": "sea"}, "camera": {"movement": "panning right"},
            "objects": [{"id": "bar", "noun": "bar", "look": "bright", "action": "moving", "box": box}],
            "prompt": WORDS[self.epoch],
        }  # fmt: skip

    async def run(self) -> None:
        """Project until cancelled, in real time."""
        begin = time.monotonic()
        shown = 0
        while True:
            if not self.held.is_set():
                await self.held.wait()
                begin, shown, self._next_key = time.monotonic(), 0, True
            self._frame()
            shown += 1
            await asyncio.sleep(max(0.0, begin + shown / self.fps / self.pace - time.monotonic()))

    def _frame(self) -> None:
        hole = self._hole > 0
        key = not hole and (self._next_key or self.seq % self.gop == 0)
        sample = self.encoder.encode(self.picture(), keyframe=key)
        if self.seq % (2 * self.fps) == 0:
            self._description = {"pts": self.pts, "description": self.describe(self.seq // (2 * self.fps))}
            self._send({"type": "description", **self._description})
        wall = time.time() if sample.keyframe else None
        data = cmaf.chunk(
            seq=self.seq, pts=self.pts, duration=self.duration, keyframe=sample.keyframe, data=sample.data, wall=wall
        )
        self.seq, self.pts = self.seq + 1, self.pts + self.duration
        if hole:
            self._hole -= 1
            self._next_key = True
            return
        if sample.keyframe:
            self._sent.clear()
            self._next_key = False
            if self._new_init:
                self._send(self.encoder.init)
                self._new_init = False
        self._sent.append(data)
        self._send(data)

    # Viewers

    def hello(self) -> dict:
        if self.waiting:
            return {**self._status("waiting"), "type": "hello", "stream": "main", "epoch": 0, "codec": ""}
        width, height = self.size
        return {
            **self._status("playing"), "type": "hello", "stream": "main", "epoch": self.epoch, "timescale": 90_000,
            "generation": self.generation, "codec": self.encoder.codec, "width": width, "height": height,
            "fps": self.fps, "engine": "bars", "backend": "cpu", "director": "projector", "prompt": WORDS[self.epoch],
        }  # fmt: skip

    def _status(self, status: str, reason: str = "") -> dict:
        words = "" if status == "waiting" else WORDS[self.epoch]
        return {"type": "status", "status": status, "reason": reason, "viewers": len(self._viewers), "prompt": words,
                "clock": time.time()}  # fmt: skip

    def _send(self, message: dict | bytes) -> None:
        data = json.dumps(message) if isinstance(message, dict) else message
        words = isinstance(message, dict) and message["type"] in ("epoch", "description")
        for viewer, wants in list(self._viewers.items()):
            if wants == "media" or (words and wants == "words") or (isinstance(data, str) and not words):
                _write(viewer, data)

    async def _join(self, viewer: ServerConnection) -> None:
        """All at once, so that no live frame comes between."""
        self._viewers.pop(viewer, None)
        while self.meeting and len(self._sent) != self.meeting and viewer.state is State.OPEN:
            await asyncio.sleep(0.005)
        self.joined = self.pts
        messages = [json.dumps(self.hello())]
        if not self.waiting and self._sent:
            messages += [self.encoder.init, json.dumps({"type": "description", **self._description})]
            if self.trickle:
                _write(viewer, *messages)
                messages = await self._all_but_the_last(viewer)
            else:
                messages += self._sent
        self._viewers[viewer] = "nothing" if self.waiting else "media"
        _write(viewer, *messages)

    async def _all_but_the_last(self, viewer: ServerConnection) -> list[dict | bytes]:
        """Write the GOP chunk by chunk, as a busy machine hands it over. Returns what is left to write."""
        written, begin = 0, time.monotonic()
        while written < len(self._sent) - 1:
            _write(viewer, self._sent[written])
            written += 1
            await asyncio.sleep(max(0.0, begin + written * self.trickle - time.monotonic()))
        return list(self._sent[written:])

    async def begin(self) -> None:
        """The film of a stream that was waiting."""
        self.waiting = False
        for viewer in list(self._viewers):
            await self._join(viewer)

    async def _serve(self, viewer: ServerConnection) -> None:
        try:
            if self.token and not await self._let_in(viewer):
                return
            await self._join(viewer)
            async for text in viewer:
                message = json.loads(text)
                self.received.append(message)
                match message["type"]:
                    case "hide":
                        self._viewers[viewer] = "words" if message.get("words") else "nothing"
                    case "show" | "resync":
                        await self._join(viewer)
                    case "prompt":
                        self._answer(viewer, message, text)
                    case "token" if self.token and message["token"] != self.token:
                        _write(viewer, REFUSED)  # and the former one stays in force
        except ConnectionClosed:
            pass
        finally:
            self._viewers.pop(viewer, None)

    async def _let_in(self, viewer: ServerConnection) -> bool:
        message = json.loads(await viewer.recv())
        self.received.append(message)
        if message.get("token") == self.token:
            return True
        await self.turn_away(viewer)
        return False

    async def turn_away(self, viewer: ServerConnection) -> None:
        """It has no token, or none any more."""
        _write(viewer, REFUSED)
        await viewer.close(1008)

    async def _images(self, connection: ServerConnection, query: str) -> Response | None:
        """Motion JPEG, written past websockets, which answers with whole bodies only."""
        self.images_asked.append(time.monotonic())
        refusal, status = self.no_images, self.images_status
        if self.token and parse_qs(query).get("token") != [self.token]:
            refusal, status = NO_TOKEN, 401
        if refusal:
            body = json.dumps({"error": {"code": "refused", "message": refusal}}).encode()
            later = {"Retry-After": self.images_later} if self.images_later else {}
            return _response("application/json", body, later, status)
        transport = connection.transport
        head = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=next\r\n"
        head += "Access-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n"
        transport.write(head.encode() + b"--next\r\n")
        self.images += 1
        try:
            while not transport.is_closing():
                await self.held.wait()
                body = _jpeg(self.picture())
                head = f"Content-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
                transport.write(head.encode() + body + b"\r\n--next\r\n")
                await asyncio.sleep(1 / self.fps)
        finally:
            self.images -= 1
            transport.abort()
        return None

    def _answer(self, viewer: ServerConnection, wish: dict, text: str) -> None:
        try:
            decode_said(text.encode())
        except BadField as error:
            refusal = {"type": "error", "code": "bad_message", "message": str(error), "field": error.field}
            _write(viewer, json.dumps(refusal | {"ref": error.ref}))
            return
        if wish["prompt"].startswith("later"):
            return  # the test answers
        if wish["prompt"].startswith("forbidden"):
            answer = {
                "type": "error",
                "code": "refused",
                "message": "this stream takes no such words",
                "ref": wish["ref"],
            }
        elif len(wish["prompt"]) > MAX_WORDS:
            said = f"the prompt has {len(wish['prompt'])} characters, at most {MAX_WORDS} are taken"
            answer = {"type": "error", "code": "too_long", "message": said, "ref": wish["ref"]}
        else:
            self._progress = {"id": "wish-1", "progress": "accepted", "epoch": 0}
            answer = {"type": "prompt", "ref": wish["ref"], **self._progress}
        _write(viewer, json.dumps(answer))

    async def _http(self, connection: ServerConnection, request: Request) -> Response | None:
        path, query = urlsplit(request.path)[2:4]
        if path == "/streams/main/live.mjpeg":
            return await self._images(connection, query)
        if path.endswith("/live"):
            self.knocks.append(path)
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "closed\n") if self.refuse else None
        if path in ("/api/streams", "/api/streams/main"):
            info = {"stream": "main", "status": "playing", "prompt": WORDS[self.epoch], "viewers": len(self._viewers)}
            return _response("application/json", json.dumps({"streams": [info]}).encode(), {})
        if path == f"/api/streams/main/prompts/{self._progress.get('id')}":
            return _response("application/json", json.dumps(self._progress).encode(), {})
        pages = {"/": "index.html", "/player.js": "player.js"}
        name = "embed.html" if path.startswith("/embed/") else pages.get(path, path.removeprefix("/web/"))
        page = BLANK if path == "/blank" else PAGES.get(name)
        if page is None:
            return connection.respond(HTTPStatus.NOT_FOUND, f"{path}\n")
        ancestors = self.ancestors if name == "embed.html" else "'self'"
        return _response(page.media_type, page.body, page_headers(page, ancestors))


def _write(viewer: ServerConnection, *messages: str | bytes) -> None:
    """At once, so that messages of two tasks never mix; nothing to a viewer who is about to leave."""
    for message in messages:
        if viewer.state is not State.OPEN:
            return
        if isinstance(message, bytes):
            viewer.protocol.send_binary(message)
        else:
            viewer.protocol.send_text(message.encode())
    viewer.send_data()


def _response(kind: str, body: bytes, headers: Mapping[str, str], status: int = 200) -> Response:
    # For anyone: pages of other hosts show the player, too.
    own = {"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"}
    return Response(status, "", Headers(own | {"Access-Control-Allow-Origin": "*"} | dict(headers)), body)


def _jpeg(picture: np.ndarray) -> bytes:
    """uint8 (height, width, 3) as a JPEG."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.height, encoder.width = picture.shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 24)
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuvj420p")
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode()])


@asynccontextmanager
async def projecting(**options):
    """A running Projector; its `url` is the page's."""
    projector = Projector(**options)
    async with serve(
        projector._serve, "127.0.0.1", 0, process_request=projector._http, compression=None,
        subprotocols=["streamer.v1"], close_timeout=1, open_timeout=None,
    ) as server:  # fmt: skip
        projector.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        film = asyncio.create_task(projector.run())
        try:
            yield projector
        finally:
            film.cancel()
            with suppress(asyncio.CancelledError):
                await film  # a film that broke fails the test
