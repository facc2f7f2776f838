"""Who is in a film: at its start, after a steer, and in every scene after that. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from math import prod
from typing import Literal

from .drama import in_season, land_of, sheltered
from .figures import HIGH, Figure, Role, Scene, inside, mount, size
from .habitats import COMES_WITH, HOMES, LIVES_IN, NIGHTLY, NOBODY, RIDDEN, SCENES, SWIMMERS
from .hearing import hear
from .lexicon import COLOURS, COUNTED, MANY, SIZES
from .reading import words_of
from .relations import ordered, target_of
from .wish import Subject, Wish, habit, kind_of, means

MAX_THINGS = 4
GUEST, THING = "guest-", "thing-"
"""How the ids begin of who comes by and of what is found: so a keyframe tells who is who."""


def opened(wish: Wish, words: str) -> Scene:
    """The first keyframe of a film, or after a cut to something else."""
    subjects, place = wish.subjects, wish.place
    if not subjects:
        (noun, home), look = _somebody(wish, words), wish.look
        if not NOBODY.isdisjoint(words_of(words)):
            noun, home, look = "chair", "room", "empty"
        subjects, place = (Subject(noun, look, wish.doing),), place or home
    place = place or _home(subjects)
    if wish.weather == "snow" and not wish.place and kind_of(subjects[0].noun).domain == "ground":
        place = place if place in ("snowy mountains", "forest") else "snowy field"
    subjects = tuple(_at_home(subject, place) for subject in subjects)
    place = in_season(place, wish.season)
    figures = cast(subjects, {}, enter=False)
    follows = figures[-1].heading if all(figure.travels for figure in figures) else 0
    return Scene(
        n=0,
        place=place,
        time=wish.time or ("night" if any(subject.noun in NIGHTLY for subject in subjects) else "day"),
        weather=wish.weather or ("" if sheltered(place) else "clear"),
        figures=figures,
        opening=True,
        pan=0.06 * follows,
    )


def _somebody(wish: Wish, words: str) -> tuple[str, str]:
    """Someone for a wish in which nobody could be seen, and where."""
    if wish.place in LIVES_IN:
        return LIVES_IN[wish.place], wish.place
    if wish.doing:
        return "dog", SCENES.get(wish.doing, "park")
    noun, home = COMES_WITH.get(wish.weather) or COMES_WITH.get(wish.time) or ("", "")
    noun = noun or ("lantern", "balloon", "bird", "boat", "butterfly")[_crc(words) % 5]
    return noun, home or HOMES.get(noun) or kind_of(noun).place


def _at_home(subject: Subject, place: str) -> Subject:
    """What a bird does on a lake, a cat on a sofa and a man on a horse, unless the words say otherwise."""
    if subject.doing:
        return subject
    if subject.noun in SWIMMERS and land_of(place) == "water":
        return replace(subject, doing="swimming")
    kind = kind_of(subject.noun)
    if not kind.alive or subject.how not in ("on", "in") or kind.domain == "deep":
        return subject
    if subject.to in RIDDEN:
        return replace(subject, doing="riding" if kind_of(subject.to).alive else "sailing")
    return replace(subject, doing="sitting")


def _home(subjects: Sequence[Subject]) -> str:
    """Where the subjects would be found."""
    for subject in subjects:
        if subject.doing in SCENES:
            return SCENES[subject.doing]
    homes = [HOMES.get(subject.noun) or kind_of(subject.noun).place for subject in subjects]
    for telling in ("sea", "room", "bedroom", "kitchen", "snowy field"):  # a wave is at sea, whoever is with it
        if telling in homes:
            return telling
    grounded = [home for home in homes if home not in ("sky", "space")]
    return homes[0] if not grounded or homes[0] == "space" else grounded[0]


def begins_anew(words: str, nouns: Iterable[str]) -> bool:
    """Whether a wish is about others than those who are there: a film of its own, and nothing of this one stays."""
    wish = hear(words)
    there = frozenset(nouns)
    known = any((s.noun in there or _meant(s.noun, there) in there) and not s.other for s in wish.subjects)
    return bool(wish.subjects) and not known and _alone(wish)


def _alone(wish: Wish) -> bool:
    """Whether nothing in it is about who is there."""
    return not (wish.adds or wish.refers or wish.removes)


def turned(scene: Scene, wish: Wish, words: str, transition: str = "") -> Scene:
    """The first keyframe after a steer: what the wish leaves alone stays; `transition` is how, where that is asked."""
    nouns = {figure.noun for figure in scene.figures}
    said = [s if s.noun in nouns else replace(s, noun=_meant(s.noun, nouns)) for s in wish.subjects]
    known = {s.noun: s for s in said if s.noun in nouns and not s.other}
    fresh = tuple(s for s in said if s.noun not in known)
    if fresh and not known and _alone(wish) and transition != "blend":
        return opened(wish, words)
    there = [f for f in scene.figures if f.role != "thing" or f.noun in known]
    lost = [f for f in there if f.noun in wish.removes]
    figures = [changed(f, known.get(f.noun)) for f in there if f.noun not in wish.removes]
    if not wish.subjects and not wish.removes and not wish.only_manner:
        # "make it blue", "run!": said of the one in front
        front = scene.lead
        figures = [changed(f, Subject(f.noun, wish.look, wish.doing)) if f is front else f for f in figures]
        figures = list(bidden(figures, wish))
    if wish.camera == "in" and known:  # who is looked at is in front
        figures.sort(key=lambda figure: figure.noun in known)
    entering = cast(fresh, {f.id: f for f in figures}, enter=True)
    if lost and entering:  # "turn the fox into a wolf": in its place
        entering = tuple(replace(a, x=b.x, heading=b.heading) for a, b in zip(entering, lost, strict=False))
    # Who comes is what is new to see; "give the fox a hat" is about the fox.
    both = [*entering, *figures][-MAX_THINGS:] if known else [*figures, *entering]
    return replace(
        scene,
        n=0,
        opening=transition == "cut",
        place=in_season(wish.place or scene.place, wish.season),
        time=wish.time or scene.time,
        weather=wish.weather or scene.weather,
        figures=ordered(back_to_front(both[-MAX_THINGS:])),
        entering=tuple(figure.id for figure in entering),
    )


def bidden(figures: Iterable[Figure], wish: Wish) -> tuple[Figure, ...]:
    """ "dance!", "everyone dances": done by the one in front, or by all that live."""
    there = tuple(figures)
    if not wish.doing or wish.subjects or wish.removes:
        return there
    mains = [figure for figure in there if figure.role == "main"]
    if wish.everyone:
        doers = [figure for figure in there if figure.kind.alive or figure.kind is kind_of("")]
    else:
        doers = mains[-1:]
    return tuple(replace(f, doing=wish.doing) if any(f is doer for doer in doers) else f for f in there)


def _meant(said: str, nouns: Iterable[str]) -> str:
    """The noun of who is there that may be called so: the lighthouse keeper is "the keeper" too."""
    return next((noun for noun in nouns if means(said, noun)), said)


def changed(figure: Figure, said: Subject | None) -> Figure:
    """A figure as somebody now says it is: a colour instead of its colour, a size instead of its size.

    Whoever is spoken of belongs to the main cast.
    """
    if said is None:
        return figure
    look = figure.look
    for word in said.look.split(", ") if said.look else ():
        group = next((group for group in (COLOURS, frozenset(SIZES)) if word in group), frozenset[str]())
        kept = [old for old in look.split(", ") if old and old not in group and old != word]
        look = ", ".join([*kept, word])
    how, to = (said.how, said.to) if said.how else (figure.how, figure.to)
    return replace(figure, look=look, doing=said.doing or figure.doing, role="main", how=how, to=to)


def cast(subjects: Sequence[Subject], there: dict[str, Figure], *, enter: bool) -> tuple[Figure, ...]:
    """Figures for the subjects, spread over the picture, or entering from the sides. The first one said is in front.

    A few of a kind are figures of their own; more are one group.
    """
    alone = sum(subject.count for subject in subjects) <= MAX_THINGS - (1 if there else 0)
    singles: list[Subject] = []
    for subject in subjects:
        if subject.count == 1 or (alone and subject.count <= MAX_THINGS):
            singles += [subject] * subject.count
        else:
            look = ", ".join(word for word in (COUNTED[min(subject.count, MANY)], subject.look) if word)
            singles.append(replace(subject, look=look))
    singles = singles[:MAX_THINGS]
    figures: list[Figure] = []
    used = dict.fromkeys(there)
    for subject in singles:
        base = "-".join(subject.noun.split())
        name = next(name for name in (base, *(f"{base}-{i}" for i in range(2, 99))) if name not in used)
        used[name] = None
        figures.append(
            Figure(
                name, subject.noun, subject.look, subject.doing or habit(subject.noun), 0.5, heading(name),
                how=subject.how, to=subject.to,
            )
        )  # fmt: skip
    if enter:
        placed = [
            replace(f, x=0.12 if n % 2 == 0 else 0.88, heading=1 if n % 2 == 0 else -1) for n, f in enumerate(figures)
        ]
        crowd = len(placed) + len(there)
        return tuple(replace(f, x=inside(f.x, size(f, crowd)[0])) for f in reversed(placed))
    return spread(ordered(back_to_front(reversed(figures))))


_BROAD = 0.4  # of the picture: the large animals


def back_to_front(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """What stands large where it is behind all others, buildings behind furniture; else as they come.

    So it is with an elephant that sleeps, where a mouse runs past it.
    """
    there = tuple(figures)
    passing = [prod(size(figure, 1)) for figure in there if figure.travels and figure.kind.alive]

    def depth(figure: Figure) -> float:
        if figure.backdrop:
            return -1.0 - figure.kind.height
        rests = bool(passing) and not figure.travels and figure.kind.alive and figure.kind.width >= _BROAD
        return -1.0 if rests and prod(size(figure, 1)) > 1.5 * max(passing) else 0.0

    return tuple(sorted(there, key=depth))


def spread(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """The main cast as a scene finds it: side by side, all going the same way."""
    roots = tuple(figure for figure in figures if target_of(figure, figures) is None)
    if len(roots) < len(figures):  # the others are placed by them
        placed_by = {figure.id: figure for figure in spread(roots)}
        way = next(iter(placed_by.values())).heading
        return tuple(placed_by.get(figure.id) or replace(figure, x=0.5, heading=way) for figure in figures)
    placed: list[Figure] = []
    span = 0.24 if len(figures) == 2 and all(figure.deed in ("hugging", "kissing") for figure in figures) else 0.6
    for n, figure in enumerate(reversed(figures)):
        if len(figures) == 1:
            x = 0.5 - 0.2 * figure.heading if figure.travels else 0.5
        else:
            x = 0.5 + span * (n / (len(figures) - 1) - 0.5)
        way = placed[0].heading if placed else figure.heading
        placed.append(replace(figure, x=inside(x, size(figure, len(figures))[0]), heading=way))
    there = tuple(reversed(placed))
    pair = mount(there)
    if pair:
        rider, ridden = (there[k] for k in pair)
        x = rider.x if rider.travels else 0.5
        there = tuple(replace(f, x=x, heading=rider.heading) if f in (rider, ridden) else f for f in there)
    return there


def joined(scene: Scene, noun: str, look: str, role: Literal["guest", "thing"]) -> Scene:
    """The scene with one more: in front of all buildings, behind the others of the main cast.

    What is found is small, so that it is seen in front of those who are much larger. A thing makes room for a guest.
    """
    prefix = GUEST if role == "guest" else THING
    newcomer = Figure(prefix + "-".join(noun.split()), noun, look, habit(noun), 0.5, 1, role=role)
    figures = [figure for figure in scene.figures if figure.id != newcomer.id]
    if len(figures) == MAX_THINGS:
        figures = [figure for figure in figures if figure.role != "thing"]
    area = prod(size(newcomer, 1))
    others = [figure for figure in figures if not figure.backdrop and figure.role != "thing"]
    if role == "thing" and newcomer.noun not in HIGH and all(area < 0.5 * prod(size(f, 1)) for f in others):
        return replace(scene, figures=(*figures, newcomer))

    def farther(figure: Figure) -> bool:
        large = prod(size(figure, 1)) >= 0.5 * area or figure.noun in HIGH
        return figure.backdrop or (role == "guest" and figure.role == "thing" and large)

    behind = sum(1 for _ in takewhile(farther, figures))
    return replace(scene, figures=(*figures[:behind], newcomer, *figures[behind:]))


def role_of(name: str) -> Role:
    """Who somebody with that id is."""
    return "guest" if name.startswith(GUEST) else "thing" if name.startswith(THING) else "main"


def heading(name: str) -> int:
    """Which way somebody goes of whom nothing else is known."""
    return -1 if _crc(name) % 3 == 0 else 1


def _crc(words: str) -> int:
    return zlib.crc32(words.encode("utf-8", "replace"))
