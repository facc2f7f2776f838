"""Self-attention that reads other frames too: which ones is a table of rows, so that one graph serves every method.

`sources` [N, R] names, for each of the N rows of the batch, R rows whose keys and values it reads: row j < N is row j
of this very batch, at this very layer and step; row N + j is row j of the bank, what earlier frames left. The bank has
two rows for each row b of the batch: N + 2b is the anchor of its shot, N + 2b + 1 the frame before it. The frame before
may as well be a neighbour in the batch, and several frames of one film in one batch give what they give one after the
other. All shapes are constant: a cut names the row itself, R times, and softmax over the same keys R times is plain
self-attention.

    [self ‖ anchor ‖ previous]   Free-Bloom (arXiv 2309.14494), StreamV2V's extended attention: R = 3
    [r(s)]                       DirecT2V's rotational value mapping (arXiv 2305.14330): R = 1
    [0]                          Text2Video-Zero (arXiv 2303.13439): R = 1

The keys and values of all rows come out as tensors: who keeps them, and for how long, is not the network's affair.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .coherence.filtering import confidence, filtered, kept

LAYERS = ("decoder", "all", "coarse", "fine")
"""Which self-attentions take part: of all up blocks; all; of the middle block and the first up block that has any; of
the last two up blocks that have any, the paper's choice."""

Read = Literal["self", "anchor", "previous"]
"""What a row of the batch may read: its own frame, the first of its shot, the one before it."""

MOST_FILTERED = 0.5
"""Quantile of filtering up to which what falls out is found by top-k, of which TensorRT has no more than 3,840."""


@dataclass(slots=True)
class Bank:
    """What one forward pass reads and leaves. Layers in the order of `banked_layers`."""

    sources: Tensor  # [N, R] int64
    keys: list[Tensor]  # a layer: [M, tokens, channels]
    values: list[Tensor]  # likewise
    made: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)  # layer → (K, V) of this batch, [N, tokens, c]


def sources_for(
    shots: Sequence[Hashable | None],
    held: Collection[Hashable],
    reads: Sequence[Read] = ("self", "anchor", "previous"),
    *,
    branches: int = 1,
) -> Tensor:
    """The table for a batch: [branches * rows, R] int64, R = len(reads).

    `shots[b]` says which shot of which film row b is a frame of: anything hashable, None for a row that only fills the
    batch up. Rows of one shot stand in film order. `held` are the shots of which the bank holds the anchor and the
    frame before; where a shot has several rows, only the bank's two rows of the first of them are read. A shot that is
    not held begins in this batch, with its anchor: a cut, and nothing from before it is read.

    With classifier-free guidance, `branches` 2, the batch is all rows without the prompt, then all rows with it, and
    each branch reads its own: row b of branch i is row i * rows + b, with the bank's rows to match.
    """
    rows, total = len(shots), branches * len(shots)
    table: list[list[int]] = []
    for branch in range(branches):
        for b, shot in enumerate(shots):
            here = branch * rows + b
            earlier = [] if shot is None else [branch * rows + a for a in range(b) if shots[a] == shot]
            first = earlier[0] if earlier else here
            known = shot is not None and shot in held
            of: dict[Read, int] = {
                "self": here,
                "anchor": total + 2 * first if known else first,
                "previous": earlier[-1] if earlier else total + 2 * here + 1 if known else here,
            }
            table.append([of[read] for read in reads])
    return torch.tensor(table, dtype=torch.int64)


def banked_layers(unet: nn.Module, which: str) -> list[str]:
    """Names of the attention processors that take part, in a fixed order. Raises ValueError for an unknown `which`."""
    if which not in LAYERS:
        raise ValueError(f"layers {which!r}, expected one of {', '.join(LAYERS)}")
    names: list[str] = sorted(n for n in unet.attn_processors if n.endswith("attn1.processor"))  # type: ignore[union-attr]
    if which == "all":
        return names
    ups = [name for name in names if name.startswith("up_blocks.")]
    if which == "decoder":
        return ups
    blocks = sorted({name.split(".")[1] for name in ups}, key=int)
    if which == "fine":
        return [name for name in ups if name.split(".")[1] in blocks[-2:]]
    middle = [name for name in names if name.startswith("mid_block.")]
    return middle + [name for name in ups if name.split(".")[1] in blocks[:1]]


