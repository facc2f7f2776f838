"""Where a server is, how it is reached, who may read the key, and how much it may send."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from hostile import HANG, SSE, STOP, Hostile, Script, say
from question import answer, of_kind, one

from streamer.director.llm import AnswerCut, EndpointError, Llm, base_url, connection
from streamer.errors import UserError


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://host:8000", "http://host:8000/v1"),
        ("http://host:8000/", "http://host:8000/v1"),
        ("http://host/v1/", "http://host/v1"),
        ("https://host/openai/v2", "https://host/openai/v2"),
        ("http://host/v1/chat/completions", "http://host/v1"),
    ],
)
def test_a_base_url_without_a_path_gets_the_usual_one(url: str, base: str) -> None:
    assert base_url(url) == base


async def test_a_key_that_no_header_can_hold_is_refused() -> None:
    for key in ("schlüssel", "two\nlines"):
        with pytest.raises(UserError, match="--api-key: a key is plain ASCII in one line"):
            Llm("http://127.0.0.1:9/v1", model="m", key=key)


async def test_the_key_is_sent_as_bearer() -> None:
    async with Hostile([SSE, say("ab"), STOP]) as server, Llm(server.url, model="m", key="sk-1") as llm:
        await one(llm)
        assert "authorization: bearer sk-1\r\n" in server.heads[0]


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(UserError, match="--llm storyboard: write the base URL"):
        Llm("storyboard", model="m", key="k")


async def test_a_line_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST", 1 << 20)
    endless: Script = [b"x" * 65536] * 64
    async with Hostile([SSE, b"data: ", *endless, HANG]) as server:
        with pytest.raises(EndpointError, match="more than 1 MiB for one answer"):
            await answer(server)
    async with Hostile([SSE, say("a"), b"data: ", *endless, HANG]) as server:
        with pytest.raises(AnswerCut, match="more than 1 MiB for one answer"):
            await answer(server)
    async with Hostile([of_kind("application/json").replace(b"200", b"500"), *endless, HANG]) as server:
        with pytest.raises(EndpointError, match="more than 1 MiB for one answer"):
            await answer(server)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://user:secret@host/v1", "a URL with a user or password would be shown to people; give --api-key"),
        ("https://secret@host", "a URL with a user or password"),
        ("http://host/v1?api-version=1", "with a query or fragment no path can follow"),
        ("http://host/v1#x", "with a query or fragment"),
        ("http://[::1", "write the base URL"),
    ],
)
def test_a_base_url_is_a_place_and_nothing_more(url: str, error: str) -> None:
    with pytest.raises(UserError, match=error) as caught:
        base_url(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "ftp://proxy.example"),
        ("SSL_CERT_FILE", "/there/is/no/such/file"),
    ],
)
async def test_an_environment_that_allows_no_connection_is_the_users_error(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv(variable, value)
    with pytest.raises(UserError, match=r"--llm https://llm.example/v1: no connection with the proxy or certificate"):
        Llm("https://llm.example/v1", model="m", key="k")


async def test_a_proxy_is_asked_for_other_machines_and_not_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with Hostile([SSE, say("by proxy"), STOP]) as proxy, Hostile([SSE, say("ab"), STOP]) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        async with Llm("http://llm.example/v1", model="m", key="k") as llm:
            assert await one(llm) == "by proxy"
        assert await answer(server) == "ab"


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_refused(self_signed: ssl.SSLContext) -> None:
    """Whoever can pose as the server gets the key."""
    async with Hostile([SSE, say("ab"), STOP]) as server:
        tls = await asyncio.start_server(server._serve, "127.0.0.1", 0, ssl=self_signed)
        async with tls, Llm(f"https://127.0.0.1:{tls.sockets[0].getsockname()[1]}/v1", model="m", key="k") as llm:
            with pytest.raises(EndpointError, match="CERTIFICATE_VERIFY_FAILED"):
                await one(llm)
        assert not server.requests
