"""The film over real Kafka, director, worker and broadcaster being processes of their own."""

import asyncio
import io
import random
import signal
import subprocess
import time
import uuid
from itertools import count

import av
import psutil
import pytest

from streamer.bus import open_bus
from streamer.messages import (
    TIMESCALE,
    EndOfStory,
    FrameDescription,
    Resume,
    decode_direction,
    decode_director_state,
)
from streamer.topics import DEAD_LETTERS, DESCRIPTIONS, DIRECTOR_STATE, VIDEO, home
from streamer.video import Chunk, InitSegment, from_record
from tools.system import System
from tools.watcher import Watcher

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(900)]

PARTITIONS = 4
FPS = 12
SMALL = ("--size", "256x256", "--fps", str(FPS))


def names_at(partition: int, wanted: int) -> list[str]:
    """Ids of streams that live on one partition."""
    ids = (f"film-{n}" for n in count())
    return [next(i for i in ids if home(i, PARTITIONS) == partition) for _ in range(wanted)]


class Film(System):
    """The services on topics of their own, and kcat to write to them."""

    def __init__(self, kafka: str, kcat: str) -> None:
        self.kafka, self.kcat, self.prefix = kafka, kcat, f"t{uuid.uuid4().hex[:8]}."
        bus = ("--bus", f"kafka://{kafka}", "--topic-prefix", self.prefix, "--partitions", str(PARTITIONS))
        super().__init__(*bus, "--log-level", "warning")

    def feed(self, lines: list[bytes], *options: str) -> None:
        """Write prompts with kcat, whose default partitioner (CRC32) is not Kafka's own."""
        subprocess.run(
            [self.kcat, "-P", "-b", self.kafka, "-t", f"{self.prefix}prompts", *options],
            input=b"\n".join(lines) + b"\n",
            check=True,
            timeout=60,
        )


@pytest.fixture
def system(kafka, kcat):
    film = Film(kafka, kcat)
    try:
        assert film.start("topics", "topics", "create").popen.wait(90) == 0, film.report()
        yield film
    finally:
        film.close()


def start_services(film: Film) -> None:
    film.start("director", "director", "--instance", "director-a")
    film.start("worker", "worker", "--instance", "worker-a", *SMALL)
    film.start("broadcaster", "broadcaster", "--port", "0")


async def everything(film: Film, topic) -> list:
    """All committed records of a topic."""
    found = []
    bus = open_bus(f"kafka://{film.kafka}", prefix=film.prefix, partitions=PARTITIONS)
    async with bus, bus.tail(topic) as tail:
        async with asyncio.timeout(60):
            while not tail.caught_up:
                found += await tail.records(0.2)
    return found


async def until(condition, what: str, seconds: float = 90.0) -> None:
    """Wait until `condition()` holds, which may be a coroutine function; `what` says what never came."""
    deadline = time.monotonic() + seconds
    while not (await held if asyncio.iscoroutine(held := condition()) else held):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        await asyncio.sleep(0.05)


def live(film: Film, stream: str) -> str:
    return film.url.replace("http", "ws", 1) + f"/streams/{stream}/live"


def plays(info) -> bool:
    return info["status"] == "playing" and info["media"] is not None


async def check_descriptions(film: Film, streams: list[str]) -> None:
    """Every description of every stream is at home, and within each epoch seq has neither gap nor repeat."""
    told: dict[str, list] = {}
    for record in await everything(film, DESCRIPTIONS):
        stream = record.key.decode()
        assert record.partition == home(stream, PARTITIONS)
        told.setdefault(stream, []).append(decode_direction(record.value))
    for stream in streams:
        expected: dict[int, int] = {}
        newest = 0
        for direction in told[stream]:
            assert direction.epoch >= newest, f"{stream}: epoch {direction.epoch} after {newest}"
            newest = direction.epoch
            if isinstance(direction, FrameDescription | EndOfStory):
                assert direction.seq == expected.get(direction.epoch, 0), f"{stream}: {direction}"
                expected[direction.epoch] = direction.seq + 1


