"""Who watches: those who read, those who stall, those who flap; and all of them leaving at once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable

from .delays import Delays
from .guest import Guest
from .house import House
from .judge import Judge
from .witness import Ledger, Witness

JOIN_PATIENCE = 60.0
"""Seconds for the first keyframe; without it by then somebody was not served."""

SMALL_BYTES = 16 << 10
"""What the kernel of some of those who stall holds for them; for the others it is megabytes."""

STALL = (2.0, 45.0)
"""Seconds that a stall takes, from and to: some end in time, some with 1013."""

COMEBACK = 2.0
"""Seconds within which all come back after a storm."""


class Crowd:
    """`count` people in front of a house: a tenth stalls, a tenth flaps, the others read. The pictures of `sample` of
    them, as many of each kind, are decoded."""

    def __init__(self, house: House, judge: Judge, ledger: Ledger, count: int, sample: int) -> None:
        self.house = house
        self.ledger = ledger
        self.kinds: Counter[str] = Counter()
        self.arrival = Delays()  # from when a frame was due to its being with one who reads
        self.join = Delays()  # from socket open to the first keyframe
        self.lag = Delays()  # of this process itself: what of `arrival` may be its own
        self._judge = judge
        self._count = count
        self._sample = sample
        self._readers: dict[int, Guest] = {}

    async def run(self) -> None:
        """Until cancelled; then everyone leaves."""
        lives = {"stalled": self._stall, "flapping": self._flap, "reading": self._read}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._feel())
            for n in range(self._count):
                kind = "stalled" if n % 10 == 1 else "flapping" if n % 10 == 2 else "reading"
                judged = self.kinds[kind] < self._sample // 3
                self.kinds[kind] += 1
                tasks.create_task(lives[kind](n, judged))

    def storm(self) -> int:
        """All who read leave at once, every other one rudely, and come back within `COMEBACK`. Returns how many."""
        for number, guest in enumerate(self._readers.values()):
            guest.bolt() if number % 2 else guest.bow()
        return len(self._readers)

    # Lives

    async def _read(self, n: int, judged: bool) -> None:
        await asyncio.sleep(random.uniform(0, COMEBACK))
        while True:
            guest = await self._come("reading", n, judged)
            if guest is None:
                continue
            self._readers[n] = guest
            try:
                await guest.gone.wait()
            finally:
                del self._readers[n]
                guest.bolt()
            if not guest.leaving:
                self.ledger.counts[f"readers closed, {guest.code}"] += 1
            await asyncio.sleep(random.uniform(0, COMEBACK))

    async def _stall(self, n: int, judged: bool) -> None:
        while True:
            guest = await self._come("stalled", n, judged, receive_bytes=SMALL_BYTES if n % 20 == 1 else 0)
            try:
                while guest is not None and not guest.gone.is_set():
                    guest.stall()
                    await asyncio.sleep(random.uniform(*STALL))
                    self.ledger.counts["stalls"] += 1
                    guest.go_on()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(guest.gone.wait(), random.uniform(2, 6))
                        self.ledger.counts[f"stalled closed, {guest.code or 'reset'}"] += 1
            finally:
                if guest is not None:
                    guest.bolt()

    async def _flap(self, n: int, judged: bool) -> None:
        while True:
            guest = await self._come("flapping", n, judged)
            if guest is None:
                continue
            try:
                await asyncio.sleep(random.uniform(1, 10))
                if random.random() < 0.5:
                    guest.bow()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(guest.gone.wait(), JOIN_PATIENCE)
            finally:
                guest.bolt()
            self.ledger.counts["flaps"] += 1
            await asyncio.sleep(random.uniform(0, 1))

    async def _come(self, kind: str, n: int, judged: bool, *, receive_bytes: int = 0) -> Guest | None:
        """One who has seen a first keyframe; None, and a fault, where that did not come."""
        name = f"{kind} {n}"
        witness = Witness(name, self.house.film, self.ledger, self._judge.of(n) if judged else None)
        guest = Guest(witness)
        if kind == "reading":
            guest.arrived = self._timed(guest)
        try:
            await guest.come(self.house.port, receive_bytes=receive_bytes)
            await asyncio.wait_for(guest.joined.wait(), JOIN_PATIENCE)
        except (OSError, TimeoutError) as error:
            self.ledger.fault(f"{name}: did not get in: {type(error).__name__} {error}")
        except asyncio.CancelledError:
            guest.bolt()
            raise
        if guest.joined_at:
            self.join.add(guest.joined_at - guest.began_at)
            return guest
        self.ledger.fault(f"{name}: no keyframe; status {guest.status}, close code {guest.code}")
        guest.bolt()
        await asyncio.sleep(1)
        return None

    # Clocks

    def _timed(self, guest: Guest) -> Callable[[int, float], None]:
        def arrived(n: int, now: float) -> None:
            due = self.house.due_at(n)
            if due > guest.joined_at:  # what it was sent to begin with was due earlier
                self.arrival.add(now - due)

        return arrived

    async def _feel(self) -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            self.lag.add(time.monotonic() - begun - 0.01)
