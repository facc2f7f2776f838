"""Pieces of SVG text, for drawings that are made anew for every pose. Coordinates in user units, colours "#rrggbb"."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import cos, hypot, pi, sin

Point = tuple[float, float]


def document(body: str, side: float = 100.0) -> str:
    """An SVG document of `side` x `side` units."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{body}</svg>'


def fill(colour: str, *steps: str | float) -> str:
    """A closed shape: path letters and their coordinates in turn."""
    d = " ".join(step if isinstance(step, str) else f"{step:.2f}" for step in steps)
    return f'<path fill="{colour}" d="{d}Z"/>'


def area(points: Sequence[tuple[float, float]], colour: str) -> str:
    """A polygon."""
    return f'<path fill="{colour}" d="M' + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + 'Z"/>'


def line(points: Sequence[tuple[float, float]], colour: str, width: float) -> str:
    """A line through points, with round ends and joints."""
    return stroke("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points), colour, width)


def stroke(d: str, colour: str, width: float) -> str:
    """A line along path data, with round ends and joints."""
    return (
        f'<path fill="none" stroke="{colour}" stroke-width="{width:.2f}" stroke-linecap="round" '
        f'stroke-linejoin="round" d="{d}"/>'
    )


def oval(x: float, y: float, rx: float, ry: float, colour: str, alpha: float = 1.0) -> str:
    """An ellipse about (x, y)."""
    seen = "" if alpha >= 1.0 else f' fill-opacity="{alpha:.2f}"'
    return f'<ellipse cx="{x:.2f}" cy="{y:.2f}" rx="{rx:.2f}" ry="{ry:.2f}" fill="{colour}"{seen}/>'


def ring(x: float, y: float, radius: float, colour: str, width: float) -> str:
    """The outline of a circle about (x, y)."""
    return (
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="none" stroke="{colour}" stroke-width="{width:.2f}"/>'
    )


@lru_cache(maxsize=64)
def _curve_template(corners: int) -> str:
    return "M%.1f %.1f" + "C%.1f %.1f %.1f %.1f %.1f %.1f" * corners + "Z"


def rounded(points: Sequence[Point]) -> str:
    """Path data of the closed smooth curve through points: Catmull-Rom splines, written as Bezier curves."""
    (x0, y0), (x1, y1), (x2, y2) = points[-1], points[0], points[1]
    numbers: list[float] = [x1, y1]
    for x3, y3 in (*points[2:], *points[:2]):
        numbers += (
            x1 + (x2 - x0) / 6,
            y1 + (y2 - y0) / 6,
            x2 - (x3 - x1) / 6,
            y2 - (y3 - y1) / 6,
            x2,
            y2,
        )
        x0, y0, x1, y1, x2, y2 = x1, y1, x2, y2, x3, y3
    return _curve_template(len(points)) % tuple(numbers)


def smooth(points: Sequence[Point], colour: str) -> str:
    """A closed shape with a smooth outline through points."""
    return f'<path fill="{colour}" d="{rounded(points)}"/>'


def taper(points: Sequence[Point], radii: Sequence[float], colour: str) -> str:
    """A limb along its joints, of a radius at each: what thighs, necks, trunks and tails are made of."""
    last = len(points) - 1
    if last == 1:
        return _stub(points[0], points[1], radii[0], radii[1], colour)
    left: list[Point] = []
    right: list[Point] = []
    for i, ((x, y), r) in enumerate(zip(points, radii, strict=True)):
        (ax, ay), (bx, by) = points[max(0, i - 1)], points[min(last, i + 1)]
        dx, dy = bx - ax, by - ay
        long = hypot(dx, dy) or 1.0
        dx, dy = dx * r / long, dy * r / long
        if i == 0:
            left.append((x - dx, y - dy))
        left.append((x + dy, y - dx))
        right.append((x - dy, y + dx))
        if i == last:
            right.append((x + dx, y + dy))
    return smooth([*left, *reversed(right)], colour)


def _stub(a: Point, b: Point, r: float, q: float, colour: str) -> str:
    """A straight limb with round ends."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    long = hypot(dx, dy) or 1.0
    dx, dy = dx / long, dy / long
    rx, ry, qx, qy = dx * r, dy * r, dx * q, dy * q
    return (
        f'<path fill="{colour}" d="M{a[0] + ry:.1f} {a[1] - rx:.1f}L{b[0] + qy:.1f} {b[1] - qx:.1f}'
        f"A{q:.1f} {q:.1f} 0 0 1 {b[0] - qy:.1f} {b[1] + qx:.1f}L{a[0] - ry:.1f} {a[1] + rx:.1f}"
        f'A{r:.1f} {r:.1f} 0 0 1 {a[0] + ry:.1f} {a[1] - rx:.1f}Z"/>'
    )


def eye(x: float, y: float, radius: float, *, shut: bool = False, colour: str = "#231c20", white: bool = False) -> str:
    """An eye with its two highlights; shut, a curved lash."""
    if shut:
        d = f"M{x - radius:.2f} {y:.2f}q{radius:.2f} {radius * 0.9:.2f} {radius * 2:.2f} 0"
        return stroke(d, "#231c20", max(0.7, radius * 0.42))
    ball = oval(x - radius * 0.06, y, radius * 1.34, radius * 1.46, "#ffffff") if white else ""
    return (
        ball
        + oval(x, y, radius, radius * 1.14, colour)
        + oval(x + radius * 0.3, y - radius * 0.42, radius * 0.38, radius * 0.4, "#ffffff")
        + oval(x - radius * 0.36, y + radius * 0.46, radius * 0.17, radius * 0.17, "#ffffff")
    )


def star(x: float, y: float, radius: float, colour: str) -> str:
    """A star of five points."""
    corners = ((radius if i % 2 == 0 else radius * 0.42, pi * i / 5) for i in range(10))
    return area([(x + far * sin(turn), y - far * cos(turn)) for far, turn in corners], colour)


def rect(x: float, y: float, width: float, height: float, colour: str, radius: float = 0.0) -> str:
    """A rectangle, its corners rounded by `radius`."""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" rx="{radius:.2f}" fill="{colour}"/>'
    )
