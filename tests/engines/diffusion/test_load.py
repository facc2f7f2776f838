"""Models into memory: every tensor from its file, in the precision asked for, or an error in words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL, DiffusionPipeline
from safetensors.torch import load_file, save_file
from torch import Tensor

from engines.compile.export import digest
from engines.diffusion import device as devices
from engines.diffusion.checkpoint import inspect
from engines.diffusion.load import Model, load
from engines.diffusion.options import DiffusionOptions
from engines.diffusion.presets import preset_of
from engines.errors import EngineError
from tools import tiny_models
from tools.broken_models import broken

Tiny = Callable[[str], Path]

UNET = "unet/diffusion_pytorch_model.safetensors"
TEXT = "text_encoder/model.safetensors"


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No decoder on this machine unless a test puts it there."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def loaded(folder: Path | str, **asked: Any) -> Model:
    told: dict[str, Any] = {"width": 64, "height": 64, "device": "cpu", "decoder": "kl"}
    options = DiffusionOptions(str(folder), **told | asked)
    checkpoint = inspect(options.model)
    return load(checkpoint, options, preset_of(options.model, checkpoint))


def rewritten(file: Path, change: Callable[[dict[str, Tensor]], dict[str, Tensor]]) -> None:
    save_file(change(load_file(file)), file, metadata={"format": "pt"})


# What is loaded


@pytest.mark.parametrize("kind", list(tiny_models.PIPELINES))
def test_a_model_is_loaded_as_diffusers_own_pipeline_loads_it(tiny: Tiny, kind: str) -> None:
    model = loaded(tiny(kind))
    pipeline = DiffusionPipeline.from_pretrained(tiny(kind), local_files_only=True)

    assert model.name == kind
    assert model.family == ("sdxl" if kind.startswith("sdxl") else "sd")
    assert (model.device, model.dtype, model.factor) == (torch.device("cpu"), torch.float32, 8)
    assert model.zeroed == kind.startswith("sdxl")
    assert model.remarks == ()
    theirs = [pipeline.text_encoder, *([pipeline.text_encoder_2] if model.zeroed else [])]
    assert len(model.tokenizers) == len(model.text_encoders) == len(theirs)
    for ours, their in zip(
        [*model.text_encoders, model.unet, model.autoencoder], [*theirs, pipeline.unet, pipeline.vae], strict=True
    ):
        assert type(ours) is type(their)
        assert not ours.training
        assert not any(parameter.requires_grad for parameter in ours.parameters())
        assert digest(ours) == digest(their)
    text = "a red fox"
    assert model.tokenizers[0](text).input_ids == pipeline.tokenizer(text).input_ids


@pytest.mark.parametrize("name", ["euler", "euler-ancestral", "ddim", "lcm"])
def test_a_scheduler_keeps_the_models_own_settings(tiny: Tiny, name: str) -> None:
    scheduler = loaded(tiny("sd21"), scheduler=f"{name}-trailing").scheduler
    assert scheduler.config.prediction_type == "v_prediction"
    assert (scheduler.config.beta_start, scheduler.config.beta_schedule) == (0.00085, "scaled_linear")
    assert scheduler.config.timestep_spacing == "trailing"
    assert not scheduler.config.get("clip_sample", False)


def test_a_folder_without_a_scheduler_has_the_schedule_of_all_stable_diffusion(tiny: Tiny, copied: Tiny) -> None:
    folder = copied("sdxl")
    shutil.rmtree(folder / "scheduler")
    theirs = loaded(tiny("sdxl"), steps=4).scheduler
    torch.testing.assert_close(loaded(folder).scheduler.alphas_cumprod, theirs.alphas_cumprod)
    assert not loaded(folder, scheduler="ddim").scheduler.config.clip_sample  # its default


def test_a_scheduler_that_describes_no_schedule_is_refused(copied: Tiny) -> None:
    folder = copied("sd15")
    config = folder / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"beta_schedule": "wild"}))
    with pytest.raises(EngineError, match=r"scheduler_config.json does not describe a noise schedule: wild"):
        loaded(folder)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_weights_are_in_the_precision_that_was_asked_for(tiny: Tiny, dtype: str) -> None:
    model = loaded(tiny("sd-turbo"), dtype=dtype)
    assert model.dtype == getattr(torch, dtype)
    for network in [*model.text_encoders, model.unet, model.autoencoder]:
        assert {parameter.dtype for parameter in network.parameters()} == {model.dtype}


def test_half_precision_is_read_from_the_half_precision_files(copied: Tiny) -> None:
    folder = copied("sd-turbo")
    tiny_models.make("sd-turbo", folder, seed=1, dtype="float16", variant="fp16")
    half, full = loaded(folder, dtype="float16"), loaded(folder, dtype="float32")
    stored = load_file(folder / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    assert torch.equal(half.unet.conv_in.weight, stored["conv_in.weight"])
    assert not torch.equal(half.unet.conv_in.weight.float(), full.unet.conv_in.weight.half().float())


def test_sdxls_own_decoder_is_kept_out_of_float16(tiny: Tiny, copied: Tiny) -> None:
    model = loaded(tiny("sdxl"), dtype="float16")
    assert (model.dtype, model.autoencoder.dtype) == (torch.float16, torch.float32)
    assert model.remarks == ("its KL decoder overflows in float16 and runs in float32",)
    assert loaded(tiny("sdxl"), dtype="bfloat16").autoencoder.dtype == torch.bfloat16
    folder = copied("sd-turbo")
    config = folder / "vae" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"force_upcast": True}))
    assert loaded(folder, dtype="float16").autoencoder.dtype == torch.float16


def test_models_can_be_exported_though_they_were_loaded_in_inference_mode(tiny: Tiny) -> None:
    with torch.inference_mode():
        model = loaded(tiny("sd15"))
    assert not any(parameter.is_inference() for parameter in model.unet.parameters())


# Files as they come


def test_old_files_of_text_encoders_are_taken(copied: Tiny) -> None:
    folder = copied("sd15")
    plain = loaded(folder).digest
    assert all(name.startswith("text_model.") for name in load_file(folder / TEXT))

    rewritten(folder / TEXT, lambda all: all | {"text_model.embeddings.position_ids": torch.arange(77)[None]})
    assert loaded(folder).digest == plain
    rewritten(folder / TEXT, lambda all: {name.removeprefix("text_model."): tensor for name, tensor in all.items()})
    assert loaded(folder).digest == plain


def test_old_files_of_decoders_are_taken(copied: Tiny) -> None:
    """Before diffusers 0.18 the layers of a VAE's attention were called otherwise, and so they are on the hub."""
    folder = copied("sd15")
    plain = loaded(folder).digest
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

    def renamed(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        for new, before in old.items():
            tensors = {
                name.replace(f"attentions.0.{new}.", f"attentions.0.{before}."): t for name, t in tensors.items()
            }
        return tensors

    rewritten(folder / "vae" / "diffusion_pytorch_model.safetensors", renamed)
    assert any(".proj_attn." in name for name in load_file(folder / "vae" / "diffusion_pytorch_model.safetensors"))
    assert loaded(folder).digest == plain


def test_weights_in_several_files_are_the_same_weights(copied: Tiny) -> None:
    folder = copied("sd15")
    plain = loaded(folder).digest
    tensors, index = load_file(folder / UNET), {}
    for n, names in enumerate((sorted(tensors)[::2], sorted(tensors)[1::2]), 1):
        file = f"diffusion_pytorch_model-0000{n}-of-00002.safetensors"
        save_file({name: tensors[name] for name in names}, folder / "unet" / file, metadata={"format": "pt"})
        index |= dict.fromkeys(names, file)
    told = {"metadata": {"total_size": 1}, "weight_map": index}
    (folder / "unet" / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(told))
    (folder / UNET).unlink()
    assert loaded(folder).digest == plain


@pytest.mark.parametrize("file", [UNET, TEXT, "vae/diffusion_pytorch_model.safetensors"])
def test_a_file_that_lacks_a_tensor_never_gives_random_weights(
    copied: Tiny, file: str, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = copied("sd15")
    name = sorted(load_file(folder / file))[3]
    rewritten(folder / file, lambda all: {key: tensor for key, tensor in all.items() if key != name})
    with pytest.raises(EngineError, match=rf"lacks {name.removeprefix('text_model.')}: it is not the file of the"):
        loaded(folder)
    assert capfd.readouterr().err == ""  # one error says it all


@pytest.mark.parametrize("file", [UNET, TEXT])
def test_a_file_with_a_strange_tensor_or_one_of_another_shape_is_refused(copied: Tiny, file: str) -> None:
    folder = copied("sd15")
    rewritten(folder / file, lambda all: all | {"lora.down": torch.zeros(1)})
    with pytest.raises(EngineError, match=r"has a strange lora\.down: it is not the file of the"):
        loaded(folder)
    name = next(name for name, tensor in load_file(folder / file).items() if tensor.ndim == 2)
    rewritten(
        folder / file,
        lambda all: {key: tensor for key, tensor in all.items() if key != "lora.down"} | {name: torch.zeros(3, 3)},
    )
    with pytest.raises(
        EngineError, match=rf"of another shape, {name.removeprefix('text_model.')}|because {name} expected shape"
    ):
        loaded(folder)


def test_weights_that_are_not_finite_are_named(copied: Tiny) -> None:
    with pytest.raises(
        EngineError, match=r"1 of 1,152 weights of unet's conv_in.weight are not finite: the checkpoint "
    ):
        loaded(broken(copied("sd-turbo"), "nan"))


@pytest.mark.parametrize("file", [UNET, TEXT, "vae/diffusion_pytorch_model.safetensors"])
def test_weights_of_nothing_but_zeros_are_a_download_that_did_not_finish(copied: Tiny, file: str) -> None:
    folder = copied("sd-turbo")
    rewritten(folder / file, lambda all: {name: torch.zeros_like(tensor) for name, tensor in all.items()})
    with pytest.raises(EngineError, match=r"all [\d,]+ weights of \w+'s \S+ are zero: the download did not finish"):
        loaded(folder)


def test_a_single_matrix_of_zeros_is_one_too_and_a_bias_is_not(copied: Tiny) -> None:
    folder = copied("sd-turbo")
    rewritten(folder / UNET, lambda all: all | {"conv_in.bias": torch.zeros(32)})
    loaded(folder)
    rewritten(folder / UNET, lambda all: all | {"conv_out.weight": torch.zeros_like(all["conv_out.weight"])})
    with pytest.raises(EngineError, match=r"all 1,152 weights of unet's conv_out.weight are zero"):
        loaded(folder)


def test_weights_too_large_for_float16_are_told_from_a_broken_file(copied: Tiny) -> None:
    folder = copied("sd-turbo")
    rewritten(folder / UNET, lambda all: all | {"conv_in.bias": torch.full((32,), 70_000.0)})
    with pytest.raises(EngineError, match=r"32 of 32 weights of unet's conv_in.bias are not finite.*see --dtype"):
        loaded(folder, dtype="float16")
    assert loaded(folder, dtype="bfloat16").unet.conv_in.bias.isfinite().all()


def test_a_tokenizer_of_another_model_is_refused(copied: Tiny) -> None:
    folder = copied("sd15")
    vocabulary = json.loads((folder / "tokenizer" / "vocab.json").read_text())
    (folder / "tokenizer" / "vocab.json").write_text(json.dumps(vocabulary | {"zebra</w>": len(vocabulary)}))
    with pytest.raises(EngineError, match=r"tokenizer knows 815 tokens, text_encoder only 814: not of one model"):
        loaded(folder)
    (folder / "tokenizer" / "vocab.json").write_text("no words")
    with pytest.raises(EngineError, match=r"tokenizer cannot be loaded as a CLIPTokenizer: "):
        loaded(folder)


# Digests


def test_a_digest_changes_with_a_single_weight_and_only_that_networks(tiny: Tiny, copied: Tiny) -> None:
    plain = loaded(tiny("sdxl"))
    assert set(plain.digest) == {"text_encoder", "text_encoder_2", "unet", "decoder"}
    assert loaded(tiny("sdxl")).fingerprint == plain.fingerprint

    folder = copied("sdxl")

    def nudge(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        tensors["conv_out.bias"][2] += 1e-6
        return tensors

    rewritten(folder / UNET, nudge)
    other = loaded(folder)
    assert {name for name in plain.digest if plain.digest[name] != other.digest[name]} == {"unet"}
    assert other.fingerprint != plain.fingerprint
    assert loaded(tiny("sdxl"), dtype="bfloat16").digest["unet"] != plain.digest["unet"]


# Decoders


def test_the_tiny_decoder_is_taken_where_it_is_on_this_machine(tiny: Tiny, tmp_path: Path) -> None:
    fallen_back = loaded(tiny("sd-turbo"), decoder=None)
    assert isinstance(fallen_back.autoencoder, AutoencoderKL)
    (remark,) = fallen_back.remarks
    assert remark.startswith("its own KL decoder is used, which takes 18 times the work of madebyollin/taesd")
    assert remark.endswith("get it with `hf download madebyollin/taesd`")

    shutil.copytree(tiny("taesd"), tmp_path / "hub" / "models--madebyollin--taesd" / "snapshots" / "614f7681")
    model = loaded(tiny("sd-turbo"), decoder=None)
    assert type(model.autoencoder).__name__ == "AutoencoderTiny"
    assert model.remarks == ()
    assert loaded(tiny("sd-turbo"), decoder=str(tiny("taesd"))).digest == model.digest


def test_a_decoder_asked_for_must_be_there_and_fit(tiny: Tiny, copied: Tiny) -> None:
    with pytest.raises(EngineError, match=r"neither a folder nor in .*`hf download madebyollin/taesd`"):
        loaded(tiny("sd-turbo"), decoder="madebyollin/taesd")
    folder = copied("taesd")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"latent_channels": 16}))
    with pytest.raises(EngineError, match=r"makes 8 pixels of a cell of 16 channels, expected 8 of 4 \(--decoder\)"):
        loaded(tiny("sd-turbo"), decoder=str(folder))


