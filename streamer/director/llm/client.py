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
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
import openai

from streamer.errors import UserError

from . import refusal
from .ladder import KNOWN, STEPS, Ladders, Sampling
from .usage import Meter, Usage

__all__ = ["AnswerCut", "EndpointError", "Llm", "Sampling", "Usage", "base_url"]

log = logging.getLogger(__name__)

COMPLETIONS = "/chat/completions"
LINGER = 1.0  # seconds, at most, that an answer which said "stop" is waited for to close: a usage chunk may follow
ASIDE = 3.0  # seconds for the list of models


class EndpointError(Exception):
    """No answer: refused, unreachable, or nothing came in time.

    `retry_after` is the server's wish, in seconds; `permanent` says that asking again is useless until a person changes
    something; `finish` is the finish_reason, of an answer that ended without a word.
    """

    def __init__(
        self, reason: str, *, retry_after: float | None = None, permanent: bool = False, finish: str | None = None
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.permanent = permanent
        self.finish = finish


class AnswerCut(Exception):
    """The answer began and did not end as it should: what had come is good, the rest will not come."""

    def __init__(self, reason: str, *, finish: str | None = None) -> None:
        super().__init__(reason)
        self.finish = finish


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
        self._form = self.ladder.form  # under which the last answer came
        self._served = False
        host = urlsplit(self.url).hostname or ""
        self._near = host in ("localhost", "::1") or host.startswith("127.")
        self._call(model)
        if not (key.isascii() and key.isprintable()):
            raise UserError("--api-key: a key is plain ASCII in one line, as an HTTP header is")
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
        however it ends; without one the server is not asked to count.
        """
        begun = time.monotonic()
        end = begun + self._whole
        try:
            async with asyncio.timeout(self._first):
                stream = await self._open(messages, schema, sampling, count=usage is not None)
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
                    raise _cut(spoken, f"{self.url}: no more words within {limit:g} s ({option})") from error
                except Exception as error:  # the SDK lets through whatever a strange line makes its parts raise
                    if finish is not None:
                        break
                    raise _cut(spoken, f"{self.url}: {_reason(error)}") from error
                if chunk is _END:
                    break
                piece = _read(chunk)
                if meter is not None:
                    meter.came(piece.text, piece.thought)
                    meter.reported(piece.usage, piece.timings)
                if piece.trouble and finish is None:
                    raise _cut(spoken, f"{self.url}: {piece.trouble}")
                if piece.finish is not None and finish is None:
                    finish = piece.finish
                if finish is not None:
                    limit = LINGER
                    waits_until = time.monotonic() + limit
                elif piece.alive:
                    limit, option = self._between, "token_timeout"
                    waits_until = time.monotonic() + limit
                if piece.text:
                    spoken = True
                    if self.model == "default":
                        self._learn_name(chunk)
                    yield piece.text
                    waits_until = max(waits_until, time.monotonic() + limit)  # what the reader took is not the server's
            if finish != "stop":
                said = f"with finish_reason {finish!r}" if finish else "without a finish_reason"
                said += " (--max-answer-tokens, or the server's own limit)" if finish == "length" else ""
                raise _cut(spoken, f"{self.url}: the answer ended {said}", finish)
        finally:
            if meter is not None and usage is not None:
                meter.settle(usage, self.name, whole=finish is not None)
            await stream.close()

    def doubt_format(self) -> None:
        """A complete answer without any object: under this form the model says nothing useful. Ask in the next one.

        LM Studio binds a schema to the reasoning of thinking models, whose content then stays empty.
        """
        form = self._form
        if self.ladder.doubt(form):
            log.warning("%s: nothing useful with %s, going on with %s", self.url, form, self.ladder.form)

    async def models(self) -> list[str] | None:
        """The names of the server's models; None where it does not tell."""
        self._served = True  # it may answer with a 500 and close the connection that the pool keeps
        try:
            async with asyncio.timeout(ASIDE):
                listed: Any = await self._client.get("/models", cast_to=object)
            return [model["id"] for model in listed["data"] if isinstance(model["id"], str)][:1000]
        except Exception:  # no such door, no such shape, no server: there is no list
            return None

    async def _open(
        self, messages: list[dict[str, str]], schema: dict[str, Any] | None, sampling: Sampling, *, count: bool
    ) -> openai.AsyncStream[Any]:
        """The opened answer, with what was asked for as far as the server takes it."""
        for _ in range(STEPS + 1):
            form = self.ladder.form
            extra = self.ladder.fields(schema, sampling, usage=count)
            try:
                stream = await self._request(messages, extra)
            except openai.APIStatusError as error:
                self._served = True
                if changed := self.ladder.refused(extra, error.status_code, error.body or error.message):
                    log.warning("%s does not take %s: %s", self.url, changed, refusal.one_line(error.body))
                    continue
                if self.model == "default" and await self._adopt(error):
                    continue
                raise await self._refused(error) from error
            except Exception as error:  # not all of them are the SDK's own
                raise EndpointError(f"{self.url}: {_reason(error)}") from error
            await self._check_kind(stream.response)
            self._form, self._served = form, True
            return stream
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
        words = f"HTTP {status}: {refusal.one_line(body)}"
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
        """Nobody named a model, and the server takes no other name than its models': if it has one only, that is it."""
        if not refusal.may_miss_model(error.status_code, refusal.one_line(error.body or error.message)):
            return False
        models = await self.models()
        if models is None or len(models) != 1 or models[0] == self.model:
            return False
        self.model = models[0]
        self.ladder = self._ladders.of(self.url, self.model)
        self._call(self.model)
        log.info("%s: going on with its only model, %s", self.url, self.model)
        return True

    async def _check_kind(self, response: httpx2.Response) -> None:
        """HTTP 200 with something else than events: a web page, or an error that LM Studio wraps in a success."""
        kind = response.headers.get("content-type", "").partition(";")[0]
        if kind not in ("text/html", "application/json"):
            return
        body = b""
        async for part in response.aiter_bytes():
            body += part
            if len(body) > 4096:
                break
        await response.aclose()
        words: object = body.decode(errors="replace")
        if kind == "application/json":
            with contextlib.suppress(ValueError):
                words = json.loads(body)
        told = refusal.one_line(words)
        raise EndpointError(
            f"{self.url} answered with {kind}, not with a stream of events: {told}; {refusal.BASE_URL}",
            permanent=kind == "text/html",
        )

    def _learn_name(self, chunk: dict[str, Any]) -> None:
        """Servers answer "default" with their model's real name."""
        model = chunk.get("model")
        if isinstance(model, str) and 0 < len(model) <= 100:
            self._call(model)

    def _call(self, model: str) -> None:
        if model.startswith("/") or "\\" in model:  # llama.cpp's name is a path on its machine: nobody else's business
            model = model.replace("\\", "/").rstrip("/").rpartition("/")[2] or "default"
        self.name = model if self._near else f"{model} at {urlsplit(self.url).hostname}"


def base_url(url: str) -> str:
    """The base URL that the SDK wants: `http://host:8000` is `http://host:8000/v1`; any other path stays.

    Raises UserError.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise UserError(f"--llm {url}: {refusal.BASE_URL}")
    except ValueError as error:  # a bracket without its other half, a port beyond 65535
        raise UserError(f"--llm {url}: {error}; {refusal.BASE_URL}") from None
    url = url.rstrip("/").removesuffix("/chat/completions")
    return url if urlsplit(url).path.strip("/") else url + "/v1"


_END: Any = object()  # null is a chunk, too, to a server that is strange enough


class _Piece(NamedTuple):
    text: str = ""
    thought: str = ""
    alive: bool = False
    finish: str | None = None
    usage: object = None
    timings: object = None  # llama.cpp's
    trouble: str = ""  # an error that came as a chunk


_THOUGHTS = ("reasoning_content", "reasoning")


def _read(chunk: object) -> _Piece:
    """What a chunk says, of which any part may be missing, null or of another type.

    Reasoning is life without text. Of several choices (a server that was set to `n` above 1) the first counts.
    """
    if not isinstance(chunk, dict):
        return _Piece()
    usage, timings = chunk.get("usage"), chunk.get("timings")
    choices = chunk.get("choices")
    if not isinstance(choices, list) or not choices:
        return _Piece(usage=usage, timings=timings, trouble=_trouble(chunk))
    choice = next((c for c in choices if isinstance(c, dict) and c.get("index") in (0, None)), None)
    if choice is None:
        return _Piece(alive=True, usage=usage, timings=timings)
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = {}
    text = _joined(delta.get("content"))
    thought = next((t for t in (_joined(delta.get(name)) for name in _THOUGHTS) if t), "")
    finish = choice.get("finish_reason")
    alive = bool(text or thought or any(name in delta for name in _THOUGHTS))
    return _Piece(text, thought, alive, None if finish is None else str(finish), usage, timings)


def _joined(content: object) -> str:
    """Text, or the texts of a list of parts (Mistral sends its thoughts and words as such)."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _trouble(chunk: dict[str, Any]) -> str:
    """An error in an event that the SDK takes for a chunk: `event: error` without the key, `{"detail": …}`."""
    told = next((chunk[key] for key in ("error", "detail", "message") if chunk.get(key)), None)
    return refusal.one_line(told) if told is not None else "error" if chunk.get("object") == "error" else ""


def _cut(spoken: bool, reason: str, finish: str | None = None) -> Exception:
    return AnswerCut(reason, finish=finish) if spoken else EndpointError(reason, finish=finish)


def _reason(error: Exception) -> str:
    """One line. The SDK's own messages about connections say nothing, but their cause does; those about an error in
    mid-stream leave out whatever is not `error.message`, as most servers' reasons are."""
    cause = error.__cause__
    words = str(error) or type(error).__name__
    if isinstance(error, openai.APIError) and error.body:
        words = refusal.one_line(error.body)
    if cause is not None and isinstance(error, openai.APIConnectionError):
        words += f" ({type(cause).__name__}{': ' + str(cause) if str(cause) else ''})"
    return " ".join(words.split())[:300]
