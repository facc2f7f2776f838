"""A thin immediate-mode canvas over ThorVG's C interface (the library that `thorvg-python` ships).

Everything is drawn anew for every frame, so that a picture is a function of what was asked and of nothing before it;
building a scene of a hundred paints costs a fraction of filling its pixels (measured: an SVG parsed and drawn at
150 px: 0.18 ms). We bind the dozen functions we use ourselves, once: `thorvg-python`'s wrappers set the argument
types again on every call. ctypes releases the interpreter lock while ThorVG fills pixels.

Units are pixels, x to the right, y down. Colours are `colours.RGB` (0..255), alphas and opacities 0..1.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from math import cos, radians, sin
from struct import Struct
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engines.base import Picture

from .colours import BLACK, RGB
from .outlines import Path, ellipses, polygons
from .paints import CARD, Fill, Linear, Radial, colour_at, flat, spread_stops

__all__ = [
    "MAX_SIDE",
    "Canvas",
    "Fill",
    "Linear",
    "Path",
    "Radial",
    "affine",
    "ellipses",
    "polygons",
    "sheared",
    "spread_stops",
]

MAX_SIDE = 4096
"""Pixels; ThorVG itself would go further, memory would not."""


_pointer = ctypes.c_void_p
_float = ctypes.c_float
_u8 = ctypes.c_uint8


_STOP = Struct("=f4B")
"""Tvg_Color_Stop: offset, red, green, blue, alpha. Packed: ctypes structures cost five times as much to fill."""


class _Matrix(ctypes.Structure):
    _fields_ = tuple((f"e{row}{column}", _float) for row in (1, 2, 3) for column in (1, 2, 3))


_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "tvg_engine_init": (ctypes.c_int, (ctypes.c_uint32,)),
    "tvg_swcanvas_create": (_pointer, (ctypes.c_int,)),
    "tvg_swcanvas_set_target": (ctypes.c_int, (_pointer, _pointer) + (ctypes.c_uint32,) * 3 + (ctypes.c_int,)),
    "tvg_canvas_destroy": (ctypes.c_int, (_pointer,)),
    "tvg_canvas_add": (ctypes.c_int, (_pointer, _pointer)),
    "tvg_canvas_remove": (ctypes.c_int, (_pointer, _pointer)),
    "tvg_canvas_update": (ctypes.c_int, (_pointer,)),
    "tvg_canvas_draw": (ctypes.c_int, (_pointer, ctypes.c_bool)),
    "tvg_canvas_sync": (ctypes.c_int, (_pointer,)),
    "tvg_paint_set_transform": (ctypes.c_int, (_pointer, ctypes.POINTER(_Matrix))),
    "tvg_paint_set_opacity": (ctypes.c_int, (_pointer, _u8)),
    "tvg_paint_rel": (ctypes.c_int, (_pointer,)),
    "tvg_scene_new": (_pointer, ()),
    "tvg_scene_add": (ctypes.c_int, (_pointer, _pointer)),
    "tvg_shape_new": (_pointer, ()),
    "tvg_shape_append_path": (ctypes.c_int, (_pointer, _pointer, ctypes.c_uint32, _pointer, ctypes.c_uint32)),
    "tvg_shape_append_rect": (ctypes.c_int, (_pointer,) + (_float,) * 6 + (ctypes.c_bool,)),
    "tvg_shape_append_circle": (ctypes.c_int, (_pointer,) + (_float,) * 4 + (ctypes.c_bool,)),
    "tvg_shape_set_fill_color": (ctypes.c_int, (_pointer,) + (_u8,) * 4),
    "tvg_shape_set_gradient": (ctypes.c_int, (_pointer, _pointer)),
    "tvg_shape_set_stroke_color": (ctypes.c_int, (_pointer,) + (_u8,) * 4),
    "tvg_shape_set_stroke_width": (ctypes.c_int, (_pointer, _float)),
    "tvg_shape_set_stroke_cap": (ctypes.c_int, (_pointer, ctypes.c_int)),
    "tvg_shape_set_stroke_join": (ctypes.c_int, (_pointer, ctypes.c_int)),
    "tvg_linear_gradient_new": (_pointer, ()),
    "tvg_linear_gradient_set": (ctypes.c_int, (_pointer,) + (_float,) * 4),
    "tvg_radial_gradient_new": (_pointer, ()),
    "tvg_radial_gradient_set": (ctypes.c_int, (_pointer,) + (_float,) * 6),
    "tvg_gradient_set_color_stops": (ctypes.c_int, (_pointer, _pointer, ctypes.c_uint32)),
    "tvg_picture_new": (_pointer, ()),
    "tvg_picture_load_data": (
        ctypes.c_int,
        (_pointer, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_bool),
    ),
}


@lru_cache(maxsize=1)
def _thorvg() -> Any:
    """Our own handle of the library: argument types live on the handle, and `thorvg-python` rewrites its own."""
    from thorvg_python.engine import THORVG_LIB

    if THORVG_LIB is None:
        raise RuntimeError("thorvg-python found no ThorVG library for this machine; the sketch engine needs its wheel")
    library = ctypes.CDLL(THORVG_LIB._name)
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    if library.tvg_engine_init(0) != 0:  # 0: no threads of its own, so that the order of drawing never varies
        raise RuntimeError("ThorVG could not be initialised")
    return library


def _address(array: NDArray[Any]) -> Any:
    """A pointer to an array's first byte; `array.ctypes.data` takes four times as long."""
    return ctypes.byref(ctypes.c_char.from_buffer(cast(Any, array)))


