"""The lobby in a real Chromium, before a real broadcaster: films on a wall, why they stand, what people do there."""

from __future__ import annotations

import asyncio
import re

import pytest
from accessibility import faults
from cinema import open_cinema

CARDS = "[...document.querySelectorAll('#wall li')].map((card) => card.dataset.stream)"
WHY = "document.querySelector('[data-stream=\"{}\"] .why')?.textContent"


@pytest.fixture
async def cinema():
    async with open_cinema() as cinema:
        yield cinema


@pytest.fixture
async def lobby(cinema, viewer):
    """Its page, not opened yet; `pictures` are the films whose picture was asked for."""
    viewer.pictures = []

    def note(request):
        if found := re.search(r"/streams/([^/]+)/snapshot\.jpg", request.url):
            viewer.pictures.append(found[1])

    viewer.page.on("request", note)
    return viewer


async def enter(lobby, cinema, films):
    """Open it; wait until so many cards are there."""
    await lobby.page.goto(f"{cinema.url}/streams")
    await lobby.until(f"{CARDS}.length === x", films)


# What it shows


async def test_films_hang_in_order_and_say_why_they_stand(cinema, lobby):
    await cinema.begin("quiet", "a lake at dawn")
    await cinema.begin("popular", "a red fox")
    with cinema.hub.guest(cinema.hub.room("popular"), "mp4"):
        for name, status, reason in [
            ("night", "held", "paused"), ("alone", "held", "idle"), ("dear", "held", "budget"),
            ("over", "ended", "length"), ("gone", "ended", "stopped"),
        ]:  # fmt: skip
            await cinema.begin(name, f"film {name}")
            note = "the budget is used up: goes on at 15:20 UTC" if reason == "budget" else ""
            await cinema.direct(name, status=status, reason=reason, note=note, published=0.0)
        await enter(lobby, cinema, 7)
        assert (await lobby.ask(CARDS))[:2] == ["popular", "quiet"], "what plays first, most watched first"
        assert set((await lobby.ask(CARDS))[5:]) == {"gone", "over"}
        told = {name: await lobby.ask(WHY.format(name)) for name in ("quiet", "night", "alone", "dear", "over", "gone")}
    assert told == {
        "quiet": "",
        "night": "Somebody paused it. Anyone may resume it.",
        "alone": "Nobody was watching. It goes on for whoever opens it.",
        "dear": "The budget is used up: goes on at 15:20 UTC.",
        "over": "It was as long as asked for.",
        "gone": "Somebody stopped it.",
    }
    card = await lobby.ask("document.querySelector('[data-stream=popular]').innerText.split('\\n').filter(Boolean)")
    assert card == ["playing", "1 watching", "a red fox", "popular moves", "popular", "Pause", "Stop"]
    assert await lobby.ask("document.querySelector('#count').textContent") == "7 films, 2 playing"
    offered = await lobby.ask("""Object.fromEntries([...document.querySelectorAll("#wall li")].map((card) =>
        [card.dataset.stream, [...card.querySelectorAll("button:not([hidden])")].map((b) => b.textContent)]))""")
    assert offered["night"] == ["Resume", "Stop"]
    assert offered["dear"] == ["Stop"], "nobody can resume what its budget holds"
    assert offered["gone"] == []


async def test_a_film_that_plays_gets_a_new_picture_again_and_again_one_that_stands_keeps_its_last(cinema, lobby):
    await cinema.begin("runs", "a fox")
    await cinema.begin("stands", "a boat")
    await cinema.direct("stands", status="held", reason="paused")
    await enter(lobby, cinema, 2)
    drawn = "[...document.querySelectorAll('#wall img')].every((img) => img.naturalWidth === 320)"
    await lobby.until(drawn)
    await cinema.until(lambda: lobby.pictures.count("runs") >= 3)
    assert lobby.pictures.count("stands") == 1
    await cinema.direct("stands", status="ended", reason="stopped", published=0.0)
    await cinema.until(lambda: lobby.pictures.count("stands") == 2)  # its last may be another one
    await cinema.begin("stands", "a boat", reason="")
    await cinema.until(lambda: lobby.pictures.count("stands") >= 4)


