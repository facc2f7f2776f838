"""From keyframe to keyframe: where everyone goes, and what the camera does. Pure.

Camera and boxes go together: what rests keeps its place on the ground while the camera pans over it and moves in, and
what travels is followed while the ground goes by. Everyone else has a mark to go to, as on a stage; where that is
follows from the shot and the number of the keyframe, so that nothing needs to be remembered but where everyone is.
"""

from __future__ import annotations

from dataclasses import replace

from streamer.director import arc

from .drama import land_of
from .figures import AIRY, HIGH, Figure, Scene, followed, inside, level, mount, shown_size, size

# Up and down

_HORIZON = 0.62  # of the picture, at level 1; moves down as the camera comes nearer
_FEET = {"ground": 0.86, "water": 0.78, "fixed": 0.85}
_TOPS = {"air": 0.16, "space": 0.3, "deep": 0.42}
_WET = frozenset(["sea", "harbour", "lake", "pond", "river", "canal"])


def top(figure: Figure, place: int, scene: Scene) -> float:
    """Where the upper edge of the `place`-th figure (0: hindmost) is."""
    near = level(scene)
    _, height = size(figure, len(scene.mains))
    shown = shown_size(figure, scene)[1]
    behind = sum(other.role == "main" for other in scene.figures[place + 1 :])
    rank = sum(other.role == figure.role for other in scene.figures[:place])
    sway = 0.012 if (scene.n + place) % 2 else -0.012
    domain = figure.kind.domain
    if figure.noun in HIGH:
        return 0.08 + sway
    if scene.place == "space" or figure.doing in AIRY and domain != "water":
        domain = "air"
    elif domain == "deep" and land_of(scene.place) == "water" and figure.role == "guest":
        domain = "water"
    if domain in _FEET:
        foot = (0.80 if domain == "ground" and scene.place in _WET else _FEET[domain]) - 0.025 * behind
    else:
        foot = _TOPS[domain] + 0.07 * rank + height + 2 * sway
        if figure.role == "guest":  # comes down to those it meets
            foot += {"comes": -0.06, "leaves": -0.06, "far": 0.02}.get(scene.shot.guest, 0.14)
    foot = 0.5 + (_HORIZON - 0.5) * near + (foot - _HORIZON) * near
    return max(0.02, min(foot, 0.97) - shown)


# Left and right

_STEP = 0.12  # of one of the main cast, in a keyframe
_STRIDE = 0.19  # of who comes by
_LEAP = 0.24  # out of the picture
_BEFORE_IT = (-0.06, 0.0, 0.06, 0.02)  # how far before its mark somebody is who is followed
_PACES = 5  # keyframes from one side to the other, for those that are not followed
_STANDING = frozenset(["looking", "resting"])
_AT_THE_EDGE = 0.5
_FASTEST = 0.2  # pictures that the camera moves in a keyframe


def moved(scene: Scene) -> Scene:
    """The scene with everyone one keyframe further; who is outside now is gone with the next one."""
    lead = scene.lead
    if lead is None:
        return scene
    pair = mount(scene.figures)
    carried = scene.figures[pair[1]] if pair else None
    walking = [figure for figure in scene.mains if figure is not carried]
    goes_along = followed(scene.figures)
    heading = -lead.heading if scene.shot.turns else lead.heading
    zoom = level(scene) / scene.before
    places: dict[str, float] = {}
    if goes_along:
        pan = heading * min(max(scene.shot.pan * scene.tempo, 0.01), _FASTEST)
        for rank, figure in enumerate(walking):
            places[figure.id] = _followed(scene, figure, rank, len(walking), heading, zoom, pan)
    else:
        for rank, figure in enumerate(walking):
            if figure.travels:
                places[figure.id] = _paced(scene, figure, rank)
        pan = _panned(scene, lead, places.get(lead.id), zoom)
    for figure in scene.figures:
        if figure.id not in places and figure.role != "guest":
            places[figure.id] = _resting(scene, figure, zoom, pan)
    if pair and carried:
        rider = scene.figures[pair[0]]
        x = inside(places[rider.id], shown_size(carried, scene)[0])
        places[rider.id] = places[carried.id] = x
    guest = scene.guest
    if guest:
        places[guest.id] = _guest(scene, guest, lead, places[lead.id], heading)
    figures = tuple(
        replace(f, x=places[f.id], heading=heading if goes_along and f.role == "main" else f.heading)
        for f in scene.figures
    )
    return replace(scene, figures=figures, pan=round(pan, 3))


def _towards(x: float, mark: float, step: float) -> float:
    return x + min(max(mark - x, -step), step)


