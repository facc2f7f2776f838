"""What a model's folder holds, checked before anything is loaded: is it a model, one we can run, and whole? No torch.

A folder in diffusers' format has `model_index.json`, which names a class for each component, and a folder for each. Of
those names only the ones in `CLASSES` are ever imported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engines.errors import EngineError

from .hub import locate
from .options import DiffusionOptions
from .presets import Preset
from .weights import HALF, Weights, find, read_json

PIPELINES = ("StableDiffusionPipeline", "StableDiffusionXLPipeline", "LatentConsistencyModelPipeline")

CLASSES: Mapping[str, tuple[str, ...]] = {
    "text_encoder": ("CLIPTextModel",),
    "text_encoder_2": ("CLIPTextModelWithProjection",),
    "tokenizer": ("CLIPTokenizer", "CLIPTokenizerFast"),
    "tokenizer_2": ("CLIPTokenizer", "CLIPTokenizerFast"),
    "unet": ("UNet2DConditionModel",),
    "vae": ("AutoencoderKL", "AutoencoderTiny"),
}
"""Component → the classes it may have. What else a folder holds (a safety checker) is not looked at."""

BLOCKS = ("CrossAttnDownBlock2D", "DownBlock2D", "CrossAttnUpBlock2D", "UpBlock2D")

TOKENS = 77
"""Of a prompt, CLIP's context."""

SMALLEST = 64  # pixels of a side
LARGEST = 4  # times the size that the model was trained for