async def test_while_a_worker_restarts_the_last_picture_stays_and_says_why(cinema, lobby):
    await cinema.begin("boats", "a boat")
    cinema.stuck.add("boats")
    await enter(lobby, cinema, 1)
    await lobby.until(f"{WHY.format('boats')} === 'Rendering resumes…'")
    await lobby.until("document.querySelector('#wall img').naturalWidth === 320")
    offered = "[...document.querySelectorAll('#wall button:not([hidden])')].map((b) => b.textContent).join()"
    assert await lobby.ask(offered) == "Stop"
    cinema.stuck.clear()
    await lobby.until(f"{WHY.format('boats')} === ''")


async def test_two_hundred_films_are_few_cards_and_fewer_pictures(cinema, lobby):
    names = [f"film-{n:03}" for n in range(200)]
    for name in names:
        await cinema.begin(name, f"the story of {name}")
    await lobby.page.set_viewport_size({"width": 1280, "height": 800})
    await lobby.page.goto(f"{cinema.url}/streams")
    await lobby.until("document.querySelector('#count').textContent.startsWith('200 films')")
    assert await lobby.ask(f"{CARDS}.length") < 60
    await cinema.until(lambda: lobby.pictures.count("film-000") >= 2)
    assert set(lobby.pictures) <= set(names[:12]), "those in sight, and nearly"

    await lobby.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await lobby.until(f"{CARDS}.length >= 48")
    await lobby.page.fill("#search", "story FILM-199")
    await lobby.until(f"{CARDS}.join() === 'film-199'")
    await cinema.until(lambda: "film-199" in lobby.pictures)
    await lobby.page.fill("#search", "no such words")
    await lobby.until("document.querySelector('#nothing').textContent === 'None of the films has such words.'")


async def test_words_of_strangers_are_words(cinema, lobby):
    words = "<img src=x onerror=\"document.title='caught'\"> \u202eturned"
    await cinema.begin("strange", words)
    await enter(lobby, cinema, 1)
    assert await lobby.ask("document.querySelector('#wall h3').textContent") == words
    assert await lobby.ask("document.querySelectorAll('#wall [onerror]').length") == 0
    assert await lobby.ask("getComputedStyle(document.querySelector('#wall h3 a')).unicodeBidi") == "isolate"
    assert await lobby.page.title() == "Films · streamer"


async def test_an_empty_wall_invites(cinema, lobby):
    await enter(lobby, cinema, 0)
    await lobby.page.wait_for_selector("#empty:not([hidden])")
    await lobby.page.click("#empty button")
    stream, _, prompt = await cinema.wish()
    assert (stream, prompt["prompt"]) == ("corgi-surfs-a-giant-wave-at", "a corgi surfs a giant wave at sunset")


async def test_when_the_server_is_away_the_wall_stays_and_says_so(cinema, lobby):
    lobby.expected.append("ERR_FAILED")
    await cinema.begin("boats", "a boat")
    await enter(lobby, cinema, 1)
    await lobby.page.route("**/api/streams", lambda route: route.abort())
    await lobby.until("document.querySelector('#sorry').textContent.startsWith('The server does not answer')")
    assert await lobby.ask(CARDS) == ["boats"]
    await lobby.page.unroute("**/api/streams")
    await lobby.until("document.querySelector('#sorry').hidden")


# What people do there


async def test_a_film_begins_with_words_and_its_page_opens_when_the_director_takes_it_up(cinema, lobby):
    await cinema.begin("blue-boat-at-night", "a blue boat at night")
    await enter(lobby, cinema, 1)
    await lobby.page.fill("#words", "A blue boat, at night!")
    await lobby.page.click("#more summary")
    await lobby.page.fill("#style", "noir")
    await lobby.page.press("#words", "Enter")
    stream, id, prompt = await cinema.wish()
    assert stream == "blue-boat-at-night-2", "the other name is taken"
    assert prompt == {"prompt": "A blue boat, at night!", "action": "play", "options": {"style": "noir"}}
    await lobby.until("document.querySelector('#progress').textContent.startsWith('Accepted')")
    await cinema.settle(stream, id, "taken", epoch=2)
    await lobby.page.wait_for_url(f"{cinema.url}/streams/blue-boat-at-night-2")
    await lobby.page.wait_for_selector("#player")
    assert await lobby.ask("document.querySelector('#player').getAttribute('stream')") == "blue-boat-at-night-2"


