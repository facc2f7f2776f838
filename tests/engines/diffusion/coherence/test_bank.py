"""Self-attention reads other frames by a table of rows; what the table says, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor2_0
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.diffusion.attention import LAYERS, Read, banked_layers, install, sources_for
from engines.diffusion.networks import Denoiser
from tools import tiny_models

SIDE = 8  # of a latent, in cells
BANK: tuple[Read, ...] = ("self", "anchor", "previous")

Outputs = list[torch.Tensor]


@pytest.fixture(scope="module")
def folder(tiny: Callable[[str], Path]) -> Path:
    return tiny("sd15") / "unet"


@pytest.fixture(scope="module")
def denoiser(folder: Path) -> Denoiser:
    """In float64: what differs is then a fault and not a rounding."""
    return Denoiser(UNet2DConditionModel.from_pretrained(folder).double().eval(), layers="all")


def randoms(rows: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Latents and prompts of so many frames."""
    generator = torch.Generator().manual_seed(seed)
    latents, texts = (rows, 4, SIDE, SIDE), (rows, 77, 32)
    return (
        torch.randn(latents, generator=generator, dtype=torch.float64),
        torch.randn(texts, generator=generator, dtype=torch.float64),
    )


def empty(denoiser: Denoiser, rows: int) -> Outputs:
    return [
        torch.zeros(2 * rows, *shape, dtype=torch.float64)
        for shape in denoiser.bank_shapes(SIDE, SIDE)
        for _ in ("keys", "values")
    ]


@torch.no_grad()
def pass_through(
    denoiser: Denoiser, latents: torch.Tensor, texts: torch.Tensor, sources: torch.Tensor, bank: Outputs
) -> tuple[Outputs, Outputs]:
    """Its outputs (the latent, then K and V of every layer), and what every self-attention gave, in order."""
    seen: Outputs = []
    hooks = [
        denoiser.unet.get_submodule(name.removesuffix(".processor")).register_forward_hook(
            lambda _module, _given, told: seen.append(told)
        )
        for name in denoiser.layers
    ]
    try:
        told = denoiser(latents, torch.full((len(latents),), 500.0), texts, sources, *bank)
    finally:
        for hook in hooks:
            hook.remove()
    return list(told), seen


def one_after_the_other(
    denoiser: Denoiser, latents: torch.Tensor, texts: torch.Tensor, branches: int = 1
) -> tuple[list[Outputs], Outputs]:
    """The frames of a film one by one, [frames * branches] in a batch of `branches`; and what the bank holds then."""
    frames = len(latents) // branches
    held: Outputs = empty(denoiser, branches)
    found = []
    for n in range(frames):
        rows = [branch * frames + n for branch in range(branches)]
        sources = sources_for(["film"], ["film"] if n else [], branches=branches)
        told, seen = pass_through(denoiser, latents[rows], texts[rows], sources, held)
        found.append([*told, *seen])
        for bank, made in zip(held, told[1:], strict=True):
            bank[1::2] = made
            if n == 0:
                bank[0::2] = made
    return found, held


def test_a_row_that_reads_itself_is_plain_attention(denoiser: Denoiser, folder: Path) -> None:
    latents, texts = randoms(3)
    plain = UNet2DConditionModel.from_pretrained(folder).double().eval()
    plain.set_attn_processor(AttnProcessor2_0())
    with torch.no_grad():
        expected = plain(latents, 500.0, texts).sample

    told, _ = pass_through(denoiser, latents, texts, sources_for(["a", "b", None], []), empty(denoiser, 3))

    assert (told[0] - expected).abs().max() <= 1e-9


def test_reading_other_frames_changes_the_picture(denoiser: Denoiser) -> None:
    latents, texts = randoms(2)
    alone, _ = pass_through(denoiser, latents, texts, sources_for(["a", "b"], []), empty(denoiser, 2))
    together, _ = pass_through(denoiser, latents, texts, sources_for(["a", "a"], []), empty(denoiser, 2))

    assert torch.equal(alone[0][0], together[0][0])  # the first frame has nobody to read
    assert (alone[0][1] - together[0][1]).abs().max() > 1e-3


@pytest.mark.parametrize("branches", [1, 2])
def test_frames_of_a_film_in_one_batch_are_what_they_are_one_after_the_other(denoiser: Denoiser, branches: int) -> None:
    frames = 4
    latents, texts = randoms(branches * frames)
    expected, _ = one_after_the_other(denoiser, latents, texts, branches)

    sources = sources_for(["film"] * frames, [], branches=branches)
    told, seen = pass_through(denoiser, latents, texts, sources, empty(denoiser, branches * frames))

    for n in range(frames):
        rows = [branch * frames + n for branch in range(branches)]
        for ours, alone in zip([*told, *seen], expected[n], strict=True):
            assert (ours[rows] - alone).abs().max() <= 1e-9


