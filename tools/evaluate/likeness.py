"""How like two pictures are, pixel on pixel. Nothing here knows of motion: a frozen film scores best everywhere."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from .film import Picture

Grey = NDArray[np.float32]
"""(height, width), luma, 0..255."""

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of MS-SSIM's scales, finest first: Wang, Simoncelli and Bovik, Asilomar 2003, section 3.2."""

WINDOW = 11
"""Pixels of SSIM's Gaussian window; a smaller picture has no SSIM."""


def luma(picture: Picture) -> Grey:
    """ITU-R BT.601 luma."""
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


def flicker(a: Picture, b: Picture) -> float:
    """1 - MAE / 255 over all channels, 0..1: VBench's temporal flickering (arXiv 2311.17982), there of static scenes.

    Motion lowers it as flicker does: of a film that moves it says something only beside another one of equal motion.
    """
    return 1.0 - float(cv2.absdiff(a, b).mean()) / 255.0


def ssim(a: Grey, b: Grey) -> float:
    """Structural similarity as in Wang et al. 2004 (Gaussian window, sigma 1.5, population covariance), -1..1."""
    return _ssim(a, b)


def scales(height: int, width: int) -> int:
    """How many of MS-SSIM's five scales a picture has: the coarsest still holds a window. Five from 176 px up."""
    short, count = min(height, width), 0
    while count < len(WEIGHTS) and short >> count >= WINDOW:
        count += 1
    return count


def ms_ssim(a: Grey, b: Grey) -> float:
    """Multi-scale SSIM, 0..1: contrast and structure at all scales but the coarsest, whole SSIM there, each to the
    power of its weight. A picture with fewer than five scales takes the finest ones, their weights scaled to sum 1.

    Contrast that is inverted (below 0) counts as 0, a power of it having no meaning.
    """
    count = scales(*a.shape)
    weights = np.array(WEIGHTS[:count]) / sum(WEIGHTS[:count])
    terms = []
    for scale in range(count):
        # With K1 this large luminance's term (2 ab + C1) / (a² + b² + C1) is 1: what is left is contrast x structure.
        terms.append(_ssim(a, b) if scale == count - 1 else _ssim(a, b, K1=1e5))
        a, b = _halved(a), _halved(b)
    return float(np.prod(np.maximum(terms, 0.0) ** weights))


def _ssim(a: Grey, b: Grey, **constants: float) -> float:
    # float64: the luminance term of a huge K1 would lose the rest in float32.
    return float(
        structural_similarity(  # type: ignore[no-untyped-call]
            a.astype(np.float64), b.astype(np.float64), data_range=255.0, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False, **constants,
        )
    )  # fmt: skip


def _halved(grey: Grey) -> Grey:
    """Every 2x2 pixels as their mean; an odd last row or column falls away."""
    height, width = (side // 2 * 2 for side in grey.shape)
    halved = cv2.resize(grey[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return halved.astype(np.float32, copy=False)


def colours(picture: Picture) -> NDArray[np.float64]:
    """[3, 256]: the share of pixels at each value of red, green and blue."""
    counts = [np.bincount(picture[..., channel].ravel(), minlength=256) for channel in range(3)]
    return np.array(counts, np.float64) / float(picture.shape[0] * picture.shape[1])


def colour_drift(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Between two `colours`, 0..1: how far values must be moved to turn one histogram into the other, as a fraction of
    the range, mean of the channels (Wasserstein-1, which in one dimension is the area between the cumulated ones).

    Brightness lifted by 10 of 255 is 10/255. Where colours are does not matter: a pan over an even scene leaves 0.
    """
    return float(np.abs(np.cumsum(a - b, axis=1)).sum(axis=1).mean()) / 255.0
