"""A real Chromium, a projector, and a page with one player whose events are kept."""

from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from projector import Projector, projecting

from tools.chromium import FLAGS

A_HOST = "--host-resolver-rules=MAP film.test 127.0.0.1"
"""A host that is not localhost: no secure context."""

OURS = [
    A_HOST,
    # A page whose body a test gives has no address of its own; Chromium would let nobody know but a person.
    "--disable-features=LocalNetworkAccessChecks",
    "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding", "--remote-debugging-port=0", "--headless=new",
    "--disable-back-forward-cache",  # a page that was left lives on in it, its connections too
]  # fmt: skip

SOON = 60_000
"""Milliseconds for whatever the page should do soon, on a machine with a hundred other things to do."""

USUAL = ("WebSocket connection", "Cross-Origin-Opener-Policy header has been ignored")
"""What Chromium complains of by itself: a server that is down, a header that means nothing on plain http."""

MOUNT = """([attributes, player]) => new Promise(async (done) => {
    await import(player);
    const video = document.createElement("streamer-video");
    for (const [name, value] of Object.entries(attributes)) video.setAttribute(name, value);
    video.style.width = "480px";
    window.events = [];
    for (const type of
            ["hello", "status", "epoch", "description", "prompt", "firstframe", "path", "connection", "error",
             "pictureinpicture"])
        video.addEventListener(type, ({ detail }) => window.events.push({
            type, detail, pts: video.pts, caption: video.shadowRoot.querySelector(".caption").textContent }));
    window.player = video;
    window.part = (name) => video.shadowRoot.querySelector(`[part=${name}]`);
    // What is on the screen, 32x18 pixels: how many colours, and the one in the upper left corner.
    window.look = () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [32, 18];
        const context = canvas.getContext("2d");
        context.drawImage(video.shadowRoot.querySelector("canvas, video, img"), 0, 0, 32, 18);
        const pixels = [...context.getImageData(0, 0, 32, 18).data];
        const colours = new Set();
        for (let i = 0; i < pixels.length; i += 4) colours.add(pixels.slice(i, i + 3).map((n) => n >> 4).join());
        return { corner: pixels.slice(0, 3), colours: colours.size, pixels: pixels.join() };
    };
    document.body.append(video);
    done();
})"""


@dataclass
class Viewer:
    """A page with one <streamer-video>."""

    page: Page
    complaints: list[str] = field(default_factory=list)  # what the console said
    expected: list[str] = field(default_factory=lambda: list(USUAL))  # parts of what it may say

    async def watch(self, url: str, **attributes: str) -> None:
        """Open the player of `url` in an empty page."""
        await self.page.goto(f"{url}/blank")
        await self.page.evaluate(MOUNT, [{"stream": "main", **attributes}, f"{url}/player.js"])

    async def until(self, condition: str, argument: Any = None) -> Any:
        """Wait until a JavaScript expression of `player`, `events`, `look()`, `part(name)`, `x` is true; its value."""
        handle = await self.page.wait_for_function(f"(x) => {condition}", arg=argument)
        return await handle.json_value()

    async def ask(self, expression: str, argument: Any = None) -> Any:
        return await self.page.evaluate(f"(x) => {expression}", argument)

    async def more_frames(self, count: int = 12) -> None:
        """Wait until so many further pictures were drawn."""
        await self.until("player.stats.drawn >= x", await self.ask("player.stats.drawn") + count)


@pytest.fixture
async def film() -> AsyncIterator[Projector]:
    async with projecting() as projector:
        yield projector


@pytest.fixture(scope="session")
def devtools(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Chromium for all tests: it takes longer to start than a test takes."""
    home = tmp_path_factory.mktemp("chromium")
    command = [chromium, *FLAGS, *OURS, f"--user-data-dir={home}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = home / "DevToolsActivePort"
    until = time.monotonic() + SOON / 1000
    while not (address.exists() and address.read_text().count("\n")):
        assert process.poll() is None, f"Chromium ended with {process.returncode}: {' '.join(command)}"
        assert time.monotonic() < until, "Chromium did not begin"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{address.read_text().splitlines()[0]}"
    process.terminate()
    process.wait(30)


@pytest.fixture
async def viewer(devtools: str) -> AsyncIterator[Viewer]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(devtools, timeout=SOON)
        context = await browser.new_context()
        page = await context.new_page()
        page.set_default_timeout(SOON)
        viewer = Viewer(page)
        page.on("pageerror", lambda error: viewer.complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and viewer.complaints.append(line.text))
        yield viewer
        await context.close()
    assert [said for said in viewer.complaints if not any(part in said for part in viewer.expected)] == []
