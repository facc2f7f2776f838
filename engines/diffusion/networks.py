"""The three networks of a text-to-image model as modules of plain tensors, each with its NetworkSpec.

Every backend runs these, and nothing else of a model: what is exported is what runs in torch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engines.compile.spec import DType, NetworkSpec, TensorSpec

from .attention import Bank, banked_layers, install

TOKENS = 77
"""Of a prompt, CLIP's context."""


def dtype_name(dtype: torch.dtype) -> DType:
    """`torch.float16` → "float16"."""
    return str(dtype).removeprefix("torch.")  # type: ignore[return-value]


class TextEncoder(nn.Module):
    """One CLIP text encoder: ids [B, 77] → (hidden [B, 77, C],), and for SDXL's also pooled [B, P].

    SD 1.5 and 2.1 read the last layer after its norm, SDXL the last but one without it (its report, arXiv 2307.01952).
    """

    def __init__(self, encoder: nn.Module, *, penultimate: bool = False, pooled: bool = False) -> None:
        super().__init__()
        self.encoder = encoder
        self.penultimate = penultimate
        self.pooled = pooled

    def forward(self, ids: Tensor) -> tuple[Tensor, ...]:
        told = self.encoder(ids, output_hidden_states=self.penultimate)
        hidden = told.hidden_states[-2] if self.penultimate else told.last_hidden_state
        return (hidden, told[0]) if self.pooled else (hidden,)

    def spec(self, name: str, buckets: tuple[int, ...]) -> NetworkSpec:
        config: Any = self.encoder.config
        dtype = dtype_name(next(self.encoder.parameters()).dtype)
        outputs = [TensorSpec("hidden", (TOKENS, config.hidden_size), dtype)]
        if self.pooled:
            outputs.append(TensorSpec("pooled", (config.projection_dim,), dtype))
        return NetworkSpec(
            name,
            inputs=(TensorSpec("ids", (TOKENS,), "int64"),),
            outputs=tuple(outputs),
            buckets=buckets,
            opset=21,  # tensorrt_rtx 1.7 builds no Attention node with CLIP's causal mask
            config=_json(config.to_dict() | {"penultimate": self.penultimate, "pooled": self.pooled}),
        )


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a UNet reads beside its text, by its config."""

    pooled: int = 0  # width of SDXL's pooled text embedding, 0: none
    ids: int = 0  # SDXL's time ids: 6
    guidance: int = 0  # width of a latent consistency model's embedding of the guidance scale, 0: none

    @classmethod
    def of(cls, config: Any) -> Conditions:
        guidance = config.time_cond_proj_dim or 0
        if config.addition_embed_type != "text_time":
            return cls(guidance=guidance)
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        return cls(pooled=pooled, ids=6, guidance=guidance)


class Denoiser(nn.Module):
    """The UNet with its bank: (sample [N, 4, h, w], timestep [N], text [N, 77, C], …, sources [N, R], K and V of every
    banked layer [2N, tokens, c]) → (output [N, 4, h, w], K and V of every banked layer [N, tokens, c]).

    Without banked layers there are no sources either, and only the output comes out.
    """

    def __init__(self, unet: nn.Module, *, layers: str | None = None, sources: int = 3, filtering: float = 0.0) -> None:
        """`layers`: of attention.LAYERS, None without a bank; `sources`: R; `filtering`: see attention.install."""
        super().__init__()
        self.unet = unet
        self.conditions = Conditions.of(unet.config)
        self.layers = banked_layers(unet, layers) if layers else []
        self.sources = sources
        self.filtering = filtering
        install(unet, self.layers, filtering=filtering)

    def forward(self, sample: Tensor, timestep: Tensor, text: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        left = list(rest)
        more: dict[str, Any] = {}
        if self.conditions.pooled:
            more["added_cond_kwargs"] = {"text_embeds": left.pop(0), "time_ids": left.pop(0)}
        if self.conditions.guidance:
            more["timestep_cond"] = left.pop(0)
        bank = Bank(left.pop(0), left[0::2], left[1::2]) if self.layers else None
        if bank is not None:
            more["cross_attention_kwargs"] = {"bank": bank}
        output = self.unet(sample, timestep, text, return_dict=False, **more)[0]
        made = [] if bank is None else [tensor for n in range(len(self.layers)) for tensor in bank.made[n]]
        return (output, *made)

    def bank_shapes(self, height: int, width: int) -> list[tuple[int, int]]:
        """(tokens, channels) of each banked layer, for latents of `height` by `width` cells. Nothing is computed."""
        shapes: dict[str, tuple[int, int]] = {}
        with torch.device("meta"):
            shadow = Denoiser(type(self.unet).from_config(self.unet.config))  # type: ignore[attr-defined]
            for name in self.layers:

                def note(_: nn.Module, args: tuple[Tensor, ...], name: str = name) -> None:
                    shapes[name] = args[0].shape[1], args[0].shape[2]

                shadow.unet.get_submodule(name.removesuffix(".processor")).register_forward_pre_hook(note)
            shadow(*(torch.zeros(1, *each.shape) for each in self._plain(height, width)))
        return [shapes[name] for name in self.layers]

    def _plain(self, height: int, width: int) -> list[TensorSpec]:
        config: Any = self.unet.config
        dtype = dtype_name(next(self.unet.parameters()).dtype)
        specs = [
            TensorSpec("sample", (config.in_channels, height, width), dtype),
            TensorSpec("timestep", (), "float32"),
            TensorSpec("text", (TOKENS, config.cross_attention_dim), dtype),
        ]
        if self.conditions.pooled:
            specs += [TensorSpec("pooled", (self.conditions.pooled,), dtype), TensorSpec("time_ids", (6,), dtype)]
        if self.conditions.guidance:
            specs.append(TensorSpec("guidance", (self.conditions.guidance,), dtype))
        return specs

    def spec(self, buckets: tuple[int, ...], height: int, width: int) -> NetworkSpec:
        """For latents of `height` by `width` cells. The bank has two rows per row of the batch: anchor and previous."""
        config: Any = self.unet.config
        inputs, made = self._plain(height, width), []
        dtype = inputs[0].dtype
        if self.layers:
            inputs.append(TensorSpec("sources", (self.sources,), "int64"))
            for n, shape in enumerate(self.bank_shapes(height, width)):
                inputs += [TensorSpec(f"{kind}{n}", shape, dtype, rows=2) for kind in ("keys", "values")]
                made += [TensorSpec(f"made_{kind}{n}", shape, dtype) for kind in ("keys", "values")]
        return NetworkSpec(
            "denoiser",
            inputs=tuple(inputs),
            outputs=(TensorSpec("output", (config.out_channels, height, width), dtype), *made),
            buckets=buckets,
            config=_json(dict(config) | {"layers": self.layers, "sources": self.sources, "filtering": self.filtering}),
        )


class Decoder(nn.Module):
    """A latent [B, 4, h, w] as the denoiser leaves it → picture [B, 3, 8h, 8w], about -1..1.

    `autoencoder` is an AutoencoderKL or an AutoencoderTiny (TAESD, github.com/madebyollin/taesd).
    """

    def __init__(self, autoencoder: nn.Module) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        config: Any = autoencoder.config
        self.scale = 1.0 / config.scaling_factor
        self.shift = getattr(config, "shift_factor", None) or 0.0

    def forward(self, latent: Tensor) -> tuple[Tensor, ...]:
        return (self.autoencoder.decode(latent * self.scale + self.shift, return_dict=False)[0],)  # type: ignore[operator]

    def spec(self, buckets: tuple[int, ...], height: int, width: int) -> NetworkSpec:
        """For latents of `height` by `width` cells."""
        config: Any = self.autoencoder.config
        dtype = dtype_name(next(self.autoencoder.parameters()).dtype)
        tiny = type(self.autoencoder).__name__ == "AutoencoderTiny"
        cells = 2 ** (len(config.decoder_block_out_channels if tiny else config.block_out_channels) - 1)
        return NetworkSpec(
            "decoder",
            inputs=(TensorSpec("latent", (config.latent_channels, height, width), dtype),),
            outputs=(TensorSpec("picture", (config.out_channels, height * cells, width * cells), dtype),),
            buckets=buckets,
            opset=23 if tiny else 21,
            config=_json(dict(config)),
        )


def _json(config: dict[str, Any]) -> str:
    return json.dumps(config, sort_keys=True, default=str)
