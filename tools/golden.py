"""The sketch engine's golden pictures: what it drew when somebody last looked, kept beside the tests.

python -m tools.golden           draws them anew into tests/engines/golden; look at each before it is kept

A picture differs where its difference can be seen: `unlike` says so in words. The bounds leave room for what another
processor rounds otherwise (2 levels) and for nothing that a person would notice.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engines.base import Box, Figure, FrameSpec, Picture, Setting, Shot, View
from engines.sketch import SketchEngine

from .evaluate.likeness import luma, ssim

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "engines" / "golden"
LEAST_SSIM = 0.985
MOST_MEAN = 1.5  # levels, of 255


def _cast(*figures: tuple[str, str, str, Box]) -> tuple[Figure, ...]:
    return tuple(
        Figure(f"{noun}-{number}", noun, look, action, box, heading=1)
        for number, (noun, look, action, box) in enumerate(figures)
    )


def _scene(
    setting: Setting, *figures: tuple[str, str, str, Box], t: float = 2.0, view: View | None = None
) -> FrameSpec:
    return FrameSpec(t, "", "", 1.0, setting, setting, _cast(*figures), view or View(), seed=20, shot=1)


_LOW, _MIDDLE, _HIGH = Box(0.3, 0.45, 0.4, 0.42), Box(0.2, 0.3, 0.6, 0.5), Box(0.3, 0.12, 0.4, 0.3)

SCENES: Mapping[str, FrameSpec] = {
    "corgi-surfs": _scene(
        Setting("sea", "sunset", "clear"), ("wave", "giant", "rolling", _MIDDLE), ("corgi", "", "surfing", _LOW)
    ),
    "fox-in-snow": _scene(Setting("snowy field", "morning", "snow"), ("fox", "red", "running", _LOW)),
    "balloons-over-city": _scene(Setting("city", "noon", "clear"), ("balloon", "three, red", "floating", _HIGH)),
    "lighthouse-in-storm": _scene(Setting("coast", "night", "storm"), ("lighthouse", "old", "", _MIDDLE)),
    "whale": _scene(Setting("underwater"), ("whale", "blue", "swimming", _MIDDLE)),
    "knight-in-forest": _scene(Setting("forest", "dawn", "fog"), ("knight", "", "walking", _LOW)),
    "taxi-noir": _scene(Setting("street", "night", "rain", "noir"), ("taxi", "yellow", "driving", _LOW)),
    "woman-watercolour": _scene(
        Setting("lake", "evening", "clear", "watercolour"),
        ("woman", "green", "walking", _LOW),
        view=View(0.3, 0.0, 1.3),
    ),
    "owl-paper-cut": _scene(Setting("forest", "night", "clear", "paper cut"), ("owl", "", "", _HIGH)),
    "rocket-pixel": _scene(Setting("space", "", "", "pixel art"), ("rocket", "", "flying", _LOW)),
    "dancer-neon": _scene(Setting("stage", "night", "", "neon"), ("dancer", "", "dancing", _LOW)),
    "room": _scene(Setting("room", "evening"), ("cat", "black", "sleeping", _LOW), ("lamp", "", "", _HIGH)),
    "desert": _scene(Setting("desert", "noon"), ("camel", "", "walking", _LOW), view=View(-0.4, 0.1, 0.8)),
    "unknown": _scene(Setting("meadow", "noon"), ("blorptang", "purple", "walking", _LOW)),
}
"""One of each kind: places, lights, weathers, styles, cameras, animals, people, things, an unknown noun."""

SIZE = (288, 192)


def drawn(spec: FrameSpec, size: tuple[int, int] = SIZE) -> Picture:
    """The picture of a spec by an engine of its own."""
    engine = SketchEngine()
    session = engine.open(Shot("golden", *size, seed=spec.seed))
    [picture] = engine.render([(session, spec)])
    session.close()
    engine.close()
    return picture


def unlike(picture: Picture, kept: Picture) -> str:
    """How a picture differs from the one that was kept, "" if nobody would see it."""
    if picture.shape != kept.shape:
        return f"its shape is {picture.shape}, not {kept.shape}"
    alike, mean = ssim(luma(kept), luma(picture)), float(np.abs(picture.astype(int) - kept).mean())
    if alike < LEAST_SSIM or mean > MOST_MEAN:
        return f"SSIM {alike:.3f} (at least {LEAST_SSIM}), mean difference {mean:.2f} levels (at most {MOST_MEAN})"
    return ""


def read(path: Path) -> Picture:
    """A PNG file."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def write(picture: Picture, path: Path) -> None:
    """As PNG."""
    codec = av.CodecContext.create("png", "w")
    codec.height, codec.width = picture.shape[:2]
    codec.pix_fmt, codec.time_base = "rgb24", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    path.write_bytes(b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)]))


def main() -> int:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, spec in SCENES.items():
        path, picture = FOLDER / f"{name}.png", drawn(spec)
        changed = unlike(picture, read(path)) if path.exists() else "new"
        if changed:
            write(picture, path)
        print(f"{name}: {changed or 'as before'}")
    for path in FOLDER.glob("*.png"):
        if path.stem not in SCENES:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
