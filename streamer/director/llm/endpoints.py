"""Several LLM endpoints in order of preference: one question, answered by the first that can.

A thin skin on `retry.Rota`, which decides, and `Llm`, which asks. Once words have come, an answer stays where it is:
what was published of it is a fact, and the next question may go elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from typing import Any

from streamer import metrics
from streamer.errors import UserError
from streamer.settings import Settings

from .client import Llm
from .connection import private
from .failure import EndpointError
from .ladder import Sampling
from .refusal import NO_KEY
from .retry import Rota
from .usage import Usage

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds for an endpoint to show life at start-up
FAULTS = "storyboard?"  # a model name that begins so asks our storyboard for faults (`faults.demand`)
GREETING = [{"role": "user", "content": "Say yes."}]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an endpoint said at start-up."""

    reason: str = ""  # why it does not answer; "": it does
    permanent: bool = False  # it will not, until a person changes something


class Endpoints:
    """Answers as `Llm` does, and is opened as it is. `llms` are in order of preference; at least one.

    Many films ask at the same time: what an answer was good for is said with the `Usage` that was passed to it.
    """

    def __init__(self, llms: Sequence[Llm]) -> None:
        self._llms = tuple(llms)
        self._rota = Rota(len(self._llms))
        self._labels = [f"{llm.model} at {llm.url}" for llm in self._llms]  # a name may be learned later
        self._last = 0  # who answered last
        self._reasons = [""] * len(self._llms)  # why each gave no word last

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

    def wait(self, now: float) -> float:
        """Seconds until any may be asked. A look: it grants nothing."""
        return self._rota.wait(now)

    def useful(self, usage: Usage) -> None:
        """A description of that answer was published."""
        self._rota.useful(usage.which)

    def useless(self, usage: Usage) -> None:
        """Nothing of that answer could be published."""
        self._rota.useless(usage.which, time.monotonic())
        self._show(usage.which)

    def doubt_format(self, usage: Usage) -> None:
        """Answers like that one hold nothing: the next is asked for in another form, where that is not done already."""
        self._llms[usage.which].doubt_format(usage.form)

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
        refused: dict[int, EndpointError] = {}
        while (which := self._rota.take(asked := time.monotonic(), refused)) is not None:
            if usage is not None:
                usage.which = which
            spoken = False
            try:
                async with aclosing(self._llms[which].answer(messages, schema, sampling, usage)) as texts:
                    async for text in texts:
                        if not spoken:
                            spoken = True
                            self._spoke(which)
                        yield text
            except EndpointError as error:
                self._refused(which, asked, error)
                refused[which] = error
            except BaseException:  # cut, or the film wants something else now
                if not spoken:
                    self._rota.left(which, time.monotonic(), asked=asked)
                raise
            else:
                if not spoken:  # complete, and empty
                    self._spoke(which)
                return
        raise self._none(refused)

    async def check(self) -> list[Finding]:
        """Ask each for one token, all at once: what is wrong is known before the first film. Never raises."""
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._greet(which)) for which in range(len(self._llms))]
        return [task.result() for task in asked]

    async def _greet(self, which: int) -> Finding:
        llm = self._llms[which]
        if llm.model.startswith(FAULTS):  # they are for films
            return Finding()
        asked = time.monotonic()
        try:
            async with (
                asyncio.timeout(PATIENCE),
                aclosing(llm.answer(GREETING, None, Sampling(max_tokens=1))) as texts,
            ):
                async for _ in texts:
                    break
        except TimeoutError:
            return Finding(f"{llm.url} said nothing within {PATIENCE:g} s")
        except EndpointError as error:
            if error.finish is not None:  # its one token was a thought
                return Finding()
            if error.permanent:  # a fault that passes may have passed when the first film is asked for
                self._refused(which, asked, error)
            return Finding(str(error), error.permanent)
        return Finding()

    def _spoke(self, which: int) -> None:
        self._rota.spoke(which)
        if which != self._last:
            log.warning("%s answers now, no longer %s", self._llms[which].name, self.name)
            self._last = which
        self._show(which)

    def _refused(self, which: int, asked: float, error: EndpointError) -> None:
        now, permanent = time.monotonic(), error.permanent
        self._rota.refused(which, now, asked=asked, permanent=permanent, retry_after=error.retry_after)
        self._reasons[which] = str(error)
        self._show(which)
        if len(self._llms) > 1:
            log.warning("%s does not answer: %s", self._llms[which].name, error)

    def _none(self, refused: Mapping[int, EndpointError]) -> EndpointError:
        """What those who `refused` a question come to, together with those who rest and were not asked it."""
        now = time.monotonic()
        if not refused:
            rest, reasons = self.wait(now), "; ".join(filter(None, self._reasons))
            return EndpointError(f"every endpoint rests, for {rest:.1f} s at least: {reasons}", retry_after=rest)
        waits = [breaker.wait(now) for breaker in self._rota.breakers]
        for which, error in refused.items():
            waits[which] = max(waits[which], error.retry_after or 0.0)
        return EndpointError(
            "; ".join(str(error) for error in refused.values()),
            retry_after=min(waits) or None,
            permanent=len(refused) == len(self._llms) and all(error.permanent for error in refused.values()),
        )

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
    ambient = not settings.api_key  # the environment's key is for OpenAI, or whoever else is named in its place
    for n, url in enumerate(urls):
        if url == "storyboard":
            if storyboard_url is None:
                raise UserError("--llm storyboard: it is not running in this process")
            url = storyboard_url
        key = keys[n % len(keys)]
        if ambient and key != NO_KEY and not private(url):
            log.warning("%s gets no key: OPENAI_API_KEY is not sent unencrypted; --api-key is", url)
            key = NO_KEY
        llms.append(
            Llm(
                url,
                model=models[n % len(models)],
                key=key,
                first=settings.first_token_timeout,
                between=settings.token_timeout,
                whole=settings.answer_timeout,
            )
        )
    return Endpoints(llms)
