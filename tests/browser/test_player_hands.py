"""<streamer-video> under the hands of people: fingers, mice, keyboards, windows, other directions of writing."""

import pytest
from test_player import PATHS

ASLEEP = "!player.hasAttribute('data-awake')"


async def tap(viewer):
    await viewer.ask("""player.shadowRoot.querySelector('.stage').dispatchEvent(
        new PointerEvent('pointerup', { pointerType: 'touch', bubbles: true, composed: true }))""")


async def test_a_tap_shows_the_controls_and_another_one_sends_them_away(film, viewer):
    await viewer.watch(film.url, controls="")
    await viewer.more_frames(3)
    opacity = "getComputedStyle(part('controls')).opacity"
    await viewer.until(f"{opacity} === '0'")
    await tap(viewer)
    await viewer.until(f"{opacity} === '1'")
    await tap(viewer)
    await viewer.until(f"{ASLEEP} && {opacity} === '0'")
    assert await viewer.ask("getComputedStyle(part('controls')).pointerEvents") == "none", "no button is hit unseen"


async def test_controls_go_away_by_themselves(film, viewer):
    await viewer.watch(film.url, controls="")
    await viewer.ask("{ player.constructor.AWAKE = 0.2; }")
    await tap(viewer)
    await viewer.until(ASLEEP)


async def test_a_keyboard_reaches_every_button_and_sees_where_it_is(film, viewer):
    await viewer.watch(film.url, controls="")
    await viewer.ask("{ player.constructor.AWAKE = 0.2; }")
    await viewer.page.focus("streamer-video")
    reached = []
    for _ in range(6):
        await viewer.page.keyboard.press("Tab")
        reached.append(await viewer.ask("player.shadowRoot.activeElement?.dataset.do"))
    buttons = "[...player.shadowRoot.querySelectorAll('button')].filter((b) => !b.hidden).map((b) => b.dataset.do)"
    visible = await viewer.ask(buttons)
    assert reached[: len(visible)] == visible
    assert len(visible) >= 5
    await viewer.until("player.hasAttribute('data-awake')")
    await viewer.page.keyboard.press("Shift+Tab")
    await viewer.ask("new Promise((later) => setTimeout(later, 700))")
    assert await viewer.ask("player.hasAttribute('data-awake')"), "they stay while a keyboard is at them"


async def test_every_button_is_as_large_as_a_finger(film, viewer):
    await viewer.watch(film.url, controls="")
    sizes = await viewer.ask("""[...player.shadowRoot.querySelectorAll('button')].filter((b) => !b.hidden)
        .map((b) => b.getBoundingClientRect()).map(({ width, height }) => ({ width, height }))""")
    assert all(each["width"] >= 44 and each["height"] >= 44 for each in sizes), sizes
    for width in (480, 320, 200):
        await viewer.ask("{ player.style.width = `${x}px`; }", width)
        overflow = await viewer.ask("part('controls').scrollWidth - part('controls').clientWidth")
        assert overflow <= 0, f"at {width} px"


async def test_a_double_click_fills_the_screen_and_another_one_leaves_it(film, viewer):
    await viewer.watch(film.url, controls="")
    await viewer.more_frames(3)
    await viewer.page.dblclick("streamer-video", position={"x": 100, "y": 60})
    await viewer.until("document.fullscreenElement === player")
    await viewer.page.dblclick("streamer-video", position={"x": 100, "y": 60})
    await viewer.until("document.fullscreenElement === null")


@PATHS
async def test_the_film_goes_into_a_window_of_its_own_and_comes_back(film, viewer, path):
    await viewer.watch(film.url, controls="", path=path)
    await viewer.more_frames(6)
    if not await viewer.ask("document.pictureInPictureEnabled"):
        pytest.skip("this Chromium has no picture in picture")
    await viewer.page.focus("streamer-video")
    await viewer.page.keyboard.press("p")
    await viewer.until("events.some(e => e.type === 'pictureinpicture' && e.detail.active)")
    hide = "{ Object.defineProperty(document, 'hidden', { value: x, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    await viewer.ask("{ player.constructor.HIDE_AFTER = 0.1; }")
    await viewer.ask(hide, True)
    await viewer.ask("new Promise((later) => setTimeout(later, 400))")
    await viewer.more_frames(6)
    assert not [m for m in film.received if m["type"] == "hide"], "a film in a window of its own is looked at"
    await viewer.ask(hide, False)
    await viewer.page.focus("streamer-video")
    await viewer.page.keyboard.press("p")
    await viewer.until("events.some(e => e.type === 'pictureinpicture' && !e.detail.active)")
    await viewer.more_frames(6)
    assert await viewer.ask("player.shadowRoot.querySelectorAll('.floating').length") == 0


