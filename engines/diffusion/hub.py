"""Where models lie: a folder, or a name in the local cache of the Hugging Face hub. Nothing is downloaded. No torch.

The cache is `models--ORG--NAME/{refs,snapshots,blobs}` (huggingface.co/docs/huggingface_hub/guides/manage-cache).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from engines.errors import EngineError

from .presets import NOT_MODELS

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def cache() -> Path:
    """Where `hf download` puts models, by the variables that huggingface_hub reads."""
    told = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if told:
        return Path(told).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "huggingface" / "hub"


def locate(model: str) -> Path:
    """The folder of a model. Raises EngineError for one that is not on this machine."""
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise EngineError(
            f"{model} is a single file, expected a folder in diffusers' format; convert it with diffusers: "
            "StableDiffusionPipeline (SDXL: StableDiffusionXLPipeline) .from_single_file(FILE).save_pretrained(FOLDER)"
        )
    if model.lower() in NOT_MODELS:
        raise EngineError(f"{model} changes a model, it is none; use {NOT_MODELS[model.lower()]}")
    if not _NAME.fullmatch(model):
        raise EngineError(f"there is no folder {model}, and a name on the hub looks like stabilityai/sd-turbo")
    found = snapshot(model)
    if found is None:
        raise EngineError(
            f"{model} is neither a folder nor in {cache()}; get it with `hf download {model}` (read its licence "
            "first), or give a folder"
        )
    return found


def snapshot(name: str) -> Path | None:
    """The folder of a name in the cache: what `main` names, else the only one there; None: it is not there."""
    if not _NAME.fullmatch(name):
        return None
    kept = cache() / f"models--{name.replace('/', '--')}"
    main = kept / "refs" / "main"
    if main.is_file():
        snapshot = kept / "snapshots" / main.read_text(encoding="utf-8").strip()
        if snapshot.is_dir():
            return snapshot
    snapshots = sorted(kept.glob("snapshots/*"))
    return snapshots[0] if len(snapshots) == 1 else None