def _followed(scene: Scene, figure: Figure, rank: int, many: int, heading: int, zoom: float, pan: float) -> float:
    """It keeps near its mark while the ground goes by; where it stands still, it goes by with the ground."""
    width = shown_size(figure, scene)[0]
    if scene.shot.doing in _STANDING and figure.walks:
        return inside(0.5 + (figure.x - 0.5) * zoom - pan, width)
    mark = 0.5 if many == 1 else 0.2 + 0.6 * rank / (many - 1)
    if scene.guest:  # makes room
        mark = 0.5 + (mark - 0.5) * 0.7 - 0.13 * (1 if scene.guest.x > figure.x else -1)
    mark += _BEFORE_IT[(scene.n + rank) % 4] * heading
    x = _towards(figure.x, mark, _STEP)
    return inside(x if (x - figure.x + pan) * heading > 0 else figure.x - pan, width)  # nobody goes backwards


def _paced(scene: Scene, figure: Figure, rank: int) -> float:
    """To and fro, before what rests."""
    side = 1 if (scene.n + 2 * rank) // _PACES % 2 == 0 else -1
    mark = 0.5 + 0.4 * side * figure.heading
    return inside(_towards(figure.x, mark, min(_STEP * scene.tempo, 0.16)), shown_size(figure, scene)[0])


def _panned(scene: Scene, lead: Figure, goes: float | None, zoom: float) -> float:
    """The camera's way where somebody rests: it leaves none of the main cast behind."""
    if goes is not None:
        pan = min(scene.shot.pan * scene.tempo, 0.1) * (1 if goes >= lead.x else -1)
    elif scene.shot.drift is not None:
        pan = scene.shot.drift * scene.side
    else:
        pan = 0.6 * scene.shot.pan * scene.tempo * (1 if lead.x > 0.5 else -1)
    for figure in scene.mains:
        if not figure.travels and figure.noun not in HIGH:
            width = shown_size(figure, scene)[0]
            x = 0.5 + (figure.x - 0.5) * zoom
            pan = min(max(pan, x - inside(1.0, width)), x - inside(0.0, width))
    return pan


def _resting(scene: Scene, figure: Figure, zoom: float, pan: float) -> float:
    """What keeps its place on the ground, or in the sky, or floats on the spot."""
    if figure.noun in HIGH:
        return figure.x
    if figure.role == "thing" and figure.kind.domain not in ("fixed", "ground"):
        return figure.x + (0.04 if scene.n % 2 else -0.04)
    x = 0.5 + (figure.x - 0.5) * zoom - pan
    return x if figure.role == "thing" else inside(x, shown_size(figure, scene)[0])


def _guest(scene: Scene, guest: Figure, lead: Figure, x: float, heading: int) -> float:
    """Whoever comes by goes to its mark, beside the lead or out of the picture."""
    width = shown_size(guest, scene)[0]
    side = 1 if guest.x >= lead.x else -1
    mark = scene.shot.guest
    if mark == "comes":
        return 0.5 + _AT_THE_EDGE * scene.side
    if mark == "leaves":
        side = 1 if guest.x >= 0.5 else -1
        return guest.x + side * (_LEAP if abs(guest.x - 0.5) > 0.35 else _STRIDE)
    if mark == "ahead":
        side = heading
    elif mark == "behind":
        side = -heading
    elif mark == "across":
        side = -scene.side
    gap = 0.5 * (shown_size(lead, scene)[0] + width) + 0.02
    aim = 0.5 + side if mark == "far" else x + side * gap
    return _towards(guest.x, inside(aim, width), _STRIDE)


def entrance(scene: Scene, thing: Figure) -> Figure:
    """The thing where it first is: at the edge that the camera moves to, or in the sky."""
    lead = scene.lead
    width = shown_size(thing, scene)[0]
    aloft = thing.noun in HIGH or thing.kind.domain not in ("fixed", "ground")
    if lead and not aloft and followed(scene.figures):
        return replace(thing, x=0.5 + _AT_THE_EDGE * lead.heading)
    for side in (scene.side, -scene.side):  # where nothing else was found
        x = 0.5 + 0.25 * side
        if lead and not aloft:
            x = inside(lead.x + side * (0.5 * shown_size(lead, scene)[0] + width), width)
        if all(abs(other.x - x) > 0.2 for other in scene.figures if other.role == "thing" and other is not thing):
            break
    return replace(thing, x=x)


def gone(figure: Figure, scene: Scene) -> bool:
    """Whether it has left the picture, or its time is over, and is to be seen no more."""
    width = shown_size(figure, scene)[0]
    if figure.role == "thing" and arc.place(scene.n).beat == "calm" and arc.place(scene.n).keyframe == 0:
        return figure.noun in HIGH or figure.kind.domain not in ("fixed", "ground")
    return figure.role != "main" and not -width / 2 < figure.x < 1 + width / 2
