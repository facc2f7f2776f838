"""A running film, a reader of docs/how-to, and a site of somebody else for the pages that it makes."""

from __future__ import annotations

import functools
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright
from reader import Reader

from tools.chromium import FLAGS
from tools.system import System, running


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nobody wants to read of it."""


class Site:
    """Pages of another origin."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url

    def put(self, name: str, html: str) -> str:
        (self.home / name).write_text(html)
        return f"{self.url}/{name}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(home))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(home, f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def system(site: Site) -> Iterator[System]:
    """`streamer up`, small, with a film that plays."""
    with running("--log-level", "warning") as system:
        small = ("--size", "128x128", "--fps", "12", "--gop", "0.5")
        system.start("up", "up", "--port", "0", *small, "--allowed-origins", site.url)
        system.wait("/api/streams/main", lambda film: film["status"] == "playing")
        yield system


@pytest.fixture
def reader(system: System, tmp_path: Path) -> Reader:
    return Reader(tmp_path, system.url.removeprefix("http://"))


@pytest.fixture
async def browser_page(chromium: str) -> AsyncIterator[Page]:
    """An empty page in a real Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await browser.new_page()
        page.set_default_timeout(60_000)
        yield page
        await browser.close()
