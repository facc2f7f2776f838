"""What people wear on their heads. Units of the drawing; a head lies about (x, y) with a radius r."""

from __future__ import annotations

from engines.sketch.canvas.svg import area, eye, fill, line, oval, ring, smooth, stroke, taper

from .faces import shaded
from .wardrobe import Person

_GOLD = "#f2c53f"


def hat(p: Person, x: float, y: float, r: float) -> str:
    """A hat by the first word of `p.hat`, the rest of it a colour; "" for one that is not known."""
    kind, _, colour = p.hat.partition(" ")
    top = y - r * 0.46

    def dome(shell: str, high: float = 1.16) -> str:
        return fill(shell, "M", x - r * 1.1, y - r * 0.3, "A", r * 1.1, r * high, "0 0 1", x + r * 1.08, y - r * 0.36)

    if kind in ("cap", "sailor"):
        cloth = p.top if kind == "cap" else "#ffffff"
        crown = smooth(
            [
                (x - r * 1.02, top),
                (x - r * 1.1, top - r * 0.62),
                (x, top - r * 0.95),
                (x + r * 1.05, top - r * 0.7),
                (x + r * 0.98, top),
            ],
            cloth,
        )
        band = line([(x - r * 0.95, top), (x + r * 0.95, top - r * 0.04)], shaded(p.legs, 0.2), r * 0.26)
        badge = oval(x + r * 0.55, top - r * 0.42, r * 0.15, r * 0.17, _GOLD)
        peak = (
            taper(((x + r * 0.4, top + r * 0.1), (x + r * 1.35, top + r * 0.18)), (r * 0.1, r * 0.1), "#1d2130")
            if kind == "cap"
            else ""
        )
        return crown + band + badge + peak
    if kind in ("brim", "straw"):
        felt = {"straw": "#e8c66e", "brim tan": "#a9773f", "brim yellow": "#e8b92f"}.get(p.hat, shaded(p.top, 0.4))
        crown = smooth(
            [
                (x - r * 0.86, top),
                (x - r * 0.72, top - r * 0.85),
                (x - r * 0.1, top - r * 0.78),
                (x + r * 0.6, top - r * 0.92),
                (x + r * 0.84, top),
            ],
            felt,
        )
        rim = smooth(
            [
                (x - r * 1.65, top - r * 0.14),
                (x, top - r * 0.12),
                (x + r * 1.6, top - r * 0.2),
                (x + r * 1.1, top + r * 0.2),
                (x - r * 1.1, top + r * 0.22),
            ],
            felt,
        )
        return (
            crown
            + line([(x - r * 0.76, top - r * 0.22), (x + r * 0.76, top - r * 0.26)], shaded(felt, 0.45), r * 0.2)
            + rim
        )
    if kind == "pointed":
        cone = smooth(
            [
                (x - r * 0.95, top + 1),
                (x - r * 0.62, top - r * 1.3),
                (x - r * 0.75, top - r * 2.5),
                (x + r * 0.1, top - r * 1.5),
                (x + r * 0.95, top),
            ],
            p.top,
        )
        band = line([(x - r * 0.86, top - r * 0.18), (x + r * 0.84, top - r * 0.2)], _GOLD, r * 0.22)
        return (
            cone
            + band
            + taper(
                ((x - r * 1.6, top + r * 0.1), (x, top + r * 0.06), (x + r * 1.55, top + r * 0.04)),
                (r * 0.1, r * 0.2, r * 0.1),
                shaded(p.top, 0.16),
            )
        )
    if kind == "nightcap":
        red = "#3f9050" if colour else p.top
        bag = smooth(
            [
                (x - r * 0.95, top),
                (x - r * 0.5, top - r * 1.0),
                (x - r * 1.3, top - r * 0.95),
                (x - r * 1.75, top + r * 0.1),
                (x - r * 1.05, top - r * 0.1),
                (x, top - r * 1.25),
                (x + r * 0.95, top),
            ],
            red,
        )
        fur = "#f8f8f6" if not colour else "#f2d06a"
        return (
            bag
            + line([(x - r * 0.95, top), (x + r * 0.92, top - r * 0.05)], fur, r * 0.4)
            + oval(x - r * 1.72, top + r * 0.16, r * 0.28, r * 0.28, fur)
        )
    if kind == "crown":
        spikes = [
            (-0.84, 0.0),
            (-0.98, -0.95),
            (-0.5, -0.45),
            (-0.04, -1.15),
            (0.4, -0.45),
            (0.94, -0.98),
            (0.84, -0.04),
        ]
        gems = "".join(
            oval(x + r * dx, top - r * 0.18, r * 0.1, r * 0.11, c)
            for dx, c in ((-0.5, "#d8344a"), (0.0, "#3f86d8"), (0.5, "#d8344a"))
        )
        return area([(x + r * a, top + r * b) for a, b in spikes], _GOLD) + gems
    if kind == "helmet" and not colour:
        visor = smooth(
            [
                (x - r * 0.15, y - r * 0.34),
                (x + r * 1.08, y - r * 0.36),
                (x + r * 1.0, y + r * 0.5),
                (x + r * 0.5, y + r * 1.08),
                (x - r * 0.2, y + r * 0.9),
            ],
            shaded("#aeb7c2", 0.12),
        )
        shell = oval(x - r * 0.02, y, r * 1.12, r * 1.16, "#b9c2cd")
        slit = line([(x + r * 0.22, y), (x + r * 0.98, y - r * 0.02)], "#22262c", r * 0.2)
        holes = "".join(oval(x + r * (0.4 + 0.2 * i), y + r * 0.5, r * 0.06, r * 0.06, "#5a626e") for i in range(3))
        plume = taper(
            ((x - r * 0.1, y - r * 1.1), (x - r * 0.8, y - r * 1.75), (x - r * 1.6, y - r * 1.2)),
            (r * 0.2, r * 0.36, r * 0.1),
            "#d5303c",
        )
        return plume + shell + visor + slit + holes
    if kind == "helmet":
        shell = {"red": "#d0342c", "brown": "#6a4830", "yellow": "#f2c12e", "green": "#5d6b3a"}[colour]
        rim = taper(
            ((x - r * 1.2, top + r * 0.2), (x + r * 1.35, top + r * 0.12)), (r * 0.13, r * 0.13), shaded(shell, 0.15)
        )
        goggles = oval(x + r * 0.1, top - r * 0.2, r * 0.26, r * 0.22, "#9fd4e8") + oval(
            x + r * 0.66, top - r * 0.22, r * 0.24, r * 0.22, "#9fd4e8"
        )
        ridge = line([(x - r * 0.6, top - r * 0.5), (x + r * 0.2, top - r * 0.85)], shaded(shell, -0.3), r * 0.14)
        return dome(shell) + (goggles if colour == "brown" else ridge) + (rim if colour != "brown" else "")
    if kind in ("horned", "kabuto"):
        shell = "#9aa3ad" if kind == "horned" else "#3a3440"
        bone = "#f0e8d2" if kind == "horned" else _GOLD
        horns = taper(
            ((x - r * 0.8, top - r * 0.1), (x - r * 1.4, top - r * 0.4), (x - r * 1.35, top - r * 1.2)),
            (r * 0.26, r * 0.2, r * 0.04),
            bone,
        )
        horns += taper(
            ((x + r * 0.8, top - r * 0.1), (x + r * 1.35, top - r * 0.45), (x + r * 1.3, top - r * 1.2)),
            (r * 0.24, r * 0.18, r * 0.04),
            bone,
        )
        return (
            dome(shell) + horns + line([(x - r, top + r * 0.1), (x + r, top + r * 0.04)], shaded(shell, 0.3), r * 0.22)
        )
    if kind == "dome":
        glass = oval(x + r * 0.06, y, r * 1.5, r * 1.5, "#cfeaff", 0.16) + ring(
            x + r * 0.06, y, r * 1.48, "#f4f7fa", r * 0.2
        )
        shine = stroke(
            f"M{x + r * 0.5:.2f} {y - r * 1.1:.2f}q{r * 0.55:.2f} {r * 0.2:.2f} {r * 0.72:.2f} {r * 0.8:.2f}",
            "#ffffff",
            r * 0.14,
        )
        return glass + shine
    if kind == "toque":
        puff = "".join(
            oval(x + r * dx, top - r * dy, r * 0.56, r * 0.5, "#fbfbf9")
            for dx, dy in ((-0.55, 0.85), (0.05, 1.1), (0.6, 0.85))
        )
        return (
            puff
            + area(
                [
                    (x - r * 0.82, top + r * 0.14),
                    (x - r * 0.78, top - r * 0.7),
                    (x + r * 0.8, top - r * 0.7),
                    (x + r * 0.82, top + r * 0.1),
                ],
                "#fbfbf9",
            )
            + line([(x - r * 0.8, top), (x + r * 0.8, top - r * 0.04)], "#dfe3e6", r * 0.1)
        )
    if kind == "beret":
        return smooth(
            [
                (x - r * 1.25, top - r * 0.1),
                (x - r * 0.9, top - r * 0.7),
                (x + r * 0.2, top - r * 0.75),
                (x + r * 0.98, top - r * 0.1),
                (x, top + r * 0.1),
            ],
            "#b0303f",
        ) + line([(x - r * 0.1, top - r * 0.7), (x - r * 0.14, top - r * 0.95)], "#b0303f", r * 0.12)
    if kind == "tricorn":
        hat = smooth(
            [
                (x - r * 1.5, top - r * 0.2),
                (x - r * 0.7, top - r * 0.75),
                (x + r * 0.1, top - r * 1.15),
                (x + r * 0.8, top - r * 0.75),
                (x + r * 1.45, top - r * 0.2),
                (x, top + r * 0.2),
            ],
            "#2a2730",
        )
        trim = stroke(
            f"M{x - r * 1.4:.2f} {top - r * 0.14:.2f}q{r * 1.4:.2f} {r * 0.44:.2f} {r * 2.75:.2f} 0", _GOLD, r * 0.1
        )
        skull = (
            oval(x + r * 0.15, top - r * 0.56, r * 0.24, r * 0.23, "#f7f4ea")
            + oval(x + r * 0.08, top - r * 0.56, r * 0.06, r * 0.07, "#2a2730")
            + oval(x + r * 0.24, top - r * 0.56, r * 0.06, r * 0.07, "#2a2730")
        )
        return hat + trim + skull
    if kind == "bearskin":
        return smooth(
            [
                (x - r * 0.95, top + r * 0.2),
                (x - r * 1.0, top - r * 1.3),
                (x, top - r * 1.8),
                (x + r * 0.95, top - r * 1.3),
                (x + r * 0.9, top + r * 0.1),
            ],
            "#25242b",
        )
    if kind == "halo":
        return (
            f'<ellipse cx="{x:.2f}" cy="{y - r * 1.55:.2f}" rx="{r * 0.8:.2f}" ry="{r * 0.24:.2f}" '
            f'fill="none" stroke="#f7d65a" stroke-width="{r * 0.17:.2f}"/>'
        )
    if kind in ("mask", "goggles"):
        return (
            line([(x - r * 0.95, y - r * 0.1), (x, y - r * 0.1)], "#22262c", r * 0.16)
            + taper(((x + r * 0.08, y - r * 0.06), (x + r * 0.74, y - r * 0.06)), (r * 0.32, r * 0.32), "#22262c")
            + taper(((x + r * 0.1, y - r * 0.06), (x + r * 0.72, y - r * 0.06)), (r * 0.22, r * 0.22), "#9fdcf0")
            + eye(x + r * 0.14, y - r * 0.04, r * 0.11)
            + eye(x + r * 0.66, y - r * 0.04, r * 0.11)
        )
    if kind == "swimcap":
        return dome("#f2c53f", 1.1)
    if kind in ("bobble", "party"):
        wool = "#e0503a"
        if kind == "party":
            return area([(x - r * 0.55, top), (x, top - r * 1.5), (x + r * 0.55, top - r * 0.04)], "#d84a9a") + oval(
                x, top - r * 1.5, r * 0.2, r * 0.2, _GOLD
            )
        return (
            dome(wool)
            + line([(x - r, top + r * 0.12), (x + r, top + r * 0.06)], "#f7f4ea", r * 0.34)
            + oval(x - r * 0.05, top - r * 1.0, r * 0.3, r * 0.3, "#f7f4ea")
        )
    if kind == "feather":
        return smooth(
            [
                (x - r * 1.1, top + r * 0.1),
                (x - r * 0.5, top - r * 0.6),
                (x + r * 0.3, top - r * 0.6),
                (x + r * 1.5, top + r * 0.02),
                (x, top + r * 0.12),
            ],
            p.top,
        ) + taper(((x - r * 0.2, top - r * 0.3), (x - r * 1.3, top - r * 1.1)), (r * 0.12, r * 0.05), "#d5303c")
    return ""
