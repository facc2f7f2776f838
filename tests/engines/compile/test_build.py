"""Engines are really built, by tensorrt_rtx, which needs no GPU for it; in a process that may die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import psutil
import pytest
import taesd_maker
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from engines.compile.build import BuildOptions, build
from engines.compile.builder import MARK, WHY, Request, shortened
from engines.compile.cache import Cache
from engines.compile.export import export
from engines.compile.spec import NetworkSpec, TensorSpec
from engines.compile.target import Target, here
from engines.errors import EngineError

pytest.importorskip("tensorrt_rtx")

HALF = "denoiser of sd-turbo with a bank in half precision"
NETWORKS = (
    "text encoder of sd15",
    "second text encoder of sdxl",
    HALF,
    "denoiser of sdxl with a bank",
    "denoiser of lcm",
    "decoder taesd",
    "decoder kl",
)


@pytest.fixture(scope="module")
def target() -> Target:
    return here("tensorrt_rtx", ("sm_89",))


def children() -> list[psutil.Process]:
    return [each for each in psutil.Process().children(recursive=True) if "engines.compile.builder" in each.cmdline()]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_parsed_and_built(
    name: str, made: Callable[[str], Any], exported: Callable[[str], Path], target: Target, tmp_path: Path
) -> None:
    spec = replace(made(name).spec, buckets=(1, 2) if name == HALF else (2,))  # a second costs half as much again
    said: list[str] = []
    log = build(spec, target, exported(name), tmp_path / "engine.plan", options=BuildOptions(), say=said.append)
    assert (tmp_path / "engine.plan").stat().st_size > 10_000
    assert [each.name for each in tmp_path.iterdir()] == ["engine.plan"]
    stages = [words.removeprefix(f"{spec.name}: ").split()[0].rstrip(",") for words in said]
    assert (stages[0], set(stages[1:-1]), stages[-1]) == ("parsed", {"building"}, "written")
    assert any("[TRT]" in line for line in log)
    assert not [line for line in log if "[E]" in line]


def test_what_the_builder_measured_is_kept_for_the_next_build_and_rubbish_there_does_no_harm(
    mixer: Callable[..., Any], target: Target, tmp_path: Path
) -> None:
    # tensorrt_rtx measures nothing and keeps an empty table; the way of it is the full TensorRT's.
    network, timing = mixer(), tmp_path / "timing" / "sm_89"
    graph = export(network.spec, network.module, tmp_path / "graph")
    for before in (None, b"rubbish"):
        if before is not None:
            timing.write_bytes(before)
        build(network.spec, target, graph, tmp_path / "p", options=BuildOptions(), timing=timing, say=lambda _: None)
        assert len(timing.read_bytes()) > len(b"rubbish")
        assert [each.name for each in timing.parent.iterdir()] == ["sm_89"]


def test_a_graph_that_tensorrt_does_not_know_is_an_error_with_the_node_and_the_reason(
    target: Target, tmp_path: Path
) -> None:
    x, y = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", 4]) for name in "xy")
    node = helper.make_node("Sparkle", ["x"], ["y"], name="odd_one", domain="ours")
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid("ours", 1)]
    graph = helper.make_graph([node], "odd", [x], [y])
    onnx.save(helper.make_model(graph, opset_imports=opsets), tmp_path / "model.onnx")
    spec = NetworkSpec("odd", (TensorSpec("x", (4,), "float32"),), (TensorSpec("y", (4,), "float32"),), (1,))
    with pytest.raises(
        EngineError,
        match=r"odd: the engine cannot be built: In node 0 with name: odd_one and operator: Sparkle .+; it last said: ",
    ) as error:
        build(spec, target, tmp_path / "model.onnx", tmp_path / "p", options=BuildOptions(), say=lambda _: None)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_graph_is_an_error(target: Target, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"\x00not a graph")
    spec = NetworkSpec("odd", (TensorSpec("x", (4,), "float32"),), (TensorSpec("y", (4,), "float32"),), (1,))
    with pytest.raises(EngineError, match="odd: the engine cannot be built"):
        build(spec, target, tmp_path / "model.onnx", tmp_path / "p", options=BuildOptions(), say=lambda _: None)


def test_a_reason_of_any_length_arrives(target: Target, tmp_path: Path) -> None:
    # The parent reads lines of 2,000 bytes, and TensorRT repeats the names of nodes.
    x, y = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", 4]) for name in "xy")
    node = helper.make_node("Sparkle", ["x"], ["y"], name="ödd " * 1000, domain="ours")
    opsets = [helper.make_opsetid("", 23), helper.make_opsetid("ours", 1)]
    graph = helper.make_graph([node], "odd", [x], [y])
    onnx.save(helper.make_model(graph, opset_imports=opsets), tmp_path / "model.onnx")
    spec = NetworkSpec("odd", (TensorSpec("x", (4,), "float32"),), (TensorSpec("y", (4,), "float32"),), (1,))
    with pytest.raises(EngineError, match="odd: the engine cannot be built: In node 0 with name: ödd ödd"):
        build(spec, target, tmp_path / "model.onnx", tmp_path / "p", options=BuildOptions(), say=lambda _: None)


@given(st.text(max_size=4000))
@settings(max_examples=50)
def test_every_reason_fits_into_a_line(why: str) -> None:
    told = shortened(why)
    assert len(json.dumps(told)) <= WHY
    assert " ".join(why.split()).startswith(told)


def test_half_a_line_of_the_builder_is_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A library that writes to the same pipe from another thread breaks lines where it likes.
    lines = [f'{MARK}{{"stage": "building", "per', f"{MARK}7", f'{MARK}{{"percent": 3}}']
    (tmp_path / "talkative.py").write_text(f"import os\nprint({chr(10).join(lines)!r}, flush=True)\nos._exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    flavour: Any = "talkative"
    spec = NetworkSpec("odd", (), (), (1,))
    with pytest.raises(
        EngineError, match=r"the builder ended with status 3 \(starting\); it last said: @streamer"
    ) as error:
        build(spec, Target(flavour, "1"), tmp_path / "m", tmp_path / "p", options=BuildOptions(), say=lambda _: None)
    assert str(error.value).endswith(" | ".join(lines))


def test_a_fault_that_nobody_thought_of_is_told_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "faulty.py").write_text("raise RuntimeError('no such device')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    flavour: Any = "faulty"
    with pytest.raises(EngineError, match="odd: the engine cannot be built: RuntimeError: no such device; it last"):
        build(
            NetworkSpec("odd", (), (), (1,)),
            Target(flavour, "1"),
            tmp_path / "m",
            tmp_path / "p",
            options=BuildOptions(),
            say=lambda _: None,
        )


def test_a_build_that_takes_too_long_is_ended_and_says_how_far_it_was(
    made: Callable[[str], Any], exported: Callable[[str], Path], target: Target, tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match=r"denoiser: the build took longer than 1 s \((starting|parsed|building)"):
        build(
            made(HALF).spec,
            target,
            exported(HALF),
            tmp_path / "engine.plan",
            options=BuildOptions(timeout=1.0),
            say=lambda _: None,
        )
    assert children() == []
    assert list(tmp_path.iterdir()) == []


def test_a_build_can_be_cancelled(
    made: Callable[[str], Any], exported: Callable[[str], Path], target: Target, tmp_path: Path
) -> None:
    cancel = threading.Event()
    with pytest.raises(EngineError, match="denoiser: the build was cancelled"):
        build(
            made(HALF).spec,
            target,
            exported(HALF),
            tmp_path / "engine.plan",
            options=BuildOptions(),
            say=lambda _: cancel.set(),
            cancel=cancel,
        )
    assert children() == []
    assert list(tmp_path.iterdir()) == []  # it was ended, not waited for


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (signal.SIGKILL, r"killed by SIGKILL \((parsed|building).*\); the system may have run out of memory"),
        (signal.SIGSEGV, r"killed by SIGSEGV \((parsed|building).*\); TensorRT crashed on this graph"),
    ],
    ids=["killed", "crashed"],
)
def test_a_builder_that_dies_half_way_leaves_a_cache_that_the_next_build_uses(
    sign: signal.Signals, words: str, tmp_path: Path
) -> None:
    def shoot(said: str) -> None:
        if "parsed" in said:
            (builder,) = children()
            os.killpg(builder.pid, sign)

    with pytest.raises(EngineError, match=words):
        taesd_maker.build(tmp_path, shoot)
    cache = Cache(tmp_path)
    assert cache.entries() == []
    assert list((tmp_path / ".making").iterdir()) == []
    entry = taesd_maker.build(tmp_path, lambda _: None)
    assert [(each.folder, each.faults) for each in cache.entries()] == [(entry.folder, ())]


def test_a_builder_ends_when_nobody_holds_its_input_any_more(
    mixer: Callable[..., Any], target: Target, tmp_path: Path
) -> None:
    network = mixer()
    request: Request = {
        "flavour": "tensorrt_rtx",
        "onnx": str(export(network.spec, network.module, tmp_path / "graph")),
        "plan": str(tmp_path / "engine.plan"),
        "timing": "",
        "inputs": [{"name": "x", "shape": [16], "rows": 1}],
        "buckets": [1],
        "level": 3,
        "workspace": 1 << 30,
        "capabilities": ["sm_89"],
    }
    (tmp_path / "request.json").write_text(json.dumps(request))
    asked = [sys.executable, "-m", "engines.compile.builder", str(tmp_path / "request.json")]
    root = Path(__file__).parents[3]

    def status(stdin: int) -> int:
        with subprocess.Popen(asked, cwd=root, stdin=stdin, stdout=subprocess.PIPE) as builder:
            assert builder.stdout is not None
            builder.stdout.read()
            return builder.wait()

    assert status(subprocess.DEVNULL) == 1  # at its end from the start
    assert not (tmp_path / "engine.plan").exists()
    assert status(subprocess.PIPE) == 0
    assert (tmp_path / "engine.plan").exists()


def started(folder: Path) -> subprocess.Popen[str]:
    """taesd_maker as a program."""
    root = str(Path(__file__).parents[3])
    return subprocess.Popen(
        [sys.executable, taesd_maker.__file__, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": root},
    )


def until(process: subprocess.Popen[str], words: str) -> list[str]:
    """What it said, up to the line with `words`."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.strip())
        if words in line:
            return lines
    raise AssertionError(f"it ended without {words!r}: {lines}")


def test_two_processes_that_want_the_same_engine_build_it_once(tmp_path: Path) -> None:
    with started(tmp_path) as other:
        until(other, "exporting")
        said: list[str] = []
        entry = taesd_maker.build(tmp_path, said.append)
        assert said == ["decoder: another process is building it"]
        assert until(other, "written")[-1].startswith("decoder: written")
    assert other.returncode == 0
    assert [(each.folder, each.faults) for each in Cache(tmp_path).entries()] == [(entry.folder, ())]


def test_a_process_that_is_killed_takes_its_builder_along_and_leaves_a_clean_cache(tmp_path: Path) -> None:
    with started(tmp_path) as other:
        until(other, "parsed")
        builders = psutil.Process(other.pid).children()
        other.kill()
    assert builders
    _, alive = psutil.wait_procs(builders, timeout=20)
    assert alive == []
    assert Cache(tmp_path).entries() == []  # which sweeps
    assert list((tmp_path / ".making").iterdir()) == []
    said: list[str] = []
    taesd_maker.build(tmp_path, said.append)
    assert said[-1].startswith("decoder: written")
