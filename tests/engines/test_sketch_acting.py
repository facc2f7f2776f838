"""How the cast of a sketch acts: joints that move, feet that stay, faces that blink, hands that hold what was said."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.base import Box, Figure
from engines.sketch.canvas.vector import Canvas, affine
from engines.sketch.cast import animals, birds, people, sealife
from engines.sketch.cast.deeds import DEEDS, NOTHING, Act, act_of
from engines.sketch.cast.effects import effects_of
from engines.sketch.cast.grasp import grasped
from engines.sketch.cast.joints import blinks, chain, knee, step
from engines.sketch.cast.kinds import acting, facing, rooted, standing
from engines.sketch.cast.lexicon import find
from engines.sketch.cast.manner import gait_of, manner_of
from engines.sketch.cast.motion import RATES, Pose, pose
from engines.sketch.cast.props import PROPS
from engines.sketch.language.words import data, table

PLAIN = (1.0, 1.0, 1.0, 0.0)  # light that leaves colours as they are
GAITS = ("stand", "walk", "run", "jump", "dance", "sit", "lie", "swim", "fly", "surf")
CAST = [
    *(f"animal:{name}" for name in animals.SPECIES),
    *(f"bird:{name}" for name in birds.BIRDS),
    *(f"sea:{name}" for name in sealife.SEALIFE),
    *(f"person:{name}" for name in people.PEOPLE),
]
STARS = ("animal:corgi", "animal:horse", "animal:kangaroo", "bird:swan", "bird:penguin", "sea:shark", "person:dancer")
BOX = Box(0.3, 0.4, 0.4, 0.4)


def drawn(
    key: str, now: Pose, act: Act = NOTHING, colour: tuple[float, float, float] | None = None
) -> NDArray[np.uint8]:
    """A figure alone: [120, 120, 4], three quarters of a pixel a unit of the drawing or so."""
    canvas = Canvas(120, 120)
    scale = 120 / (220.0 if key.startswith("person:") else 160.0)
    canvas.svg(acting(key, now, "somebody", colour, PLAIN, act), affine(0, 0, scale=(scale, scale)))
    pixels = canvas.pixels().copy()
    canvas.close()
    return pixels


def ink(pixels: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is painted."""
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1]), int(rows[-1])