async def test_a_film_that_the_director_refuses_says_why(cinema, lobby):
    await enter(lobby, cinema, 0)
    await lobby.page.fill("#words", "one film too many")
    await lobby.page.press("#words", "Enter")
    stream, id, _ = await cinema.wish()
    await cinema.settle(stream, id, "refused", reason="100 films play, which is all that `max_streams` allows")
    line = "document.querySelector('#progress.bad')?.textContent"
    assert await lobby.until(line) == "Refused: 100 films play, which is all that `max_streams` allows."
    assert await lobby.ask("document.querySelector('#words').value") == "one film too many"


@pytest.mark.parametrize(
    ("name", "said"),
    [("two words", "A name takes 1 to 64 letters"), ("boats", "“boats” plays already")],
)
async def test_a_name_that_cannot_be_is_told_before_anything_is_sent(cinema, lobby, name, said):
    await cinema.begin("boats", "a boat")
    await enter(lobby, cinema, 1)
    await lobby.page.fill("#words", "a fox")
    await lobby.page.click("#more summary")
    await lobby.page.fill("#name", name)
    await lobby.page.press("#words", "Enter")
    assert said in await lobby.until("document.querySelector('#progress.bad')?.textContent")
    assert cinema.asked == []


async def test_an_option_that_does_not_fit_is_told_where_it_was_written(cinema, lobby):
    lobby.expected.append("422")  # Chromium logs every such answer
    await enter(lobby, cinema, 0)
    await lobby.page.fill("#words", "a fox")
    await lobby.page.click("#more summary")
    await lobby.page.fill("#pace", "0.1")
    await lobby.page.press("#words", "Enter")
    assert await lobby.until("document.querySelector('#pace-why')?.textContent") == "at least 0.5"


async def test_a_film_is_paused_and_goes_on(cinema, lobby):
    await cinema.begin("boats", "a boat")
    await enter(lobby, cinema, 1)
    await lobby.page.click("[data-action=pause]")
    stream, id, prompt = await cinema.wish()
    assert (stream, prompt["action"]) == ("boats", "pause")
    await cinema.direct("boats", status="held", reason="paused")
    await lobby.page.click("[data-action=resume]")
    assert (await cinema.wish())[2]["action"] == "resume"


async def test_stopping_asks_first(cinema, lobby):
    await cinema.begin("boats", "a boat")
    await enter(lobby, cinema, 1)
    await lobby.page.click("[data-action=stop]")
    assert await lobby.ask("document.querySelector('#sure-what').textContent") == "“a boat” comes to its end."
    await lobby.page.keyboard.press("Escape")
    await lobby.page.click("[data-action=stop]")
    await lobby.page.click("#sure button:not(.danger)")
    await lobby.page.click("[data-action=stop]")
    await lobby.page.click("#sure .danger")
    stream, id, prompt = await cinema.wish()
    assert (stream, prompt["action"], cinema.asked) == ("boats", "stop", []), "asked once, after two times not"
    await cinema.settle(stream, id, "refused", reason="more than 30 prompts a minute: again in 2 s")
    assert await lobby.until(f"{WHY.format('boats')}") == "Refused: more than 30 prompts a minute: again in 2 s"


async def test_nothing_moves_under_a_hand(cinema, lobby):
    await cinema.begin("first", "a boat")
    await cinema.begin("second", "a fox")
    await enter(lobby, cinema, 2)
    await lobby.page.hover("[data-stream=first] h3 a")
    with cinema.hub.guest(cinema.hub.room("second"), "mp4"):
        await lobby.until("document.querySelector('[data-stream=second] .viewers').textContent === '1 watching'")
        assert await lobby.ask(CARDS) == ["first", "second"]
        await lobby.page.mouse.move(5, 5)
        await lobby.until(f"{CARDS}.join() === 'second,first'")


