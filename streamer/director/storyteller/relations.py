"""How two things lie to each other in the words: on, under, over, behind, in front of, beside, between, in. Pure.

Heard as a preposition between two things, and seen as one picture: the cat on the sofa, the fish in the bowl, the bowl
on the table. Whoever is placed so goes where that other one goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from .figures import HIGH, Figure, Scene, vessel
from .habitats import SEATS
from .holding import has_hands
from .wish import means

RELATIONS = {
    "on": "on", "onto": "on", "upon": "on", "under": "under", "beneath": "under", "below": "under", "over": "over",
    "above": "over", "behind": "behind", "before": "before", "beside": "beside", "by": "beside", "near": "beside",
    "at": "beside", "between": "between", "in": "in", "inside": "in", "within": "in", "against": "beside",
}  # fmt: skip
PHRASES = {
    "next to": "beside", "close to": "beside", "in front of": "before", "on top of": "on", "on the top of": "on",
    "at the top of": "on", "on the back of": "on", "inside of": "in", "to the left of": "beside",
    "to the right of": "beside", "at the foot of": "beside", "on the side of": "beside", "in between": "between",
    "in the middle of": "in", "out of": "from",
}  # fmt: skip
"""Prepositions of several words."""

BODY = frozenset(["shoulder", "shoulders", "head", "back", "hand", "hands", "arm", "arms", "nose", "lap", "neck", "paw",
                  "hat"])  # fmt: skip
"""Where somebody sits on somebody: "on a pirate's shoulder"."""

_TOPS = {
    "sofa": 0.62, "bed": 0.5, "chair": 0.52, "armchair": 0.52, "bench": 0.5, "throne": 0.55, "table": 0.12,
    "desk": 0.12,
    "piano": 0.05, "wall": 0.35, "tree": 0.42, "branch": 0.35, "oak": 0.42, "leaf": 0.45, "swing": 0.75, "hammock": 0.6,
    "rug": 0.5, "mat": 0.5, "carpet": 0.5, "pillow": 0.4, "boat": 0.5, "ship": 0.45, "raft": 0.6, "surfboard": 0.4,
    "bridge": 0.4, "wave": 0.5, "cloud": 0.35, "moon": 0.1, "horse": 0.38, "camel": 0.3, "elephant": 0.2, "cow": 0.3,
    "bicycle": 0.4, "motorcycle": 0.4, "sunflower": 0.3, "flower": 0.3, "rose": 0.3, "lotus": 0.4, "iceberg": 0.4,
    "skateboard": 0.2, "stage": 0.2, "plate": 0.5, "tray": 0.4, "stairs": 0.5, "house": 0.04, "castle": 0.06,
    "hill": 0.3, "fence": 0.2, "rock": 0.12, "stone": 0.12, "man": 0.2, "woman": 0.2, "pirate": 0.2,
}  # fmt: skip
"""How far below the upper edge of a thing the feet of one that is on it are, in its heights."""
_TOP = 0.1

_SITTING = frozenset(["sofa", "chair", "armchair", "bench", "throne", "swing", "bed", "fence", "wall", "rock", "stone",
                      "box", "piano"])  # fmt: skip
_SMALL = frozenset(["sunflower", "flower", "rose", "tulip", "daisy", "lotus", "branch", "leaf"])

_LEAST = 0.05  # of the picture: how high one is at least
_SWAY = (-0.14, 0.0, 0.14, 0.0)  # of who travels on or over something, in widths of that


def target_of(figure: Figure, figures: Sequence[Figure]) -> int | None:
    """The index of the one that `figure` is placed by, nearest in front of it first; None where it is not there."""
    if not figure.how or figure.role != "main":
        return None
    for n, other in enumerate(figures):
        if other is not figure and other.id != figure.id and other.role == "main" and means(figure.to, other.noun):
            mutual = other.how and means(other.to, figure.noun)
            return None if mutual else n
    return None


def ordered(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """Back to front: before what it is placed by, or behind it."""
    there = list(figures)
    for figure in figures:
        target = target_of(figure, there)
        if target is None:
            continue
        at, behind = there.index(figure), figure.behind
        if (at > target) == behind:
            other = there[target]
            there.remove(figure)
            place = there.index(other)
            there.insert(place if behind else place + 1, figure)
    return tuple(there)


def arranged(scene: Scene, boxes: list[list[float]], ridden: tuple[int, int] | None) -> None:
    """Moves the boxes (x, y, w, h) of those who are placed by another, targets first; `ridden` are arranged already."""
    figures = scene.figures
    pairs = {n: target for n, figure in enumerate(figures) if (target := target_of(figure, figures)) is not None}
    for n in ridden or ():
        pairs.pop(n, None)

    def depth(n: int) -> int:
        steps = 0
        while n in pairs and steps < len(figures):
            n, steps = pairs[n], steps + 1
        return steps

    ranks: dict[tuple[int, str], int] = {}
    for n in sorted(pairs, key=depth):
        target = pairs[n]
        rank = ranks.setdefault((target, figures[n].how), 0)
        ranks[target, figures[n].how] += 1
        many = sum(1 for k in pairs if pairs[k] == target and figures[k].how == figures[n].how)
        _place(scene, figures[n], boxes[n], figures[target], boxes[target], rank, many)
        if figures[n].how == "between":
            _part(figures, boxes, n)


def _place(
    scene: Scene, figure: Figure, box: list[float], other: Figure, by: list[float], rank: int, many: int
) -> None:
    """One box, by another one."""
    x, y, w, h = by
    aside = (rank + 0.5) / many - 0.5  # of several on the same thing
    sway = _SWAY[scene.n // 2 % 4] if figure.travels else 0.0
    how = figure.how
    side = 1 if crc32(other.id.encode("utf-8", "replace")) % 2 else -1  # the same all the time
    if how == "on":
        if w < 0.6 * box[2] and not vessel(other.noun) and not other.kind.alive and other.noun not in _SMALL:
            by[2], by[3] = 0.6 * box[2], h * 0.6 * box[2] / w  # an elephant on a ball
            _stand(by, x + w / 2, y + h)
            x, y, w, h = by
        _shrink(box, (0.5 if other.noun in _SMALL else 0.9 / many) * w, 2.2 * h if not vessel(other.noun) else 0.9 * h)
        foot = y + (0.55 if vessel(other.noun) else _TOPS.get(other.noun.split()[-1], _TOP)) * h
        if seated(figure, other):
            foot = y + 0.9 * h  # its legs hang down
        if foot - box[3] < 0.03:
            _shrink(box, box[2], max(foot - 0.03, _LEAST))
        _stand(box, x + w / 2 + (aside * 0.9 + sway) * w, foot)
    elif how == "in":
        if vessel(other.noun):
            _shrink(box, (0.7 / many) * w, 1.4 * h)
            _stand(box, x + w / 2 + 0.7 * aside * w, y + 0.62 * h)
        else:
            _shrink(box, (0.56 / many) * w, 0.56 * h)
            _stand(box, x + w / 2 + 0.6 * aside * w, y + 0.84 * h)
    elif how == "under":
        if other.noun in HIGH or other.kind.domain in ("air", "space"):
            _stand(box, x + w / 2, box[1] + box[3])
        elif h < 1.15 * box[3] and other.noun.split()[-1] in ("umbrella", "parasol", "hat", "lamp", "balloon"):
            by[2], by[3] = max(w, 1.15 * box[2]), max(h, 0.62 * box[3])
            _stand(by, box[0] + box[2] / 2, box[1] + 0.3 * box[3])
        else:
            _shrink(box, 0.62 * w, 0.55 * h)
            _stand(box, x + w / 2 + 0.6 * aside * w, y + 1.02 * h)
    elif how == "over":
        over = max(y - 0.01, 0.2)
        _shrink(box, box[2], max(over - 0.03, _LEAST))
        _stand(box, x + w / 2 + (aside + sway) * max(w, box[2]), max(min(over, box[1] + box[3]), box[3] + 0.02))
    elif how == "behind":
        out = 0.5 * w if box[3] < 1.1 * h else 0.2 * w
        _stand(box, x + w / 2 + side * out, min(box[1] + box[3], y + h - 0.015))
    elif how == "before":
        _stand(box, x + w / 2 + side * 0.12 * w + aside * w, max(box[1] + box[3], min(y + h + 0.03, 0.97)))
    elif how == "beside":
        side *= 1 if rank % 2 == 0 else -1
        gap = 0.5 * (w + box[2]) * (0.86 if figure.doing.startswith("leaning") else 1.0) + rank // 2 * box[2]
        _stand(box, x + w / 2 + side * gap, box[1] + box[3])
    elif how == "between":
        _stand(box, 0.5, box[1] + box[3])


def seated(figure: Figure, other: Figure) -> bool:
    """Whether somebody with legs to hang down sits on it."""
    return has_hands(figure.noun) and other.noun in SEATS and other.noun in _SITTING


def _part(figures: Sequence[Figure], boxes: list[list[float]], n: int) -> None:
    """The two (or more) that `n` is between give way to both sides."""
    mains = (k for k, figure in enumerate(figures) if k != n and figure.role == "main")
    around = [k for k in mains if means(figures[n].to, figures[k].noun)]
    for rank, k in enumerate(around):
        side = -1 if rank % 2 == 0 else 1
        _stand(boxes[k], 0.5 + side * (0.5 * (boxes[n][2] + boxes[k][2]) + 0.02), boxes[k][1] + boxes[k][3])


def _shrink(box: list[float], width: float, height: float) -> None:
    """So that it is at most so wide and high; its middle and its feet stay."""
    scale = min(1.0, width / box[2], height / box[3])
    if scale < 1.0:
        x, foot = box[0] + box[2] / 2, box[1] + box[3]
        box[2], box[3] = max(box[2] * scale, 0.02), max(box[3] * scale, 0.02)
        _stand(box, x, foot)


def _stand(box: list[float], x: float, foot: float) -> None:
    """Its middle and its feet there, in the picture."""
    half = box[2] / 2
    x = min(max(x, min(half + 0.01, 0.5)), max(1 - half - 0.01, 0.5))
    box[0], box[1] = x - half, max(0.015, min(foot, 0.985) - box[3])


def settled(scene: Scene, places: dict[str, float]) -> None:
    """In the middles `places`: whoever is placed by another is where that one is."""
    for figure in scene.figures:
        target = target_of(figure, scene.figures)
        if target is not None and figure.id in places and figure.how not in ("beside", "between"):
            places[figure.id] = places[scene.figures[target].id]
