"""axe-core finds nothing wrong with the player, whatever it shows, nor with the page that embeds it. (The studio and
the lobby are asked by their own tests.)"""

from accessibility import faults

DRESSED = """{
    document.documentElement.lang = 'en';
    document.title = 'a film';
    const main = document.createElement('main');
    const title = document.createElement('h1');
    title.textContent = 'A film';
    player.replaceWith(main);
    main.append(title, player);
    player.setAttribute('data-awake', '');
}"""
"""A page that is a page: what a blank one lacks is not the player's."""


async def test_the_player_with_all_that_it_can_show(film, viewer):
    await viewer.watch(film.url, controls="", captions="", stats="")
    await viewer.ask(DRESSED)
    await viewer.until("!part('caption').hidden && !part('stats').hidden")
    assert await faults(viewer.page) == []


async def test_the_player_with_a_notice(film, viewer):
    film.waiting = True
    await viewer.watch(film.url, controls="")
    await viewer.ask(DRESSED)
    await viewer.until("part('notice').innerText.startsWith('No film yet')")
    assert await faults(viewer.page) == []


async def test_a_paused_player_of_images(film, viewer):
    await viewer.watch(film.url, controls="", path="mjpeg")
    await viewer.ask(DRESSED)
    await viewer.until("player.stats.drawn > 1")
    await viewer.ask("player.pause()")
    assert await faults(viewer.page) == []


async def test_the_embedded_page(film, viewer):
    await viewer.page.goto(f"{film.url}/embed/main?captions=1")
    await viewer.until("document.querySelector('streamer-video')?.stats.drawn > 3")
    assert await faults(viewer.page) == []
