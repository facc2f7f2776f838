"""Heads of people: a face turned a little to us, and hair. Units of the drawing."""

from __future__ import annotations

from engines.sketch.canvas.svg import area, eye, line, oval, ring, smooth, stroke, taper

from .faces import bright, shaded
from .hats import hat
from .wardrobe import Person


def behind_head(p: Person, x: float, y: float, r: float, sway: float) -> str:
    """What of the hair and the hat hangs behind the trunk; `sway` is how far it lags, units."""
    parts = []
    if p.cut == "long":
        points = [
            (x - r * 0.2, y - r * 0.5),
            (x - r * 0.62 - sway * 0.3, y + r * 0.6),
            (x - r * 0.78 - sway, y + r * 1.75),
        ]
        parts.append(taper(points, (r * 0.85, r * 0.72, r * 0.42), p.hair))
    if p.cut == "tail":
        points = [
            (x - r * 0.8, y - r * 0.45),
            (x - r * 1.45 - sway * 0.5, y - r * 0.1),
            (x - r * 1.5 - sway, y + r * 1.0),
        ]
        parts.append(taper(points, (r * 0.25, r * 0.42, r * 0.1), p.hair))
    if p.hat == "veil":
        points = [
            (x - r * 0.3, y - r * 0.9),
            (x - r * 1.3 - sway * 0.5, y + r * 0.8),
            (x - r * 1.7 - sway, y + r * 3.6),
        ]
        parts.append(taper(points, (r * 0.5, r * 0.8, r * 0.9), "#ffffff"))
    return "".join(parts)


def face(p: Person, x: float, y: float, r: float, skin: str, *, shut: bool, mouth: float, sad: bool = False) -> str:
    """A head. `mouth` is how far it is open, 0..1."""
    hood = p.cut == "hood"
    dark = bright(skin) < 165  # pupils would be lost in it
    parts = []
    if p.cut == "bun":
        parts.append(oval(x - r * 0.75, y - r * 0.82, r * 0.46, r * 0.46, p.hair))
    if p.cut == "curls":
        for dx, dy, k in (
            (-0.95, 0.1, 0.46),
            (-1.0, -0.4, 0.5),
            (-0.62, -0.86, 0.52),
            (-0.05, -1.05, 0.52),
            (0.5, -0.9, 0.46),
        ):
            parts.append(oval(x + r * dx, y + r * dy, r * k, r * k, p.hair))
    parts.append(oval(x, y, r, r * 1.02, p.top if hood else skin))
    if hood:
        parts.append(taper(((x - r * 0.1, y - r * 0.06), (x + r * 0.72, y - r * 0.06)), (r * 0.34, r * 0.3), skin))
    else:
        parts.append(oval(x - r * 0.52, y + r * 0.16, r * 0.2, r * 0.25, shaded(skin, 0.08)))
        parts.append(_hair(p, x, y, r))
    lash = shaded(p.hair, 0.3) if p.cut != "bald" else "#6a5a50"
    for ex in (x + r * 0.14, x + r * 0.68):
        parts.append(eye(ex, y - r * 0.02, r * (0.14 if not dark else 0.125), shut=shut, white=dark and not shut))
        if not hood:
            tilt = r * (0.1 if sad else -0.02) * (1 if ex > x + r * 0.4 else -1)
            parts.append(
                line([(ex - r * 0.16, y - r * 0.34 + tilt), (ex + r * 0.14, y - r * 0.36 - tilt)], lash, r * 0.085)
            )
    if not hood:
        parts.append(oval(x + r * 0.5, y + r * 0.2, r * 0.11, r * 0.09, shaded(skin, 0.14)))
        for bx in (x + r * 0.0, x + r * 0.8):
            parts.append(oval(bx, y + r * 0.32, r * 0.17, r * 0.11, "#f0766a", 0.4))
        parts.append(_mouth(p, x, y, r, mouth, sad=sad))
    if p.mark == "glasses":
        parts.append(
            ring(x + r * 0.14, y, r * 0.25, "#3a3440", r * 0.07) + ring(x + r * 0.7, y, r * 0.25, "#3a3440", r * 0.07)
        )
    if p.mark == "clown":
        parts.append(oval(x + r * 0.52, y + r * 0.18, r * 0.2, r * 0.2, "#e2342c"))
    if p.mark == "hero":
        parts.append(taper(((x - r * 0.3, y - r * 0.04), (x + r * 0.96, y - r * 0.04)), (r * 0.17, r * 0.2), "#c8283a"))
        parts.append(
            eye(x + r * 0.14, y - r * 0.02, r * 0.12, shut=shut) + eye(x + r * 0.68, y - r * 0.02, r * 0.12, shut=shut)
        )
    if p.hat:
        parts.append(hat(p, x, y, r))
    return "".join(parts)


