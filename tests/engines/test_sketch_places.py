"""The settings of the sketch engine: every kind, at every hour, in every weather, from every side."""

from __future__ import annotations

import numpy as np
import pytest

from engines.base import Picture, Setting, View
from engines.sketch.atmosphere import TIMES, WEATHERS, atmosphere
from engines.sketch.canvas.vector import Canvas
from engines.sketch.language.words import data
from engines.sketch.settings.places import GROUNDED, PLACES, SHELTERED, floor_of, is_water, place_of
from engines.sketch.settings.weather import draw_weather
from engines.sketch.stage import Stage

KINDS = sorted(PLACES)
EXTREMES = [View(), View(x=7.3, y=0.5, zoom=0.5), View(x=-3.1, y=-0.6, zoom=2.5)]
SIZES = [(192, 192), (192, 108), (108, 192)]
RED, GREEN = (255.0, 0.0, 0.0), (0.0, 255.0, 0.0)


def stage_of(
    kind: str,
    time: str = "noon",
    weather: str = "clear",
    *,
    view: View | None = None,
    t: float = 2.0,
    size: tuple[int, int] = (96, 96),
    seed: int = 3,
    more: str = "",
) -> Stage:
    return Stage.of(*size, t, seed, view or View(), atmosphere(Setting(f"{more} {kind}", time, weather), ""))


def painted(kind: str, stage: Stage, behind: tuple[float, float, float] = RED) -> Picture:
    """The setting and its weather, over a frame that was all of one colour before."""
    canvas = Canvas(stage.width, stage.height)
    canvas.rectangle(0, 0, stage.width, stage.height, behind)
    PLACES[kind](canvas, stage)
    if kind not in SHELTERED:
        draw_weather(canvas, stage)
    picture = canvas.picture()
    canvas.close()
    return picture


def apart(one: Picture, other: Picture) -> float:
    """The mean difference of two pictures, 0..255."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_covers_the_frame_from_every_side(kind: str) -> None:
    """Nothing of what was there before shines through: no gaps between layers, whatever the camera does."""
    for seed, (view, size) in enumerate(zip(EXTREMES, SIZES, strict=True)):
        stage = stage_of(kind, view=view, size=size, seed=seed + 1)
        over_red, over_green = painted(kind, stage, RED), painted(kind, stage, GREEN)
        assert np.array_equal(over_red, over_green), f"{view} at {size}"
        assert over_red.std() > 4.0, "never one flat colour"


@pytest.mark.parametrize("kind", KINDS)
def test_every_hour_and_weather_has_its_look(kind: str) -> None:
    hours = [painted(kind, stage_of(kind, time, size=(64, 64))) for time in TIMES]
    skies = [painted(kind, stage_of(kind, "noon", weather, size=(64, 64))) for weather in WEATHERS]
    for picture in (*hours, *skies):
        assert picture.std() > 4.0
    by_day, by_night = hours[TIMES.index("noon")], hours[TIMES.index("night")]
    if kind not in {"space", "moon", "stage", "cave"}:  # which have their own light
        assert by_night.mean() < 0.8 * by_day.mean()
    if kind not in SHELTERED:
        clear = skies[WEATHERS.index("clear")]
        assert all(apart(clear, sky) > 0.5 for sky, name in zip(skies, WEATHERS, strict=True) if name != "clear")


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_depends_on_seed_and_time_alone(kind: str) -> None:
    first = painted(kind, stage_of(kind))
    painted(kind, stage_of(kind, "night", "storm", view=View(x=2.0, zoom=1.7), t=30.0))
    assert np.array_equal(first, painted(kind, stage_of(kind)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_is_alive(kind: str) -> None:
    """Something moves within two seconds, wherever one is: water, leaves, clouds, a flame, a clock, snow outside."""
    quiet = {"classroom", "museum", "moon"}
    now, then = (painted(kind, stage_of(kind, t=t, size=(128, 128))) for t in (2.0, 3.9))
    assert kind in quiet or not np.array_equal(now, then)


def shift_of(before: Picture, after: Picture, rows: slice) -> int:
    """By how many pixels to the left the rows of a picture have moved: the shift at which they agree best."""
    width = before.shape[1]
    errors = [
        float(np.abs(before[rows, shift:].astype(int) - after[rows, : width - shift].astype(int)).mean())
        for shift in range(50)
    ]
    return int(np.argmin(errors))


@pytest.mark.parametrize("kind", ["meadow", "garden", "moon", "railway", "lakeside"])
def test_layers_move_with_their_depth(kind: str) -> None:
    """A pan of an eighth of the frame moves the near ground by as much, and what is far by less."""
    here, there = (painted(kind, stage_of(kind, view=View(x=x), size=(320, 240))) for x in (0.0, 0.125))
    assert shift_of(here, there, slice(215, 240)) == 40
    assert shift_of(here, there, slice(125, 146)) < 30


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_pan_has_no_jumps(kind: str) -> None:
    """Things come in from outside the frame and leave it: none appears in the middle of it."""
    steps = [painted(kind, stage_of(kind, view=View(x=0.4 + k / 300), size=(96, 72))) for k in range(4)]
    changes = [apart(a, b) for a, b in zip(steps, steps[1:], strict=False)]
    assert max(changes) < 12.0
    assert max(changes) < 3.0 * min(changes) + 1.0


@pytest.mark.parametrize("kind", sorted(GROUNDED))
def test_there_is_ground_to_stand_on(kind: str) -> None:
    """Below the horizon, high enough in the frame that a figure in the lower third has it under its feet."""
    stage = stage_of(kind)
    assert stage.horizon < floor_of(kind, stage) < 0.95 * stage.height
    assert not is_water(kind, stage, 0.99 * stage.height)


@pytest.mark.parametrize(
    ("kind", "wet", "dry"),
    [
        ("sea", 0.85, None),
        ("lake", 0.85, None),
        ("river", 0.85, 0.97),
        ("riverbank", 0.7, 0.85),
        ("lakeside", 0.7, 0.85),
        ("beach", 0.7, 0.85),
        ("island", 0.7, 0.85),
        ("harbour", 0.75, 0.9),
        ("meadow", None, 0.85),
        ("bridge", None, 0.85),
    ],
)
def test_water_is_where_it_is_drawn(kind: str, wet: float | None, dry: float | None) -> None:
    """Fractions of the frame's height: a boat there swims, a fox there stands."""
    stage = stage_of(kind)
    for foot, expected in ((wet, True), (dry, False)):
        if foot is not None:
            assert is_water(kind, stage, foot * stage.height) is expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_found_by_its_own_name(kind: str) -> None:
    assert place_of(Setting(kind), "") == kind
    assert kind in data()["places"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("the surface of the moon", "moon"),
        ("a red planet", "mars"),
        ("the surface of mars", "mars"),
        ("a castle hall", "hall"),
        ("a castle on a hill", "courtyard"),
        ("the lake shore", "lakeside"),
        ("an icy shore", "arctic"),
        ("a snowy field", "snowfield"),
        ("a snowy forest", "forest"),
        ("a railway bridge", "bridge"),
        ("a market in the old town", "market"),
        ("a football field", "stadium"),
        ("under the sea", "underwater"),
        ("an apple orchard", "orchard"),
        ("a city street", "street"),
        ("the city", "city"),
    ],
)
def test_words_lead_to_places(words: str, kind: str) -> None:
    assert place_of(Setting(words), "") == kind


