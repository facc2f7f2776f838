"""LoRAs (arXiv 2106.09685) fused into a model's weights: W ← W + weight · alpha/rank · B·A.

diffusers and peft read the files, in diffusers' own format and in that of kohya's scripts and A1111; afterwards their
layers are taken out again, so that modules and names of parameters are those of a model without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers.loaders.lora_pipeline import StableDiffusionLoraLoaderMixin, StableDiffusionXLLoraLoaderMixin
from diffusers.utils.peft_utils import recurse_remove_peft_layers
from torch import nn

from engines.errors import EngineError

from . import hub
from .options import Lora
from .weights import header

_DOWN = re.compile(r"lora(_A|_down|[._]linear_layer\.down|\.down)\.")
"""The A of a layer, in the names of any format."""


def fuse(lora: Lora, networks: Mapping[str, nn.Module], *, sdxl: bool) -> list[str]:
    """Change the weights of `networks` (unet, text_encoder, text_encoder_2) as `lora` says. Returns remarks.

    Raises EngineError for a file that is no LoRA, or one of another model.
    """
    file = _file(lora.path)
    names = list(header(file))
    if not any("lora" in name.lower() for name in names):
        raise EngineError(f"{file} is no LoRA: it holds tensors such as {names[0] if names else 'none'}")
    loader: Any = StableDiffusionXLLoraLoaderMixin if sdxl else StableDiffusionLoraLoaderMixin
    fitted = 0
    try:
        state, alphas, metadata = loader.lora_state_dict(
            str(file),
            unet_config=networks["unet"].config,
            local_files_only=True,
            use_safetensors=True,
            return_lora_metadata=True,
        )
        given = sum(1 for name in state if _DOWN.search(name))
        for name, module in networks.items():
            if not any(key.startswith(f"{name}.") for key in state):
                continue
            told = {"network_alphas": alphas, "metadata": metadata, "adapter_name": "fused"}
            if name == "unet":
                loader.load_lora_into_unet(state, unet=module, **told)
            else:
                loader.load_lora_into_text_encoder(state, text_encoder=module, prefix=name, **told)
            fitted += _merge(module, lora.weight)
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:  # peft and diffusers raise whatever they like
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise EngineError(f"LoRA {file} does not fit this model: {said}") from error
    if not fitted:
        raise EngineError(f"LoRA {file} does not fit this model: no layer has the name of any of its {given}")
    if fitted < given:
        return [f"{given - fitted} of the {given} layers of LoRA {file.name} fit nowhere and were left out"]
    return []


def _merge(module: nn.Module, weight: float) -> int:
    """Add peft's layers in `module`, times `weight`, to the weights they stand for, and take them out. How many."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers: list[Any] = [layer for layer in module.modules() if isinstance(layer, BaseTunerLayer)]
    for layer in layers:
        layer.scale_layer(weight)
        layer.merge()
    recurse_remove_peft_layers(module)  # type: ignore[no-untyped-call]
    if hasattr(module, "peft_config"):
        del module.peft_config
    if hasattr(module, "_hf_peft_config_loaded"):
        module._hf_peft_config_loaded = False  # type: ignore[assignment]
    return len(layers)


def _file(path: str) -> Path:
    """The file of a LoRA: itself, the only one in a folder, or the only one in a folder of the hub's cache."""
    found = Path(path).expanduser()
    if not found.exists():
        kept = hub.snapshot(path)
        if kept is None:
            raise EngineError(
                f"there is no LoRA {path}: expected a .safetensors file, a folder with one, or a cached name"
            )
        found = kept
    if found.is_dir():
        files = sorted(found.glob("*.safetensors"))
        if len(files) != 1:
            told = ", ".join(file.name for file in files[:5]) or "none"
            raise EngineError(f"{found} holds {len(files)} .safetensors files ({told}), expected one: name the file")
        return files[0]
    if found.suffix != ".safetensors":
        raise EngineError(f"LoRA {found} is a {found.suffix or 'file without ending'}, expected .safetensors")
    return found
