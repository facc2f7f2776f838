"""What the studio says of the film and its director when not all is as usual, and of wishes that came to nothing."""

import asyncio
import time
from urllib.parse import quote

import pytest
from cinema import open_cinema

from streamer.tokens import mint

KEY = "a key of at least thirty-two characters"

NOTE = "document.querySelector('#note').textContent"
OVER_THE_PICTURE = """(({ hidden, innerText }) => !hidden && innerText)(
    document.querySelector('#player').shadowRoot.querySelector('.notice'))"""


@pytest.fixture
async def studio(film, viewer):
    """The studio of a playing film."""
    await viewer.page.goto(film.url)
    await viewer.page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    return viewer


async def test_the_directors_trouble_is_a_quiet_line_while_the_film_goes_on(film, studio):
    film.status("playing", note="http://llm.example/v1: HTTP 401: wrong key")
    assert await studio.until(NOTE) == (
        "The LLM does not direct at the moment, stand-in descriptions carry the film on: "
        "http://llm.example/v1: HTTP 401: wrong key"
    )
    assert not await studio.ask(OVER_THE_PICTURE)
    await studio.ask("window.watched = document.querySelector('#player').stats.drawn")
    await studio.until("document.querySelector('#player').stats.drawn > window.watched + 5")
    film.status("playing")
    await studio.until(f"{NOTE} === ''")


@pytest.mark.parametrize(
    ("reason", "note", "words"),
    [
        ("idle", "", "Resting\nNobody was watching. It goes on in a moment."),
        ("paused", "", "Paused\nThe director waits; resume, or send new words."),
        ("budget", "the budget of 9 cents an hour is used up for now: goes on at 15:20 UTC",
         "Resting\nThe budget of 9 cents an hour is used up for now: goes on at 15:20 UTC."),
    ],
)  # fmt: skip
async def test_why_a_film_is_held_stands_over_its_last_picture(film, studio, reason, note, words):
    film.held.clear()
    film.status("held", reason, note=note)
    shown = await studio.until(OVER_THE_PICTURE)
    assert [line for line in shown.splitlines() if line] == words.splitlines()
    assert await studio.ask(NOTE) == ""
    assert await studio.ask("document.querySelector('#pause').hidden")
    offered = await studio.ask("!document.querySelector('#resume').hidden")
    assert offered == (reason != "budget"), "nobody can resume what its budget holds"
    film.held.set()
    film.status("playing")
    await studio.until(f"!{OVER_THE_PICTURE}")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("length", "The film is over: it was as long as asked for. Write a sentence, and another one begins."),
        ("stopped", "The film is over. Write a sentence, and another one begins."),
    ],
)
async def test_a_film_that_has_come_to_its_end_says_how(film, studio, reason, words):
    film.held.clear()
    film.status("ended", reason)
    await studio.until("document.querySelector('#caption').textContent === x", words)
    assert ("as long as asked for" in await studio.until(OVER_THE_PICTURE)) == (reason == "length")
    assert await studio.ask("document.querySelector('#send').textContent") == "Begin"


async def test_while_rendering_resumes_the_last_picture_stays_and_words_go_on_bending_the_film(film, studio):
    film.held.clear()
    film.status("waiting", "rendering resumes…")
    await studio.until("document.querySelector('#caption').textContent === 'Rendering resumes…'")
    assert not await studio.ask(OVER_THE_PICTURE)
    assert await studio.ask("document.querySelector('#send').textContent") == "Send"
    assert not await studio.ask("document.querySelector('#stop').disabled")
    film.held.set()
    film.status("playing")
    await studio.until(
        "document.querySelector('#caption').textContent === document.querySelector('#player').description.text"
    )


async def test_where_a_token_is_needed_the_page_asks_for_it_and_passes_it_on(viewer):
    viewer.expected.append("401")  # Chromium logs every such answer
    async with open_cinema(token_key=[KEY]) as cinema:
        await cinema.begin("boats", "a boat")
        await viewer.page.goto(f"{cinema.url}/streams/boats")
        assert "`token_key` is set" in await viewer.until("document.querySelector('#pass [role=alert]')?.textContent")
        given = mint(KEY, "boats", "prompt", time.time() + 600)
        await viewer.page.fill("#token", given)
        await viewer.page.press("#token", "Enter")
        await viewer.until("document.querySelector('#player').stats.drawn > 1")
        assert await viewer.ask("document.querySelector('#pass')") is None
        await viewer.page.fill("#words", "now it snows")
        await viewer.page.press("#words", "Enter")
        assert (await cinema.wish())[2]["prompt"] == "now it snows"
        await viewer.page.click("#share")
        assert f'token="{given}"' in await viewer.ask("document.querySelector('#code-tag').textContent")
        assert f"/live.mp4?token={given}'" in await viewer.ask("document.querySelector('#code-mp4').textContent")
        assert await viewer.ask("document.querySelector('#with-token').checkVisibility()")


@pytest.mark.parametrize("mark", ["?", "#"])
async def test_an_address_puts_no_words_into_the_code_that_is_copied(film, studio, mark):
    words = "x;touch /tmp/y;\"><script>alert(1)</script>'$(id)`id`"
    await studio.page.goto(f"{film.url}/blank")
    await studio.page.goto(f"{film.url}/{mark}token={quote(words)}")
    await studio.page.click("#share")
    code = await studio.ask("[...document.querySelectorAll('#forms pre')].map((pre) => pre.textContent).join()")
    assert "touch" not in code
    assert "token" not in code
    assert not await studio.ask("document.querySelector('#with-token').checkVisibility()")
    assert studio.page.url == f"{film.url}/", "nor does it stay"


