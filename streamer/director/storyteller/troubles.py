"""Complications and their turns: what weather and light do to a scene, and what comes of it. Data only."""

from __future__ import annotations

from .shots import Script, Shot

TROUBLES = {
    "rain": Script((
        Shot("clouds gather over {land}", level=0.88, pan=0.07, weather="clouds"),
        Shot("the first drops fall on {who}", level=1.05, weather="rain"),
        Shot("{who} {is} {doing} through the rain", "{who} {is} {doing} in the rain", 1.14, 0.12, guest="behind"),
        Shot("rain is pouring down {where}", level=0.95, pan=0.08, guest="far"),
    )),
    "storm": Script((
        Shot("a wind rises over {land}", level=0.9, pan=0.08, weather="clouds"),
        Shot("the first drops fall on {who}", level=0.96, weather="rain"),
        Shot("a storm breaks loose over {who}", level=1.1, pan=0.09, weather="storm", guest="behind"),
        Shot("{who} [defy] the storm", level=1.02, pan=0.08, guest="near"),
    )),
    "snow": Script((
        Shot("it grows cold {where}", level=0.9, pan=0.07, weather="clouds"),
        Shot("the first snowflakes fall on {who}", level=1.12, pan=0.07, weather="snow"),
        Shot("snow covers {land}", level=0.86, pan=0.08),
        Shot("{who} {is} {doing} through the snow", "{who} {is} {doing} in the snow", 1.06, 0.1, guest="near"),
    )),
    "fog": Script((
        Shot("mist rises {where}", level=1.0, pan=0.06, weather="fog"),
        Shot("fog swallows {land}", level=0.86, pan=0.06, guest="far"),
        Shot("{who} [be] hardly to be seen", level=0.9, pan=0.05),
        Shot("{who} [stop] in the fog", "{who} [wait] for the light", 1.1, 0.02, doing="looking", guest="near"),
    )),
    "wind": Script((
        Shot("a wind rises {where}", level=0.95, pan=0.08, weather="wind"),
        Shot("leaves fly past {who}", level=1.08, pan=0.1),
        Shot("{who} [lean] into the wind", level=1.18, pan=0.06, guest="behind"),
        Shot("the wind grows stronger {where}", level=0.9, pan=0.12, guest="ahead"),
    )),
    "light": Script((
        Shot("{light} over {land}", level=0.88, pan=0.08, light=True),
        Shot("shadows move over {who}", level=1.1, pan=0.07, guest="near"),
        Shot("{light} over {land}", level=0.86, pan=0.08, light=True, guest="far"),
        Shot("{who} [go] on in another light", "another light is on {who}", 1.0, 0.09, guest="near"),
    )),
    "alarm": Script((
        Shot("something rustles {where}", level=1.05, pan=0.02, doing="looking", guest="far"),
        Shot("{who} [listen]", "nothing moves near {who}", 1.25, 0.02, doing="looking"),
        Shot("{who} [hurry] away", "the camera shakes before {who}", 0.9, 0.15, guest="behind", turns=True),
        Shot("{who} [look] back in fear", "a shadow passes {who}", 1.1, 0.05, doing="looking", guest="near"),
    )),
    "dark": Script((
        Shot("a shadow falls over {who}", level=1.0, pan=0.06),
        Shot("it grows darker {where}", level=0.88, pan=0.07, guest="far"),
        Shot("{who} {is} hardly to be seen", level=0.9, pan=0.05, guest="near"),
        Shot("something moves in the dark", level=1.12, pan=0.03, doing="looking"),
    )),
}  # fmt: skip

