"""How a question may fail: before its first words, or after them."""

from __future__ import annotations

import openai

from . import refusal


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


def cut(spoken: bool, reason: str, finish: str | None = None) -> AnswerCut | EndpointError:
    return AnswerCut(reason, finish=finish) if spoken else EndpointError(reason, finish=finish)


def reason(error: Exception, key: str = "") -> str:
    """One line. The SDK's own messages about connections say nothing, but their cause does; those about an error in
    mid-stream leave out whatever is not `error.message`, as most servers' reasons are."""
    cause = error.__cause__
    words = str(error) or type(error).__name__
    if isinstance(error, openai.APIError) and error.body:
        words = refusal.one_line(error.body, key)
    if cause is not None and isinstance(error, openai.APIConnectionError):
        words += f" ({type(cause).__name__}{': ' + str(cause) if str(cause) else ''})"
    return refusal.one_line(words, key)
