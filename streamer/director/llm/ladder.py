"""What one model at one server is known to take, and what is left out of a request when a refusal names it.

Every server takes `model`, `messages` and `stream`. Whatever else is asked for may be refused, each server in words of
its own; a field that a refusal names is dropped, or asked for in the next lower form, and that is remembered for as
long as the process lives. Pure: no clock, no connection.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FORMS = ("json_schema", "json_object", "none")
LIMITS = ("max_tokens", "max_completion_tokens")  # OpenAI renamed it; its newer models refuse the old name
REFUSALS = frozenset({400, 422, 500, 501})  # 500: LiteLLM, SGLang; 501: servers without a grammar
STEPS = 8  # refusals, at most, until nothing is left to drop: two forms, two names of the limit, four fields

_SAMPLING = ("temperature", "top_p", "seed")
_DROPPABLE = (*_SAMPLING, *LIMITS, "stream_options", "response_format")
_ABOUT_FORM = re.compile(  # "samplers": "Failed to initialize samplers" is llama.cpp's word for a grammar that fails
    r"json_schema|json_object|json schema|schema|grammar|samplers|structured|guided", re.IGNORECASE
)
_LOC = re.compile(r"['\"]loc['\"]: *[(\[]([^)\]]*)")  # pydantic's findings printed into a string, as vLLM does
_TOO_LARGE = re.compile(r"too large|at most|exceed|maximum", re.IGNORECASE)
_TOO_SMALL = re.compile(r"could not finish|higher|too small|below|at least|greater", re.IGNORECASE)
_ONE_OF_TWO = re.compile(r"\bboth\b|only one", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is to be sampled; None leaves it to the server, and is not sent."""

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    max_tokens: int | None = None


class Ladder:
    """The rungs of one model at one server; it begins at the top and never goes up again.

    One ladder serves many requests at a time: what a refusal means is judged by what that request had sent.
    """

    def __init__(self) -> None:
        self._form = 0  # index in FORMS
        self._limit = 0  # index in LIMITS; beyond them: no limit is sent
        self._dropped: set[str] = set()

    @property
    def form(self) -> str:
        """`json_schema`, `json_object` or `none`: what the server is asked to hold its answer to."""
        return FORMS[self._form]

    @property
    def limit(self) -> str | None:
        """The name of the limit on tokens that the server knows; None: it knows neither."""
        return LIMITS[self._limit] if self._limit < len(LIMITS) else None

    @property
    def dropped(self) -> frozenset[str]:
        """Fields that are not sent any more."""
        return frozenset(self._dropped)

    def fields(self, schema: dict[str, Any] | None, sampling: Sampling, *, usage: bool) -> dict[str, Any]:
        """What a request asks for besides the model and the messages."""
        asked: dict[str, Any] = {name: getattr(sampling, name) for name in _SAMPLING}
        if self.limit is not None:
            asked[self.limit] = sampling.max_tokens
        if usage:
            asked["stream_options"] = {"include_usage": True}
        if schema is not None and self.form == "json_schema":
            named = {"name": "frames", "strict": True, "schema": schema}
            asked["response_format"] = {"type": "json_schema", "json_schema": named}
        elif schema is not None and self.form == "json_object":
            asked["response_format"] = {"type": "json_object"}
        return {name: value for name, value in asked.items() if value is not None and name not in self._dropped}

    def refused(self, sent: Mapping[str, Any], status: int, body: object) -> str:
        """A request with the fields `sent` was refused: step down where the refusal names one of them.

        Returns what changed, in words; "" where the refusal is about something else and asking again is useless.
        """
        if status not in REFUSALS:
            return ""
        text = " ".join(_texts(body))
        steps = [self._without(name, sent, text) for name in _named(body, text, sent)]
        return ", ".join(filter(None, steps))

    def beyond(self, sent: Mapping[str, Any], status: int, body: object) -> bool:
        """Whether only the value of the limit on tokens was refused, as too large. That is a matter of this request:
        vLLM takes it for what the window leaves beside the question, which the next one may be short enough for."""
        if status not in REFUSALS:
            return False
        text = " ".join(_texts(body))
        return bool({*_named(body, text, sent)} & {*LIMITS}) and _value(text) == "large"

    def doubt(self, form: str) -> bool:
        """Answers under `form` hold nothing useful: whether the next one is now asked for instead."""
        if self.form != form or self._form + 1 == len(FORMS):
            return False
        self._form += 1
        return True

    def _without(self, name: str, sent: Mapping[str, Any], text: str) -> str:
        if name == "response_format":
            form = FORMS.index(sent[name]["type"])
            self._form = max(self._form, form + 1)
            return f"response_format {FORMS[form]} (going on with {self.form})"
        if name in LIMITS:
            if _value(text):
                return ""  # not the field is refused, and without it an answer may cost anything
            self._limit = max(self._limit, LIMITS.index(name) + 1)  # it may know the other name
            return f"{name} (going on with {self.limit or 'no limit'})"
        self._dropped.add(name)
        return name