# Devices and memory


def test_a_device_that_is_not_there_is_refused_with_what_is_missing(tiny: Tiny) -> None:
    if not torch.cuda.is_available():
        with pytest.raises(EngineError, match=r"no CUDA: .* take --device cpu"):
            loaded(tiny("sd15"), device="cuda")
    if not torch.backends.mps.is_available():
        with pytest.raises(EngineError, match="no MPS: it needs macOS on Apple silicon; take --device auto"):
            loaded(tiny("sd15"), device="mps")


def test_the_device_and_precision_are_the_best_there_are() -> None:
    device, dtype = devices.choose(DiffusionOptions("model"))
    best = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    assert (device.type, dtype) == (best, torch.float32 if best == "cpu" else torch.float16)
    assert devices.choose(DiffusionOptions("model", device="cpu")) == (torch.device("cpu"), torch.float32)
    assert devices.choose(DiffusionOptions("model", device="cpu", dtype="bfloat16"))[1] == torch.bfloat16


def test_a_model_larger_than_the_memory_is_refused_before_it_is_loaded(tiny: Tiny) -> None:
    with pytest.raises(EngineError, match=r"the model needs about \d+\.\d\d GB of memory, cpu has \d+\.\d\d GB free"):
        loaded(tiny("sd15"), width=2048, height=2048, buckets=(1, 4096), guidance=7.5)
    with pytest.raises(
        EngineError, match=r"needs about 2\.00 GB of memory, cuda has 1\.50 GB free: take a smaller size"
    ):
        devices.check_memory(torch.device("cuda"), 2_000_000_000, 1_500_000_000)
    devices.check_memory(torch.device("mps"), 2_000_000_000, None)