# For everybody


async def test_it_is_used_by_keyboard_alone(cinema, lobby):
    await cinema.begin("boats", "a boat")
    await enter(lobby, cinema, 1)
    await lobby.page.keyboard.press("Tab")
    assert await lobby.ask("document.activeElement.className") == "skip"
    await lobby.page.keyboard.press("Enter")
    reached = []
    for _ in range(3):
        await lobby.page.keyboard.press("Tab")
        reached.append(await lobby.ask("document.activeElement.ariaLabel ?? document.activeElement.textContent"))
    assert reached == ["a boat", "Pause: a boat", "Stop: a boat"]
    await lobby.page.keyboard.press("Shift+Tab")
    await lobby.page.keyboard.press("Shift+Tab")
    await lobby.page.keyboard.press("Enter")
    await lobby.page.wait_for_url(f"{cinema.url}/streams/boats")


async def test_axe_finds_nothing(cinema, lobby):
    for n in range(9):
        await cinema.begin(f"film-{n}", f"story {n}")
    await cinema.direct("film-3", status="held", reason="paused")
    await cinema.direct("film-4", status="ended", reason="stopped", published=0.0)
    await enter(lobby, cinema, 9)
    await lobby.page.click("#more summary")
    for scheme in ("light", "dark"):
        await lobby.page.emulate_media(color_scheme=scheme)
        assert await faults(lobby.page) == []
    await lobby.page.click("[data-action=stop]")
    assert await faults(lobby.page) == []


async def test_nothing_sticks_out_of_the_window(cinema, lobby):
    for n in range(10):
        await cinema.begin(f"film-{n}", "averyverylongword" * 12)
    await enter(lobby, cinema, 10)
    await lobby.page.click("#more summary")
    for width in (320, 390, 768, 1440):
        await lobby.page.set_viewport_size({"width": width, "height": 844})
        await lobby.until("innerWidth === x", width)  # a busy browser takes its time
        assert await lobby.ask("document.scrollingElement.scrollWidth <= innerWidth"), width
        # What is out of sight has its old place until it is asked for: the first answer brings it up to date.
        edges = await lobby.ask("""[...document.querySelectorAll("#wall article > *, .foot button, #search")]
            .filter((part) => part.checkVisibility() && part.getBoundingClientRect())
            .map((part) => part.getBoundingClientRect())
            .flatMap(({ left, right }) => [left, right])""")
        assert 0 <= min(edges) <= max(edges) <= width


# Memory


COUNT_BLOBS = """{
    window.blobs = new Set();
    window.made = 0;
    const { createObjectURL, revokeObjectURL } = URL;
    URL.createObjectURL = (blob) => { const url = createObjectURL(blob); blobs.add(url); made += 1; return url; };
    URL.revokeObjectURL = (url) => { blobs.delete(url); revokeObjectURL(url); };
}"""


async def test_a_picture_that_cannot_be_drawn_keeps_no_memory(cinema, lobby):
    await cinema.begin("boats", "a boat")
    await lobby.page.add_init_script(COUNT_BLOBS)
    await lobby.page.route("**/snapshot.jpg*", lambda route: route.fulfill(body="no picture"))
    await enter(lobby, cinema, 1)
    await lobby.until("made > 0 && blobs.size === 0")


async def test_a_picture_that_comes_when_its_card_is_gone_keeps_no_memory(cinema, lobby):
    for number in range(9):
        await cinema.begin(f"film-{number}", f"film {number}")
        await cinema.direct(f"film-{number}", status="ended", reason="length")
    await lobby.page.add_init_script(COUNT_BLOBS)
    on_their_way = asyncio.Event()

    async def late(route):
        await on_their_way.wait()
        await route.continue_()

    await lobby.page.route("**/snapshot.jpg*", late)
    await enter(lobby, cinema, 9)
    await cinema.until(lambda: len(lobby.pictures) >= 4)
    await lobby.page.fill("#search", "no such words")
    await lobby.until(f"{CARDS}.length === 0")
    on_their_way.set()
    await lobby.until("made >= 4 && blobs.size === 0")
