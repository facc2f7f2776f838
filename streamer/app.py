"""The wiring: which services run in this process, on which bus, with which LLM and engine.

The only place that knows of all of them, and, with the `storyboard` setting, of the built-in LLM endpoint.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable

import msgspec

from . import metrics
from .asking import options_of
from .broadcaster.service import BroadcasterService
from .bus import kafka_servers, open_bus
from .bus.base import Bus, Record
from .director.llm.endpoints import Endpoints
from .director.service import DirectorService
from .director.storyboard import Storyboard
from .engine import engine_of
from .errors import UserError
from .messages import decode_director_state, encode
from .readiness import Readiness
from .settings import Settings
from .shards import Shards
from .topics import DIRECTOR_STATE, PROMPTS, home
from .worker.service import WorkerService

log = logging.getLogger(__name__)

FIRST_FILM = "a red fox runs through a forest at sunset"
"""What `streamer up` plays when nobody has said anything yet."""


def bus_of(settings: Settings) -> Bus:
    """The bus of these settings, not yet open."""
    return open_bus(
        settings.bus, prefix=settings.topic_prefix, partitions=settings.partitions, instance=settings.instance
    )


@contextlib.asynccontextmanager
async def stage_bus(settings: Settings) -> AsyncIterator[Bus]:
    """The open bus of a stage. On Kafka its topics are there: a consumer would hang on a missing one.

    Raises `UserError` when no broker answers, and for topics that are not as they should be.
    """
    if settings.bus != "memory":
        await _make_topics(settings)
    async with bus_of(settings) as bus:
        yield bus


async def _make_topics(settings: Settings) -> None:
    from .bus.admin import create_topics

    findings = await create_topics(kafka_servers(settings.bus), settings.topic_prefix, settings.partitions)
    for finding in findings:
        for remark in finding.remarks:
            log.warning("%s: %s", finding.name, remark)


def apart(settings: Settings) -> Settings:
    """The same settings, for a service that runs in a process of its own. Raises `UserError` where nobody shares its
    bus."""
    if settings.bus == "memory":
        raise UserError("one service alone needs a bus that others share: give --bus kafka://HOST:PORT, or run `up`")
    return settings


def _plain(settings: Settings) -> Settings:
    """The same settings. Raises `UserError` for one of the broadcaster's that would do nothing, and be relied upon."""
    if "guard" in settings.model_fields_set and not settings.token_key:
        raise UserError("--guard says what needs a token, and without --token-key nothing does: give a secret as well")
    return settings


@contextlib.asynccontextmanager
async def llm_of(settings: Settings) -> AsyncIterator[str | None]:
    """The base URL of our own endpoint, which lives as long as the context; None where the settings do not name it."""
    if "storyboard" in settings.llm:
        async with Storyboard() as url:
            yield url
    else:
        yield None


async def director(settings: Settings) -> None:
    """`streamer director`: one director against the bus."""
    readiness = Readiness()
    with metrics.served(settings.metrics_port, readiness):
        async with llm_of(settings) as url, stage_bus(apart(settings)) as bus:
            log.info(
                "director: asks %s, reads %sprompts on %s", " ".join(settings.llm), settings.topic_prefix, settings.bus
            )
            service = DirectorService(bus, settings, url)
            readiness.at("ready")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(service.run(), name="director")
                tasks.create_task(_assured(service.llm), name="llm-check")


async def _assured(llm: Endpoints) -> None:
    """Ask each endpoint for a single token, while everything else begins.

    Raises `UserError` where all of them refuse for good: a wrong key, a model that is not there, no LLM's URL. One that
    is only away may come back: stand-ins carry the films on until then.
    """
    findings = await llm.check()
    for finding in findings:
        if finding.reason:
            log.warning("LLM: %s", finding.reason)
    if all(finding.permanent for finding in findings):
        raise UserError("; ".join(finding.reason for finding in findings))


async def worker(settings: Settings) -> None:
    """`streamer worker`: one worker against the bus."""
    readiness = Readiness()
    with metrics.served(settings.metrics_port, readiness), engine_of(settings) as engine:
        async with stage_bus(apart(settings)) as bus:
            log.info("worker: draws for %s with %s", settings.bus, settings.engine)
            await WorkerService(bus, engine, settings, readiness).run()


async def broadcaster(settings: Settings) -> None:
    """`streamer broadcaster`: one broadcaster against the bus, in as many processes as the settings say."""

    def started(url: str) -> None:
        print(f"watching at {url}", flush=True)

    if apart(_plain(settings)).processes > 1:
        shards = Shards(settings)
        await _make_topics(settings)
        await shards.run(started)
    else:
        async with stage_bus(settings) as bus:
            await BroadcasterService(bus, settings).run(started)


async def shard(settings: Settings, number: int, started: Callable[[str], None]) -> None:
    """One process of several that share a port; `number` from 0."""
    async with bus_of(settings) as bus:
        await BroadcasterService(bus, settings, shard=number).run(started)


async def up(settings: Settings) -> None:
    """`streamer up`: all three services in this process."""
    ready = asyncio.Event()

    def started(url: str) -> None:
        print(f"\n  The film plays at  {url}\n\n  Ctrl-C ends it.\n", flush=True)
        ready.set()

    if settings.processes > 1:
        raise UserError("`up` is one process: for --processes run director, worker and broadcaster, over Kafka")
    readiness = Readiness()
    with engine_of(_plain(settings)) as engine:
        async with llm_of(settings) as url, stage_bus(settings) as bus, asyncio.TaskGroup() as services:
            directing = DirectorService(bus, settings, url)
            services.create_task(directing.run(), name="director")
            services.create_task(_assured(directing.llm), name="llm-check")
            services.create_task(WorkerService(bus, engine, settings, readiness).run(), name="worker")
            services.create_task(BroadcasterService(bus, settings, readiness).run(started), name="broadcaster")
            await ready.wait()
            words = settings.prompt or (None if await _plays(bus, settings) else FIRST_FILM)
            if words:
                await bus.publish(prompt_record(settings, words))


def prompt_record(settings: Settings, words: str, action: str | None = None) -> Record:
    """A prompt of this command line for the topic."""
    asked = msgspec.structs.asdict(options_of(settings))
    body = {
        "prompt": words,
        "action": action,
        "options": {name: value for name, value in asked.items() if value is not None},
    }
    return Record(
        PROMPTS,
        settings.stream,
        encode({name: value for name, value in body.items() if value}),
        headers=[("id", f"{int(time.time()):x}-{uuid.uuid4().hex[:8]}".encode())],
    )


async def _plays(bus: Bus, settings: Settings) -> bool:
    """Whether the stream has a story in progress, playing or held."""
    status = "ended"
    key = settings.stream.encode()
    async with bus.tail(DIRECTOR_STATE, partitions=[home(settings.stream, bus.partitions)]) as tail:
        while not tail.caught_up:
            for record in await tail.records(0.2):
                if record.key == key:
                    status = decode_director_state(record.value).status if record.value else "ended"
    return status != "ended"
