"""Every author learns what became of his wish: by REST and on the socket, with a director at work and without one."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from streamer.broadcaster.messages import Progress
from streamer.broadcaster.wishes import NO_DIRECTOR, UNHEARD
from streamer.bus.base import Record
from streamer.bus.memory import MemoryBus
from streamer.director.service import DirectorService
from streamer.director.storyboard import Storyboard
from streamer.messages import OUTCOMES_HEADER, Outcome, decode_director_state, encode
from streamer.settings import Settings
from streamer.topics import DIRECTOR_STATE, PROMPTS, home

SOON = 60.0
"""Seconds for what should be there in a moment, on a machine with a hundred other things to do."""

PLAY = {"prompt": "a red fox runs", "action": "play"}


class DeafBus(MemoryBus):
    """Takes prompts and loses the acknowledgement, as often as `deaf` says."""

    deaf = 0

    async def publish(self, record: Record) -> tuple[int, int]:
        written = await super().publish(record)
        if record.topic == PROMPTS and self.deaf:
            self.deaf -= 1
            raise TimeoutError
        return written


@contextlib.asynccontextmanager
async def directed(bus: MemoryBus, **options: Any) -> AsyncIterator[None]:
    """A real director on the bus, with the storyboard as its LLM."""
    async with Storyboard(rate=1e6) as url:
        task = asyncio.create_task(DirectorService(bus, Settings(**({"idle": 0} | options)), url).run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=SOON)


async def ended(http: Any, stream: str, id: str, progress: Progress) -> dict[str, Any]:
    """Ask by REST until the wish has come so far."""
    async with asyncio.timeout(SOON):
        while True:
            answer = await http.get(f"/api/streams/{stream}/prompts/{id}")
            if answer.status_code == 200 and answer.json()["progress"] == progress:
                return answer.json()  # type: ignore[no-any-return]
            await asyncio.sleep(0.02)


# Refused


async def test_a_wish_for_which_there_is_no_room_is_refused_with_the_setting_to_change(house) -> None:
    async with directed(house.bus, max_streams=1), house.http() as http, house.watching("second") as person:
        await http.post("/api/streams/main/prompts", json=PLAY | {"id": "first"})
        await ended(http, "main", "first", "directing")
        await http.post("/api/streams/second/prompts", json=PLAY | {"id": "w1"})
        wish = await ended(http, "second", "w1", "refused")
        assert "max_streams" in wish["reason"]
        assert (await person.told("prompt", progress="refused"))["reason"] == wish["reason"]
        assert [film["stream"] for film in (await http.get("/api/streams")).json()["streams"]] == ["main"]
        assert (await http.get("/api/streams/second")).status_code == 404


async def test_a_refusal_is_known_to_a_broadcaster_that_did_not_take_the_wish(house) -> None:
    refusal = [Outcome(id="w1", outcome="refused", reason="no room")]
    headers = [(OUTCOMES_HEADER, encode(refusal))]
    await house.bus.publish(Record(DIRECTOR_STATE, "elsewhere", None, headers=headers))
    async with house.http() as http:
        assert (await ended(http, "elsewhere", "w1", "refused"))["reason"] == "no room"


async def test_outcomes_that_cannot_be_read_are_passed_over(house) -> None:
    await house.bus.publish(Record(DIRECTOR_STATE, "main", None, headers=[(OUTCOMES_HEADER, b"{nonsense")]))
    refusal = encode([Outcome(id="w1", outcome="refused", reason="no room")])
    await house.bus.publish(Record(DIRECTOR_STATE, "main", None, headers=[(OUTCOMES_HEADER, refusal)]))
    async with house.http() as http:
        await ended(http, "main", "w1", "refused")


# Repeated


async def test_a_wish_repeated_after_a_lost_acknowledgement_acts_once(new_house) -> None:
    bus = DeafBus()
    async with new_house(bus) as house, house.http() as http:
        bus.deaf = 1
        answer = await http.post("/api/streams/main/prompts", json=PLAY | {"id": "w1"})
        assert answer.status_code == 503
        assert "w1" in answer.json()["error"]["message"], "by which name it can be repeated"
        again = await http.post("/api/streams/main/prompts", json=PLAY | {"id": "w1"})
        assert (again.status_code, again.json()["progress"]) == (202, "accepted")
        # This broadcaster may have heard by now that it did arrive; another one may not, and writes it again.
        first = bus.log(PROMPTS, home("main")).read(0, 1 << 20)[0][0]
        await bus.publish(Record(PROMPTS, "main", first.value, first.headers))
        async with directed(bus):
            wish = await ended(http, "main", "w1", "directing")
            state = decode_director_state(bus.log(DIRECTOR_STATE, home("main")).newest()["main"])
            assert [(o.id, o.outcome, o.epoch) for o in state.outcomes] == [("w1", "taken", wish["epoch"])]


async def test_a_name_that_the_caller_did_not_give_is_told_with_the_failure(new_house) -> None:
    bus = DeafBus()
    async with new_house(bus) as house, house.http() as http:
        bus.deaf = 1
        failed = await http.post("/api/streams/main/prompts", json=PLAY)
        id = dict(bus.log(PROMPTS, home("main")).read(0, 1 << 20)[0][0].headers)["id"].decode()
        assert f"with the id {id}" in failed.json()["error"]["message"]


# Unheard


async def test_without_a_director_the_page_and_rest_say_that_nobody_took_the_wish_up(house) -> None:
    async with house.http() as http, house.watching() as person:
        await http.post("/api/streams/main/prompts", json=PLAY | {"id": "w1"})
        await person.told("prompt", progress="accepted", reason="")
        house.hub.sweep(time.monotonic() + UNHEARD, 0.0)  # as the clock does once a second
        assert (await person.told("prompt", progress="accepted"))["reason"] == NO_DIRECTOR
        wish = (await http.get("/api/streams/main/prompts/w1")).json()
        assert (wish["progress"], wish["reason"]) == ("accepted", NO_DIRECTOR)
