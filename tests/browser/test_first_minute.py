"""What a newcomer does: opens the page that `streamer up` serves, sees a film, types a wish, sees it come true."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.system import System, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with running("--log-level", "warning") as system:
        system.start("up", "up", "--port", "0", "--prompt", "a red fox runs through snow")
        yield system


@pytest.mark.parametrize("path", ["webcodecs", "mse"])
async def test_the_page_shows_a_film_and_a_typed_wish_comes_on_the_screen(system, viewer, path):
    if path == "mse":
        await viewer.page.add_init_script("delete window.VideoDecoder")
    await viewer.page.goto(system.url)
    await viewer.page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    look = """() => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [32, 32];
        const context = canvas.getContext("2d");
        const picture = document.querySelector("#player").shadowRoot.querySelector("canvas, video");
        context.drawImage(picture, 0, 0, 32, 32);
        const pixels = context.getImageData(0, 0, 32, 32).data;
        const colours = new Set();
        for (let i = 0; i < pixels.length; i += 4) colours.add(pixels.slice(i, i + 3).join());
        return [colours.size, pixels.join(), document.querySelector("#player").stats.decoded];
    }"""
    colours, pixels, decoded = await viewer.page.evaluate(look)
    assert colours > 20
    await viewer.page.wait_for_function(
        f"([pixels, decoded]) => (([, now, count]) => now !== pixels && count > decoded + 12)(({look})())",
        arg=[pixels, decoded],
    )
    assert await viewer.page.evaluate("() => document.querySelector('#player').path") == path

    before = await viewer.page.evaluate("() => document.querySelector('#player').epoch")
    await viewer.page.fill("#words", f"a blue boat at night, by {path}")
    await viewer.page.press("#words", "Enter")
    await viewer.page.wait_for_selector("#wishes li[data-progress=on_screen]")
    assert await viewer.page.evaluate("() => document.querySelector('#player').epoch") > before
    await viewer.page.wait_for_function("() => document.querySelector('#caption').textContent.includes('boat')")
