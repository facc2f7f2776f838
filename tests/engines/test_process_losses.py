"""When the process of an engine comes to grief: the film goes on, poison is found, and what is hopeless is given up."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from spawning import QUICK, SHOT, Make, children, drawn, frame, ignored

from engines.base import MAX_SNAPSHOT, Shot
from engines.errors import EngineError, NotDrawn, OutOfMemory
from engines.process import ProcessEngine

ONE = (1,)
"""The smallest batches: there is nothing smaller to try."""

# The film goes on


@pytest.mark.parametrize("what", ["die 1", "hang 1", "break 1", "fill 1", "cuda 1", "cublas 1"])
def test_a_film_goes_on_over_a_death_a_hang_a_broken_device_and_a_full_memory(make: Make, what: str) -> None:
    engine, said = make(patience=replace(QUICK, first=1.0)), []
    engine.prepare(said.append)
    session, other = engine.open(SHOT), engine.open(SHOT)
    assert drawn(engine, (session, frame()), (session, frame()), (other, frame())) == [1, 2, 1]
    del said[:]
    assert drawn(engine, (session, frame()), (session, frame(what)), (other, frame())) == [3, 4, 2]
    assert engine.counts()["restarts"] == 1
    assert said[0].startswith("starting anew: ")
    full = what.split()[0] in ("fill", "cuda", "cublas")
    assert said[1:] == ["loading weights", f"warming up {(1, 2, 4) if full else (1, 2, 4, 8)}", ""]


def test_a_child_that_was_killed_between_two_frames_is_replaced(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    sessions = [engine.open(SHOT)]
    assert drawn(engine, (sessions[0], frame())) == [1]
    children()[0].kill()
    sessions.append(engine.open(SHOT))
    children()[0].kill()
    assert drawn(engine, *[(session, frame()) for session in sessions]) == [2, 1]
    children()[0].kill()
    sessions[0].close()
    sessions[1].restore(b"7")
    assert drawn(engine, (sessions[1], frame())) == [8]
    assert engine.counts()["restarts"] == 3


def test_a_hang_is_noticed_soon_once_pictures_were_drawn_but_a_first_call_may_take_its_time(make: Make) -> None:
    engine = make(patience=replace(QUICK, first=600.0, render=1.0))
    engine.prepare(ignored)
    session = engine.open(SHOT)
    for _ in range(2):
        drawn(engine, (session, frame()))
    drawn(engine, (session, frame()), (session, frame("slowly")))  # 1.5 s: perhaps it compiles something
    assert engine.counts()["restarts"] == 0
    drawn(engine, (session, frame("hang 1")))
    assert engine.counts()["restarts"] == 1


@pytest.mark.parametrize(
    ("what", "raised", "says"),
    [
        ("refuse", NotDrawn, "^not this one$"),
        ("value", NotDrawn, "^ValueError: not a scene$"),
        ("shape", NotDrawn, r"drew \(32, 64, 3\) uint8, not \(64, 64, 3\)"),
        ("end", EngineError, "^the device is gone$"),
    ],
)
def test_what_the_engine_raises_is_raised_here_in_its_words(
    make: Make, what: str, raised: type[Exception], says: str
) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    with pytest.raises(raised, match=says):
        engine.render([(session, frame(what))])
    drawn(engine, (session, frame()))
    assert engine.counts()["restarts"] == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [("forget", "RuntimeError: the past is gone"), ("grow", f"{MAX_SNAPSHOT + 1} bytes, at most {MAX_SNAPSHOT}")],
)
def test_a_snapshot_that_cannot_be_taken_is_told_once_and_the_pictures_are_good(
    make: Make, capfd: pytest.CaptureFixture[str], words: str, why: str
) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    assert drawn(engine, (session, frame(words))) == [1]
    threading.Event().wait(1.1)  # a snapshot is asked for once a second
    assert drawn(engine, (session, frame(words))) == [2]
    assert (session.snapshot(), engine.counts()["restarts"]) == (b"", 0)
    engine.close()
    assert capfd.readouterr().err.count(f"main: no snapshot: {why}") == 1


def test_a_memory_that_is_full_at_a_snapshot_is_a_full_memory(make: Make) -> None:
    engine, said = make(), []
    engine.prepare(said.append)
    with pytest.raises(OutOfMemory):
        drawn(engine, (engine.open(SHOT), frame("forget full")))
    assert "warming up (1,)" in said


# Poison


@pytest.mark.parametrize(("what", "says"), [("die", "was killed by SIGKILL"), ("break", "ZeroDivisionError: by zero$")])
def test_a_description_that_no_child_survives_is_poison_and_the_others_are_drawn(
    make: Make, what: str, says: str
) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    with pytest.raises(NotDrawn, match=f"died of it 3 times, at last: .*{says}"):
        drawn(engine, (session, frame(what)))
    for t in range(4):  # all its frames
        with pytest.raises(NotDrawn, match="has died of this description 3 times"):
            drawn(engine, (session, frame(what, t)))
    assert engine.counts()["restarts"] == 3
    assert drawn(engine, (session, frame())) == [1]


def test_poison_among_pictures_never_ends_the_engine(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    for n in range(4):
        with pytest.raises(NotDrawn, match="died of it 3 times"):
            drawn(engine, (session, frame()), (session, frame(f"die of {n}")))
    assert drawn(engine, (session, frame()))[0] > 1


# What is hopeless


def test_an_engine_whose_process_dies_whatever_it_draws_is_given_up(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    for n in range(2):
        with pytest.raises(NotDrawn, match="died of it 3 times"):
            drawn(engine, (session, frame(f"break {n} th")))
    with pytest.raises(EngineError, match=r"is given up, 3 descriptions in a row cannot all be poison: .*by zero"):
        drawn(engine, (session, frame("break a third")))
    assert children() == []


def test_a_full_memory_is_no_frames_fault(make: Make) -> None:
    engine = make(buckets=ONE)
    engine.prepare(ignored)
    session = engine.open(SHOT)
    with pytest.raises(OutOfMemory, match=r"unruly has no memory to draw a frame: no room for 40 MB, 12 MB are free"):
        drawn(engine, (session, frame("fill")))


def test_a_process_that_dies_now_and_then_is_replaced_each_time(make: Make) -> None:
    engine = make(patience=replace(QUICK, restarts=2))
    engine.prepare(ignored)
    session = engine.open(SHOT)
    for n in range(4):
        children()[0].kill()
        assert drawn(engine, (session, frame())) == [n + 1]


def test_an_engine_of_which_no_process_begins_any_more_is_given_up(make: Make) -> None:
    engine = make(again="die", patience=replace(QUICK, restarts=3))
    engine.prepare(ignored)
    session = engine.open(SHOT)
    children()[0].kill()
    with pytest.raises(EngineError, match=r"given up, 3 restarts without a picture drawn did not help: .*SIGKILL"):
        drawn(engine, (session, frame()))


def test_an_engine_is_given_up_when_none_of_its_processes_has_begun_for_long(make: Make) -> None:
    engine = make(again="die", patience=replace(QUICK, restarts=100_000, pause=0.0, reviving=1.0))
    engine.prepare(ignored)
    session = engine.open(SHOT)
    children()[0].kill()
    with pytest.raises(EngineError, match=r"is given up, no process could draw for \d+ s: the engine's process "):
        drawn(engine, (session, frame()))


def test_close_from_another_thread_ends_the_pause_between_two_restarts(make: Make) -> None:
    engine, raised, paused = make(again="die", patience=replace(QUICK, pause=600.0)), [], threading.Event()
    said: list[str] = []

    def say(words: str) -> None:
        said.append(words)
        if sum(words.startswith("starting anew") for words in said) == 2:
            paused.set()

    def work() -> None:
        try:
            engine.prepare(say)
            session = engine.open(SHOT)
            children()[0].kill()
            drawn(engine, (session, frame()))
        except Exception as error:
            raised.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert paused.wait(60)
    engine.close()
    thread.join(20)
    assert raised == ["unruly is closed"]


def test_a_new_process_that_finds_another_device_is_not_drawn_with(make: Make) -> None:
    engine = make(again="elsewhere 1")
    engine.prepare(ignored)
    session = engine.open(SHOT)
    children()[0].kill()
    with pytest.raises(EngineError, match="it ran on cpu, a new process finds only an abacus$"):
        drawn(engine, (session, frame()))
    assert engine.backend == "cpu"
    assert drawn(engine, (session, frame())) == [1]  # the device is back


@pytest.fixture
def files() -> Iterator[tuple[int, int]]:
    """How many files this process may have open, as it was and will be again."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_where_no_process_can_be_started_now_one_is_a_moment_later(make: Make, files: tuple[int, int]) -> None:
    engine, said = make(), []

    def say(words: str) -> None:
        said.append(words)
        if "Too many open files" in words:
            resource.setrlimit(resource.RLIMIT_NOFILE, files)

    engine.prepare(say)
    session = engine.open(SHOT)
    children()[0].kill()
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, files[1]))
    assert drawn(engine, (session, frame())) == [1]
    assert any("no process for the engine: [Errno 24] Too many open files" in words for words in said)


