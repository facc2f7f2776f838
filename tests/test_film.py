"""From words to pixels: what `streamer up` shows follows what was asked, and what the commands say is so."""

import asyncio
import json
import socket
import subprocess
import sys
import time

import av
import httpx2
import numpy as np
import psutil
import pytest

from streamer.messages import TIMESCALE
from tools.system import ROOT, System, running
from tools.watcher import Watcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOON = 60.0
"""Seconds for what should be there in a moment, on a machine with a hundred other things to do."""


@pytest.fixture(scope="module")
def system():
    with running("--log-level", "warning") as film:
        film.start("up", "up", "--port", "0", "--slow-limit", "300")
        film.wait("/api/streams/main", lambda s: s["status"] == "playing", SOON)
        yield film


def live(film: System, stream: str) -> str:
    return film.url.replace("http", "ws", 1) + f"/streams/{stream}/live"


def streamer(film: System, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that talks to the running system."""
    command = [sys.executable, "-m", "streamer", *arguments, "--url", film.url]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


async def watch_film(film: System, stream: str, words: str, descriptions: int) -> tuple[Watcher, list[dict]]:
    """Play `words` and watch until so many descriptions were shown."""
    watcher = Watcher(live(film, stream))

    def told(w: Watcher) -> list[dict]:
        return [m["description"] for m in w.messages if m["type"] == "description"]

    watching = asyncio.create_task(watcher.run(until=lambda w: len(told(w)) >= descriptions, decode=True))
    await asyncio.to_thread(film.post, f"/api/streams/{stream}/prompts", {"prompt": words})
    await watching
    assert watcher.faults == []
    return watcher, told(watcher)


def inside(picture: np.ndarray, box: list[float]) -> np.ndarray:
    """The pixels of a box, int (n, 3)."""
    height, width = picture.shape[:2]
    x, y, w, h = box
    rows = slice(max(0, int(y * height)), max(1, int((y + h) * height)))
    columns = slice(max(0, int(x * width)), max(1, int((x + w) * width)))
    return picture[rows, columns].reshape(-1, 3).astype(int)


async def test_a_red_fox_in_snow_and_a_blue_boat_at_night_are_different_films(system):
    fox, fox_told = await watch_film(system, "fox", "a red fox runs through snow", 4)
    boat, boat_told = await watch_film(system, "boat", "a blue boat at night", 4)
    # The fox is red, on light ground: the picture moves to the box of the description before the newest
    shown = next(o for o in fox_told[-2]["objects"] if o["noun"] == "fox")
    pixels = inside(fox.last_picture, shown["box"])
    red = (pixels[:, 0] > 130) & (pixels[:, 0] - pixels[:, 1:].max(axis=1) > 60)
    assert red.mean() > 0.08, f"{red.mean():.1%} of the fox's box is red"
    ground = fox.last_picture[-60:].astype(int)
    assert ground.mean() > 150, f"the snow has a mean of {ground.mean():.0f}"
    # The night is dark, and bluer than red
    night = boat.last_picture.astype(int)
    assert night.mean() < 90, f"the night has a mean of {night.mean():.0f}"
    assert night[..., 2].mean() > night[..., 0].mean() + 10
    assert abs(fox.last_picture.astype(int) - night).mean() > 60
    # Boxes and camera develop from description to description
    for told in (fox_told, boat_told):
        for before, after in zip(told, told[1:], strict=False):
            assert [o["box"] for o in before["objects"]] != [o["box"] for o in after["objects"]]
            assert before.get("camera") != after.get("camera")


async def test_a_viewer_that_reads_nothing_for_twenty_seconds(system):
    # Given one viewer that reads and one that does not
    process = psutil.Process(system.services["up"].popen.pid)
    host, port = system.url.removeprefix("http://").split(":")
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    stuck.connect((host, int(port)))
    request = (
        f"GET /streams/main/live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    stuck.sendall(request.encode())
    before = process.memory_info().rss
    # Then nobody waits for it and it costs little: film time keeps to the clock, however few its frames
    watcher = await Watcher(live(system, "main")).run(
        until=lambda w: w.chunks and w.chunks[-1].info.pts > w.chunks[0].info.pts + 20 * TIMESCALE
    )
    assert watcher.faults == []
    assert process.memory_info().rss - before < 30e6
    # And when it reads again, it is back at a keyframe, before long live
    stuck.settimeout(SOON)
    data = bytearray()
    seen = Watcher("")
    until = time.monotonic() + SOON
    while not seen.chunks or seen.chunks[-1].info.pts < watcher.chunks[-1].info.pts:
        assert time.monotonic() < until, f"it came to {len(seen.chunks)} chunks"
        data += stuck.recv(1 << 16)
        seen = _seen(bytes(data))
    stuck.close()
    holes = [
        (a, b) for a, b in zip(seen.chunks, seen.chunks[1:], strict=False) if b.info.pts != a.info.pts + a.info.duration
    ]
    assert len(holes) >= 1, "twenty seconds cannot have waited for it"
    assert all(after.info.keyframe for _, after in holes)


def _seen(data: bytes) -> Watcher:
    """What the whole WebSocket frames in the bytes of a connection tell."""
    watcher = Watcher("")
    data = data.partition(b"\r\n\r\n")[2]
    at = 0
    while at + 10 <= len(data):
        kind, length, at = data[at] & 15, data[at + 1], at + 2
        if length == 126:
            length, at = int.from_bytes(data[at : at + 2], "big"), at + 2
        elif length == 127:
            length, at = int.from_bytes(data[at : at + 8], "big"), at + 8
        payload, at = data[at : at + length], at + length
        if len(payload) < length:
            break
        if kind == 2:
            watcher.binary(payload, 0.0, decode=False)
        elif kind == 1:
            watcher.text(json.loads(payload))
    return watcher


def test_the_commands_do_what_they_say(system, tmp_path):
    done = streamer(system, "prompt", "three yellow balloons over a city")
    assert done.stdout.splitlines()[-1] == "on screen", done
    row = next(json.loads(line) for line in streamer(system, "ls").stdout.splitlines() if '"main"' in line)
    assert (row["status"], row["prompt"]) == ("playing", "three yellow balloons over a city")
    film = tmp_path / "film.mp4"
    done = streamer(system, "record", "-o", str(film), "--seconds", "2")
    assert done.returncode == 0, done.stderr
    with av.open(str(film)) as file:
        shown = [float(p.duration * p.time_base) for p in file.demux(video=0) if p.size]
        assert sum(shown[:-1]) < 2.0 <= sum(shown) + 1e-3  # whole frames; a busy machine makes longer ones
    with av.open(str(film)) as file:
        assert sum(1 for _ in file.decode(video=0)) == len(shown)
    assert "balloon" in streamer(system, "watch", "--seconds", "6").stdout
    assert streamer(system, "pause").returncode == 0
    system.wait("/api/streams/main", lambda s: (s["status"], s["reason"]) == ("held", "paused"), SOON)
    assert streamer(system, "resume").returncode == 0
    system.wait("/api/streams/main", lambda s: s["status"] == "playing", SOON)
    assert streamer(system, "stop").returncode == 0
    system.wait("/api/streams/main", lambda s: s["status"] == "ended", SOON)
    assert streamer(system, "prompt", "a red fox runs through snow", "--action", "play").returncode == 0
    system.wait("/api/streams/main", lambda s: s["status"] == "playing", SOON)


def test_a_film_that_is_stopped_ends_for_players_too(system):
    film = f"{system.url}/streams/short"
    system.post("/api/streams/short/prompts", {"prompt": "a red fox runs through snow"})
    until = time.monotonic() + SOON
    while httpx2.get(f"{film}/index.m3u8").status_code != 200:
        assert time.monotonic() < until, "no segment yet"
        time.sleep(0.1)
    with httpx2.stream("GET", f"{film}/live.mp4", timeout=SOON) as endless:
        assert streamer(system, "stop", "--stream", "short").returncode == 0
        assert len(endless.read()) > 1000, "and it came to an end"
    while "#EXT-X-ENDLIST" not in httpx2.get(f"{film}/index.m3u8").text:
        assert time.monotonic() < until, "the list does not end"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pause", "--stream", "nobody"], "nobody"),
        (["prompt", "x" * 3000], "2000"),
        (["prompt", "  "], "prompt"),
        (["record", "-o", "/nowhere/film.mp4", "--seconds", "1"], "/nowhere/film.mp4"),
        (["record"], "-o FILE"),
        (["record", "-o", "film.gif"], ".mp4"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(system, arguments, says):
    done = streamer(system, *arguments)
    assert done.returncode == 2, done
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_one_clear_line(system):
    port = system.url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "streamer", "up", "--port", port, "--log-level", "error"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done
    assert port in done.stderr
    assert "--port" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_rendered_film_has_exactly_its_frames(tmp_path):
    film = tmp_path / "film.mp4"
    arguments = ["render", "a red fox runs through snow", "-o", str(film), "--seconds", "2.5", "--fps", "30"]
    done = subprocess.run(
        [sys.executable, "-m", "streamer", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with av.open(str(film)) as file:
        stream = file.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (256, 256, 30)
        assert sum(1 for _ in file.decode(video=0)) == 75
