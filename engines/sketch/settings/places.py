"""The settings by name: what paints each, where figures stand in it, where its water is, whether weather reaches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from engines.base import Setting
from engines.sketch.canvas.vector import Canvas
from engines.sketch.language.words import head, table, tokens
from engines.sketch.stage import Stage

from . import cave, cold, deeps, farmland, halls, interiors, land, revels, shores, town, waters, wilds, works, worlds
from .sky import draw_sky
from .waters import sea_colours

__all__ = ["GROUNDED", "PLACES", "SHELTERED", "floor_of", "is_water", "place_of", "sea_colours"]

Painter = Callable[[Canvas, Stage], None]

DEFAULT_PLACE = "meadow"


@dataclass(frozen=True, slots=True)
class Place:
    """One kind of place. Heights are world y of the near ground (stage.py)."""

    paint: Painter  # all that lies behind the figures, but for the sky of places that have one
    floor: float = 0.07  # the highest place where a figure's feet are on the ground
    water: tuple[float, float] | None = None  # from where to where a foot is in water
    sky: float | None = 0.02  # from where land or water hides the sky; None: it has no sky of its own
    grounded: bool = True  # figures stand on something and cast a shadow on it
    sheltered: bool = False  # no weather reaches it


_ENDLESS = 9.0
_AT_SEA = (-_ENDLESS, _ENDLESS)

_PLACES: dict[str, Place] = {
    "meadow": Place(land.draw_meadow),
    "village": Place(partial(land.draw_meadow, village=True)),
    "forest": Place(land.draw_forest, 0.15, sky=0.0),
    "mountains": Place(land.draw_mountains, 0.11, sky=0.06),
    "park": Place(land.draw_park, 0.13),
    "garden": Place(land.draw_garden, 0.13),
    "farm": Place(farmland.draw_farm, 0.13),
    "orchard": Place(farmland.draw_orchard, 0.13),
    "vineyard": Place(farmland.draw_vineyard, 0.15),
    "graveyard": Place(farmland.draw_graveyard, 0.13, sky=0.04),
    "ruins": Place(farmland.draw_ruins, 0.13, sky=0.05),
    "courtyard": Place(farmland.draw_courtyard, 0.13),
    "sea": Place(waters.draw_sea, 0.03, _AT_SEA, 0.0, grounded=False),
    "beach": Place(shores.draw_beach, shores.BEACH + 0.01, (-_ENDLESS, shores.BEACH), 0.0),
    "island": Place(partial(shores.draw_beach, island=True), shores.BEACH + 0.01, (-_ENDLESS, shores.BEACH), 0.0),
    "lake": Place(waters.draw_lake, 0.03, _AT_SEA, grounded=False),
    "lakeside": Place(partial(waters.draw_lake, shore=True), waters.LAKESIDE[1] + 0.02, (-_ENDLESS, 0.15)),
    "river": Place(waters.draw_river, 0.31, waters.RIVER),
    "riverbank": Place(partial(waters.draw_river, bank=True), 0.16, waters.RIVERBANK),
    "harbour": Place(shores.draw_harbour, shores.QUAY, (-_ENDLESS, shores.QUAY), 0.0),
    "cliffs": Place(shores.draw_cliffs, shores.CLIFF + 0.03, sky=0.0),
    "swamp": Place(waters.draw_swamp, 0.12),
    "city": Place(town.draw_city, 0.13, sky=_ENDLESS),
    "street": Place(town.draw_street, 0.13, sky=_ENDLESS),
    "desert": Place(wilds.draw_desert, 0.09, sky=0.0),
    "oasis": Place(partial(wilds.draw_desert, oasis=True), 0.17, sky=0.0),
    "savanna": Place(wilds.draw_savanna, 0.11),
    "canyon": Place(wilds.draw_canyon, 0.13, sky=0.02),
    "volcano": Place(wilds.draw_volcano, 0.13, sky=0.06),
    "jungle": Place(wilds.draw_jungle, 0.13, sky=None),
    "arctic": Place(cold.draw_arctic, 0.16, sky=0.0),
    "snowfield": Place(cold.draw_snowfield, 0.11),
    "sky": Place(cold.draw_cloudscape, sky=_ENDLESS, grounded=False),
    "rooftop": Place(works.draw_rooftop, works.ROOF, sky=0.1),
    "bridge": Place(works.draw_bridge, works.DECK),
    "railway": Place(works.draw_railway, works.BALLAST),
    "station": Place(works.draw_station, works.PLATFORM),
    "moon": Place(worlds.draw_moon_surface, 0.12, sky=None, sheltered=True),
    "mars": Place(worlds.draw_mars, 0.13, sky=None, sheltered=True),
    "market": Place(revels.draw_market, 0.15),
    "fairground": Place(revels.draw_fairground, 0.15),
    "stadium": Place(revels.draw_stadium, 0.1),
    "stage": Place(revels.draw_stage, revels.BOARDS + 0.02, sky=None, sheltered=True),
    "cave": Place(cave.draw_cave, 0.14, sky=None, sheltered=True),
    "room": Place(interiors.draw_room, 0.11, sky=None, sheltered=True),
    "bedroom": Place(interiors.draw_bedroom, 0.11, sky=None, sheltered=True),
    "kitchen": Place(interiors.draw_kitchen, 0.11, sky=None, sheltered=True),
    "library": Place(interiors.draw_library, 0.11, sky=None, sheltered=True),
    "classroom": Place(halls.draw_classroom, 0.11, sky=None, sheltered=True),
    "office": Place(halls.draw_office, 0.11, sky=None, sheltered=True),
    "laboratory": Place(halls.draw_laboratory, 0.11, sky=None, sheltered=True),
    "museum": Place(halls.draw_museum, 0.11, sky=None, sheltered=True),
    "cafe": Place(halls.draw_cafe, 0.11, sky=None, sheltered=True),
    "hall": Place(halls.draw_hall, 0.11, sky=None, sheltered=True),
    "space": Place(deeps.draw_space, sky=None, grounded=False, sheltered=True),
    "underwater": Place(deeps.draw_underwater, sky=None, grounded=False, sheltered=True),
}


def _painted(place: Place) -> Painter:
    """The whole frame behind the figures."""
    hides = place.sky
    if hides is None:
        return place.paint

    def paint(canvas: Canvas, stage: Stage) -> None:
        layer = stage.layer(1.0 if stage.view.zoom > 1.0 else 0.0, 0)
        draw_sky(canvas, stage, layer.below(hides))
        place.paint(canvas, stage)

    return paint


PLACES: dict[str, Painter] = {name: _painted(place) for name, place in _PLACES.items()}
"""Every kind of place and what paints it: the whole frame behind the figures."""

GROUNDED = frozenset(name for name, place in _PLACES.items() if place.grounded)
"""Places where figures stand on something and cast a shadow on it."""

SHELTERED = frozenset(name for name, place in _PLACES.items() if place.sheltered)
"""Places that no weather reaches."""


def floor_of(place: str, stage: Stage) -> float:
    """The highest place, in pixels from the top, where a figure's feet are on the ground."""
    return stage.horizon + _PLACES[place].floor * stage.layer(1.0, 0).scale


def is_water(place: str, stage: Stage, foot: float) -> bool:
    """Whether there is water at a figure's foot (pixels from the top)."""
    band = _PLACES[place].water
    return band is not None and band[0] <= (foot - stage.horizon) / stage.layer(1.0, 0).scale < band[1]


@lru_cache(maxsize=256)
def place_of(setting: Setting, text: str) -> str:
    """The kind of place that the words mean; a meadow if none is known. A phrase of several words ("under the sea",
    "castle hall") counts before the head of the words does."""
    for words in (setting.place, "" if setting.place.strip() else text):
        flat = f" {' '.join(tokens(words))} "
        for phrase, kind in table("places").items():
            if " " in phrase and f" {phrase} " in flat:
                return kind
        found = head(words, table("places"))
        if found:
            return found
    return DEFAULT_PLACE
