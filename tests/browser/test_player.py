"""<streamer-video> in a real Chromium, against a projector that fails on command."""

import asyncio
import base64
import time

import av
import pytest

PATHS = pytest.mark.parametrize("path", ["webcodecs", "mse"])

NO_DECODER = "delete window.VideoDecoder"
BROKEN_DECODER = """window.VideoDecoder = class extends VideoDecoder {
    constructor(init) { super(init); this.fail = init.error; }
    configure() { this.fail(new DOMException("no such codec", "NotSupportedError")); }
}"""

COLD_DECODER = """window.VideoDecoder = class extends VideoDecoder {
    #early = [];
    #warm = false;
    decode(chunk) {
        if (this.#warm) return super.decode(chunk);
        if (this.#early.push(chunk) === 1) setTimeout(() => {
            this.#warm = true;
            for (const early of this.#early.splice(0)) super.decode(early);
        }, 400);
    }
    get decodeQueueSize() { return this.#early.length + super.decodeQueueSize; }
}"""


def reddish(colour):
    return colour[0] > 120 and colour[1] < 90 and colour[2] < 90


def bluish(colour):
    return colour[2] > 120 and colour[0] < 90


async def plays(viewer):
    """Pictures of the first epoch, one after the other."""
    await viewer.until("player.stats.drawn > 5")
    first = await viewer.ask("({...look(), decoded: player.stats.decoded})")
    assert first["colours"] > 1
    assert reddish(first["corner"])
    await viewer.until("player.stats.decoded > x.decoded + 12 && look().pixels !== x.pixels", first)


async def test_a_film_plays_through_webcodecs(film, viewer):
    await viewer.watch(film.url)
    await plays(viewer)
    assert await viewer.ask("[player.path, player.reason]") == ["webcodecs", ""]


async def test_without_a_decoder_it_plays_through_media_source_and_says_why(film, viewer):
    await viewer.page.add_init_script(NO_DECODER)
    await viewer.watch(film.url, stats="")
    await plays(viewer)
    assert await viewer.ask("[player.path, player.reason]") == ["mse", "this browser has no VideoDecoder"]
    shown = await viewer.until("!part('badge').hidden && part('badge').innerText + part('stats').innerText")
    assert shown.count("no VideoDecoder") == 2


async def test_on_plain_http_it_says_that_a_secure_context_is_missing(film, viewer):
    await viewer.watch(film.url.replace("127.0.0.1", "film.test"))
    await viewer.until("player.stats.drawn > 5")
    path, reason = await viewer.ask("[player.path, player.reason]")
    assert path == "mse"
    assert "open the page by https" in reason


async def test_a_decoder_that_refuses_the_codec_hands_over_to_media_source(film, viewer):
    await viewer.page.add_init_script(BROKEN_DECODER)
    await viewer.watch(film.url)
    await viewer.until("player.stats.drawn > 5")
    assert await viewer.ask("player.path") == "mse"
    assert "no such codec" in await viewer.ask("player.reason")
    changes = await viewer.ask("events.filter(e => e.type === 'path').map(e => e.detail.path)")
    assert changes[-1] == "mse"


async def test_when_no_way_is_left_the_page_says_so_and_no_socket_stays_open(film, viewer):
    film.no_images, film.images_status = "no pictures today", 410
    viewer.expected.append("410")
    for name in ("VideoDecoder", "MediaSource", "ManagedMediaSource"):
        await viewer.page.add_init_script(f"delete window.{name}")
    await viewer.watch(film.url)
    notice = await viewer.until("part('notice').innerText.startsWith('Cannot play here') && part('notice').innerText")
    assert "no Media Source Extensions" in notice
    assert "no pictures today" in notice
    while film._viewers:
        await asyncio.sleep(0.02)
    assert not await viewer.ask("player.connected")


async def test_a_way_that_was_asked_for_and_cannot_play_is_given_up_for_good(film, viewer):
    await viewer.page.add_init_script(BROKEN_DECODER)
    await viewer.watch(film.url, path="webcodecs")
    notice = await viewer.until("part('notice').innerText.startsWith('Cannot play here') && part('notice').innerText")
    assert "no such codec" in notice
    later = film.pts + 3 * film.gop * film.duration
    while film.pts < later:
        await asyncio.sleep(0.05)
    (error,) = await viewer.ask("events.filter(e => e.type === 'error').map(e => e.detail)")
    assert error["code"] == "unsupported"
    assert await viewer.ask("player.path") == ""


