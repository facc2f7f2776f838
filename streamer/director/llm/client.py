"""A thin skin on the openai SDK: one question, its answer as text while it arrives, and a clear end.

Any OpenAI-compatible server: OpenAI, vLLM, SGLang, llama.cpp, Ollama, LM Studio, transformers serve, LiteLLM. They
differ on the wire in what they refuse (`ladder`), how an answer ends and how it breaks off; each rule below is there
for one that was seen. The SDK's own retries are off: `retry` holds the only policy.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from streamer.errors import UserError

from . import refusal
from .chunk import read
from .connection import base_url, http_client, near
from .failure import EndpointError, cut, reason
from .ladder import KNOWN, STEPS, Ladders, Sampling
from .usage import Meter, Usage

log = logging.getLogger(__name__)

COMPLETIONS = "/chat/completions"
LINGER = 1.0  # seconds, at most, that an answer which said "stop" is waited for to close: a usage chunk may follow
ASIDE = 3.0  # seconds for the list of models


class Llm:
    """One model at one server. Open it with `async with`.

    `url` is the base URL; one without a path gets `/v1`, and a trailing `/chat/completions` is taken off. Limits are
    seconds: `first` until the first words, `between` from words to words, `whole` for an answer. What the server is
    found to take is kept in `ladders`, by default for the life of the process.
    """

    def __init__(
        self, url: str, *, model: str, key: str, first: float = 30.0, between: float = 15.0, whole: float = 180.0,
        ladders: Ladders = KNOWN,
    ) -> None:  # fmt: skip
        self.url = base_url(url)
        self.model = model
        self.name = model  # for people
        self.ladder = ladders.of(self.url, model)
        self._ladders = ladders
        self._first, self._between, self._whole = first, between, whole
        self._key = key
        self._unnamed = model == "default"  # nobody named one: whatever is served
        self._served = False
        self._call(model)
        if not (key.isascii() and key.isprintable()):
            raise UserError("--api-key: a key is plain ASCII in one line, as an HTTP header is")
        self._client = openai.AsyncOpenAI(
            base_url=self.url,
            api_key=key,
            max_retries=0,
            # Our limits end a request; the HTTP library's are a net below them.
            http_client=http_client(self.url, connect=min(first, 10.0)),
        )

    async def __aenter__(self) -> Llm:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.close()

    async def answer(
        self,
        messages: list[dict[str, str]],
        schema: dict[str, Any] | None,
        sampling: Sampling = Sampling(),  # noqa: B008  frozen
        usage: Usage | None = None,
    ) -> AsyncGenerator[str, None]:
        """Yields the answer's text as it comes, and returns only when it is complete (finish_reason "stop").

        Raises `EndpointError` before the first words and `AnswerCut` after them. Close it (`contextlib.aclosing`), also
        on cancellation: that closes the connection, at which servers stop generating. What it cost is added to `usage`
        however it ends, and who answers is in it before the first words; without one the server is not asked to count.
        """
        begun = time.monotonic()
        end = begun + self._whole
        try:
            async with asyncio.timeout(self._first):
                stream = await self._open(messages, schema, sampling, usage)
        except TimeoutError as error:
            raise EndpointError(f"{self.url} sent nothing for {self._first:g} s (first_token_timeout)") from error
        meter = Meter("".join(message["content"] for message in messages)) if usage is not None else None
        finish: str | None = None
        try:
            limit, option, spoken = self._first, "first_token_timeout", False
            chunks = aiter(stream)
            waits_until = begun + self._first
            while True:
                try:
                    async with asyncio.timeout(min(waits_until, end) - time.monotonic()):
                        chunk = await anext(chunks, _END)
                except TimeoutError as error:
                    if finish is not None:  # it had said that it was done, and only the connection stays open
                        break
                    if time.monotonic() >= end:
                        limit, option = self._whole, "answer_timeout"
                    raise cut(spoken, f"{self.url}: no more words within {limit:g} s ({option})") from error
                except Exception as error:  # the SDK lets through whatever a strange line makes its parts raise
                    if finish is not None:
                        break
                    raise cut(spoken, f"{self.url}: {reason(error, self._key)}") from error
                if chunk is _END:
                    break
                piece = read(chunk)
                if meter is not None:
                    meter.came(piece.text, piece.thought)
                    meter.reported(piece.usage, piece.timings)
                if piece.trouble and finish is None:
                    raise cut(spoken, f"{self.url}: {self._told(piece.trouble)}")
                moves = piece.alive and finish is None
                if moves:
                    limit, option = self._between, "token_timeout"
                if piece.finish is not None and finish is None:
                    finish, limit, moves = self._told(piece.finish), LINGER, True
                if moves:  # what comes after the end earns no time
                    waits_until = time.monotonic() + limit
                if piece.text:
                    if not spoken and self.model == "default":
                        self._learn_name(chunk)
                    spoken = True
                    if usage is not None:
                        usage.endpoint = self.name
                    yield piece.text
                    if moves:  # what the reader took is not the server's
                        waits_until = time.monotonic() + limit
            if finish != "stop":
                said = f"with finish_reason {finish!r}" if finish else "without a finish_reason"
                said += " (--max-answer-tokens, or the server's own limit)" if finish == "length" else ""
                raise cut(spoken, f"{self.url}: the answer ended {said}", finish)
        finally:
            if meter is not None and usage is not None:
                meter.settle(usage, self.name, whole=finish is not None)
            with contextlib.suppress(Exception):  # of a connection that is broken already
                await stream.close()

    def doubt_format(self, form: str) -> None:
        """Answers under `form` (`Usage.form`) hold nothing useful. Ask in the next one, if that is not done already.

        LM Studio binds a schema to the reasoning of thinking models, whose content then stays empty; with others a
        schema ends in white space without end.
        """
        if self.ladder.doubt(form):
            log.warning("%s: nothing useful with %s, going on with %s", self.url, form, self.ladder.form)

    async def models(self) -> list[str] | None:
        """The names of the server's models, of those that can be shown to people; None where it does not tell."""
        self._served = True  # it may answer with a 500 and close the connection that the pool keeps
        try:
            async with asyncio.timeout(ASIDE):
                listed: Any = await self._client.get("/models", cast_to=object)
            return [model["id"] for model in listed["data"] if model["id"] == refusal.one_line(model["id"])][:1000]
        except Exception:  # no such door, no such shape, no server: there is no list
            return None

    async def _open(
        self, messages: list[dict[str, str]], schema: dict[str, Any] | None, sampling: Sampling, usage: Usage | None
    ) -> openai.AsyncStream[Any]:
        """The opened answer, with what was asked for as far as the server takes it. Raises `EndpointError`."""
        try:
            for _ in range(STEPS + 1):
                form = self.ladder.form
                extra = self.ladder.fields(schema, sampling, usage=usage is not None)
                try:
                    stream = await self._request(messages, extra)
                except openai.APIStatusError as error:
                    self._served = True
                    status, body = error.status_code, error.body or error.message
                    if self.ladder.beyond(extra, status, body):
                        log.info("%s: this answer is not limited: %s", self.url, self._told(body))
                        sampling = replace(sampling, max_tokens=None)
                    elif changed := self.ladder.refused(extra, status, body):
                        log.warning("%s does not take %s: %s", self.url, changed, self._told(body))
                    elif not (self._unnamed and await self._adopt(error)):
                        raise await self._refused(error) from error
                    continue
                await self._check_kind(stream.response)
                self._served = True
                if usage is not None:
                    usage.form = form
                return stream
        except EndpointError:
            raise
        except Exception as error:  # not all of them are the SDK's own: what a body is made of raises its own
            raise EndpointError(f"{self.url}: {reason(error, self._key)}") from error
        raise EndpointError(f"{self.url} still refuses after {STEPS} fields were dropped")

    async def _request(self, messages: list[dict[str, str]], extra: dict[str, Any]) -> openai.AsyncStream[Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages, "stream": True, **extra}
        try:
            return await self._post(body)
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError:
            if not self._served:
                raise
            # A pooled connection that the server closed meanwhile: no byte of this request was answered (measured on
            # transformers serve after a 500: 4 of 8 next calls). One reconnect is not a retry.
            self._served = False
            return await self._post(body)

    async def _post(self, body: dict[str, Any]) -> openai.AsyncStream[Any]:
        # Not `chat.completions.create`: that makes a pydantic model of every chunk, which costs more than all the rest
        # of an answer and says nothing about a server that does not keep to it; and it imports half the SDK.
        stream_class = openai.AsyncStream[Any]
        return await self._client.post(COMPLETIONS, cast_to=object, body=body, stream=True, stream_cls=stream_class)

    async def _refused(self, error: openai.APIStatusError) -> EndpointError:
        """What an HTTP status means, with the way out."""
        status, body = error.status_code, error.body or error.message
        words = f"HTTP {status}: {self._told(body)}"
        page = refusal.is_page(error.response.headers.get("content-type", ""), body)
        if status in refusal.KEYS:
            return EndpointError(f"{self.url}: {words}; give --api-key or OPENAI_API_KEY", permanent=True)
        if refusal.serves_another(words):
            return EndpointError(f"{self.url}: {words} (--model)", permanent=True)
        if refusal.may_miss_model(status, words):
            models = await self.models()
            if models is not None and self.model not in models:
                return EndpointError(
                    f"{self.url}: {words}; {refusal.missing_model(self.model, models)}", permanent=True
                )
            elsewhere = models is None and status == 404
        else:
            elsewhere = status == 405 or (page and (status < 500 or status == 501))
        if elsewhere:
            return EndpointError(f"{self.url}: {words}; {refusal.BASE_URL}", permanent=True)
        after = refusal.retry_after(error.response.headers, datetime.now(UTC))
        return EndpointError(f"{self.url}: {words}", retry_after=after)

    async def _adopt(self, error: openai.APIStatusError) -> bool:
        """Nobody named a model, and the server takes no other name than its models': if it has one only, that is it,
        until it has another. Returns whether to ask by another name now."""
        if not refusal.may_miss_model(error.status_code, self._told(error.body or error.message)):
            return False
        models = await self.models()
        if models is None:
            return False
        model = models[0] if len(models) == 1 else "default"
        if model == self.model:
            return False
        self.model = model
        self.ladder = self._ladders.of(self.url, model)
        self._call(model)
        log.info("%s: going on with its only model, %s", self.url, self.name)
        return True

    async def _check_kind(self, response: httpx2.Response) -> None:
        """HTTP 200 with something else than events: a web page, or an error that LM Studio wraps in a success."""
        kind = response.headers.get("content-type", "").partition(";")[0]
        if kind not in ("text/html", "application/json"):
            return
        body = b""
        try:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > 4096:
                    break
        finally:
            await response.aclose()
        words: object = body.decode(errors="replace")
        if kind == "application/json":
            with contextlib.suppress(ValueError, RecursionError):
                words = json.loads(body)
        raise EndpointError(
            f"{self.url} answered with {kind}, not with a stream of events: {self._told(words)}; {refusal.BASE_URL}",
            permanent=kind == "text/html",
        )

    def _learn_name(self, chunk: dict[str, Any]) -> None:
        """Servers answer "default" with their model's real name."""
        model = chunk.get("model")
        if isinstance(model, str) and 0 < len(model) <= 100:
            self._call(model)

    def _call(self, model: str) -> None:
        model = refusal.one_line(model)
        if model.startswith("/") or "\\" in model:  # llama.cpp's name is a path on its machine: nobody else's business
            model = model.replace("\\", "/").rstrip("/").rpartition("/")[2] or "default"
        self.name = model if near(self.url) else f"{model} at {urlsplit(self.url).hostname}"

    def _told(self, body: object) -> str:
        """The server's words, for people."""
        return refusal.one_line(body, self._key)


_END: Any = object()  # null is a chunk, too, to a server that is strange enough
