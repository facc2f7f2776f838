"""A model as the networks that a backend makes ready: the same for drawing, for building ahead and for measuring."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from engines.compile import export
from engines.compile.backend import Backend, Network
from engines.compile.spec import BUCKETS, NetworkSpec
from engines.compile.target import requirements
from engines.errors import EngineError

from . import attention, networks
from .coherence import filtering
from .coherence.rotation import reads
from .load import Model
from .networks import Decoder, Denoiser, TextEncoder
from .options import DiffusionOptions
from .painter import Sampling
from .rows import Methods
from .schedule import schedule_of

FILTERED = 0.05
"""Quantile of the tokens that dual-softmax filtering gives back to a frame's own attention (the paper's default)."""

SOURCE = (networks, attention, filtering, export)
"""Modules whose code decides what graph comes out of a model's weights: other code, another engine."""


@dataclass(frozen=True, slots=True)
class Part:
    """A network to be made ready."""

    spec: NetworkSpec
    module: nn.Module


@dataclass(frozen=True, slots=True)
class Parts:
    """All networks of a model."""

    encoders: tuple[Part, ...]
    denoiser: Part
    decoder: Part

    def __iter__(self) -> Iterator[Part]:
        yield from (*self.encoders, self.denoiser, self.decoder)

    def ready(self, backend: Backend, say: Callable[[str], None]) -> list[Network]:
        """Each on the backend, in order of iteration. Of a backend that takes a copy of a network's weights, torch's
        are given up before the next network is made ready."""
        made = []
        for part in self:
            say(f"making the {part.spec.name.replace('-', ' ')} ready")
            made.append(backend.network(part.spec, part.module))
            if not backend.name.startswith("torch"):
                part.module.to("meta")
                torch.cuda.empty_cache()  # TensorRT's memory is not torch's; does nothing without CUDA
        return made


def sampling_of(model: Model, options: DiffusionOptions) -> Sampling:
    """How `model` draws: as its preset says, which the options are settled in."""
    preset, unet = model.preset, model.unet.config
    methods = Methods.of(preset.coherence)
    return Sampling(
        whole=schedule_of(model.scheduler, preset.steps),
        again=schedule_of(model.scheduler, preset.steps, strength=options.strength) if methods.feedback else None,
        guidance=preset.guidance,
        branches=2 if preset.guidance > 1 and not unet.time_cond_proj_dim else 1,
        negative=options.negative,
        zeroed=model.zeroed,
        methods=methods,
        latent=(unet.in_channels, options.height // model.factor, options.width // model.factor),
        size=(options.height, options.width),
    )


def parts_of(model: Model, sampling: Sampling, buckets: tuple[int, ...]) -> Parts:
    """The networks as `sampling` uses them, for batches of `buckets` frames.

    They are specified for all of BUCKETS, so that whoever asks for fewer has the same engines; memory is taken for the
    largest of `buckets`.
    """
    sizes, most = tuple(sorted({*BUCKETS, *buckets})), max(buckets)
    methods, (_, height, width) = sampling.methods, sampling.latent
    encoders = []
    for n, encoder in enumerate(model.text_encoders):
        name = "text_encoder" if n == 0 else f"text_encoder_{n + 1}"
        text = TextEncoder(encoder, penultimate=model.family == "sdxl", pooled=n == 1)
        encoders.append(_part(text.spec(name.replace("_", "-"), BUCKETS), text, model.digest[name]))
    denoiser = Denoiser(
        model.unet,
        layers="decoder" if methods.banked else None,
        sources=len(reads(methods.names, 0, len(sampling.whole.steps))),
        filtering=FILTERED if methods.filter else 0.0,
    )
    rows = tuple(size * sampling.branches for size in sizes)
    decoder = Decoder(model.autoencoder)
    return Parts(
        tuple(encoders),
        _part(denoiser.spec(rows, height, width), denoiser, model.digest["unet"], most * sampling.branches),
        _part(decoder.spec(sizes, height, width), decoder, model.digest["decoder"], most),
    )


def _part(spec: NetworkSpec, module: nn.Module, weights: str, most: int = 0) -> Part:
    return Part(replace(spec, weights=weights, code=_code(), most=most), module.eval())


@functools.cache
def _code() -> str:
    """SHA-256 over SOURCE."""
    told = hashlib.sha256()
    for module in SOURCE:
        told.update(Path(str(module.__file__)).read_bytes())
    return told.hexdigest()


def check_backend(options: DiffusionOptions, device: torch.device) -> None:
    """Raises EngineError where the backend that was asked for cannot run a model on `device`; before one is loaded."""
    if (missing := requirements(options.backend)) is not None:
        raise missing
    if options.backend == "onnxruntime" and device.type != "cpu":
        raise EngineError(f"backend onnxruntime runs on the CPU, and the model is on {device}: add --device cpu")
    if options.backend == "tensorrt" and device.type != "cuda":
        raise EngineError(f"backend tensorrt runs on an NVIDIA GPU, and the model is on {device}: add --device cuda")


def backend_of(options: DiffusionOptions, device: torch.device, say: Callable[[str], None]) -> Backend:
    """The backend that was asked for, for a model on `device`, which need not be loaded yet. Raises EngineError where
    it cannot run."""
    check_backend(options, device)
    if options.backend == "torch":
        from engines.compile.torch_backend import TorchBackend

        return TorchBackend(device, compiled=False if options.eager else None)
    from engines.compile.cache import Cache

    cache = Cache(options.cache)
    if options.backend == "onnxruntime":
        from engines.compile.ort import OnnxBackend

        return OnnxBackend(cache, say=say)
    from engines.compile.build import BuildOptions
    from engines.compile.trt import TensorRTBackend

    return TensorRTBackend(cache, options=BuildOptions(timeout=options.timeout), say=say)
