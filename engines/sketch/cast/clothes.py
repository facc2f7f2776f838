"""Clothes of people: trunks, skirts and robes, what is worn in front, wings and capes behind. Units of the drawing."""

from __future__ import annotations

from math import sin

from engines.sketch.canvas.svg import Point, line, oval, rect, smooth, taper

from .faces import shaded
from .joints import between
from .wardrobe import GROUND, Person


def trunk(
    p: Person, hip: Point, neck: Point, k: float, lag: float, leg: float, feet: tuple[Point, Point], skin: str
) -> str:
    (hx, hy), (nx, ny) = hip, neck
    shoulder, waist = 8.2 * k + 0.6, 6.6 * k + 0.6
    top = skin if p.mark == "beach" and p.top == p.legs else p.top
    middle = between(hip, neck, 0.5)
    parts = [
        taper(
            ((hx, hy - waist * 0.4), middle, (nx - 0.3, ny + shoulder * 0.72)),
            (waist, waist * 0.98, shoulder * 0.92),
            top,
        )
    ]
    if p.skirt:
        parts.append(_skirt(p, hip, middle, waist, k, lag, leg, feet))
    parts.append(_dressed(p, hip, neck, middle, waist, k))
    return "".join(parts)


def _skirt(
    p: Person, hip: Point, middle: Point, waist: float, k: float, lag: float, leg: float, feet: tuple[Point, Point]
) -> str:
    (hx, hy), (mx, my) = hip, middle
    if p.skirt == "tutu":
        frill = [
            (hx - 22 * k, hy + 1 - lag * 0.8),
            (hx, hy - 5 * k),
            (hx + 22 * k, hy + 1 + lag * 0.8),
            (hx + 15 * k, hy + 6 * k),
            (hx, hy + 7 * k),
            (hx - 15 * k, hy + 6 * k),
        ]
        under = [(x, y + 3 * k) for x, y in frill]
        return smooth(under, shaded(p.top, -0.45)) + smooth(frill, shaded(p.top, -0.2))
    low, wide = {"skirt": (0.46, 13.0), "coat": (0.5, 10.5), "robe": (0.93, 14.5)}[p.skirt]
    hem = min(GROUND - 1.2 if p.skirt == "robe" else GROUND, hy + low * leg)
    left = min(hx - wide * k, min(foot[0] for foot in feet) - 2 * k if p.skirt == "robe" else hx - wide * k) - lag * 0.8
    right = (
        max(hx + wide * k, max(foot[0] for foot in feet) + 2 * k if p.skirt == "robe" else hx + wide * k) - lag * 0.5
    )
    shape = [
        (mx - waist * 0.96, my),
        (mx + waist * 0.96, my),
        (hx + waist * 1.15, hy),
        (right, hem - 1),
        ((left + right) / 2, hem + 0.6),
        (left, hem),
        (hx - waist * 1.15, hy),
    ]
    folds = "".join(
        line(
            [between((mx, my), (hx, hy), 0.9), ((left + right) / 2 + dx * (right - left), hem - 2)],
            shaded(p.top, 0.14),
            1.1 * k,
        )
        for dx in (-0.2, 0.22)
    )
    belt = taper(((mx - waist * 0.7, my + 1), (mx + waist * 0.75, my + 1)), (1.5 * k, 1.5 * k), shaded(p.top, 0.35))
    return smooth(shape, p.top) + folds + belt


