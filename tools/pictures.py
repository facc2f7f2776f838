"""The README's pictures, made from the running system, and those of the studio's examples.

python -m tools.pictures            needs Chromium (CHROMIUM=/path, or one on the PATH) and `pip install '.[test]'`
python -m tools.pictures examples   the examples alone; needs no browser
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, async_playwright

from engines.base import Shot
from engines.sketch import SketchEngine
from streamer.app import llm_of
from streamer.broadcaster.pages import WEB
from streamer.director.llm.endpoints import endpoints_of
from streamer.settings import Settings
from tools import chromium
from tools.evaluate.contact_sheet import planned, save, smaller
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


EXAMPLES = WEB / "examples.js"
TILE, COLUMNS = 160, 4
"""Pixels of an example's picture, which the page shows half as large; how many there are in a row."""

AT = 4.0
"""Seconds of film after which an example is pictured."""


def films() -> list[str]:
    """The films that the studio's examples begin, in the page's order."""
    _, _, rest = EXAMPLES.read_text("utf-8").partition("FILMS = [")
    listed: list[str] = json.loads(f"[{rest.partition(']')[0].rstrip().rstrip(',')}]")
    return listed


async def examples() -> None:
    """Draw a moment of each into one picture, row by row."""
    settings = Settings()
    words = films()
    page = np.zeros((-(-len(words) // COLUMNS) * TILE, COLUMNS * TILE, 3), np.uint8)
    engine = SketchEngine()
    async with llm_of(settings) as url, endpoints_of(settings, url) as llm:
        for index, prompt in enumerate(words):
            spec, _, seed = await planned(llm, settings, prompt, AT)
            session = engine.open(Shot("example", settings.width, settings.height, seed))
            [picture] = engine.render([(session, spec)])
            session.close()
            row, column = divmod(index, COLUMNS)
            page[row * TILE :, column * TILE :][:TILE, :TILE] = smaller(picture, TILE)
    engine.close()
    save(page, EXAMPLES.with_suffix(".jpg"))


async def _picture(
    browser: Browser, system: System, name: str, size: tuple[int, int], scheme: str, words: str, key: str = ""
) -> None:
    """A film of these words in the studio, some seconds after it came on the screen; `key` is pressed before."""
    page = await browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    await page.goto(system.url)
    await page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    await page.fill("#words", words)
    await page.press("#words", "Enter")
    await page.wait_for_selector("#wishes li[data-progress=on_screen]", timeout=20_000)
    if key:
        await page.press("#words", "Escape")  # keys are words where words are written
        await page.keyboard.press(key)
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
    await examples()
    if sys.argv[1:] == ["examples"]:
        return 0
    executable = chromium.path()
    if executable is None:
        print(chromium.MISSING, file=sys.stderr)
        return 2
    IMAGES.mkdir(parents=True, exist_ok=True)
    with running("--log-level", "warning") as system:
        system.start("up", "up", "--port", "0")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=executable, args=chromium.FLAGS)
            await _picture(browser, system, "studio", (1280, 1000), "light", "a corgi surfs a giant wave at sunset")
            await _picture(browser, system, "studio-dark", (1280, 1000), "dark", "a blue boat at night", "b")
            await _picture(browser, system, "studio-phone", (390, 844), "dark", "three red balloons over the mountains")
            await _lobby(browser, system)
            await browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
