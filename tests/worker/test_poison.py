"""What cannot be read or drawn is set aside with its reason, and the film goes on."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from studio import Grey, P, Studio, assert_unbroken, decoded, described

from engines.base import FrameSpec, Picture, Session
from streamer.bus.base import Record
from streamer.messages import Hold, Resume, encode
from streamer.topics import DESCRIPTIONS, home
from streamer.worker import pacing


async def test_poison_is_set_aside_with_its_reason_and_the_film_goes_on(studio: Studio) -> None:
    await studio.tell(described(0), b"\xff", b'{"type":"description"}', b'{"type":"dance"}', described(1))
    await studio.bus.publish(Record(DESCRIPTIONS, None, encode(described(9)), partition=P))
    await studio.bus.publish(Record(DESCRIPTIONS, "stray", encode(described(9)), partition=P))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.described == 2)
    reasons = [headers["reason"].decode() for _, headers in studio.letters()]
    assert [value for value, _ in studio.letters()][:3] == [b"\xff", b'{"type":"description"}', b'{"type":"dance"}']
    assert "missing required field `epoch`" in reasons[1]
    assert "'dance'" in reasons[2]
    assert reasons[3] == "the key '' is not a stream's id"
    assert reasons[4] == f"stray is at home in partition {home('stray')}, not in {P}"
    assert studio.letters()[1][1]["stage"] == b"worker"
    async with studio.worker():  # its offset was committed with it: it is not met again
        await studio.tell(described(2))
        await studio.until(lambda: studio.state().described == 3)
    assert len(studio.letters()) == 5


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b'{"type":"description","text":"\xff"}', "invalid start byte"), (b'{"x":' + b"[" * 9000, "recursion depth")],
)
async def test_poison_that_breaks_a_decoder_is_poison_like_any_other(studio: Studio, value: bytes, reason: str) -> None:
    await studio.tell(described(0), value, described(1))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.described == 2)
    ((kept, headers),) = studio.letters()
    assert kept == value
    assert reason in headers["reason"].decode()


@pytest.mark.parametrize("where", [0, 1])
async def test_a_description_that_cannot_be_drawn_is_skipped(studio: Studio, where: int) -> None:
    film = [described(n, text="poison" if n == where else "fox") for n in range(3)]
    await studio.tell(*film)
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.rendered >= 1.4)
    ((value, headers),) = studio.letters()
    assert value == encode(film[where])
    assert headers["reason"] == b"grey cannot draw it: RuntimeError('I know no poison')"
    begun = [chunk.description.seq for chunk in studio.chunks() if chunk.description]
    assert begun == [n for n in range(3) if n != where]
    assert_unbroken(studio.chunks())
    assert decoded(studio.items()) == len(studio.chunks())


class Gated(Grey):
    """Has poison in hand until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.met: list[int] = []  # where in each batch
        self.go = threading.Event()

    def render(self, jobs: Sequence[tuple[Session, FrameSpec]]) -> list[Picture]:
        poison = [n for n, (_, spec) in enumerate(jobs) if "poison" in spec.text]
        if poison:
            self.met.append(poison[0])
            self.go.wait(60)
        return super().render(jobs)


@pytest.mark.parametrize("where", [0, 1])
async def test_poison_that_is_in_hand_when_a_hold_comes_is_set_aside_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, where: int
) -> None:
    monkeypatch.setattr(pacing, "BATCH", 1000.0)  # all that is due is one batch, however slow the machine is
    film = [described(n, duration=0.1, text="poison" if n == where else "fox") for n in range(3)]
    await studio.tell(*film)
    engine = Gated()
    async with studio.worker(engine):
        await studio.until(lambda: engine.met)
        assert (engine.met[0] > 0) == (where > 0)  # behind frames that can be drawn
        await studio.tell(Hold(epoch=1, reason="paused"))
        engine.go.set()
        await studio.until(lambda: (state := studio.state()) and state.status == "held")
        assert studio.letters() == []  # not given up yet: it is drawn once more
        await studio.tell(Resume(epoch=1))
        await studio.until(lambda: studio.state().rendered >= 0.29)
    ((value, _),) = studio.letters()
    assert value == encode(film[where])
    begun = [chunk.description.seq for chunk in studio.chunks() if chunk.description]
    assert begun == [n for n in range(3) if n != where]
    assert_unbroken(studio.chunks())


async def test_one_streams_poison_does_not_touch_the_others(studio: Studio) -> None:
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == P)
    await studio.tell(*[described(n, text="poison") for n in range(5)])
    await studio.tell(*[described(n) for n in range(5)], stream=other)
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks(other)) > 30 and len(studio.letters()) >= 5)
    assert studio.chunks() == []
    assert len(studio.letters()) == 5
    assert_unbroken(studio.chunks(other))
