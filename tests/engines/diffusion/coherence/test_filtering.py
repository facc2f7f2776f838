"""Tokens without a counterpart in the frame that is read fall back to their own frame, wherever the picture moved."""

import math
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from hypothesis import given
from hypothesis import strategies as st
from parts import needed
from torch import nn

from engines.compile.build import BuildOptions, build
from engines.compile.export import export
from engines.compile.spec import DType, NetworkSpec, TensorSpec
from engines.compile.target import here
from engines.diffusion.attention import Attention as Filtered
from engines.diffusion.attention import Bank, sources_for
from engines.diffusion.coherence.filtering import confidence, filtered, kept
from engines.diffusion.networks import Denoiser

SIDE, WIDTH = 24, 32  # tokens along an edge, channels
SHIFTS = range(7)

Outputs = tuple[torch.Tensor, ...]


def smooth_features(generator: torch.Generator) -> torch.Tensor:
    """[WIDTH, SIDE, SIDE], each token of norm 1, like its neighbours."""
    noise = torch.randn(1, WIDTH, SIDE, SIDE, generator=generator)
    kernel = torch.exp(-(torch.arange(-6, 7) ** 2) / 8.0)
    across, down = kernel.view(1, 1, 1, -1).expand(WIDTH, 1, 1, -1), kernel.view(1, 1, -1, 1).expand(WIDTH, 1, -1, 1)
    blurred = F.conv2d(F.pad(noise, (6, 6, 0, 0), "circular"), across, groups=WIDTH)
    blurred = F.conv2d(F.pad(blurred, (0, 0, 6, 6), "circular"), down, groups=WIDTH)[0]
    return F.normalize(blurred, dim=0)


