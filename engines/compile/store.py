"""One entry point: an engine that is built, checked and kept; from the cache, or made now."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from torch import nn

from engines.errors import EngineError

from .backend import Network
from .build import BuildOptions, build
from .cache import Cache, Entry, State
from .export import DATA, MODEL, digest, export
from .parity import measure
from .recipe import Recipe
from .spec import NetworkSpec
from .target import Target

log = logging.getLogger(__name__)

PLAN = "engine.plan"
LOG = "build.log"

Say = Callable[[str], None]
Load = Callable[[NetworkSpec, Path], Network]
"""A network from the files in a folder of the cache."""

MARGIN = 900.0
"""Seconds that who builds may take beside the build, before who waits for it gives up: an export takes minutes."""

ROOM = 3
"""Times the weights that a build takes on disk: the ONNX graph, the engine, and one more of reserve."""


def recipe(spec: NetworkSpec, module: nn.Module, target: Target, options: BuildOptions | None = None) -> Recipe:
    """Of the engine that would be made. Reads all weights where the spec has no digest of them."""
    if not spec.weights:
        spec = dataclasses.replace(spec, weights=digest(module))
    return Recipe.of(spec, target, (options or BuildOptions()).flags(target.flavour))


def ready(
    spec: NetworkSpec,
    module: nn.Module,
    target: Target,
    cache: Cache,
    *,
    load: Load | None,
    options: BuildOptions | None = None,
    say: Say = log.info,
    cancel: threading.Event | None = None,
) -> Entry:
    """The engine of `module` for `target`; made if need be, which takes minutes.

    `load` is how it is run, to be checked against torch; None for a GPU that is not here: it then stays unverified
    until a machine that has one loads it. Raises EngineError, also for an engine that failed its check before.
    """
    options = options or BuildOptions()
    wanted = recipe(spec, module, target, options)
    entry = _usable(cache, wanted, say)
    if entry is None:
        with cache.making(wanted, say, cancel, options.timeout + MARGIN) as folder:
            entry = _usable(cache, wanted, lambda _: None)  # by who held the lock before us
            if entry is None:
                for why in cache.why(wanted):
                    say(f"{spec.name}: built anew, {why}")
                entry = _make(spec, module, target, cache, wanted, folder, options, say, cancel)
    assert entry.sidecar is not None
    if load is not None and entry.sidecar.checked < spec.largest:
        entry = verify(spec, module, cache, entry, load, say)
    return entry


def verify(spec: NetworkSpec, module: nn.Module, cache: Cache, entry: Entry, load: Load, say: Say = log.info) -> Entry:
    """Run the engine against torch, at the batches that are used, and record the figures. Raises EngineError with them
    where it fails."""
    assert entry.sidecar is not None
    one = entry.sidecar.recipe["flavour"] == "onnxruntime"  # one graph for all batch sizes: two of them tell
    network = load(spec, entry.folder)
    try:
        figures = measure(spec, module, network, spec.used[:2] if one else spec.used)
    finally:
        network.close()
    failed = [str(figure) for figure in figures if not figure.passed]
    state: State = "failed" if failed else "verified"
    largest = max(spec.largest, entry.sidecar.checked)
    entry = cache.mark(entry, state, [str(figure) for figure in figures], largest)
    if failed:
        raise _unfit(entry, failed)
    worst = min(figures, key=lambda figure: figure.psnr)
    say(f"{spec.name}: checked against torch, {worst}")
    return entry


def _usable(cache: Cache, wanted: Recipe, say: Say) -> Entry | None:
    """What the cache has. Raises EngineError for an engine that failed its check."""
    entry = cache.find(wanted)
    if entry is None:
        return None
    if entry.faults or entry.sidecar is None:
        say(f"{wanted.network}: built anew, {'; '.join(entry.faults)}")
        return None
    if entry.sidecar.state == "failed":
        raise _unfit(entry, entry.sidecar.parity)
    return entry


def _unfit(entry: Entry, figures: list[str]) -> EngineError:
    assert entry.sidecar is not None
    return EngineError(
        f"{entry.sidecar.recipe['network']}: the engine of {entry.sidecar.recipe['flavour']} does not give what torch"
        f" gives ({'; '.join(figures[:3])}) and is not used; delete {entry.folder} to build it again, or --backend"
        " torch"
    )


def _make(
    spec: NetworkSpec,
    module: nn.Module,
    target: Target,
    cache: Cache,
    wanted: Recipe,
    folder: Path,
    options: BuildOptions,
    say: Say,
    cancel: threading.Event | None,
) -> Entry:
    weights = sum(p.numel() * p.element_size() for p in module.parameters())
    cache.need(ROOM * weights * max(1, len(target.capabilities)) + (64 << 20), spec.name)
    say(f"{spec.name}: exporting")
    began = time.monotonic()
    onnx = export(spec, module, folder / "onnx")
    seconds = {"export": round(time.monotonic() - began, 1)}
    say(f"{spec.name}: exported in {seconds['export']:.0f} s")
    if target.flavour == "onnxruntime":
        return cache.keep(wanted, [onnx.with_name(name) for name in (MODEL, DATA)], seconds)
    began = time.monotonic()
    lines = build(
        spec,
        target,
        onnx,
        folder / PLAN,
        options=options,
        timing=cache.timing(f"{target.version}-{target.gpu}") if target.flavour == "tensorrt" else None,
        say=say,
        cancel=cancel,
    )
    seconds["build"] = round(time.monotonic() - began, 1)
    cache.note(folder / LOG, "\n".join(lines) + "\n")
    return cache.keep(wanted, [folder / PLAN, folder / LOG], seconds)