def share(picture: Picture, chosen: str) -> float:
    """The share of pixels that are orange, pink or green light."""
    r, g, b = (picture[..., channel].astype(int) for channel in range(3))
    masks = {
        "orange": (r > 1.25 * g) & (g > 1.3 * b) & (r > 140),
        "pink": (r > 1.08 * g) & (b > 1.02 * g) & (r > 150),
        "green": (g > 1.25 * r) & (g > 70),
    }
    return float(masks[chosen].mean())


def test_autumn_turns_the_leaves_and_spring_brings_blossom() -> None:
    plain, autumn, spring = (painted("orchard", stage_of("orchard", more=word)) for word in ("", "autumn", "spring"))
    assert share(autumn, "orange") > share(plain, "orange") + 0.1
    assert share(spring, "pink") > share(plain, "pink") + 0.1


def test_a_season_may_be_told_anywhere() -> None:
    for setting, text in (
        (Setting("park", "autumn day"), ""),
        (Setting("park", "", "autumn leaves falling"), ""),
        (Setting("park"), "a bicycle leans on a tree in autumn"),
    ):
        assert atmosphere(setting, text).autumn == 1.0
    assert atmosphere(Setting("park"), "a boy falls asleep").autumn == 0.0


def test_northern_lights_are_seen_at_night_only() -> None:
    for time, seen in (("night", True), ("noon", False)):
        lights = painted("arctic", stage_of("arctic", time, more="northern lights"))
        plain = painted("arctic", stage_of("arctic", time))
        assert (share(lights[:48], "green") > share(plain[:48], "green") + 0.05) is seen


def test_neon_puts_signs_on_the_city() -> None:
    plain, neon = (
        painted("city", Stage.of(192, 192, 2.0, 3, View(), atmosphere(Setting("city", "night", "", style), "")))
        for style in ("", "neon")
    )
    assert apart(plain, neon) > 1.0


def test_rain_strikes_the_ground_and_leaves_fall_in_autumn() -> None:
    for more, weather in (("", "rain"), ("autumn", "clear"), ("spring", "clear")):
        frames = [painted("desert", stage_of("desert", "noon", weather, t=t, more=more)) for t in (2.0, 2.2)]
        low = slice(70, 96)
        assert apart(frames[0][low], frames[1][low]) > 0.05, more
