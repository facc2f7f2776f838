"""<streamer-video> when something is away: the network, the film, the way in, the room that the browser has."""

import asyncio

import pytest
from cinema import open_cinema
from test_player import PATHS, bluish, reddish
from websockets.asyncio.client import connect

MANAGED = """{
    // Safari's: it says when it wants data.
    window.ManagedMediaSource = class extends MediaSource {
        streaming = false;
        constructor() {
            super();
            window.managed = this;
            window.remote = document.createElement('video').disableRemotePlayback;
            this.addEventListener('sourceopen', () => setTimeout(() => this.tell(true), 50), { once: true });
        }
        tell(streaming) {
            this.streaming = streaming;
            this.dispatchEvent(new Event(streaming ? 'startstreaming' : 'endstreaming'));
        }
    };
}"""

FULL = """{
    const append = SourceBuffer.prototype.appendBuffer;
    let left = 8;
    window.refused = 0;
    SourceBuffer.prototype.appendBuffer = function (bytes) {
        if ((left -= 1) === 0) {
            window.refused += 1;
            throw new DOMException("full", "QuotaExceededError");
        }
        return append.call(this, bytes);
    };
}"""

CLICK_FIRST = """{
    const play = HTMLMediaElement.prototype.play;
    window.clicked = false;
    addEventListener("click", () => (window.clicked = true), true);
    HTMLMediaElement.prototype.play = function () {
        return window.clicked ? play.call(this) : Promise.reject(new DOMException("no", "NotAllowedError"));
    };
    Object.defineProperty(HTMLMediaElement.prototype, "autoplay", { set() {}, get: () => false });
}"""


@pytest.fixture
async def cinema():
    async with open_cinema() as cinema:
        yield cinema


async def until(socket, words):
    """The messages of a viewer socket, up to the one with such words."""
    async with asyncio.timeout(60):
        async for message in socket:
            yield message
            if isinstance(message, str) and words in message:
                return


class Cable:
    """A TCP proxy in front of a film, that can be cut without a word, as a lost radio link is."""

    def __init__(self, url):
        self.port = int(url.rpartition(":")[2])
        self.whole = asyncio.Event()
        self.whole.set()
        self.links, self.dead = set(), set()
        self.calls = 0

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.link, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self.whole.set()
        self.server.close()

    def cut(self):
        """Nothing goes through any more, neither bytes nor goodbyes; what connects later waits."""
        self.whole.clear()

    def mend(self):
        """New connections go through; old ones stay dead."""
        self.dead |= self.links
        self.whole.set()

    async def link(self, reader, writer):
        self.calls += 1
        await self.whole.wait()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
        link = object()
        self.links.add(link)
        try:
            async with asyncio.TaskGroup() as pipes:
                pipes.create_task(self.pipe(link, reader, far_writer))
                pipes.create_task(self.pipe(link, far_reader, writer))
        except* OSError:
            pass
        finally:
            writer.close()
            far_writer.close()

    async def pipe(self, link, reader, writer):
        while data := await reader.read(65536):
            await self.whole.wait()
            if link in self.dead:
                continue
            writer.write(data)
            await writer.drain()
        writer.close()


@PATHS
async def test_offline_and_back_it_connects_at_once_over_a_link_that_died_without_a_word(film, viewer, path):
    async with Cable(film.url) as cable:
        await viewer.watch(cable.url, path=path)
        await viewer.more_frames(6)
        cable.cut()
        await viewer.page.context.set_offline(True)
        held = await viewer.ask("look().corner")
        assert reddish(held)
        knocks = len(film.knocks)
        cable.mend()
        await viewer.page.context.set_offline(False)
        async with asyncio.timeout(13):  # 15 s of silence would have told as well
            while len(film.knocks) == knocks:
                await asyncio.sleep(0.02)
        await viewer.more_frames(6)
        assert reddish(await viewer.ask("look().corner"))
        assert await viewer.ask("player.stats.reconnects") == 1


@PATHS
async def test_a_film_that_begins_anew_at_time_0_is_played(film, viewer, path):
    film.pts += 3600 * 90_000
    await viewer.watch(film.url, path=path)
    await viewer.more_frames(6)
    film.begin_anew()
    film.refuse = True
    await film.hang_up()
    film.refuse = False
    await viewer.until("player.pts < 60 * 90000")
    await viewer.more_frames(6)
    assert bluish(await viewer.ask("look().corner"))