def test_an_engine_that_was_given_up_begins_anew_when_it_is_asked_again(make: Make) -> None:
    engine = make(again="end 1")
    engine.prepare(ignored)
    session = engine.open(SHOT)
    children()[0].kill()
    with pytest.raises(EngineError, match="^the device is gone$"):
        drawn(engine, (session, frame()))
    assert drawn(engine, (session, frame())) == [1]
    with pytest.raises(RuntimeError, match="is not prepared"):
        make().open(SHOT)


# One film too many


def room(tmp_path: Path, films: int) -> None:
    (tmp_path / "room").write_text(str(films))


def begun(make: Make, films: int) -> tuple[ProcessEngine, list[object]]:
    engine = make(buckets=ONE)
    engine.prepare(ignored)
    return engine, [engine.open(Shot(f"film-{n}", 64, 64)) for n in range(films)]


def test_a_film_for_which_there_is_no_memory_is_refused_and_the_others_go_on(make: Make, tmp_path: Path) -> None:
    engine, (first, second) = begun(make, 2)
    assert drawn(engine, (first, frame()), (second, frame())) == [1, 1]
    room(tmp_path, 2)
    for _ in range(3):
        with pytest.raises(NotDrawn, match="^no memory for another film: 2 are open$"):
            engine.open(SHOT)
    assert engine.counts()["restarts"] == 1  # it is not tried again as long as as many are open
    assert drawn(engine, (first, frame()), (second, frame())) == [2, 2]
    second.close()  # type: ignore[attr-defined]
    assert drawn(engine, (engine.open(SHOT), frame()), (first, frame())) == [1, 3]


