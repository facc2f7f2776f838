"""From scene to scene: who is where and how large, and what happens next. Pure.

Camera and boxes go together: what rests keeps its place on the ground while the camera pans over it and moves in, and
what travels is followed. Fractions of the picture, as everywhere in a description.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .english import gerund, plural
from .habitats import RIDDEN, SEATS
from .hearing import kind_of
from .lexicon import NUMBERS, SIZES, TRAVELS, Kind

GROUP = 1.9
"""How much wider the box of a group is than that of one of them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing in the scene, or a group of them, and where it is going."""

    id: str
    noun: str
    look: str  # begins with the number of a group: "seven, white"
    doing: str  # of its own accord; a beat may interrupt it
    x: float  # its middle
    heading: int  # -1 left, 1 right

    @property
    def count(self) -> int:
        """How many it is."""
        first = self.look.replace(",", " ").split()[:1]
        return NUMBERS.get(first[0], 1) if first else 1

    @property
    def name(self) -> str:
        """ "red fox", "seven white birds" """
        noun = plural(self.noun) if self.count > 1 else self.noun
        return f"{self.look.replace(',', '')} {noun}".strip()

    @property
    def kind(self) -> Kind:
        """What it has in common with others."""
        return kind_of(self.noun)

    @property
    def travels(self) -> bool:
        """Whether it goes anywhere."""
        return self.doing in _TRAVELLING and self.kind.domain != "fixed"


_TRAVELLING = frozenset(gerund(verb) for verb in TRAVELS)


@dataclass(frozen=True, slots=True)
class Scene:
    """One keyframe in the making."""

    n: int  # its number in the film
    place: str
    time: str
    weather: str
    figures: tuple[Figure, ...]  # back to front
    opening: bool = False  # of a film, or after a cut
    spice: int = 0  # from the words: two films do not share their rhythm
    tempo: float = 1.0
    near: float = 1.0  # how near the wish wants the camera
    level: float = 1.0  # how near it was in the keyframe before
    pan: float = 0.0  # during this keyframe
    entering: tuple[str, ...] = ()  # ids of those who come in with it


# Beats


@dataclass(frozen=True, slots=True)
class Beat:
    """What happens in one keyframe. Words: {who} {is} {doing} {where} {air}; a verb in brackets agrees with {who}."""

    moves: str  # said of one that travels
    rests: str  # said of one that stays
    level: float  # how near the camera is: 1, as at the start
    speed: float  # of those that travel
    pan: float  # along the first figure's heading
    doing: str = ""  # of a living one that travels, instead of what it does by itself
    turns: bool = False


BEATS = (
    Beat("{who} {is} {doing} {where}", "{who} {is} {doing} {where}", 1.0, 1.0, 0.08),
    Beat("{who} [come] nearer, {doing}", "the camera finds {who} {doing}", 1.14, 0.8, 0.03),
    Beat("{who} [keep] {doing}", "{who} [be] still {doing}", 1.14, 1.2, 0.11),
    Beat("{who} {is} slowing down", "{air} around {who}", 1.1, 0.45, 0.02, doing="slowing down"),
    Beat("{who} [go] on {doing} {where}", "{where}, {who} {is} {doing}", 1.0, 1.1, 0.1),
    Beat("far away, {who} {is} {doing}", "far away, {who} {is} {doing}", 0.88, 0.9, 0.03),
    Beat("{air} and {who} {is} {doing}", "{air} and {who} {is} {doing}", 0.94, 1.25, 0.1),
    Beat("{who} [turn] around, {doing}", "the camera lingers on {who}, {doing}", 1.0, 0.7, 0.03, turns=True),
)
ORDERS = ((0, 4, 1, 2, 3, 7, 5, 6), (0, 1, 3, 2, 4, 5, 6, 7), (0, 6, 5, 4, 1, 2, 7, 3), (0, 2, 1, 3, 7, 4, 6, 5))
"""Every film opens with the first beat and has one of these rounds after that."""

_BREATH = 1.012  # the camera never stands quite still


def beat_of(scene: Scene) -> Beat:
    """The beat of a keyframe."""
    order = ORDERS[scene.spice % len(ORDERS)]
    return BEATS[0] if scene.opening else BEATS[order[scene.n % len(order)]]


def level(scene: Scene) -> float:
    """How near the camera is at the end of a keyframe."""
    return scene.near * beat_of(scene).level * (_BREATH if scene.n % 2 else 1.0 / _BREATH)


# Sizes and places


def size(figure: Figure, crowd: int) -> tuple[float, float]:
    """Width and height among `crowd` figures, where the camera is at level 1."""
    kind = figure.kind
    scale = (1.0, 1.0, 0.88, 0.78, 0.7)[min(crowd, 4)]
    for word in figure.look.replace(",", "").split():
        scale *= SIZES.get(word, 1.0)
    if figure.count > 1:
        return min(kind.width * scale * GROUP, 0.72), min(kind.height * scale * 1.25, 0.6)
    return min(kind.width * scale, 0.8), min(kind.height * scale, 0.75)


def shown_size(figure: Figure, scene: Scene) -> tuple[float, float]:
    """Width and height in the keyframe."""
    width, height = size(figure, len(scene.figures))
    near = 1.0 if figure.noun in _HIGH else level(scene)
    return min(width * near, 0.92), min(height * near, 0.84)


_HORIZON = 0.62  # of the picture, at level 1; moves down as the camera comes nearer
_FEET = {"ground": 0.86, "water": 0.78, "fixed": 0.85}
_TOPS = {"air": 0.16, "space": 0.3, "deep": 0.42}
_HIGH = frozenset(["sun", "moon", "star", "full moon", "crescent moon", "shooting star", "rainbow", "cloud", "galaxy"])
_WET = frozenset(["sea", "harbour", "lake", "pond", "river", "canal"])


def top(figure: Figure, place: int, scene: Scene) -> float:
    """Where the upper edge of the `place`-th figure (0: hindmost) is."""
    near = level(scene)
    _, height = size(figure, len(scene.figures))
    shown = shown_size(figure, scene)[1]
    behind = len(scene.figures) - 1 - place
    sway = 0.012 if (scene.n + place) % 2 else -0.012
    domain = figure.kind.domain
    if figure.noun in _HIGH:
        return 0.08 + sway
    if scene.place == "space" or figure.doing in AIRY and domain != "water":
        domain = "air"
    if domain in _FEET:
        foot = (0.80 if domain == "ground" and scene.place in _WET else _FEET[domain]) - 0.025 * behind
    else:
        foot = _TOPS[domain] + 0.07 * place + height + 2 * sway
    foot = 0.5 + (_HORIZON - 0.5) * near + (foot - _HORIZON) * near
    return max(0.02, min(foot, 0.97) - shown)


def inside(x: float, width: float) -> float:
    """The middle nearest to `x` at which all of it is in the picture."""
    return min(max(x, min(width / 2 + 0.01, 0.5)), max(1 - width / 2 - 0.01, 0.5))


RESTING = frozenset(["sitting", "sleeping", "lying", "resting", "standing", "dozing", "napping"])
AIRY = frozenset(["flying", "soaring", "floating", "hovering", "gliding", "swooping", "circling", "fluttering"])


def mount(figures: tuple[Figure, ...]) -> tuple[int, int] | None:
    """(rider, what it rides), where somebody rides, or rests on, something that is seen too."""
    for rider, figure in enumerate(figures):
        if figure.kind.alive and figure.doing in RESTING and len(figures) == 2 and figure.count == 1:
            for seat, other in enumerate(figures):
                if other.noun in SEATS and other is not figure:
                    return rider, seat
        if figure.kind.alive and figure.doing in ("riding", "surfing", "sailing", "rowing", "paddling", "flying"):
            for ridden, other in enumerate(figures):
                airy = figure.doing != "flying" or other.noun in ("broom", "dragon", "cloud")
                if other is not figure and other.noun in RIDDEN and other.count == 1 and airy:
                    return rider, ridden
    return None


def moved(scene: Scene) -> Scene:
    """The scene with everyone one keyframe further: those that travel do, and turn at the edges; the ground goes by."""
    beat = beat_of(scene)
    front = len(scene.figures) - 1
    zoom = level(scene) / scene.level
    figures: list[Figure] = []
    for k, figure in enumerate(scene.figures):
        width = shown_size(figure, scene)[0]
        if not figure.travels:
            figures.append(figure)
            continue
        heading = -figure.heading if beat.turns and k == front else figure.heading
        step = (0.14 if figure.kind.height < 0.4 else 0.11) * (beat.speed if k == front else 0.9) * scene.tempo
        step = min(step, 0.2)
        x = figure.x + heading * step
        if x != inside(x, width):
            heading = -heading
            x = inside(figure.x + heading * step, width)
        figures.append(replace(figure, x=x, heading=heading))
    pan = beat.pan * scene.tempo
    if figures and figures[-1].travels:
        pan *= figures[-1].heading
    else:  # to and fro over what rests
        pan *= 0.6 * (1 if not figures or figures[-1].x > 0.5 else -1)
    resting = [f for f in figures if not f.travels and f.noun not in _HIGH]
    for figure in resting:  # the camera leaves nobody behind
        width = shown_size(figure, scene)[0]
        x = 0.5 + (figure.x - 0.5) * zoom
        pan = min(max(pan, x - inside(1.0, width)), x - inside(0.0, width))
    figures = [
        replace(f, x=inside(0.5 + (f.x - 0.5) * zoom - pan, shown_size(f, scene)[0])) if f in resting else f
        for f in figures
    ]
    pair = mount(tuple(figures))
    if pair:
        rider, ridden = pair
        x = inside(figures[rider].x, shown_size(figures[ridden], scene)[0])
        figures[rider] = replace(figures[rider], x=x)
        figures[ridden] = replace(figures[ridden], x=x, heading=figures[rider].heading)
    return replace(scene, figures=tuple(figures), pan=round(pan, 3))