def install(unet: nn.Module, layers: list[str], *, filtering: float = 0.0) -> None:
    """Put our processors into `unet`; `layers` read the bank. It is then called with
    `cross_attention_kwargs={"bank": Bank(…)}`. `filtering` is dual-softmax filtering's quantile, 0 without it."""
    if not 0.0 <= filtering <= MOST_FILTERED:
        raise ValueError(f"filtering quantile {filtering}, expected 0..{MOST_FILTERED}")
    places = {name: n for n, name in enumerate(layers)}
    processors = {name: Attention(places.get(name), filtering) for name in unet.attn_processors}  # type: ignore[union-attr]
    unet.set_attn_processor(processors)  # type: ignore[operator]


class Attention:
    """An attention processor of diffusers: `place` is its layer in the bank, None for one that reads its input only."""

    def __init__(self, place: int | None, filtering: float = 0.0) -> None:
        self.place = place
        self.filtering = filtering

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,  # [N, tokens, channels]
        encoder_hidden_states: Tensor | None = None,
        attention_mask: Tensor | None = None,
        temb: Tensor | None = None,
        bank: Bank | None = None,
    ) -> Tensor:
        read = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        q, k, v = attn.to_q(hidden_states), attn.to_k(read), attn.to_v(read)
        if bank is None or self.place is None:
            mixed = attended(q, k, v, attn.heads)
        else:
            bank.made[self.place] = k, v
            keys = gathered(k, bank.keys[self.place], bank.sources)
            values = gathered(v, bank.values[self.place], bank.sources)
            if self.filtering:
                mixed = self._filtered(q, keys, values, k, v, attn.heads)
            else:
                mixed = attended(q, keys, values, attn.heads)
        out: Tensor = attn.to_out[0](mixed)
        return out

    def _filtered(self, q: Tensor, keys: Tensor, values: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
        """What is read, from keys and values [N, R*n, c], where a token has a counterpart there; else its own, from k
        and v [N, n, c].

        Both in one attention with twice the heads: tensorrt-rtx 1.7.1's builder dies (a segmentation fault) of two side
        by side, or of one with twice the rows. A row's own keys, R times over, give what they give once.
        """
        times = keys.shape[1] // k.shape[1]
        query, other = split(q, heads), split(keys, heads)
        both = F.scaled_dot_product_attention(
            torch.cat([query, query], 1),  # [N, 2 * heads, n, d]
            torch.cat([other, split(k.repeat(1, times, 1), heads)], 1),
            torch.cat([split(values, heads), split(v.repeat(1, times, 1), heads)], 1),
        )
        return merged(filtered(both[:, :heads], both[:, heads:], kept(confidence(query, other), self.filtering)))


def gathered(own: Tensor, banked: Tensor, sources: Tensor) -> Tensor:
    """The rows that `sources` [N, R] names of own [N, n, c] ‖ banked [M, n, c], side by side: [N, R*n, c]."""
    rows, read = sources.shape
    return torch.cat([own, banked]).index_select(0, sources.flatten()).reshape(rows, read * own.shape[1], own.shape[2])


def attended(q: Tensor, k: Tensor, v: Tensor, heads: int) -> Tensor:
    """softmax(QKᵀ/√d)V over `heads`: q [N, n, c], k and v [N, m, c] → [N, n, c]."""
    return merged(F.scaled_dot_product_attention(split(q, heads), split(k, heads), split(v, heads)))


def split(x: Tensor, heads: int) -> Tensor:
    """[N, n, heads * d] → [N, heads, n, d]."""
    return x.view(x.shape[0], x.shape[1], heads, x.shape[2] // heads).transpose(1, 2)


def merged(x: Tensor) -> Tensor:
    """[N, heads, n, d] → [N, n, heads * d]."""
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], x.shape[1] * x.shape[3])
