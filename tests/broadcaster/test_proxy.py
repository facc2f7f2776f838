"""Behind a real nginx and a real Caddy, with the files that docs/how-to/proxy.md gives."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from films import chunk, film, init
from parts import missing
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from streamer.director.prompts import parse_prompt
from streamer.topics import PROMPTS, home

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "proxy.md"
NAME = "film.example"

AROUND_NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/first.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {recipe}
}}
"""

PROGRAMS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Front:
    """A broadcaster behind nginx, and how to come to it."""

    house: object
    port: int
    trust: ssl.SSLContext
    folder: Path
    kind: Callable[..., list[str]]
    stop: Callable[[], Awaitable[None]]  # the broadcaster behind it

    @property
    def origin(self) -> str:
        return f"https://{NAME}:{self.port}"

    def watch(self, source: str = "127.0.0.2", **how: Any) -> connect:
        """A viewer from another address than nginx's own."""
        return connect(
            f"wss://{NAME}:{self.port}/streams/main/live?token=in-the-url", host="127.0.0.1", port=self.port,
            ssl=self.trust, proxy=None, compression=None, open_timeout=60, close_timeout=0.5,
            local_addr=(source, 0), additional_headers={"X-Forwarded-For": "6.6.6.6"}, **how,
        )  # fmt: skip

    def http(self, source: str = "127.0.0.2") -> httpx2.AsyncClient:
        transport = httpx2.AsyncHTTPTransport(verify=self.trust, local_address=source)
        headers = {"Host": f"{NAME}:{self.port}", "X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}
        return httpx2.AsyncClient(
            transport=transport, base_url=f"https://127.0.0.1:{self.port}", headers=headers, timeout=60
        )


@pytest.fixture(scope="module")
def paper(tmp_path_factory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl") or missing("openssl", "it was not found on the PATH; apt install openssl")
    folder = tmp_path_factory.mktemp("paper")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1", "-keyout", key,
            "-out", cert,
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return cert, key


def recipe(kind: str, changes: list[tuple[str, str]]) -> str:
    """The page's own, with other ports and files."""
    found = re.search(rf"```{kind}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, f"the page has a recipe for {kind}"
    text = found.group(1)
    for theirs, ours in changes:
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text


def nginx(folder: Path, port: int, behind: int, cert: Path, key: Path) -> list[str]:
    """The command that runs it."""
    changes = [
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("server 127.0.0.1:8080", f"server 127.0.0.1:{behind}"),
        ("/etc/ssl/film.example.pem", str(cert)),
        ("/etc/ssl/film.example.key", str(key)),
        ("/var/log/nginx/film.log", f"{folder}/log"),
        ("/var/log/nginx/film.error.log", f"{folder}/error.log"),
    ]
    config = folder / "nginx.conf"
    config.write_text(AROUND_NGINX.format(folder=folder, recipe=recipe("nginx", changes)))
    return ["-p", str(folder), "-c", str(config)]


def caddy(folder: Path, port: int, behind: int, cert: Path, key: Path) -> list[str]:
    """The same."""
    changes = [
        ("film.example {", f"https://{NAME}:{port} {{\n    bind 127.0.0.1\n    tls {cert} {key}"),
        ("127.0.0.1:8080", f"127.0.0.1:{behind}"),
        ("{\n    log {  #", "{\n    admin off\n    auto_https disable_redirects\n    log {  #"),
        ("    log {\n", f"    log {{\n        output file {folder}/log\n"),
    ]
    config = folder / "Caddyfile"
    config.write_text(recipe("caddy", changes))
    return ["run", "--adapter", "caddyfile", "--config", str(config)]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
async def front(request, new_house, paper, tmp_path, monkeypatch) -> AsyncIterator[Front]:
    name = request.param.__name__
    program = shutil.which(name, path=PROGRAMS) or missing(name, f"it was not found (Debian: apt install {name})")
    monkeypatch.setenv("HOME", str(tmp_path))  # where Caddy keeps what it has learned
    port = free_port()
    async with AsyncExitStack() as open_house:
        house = await open_house.enter_async_context(new_house(allowed_hosts=[NAME], trusted_proxies=["127.0.0.1"]))
        await house.show(init(), *film(30))
        await house.shown(29)
        arguments = request.param(tmp_path, port, house.port, *paper)
        with (tmp_path / "said").open("wb") as said:
            running = await asyncio.create_subprocess_exec(program, *arguments, stderr=said)
        try:
            await answering(port, running, tmp_path / "said")
            trust = ssl.create_default_context(cafile=str(paper[0]))
            yield Front(house, port, trust, tmp_path, request.param, open_house.aclose)
        finally:
            if running.returncode is None:
                running.terminate()
            await asyncio.wait_for(running.wait(), 60)


async def answering(port: int, running: asyncio.subprocess.Process, said: Path) -> None:
    async with asyncio.timeout(60):
        while True:
            if running.returncode is not None:
                pytest.fail(said.read_text())  # noqa: ASYNC240 - nothing else runs any more
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


async def authors(house, count: int) -> list[str]:
    """Those of the prompts so far."""
    log = house.bus.log(PROMPTS, home("main"))
    await house.until(lambda: len(log.read(0, 1 << 30)[0]) >= count)
    return [parse_prompt(record, max_chars=2000).author for record in log.read(0, 1 << 30)[0]]


async def test_a_film_behind_a_proxy(front):
    house = front.house
    async with front.watch(origin=front.origin) as person, asyncio.timeout(60):
        assert json.loads(await person.recv())["status"] == "playing"
        assert await person.recv() == init().data
        await house.show(*(chunk(seq, size=30_000) for seq in range(30, 40)))
        while (await person.recv()) != chunk(39, size=30_000).data:
            pass
    await house.until(lambda: house.hub.viewers == 0, "that a viewer is gone is passed on")


async def test_origins_behind_a_proxy(front):
    own = {"Origin": front.origin}
    async with front.http() as client:
        assert (await client.get("/")).status_code == 200
        assert (await client.get("/api/streams", headers=own)).status_code == 200
        for strange in (f"http://{NAME}:{front.port}", f"https://{NAME}", "https://evil.example"):
            answer = await client.get("/api/streams", headers={"Origin": strange})
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin")
            with pytest.raises(InvalidStatus) as caught:
                async with front.watch(origin=strange):
                    pass
            assert caught.value.response.status_code == 403


async def test_who_calls_is_known_behind_a_proxy_and_nobody_can_claim_to_be_another(front):
    """All of them say that they are 6.6.6.6, and that they came by http."""
    for n, source in enumerate(["127.0.0.2", "127.0.0.3", "127.0.0.2"]):
        async with front.http(source) as client:
            wish = {"prompt": f"wish {n}"}
            assert (await client.post("/api/streams/main/prompts", json=wish)).status_code == 202
    async with front.watch("127.0.0.3") as person:
        await person.send(json.dumps({"type": "prompt", "prompt": "wish 3"}))
        one, other, one_again, other_again = await authors(front.house, 4)
    assert one == one_again != other == other_again


async def test_an_endless_answer_comes_as_it_is_made(front):
    async with front.http() as client, client.stream("GET", "/streams/main/live.mp4") as answer, asyncio.timeout(60):
        assert answer.status_code == 200
        got = b""
        async for data in answer.aiter_raw():
            got += data
            if chunk(29).data[-100:] in got:
                break
    await front.house.until(lambda: front.house.hub.viewers == 0, "that a viewer is gone is passed on")


async def test_the_log_of_a_proxy_holds_no_token(front):
    async with front.http() as client:
        await client.get("/embed/main?token=in-the-url", headers={"Referer": f"{front.origin}/embed?token=in-the-url"})
    async with front.watch(subprotocols=["streamer.v1", "token.in-the-url"]):
        pass

    def logged() -> str:
        return (front.folder / "log").read_text()

    await front.house.until(lambda: "/embed/main" in logged() and "/streams/main/live" in logged())
    assert "in-the-url" not in logged()


async def test_nor_do_its_complaints_when_the_broadcaster_is_away(front):
    complaint = {nginx: lambda: True, caddy: lambda: "connection refused" in (front.folder / "said").read_text()}
    await front.stop()
    async with front.http() as client:
        answer = await client.get(
            "/embed/main?token=in-the-url", headers={"Referer": f"{front.origin}/?token=in-the-url"}
        )
    assert answer.status_code == 502
    with pytest.raises(InvalidStatus):
        async with front.watch(subprotocols=["streamer.v1", "token.in-the-url"]):
            pass
    await front.house.until(lambda: "/streams/main/live" in (front.folder / "log").read_text())
    await front.house.until(complaint[front.kind], "it says that nobody is there")
    for file in ("log", "said", "error.log", "first.log"):
        if (front.folder / file).exists():
            assert "in-the-url" not in (front.folder / file).read_text(), file