def moved_scene(shift: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Queries and keys [1, 1, n, d] of a frame and of one from which it moved by `shift` tokens; and which of its
    tokens have a counterpart there, [n]: all but a patch."""
    generator = torch.Generator().manual_seed(seed)
    there = smooth_features(generator)
    here = torch.roll(there, shift, dims=2)
    patch = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    patch[9:15, 9:15] = True
    here[:, patch] = smooth_features(generator)[:, patch]
    warmth = math.sqrt(10.0 * math.sqrt(WIDTH))  # a token's score with itself is 10, as in a trained network
    q, k = ((warmth * x.flatten(1).T)[None, None] for x in (here, there))
    return q, k, ~patch.flatten()


def auc(score: torch.Tensor, matched: torch.Tensor) -> float:
    """How often a token with a counterpart scores above one without."""
    return (score[matched][:, None] > score[~matched][None]).float().mean().item()


def dense(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """log max_j P_ij from whole maps."""
    s = q.double() @ k.double().transpose(-1, -2) / math.sqrt(q.shape[-1])
    return (s.softmax(-1) * s.softmax(-2)).amax(-1).log().float()


def as_released(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    """With the reverse softmax, [keys, queries], multiplied as it is: (i, j) with (j, i)."""
    s = q[0, 0] @ k[0, 0].T / math.sqrt(q.shape[-1])
    return (s.softmax(-1) * s.T.softmax(-1)).mean(-1)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("seed", [7, 8])
def test_tokens_without_a_counterpart_are_found_however_far_the_picture_moved(shift: int, seed: int) -> None:
    q, k, matched = moved_scene(shift, seed)

    assert auc(confidence(q, k)[0, 0], matched) >= 0.99


def test_the_released_form_finds_them_only_where_next_to_nothing_moved() -> None:
    found = [auc(as_released(q, k), matched) for q, k, matched in (moved_scene(shift, 7) for shift in SHIFTS)]

    assert min(found[:2]) >= 0.99  # a step of one token: neighbours are alike
    assert found[2] == pytest.approx(0.6, abs=0.1)
    assert max(found[3:]) <= 0.1


@given(
    tokens=st.integers(1, 40), keys=st.integers(1, 40), strip=st.integers(1, 50), warmth=st.floats(0.1, 6.0),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_strips_give_what_whole_maps_give(tokens: int, keys: int, strip: int, warmth: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    q = warmth * torch.randn(2, 3, tokens, 8, generator=generator)
    k = warmth * torch.randn(2, 3, keys, 8, generator=generator)

    told = confidence(q, k, strip)

    assert told.shape == (2, 3, tokens)
    assert (told.exp() - dense(q, k).exp()).abs().max() <= 1e-5
    assert (told <= 1e-4).all()


def test_half_precision_ranks_tokens_as_well() -> None:
    q, k, matched = moved_scene(3, 7)

    assert auc(confidence(q.half(), k.half())[0, 0], matched) >= 0.99


@given(quantile=st.floats(0.01, 0.5), seed=st.integers(0, 99))
def test_the_mask_is_the_quantiles_of_each_frame_and_head(quantile: float, seed: int) -> None:
    scores = torch.randn(3, 2, 64, generator=torch.Generator().manual_seed(seed))
    expected = scores > torch.quantile(scores, quantile, dim=-1, keepdim=True)

    assert torch.equal(kept(scores, quantile), expected)


def test_a_mask_does_not_depend_on_what_else_is_in_the_batch() -> None:
    scores = torch.randn(2, 2, 64, generator=torch.Generator().manual_seed(1))

    assert torch.equal(kept(torch.cat([scores, 10 + scores]), 0.05)[:2], kept(scores, 0.05))


def test_what_is_kept_reads_the_other_frame_and_the_rest_its_own() -> None:
    read, own = torch.ones(1, 1, 3, 2), torch.zeros(1, 1, 3, 2)

    told = filtered(read, own, torch.tensor([[[True, False, True]]]))

    assert told[0, 0].tolist() == [[1, 1], [0, 0], [1, 1]]


@pytest.fixture(scope="module")
def denoiser(tiny: Callable[[str], Path]) -> Denoiser:
    unet = UNet2DConditionModel.from_pretrained(tiny("sd15") / "unet").eval()
    return Denoiser(unet, layers="fine", sources=1, filtering=0.25)


def inputs(denoiser: Denoiser, rows: int, sources: torch.Tensor) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(0)
    latents, texts = torch.randn(rows, 4, 8, 8, generator=generator), torch.randn(rows, 77, 32, generator=generator)
    bank = [torch.randn(2 * rows, *shape) for shape in denoiser.bank_shapes(8, 8) for _ in ("keys", "values")]
    return (latents, torch.full((rows,), 500.0), texts, sources, *bank)


@torch.no_grad()
def test_filtering_in_a_unet(denoiser: Denoiser) -> None:
    reading = inputs(denoiser, 2, sources_for(["a", "b"], ["a", "b"], ["previous"]))
    alone = (*reading[:3], sources_for(["a", "b"], [], ["previous"]), *reading[4:])

    def told(given: tuple[torch.Tensor, ...], quantile: float) -> torch.Tensor:
        output: torch.Tensor = Denoiser(denoiser.unet, layers="fine", sources=1, filtering=quantile)(*given)[0]
        return output

    try:
        assert torch.equal(told(alone, 0.25), told(alone, 0.0))  # a frame that reads itself has nothing to filter
        steps = [(told(reading, q) - told(alone, 0.0)).norm().item() for q in (0.0, 0.25, 0.5)]
        assert steps[0] > steps[1] > steps[2] > 0.0  # the more falls back, the more it is the frame's own
    finally:
        Denoiser(denoiser.unet, layers="fine", sources=1, filtering=0.25)


class Layer(nn.Module):
    """A self-attention of diffusers with ours in it, as a UNet holds them."""

    def __init__(self, quantile: float) -> None:
        super().__init__()
        self.attention = Attention(query_dim=128, heads=2, dim_head=64, processor=Filtered(0, quantile))

    def forward(self, x: torch.Tensor, sources: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> Outputs:
        return (self.attention(x, bank=Bank(sources, [keys], [values])),)


def spec(dtype: DType) -> NetworkSpec:
    return NetworkSpec(
        "filtered-attention",
        inputs=(
            TensorSpec("x", (64, 128), dtype),
            TensorSpec("sources", (1,), "int64"),
            TensorSpec("keys", (64, 128), dtype, rows=2),
            TensorSpec("values", (64, 128), dtype, rows=2),
        ),
        outputs=(TensorSpec("out", (64, 128), dtype),),
        buckets=(1, 2),
    )


@torch.no_grad()
def test_what_is_exported_filters_as_torch_does(tmp_path: Path) -> None:
    layer = Layer(0.25).eval()
    graph = export(spec("float32"), layer, tmp_path / "graph")
    generator = torch.Generator().manual_seed(3)
    keys, values = torch.randn(2, 4, 64, 128, generator=generator)
    # Scores of several hundreds, whose exponentials no float32 holds.
    x, keys = 15.0 * torch.randn(2, 64, 128, generator=generator), 15.0 * keys
    sources = sources_for(["a", "b"], ["a"], ["previous"])

    given = {
        each.name: tensor.numpy()
        for each, tensor in zip(spec("float32").inputs, (x, sources, keys, values), strict=True)
    }
    told = torch.from_numpy(onnxruntime.InferenceSession(graph).run(None, given)[0])

    expected = layer(x, sources, keys, values)[0]
    assert (expected - told).abs().max() <= 1e-5 * expected.abs().max()


def test_an_engine_can_be_built_of_it(tmp_path: Path) -> None:
    """tensorrt-rtx's builder died of two attentions side by side."""
    needed("tensorrt")
    graph = export(spec("float16"), Layer(0.25).eval().half(), tmp_path / "graph")
    target, plan = here("tensorrt_rtx", ("sm_89",)), tmp_path / "engine.plan"

    build(spec("float16"), target, graph, plan, options=BuildOptions(), say=lambda _: None)

    assert plan.stat().st_size > 10_000
