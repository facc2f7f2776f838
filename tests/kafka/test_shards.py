"""`streamer broadcaster --processes N` on a real Kafka: one port, several processes, one film for all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from streamer.bus import open_bus
from streamer.bus.base import Bus, Record
from streamer.media import cmaf
from streamer.messages import DirectorState, Media, WorkerState, decode_audience, encode
from streamer.topics import AUDIENCE, DIRECTOR_STATE, PROMPTS, VIDEO, WORKER_STATE
from streamer.video import Chunk, InitSegment, to_headers
from tools.system import System
from tools.watcher import Watcher

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]

SHARDS, PARTITIONS = 3, 4

SOON = 90.0
"""Seconds for what should be there in a moment, on a machine with a hundred other things to do."""


class Shared(System):
    """A broadcaster in several processes, on topics of its own."""

    def __init__(self, kafka: str) -> None:
        self.kafka, self.prefix = kafka, f"t{uuid.uuid4().hex[:8]}."
        bus = ("--bus", f"kafka://{kafka}", "--topic-prefix", self.prefix, "--partitions", str(PARTITIONS))
        super().__init__(*bus, "--log-level", "warning")

    def open(self) -> None:
        self.start("shards", "broadcaster", "--processes", str(SHARDS), "--port", "0")

    @property
    def parent(self) -> psutil.Process:
        return psutil.Process(self.services["shards"].popen.pid)

    def shards(self) -> dict[int, psutil.Process]:
        """{number: process} of the shards that run."""
        found = {}
        for child in self.parent.children():
            with contextlib.suppress(psutil.NoSuchProcess):
                command = child.cmdline()
                if "streamer.shard" in command:
                    found[int(command[-1])] = child
        return found

    def bus(self) -> Bus:
        return open_bus(f"kafka://{self.kafka}", prefix=self.prefix, partitions=PARTITIONS)

    def page(self, path: str) -> str:
        """The text of GET, over a connection of its own: whichever shard the kernel deals it to."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    async def everywhere(self, says: Callable[[], bool], what: str) -> None:
        """Wait until `says()`, a question by a connection of its own, holds twelve times in a row."""
        deadline, row = time.monotonic() + SOON, 0
        while row < 12:
            try:
                row = row + 1 if await asyncio.to_thread(says) else 0
            except urllib.error.HTTPError:
                row = 0
            assert time.monotonic() < deadline, f"{what}: not within {SOON:.0f} s\n" + self.report()

    def viewers(self, stream: str = "main") -> int:
        return int(self.get(f"/api/streams/{stream}")["viewers"])

    def counted(self, metric: str) -> float:
        """A sample on /metrics; 0 where there is none."""
        found = re.search(rf"^{re.escape(metric)} (\S+)$", self.page("/metrics"), re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    async def connect(self, stream: str = "main") -> ClientConnection:
        url = self.url.replace("http", "ws", 1) + f"/streams/{stream}/live"
        return await connect(url, compression=None, max_size=None, open_timeout=SOON, close_timeout=1, proxy=None)


@pytest.fixture(scope="module")
def shared(kafka):
    system = Shared(kafka)
    try:
        assert system.start("topics", "topics", "create").popen.wait(SOON) == 0, system.report()
        yield system
    finally:
        system.close()


@pytest.fixture
def system(shared):
    """Shards that run: those of the test before, if it left them."""
    if "shards" not in shared.services or not shared.services["shards"].alive:
        shared.open()
    return shared


async def show(bus: Bus, frames: int, stream: str = "main") -> None:
    """A film of epoch 5 that a director directs, its pictures being nonsense."""
    media = Media(codec="avc1.42c015", width=64, height=64, fps=24, engine="sketch", backend="cpu")
    init = InitSegment(5, 1, media, b"\x00\x00\x00\x0cftypinit")
    await bus.publish(Record(DIRECTOR_STATE, stream, encode(DirectorState(epoch=5, status="playing", prompt="a fox"))))
    _, keyframe = await bus.publish(Record(VIDEO, stream, init.data, to_headers(init)))
    for seq in range(frames):
        data = cmaf.chunk(seq=seq, pts=seq * 3750, duration=3750, keyframe=seq == 0, data=b"picture", wall=1.0)
        chunk = Chunk(5, seq, seq * 3750, 3750, seq == 0, 1, data, None)
        await bus.publish(Record(VIDEO, stream, chunk.data, to_headers(chunk)))
    state = WorkerState(
        epoch=5, status="playing", seq=frames, init=init.data, media=media, generation=1, keyframe=keyframe
    )
    await bus.publish(Record(WORKER_STATE, stream, encode(state)))


async def told(socket: ClientConnection, kind: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The next text message of a type that is so."""
    async with asyncio.timeout(SOON):
        while True:
            data = await socket.recv()
            if isinstance(data, str) and (message := json.loads(data))["type"] == kind and holds(message):
                return message  # type: ignore[no-any-return]


async def counts(bus: Bus) -> dict[int, int]:
    """{shard: viewers of `main`}, as the topic says now."""
    found: dict[int, int] = {}
    async with bus.tail(AUDIENCE) as tail, asyncio.timeout(SOON):
        while not tail.caught_up:
            for record in await tail.records(0.2):
                stream, _, name = (record.key or b"").decode().partition("/")
                if stream != "main":
                    continue
                if record.value is None:
                    found.pop(int(name.rpartition("#")[2]), None)
                else:
                    found[int(name.rpartition("#")[2])] = decode_audience(record.value).count
    return found


async def prompts(bus: Bus) -> Counter[bytes]:
    """How often each id is on the topic."""
    found: Counter[bytes] = Counter()
    async with bus.tail(PROMPTS) as tail, asyncio.timeout(SOON):
        while not tail.caught_up:
            found.update(dict(record.headers)["id"] for record in await tail.records(0.2))
    return found


async def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until `holds()`, which may be a coroutine function; returns what it says."""
    deadline = time.monotonic() + SOON
    while not (said := await held if asyncio.iscoroutine(held := holds()) else held):
        assert time.monotonic() < deadline, f"{what}: not within {SOON:.0f} s"
        await asyncio.sleep(0.1)
    return said


async def test_shards_serve_one_film_to_one_audience_and_one_of_them_may_die(system):
    bus = system.bus()
    async with bus, contextlib.AsyncExitStack() as stack:
        await show(bus, 24)
        await system.everywhere(lambda: system.get("/api/streams/main")["epoch"] == 5, "the film everywhere")
        # Given viewers, whom the kernel deals to all shards
        sockets = [await stack.enter_async_context(await system.connect()) for _ in range(36)]

        async def all_are_told() -> dict[int, int]:
            found = await counts(bus)
            return found if sum(found.values()) == 36 else {}

        dealt = await until(all_are_told, "counts of 36 viewers on the topic")
        assert set(dealt) == set(range(SHARDS)), "36 viewers, and a shard without any"
        # Then each of them is told how many they are, and any shard says so
        await asyncio.gather(*(told(socket, "status", lambda said: said["viewers"] == 36) for socket in sockets))
        await system.everywhere(lambda: system.viewers() == 36, "36 viewers in the REST API")
        # And any shard's metrics are those of all
        viewing = 'streamer_viewers{stream="main"}'
        await system.everywhere(lambda: system.counted(viewing) == 36, "36 viewers in the metrics")
        joins = await asyncio.to_thread(system.counted, "streamer_joins_total")
        assert joins >= 36

        # When one of them is killed
        victim, process = max(system.shards().items(), key=lambda item: dealt[item[0]])
        process.kill()
        ends = await asyncio.gather(*map(gone, sockets))
        lost = [socket for socket, end in zip(sockets, ends, strict=True) if end]
        # Then its viewers alone are gone, and the others' go on
        assert len(lost) == dealt[victim]
        held = DirectorState(epoch=5, status="held", reason="paused")
        await bus.publish(Record(DIRECTOR_STATE, "main", encode(held)))
        left = [socket for socket in sockets if socket not in lost]
        await asyncio.gather(*(told(socket, "status", lambda said: said["status"] == "held") for socket in left))
        # And it comes back, with a clean slate of viewers and the counters of its life before
        again = await until(lambda: system.shards().get(victim), "the shard started again")
        assert again.pid != process.pid
        await system.everywhere(lambda: system.viewers() == len(left), "the viewers that are left")
        await system.everywhere(lambda: system.counted(viewing) == len(left), "the same in the metrics")
        assert await asyncio.to_thread(system.counted, "streamer_joins_total") >= joins
        await until(lambda: again.net_connections("tcp"), "the shard that came back listens")
        returned = [await stack.enter_async_context(await system.connect()) for _ in range(24)]

        async def serves() -> bool:
            return victim in await counts(bus)

        await until(serves, "viewers of the shard that came back")
        hellos = await asyncio.gather(*(told(socket, "hello", bool) for socket in returned))
        assert {hello["epoch"] for hello in hellos} == {5}


async def gone(socket: ClientConnection) -> bool:
    """Does this viewer's connection end by itself? Those of a killed process end at once, others not at all."""
    try:
        async with asyncio.timeout(3.0):
            while True:
                await socket.recv()
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False


async def test_a_wish_can_be_followed_through_any_shard_and_acts_once(system):
    bus = system.bus()
    async with bus:
        # When a wish for a stream that nobody knows yet is taken by one shard
        wish = await asyncio.to_thread(system.post, "/api/streams/new/prompts", {"prompt": "a fox", "id": "mine"})
        # Then all of them know it
        assert wish["progress"] == "accepted"
        href = "/api/streams/new/prompts/mine"
        await system.everywhere(lambda: system.get(href)["progress"] == "accepted", "the wish is known everywhere")
        # And asking again, wherever, is asking once
        for _ in range(12):
            await asyncio.to_thread(system.post, "/api/streams/new/prompts", {"prompt": "a fox", "id": "mine"})
        assert await prompts(bus) == {b"mine": 1}


def counters(shard: psutil.Process) -> Path:
    """The folder in which shards keep what they count."""
    return Path(shard.environ()["PROMETHEUS_MULTIPROC_DIR"])


def there(folder: Path) -> bool:
    return folder.is_dir()


async def test_viewers_stay_while_a_worker_is_killed_and_another_takes_over(system):
    director = system.start("director", "director")
    worker = system.start("worker", "worker", "--instance", "w", "--size", "128x128", "--fps", "8")
    await asyncio.to_thread(system.post, "/api/streams/fox/prompts", {"prompt": "a red fox runs through snow"})
    await asyncio.to_thread(system.wait, "/api/streams/fox", lambda s: s["status"] == "playing")
    watcher, over = Watcher(system.url.replace("http", "ws", 1) + "/streams/fox/live"), asyncio.Event()
    watching = asyncio.create_task(watcher.run(until=lambda _: over.is_set(), seconds=4 * SOON))

    def said() -> list[tuple[str, str]]:
        """What it was told of the status, each once."""
        states = [(m["status"], m["reason"]) for m in watcher.messages if m["type"] in ("hello", "status")]
        return [state for n, state in enumerate(states) if n == 0 or state != states[n - 1]]

    await until(lambda: len(watcher.chunks) > 8, "the film")
    # When the worker is killed
    await asyncio.to_thread(worker.end, signal.SIGKILL)
    # Then those who watch are told, and keep their line
    await until(lambda: said()[-1] == ("waiting", "rendering resumes…"), "the word that rendering resumes")
    assert not watching.done()
    # And when there is another one, the film goes on where it was, without a gap
    seen = len(watcher.chunks)
    worker = system.again("worker")
    await until(lambda: len(watcher.chunks) > seen + 8 and said()[-1] == ("playing", ""), "the film goes on")
    over.set()
    await watching
    for process in (director, worker):
        await asyncio.to_thread(process.end)
    assert watcher.faults == []
    assert sum(m["type"] == "hello" for m in watcher.messages) == 1 + (watcher.messages[0]["status"] == "waiting")


async def test_no_shard_outlives_a_parent_that_was_killed(system):
    shards = system.shards()
    assert set(shards) == set(range(SHARDS))
    folder = counters(shards[0])
    await asyncio.to_thread(system.kill, "shards")
    _, alive = await asyncio.to_thread(psutil.wait_procs, list(shards.values()), SOON)
    assert not alive
    assert not there(folder)


async def test_shards_end_with_their_parent_in_order(system):
    shards = system.shards()
    folder = counters(shards[0])
    assert there(folder)
    async with await system.connect() as socket:
        parent = system.services["shards"]
        assert await asyncio.to_thread(parent.end, signal.SIGTERM, SOON) == 0, parent.tail()
        async with asyncio.timeout(SOON):
            async for _ in socket:  # to its end, which is a goodbye
                pass
        assert socket.close_code == 1001
    assert not any(shard.is_running() for shard in shards.values())
    assert not there(folder)
    assert sum("watching at" in line for line in parent.lines) == 1
