"""Models damaged as models come damaged in life, for tests of what is said then."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

FAULTS = ("not-a-model", "missing-component", "no-config", "half-download", "unknown-architecture", "nan")


def broken(folder: Path, how: str) -> Path:
    """Damage the model in `folder` in one of the ways of `FAULTS`."""
    unet = folder / "unet" / "diffusion_pytorch_model.safetensors"
    index_file = folder / "model_index.json"
    if how == "not-a-model":
        index_file.unlink()
    elif how == "missing-component":
        shutil.rmtree(folder / "unet")
    elif how == "no-config":
        (folder / "unet" / "config.json").unlink()
    elif how == "half-download":
        with unet.open("r+b") as file:
            file.truncate(unet.stat().st_size // 2)
    elif how == "unknown-architecture":
        index = json.loads(index_file.read_text(encoding="utf-8"))
        index_file.write_text(json.dumps(index | {"_class_name": "FluxPipeline"}), encoding="utf-8")
    elif how == "nan":
        tensors = load_file(unet)
        tensors["conv_in.weight"][0, 0, 0, 0] = math.nan
        save_file(tensors, unet, metadata={"format": "pt"})
    else:
        raise ValueError(f"fault {how!r}, expected one of {', '.join(FAULTS)}")
    return folder
