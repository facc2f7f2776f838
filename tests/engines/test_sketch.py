"""The sketch engine: what its pictures show, and that they depend on the description alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engines.base import Box, Figure, FrameSpec, Picture, Setting, Shot, View
from engines.sketch import SketchEngine
from engines.sketch.cast import figures
from engines.sketch.scene import MOST_BODIES
from engines.sketch.settings.places import PLACES

SIDE = 192


def figure(noun: str, look: str = "", action: str = "", box: Box | None = None, **more: object) -> Figure:
    return Figure(noun, noun, look, action, box or Box(0.3, 0.45, 0.4, 0.4), **more)  # type: ignore[arg-type]


def spec(
    *figures: Figure,
    place: str = "",
    time: str = "",
    weather: str = "",
    style: str = "",
    text: str = "",
    t: float = 1.0,
    mix: float = 1.0,
    previous: Setting | None = None,
    view: View | None = None,
) -> FrameSpec:
    setting = Setting(place, time, weather, style)
    return FrameSpec(t, text, text, mix, setting, previous or setting, figures, view or View(), 7, 0)


def picture(frame: FrameSpec, width: int = SIDE, height: int = SIDE) -> Picture:
    engine = SketchEngine()
    session = engine.open(Shot("main", width, height))
    [drawn] = engine.render([(session, frame)])
    session.close()
    return drawn


def inside(drawn: Picture, box: Box) -> Picture:
    height, width = drawn.shape[:2]
    rows = slice(int(box.y * height), int((box.y + box.h) * height))
    return drawn[rows, int(box.x * width) : int((box.x + box.w) * width)]


def share(drawn: Picture, colour: str) -> float:
    """The share of clearly red, green or blue pixels."""
    r, g, b = (drawn[..., channel].astype(int) for channel in range(3))
    first, second, third = {"red": (r, g, b), "green": (g, r, b), "blue": (b, r, g)}[colour]
    return float(((first > 1.6 * second) & (first > 1.6 * third) & (first > 60)).mean())


def brightness(drawn: Picture) -> float:
    return float((drawn @ np.array([0.2126, 0.7152, 0.0722])).mean())


def test_a_red_fox_runs_through_snow() -> None:
    box = Box(0.28, 0.5, 0.45, 0.4)
    fox = figure("fox", "small, red", "running", box, velocity=(0.2, 0.0))
    drawn = picture(spec(fox, place="a snowy field", time="morning", weather="snow"))
    assert share(inside(drawn, box), "red") > 0.12
    assert brightness(drawn[int(0.92 * SIDE) :]) > 170  # the ground is white
    without = picture(spec(place="a snowy field", time="morning", weather="snow"))
    assert share(without, "red") < 0.001


def test_a_blue_boat_at_night() -> None:
    box = Box(0.25, 0.35, 0.5, 0.5)
    night = picture(spec(figure("boat", "blue", "sailing", box), place="the open sea", time="night"))
    noon = picture(spec(figure("boat", "blue", "sailing", box), place="the open sea", time="noon"))
    assert brightness(night) < 55
    assert brightness(noon) > 110
    red = picture(spec(figure("boat", "red", "sailing", box), place="the open sea", time="night"))
    hull = Box(0.35, 0.7, 0.3, 0.12)
    assert inside(night, hull)[..., 2].mean() > 1.5 * inside(night, hull)[..., 0].mean()
    assert inside(red, hull)[..., 0].mean() > 1.5 * inside(night, hull)[..., 0].mean()


@pytest.mark.parametrize(("look", "colour"), [("red", "red"), ("bright green", "green"), ("dark blue", "blue")])
def test_colour_words_colour_things_of_every_kind(look: str, colour: str) -> None:
    """Animals, people, our own drawings and Twemoji's."""
    for noun in ("dog", "woman", "hot air balloon", "car"):
        with_colour = picture(spec(figure(noun, look), place="desert"))
        plain = picture(spec(place="desert"))
        box = Box(0.3, 0.45, 0.4, 0.4)
        assert share(inside(with_colour, box), colour) > share(inside(plain, box), colour) + 0.03, noun


def test_what_someone_wears_does_not_colour_the_rest() -> None:
    plain, wearing = (picture(spec(figure("dog", look), place="desert")) for look in ("", "with a blue collar"))
    assert np.array_equal(plain, wearing)


def test_snow_in_the_words_whitens_the_ground() -> None:
    for frame in (
        spec(place="a snowy pine forest"),
        spec(place="forest", weather="heavy snow"),
        spec(text="a forest, and now it snows"),
    ):
        ground = picture(frame)[int(0.9 * SIDE) :].astype(int)
        assert ground.mean() > 165
        assert abs(ground[..., 1] - ground[..., 0]).mean() < 25


