"""The studio in a real Chromium: words in, progress out, the director's words and plan in time with the picture."""

import asyncio
from urllib.parse import quote

import pytest
from accessibility import faults


@pytest.fixture
async def studio(film, viewer):
    """The studio of a playing film."""
    viewer.requests = []
    viewer.page.on("request", lambda request: viewer.requests.append(request.url))
    await viewer.page.goto(film.url)
    await viewer.page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    return viewer


async def said(film, kind):
    """The newest message of a kind from the page."""
    while True:
        found = [message for message in film.received if message["type"] == kind]
        if found:
            return found[-1]
        await asyncio.sleep(0.02)


async def steps(studio):
    """What the newest wish's steps look like: {"accepted": "done", …}."""
    return await studio.ask("""Object.fromEntries([...document.querySelectorAll("#wishes li:first-child .steps span")]
        .map((step) => [step.textContent, step.className]))""")


async def test_a_wish_is_followed_until_its_picture_is_on_the_screen(film, studio):
    await studio.page.fill("#words", "a blue night in the forest")
    await studio.page.press("#words", "Enter")
    assert (await said(film, "prompt"))["prompt"] == "a blue night in the forest"
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")
    assert await steps(studio) == {"accepted": "done", "directing": "now", "on screen": ""}
    assert await studio.ask("document.querySelector('#words').value") == ""

    film.progress(id="wish-1", progress="directing", epoch=2)
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'directing'")
    # The server sends the epoch; the page believes it when it sees it.
    film.progress(id="wish-1", progress="on_screen", epoch=2)
    film.steer()
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'on_screen'")
    assert await steps(studio) == {"accepted": "done", "directing": "done", "on screen": "done"}
    assert await studio.ask("document.querySelector('#player').epoch") == 2
    await studio.until("document.querySelector('#log').textContent.includes('“a blue night in the forest”')")


async def test_a_refused_wish_says_why_and_gives_the_words_back(film, studio):
    await studio.page.fill("#words", "forbidden things")
    await studio.page.click("#send")
    reason = await studio.until("document.querySelector('#wishes .why')?.textContent")
    assert "this stream takes no such words" in reason
    assert await studio.ask("document.querySelector('#words').value") == "forbidden things"


async def test_words_that_are_too_many_are_refused_by_the_server_not_cut_by_the_page(film, studio):
    words = "snow " * 500 + "ends"
    await studio.page.fill("#words", words)
    await studio.page.press("#words", "Enter")
    reason = await studio.until("document.querySelector('#wishes .why')?.textContent")
    assert "the prompt has 2504 characters, at most 2000 are taken" in reason
    assert await studio.ask("document.querySelector('#words').value") == words


async def test_a_wish_that_no_message_holds_goes_by_post_and_its_refusal_is_shown(film, studio):
    async def refuse(route):
        posted.append(route.request.post_data_json)
        await route.fulfill(status=422, json={"error": {"code": "too_long", "message": "at most 2000 are taken"}})

    studio.expected.append("422")  # Chromium logs every such answer
    posted: list[dict] = []
    await studio.page.route("**/api/streams/main/prompts", refuse)
    words = "雪" * 1500  # 4500 bytes; a message has at most 4096
    await studio.page.fill("#words", words)
    await studio.page.press("#words", "Enter")
    assert "at most 2000 are taken" in await studio.until("document.querySelector('#wishes .why')?.textContent")
    assert [wish["prompt"] for wish in posted] == [words]


async def test_a_wish_that_is_on_the_screen_still_says_what_was_odd_about_it(film, studio):
    await studio.page.fill("#words", "a blue night in the forest")
    await studio.page.press("#words", "Enter")
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")
    film.progress(id="wish-1", progress="directing", epoch=2, reason="the LLM does not answer: a stand-in directs")
    await studio.until("document.querySelector('#wishes .note')")
    film.progress(id="wish-1", progress="on_screen", epoch=2)
    film.steer()
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'on_screen'")
    assert await studio.ask("document.querySelector('#wishes .note').textContent") == (
        "the LLM does not answer: a stand-in directs"
    )


async def test_a_wish_that_was_left_lying_no_longer_says_so_once_it_is_taken_up(film, studio):
    await studio.page.fill("#words", "a blue night in the forest")
    await studio.page.press("#words", "Enter")
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")
    film.progress(id="wish-1", progress="accepted", epoch=0, reason="no director has taken it up")
    await studio.until("document.querySelector('#wishes .note')?.textContent === 'no director has taken it up'")
    film.progress(id="wish-1", progress="directing", epoch=2)
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'directing'")
    assert await studio.ask("document.querySelector('#wishes .note')") is None


async def test_a_wish_that_lost_to_a_newer_one_says_so(film, studio):
    await studio.page.click("#changes button")
    await studio.until("document.querySelector('#wishes li').dataset.progress === 'accepted'")
    film.progress(id="wish-1", progress="merged", epoch=2)
    note = await studio.until("document.querySelector('#wishes .note')?.textContent")
    assert note == "A newer wish came at the same moment and was taken instead."


