"""What happens when: places, light, weather, who comes by and what goes wrong, by dice from (words, seed, scene). Pure.

Nothing is remembered: a choice is a function of the words, the seed, the number of the keyframe and the keyframe
before it, so that any window of a film says what one long answer would have said.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from streamer.director import arc

from . import encounters, sayings, shots
from .figures import backdrop
from .habitats import HOMES, SHELTERED
from .shots import REACHED, Script, Shot
from .troubles import TROUBLES, TURNS
from .wish import Wish, kind_of
from .worlds import (
    ANSWERS,
    ANY,
    BRIGHT,
    FLIERS,
    GUESTS,
    LAND_OF,
    NEXT_LIGHT,
    NIGHT_GUESTS,
    PAINTS,
    RINGS,
    THINGS,
)

Choice = TypeVar("Choice")

MAX_CAST = 4  # in a keyframe, guest and thing included
HOME = 5  # every fifth scene is at the place that was asked for
_DARK = frozenset(["night", "dusk", "evening", "predawn"])
_WEATHERS = ("clear", "clouds", "clear", "wind")
_WINTERS = ("snow", "clear", "snow", "clouds")
_CHANGES = ("rain", "storm", "fog", "wind")


@dataclass(frozen=True, slots=True)
class Said:
    """What the words hold fast: for the first scene, or for ever ("always night")."""

    place: str = ""
    time: str = ""
    weather: str = ""
    always: bool = False
    winter: bool = False
    season: str = ""

    @staticmethod
    def by(wishes: Sequence[Wish]) -> Said:
        """The newest words first."""

        def first(values: Sequence[str]) -> str:
            return next((value for value in values if value), "")

        weather = first([wish.weather for wish in wishes])
        return Said(
            place=first([wish.place for wish in wishes]),
            time=first([wish.time for wish in wishes]),
            weather=weather,
            always=any(wish.always for wish in wishes),
            season=first([wish.season for wish in wishes]) if weather != "snow" else "",
            winter="snow" in [wish.weather for wish in wishes] and weather in ("snow", "clear"),
        )


@dataclass(frozen=True, slots=True)
class Drama:
    """The film of some words and a seed, around its lead."""

    dice: int  # from words and seed
    said: Said
    cast: tuple[str, ...]  # nouns of the main cast, the lead last

    @property
    def lead(self) -> str:
        """The noun of who is in front; "" for nobody."""
        return self.cast[-1] if self.cast else ""

    @property
    def alive(self) -> bool:
        """Whether the lead is."""
        return kind_of(self.lead).alive

    @property
    def room(self) -> bool:
        """Whether things fit in."""
        return len(self.cast) <= MAX_CAST - 2

    def paint(self, noun: str) -> str:
        """The colour of what comes in any: the same in the whole film."""
        return PAINTS[dice(noun, self.dice) % len(PAINTS)] if noun in BRIGHT else ""

    def chosen(self, choices: Sequence[Choice], seq: int, what: str) -> Choice:
        """One of them, the same for the whole scene that `seq` is in; of few, another one in the next scene."""
        many = len(choices)
        turn, at = divmod(arc.place(max(seq, 0)).scene, many)
        order = self._order(many, turn, what)
        if many > 2 and turn and order[0] == self._order(many, turn - 1, what)[-1]:
            order[0], order[1] = order[1], order[0]
        return choices[order[at]]

    def _order(self, many: int, turn: int, what: str) -> list[int]:
        """A deal of the cards: all come once before one comes again."""
        return sorted(range(many), key=lambda k: zlib.crc32(f"{self.dice}/{turn}/{what}/{k}".encode()))

    # Setting

    def ring(self, place: str) -> tuple[str, ...]:
        """The round trip that the film is on: by where it is, then by who goes."""
        kind = kind_of(self.lead)
        land = land_of(place)
        if land == "space" or kind.domain == "space" or HOMES.get(self.lead) == "moon":
            return RINGS["space"]
        if land == "deep":
            return RINGS["deep"]
        if "wave" in self.cast:
            return RINGS["surf"]
        if any(kind_of(noun).domain in ("water", "deep") for noun in self.cast):
            return RINGS["waters"]
        if self.said.winter or land == "snow" or place in RINGS["winter"] or HOMES.get(self.lead) == "ice":
            return RINGS["winter"]
        if kind.domain == "air" and not any(map(_building, self.cast)):
            return RINGS["skies"]
        if land == "room" or place in RINGS["rooms"]:
            return RINGS["rooms" if any(map(_furniture, self.cast)) else "home"]
        if kind.domain == "fixed" or any(map(_building, self.cast)):
            return RINGS["views"]
        if kind.place == "city street":
            return RINGS["roads"]
        if land == "dry":
            return RINGS["dry"]
        return RINGS["town" if kind.place in ("town", "park") or land == "town" else "wild"]

    def next_place(self, place: str, seq: int) -> str:
        """Where the scene that begins at `seq` is, after one at `place`; the season stays the same."""
        return in_season(self._next_place(_bare(place), seq), self.said.season)

    def _next_place(self, place: str, seq: int) -> str:
        if self.said.always and self.said.place:
            return place
        scene = arc.place(seq).scene
        if self.said.place and scene % HOME == 0 and self.said.place != place:
            return self.said.place
        ring = self.ring(place)
        step = (1, -1, 2, -2)[self.dice % 4]
        at = ring.index(place) if place in ring else self.chosen(range(len(ring)), seq, "place")
        return next(
            ring[(at + step * n) % len(ring)] for n in range(1, 4) if ring[(at + step * n) % len(ring)] != place
        )

    def next_time(self, time: str, place: str) -> str:
        """The light, a step on."""
        if self.said.always and self.said.time:
            return self.said.time
        return time if land_of(place) == "space" else NEXT_LIGHT.get(time, "day")

    def light_changes(self, place: str, seq: int) -> bool:
        """Whether a day may go on within the scene."""
        held = bool(self.said.time) and (self.said.always or arc.place(seq).scene == 0)
        return not held and land_of(place) != "space"

    def weather(self, place: str, seq: int) -> str:
        """What the weather of a scene is, apart from its trouble; "" where none comes."""
        if sheltered(place):
            return ""
        if self.said.weather and (self.said.always or arc.place(seq).scene == 0):
            return self.said.weather
        if arc.place(seq).scene == 0:
            return "clear"
        return self.chosen(_WINTERS if self._white(place) else _WEATHERS, seq, "weather")

    def _white(self, place: str) -> bool:
        return self.said.winter or land_of(place) == "snow" or place in RINGS["winter"]

    def trouble(self, place: str, seq: int) -> str:
        """What goes wrong in the scene: a key of `TROUBLES`."""
        first = arc.place(seq).scene == 0
        troubles: list[str] = []
        if not sheltered(place) and not (self.said.weather and (first or self.said.always)):
            troubles += ["snow", "fog", "wind", "snow"] if self._white(place) else _CHANGES
            troubles = [trouble for trouble in troubles if trouble != self.weather(place, seq)]
        if self.light_changes(place, seq):
            troubles += ["light", "light"]
        return self.chosen(troubles or ["alarm" if self.alive else "dark"], seq, "trouble")

    # Cast

    def guest(self, place: str, time: str, seq: int) -> str:
        """Who comes by in the scene."""
        land = land_of(place)
        if kind_of(self.lead).domain in ("water", "deep") and land != "deep":
            land = "water"
        at_home = GUESTS[land]
        if kind_of(self.lead).domain == "air" and land not in ("room", "deep"):
            at_home = FLIERS.get(land, FLIERS[""])
        elif time in _DARK:
            at_home = NIGHT_GUESTS.get(land, at_home)
        return self._one_of(at_home, seq, "guest", self.cast)

    def thing(self, place: str, seq: int) -> str:
        """What is found in the scene."""
        return self._one_of(THINGS[land_of(place)], seq, "thing", self.cast)

    def answer(self, place: str, time: str, seq: int, guest: str) -> str:
        """What comes of the trouble."""
        turn = self._turn(place, time, seq)
        if turn in ("rain", "storm") and time in _DARK:
            turn = "night"  # which has no rainbows
        nouns = ANSWERS.get(land_of(place), ANSWERS[turn]) if turn in ("dark", "glow") else ANSWERS[turn]
        there = (*self.cast, guest, self.thing(place, seq))
        return (self._one_of(nouns, seq, "answer", there) or self._one_of(ANY, seq, "answer", there)) if nouns else ""

    def _one_of(self, nouns: str, seq: int, what: str, there: tuple[str, ...]) -> str:
        """One that is not there yet; "" for none."""
        words = [noun for noun in nouns.split("|") if noun and not any(_alike(noun, other) for other in there)]
        return self.chosen(words, seq, what) if words else ""

    def _turn(self, place: str, time: str, seq: int) -> str:
        trouble = self.trouble(place, seq)
        if trouble != "light":
            return trouble
        if land_of(place) in ("room", "deep"):
            return "glow"  # of day and night there, nothing is seen
        return "night" if time in _DARK else "sunset" if time == "sunset" else "day"

    # Keyframes

    def shot(self, seq: int, place: str, time: str, *, guest: str) -> Shot:
        """What is seen at `seq`, in the words of its scene. `guest`: the noun of who came by, "" for nobody."""
        shot = self._shot(seq, place, time, guest=guest)
        if seq == 0:
            return shot
        moves, rests = (self.chosen(sayings.ways(says), seq, says) if says else "" for says in (shot.moves, shot.rests))
        return replace(shot, moves=moves, rests=rests)

    def _shot(self, seq: int, place: str, time: str, *, guest: str) -> Shot:
        at = arc.place(seq)
        if at.opens_scene:
            return REACHED
        if at.beat == "complication":
            return TROUBLES[self.trouble(place, seq)].shot(at.keyframe)
        if at.beat == "turn":
            return TURNS[self._turn(place, time, seq)].shot(at.keyframe)
        scripts: Sequence[Script] = {
            "arrival": shots.ARRIVAL,
            "exploring": shots.FINDING if self.room else (),
            "somebody comes": encounters.COMING if guest else (),
            "meeting": encounters.MEETING if guest else (),
            "calm": shots.CALM,
            "farewell": encounters.FAREWELL if guest else shots.ALONE,
        }[at.beat]
        if not scripts:  # of those, each beat of the scene has another one
            first = self.chosen(range(len(shots.LOOKING)), seq, "looking")
            return shots.LOOKING[(first + arc.BEATS.index(at.beat)) % len(shots.LOOKING)].shot(at.keyframe)
        social = self.alive and bool(guest) and kind_of(guest).alive
        fitting = [
            script
            for script in scripts
            if (self.alive or not script.lively)
            and (social or not script.social)
            and (self.light_changes(place, seq) or not any(shot.light for shot in script.shots))
        ]
        return self.chosen(fitting, seq, at.beat).shot(at.keyframe)


def _alike(one: str, other: str) -> bool:
    """ "balloon" and "hot air balloon": by name alone, one could be taken for the other."""
    return one == other or one.endswith(f" {other}") or other.endswith(f" {one}")


def _building(noun: str) -> bool:
    return backdrop(noun) and not _furniture(noun)


def _furniture(noun: str) -> bool:
    kind = kind_of(noun)
    return kind.domain == "fixed" and (HOMES.get(noun) or kind.place) in ("room", "kitchen", "bedroom")


def land_of(place: str) -> str:
    """What it is like at a place, by the whole name or its last word."""
    place = _bare(place)
    last = place.split()[-1] if place else ""
    return LAND_OF.get(place) or LAND_OF.get(last) or {"hall": "room", "shore": "shore"}.get(last, "meadow")


def _bare(place: str) -> str:
    """ "park" of "autumn park"."""
    return place.removeprefix("autumn ").removeprefix("spring ")


def in_season(place: str, season: str) -> str:
    """ "autumn park"; indoors there are no seasons."""
    return place if not season or sheltered(place) or season in place else f"{season} {_bare(place)}"


def sheltered(place: str) -> bool:
    """Whether no weather comes there."""
    return not SHELTERED.isdisjoint(place.split())


def dice(words: str, seed: int) -> int:
    """A number that looks random, from words and seed."""
    return zlib.crc32(f"{seed}:{words}".encode("utf-8", "replace"))
