"""The studio's first minute: what it offers, what a click does, what it says of itself, what it remembers."""

import av
import pytest
from accessibility import faults

from streamer.broadcaster.pages import WEB
from tools.pictures import COLUMNS, TILE, films

CHANGES = "[...document.querySelectorAll('#changes button')].map((button) => button.textContent)"
STARTS = "[...document.querySelectorAll('#starts .card')].map((card) => card.textContent)"


@pytest.fixture
async def studio(film, viewer):
    """The studio of a playing film."""
    await viewer.page.goto(film.url)
    await viewer.page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    return viewer


async def wish(film, studio):
    """The first one that the page has sent."""
    await studio.until("document.querySelector('#wishes li')?.dataset.progress === 'accepted'")
    return next(message for message in film.received if message["type"] == "prompt")


async def test_a_change_is_one_click_and_its_way_to_the_screen_is_seen_over_the_picture(film, studio):
    words = await studio.ask(f"{CHANGES}[1]")
    await studio.page.click("#changes button:nth-child(2)")
    sent = await wish(film, studio)
    assert (sent["prompt"], sent.get("action")) == (words, None), "it bends the film that plays"
    coming = "document.querySelector('#coming')"
    assert await studio.ask(f"{coming}.innerText.replace(/\\s+/g, ' ')") == f"{words} accepted"
    assert await studio.ask("document.querySelector('#changes button:nth-child(2)').dataset.progress") == "accepted"
    film.progress(id="wish-1", progress="on_screen", epoch=2)
    film.steer()
    await studio.until(f"{coming}.dataset.progress === 'on_screen' && !{coming}.hidden")
    await studio.until(f"{coming}.hidden")


async def test_a_film_to_begin_is_one_click_that_leaves_the_old_one_behind(film, studio):
    words = await studio.ask(f"{STARTS}[0]")
    await studio.page.focus("#starts .card")
    await studio.page.keyboard.press("Enter")
    sent = await wish(film, studio)
    assert (sent["prompt"], sent["action"]) == (words, "play")


async def test_other_ideas_come_when_asked_for_and_at_the_next_visit(film, studio):
    seen = [await studio.ask(f"[...{CHANGES}, ...{STARTS}]")]
    await studio.page.click("#others")
    seen.append(await studio.ask(f"[...{CHANGES}, ...{STARTS}]"))
    await studio.page.reload()
    await studio.page.wait_for_selector("#starts .card")
    seen.append(await studio.ask(f"[...{CHANGES}, ...{STARTS}]"))
    every = [words for ideas in seen for words in ideas]
    assert len(set(every[:18])) == 18, "nothing twice in a row"
    assert set(films()) <= set(every), "all films were offered"


async def test_where_no_film_plays_the_screen_is_full_of_films_to_begin(film, viewer):
    film.waiting = True
    await viewer.page.goto(film.url)
    await viewer.page.wait_for_selector("#welcome .card")
    assert not await viewer.ask("document.querySelector('#change').checkVisibility()"), "there is nothing to change"
    assert not await viewer.ask("document.querySelector('#start').checkVisibility()"), "the same is not offered twice"
    assert await faults(viewer.page) == []
    await viewer.page.click("#welcome .card")
    assert (await wish(film, viewer))["action"] == "play"
    await film.begin()
    await viewer.until("document.querySelector('#welcome').hidden && document.querySelector('#player').stats.drawn > 5")
    assert await viewer.ask("document.querySelector('#change').checkVisibility()")
    await viewer.page.set_viewport_size({"width": 390, "height": 844})
    assert await viewer.ask("document.scrollingElement.scrollWidth <= innerWidth")


def test_every_film_to_begin_has_its_picture():
    with av.open(str(WEB / "examples.jpg")) as picture:
        stream = picture.streams.video[0]
        assert (stream.width, stream.height) == (COLUMNS * TILE, -(-len(films()) // COLUMNS) * TILE)


async def test_it_says_in_plain_words_that_it_is_a_sketch_and_how_to_have_more(film, studio):
    hello = film.hello
    film.hello = lambda: {**hello(), "engine": "sketch", "director": "storyboard"}
    await studio.page.reload()
    line = await studio.until(
        "((words) => words.startsWith('Drawn') && words)(document.querySelector('#about').innerText)"
    )
    assert line == (
        "Drawn by the sketch engine on this computer’s CPU (a sketch preview: no GPU, no model), "
        "directed by the built-in storyteller (small, offline, no LLM)."
    )
    assert "Twemoji (CC BY 4.0) and our own" in await studio.ask("document.querySelector('#credit').innerText")
    await studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await studio.page.click("text=Plug in a real LLM")
    await studio.page.click("text=Draw with a diffusion model")
    assert await faults(studio.page) == []
    for words in ("streamer up --llm http", "streamer up --engine diffusion --engine-model "):
        code = "[...document.querySelectorAll('#ways pre')].find((pre) => pre.textContent.startsWith(x))"
        await studio.ask(f"{code}.nextElementSibling.click()", words)
        assert (await studio.until("navigator.clipboard.readText()")).startswith(words)


async def test_the_plan_is_off_until_it_is_asked_for_and_stays_for_the_next_visit(film, studio):
    pressed = "document.querySelector('#toggle-plan').getAttribute('aria-pressed')"
    assert await studio.ask(pressed) == "false"
    await studio.page.click("#toggle-plan")
    await studio.page.reload()
    await studio.until("document.querySelector('#plan .box')")
    assert await studio.ask(pressed) == "true"
    await studio.page.keyboard.press("b")
    await studio.page.reload()
    await studio.until("document.querySelector('#player')?.stats.drawn > 5")
    assert await studio.ask("document.querySelector('#plan').hidden")


@pytest.mark.parametrize(
    ("camera", "signs"),
    [
        ({"pan": [0.0, -0.1], "zoom": 1.1}, ["rotate(-90)", ""]),
        ({}, [""]),  # it rests
    ],
)
async def test_an_arrow_points_where_the_camera_goes(film, studio, camera, signs):
    film.describe = lambda n, describe=film.describe: {**describe(n), "camera": {"movement": "new", **camera}}
    await studio.page.keyboard.press("b")
    await studio.until("document.querySelector('#plan .camera').textContent.startsWith('camera: new')")
    shown = """[...document.querySelectorAll('#plan svg:not([hidden]) path')].map((path) =>
        path.getAttribute('transform') ?? '')"""
    assert await studio.ask(shown) == signs