async def test_where_no_such_window_can_be_there_is_no_button_for_it(film, viewer):
    await viewer.watch(film.url, controls="", path="mjpeg")
    await viewer.until("player.stats.drawn > 1")
    assert await viewer.ask("player.shadowRoot.querySelector('[data-do=float]').hidden")
    assert "no picture in picture for mjpeg" in await viewer.ask("player.pictureInPicture().catch((e) => e.message)")


LAID_OVER = """{
    player.innerHTML = x;
    player.firstElementChild.style.inset = 'auto';
    player.firstElementChild.focus();
}"""


@pytest.mark.parametrize("field", ["<input>", "<textarea></textarea>", "<div contenteditable>&nbsp;</div>"])
async def test_what_is_typed_into_a_field_over_the_picture_stays_there(film, viewer, field):
    await viewer.watch(film.url)
    await viewer.ask(LAID_OVER, field)
    await viewer.page.keyboard.type("a kick is fun")
    typed = await viewer.ask("player.firstElementChild.value ?? player.firstElementChild.textContent")
    assert "a kick is fun" in typed.replace("\xa0", " ")
    assert await viewer.ask("['captions', 'stats', 'paused'].filter((name) => player.hasAttribute(name))") == []


async def test_a_key_that_is_held_down_counts_once(film, viewer):
    await viewer.watch(film.url)
    await viewer.page.focus("streamer-video")
    for _ in range(4):
        await viewer.page.keyboard.down("c")  # Chromium repeats it
    await viewer.page.keyboard.up("c")
    assert await viewer.ask("player.hasAttribute('captions')")


async def test_a_key_saves_the_picture(film, viewer):
    await viewer.watch(film.url)
    await viewer.more_frames(6)
    await viewer.page.focus("streamer-video")
    async with viewer.page.expect_download() as download:
        await viewer.page.keyboard.press("s")
    assert (await download.value).suggested_filename.startswith("main-")


async def test_in_a_page_that_is_written_from_the_right_everything_has_its_side(film, viewer):
    await viewer.watch(film.url, controls="", stats="")
    sides = """[part('stats'), part('badge')].map((part) => {
        const { left, right } = part.getBoundingClientRect();
        const stage = player.getBoundingClientRect();
        return left - stage.left < stage.right - right ? 'left' : 'right'; })"""
    await viewer.until("!part('stats').hidden")
    await viewer.ask("{ part('badge').hidden = false; part('badge').textContent = 'x'; }")
    assert await viewer.ask(sides) == ["left", "right"]
    await viewer.ask("{ document.documentElement.dir = 'rtl'; part('badge').hidden = false; }")
    await viewer.ask("{ part('badge').textContent = 'x'; }")
    assert await viewer.ask(sides) == ["right", "left"]
    assert await viewer.ask("getComputedStyle(part('stats')).unicodeBidi") == "plaintext", "figures read from the left"


async def test_who_wants_less_motion_gets_none(film, viewer):
    await viewer.page.emulate_media(reduced_motion="reduce")
    await viewer.watch(film.url, controls="")
    moving = """[...player.shadowRoot.querySelectorAll('*')]
        .filter((element) => parseFloat(getComputedStyle(element).transitionDuration))"""
    assert await viewer.ask(f"{moving}.length") == 0


async def test_a_page_colours_the_player_by_variables_and_parts(film, viewer):
    await viewer.watch(film.url, stats="")
    await viewer.ask("""{
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`streamer-video { --streamer-veil: rgb(1, 2, 3); --streamer-radius: 9px; }
            streamer-video::part(stats) { color: rgb(4, 5, 6); } streamer-video::part(media) { opacity: 0.5; }`);
        document.adoptedStyleSheets = [sheet]; }""")
    styles = await viewer.until("""[getComputedStyle(part('stats')).backgroundColor,
        getComputedStyle(part('stats')).color, getComputedStyle(player).borderRadius,
        getComputedStyle(part('media')).opacity]""")
    assert styles == ["rgb(1, 2, 3)", "rgb(4, 5, 6)", "9px", "0.5"]