def _byte(value: float) -> int:
    return 0 if value <= 0.0 else 255 if value >= 255.0 else int(value + 0.5)


def _bytes(colour: RGB, alpha: float) -> tuple[int, int, int, int]:
    """What ThorVG takes for a colour."""
    r, g, b = colour
    return _byte(r), _byte(g), _byte(b), _byte(alpha * 255.0)


def affine(
    x: float,
    y: float,
    *,
    scale: tuple[float, float] = (1.0, 1.0),
    angle: float = 0.0,
    pivot: tuple[float, float] = (0.0, 0.0),
) -> _Matrix:
    """Scale and turn (degrees, clockwise) about `pivot`, then put the pivot at (x, y)."""
    c, s = cos(radians(angle)), sin(radians(angle))
    a, b = c * scale[0], -s * scale[1]
    d, e = s * scale[0], c * scale[1]
    px, py = pivot
    return _Matrix(a, b, x - a * px - b * py, d, e, y - d * px - e * py, 0.0, 0.0, 1.0)


def sheared(
    x: float, y: float, *, scale: tuple[float, float], lean: float, pivot: tuple[float, float] = (0.0, 0.0)
) -> _Matrix:
    """Scale about `pivot`, move what lies a unit above it by `lean` pixels to the left, put the pivot at (x, y)."""
    px, py = pivot
    return _Matrix(scale[0], lean, x - scale[0] * px - lean * py, 0.0, scale[1], y - scale[1] * py, 0.0, 0.0, 1.0)


