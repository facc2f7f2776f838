"""What engines are built with and for, and what is missing where they cannot be."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from engines.errors import EngineError

Flavour = Literal["tensorrt", "tensorrt_rtx", "onnxruntime"]
"""Names of modules. tensorrt_rtx is TensorRT for workstation cards: the same API, compiles its kernels on the GPU at
load, and can so build without one."""

INSTALL = {
    "tensorrt": "pip install tensorrt onnx onnxscript",
    "tensorrt_rtx": "pip install tensorrt-rtx onnx onnxscript",
    "onnxruntime": "pip install onnxruntime onnx onnxscript",
}


@dataclass(frozen=True, slots=True)
class Target:
    """An engine built for one target runs on no other."""

    flavour: Flavour
    version: str  # "11.4.0.106"
    driver: str = ""  # "580.95.05"; "" without a GPU
    cuda: str = ""  # that torch was built with: "13.2"
    gpu: str = ""  # "NVIDIA H200"
    capabilities: tuple[str, ...] = ()  # ("sm_90",): the GPU's, or those asked for where there is none


def imported(flavour: Flavour) -> Any:
    """The module. Raises EngineError with the command that installs it."""
    try:
        return importlib.import_module(flavour)
    except Exception as error:  # without its libraries TensorRT fails in several ways
        raise EngineError(f"{flavour} cannot be imported ({error}); {INSTALL[flavour]}") from error


def here(flavour: Flavour, capabilities: tuple[str, ...] = ()) -> Target:
    """This machine's. `capabilities` ("sm_89", …) are what to build for where there is no GPU; only tensorrt_rtx can.

    Raises EngineError where nothing can be built.
    """
    module = imported(flavour)
    _exporter()
    if flavour == "onnxruntime":
        return Target(flavour, module.__version__)
    supported = _supported(module)
    if torch.cuda.is_available():
        major, minor = torch.cuda.get_device_capability()
        capabilities = (f"sm_{major}{minor}",)
        gpu, driver = torch.cuda.get_device_name(), _driver()
    elif flavour == "tensorrt":
        raise EngineError("tensorrt builds on the GPU that will run the engine, and torch sees none here")
    else:
        capabilities, gpu, driver = capabilities or tuple(supported[-1:]), "", ""
    if unknown := [each for each in capabilities if supported and each not in supported]:
        raise EngineError(
            f"{flavour} {module.__version__} has no kernels for {', '.join(unknown)} {gpu}".rstrip()
            + f", only for {', '.join(supported)}; the full TensorRT has: {INSTALL['tensorrt']}; or --backend torch"
        )
    return Target(flavour, module.__version__, driver, torch.version.cuda or "", gpu, capabilities)


def best() -> Flavour:
    """The TensorRT that is installed; the full one where both are. Raises EngineError where none is."""
    flavours: tuple[Flavour, ...] = ("tensorrt", "tensorrt_rtx")
    for flavour in flavours:
        if importlib.util.find_spec(flavour) is not None:
            return flavour
    raise EngineError(
        f"backend tensorrt: neither the module tensorrt nor tensorrt_rtx is installed; {INSTALL['tensorrt']}"
        f" (any NVIDIA GPU), or {INSTALL['tensorrt_rtx']} (GeForce and RTX cards)"
    )


def requirements(backend: str) -> EngineError | None:
    """What keeps a backend ("torch", "tensorrt", "onnxruntime") from running here, or None."""
    try:
        if backend == "onnxruntime":
            here("onnxruntime")
        elif backend == "tensorrt":
            flavour = best()
            if not torch.cuda.is_available():
                raise EngineError(
                    "backend tensorrt: it runs on an NVIDIA GPU and torch sees none here (nvidia-smi tells whether the"
                    " driver does); --backend torch runs anywhere"
                )
            here(flavour)
        elif backend != "torch":
            raise EngineError(f"backend {backend!r}, expected torch, tensorrt or onnxruntime")
    except EngineError as error:
        return error
    return None


def _exporter() -> None:
    missing = [name for name in ("onnx", "onnxscript") if importlib.util.find_spec(name) is None]
    if missing:
        raise EngineError(f"networks are exported with {' and '.join(missing)}; pip install {' '.join(missing)}")


def _supported(module: Any) -> list[str]:
    """Of tensorrt_rtx, which lists them: ["sm_75", …]; the full TensorRT builds for the GPU at hand and lists none."""
    members = getattr(module, "ComputeCapability", None)
    names = sorted((n for n in members.__members__ if n.startswith("SM")), key=lambda n: int(n[2:])) if members else []
    return [f"sm_{name[2:]}" for name in names]


@functools.cache
def _driver() -> str:
    """Of the GPU: "580.95.05"."""
    told = Path("/sys/module/nvidia/version")
    if told.is_file():
        return told.read_text().strip()
    if smi := shutil.which("nvidia-smi"):
        asked = [smi, "--query-gpu=driver_version", "--format=csv,noheader"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout.split()
            return said[0] if said else "unknown"
        except (OSError, subprocess.SubprocessError):
            return "unknown"
    return "unknown"
