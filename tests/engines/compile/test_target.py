"""What TensorRT is there, for which GPU; and what is missing where there is none."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from engines.compile import trt
from engines.compile.builder import USER_ALLOCATION
from engines.compile.cache import Cache
from engines.compile.target import Target, best, here, imported, requirements
from engines.errors import EngineError, OutOfMemory

rtx = pytest.importorskip("tensorrt_rtx")
without_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
without_tensorrt = pytest.mark.skipif(
    importlib.util.find_spec("tensorrt") is not None, reason="the full TensorRT is installed"
)


def test_torch_and_onnxruntime_run_here() -> None:
    assert requirements("torch") is None
    assert requirements("onnxruntime") is None


@without_gpu
def test_tensorrt_without_a_gpu_is_an_error_that_says_what_runs_instead(tmp_path: Path) -> None:
    error = requirements("tensorrt")
    assert error is not None
    assert "runs on an NVIDIA GPU and torch sees none here" in str(error)
    assert "--backend torch" in str(error)
    with pytest.raises(EngineError, match="torch sees none here"):
        trt.TensorRTBackend(Cache(tmp_path))


@without_tensorrt
def test_a_tensorrt_that_is_not_installed_is_an_error_with_the_command_that_installs_it() -> None:
    with pytest.raises(EngineError, match="pip install tensorrt onnx onnxscript"):
        imported("tensorrt")


def test_neither_of_the_two_installed_names_both_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        EngineError, match=r"pip install tensorrt onnx onnxscript \(any NVIDIA GPU\), or pip install te"
    ):
        best()


def test_an_exporter_that_is_not_installed_is_an_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxscript" else found(name))
    error = requirements("onnxruntime")
    assert error is not None
    assert str(error).endswith("pip install onnxscript")


def test_an_unknown_backend_is_an_error() -> None:
    assert str(requirements("vulkan")) == "backend 'vulkan', expected torch, tensorrt or onnxruntime"


@without_gpu
def test_what_is_built_for_can_be_said_where_there_is_no_gpu() -> None:
    assert here("tensorrt_rtx", ("sm_89",)) == Target(
        "tensorrt_rtx", rtx.__version__, cuda=torch.version.cuda or "", capabilities=("sm_89",)
    )
    with pytest.raises(EngineError, match=r"has no kernels for sm_90, only for sm_75, .*sm_89.*pip install tensorrt"):
        here("tensorrt_rtx", ("sm_90",))  # H100 and H200


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        ("Runtime", ["deserialize_cuda_engine"]),
        (
            "ICudaEngine",
            [
                "create_execution_context",
                "create_runtime_config",
                "get_device_memory_size_for_profile_v2",
                "get_tensor_dtype",
            ],
        ),
        (
            "IRuntimeConfig",
            [
                "create_runtime_cache",
                "dynamic_shapes_kernel_specialization_strategy",
                "set_execution_context_allocation_strategy",
                "set_runtime_cache",
            ],
        ),
        ("DynamicShapesKernelSpecializationStrategy", ["EAGER"]),
        (
            "IExecutionContext",
            [
                "execute_async_v3",
                "infer_shapes",
                "set_device_memory",
                "set_input_shape",
                "set_optimization_profile_async",
                "set_tensor_address",
            ],
        ),
        ("ExecutionContextAllocationStrategy", ["USER_MANAGED"]),
        ("DataType", list(trt.TORCH)),
        ("IBuilderConfig", ["create_timing_cache", "set_timing_cache", "progress_monitor", "set_compute_capability"]),
        ("ITimingCache", ["serialize"]),
        ("NetworkDefinitionCreationFlag", ["STRONGLY_TYPED"]),
        ("BuilderFlag", ["TF32", USER_ALLOCATION]),
    ],
)
def test_the_bindings_have_all_that_we_call(owner: str, names: list[str]) -> None:
    # Nothing of it can be executed without a GPU; a name that went away is found here.
    assert [name for name in names if not hasattr(getattr(rtx, owner), name)] == []


def test_a_call_that_we_make_without_a_gpu_is_made() -> None:
    with_logger = rtx.Runtime(trt._logger(rtx))
    assert with_logger.deserialize_cuda_engine(b"no engine") is None


def test_nothing_from_tensorrt_is_out_of_memory_where_too_little_is_free() -> None:
    # It gives None for an engine, or a context, and says why in its log only.
    full, odd = trt.refused("denoiser: no context", 3_000_000, 1_000_000), trt.refused("denoiser: no context", 2, 3)
    assert isinstance(full, OutOfMemory)
    assert str(full) == "denoiser: no context: it takes 3 MB and 1 MB of the GPU are free"
    assert not isinstance(odd, OutOfMemory)
    assert str(odd) == "denoiser: no context; its log says why"