DTYPE_BYTES: Mapping[str, int] = {"float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class Network:
    """One network of a checkpoint."""

    name: str  # "unet"
    kind: str  # its class, of CLASSES
    folder: Path
    config: Mapping[str, Any]
    weights: tuple[Weights, ...]  # full, fp16 variant, or both

    def chosen(self, dtype: str) -> Weights:
        """The fp16 variant for a half dtype, the full weights else; what there is where there is one only."""
        wanted = "" if dtype == "float32" else HALF
        return next((each for each in self.weights if each.variant == wanted), self.weights[0])

    @property
    def parameters(self) -> int:
        return self.weights[0].parameters


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model's folder, found whole and of a kind that runs here."""

    model: str  # as it was asked for
    folder: Path
    family: Literal["sd", "sdxl"]  # with one text encoder, with two
    networks: Mapping[str, Network]  # text_encoder, text_encoder_2 of SDXL, unet, vae
    tokenizers: tuple[Path, ...]  # as many as text encoders
    scheduler: Mapping[str, Any]  # its config; {} where there is none
    zeroed: bool  # an empty negative prompt is zeros, not the embedding of "": SDXL's force_zeros_for_empty_prompt

    @property
    def unet(self) -> Network:
        return self.networks["unet"]

    @property
    def size(self) -> int:
        """Pixels of a side that the model was trained for, as its UNet says."""
        told = self.unet.config.get("sample_size") or 64
        return int(max(told) if isinstance(told, list) else told) * self.cell

    @property
    def cell(self) -> int:
        """Pixels of a side that one cell of the latent stands for: 8."""
        return cells(self.networks["vae"])

    @property
    def grain(self) -> int:
        """Pixels that a side must be a multiple of, so that every level of the UNet halves without rest."""
        return int(self.cell * 2 ** (len(self.unet.config["block_out_channels"]) - 1))

    @property
    def guidance_width(self) -> int:
        """Of the embedding of the guidance scale that a latent consistency model's UNet reads; 0: it reads none."""
        return int(self.unet.config.get("time_cond_proj_dim") or 0)


def inspect(model: str) -> Checkpoint:
    """Look at a folder, or at a name in the hub's cache. Raises EngineError for what cannot be loaded."""
    folder = locate(model)
    index = _index(model, folder)
    networks, tokenizers = {}, []
    for name in ("text_encoder", "text_encoder_2", "unet", "vae"):
        if name == "text_encoder_2" and index["_class_name"] != "StableDiffusionXLPipeline" and not _named(index, name):
            continue
        networks[name] = _network(index, folder, name)
        if name.startswith("text_encoder"):
            tokenizers.append(_tokenizer(index, folder, name.replace("text_encoder", "tokenizer")))
    scheduler = folder / "scheduler" / "scheduler_config.json"
    checkpoint = Checkpoint(
        model=model,
        folder=folder,
        family="sdxl" if "text_encoder_2" in networks else "sd",
        networks=networks,
        tokenizers=tuple(tokenizers),
        scheduler=read_json(scheduler) if scheduler.is_file() else {},
        # diffusers' pipeline does it where the index says nothing, too
        zeroed="text_encoder_2" in networks and bool(index.get("force_zeros_for_empty_prompt", True)),
    )
    try:
        fault = next(_faults(checkpoint), None)
        if fault is None and not (checkpoint.size > 0 and checkpoint.grain > 0):
            fault = f"it was made for pictures of {checkpoint.size} pixels"
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise EngineError(f"{model}: its configs cannot be understood: {error!r}") from None
    if fault is not None:
        raise EngineError(f"{model}: {fault}")
    return checkpoint


def inspect_decoder(model: str) -> Network:
    """Look at an AutoencoderTiny (TAESD) or AutoencoderKL by itself. Raises EngineError."""
    folder = locate(model)
    config = folder / "config.json"
    if not config.is_file():
        raise EngineError(f"{model} is no decoder: it has no config.json")
    told = read_json(config)
    kind = str(told.get("_class_name"))
    if kind not in CLASSES["vae"]:
        raise EngineError(f"{model} is a {kind}, expected a decoder: {' or '.join(CLASSES['vae'])} (--decoder)")
    if fault := _unscaled(told):
        raise EngineError(f"{model}: {fault}")
    return Network("vae", kind, folder, told, tuple(find(folder, "diffusion_pytorch_model")))


def cells(decoder: Network) -> int:
    """Pixels of a side that it makes of one cell of a latent."""
    blocks = "decoder_block_out_channels" if decoder.kind == "AutoencoderTiny" else "block_out_channels"
    return int(2 ** (len(decoder.config.get(blocks, (64,) * 4)) - 1))


def check_size(checkpoint: Checkpoint, width: int, height: int) -> None:
    """Raises EngineError for a picture, in pixels, that the model cannot make."""
    grain, largest = checkpoint.grain, checkpoint.size * LARGEST
    for word, side in (("width", width), ("height", height)):
        if side % grain:
            below = max(side // grain * grain, -(-SMALLEST // grain) * grain)
            raise EngineError(
                f"{word} {side} is not divisible by {grain}, as {checkpoint.model} needs it; "
                f"{below} and {(side // grain + 1) * grain} are"
            )
        if not SMALLEST <= side <= largest:
            raise EngineError(
                f"{word} {side}, expected {SMALLEST} to {largest}: {checkpoint.model} was trained at {checkpoint.size}"
            )


def needed_bytes(checkpoint: Checkpoint, options: DiffusionOptions, preset: Preset, dtype: str) -> int:
    """About how much memory of the device the model takes, in `dtype`: weights, and what the largest batch works on.

    An estimate for attention without a score matrix; what coherence remembers of each film is not in it. `preset` is
    settled, with `decoder` "kl" where the checkpoint's own is used.
    """
    size = DTYPE_BYTES[dtype]
    rows = max(options.buckets)
    latent = (options.width // checkpoint.cell) * (options.height // checkpoint.cell)
    weights = sum(network.parameters for name, network in checkpoint.networks.items() if name != "vae") * size
    # Skip connections and, the widest of all, a feed-forward's 8 widths at full size, twice for guidance.
    branches = 2 if preset.guidance > 1 and not checkpoint.guidance_width else 1
    unet = 32 * latent * checkpoint.unet.config["block_out_channels"][0] * branches * size
    vae = checkpoint.networks["vae"]
    kl = preset.decoder == "kl"
    upcast = kl and checkpoint.family == "sdxl" and vae.config.get("force_upcast")
    wide = DTYPE_BYTES["float32"] if upcast else size
    # The last block begins with the width of the one before, at full size; a few such maps at a time. TAESD: 64.
    channels = vae.config.get("block_out_channels", (128, 256))[1] if kl else 64
    decoder = 4 * options.width * options.height * channels * wide
    weights += vae.parameters * wide if kl else 0
    # A compiled network has its weights in its engine; until that is made and read, torch has them, too.
    copies = 1 if options.backend == "torch" else 2
    return int(copies * weights + rows * max(unet, decoder))


def _index(model: str, folder: Path) -> dict[str, Any]:
    path = folder / "model_index.json"
    if not path.is_file():
        config = folder / "config.json"
        if config.is_file():
            kind = read_json(config).get("_class_name") or read_json(config).get("architectures") or "something else"
            raise EngineError(f"{model} is one network ({kind}), expected a whole model with a model_index.json")
        singles = sorted([*folder.glob("*.safetensors"), *folder.glob("*.ckpt")])
        if singles:
            raise EngineError(
                f"{model} has no model_index.json, only files such as {singles[0].name}; convert one with diffusers: "
                "StableDiffusionPipeline.from_single_file(FILE).save_pretrained(FOLDER)"
            )
        raise EngineError(f"{model} is not a model: {folder} has no model_index.json")
    index = read_json(path)
    kind = index.get("_class_name")
    if kind not in PIPELINES:
        raise EngineError(f"{model} is a {kind}, which cannot be run here; expected one of {', '.join(PIPELINES)}")
    return index


def _named(index: Mapping[str, Any], name: str) -> str:
    """The class of a component, "" where the index names none."""
    told = index.get(name)
    kind = told[1] if isinstance(told, list) and len(told) == 2 else None
    return kind if isinstance(kind, str) else ""


def _folder(index: Mapping[str, Any], folder: Path, name: str) -> Path:
    """The folder of a component whose class we know."""
    kind = _named(index, name)
    if not kind:
        raise EngineError(
            f"{folder} has no {name}: its model_index.json names none, and {index['_class_name']} needs one"
        )
    if kind not in CLASSES[name]:
        raise EngineError(f"{folder} has a {kind} as its {name}, expected {' or '.join(CLASSES[name])}")
    if not (folder / name).is_dir():
        raise EngineError(f"{folder} has no folder {name}, which its model_index.json names: download the model again")
    return folder / name


def _network(index: Mapping[str, Any], folder: Path, name: str) -> Network:
    inner = _folder(index, folder, name)
    config = inner / "config.json"
    if not config.is_file():
        raise EngineError(f"{inner} has no config.json: a file of the model is missing, download it again")
    stem = "model" if name.startswith("text_encoder") else "diffusion_pytorch_model"
    told = read_json(config)
    return Network(name, _named(index, name), inner, told, tuple(find(inner, stem)))


def _tokenizer(index: Mapping[str, Any], folder: Path, name: str) -> Path:
    inner = _folder(index, folder, name)
    if not (inner / "tokenizer.json").is_file():
        for file in ("vocab.json", "merges.txt"):
            if not (inner / file).is_file():
                raise EngineError(f"{inner} has no {file}: a file of the model is missing, download it again")
    return inner


def _unscaled(vae: Mapping[str, Any]) -> str:
    """What is wrong with a decoder's scale, which latents are divided by; "" where nothing is."""
    factor = vae.get("scaling_factor", 1.0)  # each class has a default of its own
    good = isinstance(factor, int | float) and not isinstance(factor, bool) and 0 < factor < math.inf
    return "" if good else f"its VAE has a scaling_factor of {factor!r}, expected a number above 0"


def _faults(checkpoint: Checkpoint) -> Iterator[str]:
    """Why this architecture cannot be run, in words."""
    unet, vae = checkpoint.unet.config, checkpoint.networks["vae"].config
    channels = unet.get("in_channels", 4)
    if channels != 4:
        purpose = {5: "depth", 7: "upscaling", 8: "editing pictures", 9: "inpainting"}.get(channels, "something else")
        yield f"its UNet reads {channels} channels, expected 4: it is made for {purpose}, not for text to picture"
    if not isinstance(unet.get("block_out_channels"), list):
        yield "its UNet's config has no block_out_channels"
        return
    if unet.get("out_channels", 4) != 4 or vae.get("latent_channels", 4) != 4:
        yield f"its latents have {vae.get('latent_channels', 4)} channels, expected 4"
    for block in [*unet.get("down_block_types", ()), *unet.get("up_block_types", ())]:
        if block not in BLOCKS:
            yield f"its UNet has a {block}, expected of {', '.join(BLOCKS)}"
    for odd in ("class_embed_type", "num_class_embeds", "encoder_hid_dim_type", "time_embedding_act_fn"):
        if unet.get(odd) is not None:
            yield f"its UNet has {odd} {unet[odd]!r}, which nothing here can fill"
    if fault := _unscaled(vae):
        yield fault
    if vae.get("latents_mean") is not None:
        yield "its VAE has latents_mean, which is not supported"
    wanted = "text_time" if checkpoint.family == "sdxl" else None
    if unet.get("addition_embed_type") != wanted:
        yield f"its UNet has addition_embed_type {unet.get('addition_embed_type')!r}, expected {wanted!r}"
        return
    encoders = [network for name, network in checkpoint.networks.items() if name.startswith("text_encoder")]
    for each in encoders:
        if each.config.get("max_position_embeddings", TOKENS) != TOKENS:
            yield f"its {each.name} reads {each.config['max_position_embeddings']} tokens, expected {TOKENS}"
    width = sum(int(each.config.get("hidden_size", 0)) for each in encoders)
    if unet.get("cross_attention_dim") != width:
        yield (
            f"its UNet reads text {unet.get('cross_attention_dim')} wide, its text encoders give {width}: "
            "its parts are not of one model"
        )
    if wanted:
        pooled = int(encoders[-1].config.get("projection_dim", 0)) + 6 * int(unet.get("addition_time_embed_dim") or 0)
        if unet.get("projection_class_embeddings_input_dim") != pooled:
            yield (
                f"its UNet reads {unet.get('projection_class_embeddings_input_dim')} numbers beside the text, "
                f"pooled text and sizes are {pooled}: its parts are not of one model"
            )