def _mouth(p: Person, x: float, y: float, r: float, mouth: float, *, sad: bool) -> str:
    parts = []
    if p.beard:
        beard = [
            *(
                (x - r * 0.5, y + r * 0.3),
                (x + r * 0.1, y + r * 0.42),
                (x + r * 0.5, y + r * 0.34),
                (x + r * 0.94, y + r * 0.3),
            ),
            *((x + r * 0.86, y + r * 0.9), (x + r * 0.36, y + r * 1.36), (x - r * 0.2, y + r * 1.02)),
        ]
        parts.append(smooth(beard, p.hair))
    mx, my = x + r * 0.44, y + r * (0.5 if not p.beard else 0.56)
    if mouth > 0.12:
        parts.append(oval(mx, my + r * 0.06, r * (0.15 + 0.07 * mouth), r * (0.08 + 0.17 * mouth), "#7a2b30"))
        parts.append(oval(mx, my + r * (0.1 + 0.12 * mouth), r * 0.1, r * 0.06, "#ee7f86"))
    else:
        bend = -0.16 if sad else 0.22
        d = f"M{mx - r * 0.22:.2f} {my:.2f}q{r * 0.22:.2f} {r * bend:.2f} {r * 0.44:.2f} {-r * 0.03:.2f}"
        parts.append(stroke(d, "#8a3f3a", r * 0.085))
    return "".join(parts)


def _hair(p: Person, x: float, y: float, r: float) -> str:
    if p.cut == "bald":
        return (
            taper(((x - r * 0.9, y - r * 0.1), (x - r * 0.86, y + r * 0.3)), (r * 0.16, r * 0.2), p.hair)
            if p.beard
            else ""
        )
    top = [
        *(
            (x + r * 0.94, y - r * 0.36),
            (x + r * 0.6, y - r * 0.98),
            (x - r * 0.1, y - r * 1.16),
            (x - r * 0.8, y - r * 0.84),
        ),
        *(
            (x - r * 1.1, y - r * 0.1),
            (x - r * 0.9, y + r * 0.5),
            (x - r * 0.62, y + r * 0.5),
            (x - r * 0.6, y - r * 0.04),
        ),
        *((x - r * 0.3, y - r * 0.36), (x + r * 0.3, y - r * 0.5), (x + r * 0.7, y - r * 0.62)),
    ]
    cap = smooth(top, p.hair)
    if p.cut == "spiky":
        spikes = [
            (x - r * 1.0, y - r * 0.3),
            (x - r * 1.15, y - r * 0.9),
            (x - r * 0.7, y - r * 0.85),
            (x - r * 0.6, y - r * 1.4),
            (x - r * 0.15, y - r * 1.05),
        ]
        spikes += [
            (x + r * 0.15, y - r * 1.5),
            (x + r * 0.4, y - r * 1.0),
            (x + r * 0.9, y - r * 1.15),
            (x + r * 0.8, y - r * 0.55),
            (x, y - r * 0.5),
        ]
        cap += area(spikes, p.hair)
    if p.cut == "curls":
        cap += oval(x + r * 0.45, y - r * 0.72, r * 0.34, r * 0.28, p.hair) + oval(
            x, y - r * 0.8, r * 0.34, r * 0.3, p.hair
        )
    return cap
