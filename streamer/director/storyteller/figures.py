"""Who is in the picture and how large: figures, the scene that they are in, and who sits on what. Pure.

Fractions of the picture, as everywhere in a description.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .english import gerund, leading, named, plural
from .habitats import RIDDEN, SEATS
from .lexicon import NUMBERS, SIZES, TRAVELS, Kind
from .shots import OPENING, Shot
from .wish import kind_of, means

Role = Literal["main", "guest", "thing"]

GROUP = 1.9
"""How much wider the box of a group is than that of one of them."""

_TRAVELLING = frozenset(gerund(verb) for verb in TRAVELS)
RESTING = frozenset(["sitting", "sleeping", "lying", "resting", "standing", "dozing", "napping"])
AIRY = frozenset(["flying", "soaring", "floating", "hovering", "gliding", "swooping", "circling", "fluttering"])
HIGH = frozenset(["sun", "moon", "star", "full moon", "crescent moon", "shooting star", "rainbow", "cloud", "galaxy",
                  "planet", "comet", "meteor", "fireworks"])  # fmt: skip
"""What is seen in the sky and moves with nothing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing in the scene, or a group of them, and where it is going."""

    id: str
    noun: str
    look: str  # begins with the number of a group: "seven, white"
    doing: str  # of its own accord; a shot may interrupt it
    x: float  # its middle
    heading: int  # -1 left, 1 right
    role: Role = "main"  # whose film it is, who comes by in it, what is found
    how: str = ""  # where it is by another: "on", "under", … (relations.py)
    to: str = ""  # the noun of that one

    @property
    def count(self) -> int:
        """How many it is."""
        return counted(self.look)

    @property
    def name(self) -> str:
        """ "red fox", "seven white birds" """
        return named(self.look, plural(self.noun) if self.count > 1 else self.noun)

    @property
    def deed(self) -> str:
        """What it does, without to what: "reading" of "reading a book"."""
        return self.doing.partition(" ")[0]

    @property
    def kind(self) -> Kind:
        """What it has in common with others."""
        return kind_of(self.noun)

    @property
    def travels(self) -> bool:
        """Whether it goes anywhere."""
        return self.deed in _TRAVELLING and self.kind.domain != "fixed"

    @property
    def backdrop(self) -> bool:
        """Whether it is one of the large things that stand where they are: the others are in front of it."""
        return backdrop(self.noun)

    @property
    def behind(self) -> bool:
        """Whether what it is placed by is seen before it: a house, or the boat that it is in."""
        return self.how == "behind" or (self.how in ("in", "on") and vessel(self.to))

    @property
    def walks(self) -> bool:
        """Whether it has feet on the ground, and a will."""
        return self.kind.alive and self.kind.domain == "ground" and self.deed not in AIRY


@dataclass(frozen=True, slots=True)
class Scene:
    """One keyframe in the making."""

    n: int  # its number in the film
    place: str
    time: str
    weather: str
    figures: tuple[Figure, ...]  # back to front
    opening: bool = False  # of a film, or after a cut
    shot: Shot = OPENING
    tempo: float = 1.0
    near: float = 1.0  # how near the wish wants the camera
    before: float = 1.0  # how near it was in the keyframe before
    pan: float = 0.0  # during this keyframe
    entering: tuple[str, ...] = ()  # ids of those who come in with it, on a wish
    side: int = 1  # where whoever comes by comes from or goes to: -1 left, 1 right
    thing: str = ""  # noun of what is found in this beat
    aim: str = ""  # the place where the film goes next

    @property
    def mains(self) -> tuple[Figure, ...]:
        """Those whose film it is; whoever is there, where none of them is."""
        return tuple(figure for figure in self.figures if figure.role == "main") or self.figures

    @property
    def lead(self) -> Figure | None:
        """The one in front, whom the camera follows and the sentence is about."""
        mains = self.mains
        if not mains:
            return None
        behind = (f for f in mains[:-1] if f.behind and f.to and means(f.to, mains[-1].noun))
        return next(behind, mains[-1])

    @property
    def guest(self) -> Figure | None:
        """Who came by."""
        return next((figure for figure in self.figures if figure.role == "guest"), None)


_VESSELS = frozenset(["boat", "rowboat", "canoe", "kayak", "gondola", "ship", "sailboat", "car", "bathtub", "basket",
                      "sleigh", "wagon", "carriage", "cart", "teacup", "bucket", "box", "nest"])  # fmt: skip


def vessel(noun: str) -> bool:
    """Whether somebody in it is seen down to the waist."""
    return bool(noun) and noun.split()[-1] in _VESSELS


def backdrop(noun: str) -> bool:
    """A building or a tree, a sofa or a table."""
    kind = kind_of(noun)
    return kind.domain == "fixed" and kind.height >= 0.3


def size(figure: Figure, crowd: int) -> tuple[float, float]:
    """Width and height among `crowd` figures, where the camera is at level 1."""
    return _size(figure.noun, figure.look, figure.role, crowd)


@lru_cache(maxsize=512)  # asked for twenty times a keyframe
def _size(noun: str, look: str, role: Role, crowd: int) -> tuple[float, float]:
    kind = kind_of(noun)
    scale = (1.0, 1.0, 0.88, 0.78, 0.7)[min(crowd, 4)]
    for word in leading(look):
        scale *= SIZES.get(word, 1.0)
    if role == "thing":
        scale *= 0.8
    if counted(look) > 1:
        return min(kind.width * scale * GROUP, 0.72), min(kind.height * scale * 1.25, 0.6)
    return min(kind.width * scale, 0.8), min(kind.height * scale, 0.75)


def counted(look: str) -> int:
    """How many they are of whom that is said: "seven, white"."""
    first = look.replace(",", " ").split()[:1]
    return NUMBERS.get(first[0], 1) if first else 1


_BREATH = 1.012  # the camera never stands quite still
_GUESTS = 0.9  # it steps back for whoever comes by
_WIDEST, _HIGHEST = 0.92, 0.84  # of a main figure


def level(scene: Scene) -> float:
    """How near the camera is at the end of a keyframe: never so near that one of the main cast would not fit in."""
    near = scene.near * scene.shot.level * (_BREATH if scene.n % 2 else 1.0 / _BREATH)
    near *= _GUESTS if scene.guest else 1.0
    crowd = len(scene.mains)
    for figure in scene.mains:
        if figure.noun not in HIGH:
            width, height = size(figure, crowd)
            near = min(near, _WIDEST / width, _HIGHEST / height)
    return near


def shown_size(figure: Figure, scene: Scene) -> tuple[float, float]:
    """Width and height in the keyframe."""
    width, height = size(figure, len(scene.mains))
    near = 1.0 if figure.noun in HIGH else level(scene)
    return min(width * near, _WIDEST), min(height * near, _HIGHEST)


def inside(x: float, width: float) -> float:
    """The middle nearest to `x` at which all of it is in the picture."""
    return min(max(x, min(width / 2 + 0.01, 0.5)), max(1 - width / 2 - 0.01, 0.5))


def mount(figures: tuple[Figure, ...]) -> tuple[int, int] | None:
    """(rider, what it rides), where somebody rides, or rests on, something that is seen too."""
    cast = [figure for figure in figures if figure.role == "main"]
    for rider, figure in enumerate(figures):
        if figure.role != "main" or not figure.kind.alive:
            continue
        if figure.deed in RESTING and len(cast) == 2 and figure.count == 1:
            for seat, other in enumerate(figures):
                if figure.how in ("", "on") and other.noun in SEATS and other is not figure and other.role == "main":
                    return rider, seat
        if figure.deed in ("riding", "surfing", "sailing", "rowing", "paddling", "flying"):
            for ridden, other in enumerate(figures):
                airy = figure.deed != "flying" or other.noun in ("broom", "dragon", "cloud")
                found = other is not figure and other.role == "main" and other.count == 1
                if found and other.noun in RIDDEN and airy:
                    return rider, ridden
    return None


def followed(figures: tuple[Figure, ...]) -> bool:
    """Whether the camera goes along: all of the main cast travel, but for what is ridden."""
    pair = mount(figures)
    walking = [f for n, f in enumerate(figures) if f.role == "main" and not (pair and n == pair[1])]
    return bool(walking) and all(figure.travels for figure in walking)
