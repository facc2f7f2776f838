"""From a torch module to an ONNX graph: batch dynamic, everything else as the spec says."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from engines.errors import EngineError, OutOfMemory

from .buffers import torch_dtype
from .spec import DType, NetworkSpec

if TYPE_CHECKING:
    import onnx_ir

MODEL = "model.onnx"
DATA = "model.onnx.data"
"""The weights lie beside the graph: a protobuf ends at 2 GB."""

EXAMPLE = 2
"""Batch of the example that is traced. Not 1, which torch.export takes for a constant."""

ONNX: dict[DType, str] = {"float16": "FLOAT16", "bfloat16": "BFLOAT16", "float32": "FLOAT", "int64": "INT64"}
"""Names of the types in ONNX."""


class Flat(nn.Module):
    """Takes its tensors as one list, so that the dynamic shapes of every network are said the same way."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        made: tuple[torch.Tensor, ...] = self.module(*tensors)
        return made


def export(spec: NetworkSpec, module: nn.Module, folder: Path) -> Path:
    """Write MODEL and DATA into `folder`, which is made, or replaced; the path of MODEL. Raises EngineError."""
    largest = spec.buckets[-1]
    batch = torch.export.Dim("batch", min=1, max=max(largest, EXAMPLE))
    shapes = tuple({0: tensor.rows * batch} for tensor in spec.inputs)
    device = next((p.device for p in module.parameters()), torch.device("cpu"))
    examples = tuple(
        torch.zeros((tensor.rows * EXAMPLE, *tensor.shape), dtype=torch_dtype(tensor), device=device)
        for tensor in spec.inputs
    )
    try:
        with torch.no_grad(), _quiet():
            traced = torch.export.export(Flat(module), examples, dynamic_shapes=(shapes,), strict=False)
            program = torch.onnx.export(
                traced,
                input_names=[tensor.name for tensor in spec.inputs],
                output_names=[tensor.name for tensor in spec.outputs],
                opset_version=spec.opset,
                dynamo=True,
                external_data=True,
                verbose=False,
            )
        assert program is not None
        _strip(program.model)
        _check(spec, program.model)
        return _write(program, folder)
    except EngineError:
        raise
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"{spec.name}: no memory on {device} to export it") from error
    except OSError as error:
        raise EngineError(f"{spec.name}: the ONNX graph could not be written to {folder}: {error}") from error
    except Exception as error:  # the exporter and its tools have no common base
        raise EngineError(f"{spec.name}: no ONNX graph of opset {spec.opset}: {_words(error)}") from error


def digest(module: nn.Module) -> str:
    """SHA-256 over names, types, shapes and bytes of all parameters and buffers."""
    seen = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        seen.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        flat = tensor.detach().cpu().contiguous().flatten()
        seen.update(flat.view(torch.uint8).numpy() if flat.numel() else b"")
    return seen.hexdigest()


def _check(spec: NetworkSpec, model: onnx_ir.Model) -> None:
    """The graph takes and gives what the spec says: a batch that became a constant is an error here."""
    if (opset := model.opset_imports.get("")) != spec.opset:
        raise EngineError(f"{spec.name}: the exporter wrote opset {opset}, asked for {spec.opset}")
    for tensors, values in ((spec.inputs, model.graph.inputs), (spec.outputs, model.graph.outputs)):
        if [t.name for t in tensors] != [v.name for v in values]:
            raise EngineError(
                f"{spec.name}: the graph has {[v.name for v in values]}, the spec {[t.name for t in tensors]}"
            )
        for tensor, value in zip(tensors, values, strict=True):
            first, *rest = value.shape or (None,)
            if isinstance(first, int) or first is None:
                raise EngineError(f"{spec.name}: the batch of {tensor.name} became the constant {first} when exported")
            if tuple(rest) != tensor.shape:
                raise EngineError(f"{spec.name}: a row of {tensor.name} is {tuple(rest)}, the spec says {tensor.shape}")
            if value.dtype is None or value.dtype.name != ONNX[tensor.dtype]:
                raise EngineError(f"{spec.name}: {tensor.name} is {value.dtype}, the spec says {tensor.dtype}")


def _strip(model: onnx_ir.Model) -> None:
    """Drop where each node came from: paths of this machine, and no two exports alike."""
    model.doc_string = None
    model.metadata_props.clear()
    model.graph.metadata_props.clear()
    for node in model.graph.all_nodes():
        node.metadata_props.clear()
        node.doc_string = None
        for value in node.outputs:
            value.metadata_props.clear()
    for value in (*model.graph.inputs, *model.graph.initializers.values()):
        value.metadata_props.clear()
        value.doc_string = None


def _write(program: Any, folder: Path) -> Path:
    temporary = folder.with_name(folder.name + ".part")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        program.save(str(temporary / MODEL), external_data=True)
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder / MODEL


def _words(error: BaseException) -> str:
    """The cause at the bottom, on one line: the exporter wraps it in pages of advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join((lines or [type(error).__name__])[:3])[:400]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter prints and warns about what does not concern whoever reads our log."""
    exporter = logging.getLogger("torch.onnx")
    level = exporter.level
    exporter.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        exporter.setLevel(level)
