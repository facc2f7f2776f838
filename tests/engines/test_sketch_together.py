"""What figures of one frame have to do with each other: who stands on a board, plays, builds, knits."""

from dataclasses import replace
from itertools import pairwise
from math import inf, nan

import pytest

from engines.base import Box, Figure
from engines.sketch.cast.boarding import boarded
from engines.sketch.cast.deeds import act_of
from engines.sketch.cast.fishes import fish
from engines.sketch.cast.grasp import grasped
from engines.sketch.cast.lexicon import find
from engines.sketch.cast.manner import gait_of, manner_of
from engines.sketch.cast.motion import Pose, pose
from engines.sketch.cast.swimmers import SEALIFE

BOARD = Figure("board", "skateboard", "", "driving", Box(0.3, 0.6, 0.4, 0.25))
RIDER = Figure("rider", "elephant", "", "riding", Box(0.4, 0.4, 0.2, 0.25))


def motion(noun: str, action: str, place: str, *, wet: bool = False) -> str:
    figure = Figure(noun, noun, "", action, Box(0.3, 0.4, 0.3, 0.3))
    return manner_of(find(noun), figure, place, wet=wet, high=False).motion


def foot(figure: Figure) -> float:
    return figure.box.y + figure.box.h


def test_who_stands_on_a_board_stands_on_its_deck() -> None:
    board, rider = boarded([BOARD, RIDER])
    assert board == BOARD
    assert foot(rider) == pytest.approx(foot(BOARD) - 0.3 * BOARD.box.w)
    assert (rider.box.x, rider.box.h) == (RIDER.box.x, RIDER.box.h)
    assert boarded([RIDER, BOARD]) == (RIDER, BOARD), "who is drawn behind the board is not on it"
    aside = replace(RIDER, box=replace(RIDER.box, x=0.75))
    assert boarded([BOARD, aside]) == (BOARD, aside)
    above = replace(RIDER, box=replace(RIDER.box, y=0.05))
    assert boarded([BOARD, above]) == (BOARD, above)


def test_a_rider_does_not_jump_when_it_comes_over_a_board() -> None:
    def along(boxes: list[Box]) -> float:
        feet = [foot(boarded([BOARD, replace(RIDER, box=box)])[1]) for box in boxes]
        return max(abs(after - before) for before, after in pairwise(feet))

    assert along([Box(x / 500, 0.4, 0.2, 0.25) for x in range(500)]) < 0.01, "from the left to the right"
    assert along([Box(0.4, y / 500, 0.2, 0.25) for y in range(500)]) < 0.02, "from the top down"


@pytest.mark.parametrize("odd", [nan, inf, -inf, 0.0, -3.0])
def test_a_board_without_a_box_harms_nobody(odd: float) -> None:
    for box in (Box(odd, 0.6, 0.4, 0.25), Box(0.3, odd, 0.4, 0.25), Box(0.3, 0.6, odd, odd)):
        assert len(boarded([replace(BOARD, box=box), replace(RIDER, box=box)])) == 2


def test_an_instrument_is_put_before_the_animal_that_plays_it() -> None:
    flamingo = Figure("f", "flamingo", "", "playing", Box(0.1, 0.3, 0.2, 0.5), heading=-1)
    saxophone = Figure("s", "saxophone", "", "", Box(0.7, 0.6, 0.2, 0.2))
    moved, player = grasped([saxophone, flamingo], "a flamingo plays the saxophone")
    assert player == flamingo
    assert abs(moved.box.x + moved.box.w / 2 - 0.2) < 0.15, "before its breast"
    assert moved.box.x + moved.box.w / 2 < 0.2, "on the side where it looks"
    assert foot(moved) == pytest.approx(foot(flamingo))
    walks = replace(flamingo, action="walking")
    assert grasped([saxophone, walks], "a flamingo walks to a saxophone") == (saxophone, walks)


def test_a_snowman_is_built_with_bare_hands_and_a_house_with_a_hammer() -> None:
    child = Figure("c", "child", "", "building", Box(0.1, 0.4, 0.2, 0.5))
    for thing, deed in (("snowman", "pat"), ("sandcastle", "pat"), ("house", "build")):
        builder, _ = grasped([child, Figure("t", thing, "", "", Box(0.6, 0.4, 0.2, 0.5))], "")
        assert act_of(builder.action, builder.look).name == deed
    assert act_of("building a snowman", "").prop == ""


def test_who_knits_has_the_scarf_in_hand_and_who_wears_one_knits_nothing() -> None:
    scarf = Figure("s", "scarf", "red", "", Box(0.6, 0.6, 0.2, 0.2))
    woman = Figure("w", "grandmother", "", "knitting", Box(0.1, 0.4, 0.2, 0.5))
    [knitter] = grasped([scarf, woman], "a grandmother is knitting a scarf")
    assert act_of(knitter.action, knitter.look).prop == "knitting"
    walks = replace(woman, action="walking")
    assert grasped([scarf, walks], "a grandmother with a scarf walks") == (scarf, walks)


@pytest.mark.parametrize(
    ("noun", "action", "place", "wet", "meant"),
    [
        ("wave", "rolling", "sea", True, "heave"),
        ("iceberg", "drifting", "sea", True, "heave"),
        ("boat", "drifting", "sea", True, "sail"),
        ("boat", "sailing", "sea", True, "sail"),
        ("ghost", "walking", "castle", False, "fly"),
        ("skateboard", "sailing", "savanna", False, "drive"),
        ("elephant", "sailing", "savanna", False, "idle"),
    ],
)
def test_how_things_move_follows_from_what_they_are(noun: str, action: str, place: str, wet: bool, meant: str) -> None:
    assert motion(noun, action, place, wet=wet) == meant


def test_a_wave_never_leans() -> None:
    """Its foot would come out of the water."""
    poses = [pose("heave", t / 7, "wave") for t in range(60)]
    assert {now.angle for now in poses} == {0.0}
    assert len({now.stretch for now in poses}) > 30, "it heaves"


def test_a_whale_breathes_above_the_water_only() -> None:
    whale = SEALIFE["whale"]
    breathing = [Pose(gait=gait, clock=0.7) for gait in ("swim", "dive")]
    assert len(fish(whale, breathing[0])) > len(fish(whale, breathing[1]))
    figure = Figure("w", "whale", "", "swimming", Box(0.3, 0.4, 0.3, 0.3))
    for place, wet, gait in (("sea", True, "swim"), ("underwater", False, "dive")):
        assert gait_of("sea:whale", manner_of("sea:whale", figure, place, wet=wet, high=False), "swim") == gait


def test_a_skier_has_skis_whatever_it_does() -> None:
    for action in ("", "racing", "skiing"):
        figure = Figure("s", "skier", "", action, Box(0.3, 0.4, 0.3, 0.3))
        assert manner_of("person:skier", figure, "snow", wet=False, high=False).act.prop == "poles"
