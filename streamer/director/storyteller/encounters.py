"""What can happen with whoever comes by: how they come, what is done together, how they go. Data, as in `shots`."""

from __future__ import annotations

from .shots import Script, Shot

COMING = (
    Script((
        Shot("something moves at the edge of {land}", level=1.05, pan=0.07, drift=0.0, guest="comes"),
        Shot("{a_guest} shows up, {guest_doing}", level=1.0, pan=0.08, drift=0.02, guest="far"),
        Shot("the {guest} finds the way to {who}", level=0.94, pan=0.09, drift=0.0, guest="near"),
        Shot("{who} and the {guest} have met", level=1.1, pan=0.07, drift=0.02, guest="near"),
    )),
    Script((
        Shot("{a_guest} comes {guest_doing} from the {side}", level=0.96, pan=0.08, drift=0.02, guest="comes"),
        Shot("the {guest} comes nearer to {who}", level=1.02, pan=0.07, drift=0.02, guest="near"),
        Shot("the {guest} looks at {who}", level=1.14, pan=0.03, drift=0.0, guest="near", guest_does="looking"),
        Shot("{who} and the {guest} are side by side", level=1.05, pan=0.08, drift=0.0, guest="near"),
    ), social=True),
    Script((
        Shot("{a_guest} appears on the {side}", level=0.92, pan=0.08, drift=0.0, guest="comes"),
        Shot("{who} [notice] the {guest}", level=1.0, pan=0.03, doing="looking", drift=0.0, guest="far"),
        Shot("the {guest} dares to come closer", level=1.12, pan=0.05, drift=0.03, guest="near"),
        Shot("{who} [greet] the {guest}", level=1.2, pan=0.03, doing="looking", drift=0.0, guest="near"),
    ), lively=True, social=True),
    Script((
        Shot("from the {side} comes {a_guest}, {guest_doing}", level=0.9, pan=0.1, drift=0.0, guest="comes"),
        Shot("the {guest} comes up to {who}", level=0.95, pan=0.09, drift=0.02, guest="across"),
        Shot("the {guest} crosses the way of {who}", level=1.0, pan=0.08, drift=0.0, guest="across"),
        Shot("the {guest} stays with {who}", level=1.1, pan=0.08, drift=0.0, guest="across"),
    )),
)  # fmt: skip

MEETING = (
    Script((
        Shot("the {guest} moves ahead of {who}", "the {guest} shows the way to {who}", 0.96, 0.12, 0.02, guest="ahead"),
        Shot("{who} [follow] the {guest}", "{air} around {who} and the {guest}", 1.0, 0.14, 0.0, guest="ahead"),
        Shot("{who} [catch] up with the {guest}", "the {guest} comes back to {who}", 1.1, 0.1, -0.02, guest="near"),
        Shot("{who} and the {guest} go on together", "{who} and the {guest} are together", 0.94, 0.12, 0.02,
             guest="near"),
    )),
    Script((
        Shot("{who} and the {guest} look at each other", level=1.18, pan=0.02, doing="looking", guest="near",
             guest_does="looking"),
        Shot("{who} [set] out together with the {guest}", "the {guest} stays beside {who}", 1.0, 0.1, 0.02,
             guest="near"),
        Shot("the {guest} keeps up with {who}", "the {guest} and {who} share the quiet", 1.0, 0.12, 0.0,
             guest="behind"),
        Shot("{who} and the {guest} are the best of friends", level=1.12, pan=0.09, drift=-0.03, guest="near"),
    ), social=True),
    Script((
        Shot("the {guest} goes ahead of {who}", "the {guest} moves around {who}", 0.95, 0.12, 0.0, guest="ahead"),
        Shot("{who} [chase] the {guest}", "the {guest} passes {who}", 1.0, 0.13, 0.02, doing="chasing", guest="ahead"),
        Shot("the {guest} turns the game around", "the {guest} turns around", 1.0, 0.09, 0.0, guest="behind"),
        Shot("now the {guest} chases {who}", "the {guest} comes back to {who}", 0.98, 0.13, -0.02, guest="behind",
             guest_does="running"),
    ), lively=True, social=True),
    Script((
        Shot("{who} [jump] for joy", "the {guest} plays near {who}", 1.05, 0.05, 0.0, doing="jumping", guest="near",
             guest_does="looking"),
        Shot("the {guest} plays around {who}", level=1.05, pan=0.05, drift=0.02, guest="near", guest_does="jumping"),
        Shot("{who} and the {guest} dance", "the {guest} dances near {who}", 1.1, 0.03, 0.0, doing="dancing",
             guest="near", guest_does="dancing"),
        Shot("{who} and the {guest} play {where}", "the {guest} plays {where}", 0.92, 0.07, 0.0, doing="jumping",
             guest="near", guest_does="jumping"),
    ), lively=True, social=True),
    Script((
        Shot("the {guest} moves around {who}", level=1.0, pan=0.08, drift=0.0, guest="across"),
        Shot("the {guest} passes {who}", level=1.05, pan=0.07, drift=0.03, guest="across"),
        Shot("the camera comes closer to the {guest} and {who}", level=1.2, pan=0.07, drift=0.0, guest="across"),
        Shot("the {guest} goes along with {who}", "the {guest} comes to rest near {who}", 1.0, 0.1, -0.03, guest="near",
             guest_does="resting"),
    )),
)  # fmt: skip

FAREWELL = (
    Script((
        Shot("{who} and the {guest} are seen once more, from near", level=1.14, pan=0.06, drift=0.0, guest="near"),
        Shot("the {guest} goes on alone to the {side}", level=1.0, pan=0.06, drift=0.0, guest="leaves"),
        Shot("the {guest} grows small on the {side}", level=0.92, pan=0.05, drift=0.0, guest="leaves"),
        Shot("{who} [take] the way to {aim}", "a breeze comes from {aim}", 0.88, 0.13, guest="leaves"),
    )),
    Script((
        Shot("the {guest} turns away from {who}", level=1.05, pan=0.05, drift=0.0, guest="far", guest_does="looking"),
        Shot("the {guest} leaves to the {side}", level=0.98, pan=0.07, drift=0.0, guest="leaves"),
        Shot("the {guest} is gone", level=0.94, pan=0.06, drift=0.0, guest="leaves"),
        Shot("{who} [set] out for {aim}", "the light moves on towards {aim}", 0.9, 0.13, guest="leaves"),
    )),
    Script((
        Shot("{who} and the {guest} part", level=1.0, pan=0.06, drift=0.0, guest="far"),
        Shot("{who} [watch] the {guest} go", "the {guest} goes away to the {side}", 1.05, 0.03, 0.0, doing="looking",
             guest="leaves"),
        Shot("on the {side} the {guest} disappears", level=0.96, pan=0.05, drift=0.0, guest="leaves"),
        Shot("{who} [turn] towards {aim}", "the wind comes from {aim} now", 0.9, 0.12, guest="leaves"),
    ), lively=True, social=True),
)  # fmt: skip
