"""Many shapes as one path: however ThorVG is given them, the picture is the same."""

from __future__ import annotations

import numpy as np

from engines.base import Picture
from engines.sketch.canvas.outlines import Path, Points, polygons
from engines.sketch.canvas.vector import Canvas

SIDE = 288
INK = (200.0, 90.0, 40.0)


def posts(left: Points, wide: float) -> Points:
    """Posts [n, 4, 2] from the top of the frame to its foot, their sides between the pixels."""
    shape = np.array([[0.0, -9.0], [wide, -9.0], [wide, 280.3], [0.0, 280.3]])
    posts: Points = shape + np.stack([left, np.zeros_like(left)], -1)[:, None]
    return posts


def filled(path: Path) -> Picture:
    canvas = Canvas(SIDE, SIDE)
    canvas.rectangle(0, 0, SIDE, SIDE, (255.0, 255.0, 255.0))
    canvas.fill(path, INK, 0.5)
    picture = canvas.picture()
    canvas.close()
    return picture


def whole(path: Path) -> Path:
    """The same outline as one path that nothing may part."""
    return Path(path.commands, path.points)


def test_a_row_of_posts_is_parted_and_looks_the_same() -> None:
    row = polygons(posts(np.arange(-3, 50) * 7.37, 2.6))
    assert len(row.columns(SIDE, SIDE)) > 3
    assert np.array_equal(filled(row), filled(whole(row))), "not even a post alone is laid on whole pixels"


def test_shapes_that_overlap_stay_together() -> None:
    """Laid one over the other they would be darker where they meet."""
    row = polygons(posts(np.arange(12) * 7.37, 9.0))
    assert len(row.columns(SIDE, SIDE)) == 1
    assert np.array_equal(filled(row), filled(whole(row)))


def test_what_is_out_of_sight_is_left_out() -> None:
    assert polygons(posts(np.arange(12) * 7.37 + 5000.0, 2.0)).columns(SIDE, SIDE) == []