def unlike(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """The share of painted pixels that differ visibly."""
    seen = (a[..., 3] > 0) | (b[..., 3] > 0)
    return float((np.abs(a.astype(int) - b).max(axis=-1) > 24)[seen].mean())


def figure(noun: str, look: str = "", action: str = "", box: Box = BOX, who: str = "") -> Figure:
    return Figure(who or noun, noun, look, action, box)


@pytest.mark.parametrize("key", CAST)
def test_everybody_can_be_drawn_and_named(key: str) -> None:
    """At rest it fills a good part of its drawing, and a person's word leads to it."""
    at_rest = standing(key)
    assert min(at_rest.ink[2:]) > 15
    assert drawn(key, Pose())[..., 3].mean() > 2
    assert facing(key) == 1


@pytest.mark.parametrize("gait", GAITS)
@pytest.mark.parametrize("key", STARS)
def test_every_gait_moves_and_stays_on_its_sheet(key: str, gait: str) -> None:
    frames = [drawn(key, Pose(gait=gait, phase=i / 4, beat=i / 4, clock=1.0 + 0.6 * i)) for i in range(4)]
    assert max(unlike(frames[0], other) for other in frames[1:]) > 0.004
    for frame in frames:
        left, top, right, bottom = ink(frame)
        assert left > 0
        assert top > 0
        assert right < 119
        assert bottom < 119


@pytest.mark.parametrize("key", ["animal:horse", "animal:deer", "bird:ostrich", "person:man"])
def test_legs_walk_and_the_rest_hardly_moves(key: str) -> None:
    one, other = (drawn(key, Pose(gait="walk", phase=phase)) for phase in (0.0, 0.27))
    _, top, _, bottom = ink(one)
    waist = (top + 2 * bottom) // 3
    assert unlike(one[waist:], other[waist:]) > 1.5 * unlike(one[: (top + bottom) // 2], other[: (top + bottom) // 2])


@given(st.floats(0.0, 1.0), st.floats(0.1, 40.0), st.floats(0.2, 0.8))
def test_a_foot_goes_back_at_an_even_pace_while_it_stands(phase: float, reach: float, duty: float) -> None:
    """So that a body that goes on at that pace leaves it where it is."""
    x, y = step(phase, reach, 5.0, duty)
    assert abs(x) <= reach + 1e-9
    assert -5.0 <= y <= 0.0
    if phase < duty * 0.9:
        later, low = step(phase + duty * 0.1, reach, 5.0, duty)
        assert y == low == 0.0
        assert later - x == pytest.approx(-0.2 * reach)


@given(*[st.floats(-50.0, 50.0)] * 4, st.floats(1.0, 40.0), st.floats(1.0, 40.0), st.sampled_from((-1.0, 1.0)))
def test_bones_keep_their_lengths(
    x: float, y: float, fx: float, fy: float, upper: float, lower: float, side: float
) -> None:
    """However far away the foot should be."""
    (kx, ky), (ex, ey) = knee((x, y), (fx, fy), upper, lower, side)
    assert np.hypot(kx - x, ky - y) <= upper + 1e-6
    assert np.hypot(ex - x, ey - y) <= upper + lower + 1e-6


def test_a_tail_follows_its_root() -> None:
    points = chain((10.0, 10.0), 180.0, 30.0, 0.0, 20.0, 0.0)
    links = np.hypot(*np.diff(np.array(points), axis=0).T)
    assert points[0] == (10.0, 10.0)
    assert np.allclose(links, 6.0)


@pytest.mark.parametrize("key", ["animal:horse", "bird:chicken", "person:woman"])
def test_strides_are_as_long_as_the_speed_asks_for(key: str) -> None:
    """Within reason; without a speed of its own a figure treads on the spot as it would by nature."""
    walking = Pose(gait="walk", phase=0.1, angle=3.0, dy=-0.1)
    kind, name = key.split(":")
    by_nature = {"animal": animals, "bird": birds, "person": people}[kind].pace(name, "walk") * RATES["walk"]
    reaches = [rooted(key, walking, share * by_nature).reach for share in (0.0, 0.8, 1.0, 1.2, 9.0)]
    assert reaches[:4] == [1.0, pytest.approx(0.8), pytest.approx(1.0), pytest.approx(1.2)]
    assert reaches[4] < 1.5
    still = rooted(key, walking, by_nature)
    assert (still.dy, still.angle, still.phase) == (0.0, 0.0, 0.1)


@given(st.floats(0.0, 0.2), st.floats(0.0, 300.0))
def test_no_leg_jumps_when_the_speed_changes(hurry: float, speed: float) -> None:
    walking = Pose(gait="walk", phase=0.3)
    a, b = (rooted("person:man", walking, at) for at in (speed, speed + hurry))
    assert a.phase == b.phase
    assert abs(a.reach - b.reach) < 0.05


def test_a_plain_drawing_bobs_as_a_whole() -> None:
    bobbing = Pose(gait="walk", dy=-0.1, angle=3.0)
    assert rooted("own:boat", bobbing, 10.0) == bobbing


def test_no_two_figures_are_in_step() -> None:
    one, other = pose("run", 3.0, "left"), pose("run", 3.0, "right")
    assert one.phase != other.phase
    assert one.clock != other.clock
    assert pose("run", 3.0, "left") == one


def test_eyes_are_open_nearly_always() -> None:
    shut = [blinks(t / 50) for t in range(5000)]
    assert 0.02 < np.mean(shut) < 0.1
    asleep, awake = (drawn("animal:cat", Pose(gait=gait, clock=1.0)) for gait in ("lie", "sit"))
    assert unlike(asleep, awake) > 0.2


def test_a_sleeper_curls_up() -> None:
    for key in ("animal:cat", "animal:corgi", "animal:fox"):
        _, top, _, bottom = ink(drawn(key, Pose(gait="lie", clock=1.0)))
        _, high, _, ground = ink(drawn(key, Pose(clock=1.0)))
        assert bottom - top < 0.85 * (ground - high)
        assert abs(bottom - ground) <= 1


@pytest.mark.parametrize("key", ["animal:fox", "bird:parrot", "sea:fish", "person:king"])
def test_a_colour_moves_the_coat_and_leaves_the_face(key: str) -> None:
    plain, blue = drawn(key, Pose()), drawn(key, Pose(), colour=(40.0, 80.0, 230.0))
    changed = np.abs(plain.astype(int) - blue).max(axis=-1) > 24
    painted = plain[..., 3] > 0
    assert 0.2 < changed[painted].mean() < 0.97
    dark = painted & (plain[..., :3].max(axis=-1) < 40)  # pupils, noses
    assert changed[dark].mean() < 0.2


def test_people_differ_from_one_another_and_stay_who_they_are() -> None:
    looks = {acting("person:person", Pose(), f"guest {i}", None, PLAIN) for i in range(12)}
    assert len(looks) > 6
    assert acting("person:person", Pose(), "guest 1", None, PLAIN) in looks


def test_children_are_smaller_and_have_bigger_heads() -> None:
    for child in ("boy", "girl", "child"):
        assert standing(f"person:{child}").ink[3] < 0.85 * standing("person:man").ink[3]
    assert people.PEOPLE["child"].height < people.PEOPLE["boy"].height < people.PEOPLE["man"].height


@pytest.mark.parametrize("deed", sorted(DEEDS))
def test_every_deed_moves_the_hands(deed: str) -> None:
    resting = drawn("person:man", Pose(clock=1.0))
    act = Act(deed, DEEDS[deed].prop if DEEDS[deed].prop in PROPS else "")
    frames = [drawn("person:man", Pose(clock=1.0 + i / 3), act) for i in range(4)]
    assert unlike(resting, frames[0]) > 0.03
    assert max(unlike(frames[0], other) for other in frames[1:]) > 0.001


@pytest.mark.parametrize("prop", sorted(PROPS))
def test_every_thing_can_be_held_and_coloured(prop: str) -> None:
    empty, holding = drawn("person:man", Pose(), Act("hold", "")), drawn("person:man", Pose(), Act("hold", prop))
    assert unlike(empty, holding) > 0.002


@pytest.mark.parametrize(
    ("action", "look", "deed", "prop"),
    [
        ("reading", "", "read", "book"),
        ("playing the violin", "", "violin", "violin"),
        ("playing a guitar in the rain", "", "guitar", "guitar"),
        ("playing", "", "cheer", ""),
        ("walking", "with a red umbrella", "hold", "umbrella"),
        ("holding a blue balloon", "", "hold", "balloon"),
        ("fishing", "", "fish", "rod"),
        ("fighting with an axe", "", "fight", "axe"),
        ("walking", "with a blue collar", "", ""),
        ("xyzzying", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_words_tell_what_the_hands_do(action: str, look: str, deed: str, prop: str) -> None:
    act = act_of(action, look)
    assert (act.name, act.prop) == (deed, prop)


def test_what_is_held_has_the_colour_that_is_said_of_it() -> None:
    red, blue = (act_of("walking", f"in a white coat, with a {colour} umbrella") for colour in ("red", "blue"))
    assert red.colour != blue.colour
    assert unlike(drawn("person:girl", Pose(), red), drawn("person:girl", Pose(), blue)) > 0.03


def test_the_vocabulary_leads_to_what_there_is() -> None:
    assert set(data()["deeds"]) - {"play"} <= set(DEEDS)
    assert set(data()["held"]) <= set(PROPS)
    assert {deed.prop for deed in DEEDS.values()} <= {*PROPS, "", "held"}
    assert all(motion in ("fly", *table("motions").values()) for motion in table("motions").values())


def test_what_somebody_holds_by_the_words_is_taken_into_the_hand() -> None:
    girl, umbrella = figure("girl", action="walking"), figure("umbrella", "red")
    [alone] = grasped([umbrella, girl], "a girl with a red umbrella walks in the rain")
    assert act_of(alone.action, alone.look).prop == "umbrella"
    assert grasped([umbrella, girl], "an umbrella lies in the rain, a girl walks by") == (umbrella, girl)


def test_a_reader_takes_the_book_and_nobody_else_does() -> None:
    book, castle = figure("book"), figure("castle")
    wizard, king = figure("wizard", action="reading"), figure("king", action="walking")
    assert [held.noun for held in grasped([book, wizard, castle], "a wizard reads")] == ["wizard", "castle"]
    assert grasped([book, king], "a king walks past a book") == (book, king)
    assert len(grasped([figure("three books"), wizard], "a wizard reads")) == 2


def test_whoever_surfs_stands_on_a_board_in_the_water() -> None:
    for noun in ("corgi", "man", "penguin"):
        key = find(noun)
        manner = manner_of(key, figure(noun, action="surfing"), "sea", wet=True, high=False)
        assert manner.surfs
        assert manner.wet
        assert gait_of(key, manner, "stand") == "surf"
    dolphin = find("dolphin")
    assert not manner_of(dolphin, figure("dolphin", action="surfing"), "sea", wet=True, high=False).surfs


@pytest.mark.parametrize(
    ("noun", "action", "place", "wet", "high", "motion"),
    [
        ("swan", "", "lake", True, False, "sail"),
        ("swan", "flying", "lake", True, False, "fly"),
        ("chicken", "", "meadow", False, False, "idle"),
        ("eagle", "", "mountains", False, True, "fly"),
        ("owl", "sitting", "forest", False, True, "sit"),
        ("shark", "", "underwater", False, False, "swim"),
        ("dog", "xyzzying", "meadow", False, False, "idle"),
        ("knight", "riding a horse", "forest", False, False, "ride"),
        ("woman", "reading", "room", False, False, "idle"),
        ("wheel", "spinning", "street", False, False, "roll"),
        ("dancer", "spinning", "stage", False, False, "spin"),
    ],
)
def test_motion_follows_from_words_and_place(
    noun: str, action: str, place: str, wet: bool, high: bool, motion: str
) -> None:
    assert manner_of(find(noun), figure(noun, action=action), place, wet=wet, high=high).motion == motion


def test_figures_stir_up_what_they_run_through() -> None:
    def stirred(motion: str, gait: str, deed: str = "", action: str = "", *, wet: bool = False) -> tuple[str, ...]:
        return effects_of(motion, gait, deed, action, wet=wet, surfs=motion == "sail", grounded=not wet)

    assert stirred("run", "run") == ("dust",)
    assert stirred("run", "run", wet=True) == ()
    assert stirred("sail", "surf", wet=True) == ("spray",)
    assert stirred("jump", "jump", wet=True) == ("splash",)
    assert stirred("idle", "stand", "violin") == ("notes",)
    assert stirred("fly", "fly", action="breathing fire") == ("fire",)
    assert stirred("idle", "stand") == ()


@given(st.sampled_from(CAST), st.sampled_from((*GAITS, "ride", "fall", "float", "nonsense")), st.floats(0.0, 1.0))
def test_any_pose_of_anybody_is_finite(key: str, gait: str, phase: float) -> None:
    svg = acting(key, Pose(gait=gait, phase=phase, beat=phase, clock=9e4 * phase), "x", None, PLAIN).decode()
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", svg)]
    assert "nan" not in svg
    assert "inf" not in svg
    assert max(map(abs, numbers)) < 1000.0


def test_a_pirouette_turns_its_back_and_never_vanishes() -> None:
    turns = [pose("spin", t / 20, "x").turned for t in range(80)]
    assert min(turns) < -0.9
    assert max(turns) > 0.9
    assert min(map(abs, turns)) >= 0.12


def test_jumping_takes_a_crouch_and_leaves_the_ground() -> None:
    poses = [replace(pose("jump", t / 30, "x"), clock=0.0) for t in range(40)]
    assert min(now.stretch for now in poses) < -0.04 < 0.04 < max(now.stretch for now in poses)
    assert min(now.dy for now in poses) < -0.4
    assert max(now.dy for now in poses) == 0.0
