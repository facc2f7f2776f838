"""The player as an npm package: packed, installed, imported by node and, without a bundler, by a page; typed."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from npm import npm, package

import streamer

WEB = Path(streamer.__file__).parent / "broadcaster" / "web"
REFERENCE = Path(streamer.__file__).parent.parent / "docs" / "reference" / "player.md"


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A project of somebody else that has installed the package from its tarball."""
    place = tmp_path_factory.mktemp("package")
    (packed,) = json.loads(run(npm(), "pack", str(WEB), "--json", "--silent", cwd=place))
    (place / "package.json").write_text('{"name": "a-site", "private": true, "type": "module"}')
    tarball = place / packed["filename"]
    run(npm(), "install", str(tarball), "--offline", "--no-audit", "--no-fund", "--silent", cwd=place)
    return place


def test_the_package_holds_the_player_its_types_and_what_says_what_they_are(project):
    installed = project / "node_modules" / "streamer-video"
    names = sorted(path.name for path in installed.iterdir())
    assert names == ["README.md", "package.json", "player.d.ts", "player.js"]
    assert (installed / "player.js").read_bytes() == (WEB / "player.js").read_bytes()


def test_its_version_is_the_streamers():
    assert json.loads((WEB / "package.json").read_text())["version"] == streamer.__version__


def test_node_imports_it_without_a_dom(project, node):
    script = """
        import { Clock, StreamerVideo, socketUrl } from "streamer-video";
        const clock = new Clock();
        clock.arrive(10, 0);
        console.log(clock.due(1), socketUrl({ src: "https://h/streams/x/live" }, "https://page/"), StreamerVideo.name);
    """
    said = run(node, "--input-type=module", "--eval", script, cwd=project)
    assert said.split() == ["11", "wss://h/streams/x/live", "StreamerVideo"]


async def test_a_page_imports_it_without_a_bundler(project, film, viewer):
    body = f"""<!doctype html><title>a site</title><link rel=icon href=data:,>
        <script type=importmap>{{"imports": {{"streamer-video": "/node_modules/streamer-video/player.js"}}}}</script>
        <script type=module>import "streamer-video";</script>
        <streamer-video src="{film.url}/streams/main/live"></streamer-video>"""

    async def serve(route):
        path = route.request.url.removeprefix("http://localhost:1/")
        if path:
            await route.fulfill(path=project / path, content_type="text/javascript")
        else:
            await route.fulfill(body=body, content_type="text/html")

    await viewer.page.route("http://localhost:1/**", serve)
    await viewer.page.goto("http://localhost:1/")
    await viewer.until("document.querySelector('streamer-video').stats?.drawn > 5")


USE = """
    import { parseInit, type StreamerVideo, type Stats } from "streamer-video";
    const player = document.createElement("streamer-video");
    const same: StreamerVideo = player;
    player.addEventListener("description", ({ detail }) => detail.description.text.toUpperCase());
    player.addEventListener("pictureinpicture", ({ detail }) => { const active: boolean = detail.active; });
    const wish: Promise<string> = player.prompt("snow", { style: "noir" }).then(({ id }) => id);
    player.token = "let-me-in";
    const stats: Stats = same.stats;
    // @ts-expect-error the path is one of four words
    const wrong: "flash" = stats.path;
    parseInit(new Uint8Array()).description.byteLength;
    export { wish, wrong };
"""


def test_every_script_is_typed_and_so_is_who_uses_the_package(node, tmp_path):
    for path in WEB.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "use.ts").write_text(USE)  # a package may import itself by its name
    options = ["--checkJs", "--allowJs", "--strict", "--noEmit", "--target", "es2023"]
    options += ["--lib", "es2023,dom,dom.iterable", "--module", "nodenext"]
    scripts = sorted(path.name for path in tmp_path.glob("*.js"))
    assert all("// @ts-check" in (tmp_path / name).read_text() for name in scripts)
    run(node, str(package("typescript") / "lib" / "tsc.js"), *options, "use.ts", *scripts, cwd=tmp_path)


def told_by_the_code():
    """Every name that a page may use, as the code has it."""
    player, types, embed = ((WEB / name).read_text() for name in ("player.js", "player.d.ts", "embed.js"))
    (observed,) = re.findall(r"observedAttributes = \[([^\]]*)\]", player)
    yield from re.findall(r'"(\w+)"', observed)
    yield "controls"
    yield from re.findall(r'part="(\w+)"', player) + re.findall(r'part\.add\("(\w+)"', player)
    yield from set(re.findall(r"--streamer-\w+", player)) - {"--streamer-ratio"}  # which it sets itself
    (events,) = re.findall(r"StreamerVideoEventMap \{(.*?)\n\}", types, re.DOTALL)
    yield from re.findall(r"^  (\w+): CustomEvent", events, re.MULTILINE)
    (element,) = re.findall(r"class StreamerVideo (.*?)\n\}", types, re.DOTALL)
    yield from set(re.findall(r"^  (?:static |readonly )?(\w+)[(:]", element, re.MULTILINE)) - {"addEventListener"}
    (keys,) = re.findall(r"const KEYS = \{([^}]*)\}", player)
    yield from (key for key in re.findall(r"\b(\w): ", keys))
    yield from re.findall(r'options\.get\("?(\w+)"?\)', embed.replace("options.get(name)", ""))
    yield from ("background", "text", "veil", "accent", "radius")
    yield from re.findall(r'case "(\w+)"', embed)


def test_the_reference_tells_every_name_that_a_page_may_use():
    reference = REFERENCE.read_text()
    names = set(told_by_the_code())
    assert {"token", "media", "--streamer-accent", "firstframe", "screenshot", "subscribe", "p"} <= names
    told = [name for name in names if f"`{name}" in reference or f"`StreamerVideo.{name}" in reference]
    assert sorted(names.difference(told)) == []