def test_a_film_goes_on_in_the_next_batch_where_the_last_one_left_it(denoiser: Denoiser) -> None:
    latents, texts = randoms(4)
    expected, _ = one_after_the_other(denoiser, latents, texts)
    _, held = one_after_the_other(denoiser, latents[:2], texts[:2])
    bank = empty(denoiser, 3)
    for ours, kept in zip(bank, held, strict=True):
        ours[2:4] = kept  # of row 1, the first of the film's in this batch; row 2's own are never read

    stranger_latent, stranger_text = randoms(1, seed=9)
    sources = sources_for(["other", "film", "film"], ["film"])
    told, seen = pass_through(
        denoiser, torch.cat([stranger_latent, latents[2:]]), torch.cat([stranger_text, texts[2:]]), sources, bank
    )

    for n in (2, 3):
        for ours, alone in zip([*told, *seen], expected[n], strict=True):
            assert (ours[n - 1] - alone[0]).abs().max() <= 1e-9


def test_nothing_of_the_shot_before_is_left_after_a_cut(denoiser: Denoiser) -> None:
    latents, texts = randoms(3)
    sources = sources_for(["old", "new", "new"], ["old"])
    blank, full = empty(denoiser, 3), [torch.randn_like(bank) for bank in empty(denoiser, 3)]

    one, _ = pass_through(denoiser, latents, texts, sources, blank)
    other, _ = pass_through(denoiser, latents, texts, sources, full)

    assert torch.equal(one[0][1:], other[0][1:])
    assert not torch.equal(one[0][0], other[0][0])  # the shot that goes on does read its bank


def test_films_in_a_batch_see_nothing_of_each_other(denoiser: Denoiser) -> None:
    latents, texts = randoms(4)
    others_latents, others_texts = randoms(4, seed=5)
    ours = [0, 2]
    others_latents[ours], others_texts[ours] = latents[ours], texts[ours]
    sources = sources_for(["a", "b", "a", None], ["a", "b"])
    bank = [torch.randn(8, *kept.shape[1:], dtype=torch.float64) for kept in empty(denoiser, 4)]
    strangers_bank = [kept.clone() for kept in bank]
    for kept in strangers_bank:
        kept[2:] += 1.0  # all but the two rows of film a's first row

    one, _ = pass_through(denoiser, latents, texts, sources, bank)
    other, _ = pass_through(denoiser, others_latents, others_texts, sources, strangers_bank)

    assert torch.equal(one[0][ours], other[0][ours])


def test_the_table_of_a_batch() -> None:
    assert sources_for(["a", "b", "a", None], ["a"]).tolist() == [
        [0, 4, 5],  # a goes on: the bank's rows of row 0
        [1, 1, 1],  # b begins
        [2, 4, 0],  # a's anchor is in the bank, its frame before in row 0
        [3, 3, 3],
    ]
    assert sources_for(["a", "a"], [], branches=2).tolist() == [[0, 0, 0], [1, 0, 0], [2, 2, 2], [3, 2, 2]]
    assert sources_for(["a"], ["a"], ("previous",), branches=2).tolist() == [[3], [5]]


batches = st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=8)


@given(shots=batches, held=st.sets(st.sampled_from("abc")), branches=st.integers(1, 2))
@settings(max_examples=200)
def test_a_table_names_only_rows_of_the_same_shot_and_branch(
    shots: list[str | None], held: set[str], branches: int
) -> None:
    table = sources_for(shots, held, BANK, branches=branches)
    rows, total = len(shots), branches * len(shots)

    for here, (own, anchor, previous) in enumerate(table.tolist()):
        branch, b = divmod(here, rows)
        assert own == here
        for read in (anchor, previous):
            row = read if read < total else (read - total) // 2
            assert row // rows == branch
            assert row == here or shots[row % rows] == shots[b] is not None
            assert row <= here
            assert read < total or shots[b] in held
        mine = [n for n in range(rows) if shots[n] == shots[b]]
        if shots[b] in held:  # the anchor lies in the bank, beside the first row of the shot
            assert anchor == total + 2 * (branch * rows + mine[0])
        elif shots[b] is not None:
            assert anchor == branch * rows + mine[0]
        if shots[b] is not None and mine[0] < b:
            assert previous == branch * rows + max(n for n in mine if n < b)


def test_which_layers_take_part(folder: Path) -> None:
    with torch.device("meta"):
        unet = UNet2DConditionModel()  # of Stable Diffusion 1.5's shape
    counts = {which: len(banked_layers(unet, which)) for which in LAYERS}

    assert counts == {"decoder": 9, "all": 16, "coarse": 4, "fine": 6}
    assert {name.split(".")[1] for name in banked_layers(unet, "fine")} == {"2", "3"}
    with pytest.raises(ValueError, match="layers 'middle', expected one of decoder, all, coarse, fine"):
        banked_layers(unet, "middle")
    with pytest.raises(ValueError, match=r"quantile 0\.9, expected 0\.\.0\.5"):
        install(unet, [], filtering=0.9)


@pytest.mark.parametrize(("layers", "mib"), [("decoder", 26.25), ("all", 44.1), ("fine", 22.5), ("coarse", 4.1)])
def test_what_a_frame_takes_of_a_bank_in_half_precision_at_512x512(layers: str, mib: float) -> None:
    with torch.device("meta"):
        unet = UNet2DConditionModel.from_config(tiny_models.SD_UNET)  # as wide as the original

    shapes = Denoiser(unet, layers=layers).bank_shapes(64, 64)

    assert sum(2 * 2 * tokens * channels for tokens, channels in shapes) / 2**20 == pytest.approx(mib, abs=0.05)
