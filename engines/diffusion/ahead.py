"""Engines built and checked before anybody waits for them: `streamer engines build` and `verify`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from engines.compile.build import BuildOptions
from engines.compile.cache import Cache, Entry
from engines.compile.ort import OnnxBackend
from engines.compile.store import Load, ready, recipe, verify
from engines.compile.target import Target, best, here
from engines.compile.trt import TensorRTBackend
from engines.errors import EngineError

from .checkpoint import inspect
from .device import choose
from .load import load
from .options import DiffusionOptions
from .parts import Parts, check_backend, parts_of, sampling_of
from .presets import preset_of

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A model and what its networks are compiled with."""

    parts: Parts
    target: Target
    cache: Cache
    options: BuildOptions
    load: Load | None  # None where the engine cannot run: a GPU that is not here

    @classmethod
    def of(cls, options: DiffusionOptions, say: Say) -> Ahead:
        """Loads the model. Raises EngineError."""
        if options.backend == "torch":
            raise EngineError(
                "torch compiles when it starts and keeps nothing that could be built ahead; "
                "choose --backend tensorrt or onnxruntime"
            )
        device, _ = choose(options)
        if options.backend == "onnxruntime" or torch.cuda.is_available():
            check_backend(options, device)
        cache, built = Cache(options.cache), BuildOptions(timeout=options.timeout)
        target = here("onnxruntime" if options.backend == "onnxruntime" else best())
        run: Load | None = None
        if options.backend == "onnxruntime":
            run = OnnxBackend(cache, say=say).load
        elif torch.cuda.is_available():
            run = TensorRTBackend(cache, options=built, say=say).load
        say("loading the weights")
        checkpoint = inspect(options.model)
        model = load(checkpoint, options, preset_of(options.model, checkpoint))
        sampling = sampling_of(model, options)
        return cls(parts_of(model, sampling, options.buckets), target, cache, built, run)

    def build(self, say: Say, cancel: threading.Event) -> Iterator[Entry]:
        """Each network's engine, from the cache or made now: minutes each. Checked against torch where it can run.
        `cancel`, set from another thread, ends it with an EngineError."""
        for part in self.parts:
            with torch.no_grad():
                yield ready(
                    part.spec,
                    part.module,
                    self.target,
                    self.cache,
                    load=self.load,
                    options=self.options,
                    say=say,
                    cancel=cancel,
                )

    def verify(self, say: Say) -> Iterator[tuple[str, Entry | None, list[str]]]:
        """Each network, its engine, and why there is none, or none that serves. Runs it against torch where it can."""
        for part in self.parts:
            wanted = recipe(part.spec, part.module, self.target, self.options)
            found = self.cache.find(wanted)
            entry = None if found is None else found.checked()
            if entry is None:
                yield part.spec.name, None, self.cache.why(wanted) or ["none was built"]
            elif entry.faults:
                yield part.spec.name, entry, list(entry.faults)
            elif self.load is None:
                yield part.spec.name, entry, []
            else:
                try:
                    with torch.no_grad():
                        entry = verify(part.spec, part.module, self.cache, entry, self.load, say)
                    yield part.spec.name, entry, []
                except EngineError as error:
                    yield part.spec.name, entry, [str(error)]
