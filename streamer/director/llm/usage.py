"""What an answer cost in tokens, as the server reports it, else estimated; and who gave it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TOKEN_BYTES = 4
"""Bytes of UTF-8 per token: about right for English and JSON, and for other scripts on the safe side by half or so."""


@dataclass(slots=True)
class Usage:
    """Tokens of one question, added up over all endpoints that began to work on it, and who did. The caller's, who
    passes it with the question, and afterwards says with it what the answer was good for."""

    tokens_in: int = 0
    tokens_out: int = 0  # with what the model thought
    estimated: bool = False  # at least a part of it
    endpoint: str = ""  # the last that worked on it, for people
    thought: bool = False  # whether it thought aloud beside its words
    which: int = field(default=0, compare=False)  # of several endpoints: the last that was asked
    form: str = field(default="", compare=False)  # under which that one answers


class Meter:
    """Follows one answer, from the request that was taken to wherever the answer ends.

    Servers report usage in a chunk of its own (OpenAI), on the finish chunk (transformers serve), on every chunk (then
    the newest counts), or as llama.cpp's `timings`; some not at all, and none for an answer that is cut or closed.
    """

    def __init__(self, request: str) -> None:
        self._asked = _size(request)  # bytes
        self._came = 0  # bytes
        self._reported = (0, 0)
        self._thought = False

    def came(self, text: str, thought: str = "") -> None:
        """Words of the answer, and thoughts that came beside them: both are paid for."""
        self._came += _size(text)
        if thought:
            self._came += _size(thought)
            self._thought = True

    def reported(self, usage: object, timings: object) -> None:
        """What a chunk holds of either, in whatever shape."""
        said = (_count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))
        if not any(said):
            said = (_count(timings, "prompt_n") + _count(timings, "cache_n"), _count(timings, "predicted_n"))
        if any(said):
            self._reported = said

    def settle(self, usage: Usage, endpoint: str, *, whole: bool) -> None:
        """Add what was used to `usage`. Of an answer that is not `whole`, a report is only what was used so far."""
        tokens_in, tokens_out = self._reported
        guess_in, guess_out = (-(-size // TOKEN_BYTES) for size in (self._asked, self._came))
        if tokens_out == 0 or not whole:  # zeros are reported where nobody counts
            tokens_out = max(tokens_out, guess_out)
        usage.estimated = usage.estimated or not (whole and all(self._reported))
        usage.tokens_in += tokens_in or guess_in
        usage.tokens_out += tokens_out
        usage.endpoint = endpoint
        usage.thought = usage.thought or self._thought


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _count(holder: object, name: str) -> int:
    value: Any = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 31 else 0
