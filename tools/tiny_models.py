"""Tiny diffusion models with random weights in diffusers' format: `python -m tools.tiny_models FOLDER [KIND …]`.

Folders as a `diffusers` repository on the hub has them, a few megabytes each, for every architecture the engine
supports: same files, same classes, same scheduler settings, same names of tensors as the originals, only narrower. The
weights depend on nothing but kind, seed and the tensor's name. They draw nothing one could name, but each prompt and
each noise gives another picture.

`full` keeps the original widths: gigabytes of noise in the right shape, for measuring speed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

Config = dict[str, Any]

SEED = 2305_14330
MERGES = 300  # of CLIP's 48,894; all with `full`
TABLE = Path(__file__).parent.parent / "streamer" / "director" / "clip_merges.txt.gz"

TRAINED: Config = {
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "steps_offset": 1,
    "trained_betas": None,
}
"""The noise schedule that all of Stable Diffusion was trained with."""

SD_UNET: Config = {
    "act_fn": "silu",
    "attention_head_dim": 8,  # heads, in truth: diffusers issue 2011
    "block_out_channels": [320, 640, 1280, 1280],
    "center_input_sample": False,
    "cross_attention_dim": 768,
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "downsample_padding": 1,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "in_channels": 4,
    "layers_per_block": 2,
    "mid_block_scale_factor": 1,
    "norm_eps": 1e-05,
    "norm_num_groups": 32,
    "out_channels": 4,
    "sample_size": 64,
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
}
SD2_UNET = SD_UNET | {
    "attention_head_dim": [5, 10, 20, 20],
    "cross_attention_dim": 1024,
    "dual_cross_attention": False,
    "num_class_embeds": None,
    "only_cross_attention": False,
    "use_linear_projection": True,
}
SDXL_UNET = SD2_UNET | {
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "attention_head_dim": [5, 10, 20],
    "block_out_channels": [320, 640, 1280],
    "cross_attention_dim": 2048,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "projection_class_embeddings_input_dim": 2816,
    "sample_size": 128,
    "transformer_layers_per_block": [1, 2, 10],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
}

CLIP_L: Config = {
    "attention_dropout": 0.0,
    "bos_token_id": 0,
    "dropout": 0.0,
    "eos_token_id": 2,  # wrong, but so in the originals: transformers then takes the highest id
    "hidden_act": "quick_gelu",
    "hidden_size": 768,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-05,
    "max_position_embeddings": 77,
    "model_type": "clip_text_model",
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "pad_token_id": 1,
    "projection_dim": 768,
}
CLIP_H = CLIP_L | {
    "hidden_act": "gelu",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 23,
    "projection_dim": 512,
}
CLIP_G = CLIP_H | {"hidden_size": 1280, "intermediate_size": 5120, "num_attention_heads": 20, "num_hidden_layers": 32}
CLIP_G["projection_dim"] = 1280

KL: Config = {
    "act_fn": "silu",
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "in_channels": 3,
    "latent_channels": 4,
    "layers_per_block": 2,
    "norm_num_groups": 32,
    "out_channels": 3,
    "sample_size": 512,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
}
SDXL_KL = KL | {"force_upcast": True, "sample_size": 1024, "scaling_factor": 0.13025}
TAESD: Config = {
    "act_fn": "relu",
    "decoder_block_out_channels": [64, 64, 64, 64],
    "encoder_block_out_channels": [64, 64, 64, 64],
    "force_upcast": False,
    "in_channels": 3,
    "latent_channels": 4,
    "latent_magnitude": 3,
    "latent_shift": 0.5,
    "num_decoder_blocks": [3, 3, 3, 1],
    "num_encoder_blocks": [1, 3, 3, 3],
    "out_channels": 3,
    "scaling_factor": 1.0,
    "upsampling_scaling_factor": 2,
}

TINY_UNET: Config = {
    "attention_head_dim": 2,
    "block_out_channels": [32, 64],
    "cross_attention_dim": 32,
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "norm_num_groups": 8,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
}
TINY_SD2_UNET = TINY_UNET | {"attention_head_dim": [1, 2]}
TINY_SDXL_UNET = TINY_SD2_UNET | {
    "addition_time_embed_dim": 8,
    "cross_attention_dim": 32 + 48,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
    "projection_class_embeddings_input_dim": 48 + 6 * 8,
    "transformer_layers_per_block": [1, 2],
    "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
}
TINY_CLIP: Config = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 2,
    "num_hidden_layers": 3,
    "projection_dim": 32,
}
TINY_CLIP_G = TINY_CLIP | {"hidden_size": 48, "num_attention_heads": 3, "projection_dim": 48}
TINY_KL: Config = {
    "block_out_channels": [8, 16, 16, 32],
    "layers_per_block": 1,
    "norm_num_groups": 4,
    "sample_size": 64,
}
TINY_TAESD: Config = {
    "decoder_block_out_channels": [16, 16, 16, 16],
    "encoder_block_out_channels": [16, 16, 16, 16],
    "num_decoder_blocks": [1, 1, 1, 1],
    "num_encoder_blocks": [1, 1, 1, 1],
}

# component → (library, class, its config on the hub, what `tiny` changes)
Part = tuple[str, str, Config, Config]

CLIP_L_PART: Part = ("transformers", "CLIPTextModel", CLIP_L, TINY_CLIP)
CLIP_H_PART: Part = ("transformers", "CLIPTextModel", CLIP_H, TINY_CLIP)
CLIP_G_PART: Part = ("transformers", "CLIPTextModelWithProjection", CLIP_G, TINY_CLIP_G)
KL_PART: Part = ("diffusers", "AutoencoderKL", KL, TINY_KL)


def _unet(config: Config, tiny: Config) -> Part:
    return ("diffusers", "UNet2DConditionModel", config, tiny)


def _scheduler(name: str, **config: Any) -> Part:
    return ("diffusers", name, TRAINED | config, {})


EULER: Config = {"interpolation_type": "linear", "prediction_type": "epsilon", "use_karras_sigmas": False}

SD15: dict[str, Part] = {
    "scheduler": _scheduler("PNDMScheduler", set_alpha_to_one=False, skip_prk_steps=True),
    "text_encoder": CLIP_L_PART,
    "unet": _unet(SD_UNET, TINY_UNET),
    "vae": KL_PART,
}
SD21 = SD15 | {
    "scheduler": _scheduler("DDIMScheduler", prediction_type="v_prediction", set_alpha_to_one=False),
    "text_encoder": CLIP_H_PART,
    "unet": _unet(SD2_UNET | {"sample_size": 96}, TINY_SD2_UNET),
}
SDXL: dict[str, Part] = {
    "scheduler": _scheduler("EulerDiscreteScheduler", timestep_spacing="leading", **EULER),
    "text_encoder": CLIP_L_PART,
    "text_encoder_2": CLIP_G_PART,
    "unet": _unet(SDXL_UNET, TINY_SDXL_UNET),
    "vae": ("diffusers", "AutoencoderKL", SDXL_KL, TINY_KL),
}

PIPELINES: dict[str, tuple[str, dict[str, Part]]] = {
    "sd15": ("StableDiffusionPipeline", SD15),
    "sd21": ("StableDiffusionPipeline", SD21),
    "sd-turbo": (
        "StableDiffusionPipeline",
        SD21
        | {
            "scheduler": _scheduler("EulerDiscreteScheduler", timestep_spacing="trailing", **EULER),
            "unet": _unet(SD2_UNET, TINY_SD2_UNET),
        },
    ),
    "sdxl": ("StableDiffusionXLPipeline", SDXL),
    "sdxl-turbo": (
        "StableDiffusionXLPipeline",
        SDXL
        | {
            "scheduler": _scheduler(
                "EulerAncestralDiscreteScheduler", prediction_type="epsilon", timestep_spacing="trailing"
            ),
            "unet": _unet(SDXL_UNET | {"sample_size": 64}, TINY_SDXL_UNET),
        },
    ),
    "lcm": (
        "LatentConsistencyModelPipeline",
        SD15
        | {
            "scheduler": _scheduler(
                "LCMScheduler", original_inference_steps=50, prediction_type="epsilon", set_alpha_to_one=True
            ),
            "unet": _unet(SD_UNET | {"time_cond_proj_dim": 256}, TINY_UNET | {"time_cond_proj_dim": 32}),
        },
    ),
}
DECODERS: dict[str, Part] = {
    "taesd": ("diffusers", "AutoencoderTiny", TAESD, TINY_TAESD),
    "taesdxl": ("diffusers", "AutoencoderTiny", TAESD, TINY_TAESD),
}
KINDS = (*PIPELINES, *DECODERS)


def make(
    kind: str, folder: Path | str, *, seed: int = SEED, full: bool = False, dtype: str = "float32", variant: str = ""
) -> Path:
    """Write a model of one of `KINDS` into `folder`, which is returned.

    `variant` "fp16" names the files as the hub's half-precision variants are named; what is there already stays.
    """
    folder = Path(folder)
    precision = getattr(torch, dtype)
    if kind in DECODERS:
        _write(DECODERS[kind], folder, f"{kind}/{seed}", full, precision, variant, 0)
        return folder
    pipeline, parts = PIPELINES[kind]
    merges = _merges()[: None if full else MERGES]
    index: Config = {"_class_name": pipeline, "_diffusers_version": "0.29.0"}
    for name, part in parts.items():
        index[name] = list(part[:2])
        _write(part, folder / name, f"{kind}/{seed}/{name}", full, precision, variant, len(_vocabulary(merges)))
    for name in [name for name in parts if name.startswith("text_encoder")]:
        tokenizer = name.replace("text_encoder", "tokenizer")
        index[tokenizer] = ["transformers", "CLIPTokenizer"]
        pad = "!" if parts[name] is not CLIP_L_PART else "<|endoftext|>"
        _write_tokenizer(folder / tokenizer, merges, pad)
    if pipeline == "StableDiffusionXLPipeline":
        index["force_zeros_for_empty_prompt"] = True
    else:
        index |= {"feature_extractor": [None, None], "safety_checker": [None, None], "requires_safety_checker": False}
    _dump(folder / "model_index.json", index)
    return folder


def _write(part: Part, folder: Path, key: str, full: bool, dtype: torch.dtype, variant: str, words: int) -> None:
    library, name, config, tiny = part
    config = config if full else config | tiny
    folder.mkdir(parents=True, exist_ok=True)
    if name.endswith("Scheduler"):
        _dump(folder / "scheduler_config.json", {"_class_name": name, "_diffusers_version": "0.29.0"} | config)
        return
    if library == "transformers":
        config = {"architectures": [name]} | config | {"vocab_size": words}
        stem = "model"
    else:
        config = {"_class_name": name, "_diffusers_version": "0.29.0"} | config
        stem = "diffusion_pytorch_model"
    _dump(folder / "config.json", config)
    file = ".".join([stem, *([variant] if variant else []), "safetensors"])
    tensors = {tensor: value.to(dtype) for tensor, value in _weights(name, config, key)}
    save_file(tensors, folder / file, metadata={"format": "pt"})


def _weights(name: str, config: Config, key: str) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors of a model of class `name`, named as in the files on the hub."""
    import diffusers
    import transformers

    with torch.device("meta"):
        if name.startswith("CLIP"):
            module = getattr(transformers, name)(transformers.CLIPTextConfig(**config))
        else:
            module = getattr(diffusers, name).from_config(config)
    empties = module.state_dict()
    last = list(empties)[-2:]  # weight and bias of what paints the picture
    for tensor, empty in empties.items():
        # transformers 5 dropped the prefix from the class, files on the hub have it
        stored = f"text_model.{tensor}" if name == "CLIPTextModel" else tensor
        rng = np.random.default_rng(zlib.crc32(f"{key}/{tensor}".encode()))
        noise = rng.standard_normal(tuple(empty.shape), dtype=np.float32)
        value = _scaled(noise, tensor)
        if name == "AutoencoderTiny" and tensor in last:  # black is 0 and white 1, else most of it would be cut off
            value = value * np.float32(0.2) + np.float32(0.4 if tensor.endswith("bias") else 0)
        yield stored, torch.from_numpy(value)


