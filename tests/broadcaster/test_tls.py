"""TLS without a proxy: https and wss by a certificate of one's own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import socket
import ssl
import subprocess

import httpx2
import pytest
from films import chunk, film, init
from parts import missing
from websockets.asyncio.client import connect

from streamer.broadcaster import tls
from streamer.errors import UserError


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