@pytest.mark.parametrize("name", ["bo ats", "x" * 100, "<b>", "..", ".hidden", "a/b"])
async def test_a_name_that_no_film_can_have_is_explained_and_main_plays(film, viewer, name):
    await viewer.page.goto(f"{film.url}/?stream={quote(name, safe='')}")
    await viewer.page.wait_for_function("() => document.querySelector('#player')?.stats.drawn > 5")
    line = await viewer.ask("document.querySelector('#sorry').innerText")
    assert line.startswith(f"“{name[:70]}")
    assert "is no name of a film" in line
    assert film.knocks == ["/streams/main/live"]
    await viewer.until("document.querySelector('#films a[aria-current]')?.textContent.startsWith('main')")


async def test_the_directors_words_stand_under_their_picture_and_in_the_log(film, studio):
    caption = "document.querySelector('#caption').textContent"
    await studio.until(f"{caption} === document.querySelector('#player').description.text")
    first = await studio.ask(caption)
    log = "[...document.querySelectorAll('#log li')].slice(0, 2)"
    shown, titles, words = await studio.until(
        f"{caption} !== x && [{caption}, {log}.map((li) => li.title), {log}[0].textContent]", first
    )
    assert titles == [shown, first]
    assert "begins" in words, "the log says what is new"


async def test_the_plan_lies_over_the_picture_where_the_director_put_it(film, studio):
    await studio.page.keyboard.press("b")
    await studio.until("document.querySelector('#plan .box')")
    drawn, picture, label = await studio.ask("""(() => {
        const player = document.querySelector('#player');
        const of = (e) => (({x, y, width, height}) => [x, y, width, height])(e.getBoundingClientRect());
        return [of(document.querySelector('#plan .box')), of(player.shadowRoot.querySelector('canvas')),
                document.querySelector('#plan .box span').textContent];
    })()""")
    at = [(drawn[0] - picture[0]) / picture[2], (drawn[1] - picture[1]) / picture[3]]
    assert 0.09 < at[0] < 0.61  # on its way between 0.1, 0.35 and 0.6
    assert abs(at[1] - 0.35) < 0.01
    assert abs(drawn[2] / picture[2] - 0.3) < 0.01
    assert label == "bright bar · moving"
    await studio.page.keyboard.press("b")
    assert await studio.ask("document.querySelector('#plan').hidden")


async def test_keys_do_not_act_while_somebody_writes(film, studio):
    await studio.page.keyboard.press("/")
    await studio.page.keyboard.type("a big ski jump")
    assert await studio.ask("document.querySelector('#words').value") == "a big ski jump"
    assert await studio.ask("document.querySelector('#plan').hidden")
    assert not await studio.ask("document.querySelector('#player').hasAttribute('stats')")


async def test_a_held_film_offers_to_go_on_and_stopping_asks_twice(film, studio):
    # Twice from within the page: after 3 s the first press would count no more.
    asked = await studio.ask(
        "((stop) => { stop.click(); const { textContent } = stop; stop.click(); "
        "return textContent; })(document.querySelector('#stop'))"
    )
    assert asked == "Stop for everyone?"
    assert (await said(film, "prompt"))["action"] == "stop"
    film.status("held", "paused")
    await studio.page.click("#resume")
    while (await said(film, "prompt"))["action"] != "resume":
        await asyncio.sleep(0.02)
    assert [message["action"] for message in film.received if message["type"] == "prompt"] == ["stop", "resume"]


async def test_it_says_who_directs_and_what_draws(film, studio):
    text = await studio.ask("document.querySelector('.about').textContent")
    assert "Drawn by bars on cpu, directed by projector." in text
    assert "256×144 at 24 frames a second, played by webcodecs" in text


async def test_the_embed_code_is_a_page_that_plays(film, studio):
    await studio.page.click("#share")
    code = await studio.ask("document.querySelector('#code-tag').textContent")
    frame = await studio.ask("document.querySelector('#code-frame').textContent")
    assert f'src="{film.url}/embed/main?captions=1"' in frame
    await studio.page.goto(f"{film.url}/blank")
    await studio.page.set_content(code + frame)
    await studio.page.wait_for_function("() => document.querySelector('streamer-video')?.stats?.drawn > 5")
    inner = await (await studio.page.wait_for_selector("iframe")).content_frame()
    await inner.wait_for_url("**/embed/main?captions=1")
    await inner.wait_for_function("() => document.querySelector('streamer-video')?.stats?.drawn > 5")


