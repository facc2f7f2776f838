"""Workers follow each other: a film goes on without gap or repeat, whoever left and however."""

from __future__ import annotations

from studio import Grey, P, Studio, assert_unbroken, decoded, described

from streamer.messages import EndOfStory, Hold, Resume
from streamer.topics import DESCRIPTIONS, home
from streamer.video import InitSegment


async def test_a_held_film_is_carried_over_and_does_not_pin_its_partition(studio: Studio) -> None:
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == P)
    await studio.tell(described(0), described(1), Hold(epoch=1, reason="paused"), described(2))
    await studio.tell(described(0, text="other"), stream=other)
    async with studio.worker():
        await studio.until(lambda: studio.chunks(other) and studio.state() is not None)
    assert studio.consumed() == studio.bus.log(DESCRIPTIONS, P).end
    async with studio.worker():
        await studio.tell(described(2), described(3), Resume(epoch=1))
        await studio.until(lambda: (state := studio.state()) and state.rendered >= 1.99)
    begun = [chunk.description.seq for chunk in studio.chunks() if chunk.description]
    assert begun == [0, 1, 2, 3]
    assert studio.state().backlog == ()


async def test_a_held_film_is_carried_over_also_when_its_neighbour_pinned_the_partition_first(studio: Studio) -> None:
    other = next(f"s{n}" for n in range(1000) if home(f"s{n}") == P)
    await studio.tell(described(0, duration=2.0), described(1), stream=other)
    await studio.tell(described(0), described(1), described(2), Hold(epoch=1, reason="paused"))
    async with studio.worker():
        await studio.until(lambda: studio.chunks(other) and studio.consumed() == studio.bus.log(DESCRIPTIONS, P).end)
    async with studio.worker():
        await studio.tell(Resume(epoch=1))
        await studio.until(lambda: studio.state().rendered >= 1.49)
    assert [chunk.description.seq for chunk in studio.chunks() if chunk.description] == [0, 1, 2]


async def test_what_is_told_to_a_held_film_is_carried_over_too(studio: Studio) -> None:
    await studio.tell(described(0), Hold(epoch=1, reason="paused"))
    async with studio.worker():
        await studio.until(lambda: (state := studio.state()) and state.status == "held")
        await studio.tell(described(1), described(2))
        await studio.until(lambda: studio.consumed() == studio.bus.log(DESCRIPTIONS, P).end)
    async with studio.worker():
        await studio.tell(Resume(epoch=1))
        await studio.until(lambda: studio.state().rendered >= 1.49)
    assert [chunk.description.seq for chunk in studio.chunks() if chunk.description] == [0, 1, 2]


async def test_a_stopped_worker_comes_back_and_goes_on_without_gap_or_repeat(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(20)])
    for wanted in (10, 30, 50, 70):
        async with studio.worker():
            await studio.until(lambda wanted=wanted: len(studio.chunks()) > wanted)
    items, chunks = studio.items(), studio.chunks()
    assert_unbroken(chunks)
    assert decoded(items) == len(chunks)
    inits = [item for item in items if isinstance(item, InitSegment)]
    assert len(inits) == 4  # one for every ownership,
    assert {item.generation for item in inits} == {1}  # of the same bytes
    begun = [chunk.description.seq for chunk in chunks if chunk.description]
    assert begun == list(range(len(begun)))


async def test_a_crash_at_any_step_of_a_commit_leaves_no_gap_and_no_repeat(studio: Studio) -> None:
    steps = [None, "begin", None, "outputs", None, None, "states", "offsets", None, "end"] * 3

    def trace(session: object, step: str) -> None:
        if step == "begin":
            trace.crash_at = steps.pop(0) if steps else None  # type: ignore[attr-defined]
        if trace.crash_at == step:  # type: ignore[attr-defined]
            raise RuntimeError("the broker went away")

    await studio.tell(*[described(n) for n in range(20)])
    studio.bus.trace = trace
    engine = Grey()
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) > 60 and not steps)  # all tried
    chunks = studio.chunks()
    assert_unbroken(chunks)
    assert decoded(studio.items()) == len(chunks)


async def test_a_vanished_worker_is_replaced_by_the_other(studio: Studio) -> None:
    await studio.tell(*[described(n) for n in range(20)])
    async with studio.worker(), studio.worker():
        for wanted in (10, 40):
            await studio.until(lambda wanted=wanted: len(studio.chunks()) > wanted)
            (group,) = studio.bus._groups.values()
            owner = next(member.sessions[P] for member in group.members if P in member.sessions)
            if len(group.members) > 1:
                studio.bus.crash(owner)
        await studio.until(lambda: len(studio.chunks()) > 60)
    assert_unbroken(studio.chunks())
    assert decoded(studio.items()) == len(studio.chunks())


async def test_a_worker_that_was_away_begins_with_the_newest_epoch(studio: Studio) -> None:
    """As after 60 s of standing still: the backlog of the old epoch is there, and behind it a steer."""
    await studio.tell(*[described(n) for n in range(4)])
    async with studio.worker():
        await studio.until(lambda: len(studio.chunks()) > 5)
    seen = len(studio.chunks())
    await studio.tell(*[described(n) for n in range(4, 60)], described(0, epoch=2), described(1, epoch=2))
    engine = Grey()
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) > seen + 5)
    assert studio.chunks()[seen].epoch == 2
    assert all(text.startswith("fox 2.") for _, text in engine.drawn)
    assert_unbroken(studio.chunks())


async def test_a_partition_that_returns_unchanged_keeps_its_engine_session(studio: Studio) -> None:
    await studio.tell(described(0), Hold(epoch=1, reason="paused"))
    await studio.tell(described(0, epoch=1))
    engine = Grey()

    def fail_once(session: object, step: str) -> None:
        if step == "begin":
            studio.bus.trace = None
            raise RuntimeError("the broker went away")

    await studio.tell(Resume(epoch=1))
    async with studio.worker(engine):
        await studio.until(lambda: len(studio.chunks()) > 5)
        await studio.tell(Hold(epoch=1, reason="paused"))
        await studio.until(lambda: studio.state().status == "held")
        studio.bus.trace = fail_once
        await studio.tell(b"poison")  # something to commit, while the film stands
        await studio.until(studio.letters)
        await studio.tell(Resume(epoch=1))
        stood = len(studio.chunks())
        await studio.until(lambda: len(studio.chunks()) > stood + 3)
        assert engine.opened == ["main"]
    assert_unbroken(studio.chunks())
    assert decoded(studio.items()) == len(studio.chunks())


async def test_an_end_that_was_committed_but_not_confirmed_closes_the_engine_session(studio: Studio) -> None:
    def fail_once(session: object, step: str) -> None:
        if step == "end" and studio.state().status == "ended":
            studio.bus.trace = None
            raise RuntimeError("the broker went away")

    engine = Grey()
    await studio.tell(described(0))
    async with studio.worker(engine):
        await studio.until(studio.chunks)
        studio.bus.trace = fail_once
        await studio.tell(EndOfStory(epoch=2, seq=0))
        await studio.until(lambda: engine.closed == ["main"])
    assert studio.bus.trace is None
