"""The light of a moment: sky, sun, haze, and the factors under which all is seen, from time, weather and style."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engines.base import Setting

from .canvas.colours import RGB, lit, luminance, mix, rgb
from .language.seasons import MOODS, moods_of
from .language.words import any_of, table, tokens, words_of
from .styles.style import palette_of

TIMES = ("dawn", "morning", "noon", "sunset", "evening", "night")
WEATHERS = ("storm", "snow", "rain", "fog", "wind", "cloudy", "clear")
"""The first that the words mention is the weather: "a windy snowfall" is snow."""


@dataclass(frozen=True, slots=True)
class Atmosphere:
    """Everything is a number or a colour, so that two can be mixed."""

    sky: tuple[RGB, RGB, RGB, RGB]  # zenith to horizon
    light: RGB  # factors of the channels under which the land is seen, 0..1.1
    haze: RGB  # what distance fades to
    thickness: float  # 0..1: how much of the farthest layer is haze
    glow: RGB  # of the sun or the moon
    sun: tuple[float, float]  # where it stands: fraction of the width, fraction of the height above the horizon
    shine: float  # 0..1: how much of it is seen
    moon: float  # 0..1: 1 if it is the moon
    stars: float  # 0..1
    lamps: float  # 0..1: lit windows and street lamps
    clouds: float  # 0..1
    white: float  # 0..1: snow on the ground
    snow: float  # 0..1, falling
    rain: float
    fog: float
    storm: float
    wind: float  # 0..1
    autumn: float  # 0..1: leaves turn, and fall
    spring: float  # 0..1: trees in blossom
    aurora: float  # 0..1: northern lights
    rainbow: float
    milky: float  # 0..1: the milky way
    neon: float  # 0..1: signs and outlines that glow
    sand: float  # 0..1: a sandstorm
    grey: float  # 0..1: colours drained, by style (noir)


_SKIES: dict[str, tuple[str, str, str, str]] = {
    "dawn": ("#4b5c9e", "#9a84b8", "#f0a9a0", "#ffdcae"),
    "morning": ("#4fa6ea", "#8ccbf5", "#c6e6f7", "#fdf0d2"),
    "noon": ("#2a86de", "#59aef0", "#97d1f6", "#dcf1fb"),
    "sunset": ("#2d2c68", "#8a4382", "#ee6d55", "#ffc86b"),
    "evening": ("#18204d", "#3e3f7e", "#86619a", "#dd9a8c"),
    "night": ("#050a20", "#0b1738", "#152851", "#28406f"),
}
_LIGHTS: dict[str, RGB] = {
    "dawn": (0.90, 0.80, 0.84),
    "morning": (1.02, 0.99, 0.93),
    "noon": (1.0, 1.0, 1.0),
    "sunset": (0.98, 0.76, 0.66),
    "evening": (0.60, 0.56, 0.74),
    "night": (0.27, 0.33, 0.54),
}
_SUNS: dict[str, tuple[float, float]] = {
    "dawn": (0.24, 0.14),
    "morning": (0.22, 0.55),
    "noon": (0.74, 0.78),
    "sunset": (0.66, 0.10),
    "evening": (0.8, 0.03),
    "night": (0.76, 0.72),
}
_GLOWS = {
    "dawn": "#ffe3b0",
    "morning": "#fff3cf",
    "noon": "#fff8e0",
    "sunset": "#ffd98a",
    "evening": "#ffb98a",
    "night": "#eef2ff",
}
_OVERCAST = {"snow": 0.62, "rain": 0.72, "storm": 0.88, "fog": 0.6, "cloudy": 0.6, "wind": 0.12, "clear": 0.0}
_WHITE_PLACES = words_of("weathers", "snow") | {"arctic", "antarctic", "ice", "tundra", "snowfield", "glacier", "pole"}


def weather_of(setting: Setting, text: str) -> str:
    """The weather that the words speak of, "" if they do not."""
    names = table("weathers")
    if setting.weather.strip():
        return any_of(setting.weather, names, WEATHERS) or ""
    return any_of(setting.place, names, WEATHERS) or any_of(text, names, WEATHERS) or ""


def time_of(setting: Setting, text: str) -> str:
    """The time of day that the words speak of; noon if they do not."""
    names = table("times")
    spoken = any_of(setting.time, names, TIMES)
    if spoken is None and not setting.time.strip():
        spoken = any_of(setting.place, names, TIMES) or any_of(text, names, ("night", *TIMES))
    return spoken or "noon"


@lru_cache(maxsize=128)
def atmosphere(setting: Setting, text: str) -> Atmosphere:
    """The light of a setting; `text` answers what the setting leaves unsaid."""
    time, weather = time_of(setting, text), weather_of(setting, text)
    overcast = _OVERCAST.get(weather, 0.0)
    falling = weather == "snow"
    covered = falling or not _WHITE_PLACES.isdisjoint(tokens(setting.place))
    sky = [rgb(colour) for colour in _SKIES[time]]
    mean = sum(map(luminance, sky)) / 4 * 255
    veil = mix((mean * 0.95, mean, mean * 1.07), (235.0, 238.0, 242.0), 0.25 if mean > 120 else 0.0)
    if weather == "storm":
        veil = mix(veil, (30.0, 36.0, 52.0), 0.5)
    sky = [mix(colour, veil, overcast) for colour in sky]
    light = _LIGHTS[time]
    dim = {"storm": 0.62, "rain": 0.82, "snow": 0.97, "fog": 0.95, "cloudy": 0.92}.get(weather, 1.0)
    even = sum(light) / 3
    light = mix(light, (even, even, even * 1.04), overcast * 0.6)
    light = (light[0] * dim, light[1] * dim, light[2] * min(1.0, dim * 1.04))
    palette = palette_of(setting.style)
    light = lit(light, palette.light)
    sky = list(palette.sky) if palette.sky else [lit(colour, palette.light) for colour in sky]
    night = 1.0 if time == "night" else 0.45 if time == "evening" else 0.0
    return Atmosphere(
        sky=(sky[0], sky[1], sky[2], sky[3]),
        light=light,
        haze=mix(sky[3], sky[2], 0.35),
        thickness=0.9 if weather == "fog" else 0.62 if overcast > 0.5 else 0.5,
        glow=rgb(_GLOWS[time]),
        sun=_SUNS[time],
        shine=max(0.0, 1.0 - 1.5 * overcast) * palette.shine,
        moon=1.0 if time == "night" else 0.0,
        stars=night * (1.0 - overcast) if time == "night" else night * 0.5 * (1.0 - overcast),
        lamps=max(
            palette.lamps,
            {"night": 1.0, "evening": 0.85, "sunset": 0.45}.get(time, 0.5 if weather == "storm" else 0.0),
        ),
        clouds={"clear": 0.15, "cloudy": 1.0, "storm": 1.0, "rain": 0.9, "snow": 0.7, "fog": 0.3, "wind": 0.7}.get(
            weather, 0.45
        ),
        white=1.0 if covered else 0.0,
        snow=1.0 if falling else 0.0,
        rain=1.0 if weather in ("rain", "storm") else 0.0,
        fog=1.0 if weather == "fog" else 0.0,
        storm=1.0 if weather == "storm" else 0.0,
        wind={"wind": 0.8, "storm": 1.0, "rain": 0.3, "snow": 0.25}.get(weather, 0.1),
        grey=palette.grey,
        **moods_of(setting, text),
    )


def blended(a: Atmosphere, b: Atmosphere, amount: float) -> Atmosphere:
    """From a (0) to b (1)."""
    if amount <= 0.0 or a == b:
        return a
    if amount >= 1.0:
        return b

    def between(name: str) -> float:
        return float(getattr(a, name) * (1.0 - amount) + getattr(b, name) * amount)

    s, t = a.sky, b.sky
    return Atmosphere(
        sky=(mix(s[0], t[0], amount), mix(s[1], t[1], amount), mix(s[2], t[2], amount), mix(s[3], t[3], amount)),
        light=mix(a.light, b.light, amount),
        haze=mix(a.haze, b.haze, amount),
        glow=mix(a.glow, b.glow, amount),
        sun=(a.sun[0] * (1 - amount) + b.sun[0] * amount, a.sun[1] * (1 - amount) + b.sun[1] * amount),
        **{name: between(name) for name in _NUMBERS},
    )


_NUMBERS = (
    "thickness",
    "shine",
    "moon",
    "stars",
    "lamps",
    "clouds",
    "white",
    "snow",
    "rain",
    "fog",
    "storm",
    "wind",
    "grey",
    *MOODS,
)
