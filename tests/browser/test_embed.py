"""The film in a page of another origin: the iframe of /embed/ID with its query and messages, and the element itself."""

import asyncio

import pytest
from test_player import bluish

from streamer.broadcaster.auth import Door

SITE = "https://pages.test"
"""Another origin; its pages are the tests' own."""

FRAME = """<!doctype html><title>a page</title><link rel=icon href=data:,>
<iframe src="{src}" width=480 height=270 allow="autoplay; fullscreen; picture-in-picture"></iframe>
<script>
    window.told = [];
    addEventListener("message", ({{ source, origin, data }}) =>
        source === frames[0] && data?.from === "streamer-video" && told.push({{ ...data, origin }}));
    let last = 0;
    window.send = (order) => frames[0].postMessage({{ to: "streamer-video", id: `${{last += 1}}`, ...order }}, "*");
    window.order = async (order) => {{
        send(order);
        const id = `${{last}}`;
        for (;;) {{
            const answer = told.find((message) => message.id === id);
            if (answer) return answer;
            await new Promise((later) => setTimeout(later, 20));
        }}
    }};
</script>"""


async def site(viewer, body):
    """Open a page of SITE."""

    async def serve(route):
        await route.fulfill(status=200, content_type="text/html", body=body)

    await viewer.page.context.route(f"{SITE}/*", serve)
    await viewer.page.goto(f"{SITE}/")


def allow(film, *origins):
    film.ancestors = Door("127.0.0.1", allowed_origins=origins).frame_ancestors


async def embedding(film, viewer, query=""):
    """A page of another origin, which is allowed, with the film in a frame."""
    allow(film, SITE)
    await site(viewer, FRAME.format(src=f"{film.url}/embed/main{query}"))
    await viewer.until("order({do: 'state'}).then(({value}) => value.stats.drawn > 5)")
    return viewer


async def inside(viewer, expression):
    """Of the page in the frame; `player` is its player."""
    return await viewer.page.frames[1].evaluate(
        f"() => {{ const player = document.querySelector('streamer-video'); return {expression}; }}"
    )


async def test_an_allowed_page_of_another_origin_shows_the_film_in_a_frame(film, viewer):
    page = await embedding(film, viewer)
    state = await page.ask("order({do: 'state'})")
    assert (state["ok"], state["value"]["status"], state["value"]["path"]) == (True, "playing", "webcodecs")
    assert state["origin"] == film.url


async def test_a_page_that_is_not_allowed_shows_nothing(film, viewer):
    allow(film, "https://friends.test")
    viewer.expected.append("frame-ancestors")
    await site(viewer, FRAME.format(src=f"{film.url}/embed/main"))
    while not any("frame-ancestors" in said for said in viewer.complaints):
        await asyncio.sleep(0.05)
    assert not film.knocks


async def test_the_query_says_how_the_frame_looks(film, viewer):
    query = "?captions=1&controls=0&stats=1&path=mse&accent=rgb(1,2,3)&radius=12px&text=;}body{display:none"
    page = await embedding(film, viewer, query)
    names = await inside(page, "player.getAttributeNames()")
    assert {"captions", "stats", "stream"} <= set(names)
    assert not {"controls", "paused"} & set(names)
    assert await inside(page, "player.path") == "mse"
    variables = "['accent', 'radius', 'text'].map((name) => player.style.getPropertyValue(`--streamer-${name}`))"
    assert await inside(page, variables) == ["rgb(1,2,3)", "12px", ""], "what is no colour is left out"


async def test_a_frame_may_begin_paused_and_is_played_by_a_message(film, viewer):
    allow(film, SITE)
    await site(viewer, FRAME.format(src=f"{film.url}/embed/main?paused=1"))
    await viewer.until("order({do: 'state'}).then(({value}) => value.connected && value.stats.drawn === 0)")
    while not [message for message in film.received if message["type"] == "hide"]:
        await asyncio.sleep(0.02)
    assert (await viewer.ask("order({do: 'play'})"))["ok"]
    await viewer.until("order({do: 'state'}).then(({value}) => value.stats.drawn > 5)")


async def test_a_frame_shows_its_token(film, viewer):
    film.token = "let-me-in"
    page = await embedding(film, viewer, "?token=let-me-in")
    assert film.received[0] == {"type": "token", "token": "let-me-in"}
    assert await inside(page, "player.hasAttribute('token')") is False, "it does not stand in the markup"


async def test_the_page_sends_wishes_and_hears_what_becomes_of_them(film, viewer):
    page = await embedding(film, viewer)
    answer = await page.ask("order({do: 'prompt', prompt: 'now it snows', options: {style: 'noir'}})")
    assert (answer["ok"], answer["value"]["id"]) == (True, "wish-1")
    refused = await page.ask("order({do: 'prompt', prompt: 'forbidden things'})")
    assert refused["error"] == {"code": "refused", "message": "this stream takes no such words", "field": ""}


