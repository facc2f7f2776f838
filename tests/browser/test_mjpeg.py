"""<streamer-video> by Motion JPEG: an <img> for the pictures, the socket for the words alone."""

import asyncio

import pytest
from test_player import NO_DECODER, bluish, reddish

NO_SOURCES = "delete window.MediaSource; delete window.ManagedMediaSource"

HELD = """[...player.shadowRoot.querySelector('.stage canvas').getContext('2d').getImageData(5, 5, 1, 1).data]"""
"""The colour of the picture that stands in for those that no connection brings."""


def said(film, kind):
    return [message for message in film.received if message["type"] == kind]


@pytest.fixture
async def images(film, viewer):
    """A film that plays by Motion JPEG because that was asked for."""
    await viewer.watch(film.url, path="mjpeg", captions="")
    await viewer.until("player.stats.drawn > 3")
    return viewer


async def test_where_nothing_decodes_video_it_plays_as_images_and_says_why(film, viewer):
    await viewer.page.add_init_script(f"{NO_DECODER}; {NO_SOURCES}")
    await viewer.watch(film.url, stats="")
    await viewer.until("player.stats.drawn > 5")
    assert reddish((await viewer.ask("look()"))["corner"])
    path, reason = await viewer.ask("[player.path, player.reason]")
    assert path == "mjpeg"
    assert "no VideoDecoder" in reason
    assert "no Media Source Extensions" in reason
    shown = await viewer.until("!part('badge').hidden && part('badge').innerText + part('stats').innerText")
    assert shown.count("no Media Source Extensions") == 2
    assert "not known of an image" in await viewer.ask("part('stats').innerText"), "no figure is made up"


async def test_the_socket_then_brings_words_and_no_media(film, images):
    assert said(film, "hide")[-1] == {"type": "hide", "words": True}
    await images.until("player.stats.bitrate === 0")
    before = await images.ask("events.filter(e => e.type === 'description').length")
    await images.until("events.filter(e => e.type === 'description').length > x", before)
    await images.until("!part('caption').hidden && part('caption').innerText === player.description.text")
    film.steer()
    await images.until("player.epoch === 2")
    while not bluish((await images.ask("look()"))["corner"]):
        await asyncio.sleep(0.05)


async def test_the_size_of_the_images_may_change_in_mid_stream(film, images):
    film.resize((320, 240))
    await images.until("player.stats.width === 320 && player.stats.height === 240")
    await images.until("player.clientWidth === 480 && player.clientHeight === 360")
    await images.more_frames(4)


async def test_a_paused_viewer_of_images_holds_one_and_lets_go_of_the_connection(film, images):
    await images.ask("player.pause()")
    while film.images:
        await asyncio.sleep(0.02)
    assert said(film, "hide")[-1] == {"type": "hide"}
    png = await images.page.locator("streamer-video").screenshot()
    assert len(png) > 1000
    assert reddish(await images.ask(HELD))
    await images.ask("player.play()")
    await images.more_frames(4)
    assert said(film, "hide")[-1] == {"type": "hide", "words": True}
    assert film.images == 1


async def test_images_come_back_with_the_server_and_the_last_one_stays_meanwhile(film, images):
    film.refuse, film.no_images = True, "the server restarts"
    await film.hang_up()
    await images.until("!player.connected && part('badge').innerText === 'reconnecting…'")
    assert reddish(await images.ask(HELD))
    film.refuse, film.no_images = False, ""
    await images.until("player.connected")
    await images.more_frames(4)


FULL = "12 viewers are here, which is all that `max_viewers` allows"


@pytest.mark.parametrize("status", [429, 503])
async def test_images_that_a_server_has_no_place_for_are_asked_for_again_and_the_socket_stays(film, viewer, status):
    film.no_images, film.images_status = FULL, status
    viewer.expected.append(str(status))
    await viewer.watch(film.url, path="mjpeg")
    await viewer.until("!part('badge').hidden && part('badge').innerText.includes(x)", FULL)
    asked = len(film.images_asked)
    while len(film.images_asked) < asked + 2:  # it goes on
        await asyncio.sleep(0.02)
    assert await viewer.ask("player.connected")
    assert await viewer.ask("events.filter(e => e.type === 'error').length") == 0
    film.no_images = ""
    await viewer.until("player.stats.drawn > 3")
    assert FULL not in await viewer.ask("part('badge').innerText")
    assert len(film.knocks) == 1


async def test_images_come_no_earlier_than_the_server_says(film, viewer):
    film.no_images, film.images_later = FULL, "3"
    viewer.expected.append("503")
    await viewer.watch(film.url, path="mjpeg")
    while len(film.images_asked) < 3:  # by the <img>, why, again
        await asyncio.sleep(0.02)
    _, why, again = film.images_asked
    assert again - why >= 2.9, "without it half a second or so"


async def test_images_that_no_answer_comes_for_are_asked_for_again(film, viewer):
    await viewer.page.route("**/live.mjpeg", lambda route: route.abort())
    viewer.expected.append("net::ERR_FAILED")
    await viewer.watch(film.url, path="mjpeg")
    await viewer.until("part('badge').innerText === 'live.mjpeg does not come: no answer'")
    await viewer.page.unroute("**/live.mjpeg")
    await viewer.until("player.stats.drawn > 3")
    assert len(film.knocks) == 1


async def test_a_paused_viewer_asks_for_no_images_again(film, viewer):
    film.no_images = FULL
    viewer.expected.append("503")
    await viewer.watch(film.url, path="mjpeg")
    await viewer.until("part('badge').innerText.includes(x)", FULL)
    await viewer.ask("player.pause()")
    while said(film, "hide")[-1] != {"type": "hide"}:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)  # one may be on its way
    asked = len(film.images_asked)
    await asyncio.sleep(3)
    assert len(film.images_asked) == asked


async def test_images_that_the_server_refuses_for_good_end_it_in_its_words_and_no_socket_stays(film, viewer):
    film.no_images, film.images_status = "this server makes no pictures (setting `pictures`)", 404
    viewer.expected.append("404")
    await viewer.watch(film.url, path="mjpeg")
    notice = await viewer.until("part('notice').innerText.startsWith('Cannot play here') && part('notice').innerText")
    assert "makes no pictures" in notice
    assert not await viewer.ask("player.connected")
    while film._viewers:
        await asyncio.sleep(0.02)


async def test_images_of_a_film_that_has_not_begun_are_not_asked_for(film, viewer):
    film.waiting, film.no_images = True, "no film yet"
    await viewer.watch(film.url, path="mjpeg")
    await viewer.until("part('notice').innerText.startsWith('No film yet')")
    film.no_images = ""
    await film.begin()
    await viewer.until("player.stats.drawn > 3")
    assert await viewer.ask("events.filter(e => e.type === 'error')") == []


async def test_a_screenshot_of_images_has_their_size(film, images):
    size = await images.ask("player.screenshot().then(createImageBitmap).then(({width, height}) => [width, height])")
    assert tuple(size) == film.size
