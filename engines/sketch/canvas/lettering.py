"""Letters of single strokes, for labels: no font file, the same on every machine.

A glyph is told on a grid 4 wide and 6 high (y down): strokes apart by blanks, points as two digits xy. What has no
glyph here is left out; accents are dropped.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from .colours import RGB
from .svg import stroke
from .vector import Canvas, polygons

# fmt: off
_GLYPHS = {
    "A": "062046 1434", "B": "00063645443303 0030413203", "C": "4130100105163645", "D": "000626454120 2000",
    "E": "40000646 0333", "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343",
    "I": "2026 1030 1636", "J": "4045361605", "K": "0006 400346", "L": "000646", "M": "0600234046", "N": "06004640",
    "O": "100105163645413010", "P": "06003041423303", "Q": "100105163645413010 2446", "R": "06003041423303 2346",
    "S": "413010010213334445361605", "T": "0040 2026", "U": "000516364540", "V": "002640", "W": "0016233640",
    "X": "0046 4006", "Y": "002340 2326", "Z": "00400646", "0": "100105163645413010 4105", "1": "012026 1636",
    "2": "011030414206 0646", "3": "00402334453616 05", "4": "36300444", "5": "4000032333444536 1605",
    "6": "4030100105163645443303", "7": "004016", "8": "10010213333445361605041333424130 3010",
    "9": "4333130201103041453616", "?": "01103041422324 2626", "-": "1333", "'": "2022",
}
# fmt: on


def _strokes(character: str) -> list[list[tuple[int, int]]]:
    return [
        [(int(stroke[i]), int(stroke[i + 1])) for i in range(0, len(stroke) - 1, 2)]
        for stroke in _GLYPHS.get(character, "").split()
    ]


def spelled(text: str, limit: int = 14) -> str:
    """What of a text can be written: at most `limit` capitals, digits and hyphens; "?" if nothing is left."""
    plain = unicodedata.normalize("NFKD", text[:200]).upper()
    kept = "".join(c for c in plain if c in _GLYPHS or c == " ").strip()
    return kept[:limit].strip() or "?"


def draw_text(
    canvas: Canvas, text: str, x: float, y: float, width: float, height: float, colour: RGB, alpha: float
) -> None:
    """The text as large as it fits, centred in a rectangle of pixels."""
    size = min(width / (len(text) * 5.6 - 1.6), height / 6.0)
    left = x + (width - (len(text) * 5.6 - 1.6) * size) / 2
    top = y + (height - 6 * size) / 2
    for character in text:
        for glyph in _strokes(character):
            points = np.array(glyph if len(glyph) > 1 else glyph * 2, float) * size + np.array([left, top])
            canvas.stroke(polygons(points, closed=False), colour, max(1.0, 0.8 * size), alpha)
        left += 5.6 * size


def lettered(text: str, x: float, y: float, width: float, height: float, colour: str) -> str:
    """SVG of the text as large as it fits, centred in a rectangle of user units; the colour is "#rrggbb"."""
    size = min(width / (len(text) * 5.6 - 1.6), height / 6.0)
    left = x + (width - (len(text) * 5.6 - 1.6) * size) / 2
    top = y + (height - 6 * size) / 2
    d = ""
    for character in text:
        for glyph in _strokes(character):
            points = [(left + px * size, top + py * size) for px, py in (glyph if len(glyph) > 1 else glyph * 2)]
            d += "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
        left += 5.6 * size
    return stroke(d, colour, 0.8 * size)
