"""The README's pictures, made from the running system.

python -m tools.pictures           needs Chromium (CHROMIUM=/path, or one on the PATH) and `pip install '.[test]'`
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tools import chromium
from tools.system import System, running

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"


FILMS = {
    "boats": "three red sailboats at sunset",
    "foxes": "a red fox runs through snow",
    "corgi": "a corgi surfs a giant wave",
    "night": "a blue boat at night",
    "castle": "a castle on a green hill, it rains",
}
"""What hangs in the lobby."""

VIEWERS = ("boats", "boats", "boats", "foxes", "corgi")


async def _picture(browser: Browser, system: System, name: str, size: tuple[int, int], scheme: str, words: str) -> None:
    page = await browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    await page.goto(system.url)
    await page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    await page.fill("#words", words)
    await page.press("#words", "Enter")
    await page.wait_for_selector("#wishes li[data-progress=on_screen]", timeout=20_000)
    await asyncio.sleep(5)
    await page.screenshot(path=IMAGES / f"{name}.png")
    await page.close()


async def _lobby(browser: Browser, system: System) -> None:
    """Films in several states, some of them watched, in every dress of the page."""
    for name, words in FILMS.items():
        system.post(f"/api/streams/{name}/prompts", {"prompt": words, "action": "play"})
    watching = [await browser.new_page(viewport={"width": 320, "height": 180}) for _ in VIEWERS]
    for page, name in zip(watching, VIEWERS, strict=True):
        await page.goto(f"{system.url}/embed/{name}")
        await page.wait_for_function("() => document.querySelector('streamer-video')?.stats.drawn > 5")
    await asyncio.sleep(8)
    for name, action in (("night", "pause"), ("castle", "stop")):
        system.post(f"/api/streams/{name}/prompts", {"action": action})
    for suffix, width, height, scheme in (("", 1280, 900, "light"), ("-dark", 1280, 900, "dark"),
                                          ("-phone", 390, 844, "dark")):  # fmt: skip
        page = await browser.new_page(viewport={"width": width, "height": height})
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.goto(f"{system.url}/streams")
        await page.wait_for_selector("[data-stream=boats] img:not([hidden])")
        await page.wait_for_selector("[data-stream=castle][data-status=ended]")
        await asyncio.sleep(4)
        await page.screenshot(path=IMAGES / f"lobby{suffix}.png")
        await page.close()
    for page in watching:
        await page.close()


async def main() -> int:
    """Make them all."""
    executable = chromium.path()
    if executable is None:
        print(chromium.MISSING, file=sys.stderr)
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running("--log-level", "warning") as system:
        system.start("up", "up", "--port", "0")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
            await _picture(browser, system, "studio", (1280, 900), "light", "a corgi surfs a giant wave at sunset")
            await _picture(browser, system, "studio-dark", (1280, 900), "dark", "a blue boat at night")
            await _picture(browser, system, "studio-phone", (390, 844), "dark", "three red balloons over the mountains")
            await _lobby(browser, system)
            await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
