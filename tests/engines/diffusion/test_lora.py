"""LoRAs: fused as diffusers' own pipeline fuses them, and refused where they do not belong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import save_file
from torch import Tensor, nn

from engines.diffusion.checkpoint import inspect
from engines.diffusion.load import Model, load
from engines.diffusion.options import DiffusionOptions, Lora
from engines.diffusion.presets import preset_of
from engines.errors import EngineError

RANK = 4

Tiny = Callable[[str], Path]


def loaded(folder: Path, *loras: Lora) -> Model:
    options = DiffusionOptions(str(folder), 64, 64, device="cpu", dtype="float32", decoder="kl", loras=loras)
    checkpoint = inspect(options.model)
    return load(checkpoint, options, preset_of(options.model, checkpoint))


def layers(module: nn.Module, *, of: tuple[str, ...]) -> dict[str, nn.Linear]:
    return {name: each for name, each in module.named_modules() if name.endswith(of) and isinstance(each, nn.Linear)}


def lora_of(model: Model, style: str, *, text: bool = True) -> dict[str, Tensor]:
    """Random low-rank weights for all attention of `model`, named in the `style` of diffusers or kohya.

    "sgm" is kohya's for SDXL, whose blocks are numbered through as in Stability's own code.
    """
    random = torch.Generator().manual_seed(7)
    unet = layers(model.unet, of=("to_q", "to_k", "to_v", "to_out.0"))
    named = [("unet", "lora_unet", name, layer) for name, layer in unet.items()]
    for n, encoder in enumerate(model.text_encoders) if text else ():
        short = ("lora_te" if len(model.text_encoders) == 1 else "lora_te1", "lora_te2")[n]
        for name, layer in layers(encoder, of=("q_proj", "v_proj", "out_proj")).items():
            full = name if name.startswith("text_model.") else f"text_model.{name}"
            named.append(("text_encoder_2" if n else "text_encoder", short, full, layer))
    state = {}
    for network, prefix, name, layer in named:
        down = torch.randn(RANK, layer.in_features, generator=random) * 0.1
        up = torch.randn(layer.out_features, RANK, generator=random) * 0.1
        if style == "diffusers":
            state |= {f"{network}.{name}.lora_A.weight": down, f"{network}.{name}.lora_B.weight": up}
        else:
            key = f"{prefix}_{name.replace('.', '_')}"
            if style == "sgm":
                key = key.replace("mid_block_attentions_0", "middle_block_1")
                key = re.sub(r"(down|up)_blocks_(\d)_attentions_(\d)", numbered_through, key)
            state |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(2.0)}
    return state


def numbered_through(place: re.Match[str]) -> str:
    """ "down_blocks_1_attentions_0" → "input_blocks_4_1": three layers a block, after the first convolution."""
    direction, block, layer = place[1], int(place[2]), int(place[3])
    if direction == "down":
        return f"input_blocks_{1 + 3 * block + layer}_1"
    return f"output_blocks_{3 * block + layer}_1"


def written(state: dict[str, Tensor], path: Path) -> Path:
    save_file(state, path, metadata={"format": "pt"})
    return path


@pytest.mark.parametrize(("kind", "style"), [("sd15", "diffusers"), ("sd15", "kohya"), ("sdxl", "sgm")])
def test_a_lora_changes_the_weights_as_diffusers_own_pipeline_changes_them(
    tiny: Tiny, tmp_path: Path, kind: str, style: str
) -> None:
    file = written(lora_of(loaded(tiny(kind)), style), tmp_path / "style.safetensors")

    model = loaded(tiny(kind), Lora(str(file), 0.7))

    pipeline_class = StableDiffusionXLPipeline if kind == "sdxl" else StableDiffusionPipeline
    pipeline = pipeline_class.from_pretrained(tiny(kind), local_files_only=True)
    plain = {name: tensor.clone() for name, tensor in pipeline.unet.state_dict().items()}
    pipeline.load_lora_weights(str(file))
    pipeline.fuse_lora(lora_scale=0.7)
    pipeline.unload_lora_weights()
    theirs = [pipeline.unet, pipeline.text_encoder, *([pipeline.text_encoder_2] if kind == "sdxl" else [])]
    assert model.remarks == ()
    for our, their in zip([model.unet, *model.text_encoders], theirs, strict=True):
        expected = their.state_dict()
        assert set(our.state_dict()) == set(expected)
        for name, tensor in our.state_dict().items():
            torch.testing.assert_close(tensor, expected[name], atol=1e-6, rtol=0)
    changed = max(float((model.unet.state_dict()[name] - tensor).abs().max()) for name, tensor in plain.items())
    assert changed > 0.01


def test_nothing_of_peft_is_left_in_a_fused_model(tiny: Tiny, tmp_path: Path) -> None:
    plain = loaded(tiny("sd15"))
    file = written(lora_of(plain, "kohya"), tmp_path / "style.safetensors")

    model = loaded(tiny("sd15"), Lora(str(file)))

    for before, after in zip([plain.unet, *plain.text_encoders], [model.unet, *model.text_encoders], strict=True):
        assert [type(each) for each in before.modules()] == [type(each) for each in after.modules()]
        assert not any(parameter.requires_grad for parameter in after.parameters())
    assert {name for name in plain.digest if plain.digest[name] != model.digest[name]} == {"unet", "text_encoder"}


def test_two_loras_add_up_and_weight_0_changes_nothing(tiny: Tiny, tmp_path: Path) -> None:
    plain = loaded(tiny("sd15"))
    file = str(written(lora_of(plain, "diffusers", text=False), tmp_path / "style.safetensors"))

    once, twice = loaded(tiny("sd15"), Lora(file, 1.0)), loaded(tiny("sd15"), Lora(file, 0.4), Lora(file, 0.6))

    for name, tensor in once.unet.state_dict().items():
        torch.testing.assert_close(tensor, twice.unet.state_dict()[name], atol=1e-6, rtol=0)
    assert loaded(tiny("sd15"), Lora(file, 0.0)).digest == plain.digest


def test_a_lora_is_found_in_a_folder_that_holds_it_alone(tiny: Tiny, tmp_path: Path) -> None:
    state = lora_of(loaded(tiny("sd15")), "diffusers", text=False)
    file = written(state, tmp_path / "pytorch_lora_weights.safetensors")
    assert loaded(tiny("sd15"), Lora(str(tmp_path))).digest == loaded(tiny("sd15"), Lora(str(file))).digest

    written(state, tmp_path / "another.safetensors")
    with pytest.raises(EngineError, match=r"holds 2 \.safetensors files \(another.safetensors, pytorch_lora.*name the"):
        loaded(tiny("sd15"), Lora(str(tmp_path)))


def test_layers_that_fit_nowhere_are_told(tiny: Tiny, tmp_path: Path) -> None:
    state = lora_of(loaded(tiny("sd15")), "diffusers", text=False)
    state["unet.down_blocks.7.attn.to_q.lora_A.weight"] = torch.zeros(RANK, 32)
    state["unet.down_blocks.7.attn.to_q.lora_B.weight"] = torch.zeros(32, RANK)

    model = loaded(tiny("sd15"), Lora(str(written(state, tmp_path / "more.safetensors"))))

    assert model.remarks == ("1 of the 49 layers of LoRA more.safetensors fit nowhere and were left out",)


def test_a_lora_of_another_model_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    sdxl = lora_of(loaded(tiny("sdxl")), "diffusers")
    with pytest.raises(EngineError, match=r"sdxl\.safetensors does not fit this model: "):
        loaded(tiny("sd15"), Lora(str(written(sdxl, tmp_path / "sdxl.safetensors"))))

    flux = {"transformer.blocks.0.to_q.lora_A.weight": torch.zeros(4, 8)}
    with pytest.raises(EngineError, match="no layer has the name of any of its 1"):
        loaded(tiny("sd15"), Lora(str(written(flux, tmp_path / "flux.safetensors"))))


def test_what_is_no_lora_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    unet = tiny("sd15") / "unet" / "diffusion_pytorch_model.safetensors"
    with pytest.raises(EngineError, match="is no LoRA: it holds tensors such as "):
        loaded(tiny("sd15"), Lora(str(unet)))
    with pytest.raises(EngineError, match=r"there is no LoRA .*style: expected a \.safetensors file"):
        loaded(tiny("sd15"), Lora(str(tmp_path / "style")))
    (tmp_path / "style.pt").write_bytes(b"")
    with pytest.raises(EngineError, match=r"style.pt is a \.pt, expected \.safetensors"):
        loaded(tiny("sd15"), Lora(str(tmp_path / "style.pt")))
    (tmp_path / "half.safetensors").write_bytes(unet.read_bytes()[:5000])
    with pytest.raises(EngineError, match="the download did not finish"):
        loaded(tiny("sd15"), Lora(str(tmp_path / "half.safetensors")))