async def check_video(film: Film, stream: str) -> int:
    """The stream's chunks on the topic; how many there are.

    seq has neither gap nor repeat in rising epochs, pts is chained. The rate is as asked for: no frame is shorter, and
    where a busy machine makes longer ones, the first is not among them.
    """
    before: Chunk | None = None
    frames = 0
    for record in await everything(film, VIDEO):
        if record.key != stream.encode():
            continue
        item = from_record(record.headers, record.value)
        if isinstance(item, InitSegment):
            continue
        assert item.duration >= TIMESCALE // FPS
        if before is None:
            assert item.duration == TIMESCALE // FPS
        else:
            assert item.pts == before.pts + before.duration
            assert item.epoch >= before.epoch
            assert item.seq == (before.seq + 1 if item.epoch == before.epoch else 0)
        before = item
        frames += 1
    return frames


async def test_prompts_by_kcat_play_films_that_a_viewer_decodes(system):
    # Given three services as processes
    start_services(system)
    words = {f"k{n}": f"a {colour} {thing} at sea" for n, (colour, thing) in enumerate(
        [("red", "boat"), ("blue", "whale"), ("green", "fish"), ("yellow", "duck")]
    )}  # fmt: skip
    # When kcat writes prompts for several streams, to whatever partitions it likes
    system.feed([f"{stream}:{text}".encode() for stream, text in words.items()], "-K", ":")
    for stream in words:
        system.wait(f"/api/streams/{stream}", plays)
    # Then each is directed by its words
    watchers = [Watcher(live(system, stream)) for stream in words]
    await asyncio.gather(*(w.run(until=lambda w: len(w.chunks) > 20, decode=True) for w in watchers))
    for watcher in watchers:
        assert watcher.faults == []
        assert watcher.decoded == len(watcher.chunks)
        assert watcher.last_picture.std() > 5
    # And one is steered by REST: its epoch comes on screen, and the wish is followed to the end
    first = system.get("/api/streams/k0")["epoch"]
    wish = system.post("/api/streams/k0/prompts", {"prompt": "now it snows"})
    shown = await Watcher(live(system, "k0")).run(until=lambda w: w.epochs() and w.epochs()[-1] > first)
    assert shown.faults == []
    progress = system.wait(f"/api/streams/k0/prompts/{wish['id']}", lambda p: p["progress"] == "on_screen")
    assert progress["epoch"] == shown.epochs()[-1]
    # And every prompt was taken exactly once, at home
    await check_descriptions(system, list(words))
    for stream in words:
        assert await check_video(system, stream) > 20
    outcomes: dict[str, list] = {}
    for record in await everything(system, DIRECTOR_STATE):
        assert record.partition == home(record.key.decode(), PARTITIONS)
        outcomes[record.key.decode()] = list(decode_director_state(record.value).outcomes)
    assert {stream: len(found) for stream, found in outcomes.items()} == {"k0": 2, "k1": 1, "k2": 1, "k3": 1}
    assert all(o.outcome == "taken" for found in outcomes.values() for o in found)


async def test_what_strangers_write_becomes_a_dead_letter_and_the_film_goes_on(system):
    start_services(system)
    system.feed([b"main:a red boat"], "-K", ":")
    system.wait("/api/streams/main", plays)
    bad = [
        b"main:\xff\xfe\xfd",
        b'main:{"prompt": ',
        b'main:{"prompt": 7}',
        b'main:{"prompt": "x", "action": "melt"}',
        b"not an id!:a boat",
        b'never-played:{"action": "pause"}',
        b"main:" + b"x" * 1_000_000,
    ]
    system.feed(bad, "-K", ":", "-X", "message.max.bytes=4000000")
    # a null key is the stream `main`
    system.feed([b"now it rains"])
    system.wait("/api/streams/main", lambda s: plays(s) and s["prompt"] == "now it rains")
    letters = []

    async def all_have_come() -> bool:
        letters[:] = await everything(system, DEAD_LETTERS)
        return len(letters) >= len(bad)

    await until(all_have_come, "a dead letter for each")
    reasons = [dict(letter.headers)["reason"].decode() for letter in letters]
    assert len(letters) == len(bad), reasons
    assert all(reasons)
    assert {letter.value for letter in letters} == {line.partition(b":")[2] for line in bad}
    watcher = await Watcher(live(system, "main")).run(until=lambda w: len(w.chunks) > 24)
    assert watcher.faults == []


