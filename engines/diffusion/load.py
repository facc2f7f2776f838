"""A checkpoint into memory, ready to be run: the classes are diffusers' and transformers', the checks are ours.

Both libraries warn where a file lacks a tensor and go on with random numbers; here that is an error, as is a weight
that is not finite. Nothing is downloaded, and no class is imported because a file names it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from engines.compile.export import digest
from engines.errors import EngineError, OutOfMemory

from . import hub
from .checkpoint import Checkpoint, Network, cells, check_size, inspect_decoder, needed_bytes
from .device import check_memory, choose, free_bytes
from .lora import fuse
from .options import DiffusionOptions
from .presets import Preset, settled
from .schedulers import scheduler_of

CLASSES: Mapping[str, Any] = {
    "AutoencoderKL": AutoencoderKL,
    "AutoencoderTiny": AutoencoderTiny,
    "CLIPTextModel": CLIPTextModel,
    "CLIPTextModelWithProjection": CLIPTextModelWithProjection,
    "UNet2DConditionModel": UNet2DConditionModel,
}

UNREAD = ("position_ids", "logit_scale", "text_projection.weight")
"""Endings of tensors that a text encoder's file may hold without its class reading them: old files of CLIP do."""

SOME = 64
"""Weights of a matrix that are not all zero by chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """All of a model, in eval mode, on its device."""

    name: str  # of its preset: "sd-turbo"
    family: Literal["sd", "sdxl"]
    tokenizers: tuple[Any, ...]  # transformers.CLIPTokenizer, one per text encoder
    text_encoders: tuple[nn.Module, ...]
    unet: Any  # UNet2DConditionModel
    autoencoder: Any  # AutoencoderTiny or AutoencoderKL; its dtype may be a wider one than `dtype`
    scheduler: Any  # of diffusers, as the preset says
    device: torch.device
    dtype: torch.dtype
    factor: int  # pixels of a side per cell of a latent: 8
    zeroed: bool  # the embedding of an empty negative prompt is zeros (SDXL's force_zeros_for_empty_prompt)
    preset: Preset  # settled with the options
    digest: Mapping[str, str]  # network → SHA-256 of its weights as loaded, LoRAs included
    remarks: tuple[str, ...] = ()  # what was decided without being asked for

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the digests: the same for the same weights."""
        return hashlib.sha256(json.dumps(dict(self.digest), sort_keys=True).encode()).hexdigest()


@torch.inference_mode(False)  # tensors made in inference mode cannot be exported later
@torch.no_grad()
def load(checkpoint: Checkpoint, options: DiffusionOptions, preset: Preset) -> Model:
    """Raises EngineError where the options, the device, the memory or the files do not allow it."""
    preset = settled(preset, options)
    check_size(checkpoint, options.width, options.height)
    device, dtype = choose(options)
    scheduler = scheduler_of(preset, checkpoint.scheduler)
    remarks = [*preset.because]
    decoder, preset = _decoder(checkpoint, options, preset, remarks)
    check_memory(device, needed_bytes(checkpoint, options, preset, dtype_name(dtype)), free_bytes(device))

    networks: dict[str, nn.Module] = {}
    with _quiet(), _no_memory(device):
        for name, network in checkpoint.networks.items():
            if name != "vae":
                networks[name] = _network(network, dtype).to(device)
        wider = dtype if checkpoint.family == "sd" else _decoder_dtype(decoder, device, dtype)
        if wider != dtype:
            remarks.append(f"its KL decoder overflows in {dtype_name(dtype)} and runs in {dtype_name(wider)}")
        networks["decoder"] = _network(decoder, wider).to(device)
        for lora in options.loras:
            remarks += fuse(lora, networks, sdxl=checkpoint.family == "sdxl")
        for name, module in networks.items():
            module.eval().requires_grad_(False)
            _check_weights(checkpoint.model, name, module)
        tokenizers = tuple(_tokenizer(checkpoint, n) for n in range(len(checkpoint.tokenizers)))
        digests = {name: digest(module) for name, module in networks.items()}
    return Model(
        name=preset.name,
        family=checkpoint.family,
        tokenizers=tokenizers,
        text_encoders=tuple(module for name, module in networks.items() if name.startswith("text_encoder")),
        unet=networks["unet"],
        autoencoder=networks["decoder"],
        scheduler=scheduler,
        device=device,
        dtype=dtype,
        factor=checkpoint.cell,
        zeroed=checkpoint.zeroed,
        preset=preset,
        digest=digests,
        remarks=tuple(remarks),
    )


def dtype_name(dtype: torch.dtype) -> str:
    """`torch.float16` → "float16"."""
    return str(dtype).removeprefix("torch.")


