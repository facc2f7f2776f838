"""Synthetic films with known answers: uint8 (n, height, width, 3)."""

from __future__ import annotations

import cv2
import numpy as np


def texture(seed=0, height=96, width=96, grain=2.0, spare=0):
    """A picture of blotches `grain` px wide, float32, `spare` px larger on every side."""
    noise = np.random.default_rng(seed).normal(size=(height + 2 * spare, width + 2 * spare, 3))
    soft = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), grain)
    return 128 + soft * (40 / soft.std())


def whole(pictures):
    return np.clip(np.rint(np.stack(list(pictures))), 0, 255).astype(np.uint8)


def panning(frames=12, pan=(3.0, 0.0), height=96, width=96, seed=0, grain=2.0, start=0):
    """The camera moves over a still texture by `pan` px a frame, right and down."""
    scene = texture(seed, 320, 320, grain, spare=40)
    ways = [(40 + 100 + x, 40 + 100 + y) for x, y in (np.array(pan) * k for k in range(start, start + frames))]
    return whole(
        cv2.warpAffine(
            scene, np.float32([[1, 0, x], [0, 1, y]]), (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        )
        for x, y in ways
    )


def zooming(frames=4, scale=1.02, size=128, seed=0):
    """Enlarged about its middle by `scale` a frame."""
    scene, middle = texture(seed, size, size, grain=4.0), (size - 1) / 2
    return whole(
        cv2.warpAffine(
            scene,
            np.float32([[1 / s, 0, middle - middle / s], [0, 1 / s, middle - middle / s]]),
            (size, size),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        for s in scale ** np.arange(frames)
    )


def frozen(frames=12, seed=0):
    return np.repeat(panning(1, seed=seed), frames, axis=0)


def noise(frames=12, seed=0, size=96):
    return np.random.default_rng(seed).integers(0, 256, (frames, size, size, 3), dtype=np.uint8)


def flat(*levels, size=64):
    return np.stack([np.full((size, size, 3), level, np.uint8) for level in levels])