async def test_the_page_hears_the_events_that_it_subscribed_to_and_no_others(film, viewer):
    page = await embedding(film, viewer)
    await page.ask("order({do: 'subscribe', events: ['epoch']})")
    film.steer()
    await page.until("told.find(({event, detail}) => event === 'epoch' && detail.epoch === 2)")
    assert set(await page.ask("told.filter(({event}) => event).map(({event}) => event)")) == {"epoch"}
    await page.ask("order({do: 'unsubscribe', events: ['epoch']})")
    film.steer()
    await page.until("order({do: 'state'}).then(({value}) => value.epoch === 3)")
    assert await page.ask("told.filter(({event}) => event).length") == 1


async def test_the_page_takes_a_screenshot_and_sets_what_may_be_set(film, viewer):
    page = await embedding(film, viewer)
    film.steer()
    await page.until("order({do: 'state'}).then(({value}) => value.epoch === 2)")
    corner = await page.ask("""order({do: 'screenshot'}).then(({value}) => createImageBitmap(value)).then((bitmap) => {
        const context = new OffscreenCanvas(9, 9).getContext('2d');
        context.drawImage(bitmap, 0, 0);
        return [...context.getImageData(1, 1, 1, 1).data.slice(0, 3)]; })""")
    assert bluish(corner)
    assert (await page.ask("order({do: 'set', name: 'captions', value: true})"))["ok"]
    assert await inside(page, "player.hasAttribute('captions')")
    await page.ask("order({do: 'set', name: 'captions', value: false})")
    assert not await inside(page, "player.hasAttribute('captions')")


@pytest.mark.parametrize(
    ("order", "fault"),
    [
        ("{do: 'explode'}", "do: expected play"),
        ("{do: 'set', name: 'src', value: 'wss://evil.test/streams/x/live'}", "name: expected"),
        ("{do: 'set', name: 'captions', value: 'yes'}", "captions takes a boolean"),
        ("{do: 'subscribe', events: ['keydown']}", "events: expected some of"),
        ("{do: 'prompt', prompt: 5}", "prompt: expected a string"),
    ],
)
async def test_an_order_that_cannot_be_is_answered_with_what_would_be_one(film, viewer, order, fault):
    page = await embedding(film, viewer)
    answer = await page.ask(f"order({order})")
    assert (answer["ok"], answer["error"]["code"]) == (False, "bad_message")
    assert fault in answer["error"]["message"]


async def test_messages_that_are_not_ours_or_not_the_pages_are_passed_over(film, viewer):
    page = await embedding(film, viewer)
    for message in ("null", "7", "'play'", "[]", "{}", "{do: 'pause', id: 'x'}", "{to: 'streamer-video', do: 'pause'}"):
        await page.ask(f"void frames[0].postMessage({message}, '*')")
    await page.ask("""new Promise((done) => {
        const other = document.createElement("iframe");
        addEventListener("message", ({ data }) => data === "done" && done());
        other.srcdoc = `<script>
            parent.frames[0].postMessage({ to: "streamer-video", id: "evil", do: "pause" }, "*");
            parent.postMessage("done", "*");
        <` + `/script>`;
        document.body.append(other);
    })""")
    before = await page.ask("told.length")
    await page.ask("order({do: 'state'})")  # messages come in order: whatever was said before has been heard
    assert await page.ask("told.length") == before + 1
    assert await inside(page, "player.hasAttribute('paused')") is False


async def test_the_element_plays_in_a_page_of_another_origin_too(film, viewer):
    src = film.url.replace("http", "ws") + "/streams/main/live"
    await site(
        viewer,
        f"""<!doctype html><title>a page</title><link rel=icon href=data:,>
        <script type=module src="{film.url}/player.js"></script><streamer-video src="{src}" path=mjpeg></streamer-video>
        <script>const player = document.querySelector("streamer-video");</script>""",
    )
    await viewer.until("player.stats?.drawn > 3")
    size = "player.screenshot().then(createImageBitmap).then(({width, height}) => [width, height])"
    assert tuple(await viewer.ask(size)) == film.size, "the images come with CORS, so that a screenshot may be taken"


async def test_the_element_in_a_page_that_is_not_allowed_names_the_setting(film, viewer):
    film.refuse = True
    src = film.url.replace("http", "ws") + "/streams/main/live"
    await viewer.page.route(f"{film.url}/api/**", lambda route: route.abort())  # what CORS does to an origin unknown
    viewer.expected.append("net::ERR_FAILED")
    await site(
        viewer,
        f"""<!doctype html><title>a page</title><link rel=icon href=data:,>
        <script type=module src="{film.url}/player.js"></script><streamer-video src="{src}"></streamer-video>
        <script>const player = document.querySelector("streamer-video");</script>""",
    )
    notice = "player.shadowRoot?.querySelector('.notice').innerText"
    text = await viewer.until(f"{notice}?.includes('No answer yet') && {notice}")
    assert f"does it allow {SITE} (allowed_origins)" in text
