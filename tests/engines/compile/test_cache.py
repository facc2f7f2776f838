"""The cache of engines: whatever lies in it is used, or there are words for why not."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compile.cache import SIDECAR, Cache, Entry
from engines.compile.recipe import Recipe
from engines.errors import EngineError

RECIPE = Recipe(
    network="denoiser",
    shapes="sample 4x8x8 → output 4x8x8",
    dtypes="sample float16 → output float16",
    buckets="1 2 4 8",
    opset="23",
    config="{}",
    weights="3fa2" * 16,
    code="c0de" * 16,
    exporter="torch 2.15.0, onnx 1.23.2, onnxscript 0.7.2",
    flavour="tensorrt",
    version="11.4.0.106",
    flags="",
    driver="580.95.05",
    cuda="13.2",
    capabilities="sm_90",
    gpu="NVIDIA H200",
)
PLAN = bytes(range(256)) * 16


def kept(cache: Cache, recipe: Recipe = RECIPE, plan: bytes = PLAN) -> Entry:
    """An engine, as a build leaves it."""
    with cache.making(recipe) as folder:
        (folder / "engine.plan").write_bytes(plan)
        return cache.keep(recipe, [folder / "engine.plan"], {"build": 1.5})


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "engines")


def test_what_was_kept_is_found_by_its_recipe(cache: Cache) -> None:
    assert cache.find(RECIPE) is None
    entry = kept(cache)
    found = cache.find(RECIPE)
    assert found == entry
    assert found.faults == ()
    assert (found.folder / "engine.plan").read_bytes() == PLAN
    assert found.sidecar is not None
    assert (found.sidecar.state, found.sidecar.seconds) == ("unverified", {"build": 1.5})
    assert cache.find(replace(RECIPE, opset="21")) is None


def test_the_sidecar_can_be_read_by_people(cache: Cache) -> None:
    told = json.loads((kept(cache).folder / SIDECAR).read_text())
    assert told["recipe"]["gpu"] == "NVIDIA H200"
    assert told["files"]["engine.plan"]["bytes"] == len(PLAN)
    assert told["key"] == RECIPE.key


def test_a_rebuild_says_why_by_the_engine_that_comes_nearest(cache: Cache) -> None:
    kept(cache, replace(RECIPE, weights="91bc" * 16, opset="21", driver="570.0"))
    kept(cache, replace(RECIPE, driver="570.0"))
    kept(cache, replace(RECIPE, network="decoder"))
    assert cache.why(RECIPE) == ["driver: built with 570.0, now 580.95.05"]
    assert cache.why(replace(RECIPE, network="text-encoder")) == []


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a flipped byte": (lambda e: (e / "engine.plan").write_bytes(b"x" + PLAN[1:]), "engine.plan is damaged: SHA-256"),
    "half of the file": (
        lambda e: (e / "engine.plan").write_bytes(PLAN[:2048]),
        "engine.plan has 2048 bytes instead of 4096",
    ),
    "no file": (lambda e: (e / "engine.plan").unlink(), "engine.plan is missing"),
    "no sidecar": (lambda e: (e / SIDECAR).unlink(), "engine.json is missing"),
    "half a sidecar": (
        lambda e: (e / SIDECAR).write_bytes((e / SIDECAR).read_bytes()[:100]),
        "engine.json cannot be read: ",
    ),
    "foreign JSON": (lambda e: (e / SIDECAR).write_text('{"name": "left-pad"}'), "engine.json cannot be read: "),
    "not text": (lambda e: (e / SIDECAR).write_bytes(b"\xff\xfe\x00"), "engine.json cannot be read: "),
    "another schema": (
        lambda e: (e / SIDECAR).write_text((e / SIDECAR).read_text().replace('"schema": 2', '"schema": 1')),
        "engine.json is of schema 1, this program writes 2",
    ),
    "another engine's sidecar": (
        lambda e: (e / SIDECAR).write_text((e / SIDECAR).read_text().replace("sm_90", "sm_89")),
        "engine.json is of another engine: capabilities: built with sm_89, now sm_90",
    ),
    "a folder for a sidecar": (
        lambda e: ((e / SIDECAR).unlink(), (e / SIDECAR).mkdir()),
        "engine.json cannot be read: ",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_engine_is_found_with_words_and_replaced_by_the_next_build(cache: Cache, damage: str) -> None:
    entry = kept(cache)
    break_it, words = DAMAGES[damage]
    break_it(entry.folder)
    found = cache.find(RECIPE)
    assert found is not None
    assert any(fault.startswith(words) for fault in found.faults), found.faults
    assert len(cache.entries()) == 1  # listed, whatever it is
    kept(cache)
    again = cache.find(RECIPE)
    assert again is not None
    assert again.faults == ()


def test_damage_that_keeps_size_and_time_is_found_by_who_reads_everything(cache: Cache) -> None:
    # Digests of gigabytes at every start would be its longest part; `streamer engines verify` takes them.
    plan = kept(cache).folder / "engine.plan"
    before = plan.stat()
    plan.write_bytes(b"x" + PLAN[1:])
    os.utime(plan, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = cache.find(RECIPE)
    assert found is not None
    assert found.faults == ()
    assert found.checked().faults[0].startswith("engine.plan is damaged: SHA-256")


def test_an_engine_that_was_copied_is_read_and_found_whole(cache: Cache) -> None:
    plan = kept(cache).folder / "engine.plan"
    os.utime(plan, (1.0, 1.0))
    found = cache.find(RECIPE)
    assert found is not None
    assert found.touched
    assert found.faults == ()


@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_no_sidecar_whatever_its_bytes_raises(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    entry = kept(cache)
    (entry.folder / SIDECAR).write_bytes(content)
    found = cache.find(RECIPE)
    assert found is not None
    assert found.faults
    assert cache.entries()[0].faults


def test_a_build_that_fails_leaves_nothing(cache: Cache) -> None:
    def fail() -> None:
        with cache.making(RECIPE) as folder:
            (folder / "engine.plan").write_bytes(PLAN)
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert cache.entries() == []
    assert list((cache.folder / ".making").iterdir()) == []


def test_what_a_killed_maker_left_is_swept(cache: Cache) -> None:
    # Killed, it cannot clean up; the kernel gives its lock back.
    kept(cache)
    left = cache.folder / ".making" / f"{RECIPE.key[:16]}-0badcafe"
    left.mkdir()
    (left / "engine.plan").write_bytes(PLAN)
    assert len(cache.entries()) == 1
    assert not left.exists()


def test_what_is_being_made_is_not_swept(cache: Cache) -> None:
    with cache.making(RECIPE) as folder:
        (folder / "engine.plan").write_bytes(PLAN)
        assert cache.entries() == []
        assert (folder / "engine.plan").exists()


def test_the_second_maker_of_the_same_waits_and_says_so(cache: Cache) -> None:
    said: list[str] = []
    order: list[str] = []
    told = threading.Event()

    def hear(words: str) -> None:
        said.append(words)
        told.set()

    def second() -> None:
        with cache.making(RECIPE, hear):
            order.append("second")

    with cache.making(RECIPE):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(20)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]
    assert said == ["denoiser: another process is building it"]


def test_who_waits_can_be_told_to_give_up(cache: Cache) -> None:
    cancel = threading.Event()
    with cache.making(RECIPE):
        cancel.set()
        with pytest.raises(EngineError, match="given up while another process built it"):
            cache.making(RECIPE, cancel=cancel).__enter__()
    with cache.making(replace(RECIPE, opset="21"), cancel=cancel):  # another engine: nobody to wait for
        pass


def test_who_waits_too_long_is_told_who_holds_the_lock(cache: Cache) -> None:
    with (
        cache.making(RECIPE),
        pytest.raises(EngineError, match=rf"denoiser: process {os.getpid()} on \S+ holds its lock for more than 0 s"),
    ):
        cache.making(RECIPE, patience=0.0).__enter__()


def test_marking_an_engine_failed_is_remembered(cache: Cache) -> None:
    cache.mark(kept(cache), "failed", ["output at a batch of 1: max-abs 3 of 2, PSNR 1.0 dB"], 8)
    found = cache.find(RECIPE)
    assert found is not None
    assert found.sidecar is not None
    assert (found.sidecar.state, found.faults) == ("failed", ())
    assert found.sidecar.parity == ["output at a batch of 1: max-abs 3 of 2, PSNR 1.0 dB"]


def test_a_disk_that_is_too_full_is_told_before_anything_is_built(cache: Cache) -> None:
    free = shutil.disk_usage(cache.folder.parent).free
    cache.need(1, "denoiser")
    with pytest.raises(EngineError, match=r"denoiser: building it needs about \d+\.\d\d GB in .* GB are free"):
        cache.need(2 * free, "denoiser")


def test_a_disk_that_fills_up_meanwhile_is_an_error_with_numbers(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with cache.making(RECIPE) as folder:
        (folder / "engine.plan").write_bytes(PLAN)
        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(EngineError, match=r"no room left in .* \(\d+ MB free\); make room, or choose another"):
            cache.keep(RECIPE, [folder / "engine.plan"], {})
    monkeypatch.undo()
    assert cache.entries() == []


def test_a_cache_that_cannot_be_written_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError, match="the cache of engines .*file.* cannot be written"):
        kept(Cache(tmp_path / "file" / "engines"))


def test_a_cache_that_cannot_be_read_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    cache = Cache(tmp_path / ("engines" * 60))  # longer than any file system takes
    for look in (cache.entries, lambda: cache.find(RECIPE), lambda: cache.need(1, "denoiser")):
        with pytest.raises(EngineError, match=r"the cache of engines .* cannot be read: .*; --engine-cache chooses"):
            look()


def test_a_file_system_without_locks_is_an_error(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(EngineError, match=r"cannot be locked: .*No locks available"):
        kept(cache)


def test_a_note_that_finds_no_room_is_an_error(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with cache.making(RECIPE) as folder:
        monkeypatch.setattr(Path, "write_text", full)
        with pytest.raises(EngineError, match="no room left in"):
            cache.note(folder / "build.log", "a log")
