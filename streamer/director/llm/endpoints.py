"""Several LLM endpoints in order of preference: one question, answered by the first that can.

A thin skin on `retry.Rota`, which decides, and `Llm`, which asks. Once words have come, an answer stays where it is:
what was published of it is a fact, and the next question may go elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

from streamer import metrics
from streamer.errors import UserError
from streamer.settings import Settings

from .client import AnswerCut, EndpointError, Llm, Sampling, Usage
from .retry import Rota

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for an endpoint to show life at start-up
GREETING = [{"role": "user", "content": "Say yes."}]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an endpoint said at start-up."""

    endpoint: str  # for people
    reason: str = ""  # why it does not answer; "": it does
    permanent: bool = False  # it will not, until a person changes something


class Endpoints:
    """Answers as `Llm` does, and is opened as it is. `llms` are in order of preference; at least one."""

    def __init__(self, llms: Sequence[Llm]) -> None:
        self._llms = tuple(llms)
        self._rota = Rota(len(self._llms))
        self._labels = [f"{llm.model} at {llm.url}" for llm in self._llms]  # a name may be learned later
        self._last = 0  # who answered last
        self._reason = ""

    async def __aenter__(self) -> Endpoints:
        async with AsyncExitStack() as stack:
            for llm in self._llms:
                await stack.enter_async_context(llm)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()

    @property
    def llms(self) -> tuple[Llm, ...]:
        return self._llms

    @property
    def name(self) -> str:
        """Who answered last, for people."""
        return self._llms[self._last].name

    @property
    def open(self) -> bool:
        """Whether all are taken to be down."""
        return self._rota.open

    @property
    def reason(self) -> str:
        """Why none answers, for people; "" while one does."""
        return self._reason if self.open else ""

    def wait(self, now: float) -> float:
        """Seconds until any may be asked. A look: it grants nothing."""
        return self._rota.wait(now)

    def useful(self) -> None:
        """A description of the last answer was published."""
        self._rota.useful(self._last)

    def doubt_format(self) -> None:
        """The last answer was complete and held no object: it is asked for in another form, or of another endpoint."""
        self._llms[self._last].doubt_format()
        self._rota.useless(self._last, time.monotonic())
        self._show(self._last)

    async def answer(
        self,
        messages: list[dict[str, str]],
        schema: dict[str, Any] | None,
        sampling: Sampling = Sampling(),  # noqa: B008  frozen
        usage: Usage | None = None,
    ) -> AsyncGenerator[str, None]:
        """As `Llm.answer`, of the first endpoint that is not resting and speaks. Close it (`contextlib.aclosing`).

        Raises `EndpointError` when none does: permanent if all refuse for good, else with the shortest of their waits.
        """
        tried: set[int] = set()
        errors: list[EndpointError] = []
        while (which := self._rota.take(time.monotonic(), tried)) is not None:
            tried.add(which)
            spoken = False
            try:
                async with aclosing(self._llms[which].answer(messages, schema, sampling, usage)) as texts:
                    async for text in texts:
                        if not spoken:
                            spoken = True
                            self._spoke(which)
                        yield text
                return
            except EndpointError as error:
                self._refused(which, error)
                errors.append(error)
            except AnswerCut:
                self._rota.useless(which, time.monotonic())
                self._show(which)
                raise
        raise self._none(errors)

    async def check(self) -> list[Finding]:
        """Ask each for one token, all at once: what is wrong is known before the first film. Never raises."""
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._greet(which)) for which in range(len(self._llms))]
        return [task.result() for task in asked]

    async def _greet(self, which: int) -> Finding:
        llm = self._llms[which]
        try:
            async with (
                asyncio.timeout(PATIENCE),
                aclosing(llm.answer(GREETING, None, Sampling(max_tokens=1))) as texts,
            ):
                async for _ in texts:
                    break
        except AnswerCut:
            return Finding(llm.name)
        except (TimeoutError, EndpointError) as error:
            if isinstance(error, EndpointError) and error.finish is not None:  # its one token was a thought
                return Finding(llm.name)
            if isinstance(error, TimeoutError):
                return Finding(llm.name, f"{llm.url} said nothing within {PATIENCE:g} s")
            if error.permanent:  # a fault that passes may have passed when the first film is asked for
                self._refused(which, error)
            return Finding(llm.name, str(error), error.permanent)
        return Finding(llm.name)

    def _spoke(self, which: int) -> None:
        self._rota.spoke(which)
        if which != self._last:
            log.warning("%s answers now, no longer %s", self._llms[which].name, self.name)
            self._last = which
        self._show(which)

    def _refused(self, which: int, error: EndpointError) -> None:
        self._rota.refused(which, time.monotonic(), permanent=error.permanent, retry_after=error.retry_after)
        self._show(which)
        if len(self._llms) > 1:
            log.warning("%s does not answer: %s", self._llms[which].name, error)

    def _none(self, errors: list[EndpointError]) -> EndpointError:
        if errors:
            self._reason = "; ".join(str(error) for error in errors)
            waits = [error.retry_after for error in errors if error.retry_after is not None]
            return EndpointError(
                self._reason,
                retry_after=min(waits) if waits else None,
                permanent=len(errors) == len(self._llms) and all(error.permanent for error in errors),
            )
        rest = self.wait(time.monotonic())
        return EndpointError(f"every endpoint rests, for {rest:.1f} s at least: {self._reason}", retry_after=rest)

    def _show(self, which: int) -> None:
        metrics.endpoint_open.labels(self._labels[which]).set(self._rota.breakers[which].open)


def endpoints_of(settings: Settings, storyboard_url: str | None) -> Endpoints:
    """The endpoints that the settings name, not yet open. Raises `UserError`.

    `storyboard_url` is where the built-in one is; the settings name it "storyboard".
    """
    urls, models, keys = settings.llm, settings.model, settings.keys
    for option, values in (("--model", models), ("--api-key", keys)):
        if len(values) not in (1, len(urls)):
            given = f"{len(values)} given for {len(urls)} servers of --llm"
            raise UserError(f"{option}: {given}; give one, or one for each")
    llms = []
    for n, url in enumerate(urls):
        if url == "storyboard":
            if storyboard_url is None:
                raise UserError("--llm storyboard: it is not running in this process")
            url = storyboard_url
        llms.append(
            Llm(
                url,
                model=models[n % len(models)],
                key=keys[n % len(keys)],
                first=settings.first_token_timeout,
                between=settings.token_timeout,
                whole=settings.answer_timeout,
            )
        )
    return Endpoints(llms)
