"""An engine in a process of its own: what happens to that process is not what happens to the film."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from spawning import QUICK, SHOT, Make, children, drawn, frame, ignored

from engines.base import Shot
from engines.errors import EngineError, OutOfMemory
from engines.process import ProcessEngine, spawned
from engines.process.memory import Copies
from engines.sketch import SketchEngine

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
    assert engine.backend == "not ready"
    engine.prepare(said.append)
    assert said == ["loading weights", "warming up (1, 2, 4, 8)", ""]
    assert (engine.name, engine.backend) == ("unruly", "cpu")
    assert [child.pid for child in children()] != [os.getpid()]


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


# What it does when it cannot begin


@pytest.mark.parametrize(
    ("prepare", "raised", "says"),
    [
        ("end", EngineError, "^the device is gone$"),
        ("break", EngineError, "^ZeroDivisionError: by zero$"),
        ("die", EngineError, r"was killed by SIGKILL: the machine may have no memory left \(it was at: loading wei"),
        ("fill", OutOfMemory, "^no room for 40 MB, 12 MB are free$"),
        ("cublas", OutOfMemory, "CUBLAS_STATUS_ALLOC_FAILED"),
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
    engine, said = make(prepare="fills above 2"), []
    engine.prepare(said.append)
    assert said[-2:] == ["warming up (1, 2)", ""]
    del said[:]
    children()[0].kill()
    drawn(engine, (engine.open(SHOT), frame()))
    assert said[-2:] == ["warming up (1, 2)", ""]


def test_a_long_preparation_lasts_as_long_as_it_shows_signs_of_life(make: Make) -> None:
    make(prepare="slowly", patience=replace(QUICK, silence=1.0)).prepare(ignored)
    silent = make(prepare="slowly", patience=replace(QUICK, silence=1.0, beat=60))
    with pytest.raises(EngineError, match=r"has said nothing for 1 s \(it was at: loading weights\)"):
        silent.prepare(ignored)
    with pytest.raises(EngineError, match="was not ready within 2 s"):
        make(prepare="hang", patience=replace(QUICK, prepare=2.0)).prepare(ignored)


# How it ends


@pytest.mark.parametrize("at", ["prepare", "render"])
def test_close_from_another_thread_ends_what_it_is_at(make: Make, at: str) -> None:
    engine, raised, there = make(prepare="hang" if at == "prepare" else ""), [], threading.Event()

    def say(words: str) -> None:
        if words == ("loading weights" if at == "prepare" else ""):
            there.set()

    def work() -> None:
        try:
            engine.prepare(say)
            engine.render([(engine.open(SHOT), frame("hang"))])
        except Exception as error:
            raised.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert there.wait(60)
    time.sleep(0.2)
    engine.close()
    thread.join(20)
    assert raised == [f"{engine.name} is closed"]
    assert children() == []


def test_the_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    code = f"""
import os, sys, time
from engines.process import ProcessEngine, spawned
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_what_systemd_sends_to_all_of_a_service_are_the_parents(make: Make, number: int) -> None:
    engine = make()
    engine.prepare(ignored)
    children()[0].send_signal(number)
    assert drawn(engine, (engine.open(SHOT), frame())) == [1]
    assert engine.counts()["restarts"] == 0


def test_a_child_that_the_system_cannot_end_is_left_behind_with_a_word_in_the_log(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make(patience=replace(QUICK, close=0.1))
    engine.prepare(ignored)
    (child,) = children()
    child.suspend()
    with monkeypatch.context() as patched:  # as if a driver held it: SIGKILL does nothing
        patched.setattr(spawned, "_DYING", 0.2)
        patched.setattr(os, "killpg", lambda group, number: None)
        engine.close()
    assert caplog.messages == [f"the engine's process {child.pid} was killed and does not end: it is left behind"]
    child.kill()
    while psutil.pid_exists(child.pid):
        time.sleep(0.01)


def test_a_process_that_the_system_makes_too_late_is_not_waited_for_and_ended(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, popen, made = threading.Event(), subprocess.Popen, []

    def slow(*given: Any, **named: Any) -> subprocess.Popen[bytes]:
        late.wait(60)
        made.append(popen(*given, **named))
        return made[-1]

    engine = make()
    monkeypatch.setattr(spawned, "_BEGINNING", 0.2)
    monkeypatch.setattr(subprocess, "Popen", slow)
    with pytest.raises(EngineError, match="no process for the engine: the system makes none within 0 s"):
        engine.prepare(ignored)
    late.set()
    while not made:
        time.sleep(0.01)
    assert made[0].wait(20) == -signal.SIGKILL
