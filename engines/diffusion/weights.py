"""Weight files looked at without loading them: is all there, how much is it. No torch here.

A safetensors file begins with 8 bytes, little-endian, the length of a JSON header that gives every tensor's dtype,
shape and place (github.com/huggingface/safetensors, "Format"): whether a file is whole can be told from its first
kilobytes and its size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.errors import EngineError

MAX_HEADER = 100_000_000  # bytes; safetensors' own limit

POINTER = b"version https://git-lfs"
"""What git leaves in the place of a large file when git-lfs is not installed."""

HALF = "fp16"
"""The variant that hub repositories keep beside the full weights: `model.fp16.safetensors`."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The files of one network in one precision."""

    files: tuple[Path, ...]
    tensors: Mapping[str, tuple[str, tuple[int, ...]]]  # name → (dtype as safetensors writes it: "F16", shape)
    variant: str  # "" or "fp16"

    @property
    def parameters(self) -> int:
        """Numbers in all tensors, those of integers (`position_ids`) left out."""
        return sum(_product(shape) for dtype, shape in self.tensors.values() if not dtype.startswith(("I", "U")))


def find(folder: Path, stem: str) -> list[Weights]:
    """The weights in `folder` named `stem`: full ones, the fp16 variant, or both, in this order. None is an error."""
    found = []
    for variant in ("", HALF):
        dotted = f".{variant}" if variant else ""
        single = folder / f"{stem}{dotted}.safetensors"
        index = folder / f"{stem}.safetensors.index{dotted}.json"
        if present(single):
            found.append(Weights((single,), header(single), variant))
        elif present(index):
            found.append(_sharded(index, variant))
    if found:
        return found
    partial = sorted(folder.glob("*.incomplete"))
    if partial:
        raise EngineError(f"{folder} holds only {partial[0].name}: the download did not finish, start it again")
    pickles = sorted([*folder.glob("*.bin"), *folder.glob("*.ckpt"), *folder.glob("*.pth")])
    if pickles:
        raise EngineError(
            f"{folder} has its weights only as {pickles[0].name}, a pickle, which can run code when it is opened; "
            "convert a model you trust with diffusers: DiffusionPipeline.from_pretrained(MODEL).save_pretrained(FOLDER)"
        )
    raise EngineError(f"{folder} has no {stem}.safetensors: a file of the model is missing, download it again")


def present(path: Path) -> bool:
    """Whether there is a file; a link into the hub's cache whose target is missing is half a download."""
    if path.is_symlink() and not path.exists():
        raise EngineError(f"{path} points to a file that is not there: the download did not finish, start it again")
    return path.is_file()


def header(file: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Name → (dtype, shape) of a safetensors file. Raises EngineError for one that is not whole."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        start = opened.read(8)
        if size == 0:
            raise EngineError(f"{file} is empty: the download did not finish, start it again")
        if (start + opened.read(len(POINTER) - 8)) == POINTER:
            raise EngineError(f"{file} is a pointer of git-lfs, not the file itself; run `git lfs pull` in that folder")
        opened.seek(8)
        length = int.from_bytes(start, "little")
        if size < 8 or length > MAX_HEADER:
            raise EngineError(f"{file} is not a safetensors file (its first bytes are {start!r})")
        raw = opened.read(length)
    if len(raw) < length:
        raise _short(file, size, 8 + length)
    try:
        told: dict[str, Any] = json.loads(raw)
        told.pop("__metadata__", None)
        end = max((each["data_offsets"][1] for each in told.values()), default=0)
        tensors = {name: (str(each["dtype"]), tuple(each["shape"])) for name, each in told.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise EngineError(f"{file} is not a safetensors file: its header cannot be read ({error})") from None
    if size < 8 + length + end:
        raise _short(file, size, 8 + length + end)
    return tensors


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object. Raises EngineError for what is not one."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror}") from None
    if raw.startswith(POINTER):
        raise EngineError(f"{file} is a pointer of git-lfs, not the file itself; run `git lfs pull` in that folder")
    try:
        told = json.loads(raw)
    except ValueError as error:
        raise EngineError(f"{file} is not JSON: {error}") from None
    except RecursionError:
        raise EngineError(f"{file} is nested too deeply to be a config") from None
    if not isinstance(told, dict):
        raise EngineError(f"{file} holds a {type(told).__name__}, expected a JSON object")
    return told


def _sharded(index: Path, variant: str) -> Weights:
    shards = read_json(index).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise EngineError(f"{index} has no weight_map")
    files = tuple(index.parent / name for name in sorted({str(name) for name in shards.values()}))
    if missing := [file.name for file in files if not present(file)]:
        raise EngineError(
            f"{index.parent} lacks {missing[0]}, one of {len(files)} files of these weights: "
            "the download did not finish, start it again"
        )
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {}
    for file in files:
        tensors |= header(file)
    return Weights(files, tensors, variant)


def _short(file: Path, size: int, expected: int) -> EngineError:
    return EngineError(
        f"{file} has {size:,} bytes, its header promises {expected:,}: the download did not finish, start it again"
    )


def _product(shape: tuple[int, ...]) -> int:
    count = 1
    for side in shape:
        count *= side
    return count