def _dressed(p: Person, hip: Point, neck: Point, middle: Point, waist: float, k: float) -> str:
    """What the clothes show in front."""
    (hx, hy), (nx, ny), (mx, my) = hip, neck, middle
    mark = p.mark
    chest = between(middle, neck, 0.45)
    gold = "#f2c53f"
    if mark == "beach":
        return taper(((hx, hy - 2.5 * k), (hx, hy + 3.5 * k)), (waist, waist * 1.06), p.legs)
    if mark == "buttons":
        tone = "#8a929c" if p.top > "#e" else gold
        return "".join(oval(*between(hip, neck, 0.2 + 0.2 * i), k, k, tone) for i in range(4))
    if mark == "star":
        return oval(chest[0] + 3.4 * k, chest[1], 1.9 * k, 1.9 * k, gold) + line(
            [(hx - waist, hy - 3 * k), (hx + waist, hy - 3 * k)], "#1b2030", 2.2 * k
        )
    if mark == "stripes":
        return line([(mx - waist * 0.9, my), (mx + waist * 0.9, my)], "#f2e25a", 2.4 * k) + line(
            [(hx - waist * 0.9, hy - 4 * k), (hx + waist * 0.9, hy - 4 * k)], "#f2e25a", 2.0 * k
        )
    if mark in ("belt", "sash"):
        belt = line(
            [(hx - waist * 0.9, hy - 2.5 * k), (hx + waist * 0.95, hy - 2.5 * k)],
            "#2e2620" if mark == "belt" else gold,
            2.8 * k,
        )
        fur = line([(nx + 1, ny + 6 * k), (hx + 1, hy - 4 * k)], "#fafafa", 2.6 * k) if p.hat == "nightcap" else ""
        return fur + belt + (oval(hx + 2 * k, hy - 2.5 * k, 1.9 * k, 1.9 * k, gold) if mark == "belt" else "")
    if mark == "tie":
        return taper(((nx + 2 * k, ny + 4 * k), (mx + 2.2 * k, my)), (2.6 * k, 1.0 * k), "#ffffff") + taper(
            ((nx + 2.4 * k, ny + 5 * k), (mx + 2.4 * k, my + 1)), (0.9 * k, 1.5 * k), "#d5404a"
        )
    if mark == "stethoscope":
        return (
            taper(((nx + 2 * k, ny + 4 * k), (mx + 2 * k, my)), (2.0 * k, 0.6 * k), "#8fc4d8")
            + line([(nx - 3 * k, ny + 3 * k), (mx, my - 4 * k), (nx + 4.5 * k, ny + 3 * k)], "#3a424c", 1.1 * k)
            + oval(mx, my - 3 * k, 1.5 * k, 1.5 * k, "#9aa3ad")
        )
    if mark == "ermine":
        trim = line([(nx + 2.5 * k, ny + 5 * k), (hx + 3 * k, hy + 3 * k)], "#fbfaf5", 4.2 * k) + taper(
            ((nx - 7 * k, ny + 3 * k), (nx + 7 * k, ny + 3 * k)), (3 * k, 3 * k), "#fbfaf5"
        )
        return trim + "".join(oval(nx + dx * k, ny + 3.4 * k, 0.7 * k, 1.0 * k, "#2b2730") for dx in (-5, -1, 3, 6.4))
    if mark == "bib":
        return (
            taper(((mx + 1.5 * k, my - 2 * k), (hx + 1 * k, hy - 1 * k)), (4.6 * k, 5.4 * k), p.legs)
            + line([(mx - 2 * k, my - 5 * k), (nx - 3 * k, ny + 3 * k)], p.legs, 1.8 * k)
            + line([(mx + 5 * k, my - 5 * k), (nx + 4.4 * k, ny + 3.4 * k)], p.legs, 1.8 * k)
            + oval(mx + 4.6 * k, my - 3 * k, 0.9 * k, 0.9 * k, gold)
        )
    if mark == "apron":
        return taper(((mx + 1.5 * k, my - 3 * k), (hx + 1.4 * k, hy + 4 * k)), (4.4 * k, 6.4 * k), "#8fb0c4")
    if mark == "armour":
        return (
            line([(mx - waist * 0.8, my), (mx + waist * 0.8, my)], shaded(p.top, 0.22), 1.2 * k)
            + line([(hx - waist * 0.8, hy - 4 * k), (hx + waist * 0.8, hy - 4 * k)], shaded(p.top, 0.3), 1.6 * k)
            + oval(nx - 1, ny + 6 * k, 5.4 * k, 4.4 * k, shaded(p.top, -0.25))
        )
    if mark == "suit":
        return (
            rect(chest[0] - 3 * k, chest[1] + 2 * k, 9 * k, 6 * k, "#c3ccd6", k)
            + oval(chest[0], chest[1] + 4 * k, 1.0 * k, 1.0 * k, "#e2453c")
            + oval(chest[0] + 3 * k, chest[1] + 4 * k, 1.0 * k, 1.0 * k, "#3f86d8")
        )
    if mark == "hero":
        return oval(chest[0] + 1.6 * k, chest[1] + 1 * k, 3.4 * k, 3.4 * k, gold) + line(
            [(hx - waist * 0.9, hy - 2 * k), (hx + waist * 0.9, hy - 2 * k)], gold, 2.4 * k
        )
    if mark == "stars":
        return "".join(
            oval(x, y, 1.1 * k, 1.1 * k, gold)
            for x, y in (
                (mx - 2 * k, my + 2 * k),
                (hx + 3 * k, hy + 6 * k),
                (hx - 5 * k, hy + 14 * k),
                (hx + 5 * k, hy + 24 * k),
                (nx + 2 * k, ny + 8 * k),
            )
        )
    if mark == "clown":
        return "".join(
            oval(*between(hip, neck, 0.25 + 0.25 * i), 1.7 * k, 1.7 * k, "#d5404a") for i in range(3)
        ) + taper(((nx - 6 * k, ny + 2 * k), (nx + 6 * k, ny + 2 * k)), (3 * k, 3 * k), "#ffffff")
    if mark == "number":
        return oval(chest[0] + 1.4 * k, chest[1] + 3 * k, 3.6 * k, 3.2 * k, "#ffffff")
    return ""


def behind(p: Person, neck: Point, hip: Point, k: float, lag: float) -> str:
    (nx, ny), (hx, hy) = neck, hip
    if p.back == "wings":
        flap = 3.0 * sin(lag)
        return (
            oval(nx - 15 * k, ny + 5 * k - flap, 15 * k, 9 * k, "#e6f5ff")
            + oval(nx - 12 * k, ny + 19 * k + flap, 11 * k, 6.5 * k, "#d0ebff")
            + oval(nx - 15 * k, ny + 5 * k - flap, 9 * k, 4.6 * k, "#ffffff")
        )
    if p.back == "cape":
        cape = [
            (nx - 4 * k, ny + 1),
            (nx + 4 * k, ny + 3),
            (hx - 4 * k, hy + 10 * k),
            (hx - 10 * k - 2 * lag, hy + 32 * k),
            (hx - 26 * k - 2.4 * lag, hy + 26 * k - lag),
            (nx - 12 * k - lag, ny + 18 * k),
        ]
        return smooth(cape, "#d5303c")
    if p.back == "tank":
        return taper(
            ((nx - 8.5 * k, ny + 6 * k), (nx - 9 * k, hy - 2 * k)),
            (4.4 * k, 4.4 * k),
            "#c3ccd6" if p.mark == "suit" else "#f2b53f",
        )
    if p.back in ("pack", "quiver"):
        pack = taper(
            ((nx - 8 * k, ny + 8 * k), (nx - 9 * k, hy - 3 * k)),
            (5.4 * k, 6.6 * k),
            "#c8503c" if p.back == "pack" else "#7a5230",
        )
        arrows = "".join(
            line([(nx - 8 * k, ny + 6 * k), (nx - (11 - 3 * i) * k, ny - 5 * k)], "#f0ead8", 1.0 * k) for i in range(3)
        )
        return pack + (arrows if p.back == "quiver" else "")
    return ""
