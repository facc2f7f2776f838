"""Light on the cast, and how one place gives way to the next."""

from __future__ import annotations

import numpy as np
import pytest

from engines.base import Box, Figure, FrameSpec, Picture, Setting, Shot, View
from engines.sketch import SketchEngine

SIDE = 240
NO_GRAIN = 8  # levels: grain and vignette differ by less


def picture(
    *figures: Figure, place: str = "desert", time: str = "sunset", weather: str = "", mix: float = 1.0, before: str = ""
) -> Picture:
    setting = Setting(place, time, weather)
    spec = FrameSpec(1.0, "", "", mix, setting, Setting(before or place, time, weather), figures, View(), 7, 0)
    engine = SketchEngine()
    [drawn] = engine.render([(engine.open(Shot("main", SIDE, SIDE)), spec)])
    return drawn


def figure(noun: str, x: float, action: str = "", y: float = 0.5, **more: object) -> Figure:
    return Figure(noun, noun, "white", action, Box(x, y, 0.3, 0.3), **more)  # type: ignore[arg-type]


def brightness(pixels: Picture) -> float:
    return float((pixels @ np.array([0.2126, 0.7152, 0.0722])).mean())


def darkened(**scene: str) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Where a standing ball makes the ground darker: its shadow. The ball itself is brighter than the ground."""
    bare, shown = picture(**scene), picture(figure("snowman", 0.35), **scene)
    return bare.astype(int).sum(-1) - shown.astype(int).sum(-1) > 3 * NO_GRAIN


def below(dark: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> tuple[float, int]:
    """Where the shadow lies below the feet: its mean column from the figure's middle, and how many rows it has."""
    rows, columns = np.nonzero(dark[int(0.8 * SIDE) + 3 :])
    return float(columns.mean()) - 0.5 * SIDE, int(rows.max()) if len(rows) else 0


def test_a_low_sun_casts_a_long_shadow_away_from_itself() -> None:
    (dawn, long), (sunset, long_too), (_, short) = (below(darkened(time=time)) for time in ("dawn", "sunset", "noon"))
    assert sunset < -4 < 4 < dawn  # the sun is on the right at sunset, on the left at dawn
    assert min(long, long_too) > 1.3 * short


def test_without_sun_there_is_no_cast_shadow() -> None:
    assert below(darkened(time="sunset"))[1] > 2 * below(darkened(time="sunset", weather="fog"))[1]


def test_a_figure_is_warmer_on_the_side_of_the_sun() -> None:
    """The same drawing, left and right of a sun that stands at two thirds of the width."""

    def warmer_to_the_right(x: float) -> float:
        shown, bare = (
            picture(*cast, time="sunset").astype(int) for cast in ((figure("balloon", x, "floating", 0.3),), ())
        )
        seen = np.abs(shown - bare).max(-1) > 40
        columns = np.flatnonzero(seen.any(axis=0))
        third = len(columns) // 3
        left, right = (
            float((shown[..., 0] - shown[..., 2])[:, part][seen[:, part]].mean())
            for part in (columns[4:third], columns[-third:-4])
        )
        return right - left

    assert warmer_to_the_right(0.05) > warmer_to_the_right(0.68) + 4


def test_a_boat_is_seen_again_in_the_water() -> None:
    red, white = (
        picture(Figure("boat", "boat", look, "", Box(0.3, 0.3, 0.4, 0.4)), place="sea", time="noon").astype(int)
        for look in ("red", "white")
    )
    reflected = np.abs(red - white).max(-1)[int(0.74 * SIDE) : int(0.84 * SIDE)]
    assert reflected.max() > NO_GRAIN


@pytest.mark.parametrize("presence", [0.3, 0.6])
def test_who_fades_in_shows_no_seam_of_light(presence: float) -> None:
    """A figure, its rim and its gradient fade as one: never farther from the bare scene than the whole figure."""
    bare, whole = picture(place="sea"), picture(figure("balloon", 0.35, "floating"), place="sea")
    part = picture(figure("balloon", 0.35, "floating", presence=presence), place="sea").astype(int)
    low = np.minimum(bare, whole).min(axis=(0, 1))
    high = np.maximum(bare, whole).max(axis=(0, 1))
    assert (part >= low.astype(int) - NO_GRAIN).all()
    assert (part <= high.astype(int) + NO_GRAIN).all()
    assert 0 < np.abs(part - bare).mean() < np.abs(whole.astype(int) - bare).mean()


def test_one_place_gives_way_to_another_without_a_double_exposure() -> None:
    """Columns show the one or the other; both at once in a soft edge alone, of less than a third of the width."""
    sea, city = picture(place="sea", time="noon"), picture(place="city", time="noon")
    half = picture(place="city", before="sea", time="noon", mix=0.5).astype(int)
    is_sea, is_city = ((np.abs(half - place).max(-1) <= NO_GRAIN).all(axis=0) for place in (sea, city))
    assert is_sea[: SIDE // 4].all()
    assert is_city[-SIDE // 4 :].all()
    assert (is_sea | is_city).mean() > 0.66


def test_the_cast_stays_whole_while_places_change() -> None:
    balloon = figure("balloon", 0.35, "floating", 0.3)
    box = np.s_[int(0.3 * SIDE) : int(0.5 * SIDE), int(0.38 * SIDE) : int(0.62 * SIDE)]
    still = picture(balloon, place="sea", time="noon")[box].astype(int)
    bare = picture(place="sea", time="noon")[box].astype(int)
    during = picture(balloon, place="city", before="sea", time="noon", mix=0.5)[box].astype(int)
    body = np.abs(still - bare).max(-1) > 40
    assert body.mean() > 0.2
    assert np.median(np.abs(during - still).max(-1)[body]) <= NO_GRAIN


def test_the_hour_changes_smoothly_where_the_place_stays() -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", 96, 96))
    noon, night = Setting("meadow", "noon"), Setting("meadow", "night")
    film = engine.render(
        [(session, FrameSpec(1.0, "", "", n / 24, night, noon, (figure("fox", 0.3),), View(), 7, 0)) for n in range(25)]
    )
    steps = [float(np.abs(a.astype(int) - b).mean()) for a, b in zip(film, film[1:], strict=False)]
    assert max(steps) < 0.07 * 255
    assert brightness(film[0]) > brightness(film[12]) > brightness(film[-1])
