"""Where a model runs and in what precision."""

from __future__ import annotations

from pathlib import Path

import torch

from engines.errors import EngineError

from .options import DiffusionOptions


def choose(options: DiffusionOptions) -> tuple[torch.device, torch.dtype]:
    """As the options say; "auto" is the best there is. Raises EngineError for what this machine has not."""
    device = _device(options.device)
    if options.dtype == "auto":
        return device, torch.float32 if device.type == "cpu" else torch.float16
    return device, getattr(torch, options.dtype)


def _device(asked: str) -> torch.device:
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if asked == "auto":
        asked = "cuda" if cuda else "mps" if mps else "cpu"
    if asked == "cuda":
        if torch.version.cuda is None and torch.version.hip is None:
            raise EngineError(
                f"no CUDA: this torch ({torch.__version__}) was built without it; install the one from pytorch.org's "
                "CUDA index, or take --device cpu"
            )
        if not cuda:
            raise EngineError(
                "no CUDA: torch finds no GPU; see whether `nvidia-smi` lists one (in Docker: --gpus all), "
                "or take --device cpu"
            )
        return torch.device("cuda", torch.cuda.current_device())
    if asked == "mps" and not mps:
        raise EngineError("no MPS: it needs macOS on Apple silicon; take --device auto")
    return torch.device(asked)


def free_bytes(device: torch.device) -> int | None:
    """Memory of the device that is free, None where it cannot be known."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return available_bytes(Path("/proc/meminfo"), Path("/sys/fs/cgroup"))


def available_bytes(meminfo: Path, cgroup: Path) -> int | None:
    """Memory that a process can still take on Linux: the machine's, or what is left to its container (cgroup v2)."""
    found = []
    try:
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        found.append(int(lines["MemAvailable"].split()[0]) << 10)
    except (OSError, KeyError, ValueError):
        pass
    try:
        limit, used = ((cgroup / name).read_text().strip() for name in ("memory.max", "memory.current"))
        if limit != "max":
            cached = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
            found.append(int(limit) - int(used) + int(cached.get("inactive_file", 0)))
    except (OSError, ValueError):
        pass
    return min(found, default=None)


def check_memory(device: torch.device, needed: int, free: int | None) -> None:
    """Raises EngineError where `needed` bytes are more than are free."""
    if free is not None and needed > free:
        raise EngineError(
            f"the model needs about {gigabytes(needed)} of memory, {device.type} has {gigabytes(free)} free: take a "
            "smaller size, --dtype float16, a smaller model, or end what else uses the device"
        )


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
