"""Pieces of SVG text, for drawings that are made anew for every pose. Coordinates in user units, colours "#rrggbb"."""

from __future__ import annotations

from collections.abc import Sequence


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