@PATHS
@pytest.mark.parametrize(
    ("trickle", "behind"),
    [(0.0, 1 / 4), (0.012, 1 / 2)],  # one by one, slower than what ends a burst of this moment: 250 ms are the limit
)
async def test_a_viewer_joins_at_the_live_edge_not_at_the_keyframe(film, viewer, path, trickle, behind):
    film.trickle, film.meeting = trickle, film.gop * 3 // 4  # far into a GOP
    for _ in range(3):  # a player waits 250 ms for its start to come in, and a busy machine may stand still for longer
        await viewer.watch(film.url, path=path)
        first = await viewer.until("events.find(e => e.type === 'firstframe')")
        if on_time := first["detail"]["pts"] >= film.joined - behind * film.gop * film.duration:
            break
    assert on_time, first["detail"]
    assert await viewer.until("player.stats.latency?.p50 >= 0") is True


async def test_a_decoder_that_begins_slowly_does_not_leave_a_viewer_behind(film, viewer):
    await viewer.page.add_init_script(COLD_DECODER)
    film.meeting = film.gop * 3 // 4
    await viewer.watch(film.url, path="webcodecs")
    first = await viewer.until("events.find(e => e.type === 'firstframe')")
    assert first["detail"]["pts"] >= film.joined - film.gop / 2 * film.duration


