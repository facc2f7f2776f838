"""From keyframe to keyframe: where everyone goes, and what the camera does. Pure.

Camera and boxes go together: what rests keeps its place on the ground while the camera pans over it and moves in, and
what travels is followed while the ground goes by. Everyone else has a mark to go to, as on a stage; where that is
follows from the shot and the number of the keyframe, so that nothing needs to be remembered but where everyone is.
"""

from __future__ import annotations

from dataclasses import replace

from streamer.director import arc

from .drama import land_of
from .figures import AIRY, HIGH, RESTING, Figure, Scene, followed, inside, level, mount, shown_size, size
from .relations import settled

# Up and down

_HORIZON = 0.62  # of the picture, at level 1; moves down as the camera comes nearer
_FEET = {"ground": 0.86, "water": 0.78, "fixed": 0.85}
_TOPS = {"air": 0.16, "space": 0.3, "deep": 0.42}
_SWIMS = frozenset(["swimming", "bathing", "paddling", "fishing"])
_DOWN = RESTING | {"landing", "launching", "parking"}
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
    if scene.place == "space" or figure.deed in AIRY and domain != "water":
        domain = "air"
    elif domain in ("air", "ground") and figure.deed in _SWIMS:
        domain = "water"
    elif domain in ("air", "space") and (figure.deed in _DOWN or (figure.kind.alive and figure.deed not in AIRY)):
        domain = "ground"  # a bird that sits, a helicopter that lands
    elif domain == "deep" and land_of(scene.place) == "water" and figure.role == "guest":
        domain = "water"
    if domain in _FEET:
        foot = (0.80 if domain == "ground" and scene.place in _WET else _FEET[domain]) - 0.025 * behind
        if figure.role == "thing" and not behind:
            foot += 0.07  # nearer than all of the main cast
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
_ASIDE = 0.2  # from the middle, where somebody rests past whom others go
_LITTLE = 0.35  # of somebody that may be hidden
_BROAD = 0.42
_FASTEST = 0.15  # pictures that the camera moves in a keyframe


def moved(scene: Scene) -> Scene:
    """The scene with everyone one keyframe further; who is outside now is gone with the next one."""
    lead = scene.lead
    if lead is None:
        return scene
    pair = mount(scene.figures)
    carried = scene.figures[pair[1]] if pair else None
    walking = [figure for figure in scene.mains if figure is not carried]
    goes_along = followed(scene.figures)
    broad = any(shown_size(figure, scene)[0] > _BROAD for figure in scene.mains)  # a wave that turned would be a jump
    heading = -lead.heading if scene.shot.turns and not broad else lead.heading
    zoom = level(scene) / scene.before
    places: dict[str, float] = {}
    if goes_along:
        pan = heading * min(max(scene.shot.pan * scene.tempo, 0.01), _FASTEST)
        for rank, figure in enumerate(sorted(walking, key=lambda figure: figure.x)):  # nobody changes places
            places[figure.id] = _followed(scene, figure, rank, len(walking), heading, zoom, pan)
    else:
        pacing = sorted((figure for figure in walking if figure.travels), key=lambda figure: figure.x)
        stretch = _stretch(scene, pacing)
        for rank, figure in enumerate(pacing):
            places[figure.id] = _paced(scene, figure, rank, len(pacing), lead.heading, stretch)
        middle = sum(figure.x for figure in pacing) / len(pacing) if pacing else lead.x
        pan = _panned(scene, lead, places.get(lead.id), zoom, 0.5 - _ASIDE * ((middle > lead.x) - (middle < lead.x)))
    for figure in scene.figures:
        if figure.id not in places and figure.role != "guest":
            places[figure.id] = _resting(scene, figure, zoom, pan)
    if pair and carried:
        rider = scene.figures[pair[0]]
        x = inside(places[rider.id], shown_size(carried, scene)[0])
        places[rider.id] = places[carried.id] = x
    settled(scene, places)
    guest = scene.guest
    if guest:
        places[guest.id] = _guest(scene, guest, lead, places, heading)
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


def _stretch(scene: Scene, pacing: list[Figure]) -> tuple[float, float]:
    """Between where those who are not followed go to and fro: beside those who rest, if there is room on their side."""
    resting = [f for f in scene.mains if not f.travels and not f.backdrop and f.noun not in HIGH]
    if not resting or not pacing:
        return 0.0, 1.0
    left = min(figure.x - shown_size(figure, scene)[0] / 2 for figure in resting)
    right = max(figure.x + shown_size(figure, scene)[0] / 2 for figure in resting)
    aside = sum(figure.x for figure in pacing) / len(pacing) > (left + right) / 2
    low, high = (right, 1.0) if aside else (0.0, left)
    room = sum(shown_size(figure, scene)[0] for figure in pacing)
    return (low, high) if high - low > 0.7 * room else (0.0, 1.0)


