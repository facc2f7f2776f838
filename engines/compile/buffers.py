"""The tensors that networks read and write: allocated once, at addresses that stay."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from engines.errors import EngineError, OutOfMemory

from .spec import NetworkSpec, TensorSpec


def torch_dtype(tensor: TensorSpec) -> torch.dtype:
    """torch's name for the type in a TensorSpec."""
    dtype = getattr(torch, tensor.dtype)
    assert isinstance(dtype, torch.dtype)
    return dtype


class Buffers:
    """One allocation a tensor, for the largest bucket that is used; smaller buckets are its leading rows.

    All that is bound of one network shares them: it runs one batch at a time. Who needs two of a tensor gives its own.
    """

    def __init__(self, spec: NetworkSpec, device: torch.device) -> None:
        self.spec = spec
        self.device = device
        self._whole: dict[str, torch.Tensor] = {}

    def inputs(self, bucket: int, given: Mapping[str, torch.Tensor] | None = None) -> dict[str, torch.Tensor]:
        """In the order of the spec, the `given` ones as they are. Raises EngineError for one that does not fit."""
        given = given or {}
        if bucket not in self.spec.used:
            raise EngineError(f"{self.spec.name}: a batch of {bucket}, but it was made ready for {self.spec.used}")
        if unknown := given.keys() - {tensor.name for tensor in self.spec.inputs}:
            raise EngineError(f"{self.spec.name} has no input {', '.join(sorted(unknown))}")
        for tensor in self.spec.inputs:
            if tensor.name in given:
                self._check(tensor, bucket, given[tensor.name])
        return {
            tensor.name: given[tensor.name] if tensor.name in given else self._leading(tensor, bucket)
            for tensor in self.spec.inputs
        }

    def outputs(self, bucket: int) -> dict[str, torch.Tensor]:
        """In the order of the spec."""
        return {tensor.name: self._leading(tensor, bucket) for tensor in self.spec.outputs}

    def clear(self) -> None:
        """Let go of them; who holds a view keeps the memory alive."""
        self._whole.clear()

    def _leading(self, tensor: TensorSpec, bucket: int) -> torch.Tensor:
        if tensor.name not in self._whole:
            shape = (tensor.rows * self.spec.largest, *tensor.shape)
            # Never a tensor of inference mode: the engine must be able to write into it outside of that, too.
            try:
                with torch.inference_mode(False):
                    self._whole[tensor.name] = torch.zeros(shape, dtype=torch_dtype(tensor), device=self.device)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(f"{self.spec.name}: no memory on {self.device} for {tensor.name} {shape}") from error
        return self._whole[tensor.name][: tensor.rows * bucket]

    def _check(self, tensor: TensorSpec, bucket: int, found: torch.Tensor) -> None:
        shape, dtype = (tensor.rows * bucket, *tensor.shape), torch_dtype(tensor)
        wrong = [
            f"{what} {is_} instead of {should}"
            for what, is_, should in (
                ("shape", tuple(found.shape), shape),
                ("dtype", found.dtype, dtype),
                ("device", found.device.type, self.device.type),
            )
            if is_ != should
        ]
        if not found.is_contiguous():
            wrong.append(f"strides {found.stride()}, not contiguous")
        if wrong:
            raise EngineError(f"{self.spec.name}: the buffer given for {tensor.name} has {', '.join(wrong)}")