@PATHS
async def test_a_new_epoch_is_on_the_screen_at_once_and_nothing_older_after_it(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    begin = film.steer()
    await viewer.until("player.epoch === 2")
    pictures = await viewer.ask("""new Promise((done) => {
        const seen = [];
        const note = () => {
            seen.push([player.pts, look().corner]);
            seen.length < 20 ? requestAnimationFrame(note) : done(seen);
        };
        note();
    })""")
    assert all(pts >= begin for pts, _ in pictures)
    assert bluish(pictures[-1][1])
    (event,) = await viewer.ask("events.filter(e => e.type === 'epoch' && e.detail.epoch === 2)")
    assert event["detail"]["prompt"] == "a blue night in the forest"
    if path == "webcodecs":
        assert all(bluish(corner) for _, corner in pictures)
        assert event["pts"] == begin


@PATHS
async def test_the_last_picture_stays_while_the_connection_is_away(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    film.refuse = True
    await film.hang_up()
    await viewer.until("!player.connected && part('badge').innerText === 'reconnecting…'")
    assert reddish((await viewer.ask("look()"))["corner"])
    film.refuse = False
    await viewer.until("player.connected")
    await viewer.more_frames()
    assert await viewer.ask("player.stats.reconnects") == 1
    assert await viewer.ask("part('badge').innerText") != "reconnecting…"


@PATHS
async def test_the_size_may_change_in_mid_stream(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    film.resize((320, 240))
    size = "(({width, height, videoWidth, videoHeight}) => `${videoWidth ?? width}x${videoHeight ?? height}`)"
    await viewer.until(f"{size}(player.shadowRoot.querySelector('canvas, video')) === '320x240'")
    await viewer.more_frames()
    assert await viewer.ask("events.filter(e => e.type === 'error')") == []
    box = await viewer.ask("[player.clientWidth, player.clientHeight]")
    assert box == [480, 360]


@PATHS
async def test_a_hole_is_crossed_at_the_next_keyframe_without_a_question(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    film.skip(18)
    beyond = film.pts + 20 * film.duration
    await viewer.until("player.pts > x", beyond)
    await viewer.more_frames()
    assert not [message for message in film.received if message["type"] == "resync"]


@PATHS
async def test_a_missing_frame_before_a_delta_asks_for_a_keyframe(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    film.lose(3)
    beyond = film.pts + 2 * film.gop * film.duration
    await viewer.until("player.pts > x", beyond)
    assert [message["reason"] for message in film.received if message["type"] == "resync"] == ["hole"]


@PATHS
async def test_a_sample_that_is_rubbish_does_not_end_the_film(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    film.corrupt()
    beyond = film.pts + 2 * film.gop * film.duration
    await viewer.until("player.pts > x", beyond)
    await viewer.more_frames()


@PATHS
async def test_captions_change_with_the_picture(film, viewer, path):
    await viewer.watch(film.url, path=path, captions="")
    await viewer.ask("""{
        window.seen = new Set();
        const note = () => { seen.add(player.pts); requestAnimationFrame(note); };
        note(); }""")
    await viewer.until("events.filter(e => e.type === 'description').length >= 4")
    for event in (await viewer.ask("events.filter(e => e.type === 'description')"))[1:]:
        shown, described = event["pts"], event["detail"]["pts"]
        assert shown >= described
        passed = await viewer.ask("[...seen].filter((pts) => x[0] <= pts && pts < x[1])", [described, shown])
        assert passed == [], "its first picture was on the screen before it"
    await viewer.until("part('caption').innerText === player.description.text && !part('caption').hidden")


@pytest.mark.parametrize("path", ["webcodecs", "mse", "mjpeg"])
async def test_a_hidden_tab_asks_for_no_media_and_comes_back_at_the_live_edge(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames(6)
    await viewer.ask("""{
        player.constructor.HIDE_AFTER = 0.1;
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange')); }""")
    while {"type": "hide"} not in film.received or film.images:
        await asyncio.sleep(0.02)
    left = film.pts
    while film.pts < left + film.fps * film.duration:
        await asyncio.sleep(0.05)
    await viewer.ask("{ delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    await viewer.more_frames(6)
    back = {"type": "hide", "words": True} if path == "mjpeg" else {"type": "show"}
    assert [m for m in film.received if m["type"] in ("hide", "show")][-2:] == [{"type": "hide"}, back]
    if path != "mjpeg":
        assert await viewer.ask("player.pts") > left + film.fps * film.duration // 2


async def test_pausing_holds_this_viewers_picture_and_playing_goes_on_live(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames()
    await viewer.page.focus("streamer-video")
    await viewer.page.keyboard.press("k")
    held = await viewer.ask("player.pts")
    while not [message for message in film.received if message["type"] == "hide"]:
        await asyncio.sleep(0.02)
    assert await viewer.ask("player.pts") == held
    assert "the film goes on" in await viewer.ask("part('badge').innerText")
    await viewer.page.keyboard.press("k")
    await viewer.more_frames()


async def test_the_server_is_told_once_a_second_what_is_shown(film, viewer):
    begin = time.monotonic()
    await viewer.watch(film.url)
    while len(acks := [message for message in film.received if message["type"] == "ack"]) < 3:
        await asyncio.sleep(0.02)
    assert time.monotonic() - begin > 2, "a busy page is late with them, but never early"
    assert acks[-1]["path"] == "webcodecs"
    assert 0 < acks[0]["pts"] < acks[-1]["pts"] <= film.pts


async def test_a_stream_without_a_film_waits_for_it(film, viewer):
    film.waiting = True
    await viewer.watch(film.url)
    await viewer.until("part('notice').innerText.startsWith('No film yet')")
    await film.begin()
    await viewer.more_frames()
    assert await viewer.ask("part('notice').hidden")


async def test_a_server_that_never_answers_is_named_with_the_setting_that_might_help(film, viewer):
    film.refuse = True
    await viewer.watch(film.url)
    text = await viewer.until("part('notice').innerText.includes('takes no socket') && part('notice').innerText")
    assert "allowed_origins" in text
    assert film.url in text
    film.refuse = False
    await viewer.more_frames()


async def test_a_held_film_says_why_and_keeps_its_picture(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames()
    film.held.clear()
    film.status("held", "paused")
    await viewer.until("player.status === 'held' && part('notice').innerText.startsWith('Paused')")
    assert reddish((await viewer.ask("look()"))["corner"])
    film.held.set()
    film.status("playing")
    await viewer.more_frames()
    assert await viewer.ask("part('notice').hidden")


async def test_a_wish_is_answered_or_says_why_not(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames()
    answer = await viewer.ask("player.prompt('now it snows', {style: 'noir'})")
    assert (answer["id"], answer["progress"]) == ("wish-1", "accepted")
    (sent,) = [message for message in film.received if message["type"] == "prompt"]
    assert (sent["prompt"], sent["options"]) == ("now it snows", {"style": "noir"})
    refused = "player.prompt('forbidden things').then(() => 'taken', (error) => error.message)"
    assert await viewer.ask(refused) == "this stream takes no such words"
    film.refuse = True
    await film.hang_up()
    await viewer.until("!player.connected")
    assert "not connected" in await viewer.ask("player.prompt('x').catch((error) => error.message)")


@PATHS
async def test_a_screenshot_is_the_picture_in_its_own_size(film, viewer, path):
    await viewer.watch(film.url, path=path)
    await viewer.more_frames()
    png = await viewer.ask("""player.screenshot().then(async (blob) =>
        btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()))))""")
    codec = av.CodecContext.create("png", "r")
    (picture,) = codec.decode(av.Packet(base64.b64decode(png)))
    assert (picture.width, picture.height) == film.size
    assert reddish(picture.to_ndarray(format="rgb24")[0, 0])


async def test_the_figures_are_shown_at_a_key(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames()
    await viewer.page.focus("streamer-video")
    await viewer.page.keyboard.press("i")
    text = await viewer.until("!part('stats').hidden && part('stats').innerText")
    for figure in ("webcodecs", "256x144", "fps", "Mbit/s", "decoded", "drawn by  bars (cpu), told by projector"):
        assert figure in text
    await viewer.page.keyboard.press("i")
    assert await viewer.ask("part('stats').hidden")


async def test_a_player_that_leaves_the_page_leaves_the_server(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames()
    await viewer.ask("player.remove()")
    while film._viewers:
        await asyncio.sleep(0.02)
