"""What a server's refusal means: in words that tell the way out, whether asking again is useless, and when to. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

KEYS = frozenset({401, 402, 403})  # the key is missing, wrong, has no credit or may not do this
NO_KEY = "none"  # what is sent where there is no key: the SDK refuses to send nothing
BASE_URL = "write the base URL of an OpenAI-compatible server, http://HOST:PORT/v1"

_NO_MODEL = re.compile(
    r"model_not_found|model\b.*\b(?:not|unknown|invalid)|(?:no such|unknown|invalid) model", re.IGNORECASE
)


def one_line(body: object, key: str = "") -> str:
    """The words of an error's body: its message where it has one. They go to people and into records: without the API
    `key`, which servers quote, and without half characters, which no record can hold."""
    for name in ("error", "message", "detail"):
        if isinstance(body, Mapping) and body.get(name):
            body = body[name]
    try:
        words = str(body)
    except RecursionError:
        words = "(nested too deeply)"
    words = hidden(" ".join(words[:100_000].split()), key)[:300]
    return words.encode("utf-8", "replace").decode()


def hidden(words: str, key: str) -> str:
    """`words` with "…" for the key. A short one (a local server's "EMPTY") is only found as a word of its own."""
    if len(key) >= 8:
        return words.replace(key, "…")
    if key in ("", NO_KEY):
        return words
    return re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "…", words)


def is_page(content_type: str, body: object) -> bool:
    """Whether a web page came in place of an answer: then nobody there speaks the protocol."""
    return content_type.startswith("text/html") or (isinstance(body, str) and body.lstrip().startswith("<"))


def may_miss_model(status: int, words: str) -> bool:
    """Whether the server's list of models may explain this refusal. Which status a wrong name gets differs: 404 with
    OpenAI, vLLM and Ollama, 400 with LiteLLM and transformers serve."""
    return status == 404 or (status == 400 and _NO_MODEL.search(words) is not None)


def serves_another(words: str) -> bool:
    """Whether the refusal itself names the one model that is served (transformers serve, whose list is another)."""
    return "is pinned to" in words


def missing_model(model: str, models: Sequence[str]) -> str:
    """The sentence for a model that is not among those at the server."""
    shown = ", ".join(models[:8]) + (f" and {len(models) - 8} more" if len(models) > 8 else "")
    return f"the server knows no model {model!r}; it has {shown or 'none'} (--model)"


def retry_after(headers: Mapping[str, str], wall: datetime) -> float | None:
    """Seconds that a server asks to be left alone, from `retry-after-ms` (OpenAI) or `retry-after` (RFC 9110 §10.2.3:
    seconds or a date). `wall` is now, with its time zone."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            seconds = float(value) * unit
        except ValueError:
            try:
                seconds = (parsedate_to_datetime(value) - wall).total_seconds()
            except (ValueError, TypeError, OverflowError):  # neither, a date without a zone, or beyond all years
                continue
        if 0 <= seconds < 1e6:
            return seconds
    return None
