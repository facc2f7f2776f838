"""Viewers come and go by the hundred at once: everyone gets in, everyone is forgotten, nobody harms the others."""

from __future__ import annotations

import asyncio
import socket
import sys

import pytest
from films import film, init

from tools.bench import storm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors by /proc")


@pytest.mark.timeout(240)
def test_a_storm_of_joins_and_of_departures_leaves_nothing_behind():
    storm.raise_file_limit()
    with asyncio.Runner() as runner:
        findings = runner.run(storm.measure(300, 1.0, 2))
    assert findings.broken == []
    reset, goodbye = findings.rounds
    assert (reset.manner, goodbye.manner) == ("reset", "goodbye")
    for round in findings.rounds:
        assert round.join.steps.total() == 300, "everyone joined"
        assert round.later.steps.total() == storm.STRAGGLERS, "so did those who came when it was over"


async def test_who_hangs_up_without_a_goodbye_while_bytes_wait_for_it_takes_no_pictures_from_the_others(house, new_raw):
    await house.show(init(), *film(1))
    await house.shown(0)
    rude = new_raw(house, rcvbuf=4096)  # enters the room first, so that it is written to first
    await house.until(lambda: house.hub.viewers == 1)
    async with house.watching() as other:
        assert [frame.seq for frame in await other.frames(1)] == [0]
        chunks = [*film(90, size=40_000)]
        await house.show(*chunks[1:60])
        await house.until(lambda: next(iter(house.hub.room("main").viewers)).behind, "bytes wait in this process")
        rude.shutdown(socket.SHUT_WR)
        await house.until(lambda: house.hub.viewers == 1, "it is not written to any more")
        await house.show(*chunks[60:])
        assert [frame.seq for frame in await other.frames(89)] == [*range(1, 90)]
    rude.close()
