"""Dual-softmax filtering (arXiv 2305.14330): tokens that have no counterpart in the frame that is read fall back to
their own frame.

With S = Q_k K_rᵀ / √d [n, m], A = softmax over keys and B = softmax over queries, P = A ⊙ B is large where query i
and key j are each other's best match (LoFTR's dual softmax, arXiv 2104.00680). Token i's confidence is
c_i = max_j P_ij, and

    O_i = m_i·(A V_r)_i + (1 - m_i)·(softmax(Q_k K_kᵀ/√d) V_k)_i        m_i = 1[c_i > quantile_q(c)]

Three faults of the released program are not repeated. It multiplies A with B untransposed, entry (i, j) with (j, i),
which works only while nothing moves. Its quantile pools batch, heads and tokens, so that a frame's mask depends on
what else is in the batch: here it is each head's of each frame. And it holds three n x n maps, 268 MB each for a frame
of 64 x 64 cells; with R_i = LSE_j S_ij and C_j = LSE_i S_ij

    log P_ij = 2·S_ij - R_i - C_j        log c_i = max_j(2·S_ij - C_j) - R_i

needs a strip of S at a time: C_j is complete within a strip of keys, R_i and the maximum are carried along.
"""

from __future__ import annotations

import torch
from torch import Tensor

STRIP = 512
"""Keys at a time."""


def confidence(q: Tensor, k: Tensor, strip: int = STRIP) -> Tensor:
    """log c of each token: q [N, heads, n, d], k [N, heads, m, d] → [N, heads, n] float32, at most 0."""
    scaled = q * q.shape[-1] ** -0.5
    rows, best = [], []  # of each strip, [N, heads, n, 1]
    for start in range(0, k.shape[2], strip):
        s = (scaled @ k[:, :, start : start + strip].transpose(-1, -2)).float()  # [N, heads, n, strip]
        rows.append(log_sum_exp(s, -1))
        best.append((2.0 * s - log_sum_exp(s, -2)).amax(-1, keepdim=True))
    return (torch.cat(best, -1).amax(-1, keepdim=True) - log_sum_exp(torch.cat(rows, -1), -1)).squeeze(-1)


def log_sum_exp(x: Tensor, dim: int) -> Tensor:
    """LSE over `dim`, which stays with size 1. Written out: exporters and TensorRT's parser take torch's apart into
    log(Σ exp), which overflows from scores of 89 on."""
    top = x.amax(dim, keepdim=True)
    return top + (x - top).exp().sum(dim, keepdim=True).log()


def kept(confidence: Tensor, quantile: float) -> Tensor:
    """Which tokens have a counterpart, those above the `quantile` of their frame and head: [N, heads, n] → bool.

    The smallest ⌊q(n-1)⌋ + 1 fall out, as with an interpolated quantile; by top-k, whose k is a constant, since a
    quantile cannot be exported.
    """
    least = int(quantile * (confidence.shape[-1] - 1)) + 1
    edge = confidence.topk(least, dim=-1, largest=False).values.amax(-1, keepdim=True)
    return confidence > edge


def filtered(read: Tensor, own: Tensor, keep: Tensor) -> Tensor:
    """O = m·read + (1 - m)·own: both [N, heads, n, d], `keep` [N, heads, n]."""
    return torch.where(keep[..., None], read, own)
