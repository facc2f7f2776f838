"""What the words ask of the year and of the sky besides time and weather: autumn, blossom, northern lights, neon."""

from __future__ import annotations

from engines.base import Setting

from .words import data, tokens

MOODS = ("autumn", "spring", "aurora", "rainbow", "milky", "neon", "sand")
"""The tables [moods] of the vocabulary; each is a number 0..1 of the atmosphere."""

_SETTING_ONLY = frozenset({"rainbow", "neon", "sand"})
"""What a text speaks of as a thing of its own: a neon sign, a rainbow that somebody runs to."""


def moods_of(setting: Setting, text: str) -> dict[str, float]:
    """mood → 1.0 if the words speak of it, else 0.0. A spoken weather or style may be one ("neon", "sandstorm")."""
    spoken = _flat(" , ".join(part[:500] for part in (setting.place, setting.time, setting.weather, setting.style)))
    told = spoken + _flat(text[:1000])
    return {mood: float(_says(spoken if mood in _SETTING_ONLY else told, mood)) for mood in MOODS}


def _flat(words: str) -> str:
    return f" {' '.join(tokens(words))} "


def _says(flat: str, mood: str) -> bool:
    return any(f" {word.replace('-', ' ')} " in flat for word in data()["moods"][mood].split())
