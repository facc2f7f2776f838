"""The camera's pan between two frames, by phase correlation of the whole frame, and what differs when it is undone.

For any picture that moves as a whole, textures and noise included. Not for zooms, nor for what moves on its own.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.registration import phase_cross_correlation

from .film import Picture
from .likeness import Grey, luma

Pan = tuple[float, float]
"""px that the camera moved, (right, down); what is seen moves the other way."""

Colours = NDArray[np.float32]
"""(height, width, 3), 0..255."""

LEAST = 8
"""px: of less than this in common nothing is said."""


def pan(a: Picture, b: Picture) -> Pan:
    """From frame `a` to frame `b`; at most half a frame can be told from its opposite. (0, 0) where nothing is seen.

    Correlation of the whole frames to whole pixels (scikit-image), with and without normalised magnitudes, under a Hann
    window: edges of the frame do not move, and would be matched as well. Of fine textures the normalised peak is right,
    of soft ones the other; the better overlay tells. Then to about 1/20 px, what both show at that place: the shift of
    the highest correlation coefficient (ECC, Evangelidis and Psarakis 2008, OpenCV).
    """
    grey_a, grey_b = luma(a), luma(b)
    if np.ptp(grey_a) < 1 or np.ptp(grey_b) < 1:
        return 0.0, 0.0
    places = {_correlated(grey_a, grey_b, how) for how in ("phase", None)}
    right, down = max(sorted(places), key=lambda place: recognised(a, b, place))
    height, width = grey_a.shape
    if width - abs(right) < LEAST or height - abs(down) < LEAST:
        return right, down
    more = _refined(_cropped(grey_a, right, down), _cropped(grey_b, -right, -down))
    return right + more[0], down + more[1]


def _correlated(a: Grey, b: Grey, normalization: str | None) -> Pan:
    """In whole pixels."""
    height, width = a.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (down, right), _, _ = phase_cross_correlation(  # type: ignore[no-untyped-call]
        (a - a.mean()) * window, (b - b.mean()) * window, normalization=normalization
    )
    return float(right), float(down)


def _refined(a: Grey, b: Grey) -> Pan:
    """Within a pixel; (0, 0) where there is no better place."""
    enough = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 30, 1e-4)
    try:
        _, warp = cv2.findTransformECC(  # type: ignore[call-overload]
            a, b, np.eye(2, 3, dtype=np.float32), cv2.MOTION_TRANSLATION, enough, None, 1
        )
    except cv2.error:  # strangers: it does not converge
        return 0.0, 0.0
    right, down = (round(-float(part), 3) + 0.0 for part in warp[:, 2])  # + 0.0: no -0.0
    return (right, down) if max(abs(right), abs(down)) <= 1 else (0.0, 0.0)


def _cropped(grey: Grey, right: float, down: float) -> Grey:
    """What is still in sight when the camera has gone by whole pixels."""
    height, width = grey.shape
    x, y = int(right), int(down)
    return grey[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)]


def overlaid(a: Picture, b: Picture, by: Pan) -> tuple[Colours, Colours] | None:
    """The part of `a` that `b` shows too after a pan of `by`, and the same part out of `b`; None if that is too little.

    Cubic between pixels; two pixels at each edge are left out then, that nothing beyond the frame be asked for.
    """
    height, width = a.shape[:2]
    spare = [0 if float(part).is_integer() else 2 for part in by]
    left, top = (max(0, math.ceil(part)) + more for part, more in zip(by, spare, strict=True))
    right = min(width, width + math.floor(by[0])) - spare[0]
    bottom = min(height, height + math.floor(by[1])) - spare[1]
    if right - left < LEAST or bottom - top < LEAST:
        return None
    # What stands at p in a stands at p - by in b.
    x, y = np.meshgrid(np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32))
    there = cv2.remap(b.astype(np.float32), x - by[0], y - by[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return a[top:bottom, left:right].astype(np.float32), there  # type: ignore[return-value]


def share(a: Picture, by: Pan) -> float:
    """0..1, the part of the frame still seen after a pan."""
    height, width = a.shape[:2]
    return float(max(0.0, 1.0 - abs(by[0]) / width) * max(0.0, 1.0 - abs(by[1]) / height))


def difference(a: Picture, b: Picture, by: Pan) -> float:
    """mean |a - b| / 255 over what both show, 0..1; 1 where they have nothing in common."""
    both = overlaid(a, b, by)
    return 1.0 if both is None else float(np.abs(both[0] - both[1]).mean()) / 255.0


def contrast(picture: Picture) -> float:
    """Standard deviation of the pixels about their channel's mean, / 255."""
    variance = picture.reshape(-1, 3).astype(np.float64).var(axis=0).mean()
    return float(np.sqrt(variance)) / 255.0


def recognised(a: Picture, b: Picture, by: Pan) -> float:
    """How far `b` shows what `a` shows after a pan of `by`, about 0 (strangers) to 1: structure times colour.

    Structure is the correlation of all pixels about their channel's mean, colour the mean over channels of SSIM's
    luminance term 2 ab / (a² + b²) of those means. 0 where there is nothing to recognise, or too little in common.
    """
    both = overlaid(a, b, by)
    if both is None:
        return 0.0
    means = [side.reshape(-1, 3).mean(axis=0, dtype=np.float64) for side in both]
    deep = [side - mean for side, mean in zip(both, means, strict=True)]
    power = float(np.sqrt((deep[0] ** 2).mean() * (deep[1] ** 2).mean()))
    if power < 0.25:  # both vary by less than half a level
        return 0.0
    structure = float((deep[0] * deep[1]).mean()) / power
    dark = (0.01 * 255) ** 2  # SSIM's C1: black stays comparable
    colour = float(((2 * means[0] * means[1] + dark) / (means[0] ** 2 + means[1] ** 2 + dark)).mean())
    return structure * colour
