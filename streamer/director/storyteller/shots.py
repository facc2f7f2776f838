"""What can happen in a beat of the arc: keyframe by keyframe, in words and moves. Data only.

In the words: {who} the lead, {guest} and {a_guest} the one who comes by, {thing} and {a_thing} what is found, {is},
{doing}, {where}, {land}, {aim} (where the film goes next), {side}, {air}; a verb in [brackets] agrees with {who}.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Mark = Literal["", "comes", "near", "ahead", "behind", "across", "far", "leaves"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One keyframe."""

    moves: str  # said where the lead travels
    rests: str = ""  # said where the lead stays; "" for the same
    level: float = 1.0  # how near the camera is: 1, as at the start
    pan: float = 0.08  # while following the lead
    drift: float | None = None  # over what rests, towards where the thing or the guest is; None: to and fro
    doing: str = ""  # of a living lead that travels, instead of what it does by itself
    guest: Mark = ""  # where the guest goes; "": it stays beside
    guest_does: str = ""  # where it has feet on the ground
    thing: bool = False  # something is found
    turns: bool = False
    weather: str = ""  # from now on; "=": as it was at the scene's start
    light: bool = False  # the day goes a step on


_CALM = 0.8
"""How much of a camera's way in and out is gone, as an exponent: who watches for ten minutes wants a steady hand."""


@dataclass(frozen=True, slots=True)
class Script:
    """A beat: four keyframes."""

    shots: tuple[Shot, Shot, Shot, Shot]
    lively: bool = False  # only for a living lead
    social: bool = False  # only with a living guest

    def shot(self, keyframe: int) -> Shot:
        """Its shot of a keyframe, the camera eased between those before and after it: it should not pump."""
        shot = self.shots[keyframe]
        before = self.shots[keyframe - 1].level if keyframe else 1.0
        after = self.shots[keyframe + 1].level if keyframe + 1 < len(self.shots) else 1.0
        return replace(shot, level=(0.2 * before + 0.6 * shot.level + 0.2 * after) ** _CALM)


OPENING = Shot("{who} {is} {doing} {where}")

ARRIVAL = (
    Script((
        OPENING,
        Shot("{who} [come] nearer, {doing}", "the camera finds {who} {doing}", 1.14, 0.05),
        Shot("{who} [go] on {doing} {where}", "{where}, {who} {is} {doing}", 1.0, 0.11),
        Shot("{air} around {who}", level=0.9, pan=0.08),
    )),
    Script((
        OPENING,
        Shot("{who} [keep] {doing}", "{who} [be] still {doing}", 1.08, 0.11),
        Shot("{air} where {who} {is} {doing}", level=0.92, pan=0.1),
        Shot("{who} {is} slowing down", "the camera lingers on {who}, {doing}", 1.12, 0.04, doing="slowing down"),
    )),
    Script((
        OPENING,
        Shot("{who} [pass] by, {doing}", "{air} around {who}", 0.95, 0.12),
        Shot("{who} {is} very near, {doing}", level=1.25, pan=0.07),
        Shot("{who} [go] on {doing} {where}", "{where}, {who} {is} {doing}", 1.0, 0.09),
    )),
)  # fmt: skip
FASTER = Shot("faster than before, {who} {is} {doing}")
SLOWER = Shot("slower than before, {who} {is} {doing}")
"""What is said when a wish is for another tempo."""
REACHED = Shot("{who} [reach] {land}", "now {who} {is} {doing} {where}")
"""The first keyframe of a later scene."""

