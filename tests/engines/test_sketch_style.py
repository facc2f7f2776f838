"""The styles of the sketch engine: which words mean one, what it makes of a frame, and how one passes into another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engines.base import Box, Figure, FrameSpec, Picture, Setting, Shot, View
from engines.sketch import SketchEngine
from engines.sketch.styles.pixels import block_of
from engines.sketch.styles.style import KINDS, style_of

WIDTH, HEIGHT = 160, 120


def spec(
    style: str = "",
    place: str = "meadow",
    time: str = "noon",
    t: float = 1.0,
    mix: float = 1.0,
    before: str | None = None,
) -> FrameSpec:
    setting = Setting(place, time, "", style)
    previous = setting if before is None else Setting(place, time, "", before)
    fox = Figure("fox", "fox", "red", "running", Box(0.3, 0.45, 0.4, 0.4), (0.1, 0.0))
    return FrameSpec(t, "", "", mix, setting, previous, (fox,), View(), 7, 0)


def pictures(*frames: FrameSpec, width: int = WIDTH, height: int = HEIGHT) -> list[Picture]:
    engine = SketchEngine()
    session = engine.open(Shot("main", width, height))
    return engine.render([(session, frame) for frame in frames])


def picture(frame: FrameSpec, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    return pictures(frame, width=width, height=height)[0]


def colourfulness(drawn: Picture) -> float:
    wide = drawn.astype(int)
    return float((wide.max(axis=-1) - wide.min(axis=-1)).mean())


def apart(one: Picture, other: Picture) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("watercolour", "watercolour"),
        ("a soft Watercolor", "watercolour"),
        ("noir, rain", "noir"),
        ("film noir", "noir"),
        ("black and white", "noir"),
        ("neon", "neon"),
        ("cyberpunk", "neon"),
        ("paper cut", "paper"),
        ("origami", "paper"),
        ("pixel art", "pixel"),
        ("8-bit", "pixel"),
        ("vintage", "sepia"),
        ("pastels", "pastel"),
        ("comic book", "comic"),
        ("an oil painting", "oil"),
        ("pencil sketch", "pencil"),
        ("photorealistic", ""),
        ("", ""),
        ("x" * 16_000, ""),
    ],
)
def test_words_name_a_style(words: str, kind: str) -> None:
    assert style_of(words) == kind


def test_every_style_looks_different_from_every_other_and_still_shows_the_scene() -> None:
    drawn = dict(zip(("", *KINDS), pictures(*(spec(style) for style in ("", *KINDS))), strict=True))
    grey = {style: shown.mean(axis=-1) for style, shown in drawn.items()}
    for style in KINDS:
        for other in drawn:
            if other != style:
                assert apart(drawn[style], drawn[other]) > 4, f"{style} and {other}"
        low = [
            grey[name][: HEIGHT // 10 * 10, : WIDTH // 10 * 10].reshape(HEIGHT // 10, 10, WIDTH // 10, 10).mean((1, 3))
            for name in ("", style)
        ]
        if style != "neon":  # which turns day to night
            assert np.corrcoef(low[0][2:-2, 2:-2].ravel(), low[1][2:-2, 2:-2].ravel())[0, 1] > 0.5, style


def test_noir_has_no_colour_and_neon_much() -> None:
    noir, neon, plain = pictures(*(spec(style, "street", "evening") for style in ("noir", "neon", "")))
    assert colourfulness(noir) == 0
    assert colourfulness(neon) > 1.2 * colourfulness(plain)
    assert neon.mean() < plain.mean()


def test_a_watercolour_leaves_its_border_white_and_is_paler() -> None:
    painted, plain = picture(spec("watercolour")), picture(spec())
    assert painted[:2].mean() > 225
    assert np.percentile(painted, 5) > np.percentile(plain, 5) + 20  # its darkest strokes let the paper through


@pytest.mark.parametrize(("width", "height"), [(256, 256), (768, 432), (250, 258)])
def test_pixel_art_is_made_of_equal_blocks_in_few_colours(width: int, height: int) -> None:
    drawn = picture(spec("pixel art", t=3.3), width, height)
    block = block_of(width, height)
    assert block == round(min(width, height) / 120)
    for row in range(0, height, block):
        assert (drawn[row : row + block] == drawn[row]).all()
    for column in range(0, width, block):
        assert (drawn[:, column : column + block] == drawn[:, column : column + 1]).all()
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) <= 100


def test_paper_is_flat_where_the_sky_is_a_gradient() -> None:
    """Strips of card: most neighbours down a column of the sky differ by the fibres alone."""
    cut, plain = pictures(spec("paper cut", "desert", "sunset"), spec("", "desert", "sunset"), width=256, height=256)
    steps = [np.abs(np.diff(drawn[:110].mean(axis=(1, 2)))) for drawn in (cut, plain)]
    assert np.median(steps[0]) < 0.75 * np.median(steps[1])
    assert steps[0].max() > 2 * steps[1].max()


def test_grain_changes_twelve_times_a_second_and_only_a_little() -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", 64, 64))

    def sky(t: float) -> Picture:
        still = FrameSpec(t, "", "", 1.0, Setting("room"), Setting("room"), (), View(), 7, 0)
        return engine.render([(session, still)])[0][:4].astype(int)

    assert np.array_equal(sky(1.001), sky(1.05))
    assert 0 < np.abs(sky(1.001) - sky(1.09)).max() <= 6


def test_one_style_passes_into_another() -> None:
    frames = [spec("noir", mix=mix, before="watercolour") for mix in (0.0, 0.25, 0.5, 0.75, 1.0)]
    film = pictures(*frames)
    assert np.array_equal(film[0], picture(spec("watercolour")))
    assert np.array_equal(film[-1], picture(spec("noir")))
    away = [apart(film[-1], shown) for shown in film]
    assert away == sorted(away, reverse=True)
    assert away[0] > 2 * away[2] * 0.8 > 0


def test_a_style_does_not_depend_on_what_was_drawn_before_nor_on_the_thread() -> None:
    frames = [
        spec(style, place, t=2.0 + n) for n, (style, place) in enumerate(zip(KINDS, ["sea", "city"] * 8, strict=False))
    ]
    forwards = pictures(*frames)
    backwards = pictures(*reversed(frames))[::-1]
    with ThreadPoolExecutor(2) as threads:
        alone = list(threads.map(picture, frames))
    for kind, one, other, third in zip(KINDS, forwards, backwards, alone, strict=False):
        assert np.array_equal(one, other), kind
        assert np.array_equal(one, third), kind


@pytest.mark.parametrize("style", KINDS)
def test_every_style_at_the_smallest_and_at_odd_sizes(style: str) -> None:
    for width, height in ((16, 16), (16, 98), (210, 26)):
        drawn = picture(spec(style, "forest", t=float("nan")), width, height)
        assert drawn.shape == (height, width, 3)
        assert drawn.dtype == np.uint8
        assert drawn.flags.c_contiguous
        assert drawn.std() > 2