def _decoder(
    checkpoint: Checkpoint, options: DiffusionOptions, preset: Preset, remarks: list[str]
) -> tuple[Network, Preset]:
    """The decoder to use, and the preset with `decoder` saying which it is."""
    own = checkpoint.networks["vae"]
    if preset.decoder == "kl":
        if own.kind != "AutoencoderKL":
            raise EngineError(f"{checkpoint.model} has no KL decoder, its own is an {own.kind}: leave --decoder out")
        return own, preset
    if options.decoder is None:
        if own.kind == "AutoencoderTiny":
            return own, replace(preset, decoder=str(own.folder))
        if hub.snapshot(preset.decoder) is None:
            remarks.append(
                f"its own KL decoder is used, which takes 18 times the work of {preset.decoder}: that one is not in "
                f"{hub.cache()}, get it with `hf download {preset.decoder}`"
            )
            return own, replace(preset, decoder="kl")
    found = inspect_decoder(preset.decoder)
    channels = found.config.get("latent_channels", 4)
    if cells(found) != checkpoint.cell or channels != 4:
        raise EngineError(
            f"decoder {preset.decoder} makes {cells(found)} pixels of a cell of {channels} channels, expected "
            f"{checkpoint.cell} of 4 (--decoder)"
        )
    return found, preset if found.kind == "AutoencoderTiny" else replace(preset, decoder="kl")


def _decoder_dtype(decoder: Network, device: torch.device, dtype: torch.dtype) -> torch.dtype:
    """Of SDXL: its KL decoder has activations beyond 65,504, unless its config's `force_upcast` says otherwise.

    Of SD the config means nothing: diffusers writes its default, true, and its pipelines never read it.
    """
    if dtype != torch.float16 or decoder.kind != "AutoencoderKL" or not decoder.config.get("force_upcast"):
        return dtype
    return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported(False) else torch.float32


def _network(network: Network, dtype: torch.dtype) -> nn.Module:
    """Load one network; every tensor of it, and from nowhere else."""
    weights = network.chosen(dtype_name(dtype))
    clip = network.kind.startswith("CLIP")  # of transformers; another shape raises there without saying of what
    told = {"dtype": dtype, "ignore_mismatched_sizes": True} if clip else {"torch_dtype": dtype}
    try:
        module, info = CLASSES[network.kind].from_pretrained(
            network.folder,
            variant=weights.variant or None,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            **told,
        )
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:  # the libraries raise whatever they like, RuntimeError to KeyError
        raise EngineError(f"{network.folder} cannot be loaded as {network.kind}: {first_line(error)}") from error
    missing, mismatched = sorted(info["missing_keys"]), sorted(each[0] for each in info["mismatched_keys"])
    unexpected = sorted(key for key in info["unexpected_keys"] if not key.endswith(UNREAD))
    for fault, keys in (("lacks", missing), ("has, of another shape,", mismatched), ("has a strange", unexpected)):
        if keys:
            more = f" and {len(keys) - 1} more" if keys[1:] else ""
            raise EngineError(
                f"{weights.files[0]} {fault} {keys[0]}{more}: it is not the file of the {network.kind} that its "
                "config.json describes; download the model again"
            )
    loaded: nn.Module = module
    return loaded


def _tokenizer(checkpoint: Checkpoint, n: int) -> Any:
    folder = checkpoint.tokenizers[n]
    try:
        tokenizer = CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:
        raise EngineError(f"{folder} cannot be loaded as a CLIPTokenizer: {first_line(error)}") from error
    encoder = [network for name, network in checkpoint.networks.items() if name.startswith("text_encoder")][n]
    words = encoder.config.get("vocab_size", 49408)
    if len(tokenizer) > words:
        raise EngineError(f"{folder} knows {len(tokenizer)} tokens, {encoder.name} only {words}: not of one model")
    return tokenizer


def _check_weights(model: str, name: str, module: nn.Module) -> None:
    """Raises EngineError where a weight is not finite, or a whole matrix is zero, which no training leaves: a download
    that was broken off may have its full size already, filled with zeros."""
    for key, tensor in module.state_dict().items():
        if tensor.is_floating_point() and tensor.dim() > 1 and tensor.numel() > SOME and not bool(tensor.any()):
            raise EngineError(
                f"{model}: all {tensor.numel():,} weights of {name}'s {key} are zero: the download did not finish, "
                "get the model again"
            )
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            count = int((~torch.isfinite(tensor)).sum())
            hint = "; as float16 a large weight becomes infinite, see --dtype" if tensor.dtype == torch.float16 else ""
            raise EngineError(
                f"{model}: {count:,} of {tensor.numel():,} weights of {name}'s {key} are not finite: the checkpoint is "
                f"broken{hint}"
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars and warnings of the libraries: what matters in them is an error or a remark here."""
    bars = transformers.utils.logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()  # type: ignore[no-untyped-call]
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if shown:
            bars.enable_progress_bar()  # type: ignore[no-untyped-call]


@contextmanager
def _no_memory(device: torch.device) -> Iterator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise OutOfMemory(f"no memory left on {device} while the model was loaded: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """Of what a library says, in one line, without its advice on how to overlook it."""
    said = " ".join(str(error).partition(" If you want")[0].split("\n")[0].split())
    return said[:300] or type(error).__name__