@pytest.mark.parametrize("weather", ["rain", "snow", "fog", "storm"])
def test_weather_is_seen_and_moves(weather: str) -> None:
    frames = [picture(spec(place="city", time="noon", weather=weather, t=t)) for t in (1.0, 1.3)]
    low = SIDE // 2  # below it nothing moves in clear weather, the clouds do above
    assert not np.array_equal(frames[0][low:], frames[1][low:])
    assert (
        np.abs(frames[0].astype(int) - picture(spec(place="city", time="noon", weather="clear")).astype(int)).mean() > 8
    )


def test_every_place_looks_different_from_every_other() -> None:
    words = list(PLACES)
    drawn = {word: picture(spec(place=word), 96, 96).astype(int) for word in words}
    for i, one in enumerate(words):
        for other in words[i + 1 :]:
            assert np.abs(drawn[one] - drawn[other]).mean() > 4, f"{one} and {other}"


def test_a_box_moves_its_figure() -> None:
    places = [Box(0.05, 0.4, 0.3, 0.4), Box(0.65, 0.4, 0.3, 0.4)]
    for here, there in (places, reversed(places)):
        drawn = picture(spec(figure("fox", "red", "", here), place="meadow"))
        assert share(inside(drawn, here), "red") > 0.1
        assert share(inside(drawn, there), "red") < 0.01


def test_a_figure_faces_where_it_goes() -> None:
    right, left = (
        picture(spec(figure("fox", "red", "running", velocity=(vx, 0.0)), place="desert")) for vx in (0.2, -0.2)
    )
    assert not np.array_equal(right, left)
    red = [np.flatnonzero((drawn[..., 0] > 1.6 * drawn[..., 1]).any(axis=0)) for drawn in (right, left)]
    middle = SIDE / 2
    assert abs((red[0].min() + red[0].max()) / 2 - middle) < 0.1 * SIDE
    head = [
        np.flatnonzero((drawn[: int(0.62 * SIDE), :, 0] > 1.6 * drawn[: int(0.62 * SIDE), :, 1]).any(axis=0)).mean()
        for drawn in (right, left)
    ]
    assert head[0] > middle > head[1]  # the ears are ahead


def test_a_figure_that_stands_faces_where_it_went() -> None:
    right, left = (
        picture(spec(figure("fox", "red", "sitting", heading=heading), place="desert")) for heading in (1, -1)
    )
    going = picture(spec(figure("fox", "red", "sitting", velocity=(-0.2, 0.0)), place="desert"))
    assert np.array_equal(left, going)
    assert not np.array_equal(right, left)


@pytest.mark.parametrize("place", ["meadow", "forest", "desert", "street", "room"])
def test_a_box_above_the_land_is_led_down_to_it(place: str) -> None:
    """Feet come down by two fifths of the box at most, so that most of the box still shows its figure."""

    def feet(action: str, y: float) -> float:
        box = Box(0.3, y, 0.3, 0.3)
        red, other = (picture(spec(figure("fox", look, action, box), place=place)) for look in ("red", "green"))
        return float(np.flatnonzero(np.abs(red.astype(int) - other).max(axis=(1, 2)) > 60).max()) / SIDE

    assert 0.45 < feet("walking", 0.1) < 0.55  # far above: part of the way
    assert feet("walking", 0.3) > 0.63  # near: all of it
    assert feet("jumping", 0.1) < 0.42
    assert abs(feet("walking", 0.62) - 0.92) < 0.04  # on the ground already


def test_a_figure_enters_by_its_presence() -> None:
    areas = [
        share(picture(spec(figure("fox", "red", presence=presence), place="desert")), "red") for presence in (0.0, 1.0)
    ]
    assert areas[0] == 0.0
    assert areas[1] > 0.02


def test_three_red_balloons_are_more_than_one() -> None:
    wide = Box(0.05, 0.1, 0.9, 0.4)
    drawn = picture(spec(figure("balloons", "three red", "floating", wide), place="desert"))
    columns = (inside(drawn, wide)[..., 0] > 1.8 * inside(drawn, wide)[..., 1]).any(axis=0)
    runs = int((np.diff(columns.astype(int)) == 1).sum()) + int(columns[0])
    assert runs == 3