class Canvas:
    """Collects paints back to front and fills them into one buffer. Not for two threads at once."""

    def __init__(self, width: int, height: int) -> None:
        """Raises ValueError unless both sides are within 1..4096 pixels."""
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
            raise ValueError(f"cannot draw {width}x{height}: each side must be 1 to {MAX_SIDE} pixels")
        self.width, self.height = width, height
        self._lib = _thorvg()
        self._pixels = np.zeros((height, width), np.uint32)  # ABGR words: R, G, B, A in memory
        self._canvas = self._lib.tvg_swcanvas_create(0)
        self._lib.tvg_swcanvas_set_target(self._canvas, self._pixels.ctypes.data, width, width, height, 0)
        self._groups: list[int] = []
        self._coarse: Canvas | None = None
        self._kept = False  # whether the next paints go over the pixels that are there
        self._bare = True  # whether nothing was laid yet
        self.cut = False
        """Whether paints are cut of card: flat, each with a soft shadow on what lies behind it."""

    def coarse(self, block: int) -> Canvas:
        """A canvas for blocks of so many pixels that covers this one; the last one asked for is kept."""
        width, height = -(-self.width // block), -(-self.height // block)
        if self._coarse is None or (self._coarse.width, self._coarse.height) != (width, height):
            self._coarse = Canvas(width, height)
        return self._coarse

    def close(self) -> None:
        """Free ThorVG's side. Closing twice does nothing."""
        if self._canvas is not None:
            self._lib.tvg_canvas_destroy(self._canvas)
            self._canvas = None

    def __del__(self) -> None:
        if getattr(self, "_canvas", None) is not None:
            self.close()

    def clear(self) -> None:
        """Forget every paint, and how they were laid."""
        self.cut = False
        self._groups.clear()
        self._kept, self._bare = False, True
        if self._coarse is not None:
            self._coarse.clear()
        self._lib.tvg_canvas_remove(self._canvas, None)

    def fill(
        self,
        path: Path,
        fill: Fill,
        alpha: float = 1.0,
    ) -> None:
        """A filled path."""
        if len(path.points) == 0:
            return
        if self.cut:
            fill = flat(fill)
            if isinstance(fill, tuple) and alpha > CARD and self._is_large(path):
                for away, shade in ((0.012, 0.1), (0.006, 0.14)):  # filled anew: a stroke takes ten times as long
                    up = np.array([0.0, -away * min(self.width, self.height)], np.float32)
                    self._finish(self._outline(Path(path.commands, path.points + up)), BLACK, shade)
        for part in path.columns(self.width, self.height):
            self._finish(self._outline(part), fill, alpha)

    def _is_large(self, path: Path) -> bool:
        """Whether it is a layer of a scene, not a detail of one."""
        x, y = path.points.max(axis=0) - path.points.min(axis=0)
        return float(x) * float(y) > 0.02 * self.width * self.height

    def rectangle(
        self,
        x: float,
        y: float,
        w: float,
        h: float,
        fill: Fill,
        alpha: float = 1.0,
        *,
        radius: float = 0.0,
    ) -> None:
        """A filled rectangle, its corners rounded by `radius`."""
        if self.cut and isinstance(fill, Linear) and alpha > CARD and h > 0.15 * self.height:
            self._strips(x, y, w, h, fill)
            return
        if self._bare and x <= 0 and y <= 0 and x + w >= self.width and isinstance(fill, Linear) and alpha >= 1.0:
            rows = self._rows(fill, min(self.height, round(max(0.0, y + h))))
            if rows is not None:
                self._pixels[: len(rows)], self._pixels[len(rows) :] = rows[:, None], 0
                self._kept, self._bare = True, False
                return
        shape = self._lib.tvg_shape_new()
        self._lib.tvg_shape_append_rect(shape, x, y, w, h, radius, radius, True)
        self._finish(shape, fill, alpha)

    def _rows(self, fill: Linear, count: int) -> NDArray[np.uint32] | None:
        """The words of so many rows from the top, if a gradient runs straight down and nothing shines through it.

        The first thing laid on a frame is a sky or a wall: written row by row it takes a tenth of ThorVG's time.
        """
        (left, top), (right, low) = fill.start, fill.end
        if left != right or not low > top or any(alpha < 1.0 for _, _, alpha in fill.stops):
            return None
        place = (np.arange(count) + (0.5 - top)) / (low - top)
        offsets = [offset for offset, _, _ in fill.stops]
        words = np.full(count, 0xFF000000, np.uint32)
        for channel in range(3):
            level = np.interp(place, offsets, [min(255.0, max(0.0, colour[channel])) for _, colour, _ in fill.stops])
            words |= np.rint(level).astype(np.uint32) << np.uint32(8 * channel)
        return words

    def _strips(self, x: float, y: float, w: float, h: float, fill: Linear) -> None:
        """A gradient downwards as sheets of card, each a little lower than the one it lies on."""
        count = max(2, round(8 * h / self.height))
        for number in range(count):
            top = y + h * number / count
            if number:
                for reach, shade in ((0.011, 0.08), (0.005, 0.12)):
                    self.rectangle(x, top - reach * self.height, w, reach * self.height, BLACK, shade)
            self.rectangle(x, top, w, y + h - top, colour_at(fill, (number + 0.5) / count))

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Fill, alpha: float = 1.0) -> None:
        """A filled ellipse about (x, y)."""
        shape = self._lib.tvg_shape_new()
        self._lib.tvg_shape_append_circle(shape, x, y, rx, ry, True)
        self._finish(shape, fill, alpha)

    def stroke(self, path: Path, colour: RGB, width: float, alpha: float = 1.0) -> None:
        """The line along a path, with round ends and joints."""
        if len(path.points) == 0:
            return
        shape = self._outline(path.edge)
        self._lib.tvg_shape_set_stroke_color(shape, *_bytes(colour, alpha))
        self._lib.tvg_shape_set_stroke_width(shape, width)
        self._lib.tvg_shape_set_stroke_cap(shape, 1)
        self._lib.tvg_shape_set_stroke_join(shape, 1)
        self._add(shape)

    def svg(self, document: bytes, matrix: _Matrix, opacity: float = 1.0) -> None:
        """A drawing in SVG, in its own user units, mapped by `matrix`. One that ThorVG cannot read is left out."""
        picture = self._lib.tvg_picture_new()
        if self._lib.tvg_picture_load_data(picture, document, len(document), b"svg", None, True) != 0:
            self._lib.tvg_paint_rel(picture)
            return
        self._lib.tvg_paint_set_transform(picture, ctypes.byref(matrix))
        if opacity < 1.0:
            self._lib.tvg_paint_set_opacity(picture, _byte(opacity * 255))
        self._add(picture)

    @contextmanager
    def group(self, opacity: float) -> Iterator[None]:
        """What is drawn inside is composed first, then laid down as one with `opacity`."""
        self._bare = False
        scene = self._lib.tvg_scene_new()
        self._groups.append(scene)
        try:
            yield
        finally:
            self._groups.pop()
            if opacity < 1.0:
                self._lib.tvg_paint_set_opacity(scene, _byte(opacity * 255))
            self._add(scene)

    def picture(self) -> Picture:
        """Draw what was collected and forget it: a new array of shape (height, width, 3)."""
        rgba = self.pixels()
        rgb = np.empty((self.height, self.width, 3), np.uint8)
        for channel in range(3):  # three strided copies: a fifth of the time of one copy of rgba[..., :3]
            rgb[..., channel] = rgba[..., channel]
        return rgb

    def pixels(self, *, keep: bool = False) -> NDArray[np.uint8]:
        """Draw what was collected and forget it: a view [height, width, 4], premultiplied, valid until the next one.

        With `keep`, what is collected from now on is drawn over it, and over what the caller has made of it.
        """
        self._lib.tvg_canvas_update(self._canvas)
        self._lib.tvg_canvas_draw(self._canvas, not self._kept)
        self._lib.tvg_canvas_sync(self._canvas)
        self._lib.tvg_canvas_remove(self._canvas, None)
        self._kept, self._bare = keep, not keep
        return self._pixels.view(np.uint8).reshape(self.height, self.width, 4)

    def _outline(self, path: Path) -> Any:
        shape = self._lib.tvg_shape_new()
        self._lib.tvg_shape_append_path(
            shape, _address(path.commands), len(path.commands), _address(path.points), len(path.points)
        )
        return shape

    def _finish(self, shape: Any, fill: Fill, alpha: float) -> None:
        if isinstance(fill, tuple):
            self._lib.tvg_shape_set_fill_color(shape, *_bytes(fill, alpha))
        else:
            self._lib.tvg_shape_set_gradient(shape, self._gradient(fill, alpha))
        self._add(shape)

    def _gradient(self, fill: Linear | Radial, alpha: float) -> Any:
        if isinstance(fill, Linear):
            gradient = self._lib.tvg_linear_gradient_new()
            self._lib.tvg_linear_gradient_set(gradient, *fill.start, *fill.end)
        else:
            gradient = self._lib.tvg_radial_gradient_new()
            x, y = fill.centre
            self._lib.tvg_radial_gradient_set(gradient, x, y, max(fill.radius, 0.01), x, y, 0.0)
        stops = b"".join([_STOP.pack(offset, *_bytes(colour, a * alpha)) for offset, colour, a in fill.stops])
        self._lib.tvg_gradient_set_color_stops(gradient, stops, len(fill.stops))
        return gradient

    def _add(self, paint: Any) -> None:
        self._bare = False
        if self._groups:
            self._lib.tvg_scene_add(self._groups[-1], paint)
        else:
            self._lib.tvg_canvas_add(self._canvas, paint)
