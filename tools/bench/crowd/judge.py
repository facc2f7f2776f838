"""Decodes what some viewers were sent, every picture of every run, in a process of its own, and compares the pictures.

A run is what one can see without a hole: from a keyframe to the last chunk before something is missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import msgspec

from streamer.media import cmaf

from .film import FPS, Decoder, Film, Reel, epoch, load
from .witness import Ledger

WAITING_BYTES = 256 << 20
"""What may wait to be decoded; beyond it frames are left out, and counted."""

PATIENCE = 600.0
"""Seconds to decode what waits at the end."""

LEFT_OUT = "frames left out of decoding"

_HEAD = struct.Struct(">IQBI")  # viewer, frame, is it the first of a run, bytes


class Verdict(msgspec.Struct):
    """What it found."""

    counts: dict[str, int]
    faults: list[str]


class Judge:
    """The process, from outside. What it finds is in the ledger once the context of `open_judge` has ended."""

    def __init__(self, process: asyncio.subprocess.Process, ledger: Ledger) -> None:
        assert process.stdin is not None
        self._pipe = process.stdin
        self._ledger = ledger

    def of(self, viewer: int) -> Callable[[int, bytes, bool], None]:
        """For the `Witness` of that viewer."""

        def judged(n: int, data: bytes, first: bool) -> None:
            if self._pipe.transport.get_write_buffer_size() < WAITING_BYTES:
                self._pipe.write(_HEAD.pack(viewer, n, first, len(data)) + data)
            else:
                self._ledger.counts[LEFT_OUT] += 1

        return judged


@contextlib.asynccontextmanager
async def open_judge(reels_file: Path, ledger: Ledger, *, priority: bool = False) -> AsyncIterator[Judge]:
    """Start it; at the end of the context it decodes what waits. `priority`: it goes before most; needs root."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"from {__name__} import main; main()", str(reels_file),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if priority:
        os.setpriority(os.PRIO_PROCESS, process.pid, -15)
    try:
        yield Judge(process, ledger)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            verdict = msgspec.json.decode(await process.stdout.read(), type=Verdict)
            await process.wait()
        ledger.counts.update(verdict.counts)
        for words in verdict.faults:
            ledger.fault(words)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


# Inside


class _Bench:
    """Where the decoding is done."""

    def __init__(self, reels: tuple[Reel, ...]) -> None:
        self.counts: Counter[str] = Counter({"corrupt runs": 0})
        self.faults: list[str] = []
        self._film = Film(reels)
        self._runs: dict[int, Decoder | None] = {}  # by viewer; None: nothing more of this run is decoded
        self._last: dict[int, int] = {}

    def take(self, viewer: int, n: int, data: bytes, first: bool) -> None:
        """The next chunk of a viewer."""
        if first:
            self.counts["decoded runs"] += 1
        elif n != self._last.get(viewer, -1) + 1:
            self._runs[viewer] = None  # frames were left out: a hole of ours, not of the broadcaster's
        self._last[viewer] = n
        if first or (n % FPS == 0 and epoch(n) != epoch(n - 1) and self._runs.get(viewer)):
            self._runs[viewer] = Decoder(self._film.reel(n).init)
        run = self._runs.get(viewer)
        if run is None:
            return
        try:
            right = run.picture(cmaf.parse(data).data) == self._film.sum(n)
        except (av.FFmpegError, ValueError):
            right = False
        self.counts["pictures"] += 1
        if not right:
            self._runs[viewer] = None
            self.counts["corrupt runs"] += 1
            self.faults.append(f"viewer {viewer}: the picture of frame {n} is corrupt")


def main() -> None:
    """The process."""
    bench = _Bench(load(Path(sys.argv[1]).read_bytes()))
    while len(head := sys.stdin.buffer.read(_HEAD.size)) == _HEAD.size:
        viewer, n, first, size = _HEAD.unpack(head)
        bench.take(viewer, n, sys.stdin.buffer.read(size), bool(first))
    sys.stdout.buffer.write(msgspec.json.encode(Verdict(dict(bench.counts), bench.faults[:50])))
