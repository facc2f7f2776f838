"""What an engine was made of: its key in the cache, and in words why another one must be made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from importlib import metadata

from .spec import NetworkSpec, TensorSpec
from .target import Target

SCHEMA = 2
"""Of the sidecar and of what a recipe says. A change of either makes every engine anew."""

EXPORTERS = ("torch", "diffusers", "transformers", "onnx", "onnxscript")
"""Packages whose code is in the graph, or writes it."""

SHOWN = 60
"""Characters of a value that a reason shows."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides the bytes of an engine, as text. All of it goes into the key."""

    network: str
    shapes: str  # "sample 4x8x8, timestep -, keys0 2*64x32 → output 4x8x8"
    dtypes: str  # "sample float16, timestep float32 → output float16"
    buckets: str  # "1 2 4 8"
    opset: str
    config: str  # JSON, of the spec
    weights: str  # SHA-256
    code: str  # SHA-256 over our source that decides the graph
    exporter: str  # of EXPORTERS: "torch 2.15.0+cu132, diffusers 0.42.1, …"
    flavour: str  # "tensorrt"
    version: str  # "11.4.0.106"
    flags: str  # of the builder
    driver: str
    cuda: str
    capabilities: str  # "sm_90"
    gpu: str
    schema: str = str(SCHEMA)

    @property
    def key(self) -> str:
        """SHA-256 over every field."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @classmethod
    def of(cls, spec: NetworkSpec, target: Target, flags: str = "") -> Recipe:
        return cls(
            network=spec.name,
            shapes=_sides(spec, _shape),
            dtypes=_sides(spec, lambda tensor: tensor.dtype),
            buckets=" ".join(map(str, spec.buckets)),
            opset=str(spec.opset),
            config=_settled(spec.config),
            weights=spec.weights,
            code=spec.code,
            exporter=", ".join(f"{name} {_version(name)}" for name in EXPORTERS),
            flavour=target.flavour,
            version=target.version,
            flags=flags,
            driver=target.driver,
            cuda=target.cuda,
            capabilities=" ".join(target.capabilities),
            gpu=target.gpu,
        )


def reasons(found: Mapping[str, str], wanted: Recipe) -> list[str]:
    """Why an engine of the recipe `found` cannot serve for `wanted`: each field that differs, by name, with both
    values. Empty: it can."""
    return [
        _reason(name, found.get(name), value) for name, value in asdict(wanted).items() if found.get(name) != value
    ] + [f"{name}: recorded, but unknown here" for name in found if name not in {f.name for f in fields(Recipe)}]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def _settled(config: str) -> str:
    """Without what diffusers and transformers note for themselves: its order changes from process to process
    (_use_default_values), or it names where the model was found (_name_or_path)."""
    try:
        told = json.loads(config)
        return json.dumps({name: told[name] for name in sorted(told) if not name.startswith("_")})
    except (ValueError, TypeError):
        return config


def _sides(spec: NetworkSpec, say: Callable[[TensorSpec], str]) -> str:
    """ "sample 4x8x8, timestep - → output 4x8x8" """
    return " → ".join(", ".join(f"{t.name} {say(t)}" for t in tensors) for tensors in (spec.inputs, spec.outputs))


def _shape(tensor: TensorSpec) -> str:
    row = "x".join(map(str, tensor.shape)) or "-"
    return f"{tensor.rows}*{row}" if tensor.rows > 1 else row


def _reason(name: str, found: str | None, wanted: str) -> str:
    if found is None:
        return f"{name}: not recorded, now {_short(wanted)}"
    if name == "weights":
        return f"weights: built from {_start(found)}, the model now has {_start(wanted)}"
    if name == "code":
        return f"code: built by {_start(found)}, the source is now {_start(wanted)}"
    if name == "config":
        return f"config: {_config(found, wanted)}"
    if name in ("shapes", "dtypes"):
        was, now = _apart(found, wanted)
        return f"{name}: built for {_short(was)}, now {_short(now)}"
    return f"{name}: built with {_short(found)}, now {_short(wanted)}"


def _config(found: str, wanted: str) -> str:
    """The entries that differ, of two JSON objects."""
    try:
        was, now = json.loads(found), json.loads(wanted)
        names = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
        told = ", ".join(f"{name} was {was.get(name)}, now {now.get(name)}" for name in names[:4])
        return f"{told}{f' and {len(names) - 4} more' if len(names) > 4 else ''}" if names else "written otherwise"
    except (ValueError, AttributeError):
        return f"built for {_short(found)}, now {_short(wanted)}"


def _apart(found: str, wanted: str) -> tuple[str, str]:
    """The items of two lists that are not in the other."""
    was, now = ([item for side in told.split(" → ") for item in side.split(", ")] for told in (found, wanted))
    left, right = [item for item in was if item not in now], [item for item in now if item not in was]
    return (", ".join(left) or "fewer", ", ".join(right) or "fewer") if left or right else (found, wanted)


def _short(text: str) -> str:
    return (text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…") or "none"


def _start(digest: str) -> str:
    return f"{digest[:12]}…" if digest else "what has no digest"
