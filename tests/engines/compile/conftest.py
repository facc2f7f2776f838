"""Every network of every architecture, tiny, each exported once a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
import transformers
from torch import nn

from engines.compile.export import export
from engines.compile.spec import NetworkSpec, TensorSpec
from engines.diffusion.networks import Decoder, Denoiser, TextEncoder
from tools import tiny_models

torch.set_num_threads(1)  # tiny networks are slower on more

BUCKETS = (1, 2, 4, 8)
CELLS = 8  # latents of 8x8


@dataclass(frozen=True)
class Made:
    """A network of a tiny model."""

    spec: NetworkSpec
    module: nn.Module


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Made]:
    """`made("denoiser sdxl with bank")`: of the names below."""
    root = tmp_path_factory.mktemp("models")
    known: dict[str, Made] = {}

    def part(kind: str, name: str, dtype: torch.dtype) -> nn.Module:
        if not (root / kind).exists():
            tiny_models.make(kind, root / kind)
        folder = root / kind / name
        library: Any = transformers if "encoder" in name else diffusers
        names = {
            "unet": "UNet2DConditionModel",
            "vae": "AutoencoderKL",
            "": "AutoencoderTiny",
            "text_encoder": "CLIPTextModel",
            "text_encoder_2": "CLIPTextModelWithProjection",
        }
        model = getattr(library, names[name])
        if name == "unet":  # a layer less in every block than the others have: exports are what takes the time here
            torch.manual_seed(0)
            config = model.load_config(folder) | {"layers_per_block": 1, "transformer_layers_per_block": 1}
            module: nn.Module = model.from_config(config).to(dtype)
        else:
            module = model.from_pretrained(folder, torch_dtype=dtype)
        return module.eval().requires_grad_(False)

    def denoiser(kind: str, layers: str | None, dtype: torch.dtype = torch.float32) -> Made:
        module = Denoiser(part(kind, "unet", dtype), layers=layers)
        return Made(module.spec(BUCKETS, CELLS, CELLS), module)

    def decoder(kind: str, name: str) -> Made:
        module = Decoder(part(kind, name, torch.float32))
        return Made(module.spec(BUCKETS, CELLS, CELLS), module)

    def encoder(kind: str, name: str, **how: bool) -> Made:
        module = TextEncoder(part(kind, name, torch.float32), **how)
        return Made(module.spec(name.replace("_", "-"), BUCKETS), module)

    makers: dict[str, Callable[[], Made]] = {
        "text encoder of sd15": lambda: encoder("sd15", "text_encoder"),
        "second text encoder of sdxl": lambda: encoder("sdxl", "text_encoder_2", penultimate=True, pooled=True),
        "denoiser of sd15": lambda: denoiser("sd15", None),
        "denoiser of sd-turbo with a bank": lambda: denoiser("sd-turbo", "decoder"),
        "denoiser of sd-turbo with a bank in half precision": lambda: denoiser("sd-turbo", "decoder", torch.float16),
        "denoiser of sdxl with a bank": lambda: denoiser("sdxl", "decoder"),
        "denoiser of lcm": lambda: denoiser("lcm", None),
        "decoder taesd": lambda: decoder("taesd", ""),
        "decoder kl": lambda: decoder("sd15", "vae"),
    }

    def network(name: str) -> Made:
        if name not in known:
            known[name] = makers[name]()
        return known[name]

    return network


@pytest.fixture(scope="session")
def exported(made: Callable[[str], Made], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The ONNX file of a network, by the same names."""
    root = tmp_path_factory.mktemp("onnx")
    known: dict[str, Path] = {}

    def onnx(name: str) -> Path:
        if name not in known:
            network = made(name)
            known[name] = export(network.spec, network.module, root / name.replace(" ", "-"))
        return known[name]

    return onnx


class Mixer(nn.Module):
    """The smallest network worth a build: x [B, 16] → (tanh(Wx) [B, 16],)."""

    def __init__(self, seed: int = 0, width: int = 16) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width, bias=False)
        noise = torch.randn((width, width), generator=torch.Generator().manual_seed(seed))
        self.linear.weight.data.copy_(noise / width**0.5)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        return (torch.tanh(self.linear(x)),)


@pytest.fixture
def mixer() -> Callable[..., Made]:
    """`mixer(seed=1)`: a network that is exported and built within a second or two."""

    def network(seed: int = 0, width: int = 16, buckets: tuple[int, ...] = (1, 2)) -> Made:
        x, y = TensorSpec("x", (width,), "float32"), TensorSpec("y", (width,), "float32")
        return Made(NetworkSpec("mixer", (x,), (y,), buckets), Mixer(seed, width).eval().requires_grad_(False))

    return network