class Ladders:
    """The ladders of all servers that this process has asked, by base URL and model; of more than `most`, those that
    were not used for the longest time begin anew."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._known: OrderedDict[tuple[str, str], Ladder] = OrderedDict()

    def of(self, url: str, model: str) -> Ladder:
        ladder = self._known.setdefault((url, model), Ladder())
        self._known.move_to_end((url, model))
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return ladder

    def forget(self, url: str) -> None:
        """There is another server at `url` now."""
        for known in [known for known in self._known if known[0] == url]:
            del self._known[known]


KNOWN = Ladders()
"""What this process has learned so far."""


def _named(body: object, text: str, sent: Mapping[str, Any]) -> list[str]:
    """Which of the fields sent a refusal is about: as its structure says, else as its words do.

    `param` is OpenAI's, `loc` FastAPI's. Words come last: a server may quote the request in them.
    """
    droppable = [name for name in _DROPPABLE if name in sent]
    pointed = {part for place in _places(body) for part in re.split(r"[.\[\]'\", ]+", place)}
    pointed |= {part for loc in _LOC.findall(text) for part in re.split(r"['\", ]+", loc)}
    found = [name for name in droppable if name in pointed]
    if not found:
        found = [name for name in droppable if re.search(rf"(?<!\w){name}(?!\w)", text)]
    if not found and "response_format" in sent and _ABOUT_FORM.search(text):
        found = ["response_format"]
    if {"temperature", "top_p"} <= {*found} and _ONE_OF_TWO.search(text):
        found = ["top_p"]  # Claude's newer models take either one: the one that people know stays
    return found


def _value(text: str) -> str:
    """What a refusal says of a limit's value: it is too "large" or "small"; "": nothing."""
    return "small" if _TOO_SMALL.search(text) else "large" if _TOO_LARGE.search(text) else ""


def _places(body: object, depth: int = 0) -> Iterator[str]:
    """Every `param` and `loc` in a refusal."""
    if depth > 4:
        return
    if isinstance(body, Mapping):
        for key, value in body.items():
            if key == "param" and isinstance(value, str):
                yield value
            elif key == "loc" and isinstance(value, list):
                yield from (part for part in value if isinstance(part, str))
            else:
                yield from _places(value, depth + 1)
    elif isinstance(body, list):
        for value in body[:20]:
            yield from _places(value, depth + 1)


def _texts(body: object, depth: int = 0) -> Iterator[str]:
    """All words of a refusal but what it quotes of the request (pydantic's `input`)."""
    if isinstance(body, str):
        yield body[:4000]
    elif depth > 4:
        return
    elif isinstance(body, Mapping):
        for key, value in body.items():
            if key != "input":
                yield from _texts(value, depth + 1)
    elif isinstance(body, list):
        for value in body[:20]:
            yield from _texts(value, depth + 1)