def _scaled(noise: np.ndarray[Any, np.dtype[np.float32]], tensor: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Standard deviations that keep signals at about 1, through norms and without. Words are heard."""
    if noise.ndim < 2:  # of a norm, or a bias
        return 0.1 * noise + (1 if tensor.endswith("weight") else 0)
    if "embedding" in tensor and "time" not in tensor and "add_" not in tensor:
        return 0.1 * noise if "position" in tensor else noise
    gain = 1.0
    if "attn2.to_out" in tensor or "attn2.to_v" in tensor or "attn2.to_k" in tensor:
        gain = 3.0
    return noise * np.float32(gain / math.sqrt(noise[0].size))


def _merges() -> list[str]:
    _notice, _, merges = gzip.decompress(TABLE.read_bytes()).decode().partition("\n\n")
    return merges.splitlines()


def _vocabulary(merges: list[str]) -> dict[str, int]:
    """CLIP's order: bytes, bytes that end a word, merges, the two special ones; "!" is 0."""
    printed = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = [chr(byte) for byte in printed] + [chr(256 + n) for n in range(256 - len(printed))]
    words = letters + [f"{letter}</w>" for letter in letters] + [merge.replace(" ", "") for merge in merges]
    return {word: n for n, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}


def _write_tokenizer(folder: Path, merges: list[str], pad: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _dump(folder / "vocab.json", _vocabulary(merges))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    _dump(folder / "special_tokens_map.json", special | {"pad_token": pad})
    told = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": 77}
    _dump(folder / "tokenizer_config.json", special | told | {"pad_token": pad, "tokenizer_class": "CLIPTokenizer"})


def _dump(path: Path, told: Config) -> None:
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Tiny diffusion models with random weights, in diffusers' format.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; without any: all")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--full", action="store_true", help="at the width of the originals: gigabytes")
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32")
    args = parser.parse_args()
    if strange := set(args.kinds) - set(KINDS):
        parser.error(f"unknown kind {', '.join(sorted(strange))}, expected of {', '.join(KINDS)}")
    for kind in args.kinds or KINDS:
        print(make(kind, args.folder / kind, seed=args.seed, full=args.full, dtype=args.dtype))


if __name__ == "__main__":
    main()