async def test_twenty_kills_leave_no_gap_repeat_or_inversion(system):
    # Given two films on one partition and one elsewhere; one of the two is paused
    moving, held = names_at(1, 2)
    other = names_at(2, 1)[0]
    start_services(system)
    system.feed([f"{s}:a red fox runs through snow".encode() for s in (moving, held, other)], "-K", ":")
    for stream in (moving, held, other):
        system.wait(f"/api/streams/{stream}", plays)
    system.post(f"/api/streams/{held}/prompts", {"action": "pause"})
    system.wait(f"/api/streams/{held}", lambda s: s["status"] == "held")
    ended = asyncio.Event()
    watchers = [Watcher(live(system, stream)) for stream in (moving, other)]
    watching = [asyncio.create_task(w.run(until=lambda _: ended.is_set(), seconds=880)) for w in watchers]
    # When workers, directors and both at once are killed twenty times, with a steer now and then
    dice = random.Random(20)
    wishes = 0
    for n in range(20):
        await asyncio.sleep(dice.uniform(0.3, 1.5))
        victims = (["worker"], ["director"], ["worker", "director"])[n % 3]
        if n % 5 == 2:
            # (no wish overtakes another: the one before is on the screen, which takes living services)
            await until(lambda: len(watchers[0].epochs()) == wishes + 1, f"wish {wishes} on the screen")  # noqa: B023
        for name in victims:
            await asyncio.to_thread(system.kill, name)
        if n % 5 == 2:
            wishes += 1
            words = {"prompt": f"now wish number {n}: a blue boat"}
            await asyncio.to_thread(system.post, f"/api/streams/{moving}/prompts", words)
        for name in victims:
            await asyncio.to_thread(system.again, name)
        seen = len(watchers[0].chunks)
        deadline = time.monotonic() + 90
        while len(watchers[0].chunks) < seen + 6:
            assert time.monotonic() < deadline, f"kill {n} of {victims}: the film stands still\n" + system.report()
            await asyncio.sleep(0.05)
    # Then the films go on, the newest wish is on the screen, and the paused one can be resumed
    await asyncio.to_thread(system.post, f"/api/streams/{held}/prompts", {"action": "resume"})
    await asyncio.to_thread(system.wait, f"/api/streams/{held}", plays)
    resumed = await Watcher(live(system, held)).run(until=lambda w: len(w.chunks) > 40)
    await until(lambda: len(watchers[0].epochs()) == wishes + 1, "the newest wish on the screen")
    seen = len(watchers[0].chunks)
    await until(lambda: len(watchers[0].chunks) > max(150, seen + 24), "the film goes on")
    ended.set()
    await asyncio.gather(*watching)
    for watcher in [*watchers, resumed]:
        assert watcher.faults == []
    assert len(watchers[0].epochs()) == 5
    for stream in (moving, held, other):
        assert await check_video(system, stream) > 24
    await check_descriptions(system, [moving, held, other])
    resumes = [r for r in await everything(system, DESCRIPTIONS) if isinstance(decode_direction(r.value), Resume)]
    assert len(resumes) == 1