async def test_every_way_to_take_a_film_along_is_there_to_be_copied(film, studio):
    await studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await studio.page.click("#share")
    code = await studio.ask("""Object.fromEntries([...document.querySelectorAll("#forms pre")]
        .map((pre) => [pre.id.replace("code-", ""), pre.textContent]))""")
    here = f"{film.url}/streams/main"
    assert list(code) == [
        "tag", "frame", "oembed", "hls", "mp4", "recording", "mjpeg", "snapshot", "python", "push",
    ]  # fmt: skip
    assert code["oembed"] == here
    assert code["hls"] == f"{here}/index.m3u8"
    assert code["mp4"] == f"curl -o film.mp4 {here}/live.mp4"
    assert code["recording"] == f"curl -o minute.mp4 '{here}/recording.mp4?from=-60'"
    assert f'src="{here}/live.mjpeg"' in code["mjpeg"]
    assert code["snapshot"] == f"{here}/snapshot.jpg?width=640"
    assert f'streamer.watch("{film.url}", "main")' in code["python"]
    compile(code["python"], "the dialog", "exec")
    assert code["push"] == f"streamer push rtmp://HOST/APP/KEY --url {film.url} --stream main"
    told = await studio.ask("document.querySelector('#embed').innerText")
    assert "--allowed-origins" in told
    assert "--token-key" in told
    for form, text in code.items():
        await studio.ask(f"document.querySelector('#code-{form}').closest('details').open = true")
        await studio.page.click(f"#code-{form} + button")
        await studio.until(f"document.querySelector('#code-{form} + button').textContent === 'Copied'")
        assert await studio.ask("navigator.clipboard.readText()") == text


async def test_it_lists_the_films_that_play_and_leads_to_all_of_them(film, studio):
    films = [{"stream": f"film-{n}", "status": "playing", "prompt": "", "viewers": n} for n in range(8)]
    films += [{"stream": "main", "status": "playing", "prompt": "", "viewers": 1}]
    await studio.page.route("**/api/streams", lambda route: route.fulfill(json={"streams": films}))
    await studio.page.reload()
    await studio.until("document.querySelector('#films a[aria-current]')?.textContent.startsWith('main')")
    links = await studio.ask(
        "[...document.querySelectorAll('#films a')].map((a) => [a.innerText.split('\\n')[0], a.href])"
    )
    assert links == [
        *([name, f"{film.url}/streams/{name}"] for name in ("main", "film-7", "film-6", "film-5")),
        ["All 9 films", f"{film.url}/streams"],
    ]


async def test_it_asks_nothing_of_anybody_else(film, studio):
    await studio.page.wait_for_selector("#films a")
    assert {url for url in studio.requests if not url.startswith((film.url, "data:", "blob:"))} == set()


async def test_the_plans_label_makes_room_for_the_players(film, studio):
    await studio.page.keyboard.press("b")
    await studio.page.keyboard.press("k")
    label, badge = await studio.until("""(() => {
        const badge = document.querySelector('#player').shadowRoot.querySelector('.badge');
        const of = (e) => (({top, bottom}) => ({top, bottom}))(e.getBoundingClientRect());
        return !badge.hidden && [of(document.querySelector('#plan .camera')), of(badge)];
    })()""")
    assert badge["bottom"] <= label["top"]


async def test_a_long_sentence_pushes_nothing_off_the_screen(film, studio):
    await studio.page.set_viewport_size({"width": 1280, "height": 900})
    bottom = "document.querySelector('#keys').getBoundingClientRect().bottom"
    before = await studio.ask(bottom)
    film.describe = lambda n, describe=film.describe: {**describe(n), "text": "the fox goes on through the snow " * 12}
    await studio.until("document.querySelector('#caption').textContent.startsWith('the fox')")
    assert await studio.ask(bottom) == before
    assert before <= 900


@pytest.mark.parametrize("width", [320, 390])
async def test_on_a_phone_the_way_to_the_other_films_is_in_sight(film, studio, width):
    films = [{"stream": name, "status": "playing", "prompt": "", "viewers": 1} for name in ("main", "boats")]
    await studio.page.route("**/api/streams", lambda route: route.fulfill(json={"streams": films}))
    await studio.page.set_viewport_size({"width": width, "height": 844})
    await studio.page.reload()
    await studio.page.wait_for_selector("#films a.lobby")
    sides = await studio.ask("""(({left, right}) => [left, right])(
        document.querySelector('#films a.lobby').getBoundingClientRect())""")
    assert 0 <= sides[0] < sides[1] <= width
    assert await studio.ask("document.querySelector('#films').getBoundingClientRect().height") < 60, "in one line"


async def test_axe_finds_nothing(film, studio):
    await studio.page.wait_for_selector("#films a")
    assert await faults(studio.page) == []
    await studio.page.click("#share")
    assert await faults(studio.page) == []


@pytest.mark.parametrize("width", [340, 768, 1366])
async def test_nothing_sticks_out_of_the_window(film, studio, width):
    await studio.page.set_viewport_size({"width": width, "height": 800})
    assert await studio.ask("document.scrollingElement.scrollWidth <= innerWidth")
    await studio.page.set_viewport_size({"width": 1366, "height": 800})
