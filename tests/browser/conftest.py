"""A real Chromium, a projector, and a page with one player whose events are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright
from projector import Projector, projecting

from tools.chromium import FLAGS

A_HOST = "--host-resolver-rules=MAP film.test 127.0.0.1"
"""A host that is not localhost: no secure context."""

SOON = 60_000
"""Milliseconds for whatever the page should do soon, on a machine with a hundred other things to do."""

MOUNT = """([attributes, player]) => new Promise(async (done) => {
    await import(player);
    const video = document.createElement("streamer-video");
    for (const [name, value] of Object.entries(attributes)) video.setAttribute(name, value);
    video.style.width = "480px";
    window.events = [];
    for (const type of
            ["hello", "status", "epoch", "description", "prompt", "firstframe", "path", "connection", "error"])
        video.addEventListener(type, ({ detail }) => window.events.push({
            type, detail, pts: video.pts, caption: video.shadowRoot.querySelector(".caption").textContent }));
    window.player = video;
    window.part = (name) => video.shadowRoot.querySelector(`[part=${name}]`);
    // What is on the screen, 32x18 pixels: how many colours, and the one in the upper left corner.
    window.look = () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [32, 18];
        const context = canvas.getContext("2d");
        context.drawImage(video.shadowRoot.querySelector("canvas, video"), 0, 0, 32, 18);
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
    expected: list[str] = field(default_factory=lambda: ["WebSocket connection"])  # parts of what it may say

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


@pytest.fixture
async def viewer(chromium: str) -> AsyncIterator[Viewer]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, A_HOST], timeout=SOON)
        page = await browser.new_page()
        page.set_default_timeout(SOON)
        viewer = Viewer(page)
        page.on("pageerror", lambda error: viewer.complaints.append(str(error)))
        page.on("console", lambda line: line.type == "error" and viewer.complaints.append(line.text))
        yield viewer
        await browser.close()
    assert [said for said in viewer.complaints if not any(part in said for part in viewer.expected)] == []
