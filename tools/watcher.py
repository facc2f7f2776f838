"""A viewer that trusts nothing: follows a stream over the socket and checks every promise about order and time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import av
from websockets.asyncio.client import connect

from streamer.media import cmaf


@dataclass(frozen=True)
class Seen:
    """A chunk as it came."""

    epoch: int
    info: cmaf.ChunkInfo
    at: float  # time.monotonic() of its arrival


@dataclass
class Watcher:
    """What one connection saw. `faults` stays empty when all promises are kept."""

    url: str  # ws://…/streams/ID/live
    hello: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    chunks: list[Seen] = field(default_factory=list)
    init: bytes = b""
    faults: list[str] = field(default_factory=list)
    decoded: int = 0
    last_picture: Any = None  # uint8 (h, w, 3) of the newest frame, when asked to decode
    _epoch: int = -1
    _decoder: Any = None

    def text(self, message: dict[str, Any]) -> None:
        """A control message."""
        self.messages.append(message)
        if message["type"] == "hello":
            self.hello = message
            self._epoch = message["epoch"]
        elif message["type"] == "epoch":
            if message["epoch"] <= self._epoch:
                self.faults.append(f"epoch {message['epoch']} after {self._epoch}")
            self._epoch = message["epoch"]

    def binary(self, data: bytes, at: float, decode: bool) -> None:
        """An init segment or a chunk."""
        if data[4:8] == b"ftyp":
            self.init = data
            if decode:
                self._open(data)
            return
        info = cmaf.parse(data)
        if self.chunks:
            before = self.chunks[-1]
            if info.pts != before.info.pts + before.info.duration:
                self.faults.append(f"pts {info.pts} after {before.info.pts}+{before.info.duration}")
            wanted = before.info.seq + 1 if self._epoch == before.epoch else 0
            if info.seq != wanted:
                self.faults.append(f"epoch {self._epoch} seq {info.seq}, expected {wanted} (was {before.epoch})")
        elif not info.keyframe:
            self.faults.append(f"joined at seq {info.seq}, which is no keyframe")
        self.chunks.append(Seen(self._epoch, info, at))
        if decode:
            for frame in self._decoder.decode(av.Packet(info.data)):
                self.decoded += 1
                self.last_picture = frame.to_ndarray(format="rgb24")

    def _open(self, init: bytes) -> None:
        self._decoder = av.CodecContext.create("h264", "r")
        at = init.index(b"avcC")
        self._decoder.extradata = init[at + 4 : at - 4 + int.from_bytes(init[at - 4 : at])]
        self._decoder.flags |= av.codec.context.Flags.low_delay
        self._decoder.thread_count = 1

    async def run(
        self, seconds: float | None = None, until: Callable[[Watcher], Any] | None = None, decode: bool = False
    ) -> Watcher:
        """Watch for `seconds`, or until `until(self)` is true; raises TimeoutError after 120 s without either."""
        deadline = time.monotonic() + (seconds if seconds is not None else 120.0)
        async with connect(self.url, compression=None, max_size=1 << 24, subprotocols=["streamer.v1"]) as socket:  # type: ignore[list-item]
            while not (until and until(self)):
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                try:
                    message = await asyncio.wait_for(socket.recv(), left)
                except TimeoutError:
                    break
                if isinstance(message, str):
                    self.text(json.loads(message))
                else:
                    self.binary(message, time.monotonic(), decode)
        if until and seconds is None and not until(self):
            raise TimeoutError(f"{self.url}: {len(self.chunks)} chunks, last messages {self.messages[-3:]}")
        return self

    def epochs(self) -> list[int]:
        """The epochs seen, in order, each once."""
        return list(dict.fromkeys(seen.epoch for seen in self.chunks))
