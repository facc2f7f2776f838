"""Colours: what words call them, how they mix, and how a drawing takes on another one.

`RGB` is sRGB, 0..255 floats. Recolouring works in OKLCH (Björn Ottosson, "A perceptual color space for image
processing", 2020), where moving the hue leaves the lightness seen alone.
"""

from __future__ import annotations

from math import atan2, cbrt, cos, hypot, pi, sin

RGB = tuple[float, float, float]
LCH = tuple[float, float, float]
"""Lightness 0..1, chroma 0..about .3, hue in radians."""

WHITE: RGB = (255.0, 255.0, 255.0)
BLACK: RGB = (0.0, 0.0, 0.0)


def rgb(text: str) -> RGB:
    """The colour of "#rrggbb" or "#rgb"."""
    digits = text.lstrip("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    return (float(int(digits[0:2], 16)), float(int(digits[2:4], 16)), float(int(digits[4:6], 16)))


def hexadecimal(colour: RGB) -> str:
    """The colour as "#rrggbb"."""
    return "#" + "".join(f"{max(0, min(255, round(channel))):02x}" for channel in colour)


def mix(a: RGB, b: RGB, amount: float) -> RGB:
    """From a (amount 0) to b (amount 1)."""
    rest = 1.0 - amount
    return (a[0] * rest + b[0] * amount, a[1] * rest + b[1] * amount, a[2] * rest + b[2] * amount)


def lit(colour: RGB, light: RGB) -> RGB:
    """The colour under a light, whose channels are factors (1.0: full)."""
    return (colour[0] * light[0], colour[1] * light[1], colour[2] * light[2])


def luminance(colour: RGB) -> float:
    """Rec. 709 luma, 0..1."""
    return (0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]) / 255.0


def _linear(channel: float) -> float:
    channel /= 255.0
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    channel = max(0.0, min(1.0, channel))
    return 255.0 * (channel * 12.92 if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055)


def to_lch(colour: RGB) -> LCH:
    """OKLCH of a colour."""
    r, g, b = map(_linear, colour)
    l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)  # noqa: E741  (the names of the paper)
    m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    green_red = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    blue_yellow = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    return lightness, hypot(green_red, blue_yellow), atan2(blue_yellow, green_red)


def from_lch(lightness: float, chroma: float, hue: float) -> RGB:
    """The colour, its channels cut off where sRGB ends."""
    a, b = chroma * cos(hue), chroma * sin(hue)
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3  # noqa: E741
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
        _gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
        _gamma(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
    )


NEUTRAL_CHROMA = 0.035
"""Below it a colour counts as grey and has no hue worth following."""


def follows(fill: RGB, dominant: RGB) -> bool:
    """Whether a fill belongs to the part of a drawing that its dominant fill colours: a hue neighbour of it, or,
    where the dominant one is a grey, another grey that is not an outline."""
    lightness, chroma, hue = to_lch(fill)
    of_lightness, of_chroma, of_hue = to_lch(dominant)
    if of_chroma < NEUTRAL_CHROMA:
        return chroma < 2 * NEUTRAL_CHROMA and (lightness > 0.4 or abs(lightness - of_lightness) < 0.15)
    turn = abs((hue - of_hue + pi) % (2 * pi) - pi)
    pale = lightness > 0.88 and lightness - of_lightness > 0.1  # a white belly stays one
    return chroma >= NEUTRAL_CHROMA and turn < 0.75 and not pale


def moved(fill: RGB, dominant: RGB, target: RGB) -> RGB:
    """The fill when the dominant one becomes the target: lightness offsets kept, chroma in proportion."""
    lightness, chroma, _ = to_lch(fill)
    of_lightness, of_chroma, _ = to_lch(dominant)
    to_lightness, to_chroma, to_hue = to_lch(target)
    share = 1.0 if of_chroma < NEUTRAL_CHROMA else min(1.15, chroma / of_chroma)
    shifted = to_lightness + (lightness - of_lightness) * 0.8
    return from_lch(max(0.06, min(0.98, shifted)), to_chroma * share, to_hue)


COLOUR_WORDS: dict[str, RGB] = {
    word: rgb(value)
    for value, words in {
        "#d8202f": "red scarlet ruby",
        "#a3162b": "crimson maroon burgundy",
        "#f47b20": "orange amber",
        "#ffcc33": "yellow blond blonde lemon",
        "#e0a820": "gold golden",
        "#4fa13a": "green emerald",
        "#8bc34a": "lime",
        "#6b7a3a": "olive",
        "#1f9e96": "teal turquoise",
        "#38c6e0": "cyan aqua",
        "#2b6fd6": "blue azure cobalt",
        "#1d2f6f": "navy indigo",
        "#8e4fc0": "purple violet lavender",
        "#d63fa0": "magenta fuchsia",
        "#f48fb1": "pink rosy",
        "#8a5a36": "brown chestnut bronze wooden",
        "#d9c39a": "beige tan sandy cream",
        "#2c2f36": "black ebony",
        "#f4f6f8": "white ivory snowy",
        "#8d97a3": "grey gray silver silvery",
    }.items()
    for word in words.split()
}
"""What the words of `Figure.look` call colours."""
