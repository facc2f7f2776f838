"""A thin skin on the openai SDK: one question, its answer as text while it arrives, and a clear end.

Any OpenAI-compatible server: OpenAI, vLLM, SGLang, llama.cpp, Ollama, LM Studio, transformers serve. They differ on the
wire in what they refuse, how an answer ends and how it breaks off; each rule below is there for one that was seen. The
SDK's own retries are off: `retry` holds the only policy.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from streamer.errors import UserError

log = logging.getLogger(__name__)


class EndpointError(Exception):
    """No answer: refused, unreachable, or nothing came in time. `retry_after` is the server's wish, in seconds."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class AnswerCut(Exception):
    """The answer began and did not end as it should: what had come is good, the rest will not come."""


_FORMATS: tuple[str, ...] = ("json_schema", "json_object", "none")
_NAMES_FORMAT = re.compile(r"response_format|json_schema|json_object|schema|grammar|structured|guided", re.IGNORECASE)


class Llm:
    """One model at one server. Open it with `async with`.

    `url` is the base URL; one without a path gets `/v1`, and a trailing `/chat/completions` is taken off. Limits are
    seconds: `first` until the first words, `between` from words to words, `whole` for an answer.
    """

    def __init__(
        self, url: str, *, model: str, key: str, first: float = 30.0, between: float = 15.0, whole: float = 180.0
    ) -> None:
        self.url = base_url(url)
        self.model = model
        self._first, self._between, self._whole = first, between, whole
        self._format = 0  # index in _FORMATS: what this server is known to take
        self._served = False
        host = urlsplit(self.url).hostname or ""
        self._near = host in ("localhost", "::1") or host.startswith("127.")
        self.name = model if self._near else f"{model} at {host}"
        self._client = openai.AsyncOpenAI(
            base_url=self.url,
            api_key=key,
            max_retries=0,
            # Our limits end a request; the HTTP library's are a net below them. No proxy is asked for loopback.
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=httpx2.Timeout(whole + 5, connect=min(first, 10.0)),
                trust_env=not self._near,
                verify=self.url.startswith("https:"),  # for plain HTTP this saves loading the certificates: 40 ms
            ),
        )
        self._completions = self._client.chat.completions  # imports half the SDK: here, not in the first answer

    async def __aenter__(self) -> Llm:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.close()

    async def answer(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> AsyncGenerator[str, None]:
        """Yields the answer's text as it comes, and returns only when it is complete (finish_reason "stop").

        Raises `EndpointError` before the first words and `AnswerCut` after them. Close it (`contextlib.aclosing`), also
        on cancellation: that closes the connection, at which servers stop generating.
        """
        begun = time.monotonic()
        end = begun + self._whole
        try:
            async with asyncio.timeout(self._first):
                stream = await self._open(messages, schema)
        except TimeoutError as error:
            raise EndpointError(f"{self.url} sent nothing for {self._first:g} s (first_token_timeout)") from error
        try:
            limit, option, spoken, finish = self._first, "first_token_timeout", False, None
            chunks = aiter(stream)
            waits_until = begun + self._first
            while True:
                try:
                    async with asyncio.timeout(min(waits_until, end) - time.monotonic()):
                        chunk = await anext(chunks, None)
                except TimeoutError as error:
                    if time.monotonic() >= end:
                        limit, option = self._whole, "answer_timeout"
                    raise _cut(spoken, f"{self.url}: no more words within {limit:g} s ({option})") from error
                except Exception as error:  # the SDK lets through whatever a strange line makes its parts raise
                    if finish == "stop":  # it had said that it was done
                        return
                    raise _cut(spoken, f"{self.url}: {_reason(error)}") from error
                if chunk is None:
                    break
                text, alive, finished = _read(chunk)
                finish = finished or finish
                if alive:
                    limit, option = self._between, "token_timeout"
                    waits_until = time.monotonic() + limit
                if text:
                    spoken = True
                    self._learn_name(chunk)
                    yield text
                    waits_until = max(waits_until, time.monotonic() + limit)  # what the reader took is not the server's
            if finish != "stop":
                said = f"finish_reason {finish!r}" if finish else "without a finish_reason"
                raise _cut(spoken, f"{self.url}: the answer ended {said}")
        finally:
            await stream.close()

    def doubt_format(self) -> None:
        """A complete answer without any object: under this form the model says nothing useful. Ask in the next one.

        LM Studio binds a schema to the reasoning of thinking models, whose content then stays empty.
        """
        if self._format + 1 < len(_FORMATS):
            self._format += 1
            log.warning("%s: nothing useful with %s, going on with %s", self.url, *_FORMATS[self._format - 1 :][:2])

    async def _open(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> openai.AsyncStream[Any]:
        """The opened answer. Steps down from json_schema to json_object to no response_format where a server balks."""
        for form in range(self._format, len(_FORMATS)):
            try:
                stream = await self._request(messages, _response_format(_FORMATS[form], schema))
            except openai.APIStatusError as error:
                balks = error.status_code in (400, 422, 500) and _NAMES_FORMAT.search(str(error.body) + error.message)
                if balks and form + 1 < len(_FORMATS):
                    continue
                raise EndpointError(f"{self.url}: {_reason(error)}", retry_after=_retry_after(error)) from error
            except Exception as error:  # not all of them are the SDK's own
                raise EndpointError(f"{self.url}: {_reason(error)}") from error
            if form != self._format:
                log.warning("%s does not take %s: going on with %s", self.url, _FORMATS[self._format], _FORMATS[form])
                self._format = form
            self._served = True
            return stream
        raise AssertionError("the last form raises")

    async def _request(self, messages: list[dict[str, str]], extra: dict[str, Any]) -> openai.AsyncStream[Any]:
        arguments: dict[str, Any] = {"model": self.model, "messages": messages, "stream": True, **extra}
        try:
            return await self._completions.create(**arguments)  # type: ignore[no-any-return]
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError:
            if not self._served:
                raise
            # A pooled connection that the server closed meanwhile: no byte of this request was answered (measured on
            # transformers serve after a 500: 4 of 8 next calls). One reconnect is not a retry.
            self._served = False
            return await self._completions.create(**arguments)  # type: ignore[no-any-return]

    def _learn_name(self, chunk: ChatCompletionChunk) -> None:
        """Servers answer "default" with their model's real name."""
        if self.model == "default" and isinstance(chunk.model, str) and 0 < len(chunk.model) <= 100:
            self.name = chunk.model if self._near else f"{chunk.model} at {urlsplit(self.url).hostname}"


def base_url(url: str) -> str:
    """The base URL that the SDK wants: `http://host:8000` is `http://host:8000/v1`; any other path stays.

    Raises UserError.
    """
    wanted = "write the base URL of an OpenAI-compatible server, http://HOST:PORT/v1"
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise UserError(f"--llm {url}: {wanted}")
    except ValueError as error:  # a bracket without its other half, a port beyond 65535
        raise UserError(f"--llm {url}: {error}; {wanted}") from None
    url = url.rstrip("/").removesuffix("/chat/completions")
    return url if urlsplit(url).path.strip("/") else url + "/v1"


def _response_format(form: str, schema: dict[str, Any]) -> dict[str, Any]:
    if form == "json_schema":
        named = {"name": "frames", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    return {"response_format": {"type": "json_object"}} if form == "json_object" else {}


def _read(chunk: ChatCompletionChunk) -> tuple[str, bool, str | None]:
    """(text, whether it shows life, finish_reason) of a chunk, of which any part may be missing or null.

    Reasoning (`reasoning`, `reasoning_content`) is life without text.
    """
    choices = getattr(chunk, "choices", None)
    if not choices or getattr(choices[0], "index", 0) not in (0, None):
        return "", False, None
    delta = getattr(choices[0], "delta", None)
    text = getattr(delta, "content", None)
    text = text if isinstance(text, str) else ""
    reasoning = (getattr(delta, "model_extra", None) or {}).keys() & {"reasoning", "reasoning_content"}
    return text, bool(text or reasoning), getattr(choices[0], "finish_reason", None)


def _cut(spoken: bool, reason: str) -> Exception:
    return AnswerCut(reason) if spoken else EndpointError(reason)


def _reason(error: Exception) -> str:
    """One line. Of the SDK's own messages those about connections say nothing, but their cause does; those about a
    status leave out whatever is not `error.message`, as most servers' reasons are."""
    cause = error.__cause__
    words = str(error) or type(error).__name__
    if isinstance(error, openai.APIStatusError):
        words = f"HTTP {error.status_code}: {error.body or error.message}"
    if cause is not None and isinstance(error, openai.APIConnectionError):
        words += f" ({type(cause).__name__}{': ' + str(cause) if str(cause) else ''})"
    return " ".join(words.split())[:300]


def _retry_after(error: openai.APIStatusError) -> float | None:
    try:
        seconds = float(error.response.headers.get("retry-after", ""))
    except ValueError:  # absent, or a date: our own back-off will do
        return None
    return seconds if 0 <= seconds < 1e6 else None
