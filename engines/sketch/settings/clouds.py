"""Clouds: heaps with soft bases, wisps high up, and the deck that closes the sky in bad weather."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from engines.sketch.canvas.colours import RGB, WHITE, mix
from engines.sketch.canvas.vector import Canvas, Linear, polygons
from engines.sketch.stage import Floats, Indices, Layer, Stage, chance

_LAYERS = ((0.05, 0.30, 0.62, 0.55), (0.10, 0.12, 1.0, 0.92))
"""(depth, how high as a share of the sky, size, alpha) of the layers of heaps, the far one first."""

_ACROSS = np.linspace(-1.0, 1.0, 49)
_PUFFS = 7


def draw_clouds(canvas: Canvas, stage: Stage) -> None:
    """All clouds of a sky, as many as `air.clouds` says."""
    air = stage.air
    bright, shade = cloud_colours(stage)
    if air.clouds < 0.75 and air.storm < 0.5:
        _wisps(canvas, stage, mix(bright, WHITE, 0.3 * (1.0 - air.moon)))
    if air.clouds > 0.55:
        _deck(canvas, stage, mix(bright, shade, 0.45), min(1.0, (air.clouds - 0.5) * 2.0))
    spread = 1.0 - 0.5 * air.clouds
    for number, (depth, high, size, alpha) in enumerate(_LAYERS):
        layer = stage.layer(depth, 910 + number)
        drift = stage.t * (0.004 + 0.02 * air.wind) * (1.0 + number)
        spacing = 0.8 * spread * (1.25 - 0.3 * number)
        shift = int(np.floor(drift / spacing))
        index = layer.cells(spacing, 1.0) - shift
        index = index[layer.chance(index, 1) < 0.3 + 0.65 * air.clouds]
        if len(index) == 0:
            continue
        x = (index + 0.8 * layer.chance(index, 2)) * spacing + drift
        y = -stage.horizon / layer.scale * (1.0 - high - 0.32 * layer.chance(index, 3))
        wide = (0.10 + 0.13 * layer.chance(index, 4)) * size
        tall = 0.75 + 0.5 * layer.chance(index, 5)
        places = layer.pixels(np.stack([x, y], -1))
        seen = np.abs(places[:, 0] - stage.width / 2) < stage.width / 2 + 1.1 * wide * layer.scale
        if not seen.any():
            continue
        outlines = _heaps(layer, index[seen]) * np.stack([np.ones(seen.sum()), tall[seen]], -1)[:, None]
        outlines = outlines * wide[seen][:, None, None] * layer.scale
        _lay(canvas, places[seen][:, None], outlines, (bright, shade), alpha * min(1.0, 0.55 + air.clouds))


def cloud_colours(stage: Stage) -> tuple[RGB, RGB]:
    """The lit and the shaded side of a cloud. Low light comes from the side and from below: the base glows."""
    air = stage.air
    bright = mix(mix(air.sky[3], WHITE, 0.72), (208.0, 213.0, 222.0), air.storm * 0.5)
    dim = 0.74 * air.moon + 0.5 * air.storm * (1.0 - air.moon) + 0.25 * air.moon * air.storm
    bright = mix(bright, (bright[0] * 0.3, bright[1] * 0.34, bright[2] * 0.46), min(1.0, dim))
    low = max(0.0, 1.0 - air.sun[1] / 0.25) * (1.0 - air.moon) * min(1.0, air.shine + 0.2)
    under = mix(mix(bright, air.sky[1], 0.3), mix(air.sky[2], air.glow, 0.55), low)
    return stage.drained(mix(bright, air.sky[1], 0.4 * low)), stage.drained(under)


def _lay(canvas: Canvas, places: Floats, outlines: Floats, colours: tuple[RGB, RGB], alpha: float) -> None:
    """Clouds at pixel places [n, 1, 2]: bright above, each fading out at its own base, a paler shoulder inside."""
    bright, shade = colours
    canvas.fill(polygons(outlines * [1.06, 1.08] + places), shade, 0.14 * alpha)
    for body in outlines + places:
        top, low = float(body[:, 1].min()), float(body[:, 1].max())
        stops = ((0.0, bright, 1.0), (0.5, mix(bright, shade, 0.55), 0.9), (1.0, shade, 0.0))
        canvas.fill(polygons(body), Linear((0, top), (0, low), stops), alpha)
    wide = outlines[:, :, 0].max(axis=1)[:, None]
    shoulder = outlines[:, :49] * [0.66, 0.72]
    inner = np.concatenate([shoulder, shoulder[:, ::-1] * [1.0, 0.35]], axis=1)
    shift = np.stack([-0.07 * wide, -0.05 * wide], -1)
    canvas.fill(polygons(inner + places + shift), mix(bright, WHITE, 0.35), 0.3 * alpha)


def _heaps(layer: Layer, index: Indices) -> Floats:
    """Outlines [n, 98, 2] of clouds of half-width 1: the tops of seven puffs each, a soft wavy base."""
    return np.stack([_heap(layer.stage.seed, layer.salt, number) for number in index.tolist()])


@lru_cache(maxsize=256)
def _heap(seed: int, salt: int, cloud: int) -> Floats:
    """One of them. 1.6 KB; the same for as long as a cloud is in sight."""
    number = np.arange(_PUFFS)
    lot = chance(seed, salt * 31 + 6, cloud * 16 + number)
    other = chance(seed, salt * 31 + 7, cloud * 16 + number)
    middle = (number - 3) * 0.25 + 0.14 * (lot - 0.5)
    radius = (0.38 - 0.055 * np.abs(number - 3)) * (0.65 + 0.7 * other)
    centre = -0.16 * (1.0 - np.abs(middle)) * lot
    reach = radius[:, None] ** 2 - (_ACROSS - middle[:, None]) ** 2
    top = np.where(reach > 0.0, np.sqrt(np.maximum(reach, 0.0)) - centre[:, None], 0.0)
    height = (top**7).sum(axis=0) ** (1 / 7)  # a soft maximum: no sharp notches between puffs
    taper = np.sqrt(np.maximum(0.0, 1.0 - _ACROSS**2))
    height = height * (0.25 + 0.75 * taper) * (taper > 0.0)
    base = 0.13 * taper * (1.0 + 0.25 * np.sin(_ACROSS * 7.0 + lot[0] * 6.0))
    heap = np.concatenate([np.stack([_ACROSS, -height], -1), np.stack([_ACROSS, base], -1)[::-1]])
    heap.setflags(write=False)
    return heap


def _wisps(canvas: Canvas, stage: Stage, colour: RGB) -> None:
    """Long feathers of ice high up."""
    layer = stage.layer(0.03, 915)
    spacing = 0.62
    drift = stage.t * 0.003
    index = layer.cells(spacing, 0.8) - int(np.floor(drift / spacing))
    index = index[layer.chance(index, 1) < 0.6]
    share = np.linspace(0.0, 1.0, 13)
    a, b, c = (layer.chance(index, salt)[:, None] for salt in (2, 3, 4))
    x = (index[:, None] + 0.5 * a) * spacing + drift + share * (0.3 + 0.3 * c)
    y = -stage.horizon / layer.scale * (0.62 + 0.3 * b)
    bow = y - 0.035 * np.sin(share * 2.6 + 5.0 * a) - 0.05 * share * (b - 0.3)
    thick = 0.014 * np.sin(np.pi * share) * (0.6 + 0.8 * c)
    upper, lower = np.stack([x, bow - thick], -1), np.stack([x, bow + thick], -1)[:, ::-1]
    canvas.fill(polygons(layer.pixels(np.concatenate([upper, lower], axis=1))), colour, 0.3)


def _deck(canvas: Canvas, stage: Stage, colour: RGB, amount: float) -> None:
    """Low cloud that hangs into the frame from above, in two lumpy layers."""
    dark = stage.drained(mix(colour, stage.air.sky[1], 0.35))
    for number in range(2):
        layer = stage.layer(0.04 + 0.05 * number, 917 + number)
        x = layer.cells(0.05, 0.2) * 0.05
        drift = stage.t * (0.006 + 0.02 * stage.air.wind) * (1 + number)
        lump = np.abs(np.sin((x - drift) * 9.0 + 5.0 * layer.noise(x - drift, 0.6))) ** 0.7
        depth = (0.30 - 0.12 * number) * (0.5 + 0.6 * layer.noise(x - drift, 0.8, 2)) + 0.045 * lump
        edge = layer.pixels(np.stack([x, np.zeros_like(x)], -1))
        edge[:, 1] = stage.horizon * depth * 1.3
        low = float(edge[:, 1].max())
        shape = np.concatenate([edge, [[edge[-1, 0], -2.0], [edge[0, 0], -2.0]]])
        tone = mix(dark, colour, 0.5 * number)
        stops = ((0.0, dark, 0.95), (0.6, tone, 0.8), (1.0, colour, 0.35))
        canvas.fill(polygons(shape), Linear((0, 0), (0, low), stops), amount * (0.9 - 0.25 * number))