FINDING = (
    Script((
        Shot("{a_thing} comes into view ahead of {who}", "the camera moves on to {a_thing}", 1.0, 0.12, 0.11,
             thing=True),
        Shot("{who} {is} {doing} towards the {thing}", "the {thing} shares the light with {who}", 1.05, 0.18, 0.11),
        Shot("{who} [reach] the {thing}", "the {thing} is seen from nearer", 1.22, 0.14, 0.02),
        Shot("{who} [pass] the {thing}, {doing}", "the camera returns to {who}", 1.0, 0.2, -0.08),
    )),
    Script((
        Shot("{who} [look] around {where}", level=1.1, pan=0.02, doing="looking"),
        Shot("{who} [discover] {a_thing}", "{a_thing} is discovered near {who}", 1.0, 0.12, 0.12, thing=True),
        Shot("{who} [stop] to look at the {thing}", "{who} [look] at the {thing}", 1.2, 0.1, 0.06, doing="looking"),
        Shot("{who} [go] on {doing} past the {thing}", "the {thing} stays close to {who}", 0.95, 0.2, -0.06),
    ), lively=True),
    Script((
        Shot("ahead of {who} appears {a_thing}", "beside {who} appears {a_thing}", 0.92, 0.12, 0.12, thing=True),
        Shot("{who} [come] up to the {thing}", "{air} over the {thing}", 1.02, 0.2, 0.08),
        Shot("{who} [turn] at the {thing}", "the camera comes closer to {who}", 1.15, 0.08, turns=True),
        Shot("{who} [go] back the way, {doing}", "{where}, {who} {is} {doing}", 1.0, 0.1, -0.06),
    )),
)  # fmt: skip
LOOKING = (
    Script((
        Shot("{who} [turn] around, {doing}", "the camera rests on {who}, {doing}", 1.0, 0.06, turns=True),
        Shot("far away, {who} {is} {doing}", level=0.84, pan=0.06),
        Shot("{air} where {who} {is} {doing}", level=0.94, pan=0.1),
        Shot("{who} [come] nearer, {doing}", "the camera finds {who} {doing}", 1.2, 0.05),
    )),
    Script((
        Shot("{who} {is} very near, {doing}", level=1.28, pan=0.06),
        Shot("{who} [go] on {doing} {where}", "{where}, {who} {is} {doing}", 1.05, 0.1),
        Shot("{air} around {who}", level=0.88, pan=0.09),
        Shot("{who} [keep] {doing}", "{who} [be] still {doing}", 1.0, 0.11),
    )),
    Script((
        Shot("the camera rises above {who}", level=0.88, pan=0.08),
        Shot("{land} lies all around {who}", level=0.82, pan=0.1),
        Shot("the camera sinks down to {who}", level=1.0, pan=0.07),
        Shot("{who} {is} close by, {doing}", level=1.2, pan=0.06),
    )),
    Script((
        Shot("{who} [move] to the side, {doing}", "the camera moves to the side of {who}", 1.05, 0.12),
        Shot("the ground goes by under {who}", "light and shadow move over {who}", 1.12, 0.13),
        Shot("{who} [change] direction", "the camera moves back to {who}", 1.0, 0.08, turns=True),
        Shot("{who} [be] on the way {where}", "{who} {is} {doing} as before", 0.9, 0.1),
    )),
)  # fmt: skip
"""What fills a beat in which nothing is found, or nobody comes; there is one for every such beat of a scene."""

CALM = (
    Script((
        Shot("far away, {who} {is} {doing}", level=0.84, pan=0.06, weather="="),
        Shot("it is quiet {where}", level=0.8, pan=0.07),
        Shot("{who} [come] nearer, {doing}", "the camera finds {who} {doing}", 1.02, 0.06),
        Shot("{who} {is} very near, {doing}", level=1.26, pan=0.06),
    )),
    Script((
        Shot("{who} [be] calm again", "all is calm around {who}", 1.15, 0.05, weather="="),
        Shot("the camera looks {who} in the face", level=1.3, pan=0.03, doing="looking"),
        Shot("{who} [rest] {where}", "{who} {is} {doing} {where}", 1.0, 0.02, doing="resting"),
        Shot("{where}, {who} {is} small and far", level=0.8, pan=0.07),
    ), lively=True),
    Script((
        Shot("the camera rises over {land}", level=0.82, pan=0.1, weather="="),
        Shot("below, {who} {is} {doing}", level=0.86, pan=0.08),
        Shot("the light changes {where}", level=0.94, pan=0.09, light=True),
        Shot("{who} [go] on {doing}", "{who} [be] still {doing}", 1.06, 0.1),
    )),
)  # fmt: skip

ALONE = (
    Script((
        Shot("{who} [go] on {doing} {where}", "{where}, {who} {is} {doing}", 1.06, 0.1),
        Shot("{who} {is} seen once more, from near", level=1.22, pan=0.07),
        Shot("{who} [be] alone {where}", "nothing else moves {where}", 0.92, 0.09),
        Shot("{who} [set] out for {aim}", "the light moves on towards {aim}", 0.88, 0.13),
    )),
    Script((
        Shot("{who} [keep] {doing}", "nothing disturbs {who}, {doing}", 1.08, 0.11),
        Shot("{air} around {who}", level=0.95, pan=0.08),
        Shot("{who} [take] leave of {land}", "the camera takes leave of {who}", 0.9, 0.1),
        Shot("{who} [turn] towards {aim}", "the light moves on towards {aim}", 0.86, 0.12),
    )),
)  # fmt: skip
"""A farewell where nobody came."""

ACTS = frozenset(["slowing down", "looking", "chasing", "jumping", "dancing", "resting"])
"""What shots let somebody do: not what it does of its own accord, unless the words say so."""
