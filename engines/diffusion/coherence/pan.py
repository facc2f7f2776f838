"""A camera that pans moves the noise, and what was drawn last, along with the picture.

FlowZero (arXiv 2311.15813) translates the initial noise by the camera's way and fills what comes into view with fresh
noise; Text2Video-Zero (arXiv 2303.13439) does so with latents. Here the noise of a shot is a plane without an end, the
frame a window over it: what leaves the window on one side is there again when the camera comes back, and nothing
depends on the way that it took.

The camera moves right (`View.x` grows): the window moves right, and what is seen moves left.

Cells are whole. A window between two cells would have to mix neighbours; with weights renormalised to unit variance,
(a + b)/√2 half-way, neighbouring cells of the result are correlated by ½, which a model that was trained on white noise
draws as blur, and the blur would come and go as the camera moves. So noise moves in steps of a cell (8 pixels), as
Text2Video-Zero's does, and rounding the camera's place rather than its way keeps the error below half a cell for ever.

Zoom leaves the noise alone: enlarged noise repeats cells (at zoom 2 each one four times) and is not white either; the
gates open the picture while the camera zooms (`gates.change_map`). A pan in a close-up moves the noise as fast as it
would without the zoom, so less than the picture.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engines.base import View

from .noise import TILE, draws, seed_of


class Field:
    """The noise of a shot without an end: tiles as large as a frame, each drawn when it is first seen.

    Tile (0, 0) is the pipeline's own noise for this seed, so that a camera that has not moved changes nothing.
    """

    def __init__(self, seed: int, shape: tuple[int, int, int], steps: int = 0) -> None:
        """`shape` is a frame's, (4, h, w); `steps` as in `noise.drawn`."""
        self.seed, self.shape, self.steps = seed, shape, steps
        self._tiles: dict[tuple[int, int], Tensor] = {}  # those in sight, at most four

    def at(self, x: int, y: int) -> Tensor:
        """The window whose top left cell is (x, y), x cells right and y cells down of the start: [1 + steps, 4, h, w].
        Not to be written to."""
        _, height, width = self.shape
        column, across = divmod(x, width)
        row, down = divmod(y, height)
        rows = [row, row + 1] if down else [row]
        columns = [column, column + 1] if across else [column]
        self._tiles = {(j, i): self._tile(j, i) for j in rows for i in columns}
        strips = [torch.cat([self._tiles[j, i] for i in columns], dim=-1)[..., across : across + width] for j in rows]
        return torch.cat(strips, dim=-2)[..., down : down + height, :]

    def _tile(self, row: int, column: int) -> Tensor:
        known = self._tiles.get((row, column))
        if known is not None:
            return known
        at_start = row == 0 and column == 0
        return draws(self.seed if at_start else seed_of(TILE, self.seed, row, column), self.shape, self.steps)


def cells(view: View, height: int, width: int) -> tuple[int, int]:
    """Where the camera's window is, in whole cells (right, down) of a frame of `height` by `width` cells."""
    return math.floor(view.x * width + 0.5), math.floor(view.y * height + 0.5)


def moved(view: View, previous: View, height: int, width: int) -> tuple[int, int]:
    """By how many whole cells (right, down) the camera went on since `previous`, as the picture shows it.

    A camera that is close sees the same way as a longer one: times the zoom. The difference of two rounded places,
    not the rounded difference: a slow pan would otherwise never move anything.
    """
    now, before = cells(_close(view, view.zoom), height, width), cells(_close(previous, view.zoom), height, width)
    return now[0] - before[0], now[1] - before[1]


def _close(view: View, zoom: float) -> View:
    return View(view.x * zoom, view.y * zoom)


def latent_shift(latent: Tensor, dx: int, dy: int) -> tuple[Tensor, Tensor]:
    """The latent [..., h, w] as seen by a camera that went `dx` cells right and `dy` down; and what came into view.

    Exposed cells hold the picture's mirror image (Text2Video-Zero's reflection padding). The second tensor, [1, h, w]
    in float32 and on the host, is 1 in exposed cells and 0 elsewhere. Does not wait for the device.
    """
    height, width = latent.shape[-2:]
    if dx == 0 and dy == 0:  # most frames
        return latent, torch.zeros(1, height, width)
    rows, outside_rows = _window(height, dy)
    columns, outside_columns = _window(width, dx)
    shifted = latent.index_select(-2, _sent(rows, latent.device)).index_select(-1, _sent(columns, latent.device))
    return shifted, (outside_rows[:, None] | outside_columns[None, :])[None].float()


def _sent(index: Tensor, device: torch.device) -> Tensor:
    return index.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else index


def _window(size: int, shift: int) -> tuple[Tensor, Tensor]:
    """For each of `size` cells after the shift: which cell it was (mirrored at the edges), and whether it was none."""
    at = torch.arange(size) + shift
    outside = (at < 0) | (at >= size)
    if size == 1:
        return torch.zeros(1, dtype=torch.int64), outside
    turn = 2 * (size - 1)  # there and back
    folded = at.remainder(turn)
    return torch.where(folded < size, folded, turn - folded), outside
