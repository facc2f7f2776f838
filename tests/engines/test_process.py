"""An engine in a process of its own: what happens to that process is not what happens to the film."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from unruly import Options

from engines.base import Box, Figure, FrameSpec, Setting, Shot, View
from engines.errors import EngineError, NotDrawn, OutOfMemory
from engines.process import Patience, ProcessEngine
from engines.process.memory import Copies
from engines.sketch import SketchEngine

SHOT = Shot("main", 64, 64)
SPEC = FrameSpec(
    t=0.0, text="a fox", previous_text="a fox", mix=1.0, setting=Setting("forest", "night"),
    previous_setting=Setting(), figures=(Figure("a", "fox", "red", "running", Box(0.2, 0.4, 0.3, 0.3)),),
    view=View(), seed=1, shot=1,
)  # fmt: skip
QUICK = Patience(render=20, silence=20, answer=20, close=5, beat=0.1)


def frame(text: str = "", t: float = 0.0) -> FrameSpec:
    return replace(SPEC, text=text, t=t)


def ignored(words: str) -> None:
    pass


Make = Callable[..., ProcessEngine]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes engines, closes them, and sees that nothing of them is left: processes, memory, files in /dev/shm."""
    made: list[ProcessEngine] = []
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()

    def engine(*, prepare: str = "", seconds: float = 0.0, patience: Patience = QUICK, slots: int = 8) -> ProcessEngine:
        options = Options(str(tmp_path), prepare, seconds=seconds)
        made.append(ProcessEngine("unruly:UnrulyEngine", options, width=64, height=64, slots=slots, patience=patience))
        return made[-1]

    yield engine
    for each in made:
        each.close()
    assert children() == []
    gc.collect()
    assert "streamer-pictures" not in Path("/proc/self/maps").read_text()
    if shared:
        assert set(os.listdir("/dev/shm")) == shared


def children() -> list[psutil.Process]:
    """The processes of engines that this one has."""
    return [p for p in psutil.Process().children(recursive=True) if "engines.process.child" in " ".join(p.cmdline())]


def drawn(engine: ProcessEngine, *jobs: tuple[object, FrameSpec]) -> list[int]:
    """The grey levels of the pictures."""
    pictures = engine.render(jobs)  # type: ignore[arg-type]
    assert all(picture.shape == (64, 64, 3) and picture.flags.writeable for picture in pictures)
    return [int(picture[0, 0, 0]) for picture in pictures]


# What it does when nothing goes wrong


def test_its_pictures_are_those_of_the_same_engine_in_this_process() -> None:
    shots = [Shot("fox", 96, 64), Shot("boat", 64, 96)]
    specs = [frame("a fox", n / 4) for n in range(6)]
    engine = ProcessEngine("factories:sketch", None, width=96, height=96, slots=4)
    engine.prepare(ignored)
    try:
        told, here = [engine.open(shot) for shot in shots], SketchEngine()
        ours = [here.open(shot) for shot in shots]
        pictures = engine.render([(told[n % 2], spec) for n, spec in enumerate(specs)])
        expected = here.render([(ours[n % 2], spec) for n, spec in enumerate(specs)])
        assert (engine.name, engine.backend) == ("sketch", "cpu")
        assert [p.shape for p in pictures] == [p.shape for p in expected]
        assert all(np.array_equal(a, b) for a, b in zip(pictures, expected, strict=True))
        assert told[0].snapshot() == b""
    finally:
        engine.close()


def test_it_says_what_it_is_at_and_what_it_became(make: Make) -> None:
    engine, said = make(), []
    assert engine.status == "not started"
    engine.prepare(said.append)
    assert said == ["loading weights", "warming up", ""]
    assert (engine.name, engine.status) == ("unruly", "")
    assert engine.backend == f"buckets (1, 2, 4, 8) in {children()[0].pid}"
    assert children()[0].pid != os.getpid()


def test_a_picture_stays_as_it_is_while_others_are_drawn(make: Make) -> None:
    engine = make(slots=2)
    engine.prepare(ignored)
    session = engine.open(SHOT)
    pictures = [picture for _ in range(3) for picture in engine.render([(session, frame())] * 3)]
    assert [int(picture.min()) for picture in pictures] == [*range(1, 10)] == [int(p.max()) for p in pictures]


