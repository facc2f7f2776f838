"""Where a server is, and the HTTP client that reaches it: proxies, certificates, a bound on what it may send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import openai

from streamer.errors import UserError

from . import refusal

MOST = 16 << 20
"""Bytes of one answer, at most: 180 s of 300 tokens a second, each in a chunk of 300 bytes. Neither the HTTP library
nor the SDK bounds a line, and one without end would fill the memory until the time for the first words is over."""

_AMBIENT = "proxy or certificate settings of the environment (ALL_PROXY, HTTP_PROXY, HTTPS_PROXY, SSL_CERT_FILE)"


def base_url(url: str) -> str:
    """The base URL that the SDK wants: `http://host:8000` is `http://host:8000/v1`; any other path stays.

    Raises UserError.
    """
    try:
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise UserError("--llm: a URL with a user or password would be shown to people; give --api-key instead")
        if parts.query or parts.fragment:
            raise UserError(f"--llm {url}: with a query or fragment no path can follow; {refusal.BASE_URL}")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise UserError(f"--llm {url}: {refusal.BASE_URL}")
    except ValueError as error:  # a bracket without its other half, a port beyond 65535
        raise UserError(f"--llm {url}: {error}; {refusal.BASE_URL}") from None
    url = url.rstrip("/?#").removesuffix("/chat/completions")
    return url if urlsplit(url).path.strip("/") else url + "/v1"


def near(url: str) -> bool:
    """Whether the server is on this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def private(url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    return url.startswith("https:") or near(url)


def http_client(url: str, *, connect: float) -> httpx2.AsyncClient:
    """A client for `url`. `connect`: seconds; all else is limited by whoever asks, and a limit of the library's own on
    each read would cost more than the reading. Raises UserError where the environment's settings make none."""
    try:
        return openai.DefaultAsyncHttpxClient(
            timeout=httpx2.Timeout(None, connect=connect),
            trust_env=not near(url),  # no proxy is asked for loopback
            verify=url.startswith("https:"),  # for plain HTTP this saves loading the certificates: 40 ms
            # A packed answer could unpack to any size, and packing chunks of 300 bytes saves nothing.
            headers={"accept-encoding": "identity"},
            event_hooks={"response": [_bound]},
        )
    except (ImportError, ValueError, OSError, httpx2.InvalidURL) as error:  # no socks, no such scheme, no such file
        raise UserError(f"--llm {url}: no connection with the {_AMBIENT}: {error}") from error


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error beyond `MOST` bytes."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body
        self._came = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            self._came += len(part)
            if self._came > MOST:
                raise httpx2.ReadError(f"more than {MOST >> 20} MiB for one answer")
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bound(response: httpx2.Response) -> None:
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)
