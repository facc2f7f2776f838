"""TLS without a proxy: https and wss by a certificate of one's own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import ssl
import struct
import subprocess
import time

import httpx2
import pytest
import uvloop
from films import chunk, film, init
from parts import missing
from websockets.asyncio.client import connect

from streamer.broadcaster import tls
from streamer.bus.base import Received
from streamer.errors import UserError
from streamer.topics import VIDEO
from streamer.video import to_headers


def openssl(*arguments: object) -> None:
    path = shutil.which("openssl") or missing("openssl", "it was not found on the PATH (Debian: apt install openssl)")
    subprocess.run([path, *map(str, arguments)], check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="session")
def paper(tmp_path_factory):
    """(certificate, key) for localhost and 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
        "-keyout", key, "-out", cert,
    )  # fmt: skip
    return cert, key


@pytest.fixture
def trusting(paper) -> ssl.SSLContext:
    """A client that believes this certificate and no other."""
    return ssl.create_default_context(cafile=str(paper[0]))


async def test_pages_and_pictures_come_by_tls(new_house, paper, trusting):
    async with new_house(tls_cert=paper[0], tls_key=paper[1]) as house:
        assert house.url.startswith("https://")
        await house.show(init(), *film(30))
        await house.shown(29)
        async with httpx2.AsyncClient(base_url=house.url, verify=trusting, trust_env=False, timeout=60) as client:
            page = await client.get("/")
            assert page.status_code == 200
            assert page.headers["Strict-Transport-Security"] == f"max-age={30 * 86_400}"
            same, other = house.url, house.url.replace("https:", "http:")
            assert (await client.get("/api/streams", headers={"Origin": same})).status_code == 200
            assert (await client.get("/api/streams", headers={"Origin": other})).status_code == 403, "not by TLS"
        live = house.live().replace("ws:", "wss:")
        async with connect(live, ssl=trusting, compression=None, proxy=None, origin=house.url) as person:
            async with asyncio.timeout(60):
                assert json.loads(await person.recv())["status"] == "playing"
                assert await person.recv() == init().data
                await house.show(*(chunk(seq, size=40_000) for seq in range(30, 60)))  # more than one TLS record each
                while (await person.recv()) != chunk(59, size=40_000).data:
                    pass
                (viewer,) = house.hub.room("main").viewers
                for seq in range(60, 66):
                    await house.show(chunk(seq))
                    while (await person.recv()) != chunk(seq).data:
                        pass
                    assert not viewer.behind, "who has taken everything is behind with nothing"
        await house.until(lambda: house.hub.viewers == 0)


async def test_a_viewer_by_tls_that_reads_nothing_is_seen_to_be_slow(new_house, paper, trusting):
    """Encrypted bytes wait in other places than plain ones; that they wait has to show all the same."""
    async with new_house(tls_cert=paper[0], tls_key=paper[1], slow_limit=5) as house:
        await house.show(init(), *film(30))
        await house.shown(29)
        live = house.live().replace("ws:", "wss:")
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        sock.connect(("127.0.0.1", house.port))
        sock.setblocking(False)
        async with connect(live, sock=sock, ssl=trusting, compression=None, proxy=None, close_timeout=0.1, max_queue=1):
            await house.until(lambda: house.hub.viewers == 1)
            (viewer,) = house.hub.room("main").viewers
            seq = 30
            while viewer.state == "live":
                await house.show(chunk(seq, size=50_000))
                await asyncio.sleep(0.01)
                seq += 1
                assert seq < 2000, "100 MB are swallowed and nothing shows"
            assert viewer.state == "skipping"
            await house.until(lambda: house.hub.viewers == 0, "closed after slow_limit")


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_lines_that_break_under_a_look_at_them_end_nothing(new_house, paper, trusting, caplog, loop):
    """A transport of TLS has no socket any more for one turn of the loop before it says that it is lost."""
    asked = (
        b"GET /streams/main/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )

    async def check() -> None:
        async with new_house(tls_cert=paper[0], tls_key=paper[1]) as house:
            await house.show(init(), *film(30))
            await house.shown(29)
            writers = []
            for _ in range(30):
                reader, writer = await asyncio.open_connection("127.0.0.1", house.port, ssl=trusting)
                writer.write(asked)
                assert (await reader.readline()).startswith(b"HTTP/1.1 101")
                writers.append(writer)
            await house.until(lambda: house.hub.viewers == 30)
            room = house.hub.room("main")
            for n, viewer in enumerate(room.viewers):
                if n % 2:
                    room._watch(viewer)  # as one that was found late
            for n, writer in enumerate(writers):
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                house.hub.take(received(30 + n))
                house.hub.sweep(time.monotonic(), time.time())
                await asyncio.sleep(0)
            async with asyncio.timeout(60):
                while house.hub.viewers:
                    house.hub.sweep(time.monotonic(), time.time())
                    await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(asyncio.wait_for(check(), 100))
    assert not [record for record in caplog.records if "hung up" in record.message]


def received(seq: int) -> Received:
    item = chunk(seq)
    return Received(VIDEO, 0, 1000 + seq, b"main", item.data, to_headers(item), time.time())


async def test_who_speaks_no_tls_is_not_answered_and_harms_nobody(new_house, paper, trusting):
    async with new_house(tls_cert=paper[0], tls_key=paper[1]) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP/1.1 200" not in await asyncio.wait_for(reader.read(), 60)
        writer.close()
        async with httpx2.AsyncClient(base_url=house.url, verify=trusting, trust_env=False, timeout=60) as client:
            assert (await client.get("/healthz")).status_code == 200


def test_without_files_there_is_no_tls():
    assert tls.context(None, None) is None


def test_a_chain_and_its_key_may_be_in_one_file(paper, tmp_path):
    both = tmp_path / "both.pem"
    both.write_bytes(paper[1].read_bytes() + paper[0].read_bytes())
    made = tls.context(both, None)
    assert made is not None
    assert made.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.fixture(scope="session")
def files(paper, tmp_path_factory):
    """Files that do, and files that do not, by name."""
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "text").write_text("no PEM")
    openssl("ec", "-aes256", "-passout", "pass:secret", "-in", paper[1], "-out", folder / "locked")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "other")
    names = {name: folder / name for name in ("text", "locked", "other", "nothing")}
    return names | {"": None, "cert": paper[0], "key": paper[1], "folder": folder}


@pytest.mark.parametrize(
    ("cert", "key", "words"),
    [
        ("", "key", "--tls-key is given and --tls-cert is not"),
        ("nothing", "key", "--tls-cert .*nothing: No such file"),
        ("folder", "key", "--tls-cert .*: Is a directory"),
        ("text", "key", "--tls-cert .*text and --tls-key .* are not a certificate and its private key in PEM"),
        ("key", "cert", "are not a certificate and its private key in PEM"),
        ("cert", "", "does not hold both .*--tls-key"),
        ("cert", "nothing", "--tls-key .*nothing: No such file"),
        ("cert", "text", "--tls-cert .* and --tls-key .*text are not"),
        ("cert", "locked", "--tls-key .*locked: the key is encrypted"),
        ("cert", "other", "--tls-key .*other is not the key of the certificate in --tls-cert"),
    ],
)
def test_files_that_do_not_do_are_one_line_that_names_the_option(files, cert, key, words):
    with pytest.raises(UserError, match=words) as caught:
        tls.context(files[cert], files[key])
    assert "\n" not in str(caught.value)