def test_the_memory_of_a_picture_is_used_again_when_nobody_has_any_of_it() -> None:
    copies = Copies(most=2 * 64 * 64 * 3)
    first = copies.new(64, 64)
    first[:] = 7
    row = first[3][1:]
    del first
    others = [copies.new(64, 64) for _ in range(4)]
    for other in others:
        other[:] = 9
    assert row.min() == row.max() == 7
    assert copies.free == []
    del row
    assert len(copies.free) == 1
    del others, other
    assert len(copies.free) == 2  # no more than that are kept
    assert copies.new(32, 64).shape == (32, 64, 3)


def test_a_snapshot_of_a_second_ago_is_at_hand_without_asking(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    session, other = engine.open(SHOT), engine.open(SHOT)
    drawn(engine, (session, frame()), (session, frame()))
    assert (session.snapshot(), other.snapshot()) == (b"2", b"")
    children()[0].send_signal(signal.SIGSTOP)
    assert session.snapshot() == b"2"
    children()[0].send_signal(signal.SIGCONT)
    other.restore(b"40")
    assert other.snapshot() == b"40"
    assert drawn(engine, (other, frame())) == [41]


def test_the_childs_counts_are_passed_on_and_kept_over_its_death(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    drawn(engine, (session, frame("repeat")), (session, frame("repeat")))
    assert engine.counts() == {"repeated": 2, "restarts": 0}
    children()[0].kill()
    drawn(engine, (session, frame("repeat")))
    assert engine.counts() == {"repeated": 3, "restarts": 1}


def test_a_closed_session_is_no_more_and_a_picture_larger_than_announced_is_refused(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    session.close()
    session.close()
    with pytest.raises(TypeError, match="not open"):
        engine.render([(session, frame())])
    with pytest.raises(ValueError, match="128x64 pixels, at most 64x64"):
        engine.open(Shot("main", 128, 64))


# What it does when the child comes to grief


@pytest.mark.parametrize("what", ["die 1", "fill 1", "hang 1"])
def test_a_film_goes_on_over_a_death_a_full_memory_and_a_hang(make: Make, what: str) -> None:
    engine, said = make(patience=replace(QUICK, render=1.0)), []
    engine.prepare(said.append)
    session, other = engine.open(SHOT), engine.open(SHOT)
    assert drawn(engine, (session, frame()), (session, frame()), (other, frame())) == [1, 2, 1]
    del said[:]
    assert drawn(engine, (session, frame()), (session, frame(what)), (other, frame())) == [3, 4, 2]
    assert engine.counts()["restarts"] == 1
    assert said[0].startswith("starting anew: ")
    assert said[1:] == ["loading weights", "warming up", ""]
    smaller = (1, 2, 4) if what == "fill 1" else (1, 2, 4, 8)
    assert engine.backend.startswith(f"buckets {smaller} in ")


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


def test_a_frame_that_no_child_survives_is_poison_and_the_others_are_drawn(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    session = engine.open(SHOT)
    with pytest.raises(NotDrawn, match=r"died of it 3 times, at last: the engine's process was killed by SIGKILL"):
        drawn(engine, (session, frame("die")))
    with pytest.raises(NotDrawn, match="has died of this frame 3 times"):
        drawn(engine, (session, frame("die")))
    assert engine.counts()["restarts"] == 3
    assert drawn(engine, (session, frame())) == [1]
    for n in range(2):  # poison alone never ends the engine
        with pytest.raises(NotDrawn):
            drawn(engine, (session, frame()), (session, frame("die", t=1.0 + n)))
    assert drawn(engine, (session, frame()))[0] > 1


def test_an_engine_whose_process_dies_whatever_it_draws_is_given_up(make: Make) -> None:
    engine = make(patience=replace(QUICK, restarts=3))
    engine.prepare(ignored)
    session = engine.open(SHOT)
    for _ in range(3):
        children()[0].kill()
        drawn(engine, (session, frame()))
    children()[0].kill()
    with pytest.raises(EngineError, match=r"given up, 3 restarts within a minute did not help: .*SIGKILL"):
        drawn(engine, (session, frame()))


@pytest.mark.parametrize(
    ("what", "raised", "says"),
    [
        ("refuse", NotDrawn, "^not this one$"),
        ("break", NotDrawn, "^ZeroDivisionError: by zero$"),
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


# What it does when it cannot begin


@pytest.mark.parametrize(
    ("prepare", "raised", "says"),
    [
        ("end", EngineError, "^the device is gone$"),
        ("break", EngineError, "^ZeroDivisionError: by zero$"),
        ("die", EngineError, r"was killed by SIGKILL: the machine may have no memory left \(it was at: loading wei"),
        ("fill", OutOfMemory, "^no room for 40 MB, 12 MB are free$"),
    ],
)
def test_an_engine_that_cannot_work_says_so_in_its_words(
    make: Make, prepare: str, raised: type[Exception], says: str
) -> None:
    with pytest.raises(raised, match=says):
        make(prepare=prepare).prepare(ignored)


def test_a_factory_that_is_not_there_is_named() -> None:
    engine = ProcessEngine("unruly:Nothing", None, width=64, height=64)
    with pytest.raises(EngineError, match="AttributeError: module 'unruly' has no attribute 'Nothing'"):
        engine.prepare(ignored)
    engine.close()


def test_it_begins_with_smaller_batches_where_larger_ones_do_not_fit(make: Make) -> None:
    engine = make(prepare="fills above 2")
    engine.prepare(ignored)
    assert engine.backend.startswith("buckets (1, 2) in ")
    children()[0].kill()
    drawn(engine, (engine.open(SHOT), frame()))
    assert engine.backend.startswith("buckets (1, 2) in ")


def test_a_long_preparation_lasts_as_long_as_it_shows_signs_of_life(make: Make) -> None:
    make(prepare="slowly", patience=replace(QUICK, silence=1.0)).prepare(ignored)
    silent = make(prepare="slowly", patience=replace(QUICK, silence=1.0, beat=60))
    with pytest.raises(EngineError, match=r"has said nothing for 1 s \(it was at: loading weights\)"):
        silent.prepare(ignored)
    with pytest.raises(EngineError, match="has said nothing for"):
        make(prepare="hang", patience=replace(QUICK, prepare=2.0)).prepare(ignored)


# How it ends


@pytest.mark.parametrize("at", ["prepare", "render"])
def test_close_from_another_thread_ends_what_it_is_at(make: Make, at: str) -> None:
    engine, raised = make(prepare="hang" if at == "prepare" else ""), []

    def work() -> None:
        try:
            engine.prepare(ignored)
            engine.render([(engine.open(SHOT), frame("hang"))])
        except Exception as error:
            raised.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    while engine.status != ("loading weights" if at == "prepare" else ""):
        time.sleep(0.01)
    time.sleep(0.2)
    engine.close()
    thread.join(20)
    assert raised == [f"{engine.name} is closed"]
    assert children() == []


def test_the_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    code = f"""
import os, sys, time
from engines.process import ProcessEngine
from unruly import Options
engine = ProcessEngine("unruly:UnrulyEngine", Options({str(tmp_path)!r}, prepare="hang"), width=64, height=64)
def say(words):
    print(engine._child.pid, flush=True)
engine.prepare(say)
"""
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent.parent)])
    said = tmp_path / "said.txt"
    with said.open("w") as stderr:
        parent = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=stderr, text=True,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs([child], timeout=20)
    for each in alive:
        if each.status() != psutil.STATUS_ZOMBIE:  # nobody may be there to reap it
            each.kill()
            pytest.fail("the child goes on without its parent")
    assert said.read_text() == ""


def test_ctrl_c_is_the_parents(make: Make) -> None:
    engine = make()
    engine.prepare(ignored)
    children()[0].send_signal(signal.SIGINT)
    assert drawn(engine, (engine.open(SHOT), frame())) == [1]
    assert engine.counts()["restarts"] == 0
