"""The onnxruntime backend: the exported graph on the CPU."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engines.errors import EngineError

from .backend import Backend, Bound, Network
from .buffers import Buffers
from .cache import Cache
from .export import MODEL, ONNX
from .spec import NetworkSpec
from .store import ready
from .target import here, imported
from .torch_backend import first_line

log = logging.getLogger(__name__)

ELEMENT = {"FLOAT16": 10, "BFLOAT16": 16, "FLOAT": 1, "INT64": 7}
"""Of onnx.TensorProto.DataType: the only name that onnxruntime has for bfloat16."""


class OnnxBound(Bound):
    """A session with its inputs and outputs bound to the buffers: nothing is copied."""

    def __init__(
        self, spec: NetworkSpec, session: Any, inputs: dict[str, torch.Tensor], outputs: dict[str, torch.Tensor]
    ) -> None:
        self.spec = spec
        self.inputs = inputs
        self.outputs = outputs
        self._session = session
        self._bindings = session.io_binding()
        names = {tensor.name: ONNX[tensor.dtype] for tensor in (*spec.inputs, *spec.outputs)}
        for tensors, bind in ((inputs, self._bindings.bind_input), (outputs, self._bindings.bind_output)):
            for name, tensor in tensors.items():
                bind(name, "cpu", 0, ELEMENT[names[name]], tuple(tensor.shape), tensor.data_ptr())

    def run(self) -> None:
        try:
            self._session.run_with_iobinding(self._bindings)
        except Exception as error:  # onnxruntime's errors share no base of their own
            raise EngineError(f"{self.spec.name}: onnxruntime failed: {first_line(error)}") from error


class OnnxNetwork(Network):
    def __init__(self, spec: NetworkSpec, session: Any) -> None:
        self.spec = spec
        self._session = session
        self._buffers = Buffers(spec, torch.device("cpu"))

    def bind(self, bucket: int, given: Mapping[str, torch.Tensor] | None = None) -> OnnxBound:
        return OnnxBound(self.spec, self._session, self._buffers.inputs(bucket, given), self._buffers.outputs(bucket))

    def close(self) -> None:
        self._buffers.clear()
        self._session = None


class OnnxBackend(Backend):
    """On the CPU: graphs from the cache, or exported, checked and kept there first."""

    def __init__(
        self,
        cache: Cache,
        *,
        threads: int = 0,
        say: Callable[[str], None] = log.info,
        cancel: threading.Event | None = None,
    ) -> None:
        """`threads` of one network's run; 0: as many as torch takes."""
        self.target = here("onnxruntime")
        self.device = torch.device("cpu")
        self.threads = threads or torch.get_num_threads()
        self.name = f"onnxruntime {'.'.join(self.target.version.split('.')[:2])} on cpu"
        self._cache, self._say, self._cancel = cache, say, cancel

    def network(self, spec: NetworkSpec, module: nn.Module) -> OnnxNetwork:
        entry = ready(spec, module, self.target, self._cache, load=self.load, say=self._say, cancel=self._cancel)
        return self.load(spec, entry.folder)

    def load(self, spec: NetworkSpec, folder: Path) -> OnnxNetwork:
        """From the files in `folder`."""
        onnxruntime = imported("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EngineError(f"{spec.name}: onnxruntime cannot load the graph: {first_line(error)}") from error
        return OnnxNetwork(spec, session)
