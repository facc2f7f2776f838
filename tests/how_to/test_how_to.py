"""Every page of docs/how-to does what it says. (proxy.md has its own test, with a real nginx.)"""

from __future__ import annotations

import time
from pathlib import Path

import av
import jwt
import pytest
from foreign import RtmpServer, lost, times
from npm import npm, package
from reader import PAGES, ROOT, Reader, examples

from streamer.director.prompts import parse_prompt
from streamer.topics import PROMPTS
from tools.system import running

pytestmark = pytest.mark.slow

KEY = "a-secret-of-forty-characters-and-one-test"

TESTED = {
    "files", "hls", "iframe", "npm", "pictures", "prompts", "proxy", "push", "python-chunks", "python-frames", "tag",
    "tokens",
}  # fmt: skip


def frames(path: Path) -> int:
    """How many pictures a file holds, all decoded."""
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def test_every_page_has_a_test():
    assert {page.stem for page in PAGES.glob("*.md")} <= TESTED


async def test_the_film_in_a_page(reader, site, browser_page):
    (html,) = examples("tag", "html")
    await browser_page.goto(site.put("tag.html", reader.here(html)))
    await browser_page.wait_for_function("document.querySelector('streamer-video').stats?.drawn > 3")
    await browser_page.wait_for_function("document.getElementById('words').textContent !== ''")
    await browser_page.click("text=Ask for it")
    await browser_page.wait_for_function("document.getElementById('answer').textContent === 'on_screen'")


async def test_the_film_in_a_frame(reader, site, browser_page):
    (html,) = examples("iframe", "html")
    await browser_page.goto(site.put("iframe.html", reader.here(html)))
    await browser_page.wait_for_function("document.getElementById('words').textContent !== ''")
    await browser_page.click("#snow")
    await browser_page.wait_for_function("document.getElementById('answer').textContent === 'prompt: done'")
    await browser_page.click("#pause")
    await browser_page.wait_for_function("document.getElementById('answer').textContent === 'pause: done'")


async def test_hls_in_a_page_and_a_file(reader, site, browser_page, ffmpeg):
    (commands,) = examples("hls", "sh")
    reader.shell("\n".join(line for line in commands.splitlines() if not line.startswith("vlc ")))
    assert lost(reader.home / "film.mkv") == 0
    assert frames(reader.home / "film.mkv") > 10
    (html,) = examples("hls", "html")
    library = package("hlsjs") / "dist" / "hls.min.js"
    await browser_page.route("https://cdn.jsdelivr.net/npm/hls.js@1.7/**", lambda route: route.fulfill(path=library))
    await browser_page.goto(site.put("hls.html", reader.here(html)))
    await browser_page.wait_for_function("document.querySelector('video').currentTime > 0.5")


def test_the_film_as_a_file(reader):
    live, recording, record = examples("files", "sh", 3)
    time.sleep(2.5)  # a recording of the past needs one
    reader.shell(live)
    reader.shell(recording)
    assert "s of film" in reader.shell(record)
    for name in ("live.mp4", "recording.mp4", "film.mp4"):
        assert frames(reader.home / name) >= 12, name


async def test_pictures_without_javascript(reader, site, browser_page):
    (html,) = examples("pictures", "html")
    (snapshot,) = examples("pictures", "sh")
    reader.shell(snapshot)
    with av.open(str(reader.home / "snapshot.jpg")) as picture:
        assert picture.streams.video[0].width == 128  # never larger than the film
    await browser_page.goto(site.put("pictures.html", reader.here(html)), wait_until="commit")
    for name in ("moving", "still"):
        await browser_page.wait_for_function(f"document.getElementById('{name}')?.naturalWidth === 128")


def test_pictures_in_python(reader):
    (program,) = examples("python-frames", "python")
    for line in reader.python_until(program, 12):
        assert " s  motion " in line


def test_bytes_in_python(reader):
    (program,) = examples("python-chunks", "python")
    reader.python(program)
    assert frames(reader.home / "chunks.mp4") == 24
    assert lost(reader.home / "chunks.mp4") == 0


async def test_a_push(reader, tmp_path):
    (command,) = examples("push", "sh")
    server = RtmpServer(tmp_path)
    await server.start()
    try:
        reader.shell(command.replace("127.0.0.1:1935", f"127.0.0.1:{server.port}"))
    finally:
        server.stop()
    (film,) = server.films()
    assert times(film)[0] == 0.0
    assert lost(film) == 0
    (config,) = examples("push", "nginx")
    assert "application live" in config


async def test_the_player_from_npm(reader, site, browser_page):
    npm()
    (commands,) = examples("npm", "sh")
    (html,) = examples("npm", "html")
    reader.home = site.home
    reader.shell(commands.replace("path/to/streamer", str(ROOT / "streamer")))
    await browser_page.goto(site.put("npm.html", reader.here(html)))
    await browser_page.wait_for_function("document.querySelector('streamer-video').stats?.drawn > 3")


def test_wishes_by_http_and_in_python(reader):
    (curl,) = examples("prompts", "sh")
    (program,) = examples("prompts", "python")
    assert '"progress":"accepted"' in reader.shell(curl)
    assert reader.python(program).split()[-1] == "on_screen"


@pytest.mark.kafka
async def test_wishes_by_kcat(kafka_buses, kcat, tmp_path):
    (commands,) = examples("prompts", "kcat")
    reader = Reader(tmp_path, "")
    commands = commands.replace("127.0.0.1:9092", kafka_buses.servers)
    reader.shell(commands.replace("streamer.prompts", f"{kafka_buses.prefix}{PROMPTS.name}"))
    bus = await kafka_buses()
    wishes = {}
    async with bus.tail(PROMPTS) as tail:
        while len(wishes) < 2:
            for record in await tail.records(1.0):
                wish = parse_prompt(record, max_chars=2000)
                wishes[wish.stream] = wish
    assert wishes["main"].prompt == "a red fox runs through snow"
    assert wishes["boats"].options.seed == 7


def test_tokens(tmp_path):
    (by_hand,) = examples("tokens", "sh")
    (backend,) = examples("tokens", "python")
    key = {"STREAMER_TOKEN_KEY": KEY}
    with running("--log-level", "warning", env=key) as system:
        up = system.start("up", "up", "--port", "0", "--size", "128x128", "--fps", "4")
        assert up.alive
        reader = Reader(tmp_path, system.url.removeprefix("http://"))
        assert '"stream":"main"' in reader.shell(f"sleep 1; {by_hand}", **key)
        token = reader.python(backend, "main", **key).strip()
        assert jwt.decode(token, KEY, ["HS256"])["scope"] == "watch"
        seen = reader.shell(
            f'curl -s -o /dev/null -w "%{{http_code}}" -H "Authorization: Bearer {token}" {system.url}/api/streams/main'
        )
        assert seen == "200"
