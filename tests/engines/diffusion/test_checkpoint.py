"""Folders that are models, and all the ways in which they are not: what was found, what was expected, what to do."""

from __future__ import annotations

import contextlib
import json
import pickle
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engines.diffusion.checkpoint import check_size, inspect, inspect_decoder, needed_bytes
from engines.diffusion.options import DiffusionOptions
from engines.diffusion.presets import preset_of, settled
from engines.diffusion.weights import read_json
from engines.errors import EngineError
from tools import tiny_models
from tools.broken_models import FAULTS, broken

Tiny = Callable[[str], Path]

UNET = "unet/diffusion_pytorch_model.safetensors"


def changed(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def sharded(folder: Path) -> list[Path]:
    """The UNet's weights in two files and an index, as large models have them."""
    whole = folder / UNET
    tensors = load_file(whole)
    names = sorted(tensors)
    files, index = [], {}
    for n, part in enumerate((names[::2], names[1::2]), 1):
        files.append(whole.with_name(f"diffusion_pytorch_model-0000{n}-of-00002.safetensors"))
        save_file({name: tensors[name] for name in part}, files[-1], metadata={"format": "pt"})
        index |= dict.fromkeys(part, files[-1].name)
    told = {"metadata": {"total_size": whole.stat().st_size}, "weight_map": index}
    whole.with_name("diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(told))
    whole.unlink()
    return files


# What a folder holds


@pytest.mark.parametrize("kind", list(tiny_models.PIPELINES))
def test_a_models_folder_is_read_without_loading_it(tiny: Tiny, kind: str) -> None:
    checkpoint = inspect(str(tiny(kind)))
    sdxl = kind.startswith("sdxl")
    assert checkpoint.family == ("sdxl" if sdxl else "sd")
    assert list(checkpoint.networks) == ["text_encoder", *(["text_encoder_2"] if sdxl else []), "unet", "vae"]
    assert [path.name for path in checkpoint.tokenizers] == ["tokenizer", "tokenizer_2"][: 1 + sdxl]
    assert (checkpoint.cell, checkpoint.grain) == (8, 16)
    assert checkpoint.zeroed == sdxl
    assert bool(checkpoint.guidance_width) == (kind == "lcm")
    for network in checkpoint.networks.values():
        (weights,) = network.weights
        assert network.parameters == sum(tensor.numel() for tensor in load_file(weights.files[0]).values())


def test_looking_at_a_model_takes_no_torch(tiny: Tiny) -> None:
    code = f"""
import sys
from engines.diffusion.checkpoint import inspect
from engines.diffusion.presets import preset_of, settled
from engines.diffusion.options import DiffusionOptions
checkpoint = inspect({str(tiny("sdxl"))!r})
print(settled(preset_of("sdxl", checkpoint), DiffusionOptions("sdxl")).name)
print([name for name in ("torch", "diffusers", "transformers", "numpy") if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split("\n")[:2] == ["sdxl", "[]"]


def test_the_half_precision_files_are_taken_for_half_precision(copied: Tiny) -> None:
    folder = copied("sd-turbo")
    tiny_models.make("sd-turbo", folder, dtype="float16", variant="fp16")
    unet = inspect(str(folder)).unet
    assert unet.chosen("float16").files[0].name == "diffusion_pytorch_model.fp16.safetensors"
    assert unet.chosen("bfloat16").variant == "fp16"
    assert unet.chosen("float32").files[0].name == "diffusion_pytorch_model.safetensors"
    (folder / UNET).unlink()
    assert inspect(str(folder)).unet.chosen("float32").variant == "fp16"


def test_weights_in_several_files_are_one_network(copied: Tiny) -> None:
    folder = copied("sd15")
    before = inspect(str(folder)).unet.parameters
    files = sharded(folder)
    unet = inspect(str(folder)).unet
    assert unet.weights[0].files == tuple(files)
    assert unet.parameters == before


# What is no model


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ("not-a-model", r"is not a model: .* has no model_index\.json"),
        ("missing-component", r"has no folder unet, which its model_index\.json names: download the model again"),
        ("no-config", r"unet has no config\.json: a file of the model is missing, download it again"),
        ("half-download", r"has [\d,]+ bytes, its header promises [\d,]+: the download did not finish, start it again"),
        (
            "unknown-architecture",
            r"is a FluxPipeline, which cannot be run here; expected one of StableDiffusionPip",
        ),
    ],
)
def test_a_damaged_model_is_refused(copied: Tiny, how: str, complaint: str) -> None:
    assert how in FAULTS
    with pytest.raises(EngineError, match=complaint) as error:
        inspect(str(broken(copied("sd-turbo"), how)))
    assert "\n" not in str(error.value)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"there is no folder \./models/fox, and a name on the hub looks like stab"):
        inspect("./models/fox")
    file = tmp_path / "v1-5-pruned.safetensors"
    file.write_bytes(b"\0" * 100)
    with pytest.raises(EngineError, match=r"is a single file, expected a folder .*from_single_file"):
        inspect(str(file))
    with pytest.raises(EngineError, match=r"no model_index.json, only files such as v1-5-pruned.safetensors; convert"):
        inspect(str(tmp_path))


def test_one_network_is_no_model(tiny: Tiny) -> None:
    with pytest.raises(EngineError, match=r"is one network \(AutoencoderTiny\), expected a whole model"):
        inspect(str(tiny("taesd")))


def test_a_model_without_one_of_its_parts_is_refused(copied: Tiny) -> None:
    folder = copied("sdxl")
    changed(folder / "model_index.json", text_encoder=[None, None])
    with pytest.raises(
        EngineError, match=r"has no text_encoder: its model_index.json names none, and StableDiffusionXL"
    ):
        inspect(str(folder))
    changed(folder / "model_index.json", text_encoder=["transformers", "T5EncoderModel"])
    with pytest.raises(EngineError, match="has a T5EncoderModel as its text_encoder, expected CLIPTextModel"):
        inspect(str(folder))


@pytest.mark.parametrize("file", ["vocab.json", "merges.txt"])
def test_a_tokenizer_without_its_words_is_refused(copied: Tiny, file: str) -> None:
    folder = copied("sd15")
    (folder / "tokenizer" / file).unlink()
    with pytest.raises(EngineError, match=rf"tokenizer has no {file}"):
        inspect(str(folder))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"in_channels": 9},
            "its UNet reads 9 channels, expected 4: it is made for inpainting, not for text",
        ),
        ({"in_channels": 8}, "made for editing pictures"),
        ({"block_out_channels": None}, "has no block_out_channels"),
        ({"out_channels": 8}, "latents have 4 channels"),
        ({"down_block_types": ["KDownBlock2D"]}, "has a KDownBlock2D, expected of CrossAttnDownBlock2D, "),
        ({"class_embed_type": "projection"}, "class_embed_type 'projection', which nothing here can fill"),
        ({"addition_embed_type": "image"}, "addition_embed_type 'image', expected None"),
        (
            {"cross_attention_dim": 768},
            "reads text 768 wide, its text encoders give 32: its parts are not",
        ),
    ],
)
def test_an_architecture_that_cannot_be_run_is_refused(copied: Tiny, changes: dict[str, Any], complaint: str) -> None:
    folder = copied("sd15")
    changed(folder / "unet" / "config.json", **changes)
    with pytest.raises(EngineError, match=complaint):
        inspect(str(folder))


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_config_of_any_content_is_taken_or_refused_in_words(
    tiny: Tiny, tmp_path_factory: pytest.TempPathFactory, part: str
) -> None:
    folder = Path(shutil.copytree(tiny("sd15"), tmp_path_factory.mktemp("odd") / "sd15"))
    file = folder / part / "config.json"
    plain = json.loads(file.read_text())
    anything = st.recursive(
        st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    )

    @given(st.sampled_from(sorted(plain)), anything)
    def changed_to(name: str, value: Any) -> None:
        file.write_text(json.dumps(plain | {name: value}))
        with contextlib.suppress(EngineError):
            checkpoint = inspect(str(folder))
            assert checkpoint.grain > 0
            assert preset_of("odd", checkpoint).size > 0

    changed_to()


def test_other_latents_texts_and_sizes_are_refused(copied: Tiny) -> None:
    folder = copied("sdxl")
    changed(folder / "unet" / "config.json", projection_class_embeddings_input_dim=2816)
    with pytest.raises(EngineError, match="reads 2816 numbers beside the text, pooled text and sizes are 96"):
        inspect(str(folder))
    changed(folder / "vae" / "config.json", latents_mean=[0.1] * 4)
    with pytest.raises(EngineError, match="its VAE has latents_mean"):
        inspect(str(folder))
    changed(folder / "vae" / "config.json", latent_channels=16)
    with pytest.raises(EngineError, match="its latents have 16 channels, expected 4"):
        inspect(str(folder))
    folder = copied("sd15")
    changed(folder / "text_encoder" / "config.json", max_position_embeddings=248)
    with pytest.raises(EngineError, match="its text_encoder reads 248 tokens, expected 77"):
        inspect(str(folder))


# Files that are not whole


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is empty: the download did not finish"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 3438167534\n", "pointer of git-lfs"),
        (b"<!DOCTYPE html><html>Access denied</html>", "is not a safetensors file"),
        (b"PK\3", "is not a safetensors file"),
        (struct.pack("<Q", 5000) + b"{", r"has 9 bytes, its header promises 5,008"),
        (struct.pack("<Q", 9) + b"[1, 2, 3]", "its header cannot be read"),
        (struct.pack("<Q", 14) + b'{"weight": {}}', "its header cannot be read"),
    ],
)
def test_a_file_of_weights_that_is_not_whole_is_refused(copied: Tiny, content: bytes, complaint: str) -> None:
    folder = copied("sd15")
    (folder / UNET).write_bytes(content)
    with pytest.raises(EngineError, match=complaint):
        inspect(str(folder))


def test_weights_cut_off_anywhere_are_refused(tiny: Tiny, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = (tiny("taesd") / "diffusion_pytorch_model.safetensors").read_bytes()
    folder = Path(shutil.copytree(tiny("taesd"), tmp_path_factory.mktemp("cut") / "taesd"))

    @given(st.integers(0, len(whole) - 1))
    def cut(length: int) -> None:
        (folder / "diffusion_pytorch_model.safetensors").write_bytes(whole[:length])
        with pytest.raises(EngineError, match="did not finish|not a safetensors file"):
            inspect_decoder(str(folder))

    cut()
    (folder / "diffusion_pytorch_model.safetensors").write_bytes(whole)
    assert inspect_decoder(str(folder)).kind == "AutoencoderTiny"


def test_a_missing_file_of_several_is_named(copied: Tiny) -> None:
    folder = copied("sd15")
    sharded(folder)[1].unlink()
    with pytest.raises(EngineError, match=r"lacks diffusion_pytorch_model-00002-of-00002.safetensors, one of 2 files"):
        inspect(str(folder))


def test_weights_still_being_downloaded_are_named(copied: Tiny) -> None:
    folder = copied("sd15")
    (folder / UNET).rename(folder / "unet" / "0123abcd.incomplete")
    with pytest.raises(EngineError, match=r"holds only 0123abcd.incomplete: the download did not finish"):
        inspect(str(folder))


def test_pickles_are_never_opened(copied: Tiny) -> None:
    folder = copied("sd15")
    (folder / UNET).unlink()
    with pytest.raises(EngineError, match="has no diffusion_pytorch_model.safetensors: a file of the model is missing"):
        inspect(str(folder))
    with (folder / "unet" / "diffusion_pytorch_model.bin").open("wb") as file:
        pickle.dump({}, file)
    with pytest.raises(EngineError, match=r"only as diffusion_pytorch_model.bin, a pickle, .* convert a model"):
        inspect(str(folder))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"_class_name": "Stable', "is not JSON: "),
        (b"\xff\xfe", "is not JSON: "),
        (b"[]", "holds a list, expected a JSON object"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of git-lfs"),
    ],
)
@pytest.mark.parametrize("file", ["model_index.json", "unet/config.json", "scheduler/scheduler_config.json"])
def test_a_config_that_is_no_json_object_is_refused(copied: Tiny, file: str, content: bytes, complaint: str) -> None:
    folder = copied("sd15")
    (folder / file).write_bytes(content)
    with pytest.raises(EngineError, match=complaint):
        inspect(str(folder))


def test_a_config_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read: Is a directory"):
        read_json(tmp_path)


def test_a_decoder_is_looked_at_by_itself(tiny: Tiny, tmp_path: Path) -> None:
    assert inspect_decoder(str(tiny("taesd"))).kind == "AutoencoderTiny"
    assert inspect_decoder(str(tiny("sdxl") / "vae")).kind == "AutoencoderKL"
    with pytest.raises(EngineError, match=r"is a UNet2DConditionModel, expected a decoder: .* \(--decoder\)"):
        inspect_decoder(str(tiny("sdxl") / "unet"))
    with pytest.raises(EngineError, match=r"is no decoder: it has no config\.json"):
        inspect_decoder(str(tmp_path))


# Sizes and memory


@pytest.mark.parametrize("side", [64, 512, 528, 2048])
def test_sizes_that_the_unet_can_halve_are_taken(tiny: Tiny, side: int) -> None:
    check_size(inspect(str(tiny("sd15"))), side, 512)


@pytest.mark.parametrize(
    ("width", "height", "complaint"),
    [
        (500, 512, "width 500 is not divisible by 16, as .* needs it; 496 and 512 are"),
        (512, 520, "height 520 is not divisible by 16, as .*; 512 and 528 are"),
        (10, 512, "width 10 is not divisible by 16, .*; 64 and 16 are"),
        (48, 512, "width 48, expected 64 to 2048: .* was trained at 512"),
        (512, 4096, "height 4096, expected 64 to 2048"),
        (0, 512, "width 0, expected 64"),
        (-64, 512, "width -64, expected 64"),
    ],
)
def test_sizes_that_it_cannot_are_refused_with_the_next_that_can(
    tiny: Tiny, width: int, height: int, complaint: str
) -> None:
    with pytest.raises(EngineError, match=complaint):
        check_size(inspect(str(tiny("sd15"))), width, height)


@pytest.mark.parametrize("factor", [0, None, -1.0, True, "0.18215", [1], float("nan"), float("inf")])
def test_latents_cannot_be_divided_by_what_is_no_number_above_zero(copied: Tiny, factor: Any) -> None:
    folder = copied("sd-turbo")
    changed(folder / "vae" / "config.json", scaling_factor=factor)
    complaint = "its VAE has a scaling_factor of .*, expected a number above 0"
    with pytest.raises(EngineError, match=complaint):
        inspect(str(folder))
    with pytest.raises(EngineError, match=complaint):
        inspect_decoder(str(folder / "vae"))


def test_a_config_that_is_nested_without_end_is_refused(copied: Tiny) -> None:
    folder = copied("sd-turbo")
    (folder / "vae" / "config.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)
    with pytest.raises(EngineError, match=r"vae/config.json is nested too deeply to be a config"):
        inspect(str(folder))


def test_weights_whose_header_is_nested_without_end_are_refused(copied: Tiny) -> None:
    folder, header = copied("sd-turbo"), b"[" * 100_000
    (folder / UNET).write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(EngineError, match=r"is not a safetensors file: its header cannot be read"):
        inspect(str(folder))


def test_memory_grows_with_weights_size_batch_and_precision(tiny: Tiny) -> None:
    checkpoint = inspect(str(tiny("sd-turbo")))
    turbo = preset_of("sd-turbo", checkpoint)

    def needed(dtype: str = "float16", **asked: Any) -> int:
        options = DiffusionOptions("sd-turbo", **asked)
        return needed_bytes(checkpoint, options, settled(turbo, options), dtype)

    weights = 2 * sum(network.parameters for name, network in checkpoint.networks.items() if name != "vae")
    assert needed() > weights
    assert needed(dtype="float32") == 2 * needed()
    assert needed(width=1024) > needed() > needed(buckets=(1,)) > weights
    assert needed(guidance=7.5, width=64, height=64) >= needed(width=64, height=64)
    assert needed(decoder="kl", width=64, height=64) != needed(width=64, height=64)
    # An engine is made and read while torch still has the weights.
    assert needed(backend="tensorrt") == needed() + weights