async def test_a_restarted_broadcaster_goes_on_where_the_film_is(system):
    start_services(system)
    system.feed([b"main:a red fox runs through snow"], "-K", ":")
    system.wait("/api/streams/main", plays)
    before = await Watcher(live(system, "main")).run(until=lambda w: len(w.chunks) > 12)
    for _ in range(3):
        # When it is killed and started again
        await asyncio.to_thread(system.kill, "broadcaster")
        await asyncio.to_thread(system.again, "broadcaster")
        # Then a viewer that comes back gets a clean film from at most two seconds before what it saw to beyond it
        seen = before.chunks[-1]
        after = await Watcher(live(system, "main")).run(
            until=lambda w: len(w.chunks) > 12 and w.chunks[-1].info.pts > seen.info.pts,  # noqa: B023
            decode=True,
        )
        assert before.faults == after.faults == []
        assert after.decoded == len(after.chunks)
        assert after.hello["epoch"] == seen.epoch
        assert after.chunks[0].info.pts > seen.info.pts - 2 * TIMESCALE
        before = after


async def test_a_director_whose_worker_stands_still_fills_its_lead_and_waits(system):
    start_services(system)
    system.feed([b"main:a red fox runs through snow"], "-K", ":")
    system.wait("/api/streams/main", plays)
    others = [psutil.Process(system.services[name].popen.pid) for name in ("director", "broadcaster")]
    # Given a worker that is stopped (not dead) for a minute: no frame is made
    system.services["worker"].send(signal.SIGSTOP)
    await asyncio.to_thread(system.wait, "/api/streams/main", lambda s: s["lead"] > 4.0)
    await asyncio.sleep(20)  # the window that it has asked for comes to its end
    told = len(await everything(system, DESCRIPTIONS))
    size = [process.memory_info().rss for process in others]
    await asyncio.sleep(40)
    # Then the director has published until its lead was full, and nothing more; nobody's memory grows
    descriptions = [decode_direction(record.value) for record in await everything(system, DESCRIPTIONS)]
    assert len(descriptions) == told
    lead = system.get("/api/streams/main")["lead"]
    window = sum(d.duration for d in descriptions[-8:])  # 2 s each, unless the machine is very slow
    assert 4.0 < lead <= 4.0 + window, f"{lead} s: more than the low mark, at most a window of 8 above it"
    for process, before in zip(others, size, strict=True):
        assert process.memory_info().rss < before + 5e6
    # And after a steer, the first frame that a worker makes is of the new epoch
    old = system.get("/api/streams/main")["epoch"]
    frames = await check_video(system, "main")
    system.post("/api/streams/main/prompts", {"prompt": "a blue boat at night"})

    async def directed() -> bool:
        return decode_direction((await everything(system, DESCRIPTIONS))[-1].value).epoch > old

    await until(directed, "a description of the new epoch")
    system.again("worker")
    await Watcher(live(system, "main")).run(until=lambda w: w.epochs() and w.epochs()[-1] > old)
    items = [from_record(r.headers, r.value) for r in await everything(system, VIDEO)]
    new = [item for item in items if isinstance(item, Chunk)][frames:]
    assert new[0].seq == 0
    assert all(chunk.epoch > old for chunk in new)


async def test_one_key_and_generation_concatenated_is_a_file(system):
    start_services(system)
    system.feed([b"main:a red fox runs through snow"], "-K", ":")
    system.wait("/api/streams/main", plays)
    await Watcher(live(system, "main")).run(until=lambda w: len(w.chunks) > 30)
    items = [from_record(r.headers, r.value) for r in await everything(system, VIDEO)]
    assert sum(isinstance(item, Chunk) for item in items) > 20
    inits = [n for n, item in enumerate(items) if isinstance(item, InitSegment)]
    assert inits
    for start in inits:
        run = [i for i in items[start:] if i.generation == items[start].generation]
        chunks = [i for i in run if isinstance(i, Chunk)]
        with av.open(io.BytesIO(b"".join(i.data for i in run))) as file:
            decoded = sum(1 for _ in file.decode(video=0))
        assert decoded == len(chunks) > 0
