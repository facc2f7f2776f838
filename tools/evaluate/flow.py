"""Dense optical flow between two frames (OpenCV's DIS): what moved, what was hidden, and what changed beside that.

For pictures of things. Noise and repeating textures have no flow to find: see pan.py for those.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .film import Picture
from .likeness import luma

Flow = NDArray[np.float32]
"""(height, width, 2): a pixel at p of the one frame is found at p + flow[p] of the other; (x right, y down), px."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Between two frames."""

    warp_error: float  # mean |a - b brought back to a| / 255 where a pixel is seen in both; nan if nowhere
    occluded: float  # 0..1, pixels of a that b hides or that leave the frame
    median: float  # px of flow
    top: float  # px, mean of the fastest 5 %: VBench's dynamic degree takes this of RAFT
    roughness: float  # mean |dF/dx| + mean |dF/dy|, px per px: 0 for a pan, s - 1 for a zoom by s
    tcl: float  # EIDT-V's TCL, see below


def dense(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> Flow:
    """Flow from grey picture `a` to grey picture `b`, Dense Inverse Search (Kroeger et al., arXiv 1603.03590)."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return search.calc(a, b, None)  # type: ignore[call-overload, no-any-return]


def brought_back(b: NDArray[np.generic], flow: Flow) -> NDArray[np.float32]:
    """`b` seen from `a`: at p stands b[p + flow[p]], with the flow from a to b. This is the direction that needs no
    inverse: the flow lives on a's grid, and so does the result. Outside b its nearest edge."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(
        b.astype(np.float32), x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )  # type: ignore[return-value]


def hidden(forward: Flow, backward: Flow) -> NDArray[np.bool_]:
    """Pixels of a that are not in b: the way there and back does not return, or leads out of the frame.

    ‖f + b∘f‖ > 0.01 (‖f‖ + ‖b∘f‖) + 0.5 px, after Sundaram, Brox and Keutzer, ECCV 2010 (there of squares).
    """
    back = brought_back(backward, forward)
    error = np.linalg.norm(forward + back, axis=2)
    allowed = 0.01 * (np.linalg.norm(forward, axis=2) + np.linalg.norm(back, axis=2)) + 0.5
    height, width = error.shape
    x = np.arange(width) + forward[..., 0]
    y = np.arange(height)[:, None] + forward[..., 1]
    outside = (x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)
    return (error > allowed) | outside  # type: ignore[no-any-return]


def roughness(flow: Flow) -> float:
    """mean |dF/dx| + mean |dF/dy| over pixels and both components."""
    return float(np.abs(np.diff(flow, axis=1)).mean() + np.abs(np.diff(flow, axis=0)).mean())


def tcl(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """EIDT-V's temporal consistency loss (arXiv 2504.06861) on grey pictures, only to compare with its tables:
    mean |warp(a) - b| / 255 + 0.1 (mean |dF/dx| + mean |dF/dy|), Farneback.

    Its error is kept: the flow from a to b is used to look a up, so that what moves is sent off twice as far.
    """
    flow: Flow = cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0)  # type: ignore[call-overload]
    return float(np.abs(brought_back(a, flow) - b).mean()) / 255.0 + 0.1 * roughness(flow)


def moved(a: Picture, b: Picture) -> Moved:
    """All of it for frame `a` and the frame `b` after it."""
    grey_a, grey_b = (luma(picture).astype(np.uint8) for picture in (a, b))
    forward, backward = dense(grey_a, grey_b), dense(grey_b, grey_a)
    seen = ~hidden(forward, backward)
    change = np.abs(brought_back(b, forward) - a).mean(axis=2)
    lengths = np.linalg.norm(forward, axis=2)
    fastest = np.sort(lengths, axis=None)[-max(1, lengths.size // 20) :]
    return Moved(
        warp_error=float(change[seen].mean()) / 255.0 if seen.any() else float("nan"),
        occluded=1.0 - float(seen.mean()),
        median=float(np.median(lengths)),
        top=float(fastest.mean()),
        roughness=roughness(forward),
        tcl=tcl(grey_a, grey_b),
    )
