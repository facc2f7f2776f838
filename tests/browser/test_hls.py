"""Players of others in a real Chromium, in a page of another origin: hls.js, and a plain <video> of the endless MP4."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from npm import package
from reel import Reel

from streamer.broadcaster.service import BroadcasterService
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.settings import Settings
from streamer.topics import VIDEO
from streamer.video import Chunk, InitSegment, to_headers

PAGE = """<!doctype html><title>a page of somebody else</title><link rel=icon href=data:,>
<script src=hls.js></script><video muted playsinline></video>
<script>
    const video = document.querySelector("video");
    const errors = [];
    const playHls = (url) => {
        const hls = new Hls();
        hls.on(Hls.Events.ERROR, (_, error) => errors.push(`${error.fatal ? "fatal " : ""}${error.details}`));
        hls.loadSource(url);
        hls.attachMedia(video);
        video.play();
    };
    const playFile = (url) => { video.src = url; video.play(); };
    const look = () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [16, 9];
        canvas.getContext("2d").drawImage(video, 0, 0, 16, 9);
        return [...canvas.getContext("2d").getImageData(0, 0, 1, 1).data];
    };
</script>"""


@pytest.fixture(scope="session")
def hls_js() -> Path:
    return package("hlsjs") / "dist" / "hls.min.js"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants to read of it."""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """The origin of a site of somebody else, whose files are in `tmp_path`."""
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "hls.js").write_text("")
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


class Cinema:
    """A broadcaster that shows a reel in real time."""

    def __init__(self, bus: MemoryBus, service: BroadcasterService, url: str) -> None:
        self.url = url
        self.service = service
        self.reel = Reel(gop=24)
        self._bus = bus

    async def show(self, *items: InitSegment | Chunk) -> None:
        for item in items:
            await self._bus.publish(Record(VIDEO, "main", item.data, to_headers(item)))

    async def run(self) -> None:
        await self.show(self.reel.init, *self.reel.gops(5))
        loop = asyncio.get_running_loop()
        begin, shown = loop.time(), 0
        while True:
            await self.show(self.reel.init, *self.reel.frames(4))
            shown += 4
            await asyncio.sleep(max(0.0, begin + shown / 24 - loop.time()))


@contextlib.asynccontextmanager
async def cinema(origin: str) -> AsyncIterator[Cinema]:
    bus = MemoryBus()
    service = BroadcasterService(bus, Settings(port=0, allowed_origins=[origin]))
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(url.set_result))
    await asyncio.wait({running, url}, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    opened = Cinema(bus, service, await url)
    film = asyncio.create_task(opened.run())
    try:
        yield opened
    finally:
        for task in (film, running):
            task.cancel()
            await asyncio.wait({task}, timeout=60)
        assert film.cancelled(), "the film broke"


@pytest.fixture
async def playing(elsewhere: str) -> AsyncIterator[Cinema]:
    async with cinema(elsewhere) as opened:
        yield opened


async def test_hls_js_plays_and_goes_on_through_a_change_of_size(playing, viewer, elsewhere, tmp_path, hls_js):
    shutil.copy(hls_js, tmp_path / "hls.js")
    await viewer.page.goto(elsewhere)
    await viewer.page.evaluate("url => playHls(url)", f"{playing.url}/streams/main/index.m3u8")
    await viewer.until("video.currentTime > 0 && video.videoWidth === 160")
    at = await viewer.ask("video.currentTime")
    await viewer.until("video.currentTime > x + 2", at)
    red, green, blue, _ = await viewer.ask("look()")
    assert blue > red + 60, "the ground is blue"
    assert blue > green + 60
    playing.reel.resize((192, 112))
    await viewer.until("video.videoWidth === 192")
    at = await viewer.ask("video.currentTime")
    await viewer.until("video.currentTime > x + 2", at)
    assert [error for error in await viewer.ask("errors") if error.startswith("fatal")] == []
    assert playing.service.hub.room("main").guests["hls"] == 1


async def test_a_page_of_an_origin_that_is_not_allowed_gets_no_playlist(viewer, elsewhere, tmp_path, hls_js):
    shutil.copy(hls_js, tmp_path / "hls.js")
    viewer.expected += ["CORS", "Failed to load resource"]
    async with cinema("https://another.example") as opened:
        await viewer.page.goto(elsewhere)
        await viewer.page.evaluate("url => playHls(url)", f"{opened.url}/streams/main/index.m3u8")
        await viewer.until("errors.includes('fatal manifestLoadError')")
        assert await viewer.ask("video.readyState") == 0
        assert opened.service.hub.viewers == 0


async def test_a_plain_video_element_plays_the_endless_mp4(playing, viewer, elsewhere):
    await viewer.page.goto(elsewhere)
    await viewer.page.evaluate("url => playFile(url)", f"{playing.url}/streams/main/live.mp4")
    await viewer.until("video.currentTime > 2 && video.videoWidth === 160")
    assert playing.service.hub.room("main").guests["mp4"] >= 1
    await viewer.page.goto("about:blank")
    async with asyncio.timeout(60):
        while playing.service.hub.room("main").audience:
            await asyncio.sleep(0.05)
