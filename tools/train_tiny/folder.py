"""The trained networks as a folder in diffusers' format, in half precision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from .autoencoder import CONFIG
from .denoiser import NOISE, TEXT, UNET, Denoiser
from .tokens import dump, write_tokenizer

VERSION = "0.29.0"  # of diffusers, whose format has not changed since


def write(folder: Path, denoiser: Denoiser, autoencoder: nn.Module, words: int) -> Path:
    """All of it: networks, tokenizer of `words` tokens, scheduler, index."""
    version = {"_diffusers_version": VERSION}
    _network(folder / "vae", autoencoder, {"_class_name": "AutoencoderTiny"} | version | CONFIG)
    _network(folder / "unet", denoiser.unet, {"_class_name": "UNet2DConditionModel"} | version | UNET)
    text = {"architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "vocab_size": words} | TEXT
    _network(folder / "text_encoder", denoiser.text, text, stem="model", prefix="text_model.")
    write_tokenizer(folder / "tokenizer")
    (folder / "scheduler").mkdir(exist_ok=True)
    scheduler = {"_class_name": "DDIMScheduler", "_diffusers_version": VERSION} | NOISE
    dump(folder / "scheduler" / "scheduler_config.json", scheduler)
    dump(
        folder / "model_index.json",
        {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": VERSION,
            "feature_extractor": [None, None],
            "requires_safety_checker": False,
            "safety_checker": [None, None],
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderTiny"],
        },
    )
    return folder


def _network(
    folder: Path, network: nn.Module, config: dict[str, Any], *, stem: str = "diffusion_pytorch_model", prefix: str = ""
) -> None:
    """transformers 5 dropped a prefix from the names that files on the hub have: it is put before them again."""
    folder.mkdir(parents=True, exist_ok=True)
    dump(folder / "config.json", config)
    tensors = {
        name if name.startswith(prefix) else prefix + name: tensor.to(torch.float16).contiguous()
        for name, tensor in network.state_dict().items()
        if tensor.is_floating_point()  # not the numbers of positions
    }
    path = folder / f"{stem}.safetensors"
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(0o644)  # safetensors lets nobody else read it
