"""The lobby where tokens are asked for: by its form, by the address of a link, and without saying so over and over."""

import time

import pytest
from cinema import open_cinema
from test_lobby import CARDS

from streamer.tokens import mint

KEY = "a key of at least thirty-two characters"


async def test_who_needs_a_token_is_asked_for_it_once(viewer):
    viewer.expected += ["401", "403"]  # Chromium logs every such answer
    async with open_cinema(token_key=[KEY]) as cinema:
        await cinema.begin("boats", "a boat")
        await cinema.begin("foxes", "a fox")
        watching, asking = (mint(KEY, "boats", scope, time.time() + 600) for scope in ("watch", "prompt"))
        await viewer.page.goto(f"{cinema.url}/streams")
        why = await viewer.until("document.querySelector('#pass [role=alert]')?.textContent")
        assert "`token_key` is set" in why
        await viewer.page.fill("#token", "x $(rm -r /) <script>")
        await viewer.page.press("#token", "Enter")
        await viewer.until("document.querySelector('#pass [role=alert]')?.textContent.startsWith('That is no token')")
        assert await viewer.ask("sessionStorage.length") == 0
        await viewer.page.fill("#token", "no-token-at-all")
        await viewer.page.press("#token", "Enter")
        await viewer.until("document.querySelector('#pass [role=alert]')?.textContent.includes('is refused')")

        await viewer.page.fill("#token", watching)
        await viewer.page.press("#token", "Enter")
        await viewer.until(f"{CARDS}.join() === 'boats'")  # what the token covers
        await viewer.until("document.querySelector('#wall img').naturalWidth === 320")
        await viewer.page.click("[data-action=pause]")
        await viewer.until("document.querySelector('#pass [role=alert]')?.textContent.includes('allows to watch')")
        await viewer.page.fill("#token", asking)
        await viewer.page.press("#token", "Enter")
        await viewer.page.click("[data-action=pause]")
        assert (await cinema.wish())[2]["action"] == "pause"

        await viewer.page.reload()
        await viewer.until(f"{CARDS}.join() === 'boats'")
        assert await viewer.ask("document.querySelector('#pass')") is None, "it stays as long as the tab"
        await viewer.page.click("#wall h3 a")
        await viewer.page.wait_for_url(f"{cinema.url}/streams/boats")  # the address does not show it
        await viewer.page.wait_for_function("() => document.querySelector('#player')?.connected")


@pytest.mark.parametrize("mark", ["?", "#"])
async def test_a_link_brings_its_token_along_and_the_address_forgets_it(viewer, mark):
    async with open_cinema(token_key=[KEY]) as cinema:
        await cinema.begin("boats", "a boat")
        token = mint(KEY, "boats", "watch", time.time() + 600)
        await viewer.page.goto(f"{cinema.url}/streams{mark}token={token}")
        await viewer.until(f"{CARDS}.join() === 'boats'")
        assert viewer.page.url == f"{cinema.url}/streams"
        link = await viewer.ask("document.querySelector('#wall h3 a').href")
        assert link == f"{cinema.url}/streams/boats#token={token}", "for a tab that has none yet; no server hears of it"


async def test_a_token_that_comes_to_a_page_that_is_open_is_used(viewer):
    viewer.expected.append("401")
    async with open_cinema(token_key=[KEY]) as cinema:
        await cinema.begin("boats", "a boat")
        await viewer.page.goto(f"{cinema.url}/streams")
        await viewer.until("document.querySelector('#pass')")
        token = mint(KEY, "boats", "watch", time.time() + 600)
        await viewer.ask("{ location.hash = x; }", f"token={token}")
        await viewer.until(f"{CARDS}.join() === 'boats'")
        assert viewer.page.url == f"{cinema.url}/streams"


async def test_why_a_token_is_needed_is_written_once_and_not_with_every_list(viewer):
    viewer.expected.append("401")
    async with open_cinema(token_key=[KEY]) as cinema:
        await viewer.page.goto(f"{cinema.url}/streams")
        await viewer.until("document.querySelector('#pass [role=alert]')?.textContent")
        await viewer.ask("""{ window.written = 0; new MutationObserver(() => (written += 1))
            .observe(document.querySelector('#pass [role=alert]'), { childList: true, characterData: true }); }""")
        for _ in range(2):
            async with viewer.page.expect_response("**/api/streams"):
                pass
        await viewer.ask("new Promise((later) => setTimeout(later, 100))")
        assert await viewer.ask("written") == 0, "a screen reader would say it again"
