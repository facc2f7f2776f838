"""What one endpoint can do for a film, found out by asking: for `streamer doctor`.

The questions are a director's own, and what comes back is read as a director reads it. Which fields a server takes is
then what its `Ladder` has learned.
"""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import msgspec

from streamer.errors import Rejected
from streamer.messages import UNREADABLE, Prompt

from . import script
from .llm import AnswerCut, EndpointError, Llm
from .llm.ladder import FORMS, Sampling
from .llm.usage import Usage
from .scanner import Scanner
from .story import Story
from .ways import Ways

WISH = "a red fox runs through a snowy forest at sunset"
COUNT = 3  # keyframes asked for
SAMPLING = Sampling(temperature=0.7, top_p=0.95, seed=7, max_tokens=2048)
SHORT = 8  # tokens, to see whether a limit is kept


@dataclass(slots=True)
class Answer:
    """One answer, and how it came."""

    text: str = ""
    first: float = 0.0  # seconds until its first words
    whole: float = 0.0  # seconds until its end
    usage: Usage = field(default_factory=Usage)
    error: AnswerCut | EndpointError | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of asking in one form."""

    form: str
    refused: bool = False
    frames: int = 0  # keyframes that a film can use
    wrong: str = ""  # why the first object of the others cannot be
    bare: bool = False  # whether the answer is nothing but the JSON asked for
    cut: str = ""  # why it did not end as it should


@dataclass(slots=True)
class Report:
    """All that was found out about one endpoint."""

    models: list[str] | None = None  # None: the server does not list them
    refusal: EndpointError | None = None  # why there is no answer at all
    trials: list[Trial] = field(default_factory=list)  # one for each form up to the one that works
    answer: Answer = field(default_factory=Answer)  # the last one
    limit: str | None = None  # the name of the limit on tokens that it takes
    limit_kept: bool = False
    dropped: frozenset[str] = frozenset()  # fields that it refused
    closing: float = 0.0  # seconds that closing a connection in mid-answer took
    after_closing: float | None = None  # seconds until the first words of the next answer; None: none came

    @property
    def directs(self) -> bool:
        """Whether a film can be made of its answers."""
        return bool(self.trials) and self.trials[-1].frames > 0

    @property
    def each(self) -> float:
        """Seconds that it needs for one description."""
        return self.answer.whole / max(1, self.trials[-1].frames) if self.trials else 0.0


async def probe(llm: Llm, ways: Ways) -> Report:
    """Ask `llm`, which is open. At most three whole answers and two short ones. Never raises for what a server does."""
    report = Report(models=await llm.models())
    prompt = Prompt(id="doctor", stream="doctor", action="play", prompt=WISH)
    request = Story.begin(prompt, 1, ways).request(COUNT)
    messages, schema = script.messages(request), script.schema(request)
    for _ in FORMS:
        answer = report.answer = await _ask(llm, messages, schema, SAMPLING)
        if isinstance(answer.error, EndpointError) and answer.error.finish is None:
            report.refusal = answer.error
            break
        form = answer.usage.form
        tried = [trial.form for trial in report.trials]
        refused = [Trial(above, refused=True) for above in FORMS[: FORMS.index(form)] if above not in tried]
        report.trials += [*refused, _judged(form, answer)]
        if report.directs or form == FORMS[-1]:
            break
        llm.doubt_format(form)
    if report.directs:
        await _interrupt(llm, messages, report)
    report.limit, report.dropped = llm.ladder.limit, llm.ladder.dropped
    return report


async def _ask(llm: Llm, messages: list[dict[str, str]], schema: dict[str, Any] | None, sampling: Sampling) -> Answer:
    answer = Answer()
    begun = time.monotonic()
    texts: list[str] = []
    try:
        async with aclosing(llm.answer(messages, schema, sampling, answer.usage)) as deltas:
            async for text in deltas:
                answer.first = answer.first or time.monotonic() - begun
                texts.append(text)
    except (AnswerCut, EndpointError) as error:
        answer.error = error
    answer.text, answer.whole = "".join(texts), time.monotonic() - begun
    return answer


async def _interrupt(llm: Llm, messages: list[dict[str, str]], report: Report) -> None:
    """Close an answer after its first words, as a steer does, and see how soon the next one begins: a server that goes
    on generating for nobody lets it wait. That next one is to keep to a few tokens."""
    try:
        async with aclosing(llm.answer(messages, None, SAMPLING)) as deltas:
            async for _ in deltas:
                break
            left = time.monotonic()
        report.closing = time.monotonic() - left
    except (AnswerCut, EndpointError):
        return
    short = await _ask(llm, messages, None, Sampling(max_tokens=SHORT))
    report.limit_kept = getattr(short.error, "finish", None) == "length"
    report.after_closing = short.first if short.text else None


def _judged(form: str, answer: Answer) -> Trial:
    """How much of an answer a film could use."""
    frames, wrong = 0, ""
    try:
        for found in Scanner().feed(answer.text):
            try:
                if script.read_notes(found) is None:
                    script.read(found)
                    frames += 1
            except Rejected as why:
                wrong = wrong or str(why)
    except Rejected as why:  # an object or white space without end
        wrong = wrong or str(why)
    try:
        bare = isinstance(msgspec.json.decode(answer.text), dict)
    except UNREADABLE:
        bare = False
    return Trial(form, frames=frames, wrong=wrong, bare=bare, cut=str(answer.error or ""))