@PATHS
async def test_a_film_whose_renderer_is_away_keeps_its_picture_and_says_so_small(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames(6)
    film.held.clear()
    film.status("waiting", "rendering resumes: the worker starts again")
    await viewer.until("!part('badge').hidden && part('badge').innerText.includes('the worker starts again')")
    assert await viewer.ask("part('notice').hidden")
    assert reddish(await viewer.ask("look().corner"))
    film.held.set()
    film.status("playing")
    await viewer.more_frames(6)
    assert "the worker" not in await viewer.ask("part('badge').innerText")


async def test_where_a_token_is_asked_for_it_is_the_first_word(film, viewer):
    film.token = "let-me-in"
    await viewer.watch(film.url, token="let-me-in")
    await viewer.more_frames(6)
    assert film.received[0] == {"type": "token", "token": "let-me-in"}


async def test_a_wrong_token_is_said_and_not_tried_again_and_a_new_one_is_tried_at_once(film, viewer):
    film.token = "let-me-in"
    await viewer.watch(film.url, token="wrong")
    notice = await viewer.until("part('notice').innerText.startsWith('Not let in') && part('notice').innerText")
    assert "token_key" in notice
    (error,) = await viewer.ask("events.filter(e => e.type === 'error').map(e => e.detail)")
    assert error["code"] == "token"
    await asyncio.sleep(2.5)  # a lost connection is tried again within 0.75 s
    assert len(film.knocks) == 1
    await viewer.ask("{ player.token = 'let-me-in'; }")
    await viewer.more_frames(6)
    assert len(film.knocks) == 2
    assert await viewer.ask("part('notice').hidden")


async def test_a_new_token_that_does_not_do_ends_nothing_while_the_former_one_does(film, viewer):
    film.token = "let-me-in"
    await viewer.watch(film.url, token="let-me-in")
    await viewer.more_frames(6)
    await viewer.ask("{ player.token = 'wrong'; }")
    await viewer.until("events.some(e => e.type === 'error' && e.detail.code === 'token')")
    await viewer.more_frames(6)
    assert await viewer.ask("part('notice').hidden")
    await film.hang_up()  # for another reason: the player comes back, by the token that does not do
    await viewer.until("part('notice').innerText.startsWith('Not let in')")
    assert len(film.knocks) == 2


async def test_a_token_whose_time_is_over_is_said_and_another_one_is_tried_at_once(film, viewer):
    film.token = "let-me-in"
    await viewer.watch(film.url, token="let-me-in")
    await viewer.more_frames(6)
    film.token = "another"
    await asyncio.gather(*map(film.turn_away, list(film._viewers)))
    await viewer.until("part('notice').innerText.startsWith('Not let in')")
    await viewer.ask("{ player.token = 'another'; }")
    await viewer.more_frames(6)
    assert len(film.knocks) == 2


async def test_images_carry_the_token_too(film, viewer):
    film.token = "let-me-in"
    await viewer.watch(film.url, token="let-me-in", path="mjpeg")
    await viewer.more_frames(3)


async def test_why_the_server_closed_is_said_while_it_connects_again(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames(6)
    film.refuse = True
    await asyncio.gather(*(each.close(1013, "too slow for 20 s (slow_limit)") for each in list(film._viewers)))
    await viewer.until("part('badge').innerText === 'reconnecting: too slow for 20 s (slow_limit)'")


async def test_a_managed_source_is_fed_when_it_asks_and_only_then(film, viewer):
    await viewer.page.add_init_script(MANAGED)
    await viewer.watch(film.url, path="mse")
    await viewer.more_frames(6)
    assert await viewer.ask("player.shadowRoot.querySelector('video').disableRemotePlayback")
    await viewer.ask("managed.tell(false)")
    dropped = await viewer.ask("player.stats.dropped")
    await viewer.until("player.stats.dropped > x + 6", dropped)
    await viewer.ask("managed.tell(true)")
    await viewer.more_frames(6)
    assert [m["reason"] for m in film.received if m["type"] == "resync"][-1] == "startstreaming"


async def test_a_full_buffer_is_emptied_and_the_film_goes_on_at_a_keyframe(film, viewer):
    await viewer.page.add_init_script(FULL)
    await viewer.watch(film.url, path="mse")
    await viewer.until("refused === 1")
    drawn = await viewer.ask("player.stats.drawn")
    await viewer.until("player.stats.drawn > x + 6", drawn)
    assert "quota" in [message["reason"] for message in film.received if message["type"] == "resync"]
    assert await viewer.ask("player.path") == "mse"


async def test_a_browser_that_wants_a_click_gets_one(film, viewer):
    await viewer.page.add_init_script(CLICK_FIRST)
    await viewer.watch(film.url, path="mse")
    await viewer.until("part('notice').innerText.startsWith('Click to play')")
    await viewer.page.click("streamer-video", position={"x": 50, "y": 50})
    await viewer.until("player.stats.drawn > 5 && part('notice').hidden")


async def test_where_a_click_is_wanted_the_button_and_its_key_play(film, viewer):
    await viewer.page.add_init_script(CLICK_FIRST)
    await viewer.watch(film.url, path="mse", controls="")
    await viewer.until("part('notice').innerText.startsWith('Click to play')")
    button = "player.shadowRoot.querySelector('[data-do=pause]')"
    assert await viewer.ask(f"{button}.getAttribute('aria-label')") == "Play (k)"
    await viewer.ask("addEventListener('keydown', () => (window.clicked = true), true)")  # a key does, too
    await viewer.page.focus("streamer-video")
    await viewer.page.keyboard.press("k")
    await viewer.until("player.stats.drawn > 5 && part('notice').hidden")
    assert not await viewer.ask("player.hasAttribute('paused')")
    await viewer.until(f"{button}.getAttribute('aria-label') === 'Pause (k)'")


TAKEN_BACK = """{
    const decoders = [];
    window.VideoDecoder = class extends VideoDecoder {
        constructor(init) { super(init); decoders.push(init); }
    };
    window.takeBack = () => decoders.at(-1).error(new DOMException("reclaimed", "QuotaExceededError"));
}"""


async def test_a_decoder_that_is_taken_back_from_a_paused_viewer_asks_for_no_media(film, viewer):
    await viewer.page.add_init_script(TAKEN_BACK)
    await viewer.watch(film.url)
    await viewer.more_frames(6)
    await viewer.ask("player.pause()")
    while {"type": "hide"} not in film.received:
        await asyncio.sleep(0.02)
    await viewer.ask("takeBack()")
    await viewer.ask("player.prompt('what is heard behind it')")  # messages come in order
    assert "resync" not in [message["type"] for message in film.received]
    await viewer.ask("player.play()")
    await viewer.more_frames(6)
    await viewer.ask("takeBack()")
    while "resync" not in [message["type"] for message in film.received]:  # of one who looks
        await asyncio.sleep(0.02)
    await viewer.more_frames(6)


async def test_a_server_sends_no_media_to_who_is_hidden_and_has_lost_its_decoder(cinema):
    await cinema.begin("main", "a lake")
    async with connect(f"{cinema.url.replace('http', 'ws')}/streams/main/live", subprotocols=["streamer.v1"]) as socket:
        await socket.send('{"type": "hide"}')
        await socket.send('{"type": "resync"}')
        await asyncio.sleep(3)  # asked for so soon, it would wait for the next keyframe
        await socket.send('{"type": "prompt", "prompt": "snow", "ref": "last"}')
        heard = [message async for message in until(socket, '"last"')]
        assert sum('"hello"' in message for message in heard if isinstance(message, str)) == 1
        await socket.send('{"type": "show"}')
        assert [message async for message in until(socket, '"hello"')]


async def test_a_handshake_that_hangs_is_lost_after_ten_seconds_and_the_next_one_may_do(film, viewer):
    async with Cable(film.url) as cable:
        cable.cut()
        await viewer.watch(film.url, src=f"{cable.url}/streams/main/live")
        while not cable.calls:
            await asyncio.sleep(0.02)
        hung, cable.whole = cable.whole, asyncio.Event()  # the first one is never answered
        cable.mend()
        await viewer.more_frames(6)
        assert cable.calls == 2
        hung.set()


async def test_nothing_is_asked_for_in_a_tab_that_opens_hidden(film, viewer):
    hidden = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"
    await viewer.page.add_init_script(hidden)
    await viewer.watch(film.url)
    while {"type": "hide"} not in film.received:
        await asyncio.sleep(0.02)
    await viewer.ask("{ delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    await viewer.more_frames(6)
