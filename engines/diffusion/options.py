"""What a diffusion engine is asked for. Plain data without torch: it travels to the process that renders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engines.compile.spec import BUCKETS

METHODS = ("joint", "pan", "slerp", "bank", "rotation", "filter", "feedback", "gates")
"""Coherence methods, each switchable:

joint     frames share a part of their initial noise, the rest is AR(1)
pan       the noise is shifted as the camera moves
slerp     prompt embeddings move along an arc from description to description, evenly by distance
bank      self-attention also reads the keys and values of the shot's first frame and of the frame before
rotation  the paper's rotational value mapping, causal: self-attention reads one banked frame, another one each step
filter    the paper's dual-softmax filtering: tokens without a counterpart fall back to the frame's own attention
feedback  a frame begins with the noised latent of the frame before (img2img)
gates     with a latent of the frame before: only where something changes does the picture become free early
"""

Backends = Literal["torch", "tensorrt", "onnxruntime"]


@dataclass(frozen=True, slots=True)
class Lora:
    """Low-rank weights fused into the model when it is loaded."""

    path: str  # a .safetensors file, or a folder that holds one
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class DiffusionOptions:
    """None: as the model's preset says."""

    model: str  # a folder in diffusers' format, or a name that the hub's local cache holds
    width: int = 512  # pixels, divisible by 8
    height: int = 512
    backend: Backends = "torch"
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    steps: int | None = None
    guidance: float | None = None  # scale of classifier-free guidance; 0 or 1: none
    negative: str = ""  # prompt of the unconditional branch
    scheduler: str | None = None  # "euler", "lcm", "ddim", …
    decoder: str | None = None  # "kl", or a folder or name of an AutoencoderTiny (TAESD)
    loras: tuple[Lora, ...] = ()
    coherence: tuple[str, ...] | None = None  # of METHODS; () is every frame for itself
    strength: float = 0.6  # of feedback: 1 begins with pure noise
    buckets: tuple[int, ...] = BUCKETS
    sessions: int = 64  # films at a time
    eager: bool = False  # torch without its compiler, to compare with
    cache: Path | None = None  # of compiled engines; None: ~/.cache/streamer/engines
    timeout: float = 1800.0  # seconds that the build of one network may take
