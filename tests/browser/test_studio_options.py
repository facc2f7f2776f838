"""What a wish may ask for besides its words: set in the studio, judged by the server, told where it was written."""

import asyncio

import pytest

OPENED = "document.querySelector('#more').open"


@pytest.fixture
async def studio(film, viewer):
    """The studio of a playing film."""
    await viewer.page.goto(film.url)
    await viewer.page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    return viewer


async def sent(film, words):
    """The options that went out with a wish."""
    while True:
        found = [message for message in film.received if message.get("prompt") == words]
        if found:
            return found[-1]["options"]
        await asyncio.sleep(0.02)


async def wish(studio, words):
    await studio.page.fill("#words", words)
    await studio.page.press("#words", "Enter")


async def test_a_wish_takes_along_what_was_set_and_nothing_else(film, studio):
    await wish(studio, "a plain one")
    assert await sent(film, "a plain one") == {}

    await studio.page.focus("#more summary")  # all by keyboard
    await studio.page.keyboard.press("Enter")
    await studio.until(OPENED)
    await studio.page.keyboard.press("Tab")
    await studio.page.keyboard.type("film noir, black and white")  # none of these letters is a key of the page's
    await studio.page.select_option("#transition", "cut")
    await studio.page.fill("#pace", "1,5")
    await studio.page.fill("#length", "0")
    await studio.page.fill("#descriptions", "12")
    await studio.page.press("#seed", "7")
    await studio.page.press("#seed", "Enter")
    assert await studio.ask("document.activeElement.id") == "words", "words are still missing"
    await wish(studio, "a dark one")
    options = {
        "style": "film noir, black and white", "transition": "cut", "pace": 1.5, "length": 0, "descriptions": 12,
        "seed": 7,
    }  # fmt: skip
    assert await sent(film, "a dark one") == options

    await studio.page.click("#more summary")
    assert await studio.ask("document.querySelector('#more-set').innerText") == "6 set"
    await wish(studio, "another dark one")  # they hold as long as the page lives
    assert await sent(film, "another dark one") == options
    await studio.page.click("#more summary")
    await studio.page.click("#clear")
    await wish(studio, "a plain one again")
    assert await sent(film, "a plain one again") == {}


@pytest.mark.parametrize(
    ("name", "value", "words", "mended"),
    [
        ("pace", "0.1", "at least 0.5", "1"),
        ("pace", "slow", "a number", "1"),
        ("length", "1,000", "a number", "1000"),
        ("length", "1,000,5", "a number", "1000,5"),
        ("descriptions", "-1", "at least 0", "30"),
        ("window", "1.5", "a whole number", "1"),
        ("style", "blue " * 30, "at most 120 characters", "blue"),
        ("temperature", "3", "at most 2", "0.3"),
    ],
)
async def test_what_does_not_fit_is_told_at_its_input(film, studio, name, value, words, mended):
    await studio.ask(f"document.querySelector('#{name}').value = x", value)
    await wish(studio, "a boat")
    told = await studio.until(f"document.querySelector('#{name}-why')?.textContent")
    assert told == words
    field = await studio.ask(f"""(({{ ariaInvalid }}, input) => [ariaInvalid, document.activeElement === input,
        input.getAttribute("aria-describedby"), input.checkVisibility()])(
        document.querySelector("#{name}"), document.querySelector("#{name}"))""")
    assert field == ["true", True, f"{name}-why", True], "in sight, in focus, and read out"
    assert await studio.ask("document.querySelector('#wishes .why').textContent") == (
        f"Refused: {name.capitalize()}: {words}"
    )
    assert await studio.ask("document.querySelector('#words').value") == "a boat"

    await studio.page.fill(f"#{name}", mended)
    assert await studio.ask(f"document.querySelector('#{name}-why')") is None
    await studio.page.press(f"#{name}", "Enter")
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_every_option_has_a_label_and_room(studio, width):
    await studio.page.set_viewport_size({"width": width, "height": 844})
    await studio.ask("document.querySelectorAll('#more, #advanced').forEach((box) => (box.open = true))")
    fields = await studio.ask("""[...document.querySelectorAll('#more input, #more select')].map((field) => {
        const { left, right, width } = field.getBoundingClientRect();
        return { name: field.labels[0]?.innerText, left, right, width };
    })""")
    assert len(fields) == 10
    assert all(field["name"] and 0 <= field["left"] < field["right"] <= width for field in fields)
    assert min(field["width"] for field in fields) >= 70
    assert await studio.ask("document.scrollingElement.scrollWidth <= innerWidth")
