"""What cannot be read or drawn is set aside with its reason, and the film goes on."""

from __future__ import annotations

import pytest
from studio import P, Studio, assert_unbroken, decoded, described

from streamer.bus.base import Record
from streamer.messages import encode
from streamer.topics import DESCRIPTIONS, home


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


async def test_one_streams_poison_does_not_touch_the_others(studio: Studio) -> None:
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == P)
    await studio.tell(*[described(n, text="poison") for n in range(5)])
    await studio.tell(*[described(n) for n in range(5)], stream=other)
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks(other)) > 30 and len(studio.letters()) >= 5)
    assert studio.chunks() == []
    assert len(studio.letters()) == 5
    assert_unbroken(studio.chunks(other))
