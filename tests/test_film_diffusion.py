"""`streamer up --engine diffusion`: a tiny model with random weights draws a film, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import av
import psutil
import pytest

from streamer.messages import TIMESCALE
from tools.system import ROOT, System, running
from tools.tiny_models import make
from tools.watcher import Watcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ONE_CORE = {"OMP_NUM_THREADS": "1"}  # threads that wait for each other starve on a busy machine

SOON = 120.0
"""Seconds for what should be there in a moment, on a machine with a hundred other things to do."""


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Flags for a tiny SD-Turbo with a tiny TAESD."""
    folder = tmp_path_factory.mktemp("models")
    model, decoder = make("sd-turbo", folder), make("taesd", folder)
    return ["--engine", "diffusion", "--engine-model", str(model), "--decoder", str(decoder), "--size", "64x64"]


@pytest.fixture(scope="module")
def system(options: list[str]) -> Iterator[System]:
    with running("--log-level", "warning", env=ONE_CORE) as film:
        film.start("up", "up", "--port", "0", "--fps", "8", *options)
        film.wait("/api/streams/main", lambda s: s["status"] == "playing", SOON)
        yield film


def readyz(film: System) -> int:
    try:
        with urllib.request.urlopen(f"{film.url}/readyz", timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def metrics(film: System) -> str:
    with urllib.request.urlopen(f"{film.url}/metrics", timeout=30) as answer:
        return str(answer.read().decode())


def engines(film: System) -> list[psutil.Process]:
    """The engine's process."""
    inside = psutil.Process(film.services["up"].popen.pid).children(recursive=True)
    return [process for process in inside if "engines.process.child" in " ".join(process.cmdline())]


def test_what_draws_is_told(system: System) -> None:
    media = system.get("/api/streams/main")["media"]
    assert media["engine"] == "diffusion/sd-turbo"
    assert media["backend"].startswith("torch ")
    assert len(engines(system)) == 1


async def test_a_viewer_sees_an_unbroken_film_over_the_death_of_the_engines_process(system: System) -> None:
    watcher = Watcher(system.url.replace("http", "ws", 1) + "/streams/main/live")
    killed: list[int] = []

    def seconds(w: Watcher) -> float:
        return (w.chunks[-1].info.pts - w.chunks[0].info.pts) / TIMESCALE if w.chunks else 0.0

    async def kill() -> None:
        while seconds(watcher) < 2:
            await asyncio.sleep(0.05)
        engines(system)[0].kill()
        while await asyncio.to_thread(readyz, system) == 200:
            await asyncio.sleep(0.01)
        killed.append(len(watcher.chunks))
        while await asyncio.to_thread(readyz, system) != 200:
            await asyncio.sleep(0.05)

    killing = asyncio.create_task(kill())
    async with asyncio.timeout(SOON):
        await watcher.run(until=lambda w: killing.done() and len(w.chunks) > killed[0] + 16)
    await killing
    assert watcher.faults == []
    times = [(seen.epoch, seen.info.seq, seen.info.pts) for seen in watcher.chunks]
    assert all(b[1] == a[1] + 1 and b[2] > a[2] for a, b in zip(times, times[1:], strict=False) if a[0] == b[0])
    text = await asyncio.to_thread(metrics, system)
    assert 'streamer_engine_events_total{event="restarts"} 1.0' in text
    assert 'engine="diffusion/sd-turbo"' in text


def streamer(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streamer", *arguments]
    env = os.environ | ONE_CORE
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=280, check=False)


def test_a_bench_tells_what_a_frame_costs_by_the_frames_of_a_call(options: list[str]) -> None:
    done = streamer("engines", "bench", *options[2:])
    assert done.returncode == 0, done.stderr
    assert "diffusion/sd-turbo on torch " in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines()[-4:]] == ["1", "2", "4", "8"]


def test_a_film_into_a_file(options: list[str], tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    command = ["render", "a red fox", "-o", str(film), "--seconds", "1.5", "--fps", "8", *options]
    done = streamer(*command)
    assert done.returncode == 0, done.stderr
    with av.open(str(film)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 12


def test_a_half_downloaded_model_is_one_clear_line(options: list[str], tmp_path: Path) -> None:
    model = Path(make("sd-turbo", tmp_path))
    (weights,) = (model / "unet").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:1000])
    command = ["up", "--port", "0", "--log-level", "error", *options, "--engine-model", str(model)]
    done = streamer(*command)
    assert done.returncode == 2, done.stderr
    assert "unet" in done.stderr
    assert done.stderr.count("\n") == 1
