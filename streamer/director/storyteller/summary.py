"""What an answer says after its keyframes: what has happened so far, and what is in store. Pure, and short."""

from __future__ import annotations

from collections import Counter

from streamer.director import arc

from .drama import Drama
from .english import listed, named, plural, with_article
from .figures import Scene, counted
from .lexicon import COUNTED
from .worlds import COMES_TO

_AT = {"day": "by day", "morning": "in the morning", "afternoon": "in the afternoon", "evening": "in the evening"}


def notes(scene: Scene, drama: Drama) -> tuple[str, list[str]]:
    """The synopsis in one sentence, and the beats to come. `scene` is the last keyframe that was told."""
    names = Counter((figure.look, figure.noun) for figure in reversed(scene.mains))
    who = listed([_named(look, noun, count) for (look, noun), count in names.items()]) or "nobody"
    when = _AT.get(scene.time, f"at {scene.time}")
    synopsis = f"{who}: scene {arc.place(scene.n).scene + 1}, {scene.place}, {when}"
    if scene.guest:
        synopsis += f", with {with_article(scene.guest.name)}"
    if scene.weather not in ("", "clear"):
        synopsis += f", {scene.weather}"
    coming = (arc.place(scene.n).scene + 1) * arc.SCENE
    plan: list[str] = []
    for seq in range(scene.n + 1, coming):
        at = arc.place(seq)
        if at.keyframe or len(plan) == 3:
            continue
        what = {
            "somebody comes": with_article(drama.guest(scene.place, scene.time, seq)),
            "complication": drama.trouble(scene.place, seq),
        }.get(at.beat, "")
        plan.append(f"{at.beat}: {what}" if what else at.beat)
    place = drama.next_place(scene.place, coming)
    return synopsis, [*plan, f"then {COMES_TO.get(place, f'the {place}')}"]


def _named(look: str, noun: str, count: int) -> str:
    """ "a red fox", "two small dogs", "seven white birds" """
    if counted(look) > 1:
        return named(look, plural(noun))
    if count > 1:
        return f"{COUNTED[count]} {named(look, plural(noun))}"
    return with_article(named(look, noun))
