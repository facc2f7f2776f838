"""Socket open → first picture on the screen of a warm browser: what a viewer who joins waits for.

    python -m tools.bench join [--rounds 20] [--path webcodecs|mse] [--url http://HOST:PORT]

Without --url: `streamer up`. A round is a new <streamer-video> in a page that has played before; the figure is the
player's own `firstframe` event. Needs Chromium (CHROMIUM, or one on the PATH) and the package's `test` extra.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import statistics
from collections.abc import Iterator

from playwright.async_api import async_playwright

from tools import chromium
from tools.system import running

MOUNT = """async ([path]) => {
    const player = document.createElement("streamer-video");
    if (path) player.setAttribute("path", path);
    player.setAttribute("stream", "main");
    player.style.width = "512px";
    document.body.replaceChildren(player);
    return new Promise((done) => player.addEventListener("firstframe", ({ detail }) => done([detail.ms, detail.path])));
}"""


@contextlib.contextmanager
def film(url: str | None) -> Iterator[str]:
    """The address of a playing film."""
    if url is not None:
        yield url.rstrip("/")
        return
    with running("--log-level", "warning") as system:
        system.start("up", "up", "--port", "0")
        system.wait("/api/streams/main", lambda info: info["status"] == "playing" and info["media"])
        yield system.url


async def joins(url: str, executable: str, rounds: int, path: str) -> tuple[list[float], str]:
    """Milliseconds of each round, and the path that played."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
        page = await browser.new_page()
        await page.goto(f"{url}/embed/main")
        await page.wait_for_function("() => document.querySelector('streamer-video')?.stats.drawn > 24")
        times = []
        for _ in range(rounds):
            milliseconds, path = await asyncio.wait_for(page.evaluate(MOUNT, [path]), 30)
            times.append(milliseconds)
            await asyncio.sleep(0.3 + random.random())  # anywhere in a GOP
        await browser.close()
    return times, path


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench join", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--path", default="", choices=["", "webcodecs", "mse"])
    parser.add_argument("--url", default=None)
    options = parser.parse_args(argv)
    executable = chromium.path()
    if executable is None:
        parser.error(chromium.MISSING)
    with film(options.url) as url:
        times, path = asyncio.run(joins(url, executable, options.rounds, options.path))
    spread = f"{min(times):.0f} to {max(times):.0f}, {len(times)} rounds"
    print(f"socket open → first picture, {path}: median {statistics.median(times):.0f} ms ({spread})")
    return 0