def test_free_memory_is_what_the_container_leaves_of_the_machines(tmp_path: Path) -> None:
    meminfo, cgroup = tmp_path / "meminfo", tmp_path / "cgroup"
    cgroup.mkdir()
    assert devices.available_bytes(meminfo, cgroup) is None
    meminfo.write_text("MemTotal: 8000 kB\nMemAvailable: 4000 kB\n")
    assert devices.available_bytes(meminfo, cgroup) == 4000 * 1024
    for name, told in (("memory.max", "max"), ("memory.current", "500000"), ("memory.stat", "inactive_file 100000")):
        (cgroup / name).write_text(f"{told}\n")
    assert devices.available_bytes(meminfo, cgroup) == 4000 * 1024
    (cgroup / "memory.max").write_text("1000000\n")
    assert devices.available_bytes(meminfo, cgroup) == 600_000


def test_a_size_that_the_model_cannot_make_is_refused_before_it_is_loaded(tiny: Tiny) -> None:
    with pytest.raises(EngineError, match="height 100 is not divisible by 16, .*; 96 and 112 are"):
        loaded(tiny("sd15"), height=100)


def test_loading_says_nothing_by_itself(tiny: Tiny, capfd: pytest.CaptureFixture[str]) -> None:
    loaded(tiny("sdxl"))
    assert capfd.readouterr().err == ""