def test_a_pan_moves_what_is_near_more_than_what_is_far() -> None:
    still, panned = (picture(spec(place="mountains", view=View(x=x))).astype(int) for x in (0.0, 0.15))
    sky = np.abs(still[: SIDE // 8] - panned[: SIDE // 8]).mean()
    land = np.abs(still[SIDE // 2 :] - panned[SIDE // 2 :]).mean()
    assert land > 2.0
    assert land > 2 * sky


def test_a_zoom_changes_the_background_and_not_the_box() -> None:
    near, far = (picture(spec(figure("fox", "red"), place="forest", view=View(zoom=zoom))) for zoom in (1.0, 1.6))
    assert np.abs(near.astype(int) - far.astype(int)).mean() > 4
    box = Box(0.3, 0.45, 0.4, 0.4)
    assert abs(share(inside(near, box), "red") - share(inside(far, box), "red")) < 0.03


def test_a_blend_goes_from_one_setting_to_the_next() -> None:
    sea, city = Setting("sea", "night"), Setting("city", "noon")
    ends = [picture(spec(place=s.place, time=s.time)).astype(int) for s in (sea, city)]
    distances = [
        [np.abs(picture(spec(place="city", time="noon", previous=sea, mix=m)).astype(int) - end).mean() for end in ends]
        for m in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert distances[0][0] == 0.0
    assert distances[-1][1] == 0.0
    assert [d[1] for d in distances] == sorted((d[1] for d in distances), reverse=True)


def test_the_same_spec_gives_the_same_pixels_whatever_was_drawn_before() -> None:
    frames = [
        spec(figure("fox", "red", "running"), place="snow", t=3.0),
        spec(figure("ship"), figure("gizmo"), place="sea", weather="storm", t=9.7),
        spec(figure("woman", "green", "dancing"), place="room", time="night", t=0.2),
    ]
    engine = SketchEngine()
    session = engine.open(Shot("main", 128, 96, seed=1))
    forwards = engine.render([(session, frame) for frame in frames])
    backwards = engine.render([(session, frame) for frame in reversed(frames)])[::-1]
    another = SketchEngine()
    fresh = [another.render([(another.open(Shot("other", 128, 96, seed=2)), frame)])[0] for frame in frames]
    for first, second, third in zip(forwards, backwards, fresh, strict=True):
        assert np.array_equal(first, second)
        assert np.array_equal(first, third)


def test_engines_in_several_threads_draw_the_same() -> None:
    frames = [spec(figure("fox", "red", "running"), place=place, t=2.0) for place in ("snow", "sea", "city", "room")]

    def film(_: int) -> list[Picture]:
        engine = SketchEngine()
        session = engine.open(Shot("main", 96, 96))
        return engine.render([(session, frame) for frame in frames])

    with ThreadPoolExecutor(3) as threads:
        films = list(threads.map(film, range(3)))
    for other in films[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(films[0], other, strict=True))


def test_a_slow_pan_changes_little_from_frame_to_frame() -> None:
    """No flicker: at 24 frames a second with a pan of a tenth of the width a second."""
    for place, weather in (("forest", ""), ("city", "rain"), ("sea", "storm"), ("meadow", "snow")):
        two = [
            picture(
                spec(figure("fox", "", "running"), place=place, weather=weather, t=5 + i / 24, view=View(x=i / 240))
            )
            for i in range(2)
        ]
        assert np.abs(two[0].astype(int) - two[1].astype(int)).mean() < 0.03 * 255, place


def test_pictures_of_one_call_do_not_share_memory() -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", 64, 64))
    first, second = engine.render([(session, spec(place="sea")), (session, spec(place="desert"))])
    assert not np.shares_memory(first, second)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (1920, 64), (64, 1920), (512, 288), (270, 480)])
def test_any_size_and_aspect(width: int, height: int) -> None:
    drawn = picture(spec(figure("fox"), place="street", weather="rain", time="evening"), width, height)
    assert drawn.shape == (height, width, 3)
    assert drawn.std() > 5


@pytest.mark.parametrize(
    ("width", "height", "named"), [(0, 64, "width is 0"), (64, 65, "height is 65"), (8192, 64, "width is 8192")]
)
def test_an_impossible_size_is_refused_with_its_number(width: int, height: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        SketchEngine().open(Shot("main", width, height))


def test_a_session_is_its_engines_and_ends() -> None:
    engine = SketchEngine()
    session = engine.open(Shot("main", 64, 64))
    assert session.snapshot() == b""
    session.restore(b"of someone else")
    session.close()
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.render([(session, spec())])
    with pytest.raises(TypeError, match="another engine"):
        engine.render([(object(), spec())])  # type: ignore[list-item]


def test_it_says_what_it_is() -> None:
    engine = SketchEngine()
    assert (engine.name, engine.backend) == ("sketch", "cpu")


def test_a_crowd_of_crowds_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = 0

    def counted(*arguments: object) -> None:
        nonlocal drawn
        drawn += 1

    monkeypatch.setattr(figures, "_draw_one", counted)
    for many in (1, 6, 48, 400):
        drawn = 0
        picture(spec(*(figure("girl", "twelve", "playing the violin") for _ in range(many))))
        assert min(many, 48) <= drawn <= MOST_BODIES
    assert drawn == 48


def test_a_layer_reaches_the_other_side_of_the_widest_frame() -> None:
    wide = picture(spec(place="a meadow", time="noon"), 4096, 64)
    assert brightness(wide[-16:, 3584:]) > 0.7 * brightness(wide[-16:, :512])