def _paced(scene: Scene, figure: Figure, rank: int, many: int, heading: int, stretch: tuple[float, float]) -> float:
    """To and fro, before what rests, side by side."""
    side = heading if scene.n // _PACES % 2 == 0 else -heading
    low, high = stretch
    mark = (low + high) / 2 + (high - low) * (0.4 * side + 0.6 * (rank - (many - 1) / 2)) / many
    if high - low < 1.0:
        half = shown_size(figure, scene)[0] / 2
        mark = min(max(mark, low + half), high - half) if high - low > 2 * half else low if low > 0 else high
    return inside(_towards(figure.x, mark, min(_STEP * scene.tempo, 0.16)), shown_size(figure, scene)[0])


def _panned(scene: Scene, lead: Figure, goes: float | None, zoom: float, home: float) -> float:
    """The camera's way where somebody rests: it leaves none of the main cast behind, and the lead around `home`."""
    if goes is not None:
        pan = min(scene.shot.pan * scene.tempo, 0.1) * (1 if goes >= lead.x else -1)
    elif scene.shot.drift is not None:
        pan = scene.shot.drift * scene.side
    else:
        pan = 0.6 * scene.shot.pan * scene.tempo * (1 if lead.x > home else -1)
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


def _guest(scene: Scene, guest: Figure, lead: Figure, places: dict[str, float], heading: int) -> float:
    """Whoever comes by goes to its mark, beside the lead or out of the picture.

    Where somebody of the main cast is there already (`places`), it is the nearest one beside any of them that is free.
    """
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

    def beside(figure: Figure, side: int) -> float:
        return inside(places[figure.id] + side * (0.5 * (shown_size(figure, scene)[0] + width) + 0.02), width)

    aim = inside(0.5 + side, width) if mark == "far" else beside(lead, side)
    broader = [f for f in scene.figures if f.backdrop and f.role == "main" and shown_size(f, scene)[0] > 0.9 * width]
    others = [f for f in scene.figures if f is not guest and f not in broader]
    there = [(places[f.id], shown_size(f, scene)[0]) for f in others if not _aloft(f)]
    if _taken(aim, width, there) > _LITTLE:
        marks = [beside(figure, side) for figure in scene.mains for side in (-1, 1)] + _tenths(width)
        aim = min(marks, key=lambda x: (max(_taken(x, width, there), _LITTLE), abs(x - guest.x)))
    return _towards(guest.x, aim, _STRIDE)


def _tenths(width: float) -> list[float]:
    return [inside(0.1 * tenth, width) for tenth in range(1, 10)]


def _taken(x: float, width: float, there: list[tuple[float, float]]) -> float:
    """How much of that width around `x` is behind or before another that is there (middle, width): 0 to 1."""
    return max((min((0.5 * (width + wide) - abs(x - at)) / width, 1.0) for at, wide in there), default=0.0)


def _aloft(figure: Figure) -> bool:
    """Whether it is in nobody's way."""
    return figure.noun in HIGH or (figure.role == "thing" and figure.kind.domain not in ("fixed", "ground"))


def entrance(scene: Scene, thing: Figure) -> Figure:
    """The thing where it first is: at the edge that the camera moves to, or where there is room, near the lead."""
    lead = scene.lead
    width = shown_size(thing, scene)[0]
    aloft = _aloft(thing)
    if lead and not aloft and followed(scene.figures):
        return replace(thing, x=0.5 + _AT_THE_EDGE * lead.heading)
    others = [f for f in scene.figures if f is not thing and _aloft(f) == aloft and (f.role == "thing" or not aloft)]
    there = [(figure.x, shown_size(figure, scene)[0]) for figure in others]
    marks = [0.5 + 0.25 * side for side in (scene.side, -scene.side)]
    if not aloft:
        marks = [
            inside(figure.x + side * 0.5 * (shown_size(figure, scene)[0] + 1.2 * width), width)
            for figure in reversed(scene.mains)
            for side in (scene.side, -scene.side)
        ]
    marks += _tenths(width)
    return replace(thing, x=min(marks, key=lambda x: max(_taken(x, width, there), _LITTLE)))


def gone(figure: Figure, scene: Scene) -> bool:
    """Whether it has left the picture, or its time is over, and is to be seen no more."""
    width = shown_size(figure, scene)[0]
    if figure.role == "thing" and arc.place(scene.n).beat == "calm" and arc.place(scene.n).keyframe == 0:
        return figure.noun in HIGH or figure.kind.domain not in ("fixed", "ground")
    out = 0.5 + width / 2 - 0.002  # a box that has left lies at the edge at most: that is all that a request can show
    return figure.role != "main" and abs(figure.x - 0.5) >= out