TURNS = {
    "rain": Script((
        Shot("all at once the rain stops", level=0.96, pan=0.07, weather="clouds"),
        Shot("{a_thing} appears {where}", level=0.86, pan=0.06, drift=0.0, weather="clear", thing=True),
        Shot("{who} [stand] still before the {thing}", "the {thing} is above {who}", 1.0, 0.02, 0.0, doing="looking"),
        Shot("drops sparkle around {who}", level=1.16, pan=0.07, guest="near"),
    )),
    "storm": Script((
        Shot("the storm turns to rain {where}", level=0.95, pan=0.08, weather="rain"),
        Shot("a gap opens in the clouds", level=0.84, pan=0.06, weather="clouds"),
        Shot("{a_thing} comes out over {land}", level=0.88, pan=0.05, drift=0.0, weather="clear",
             thing=True),
        Shot("{who} [breathe] again", "the light falls on {who}", 1.18, 0.06, doing="looking", guest="near"),
    )),
    "snow": Script((
        Shot("everything is white around {who}", level=0.86, pan=0.08),
        Shot("{who} [come] upon {a_thing}", "{a_thing} is there in the snow", 1.0, 0.09, 0.1, thing=True),
        Shot("{who} [play] in the snow", "snow settles on {who}", 1.1, 0.04, doing="jumping", guest="near",
             guest_does="jumping"),
        Shot("the sky is clear again over {land}", level=0.95, pan=0.08, weather="clear"),
    )),
    "fog": Script((
        Shot("a light shines in the fog", level=0.94, pan=0.07),
        Shot("the light is {a_thing}", level=1.04, pan=0.07, drift=0.1, thing=True),
        Shot("{who} [follow] the light", "the {thing} shines for {who}", 1.1, 0.09, 0.02, guest="ahead"),
        Shot("the fog lifts {where}", level=0.9, pan=0.08, weather="clear"),
    )),
    "wind": Script((
        Shot("the wind carries {a_thing} along", level=0.94, pan=0.09, thing=True),
        Shot("{who} [follow] the {thing}", "the {thing} flies over {who}", 1.0, 0.12, guest="behind"),
        Shot("the {thing} dances above {who}", level=1.08, pan=0.07),
        Shot("the wind lies down {where}", level=0.92, pan=0.07, weather="="),
    )),
    "night": Script((
        Shot("{a_thing} appears over {land}", level=0.88, pan=0.05, drift=0.0, thing=True),
        Shot("{who} [look] up at the {thing}", "the {thing} stands above {who}", 1.0, 0.02, 0.0, doing="looking"),
        Shot("by that light, {who} {is} {doing}", level=1.16, pan=0.09),
        Shot("{who} [go] on {doing} under the {thing}", "all is still under the {thing}", 0.9, 0.1),
    )),
    "sunset": Script((
        Shot("the whole sky burns over {land}", level=0.84, pan=0.07),
        Shot("{who} {is} {doing} in the last light", level=1.1, pan=0.09),
        Shot("{a_thing} appears above {who}", level=0.92, pan=0.06, drift=0.0, thing=True),
        Shot("the last warmth of the day is on {who}", level=1.2, pan=0.07, guest="near"),
    )),
    "day": Script((
        Shot("{a_thing} comes up over {land}", level=0.88, pan=0.05, drift=0.0, thing=True),
        Shot("the new light reaches {who}", level=1.14, pan=0.08),
        Shot("{who} {is} {doing} in the new light", level=1.0, pan=0.11),
        Shot("everything wakes up around {who}", level=0.86, pan=0.08),
    )),
    "alarm": Script((
        Shot("nothing was there {where}", level=0.95, pan=0.06),
        Shot("{who} [laugh]", "{who} {is} safe", 1.22, 0.03, doing="dancing"),
        Shot("{who} [jump] for relief", "the light plays around {who}", 1.05, 0.05, doing="jumping", guest="near",
             guest_does="jumping"),
        Shot("{who} [go] on {doing}", "all is as it was around {who}", 0.94, 0.11, guest="near"),
    )),
    "dark": Script((
        Shot("{a_thing} begins to glow", level=1.02, pan=0.08, drift=0.1, thing=True),
        Shot("{who} [come] to the {thing}", "the {thing} glows for {who}", 1.12, 0.09, 0.03, guest="near"),
        Shot("the dark gives way around {who}", level=1.0, pan=0.08),
        Shot("{who} [be] safe again", "all is bright around {who}", 0.9, 0.09),
    )),
    "glow": Script((
        Shot("{a_thing} catches the light", level=1.02, pan=0.08, drift=0.1, thing=True),
        Shot("{who} [come] to the {thing}", "the {thing} glows for {who}", 1.12, 0.09, 0.03, guest="near"),
        Shot("its light plays around {who}", level=1.0, pan=0.08),
        Shot("{who} [go] on {doing} beside the {thing}", "{who} {is} {doing} beside the {thing}", 0.9, 0.09),
    )),
}  # fmt: skip
"""What comes of a trouble; "light" becomes "night", "sunset" or "day", and "glow" in rooms and in the deep."""