async def test_films_that_stand_are_listed_as_such(film, studio):
    def listed(stream, reason):
        return {"stream": stream, "status": "held", "reason": reason, "prompt": "", "viewers": 0}

    films = [listed("boats", "idle"), listed("foxes", "paused"), listed("main", "budget")]
    await studio.page.route("**/api/streams", lambda route: route.fulfill(json={"streams": films}))
    await studio.page.reload()
    said = "[...document.querySelectorAll('#films small')].map((small) => small.textContent)"
    await studio.until(f"{said}.length === 3")
    assert await studio.ask(said) == ["resting", "resting", "paused"], "this film first"


async def test_a_wish_that_lost_names_the_one_that_won(film, studio):
    await studio.page.fill("#words", "a blue boat")
    await studio.page.press("#words", "Enter")
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")
    film.progress(id="wish-1", progress="merged", epoch=2)
    film.steer()
    note = await studio.until("document.querySelector('#wishes .note')?.textContent.includes('night') && "
                              "document.querySelector('#wishes .note').textContent")  # fmt: skip
    assert note == ("A newer wish came at the same moment and was taken instead. It is “a blue night in the forest”.")


async def test_a_wish_that_the_director_refuses_says_why_and_gives_the_words_back(film, studio):
    await studio.page.fill("#words", "something rude")
    await studio.page.press("#words", "Enter")
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")
    film.progress(id="wish-1", progress="refused", epoch=0, reason="more than 30 prompts a minute: again in 2 s")
    why = await studio.until("document.querySelector('#wishes .why')?.textContent")
    assert why == "Refused: more than 30 prompts a minute: again in 2 s"
    assert await studio.ask("document.querySelector('#words').value") == "something rude"


async def test_a_pause_that_the_director_refuses_says_why(film, studio):
    await studio.page.click("#pause")
    await studio.until("document.querySelector('#player').status === 'playing'")
    while not any(message["type"] == "prompt" for message in film.received):
        await asyncio.sleep(0.02)
    film.progress(id="wish-1", progress="refused", reason="more than 30 prompts a minute: again in 2 s")
    await studio.until(
        "document.querySelector('#caption').textContent === x", "more than 30 prompts a minute: again in 2 s"
    )


async def test_a_bad_option_is_not_blamed_on_an_earlier_wish_that_still_waits(film, studio):
    await studio.page.fill("#words", "later, a boat")
    await studio.page.press("#words", "Enter")
    await studio.ask("document.querySelector('#pace').value = '0.1'")
    await studio.page.fill("#words", "a fox")
    await studio.page.press("#words", "Enter")
    await studio.until("document.querySelector('#wishes .why')")
    film.error(code="bad_message", message="ack: Object missing required field `pts`")  # about no wish
    first = next(message for message in film.received if message["type"] == "prompt")
    film.progress(id="wish-1", progress="accepted", epoch=0, ref=first["ref"])
    await studio.until("document.querySelector('#wishes li:last-child').dataset.progress === 'accepted'")
    wishes = await studio.ask("""[...document.querySelectorAll('#wishes li')].map((li) =>
        [li.dataset.progress, li.querySelector('q').innerText])""")
    assert wishes == [["refused", "a fox"], ["accepted", "later, a boat"]]


async def test_words_that_turn_the_direction_of_writing_turn_nothing_beside_them(film, studio):
    def turned(n, describe=film.describe):
        words = f"part {n} \u202eturns round"
        return {**describe(n), "text": words, "action": words, "source": "fallback"}

    film.describe = turned
    await studio.until("document.querySelector('#log li:first-child small')?.textContent === 'stand-in'")
    sides = await studio.ask("""["time", "bdi", "small"].map((part) =>
        document.querySelector(`#log li:first-child ${part}`).getBoundingClientRect().left)""")
    assert sides == sorted(sides), "the label is still to the right of the words"
    await studio.page.fill("#words", "a boat \u202eturns round")
    await studio.page.press("#words", "Enter")
    await studio.until("document.querySelector('#wishes q')")
    film.steer()
    await studio.until("document.querySelector('#log .turn')")
    for place in ("#caption", "#wishes q > *", "#log .turn > *", "#films a span"):
        style = f"getComputedStyle(document.querySelector({place!r})).unicodeBidi"
        assert await studio.ask(style) == "isolate", place


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"json": {"error": {"code": "rate", "message": "30 a minute are taken; the next in 7 s"}}},
         "Refused: 30 a minute are taken; the next in 7 s"),
        ({"body": "<h1>Too many</h1>", "headers": {"Retry-After": "7"}},  # of a proxy on the way
         "Not sent: the server answered 429, again in 7 s"),
    ],
)  # fmt: skip
async def test_who_asks_too_often_is_told_when_to_ask_again(film, studio, answer, words):
    studio.expected.append("429")  # Chromium logs every such answer
    await studio.page.route("**/api/streams/main/prompts", lambda route: route.fulfill(status=429, **answer))
    await studio.page.fill("#words", "雪" * 1500)  # no message holds it: it goes by POST
    await studio.page.press("#words", "Enter")
    assert await studio.until("document.querySelector('#wishes .why')?.textContent") == words