def test_after_a_restart_films_that_do_not_fit_any_more_are_shut_until_there_is_room(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine, (first, second) = begun(make, 2)
    assert drawn(engine, (first, frame()), (second, frame())) == [1, 1]
    room(tmp_path, 1)
    children()[0].kill()
    assert drawn(engine, (first, frame())) == [2]
    assert "film-1: no memory to go on with this film, 1 are open: no room for another film" in caplog.messages
    for _ in range(2):
        with pytest.raises(NotDrawn, match="^no memory for another film: 1 are open$"):
            drawn(engine, (first, frame()), (second, frame()))
    assert engine.counts()["restarts"] == 1
    second.restore(b"7")  # type: ignore[attr-defined]
    first.close()  # type: ignore[attr-defined]
    assert drawn(engine, (second, frame())) == [8]


def test_an_engine_without_memory_for_a_single_film_says_so(make: Make, tmp_path: Path) -> None:
    engine, _ = begun(make, 0)
    room(tmp_path, 0)
    with pytest.raises(OutOfMemory, match="^no memory for a single film: no room for another film$"):
        engine.open(SHOT)


def test_a_film_whose_opening_no_child_survives_is_refused_and_the_others_go_on(make: Make) -> None:
    engine, (first,) = begun(make, 1)
    with pytest.raises(NotDrawn, match=r"unruly died 2 times of opening it, at last: .*SIGKILL"):
        engine.open(Shot("deadly", 64, 64))
    assert drawn(engine, (first, frame())) == [1]
