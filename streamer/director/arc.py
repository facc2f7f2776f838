"""How an endless film keeps developing: scenes of eight beats, four keyframes each, then another place. Pure.

An LLM that is only asked "go on" tends to repeat itself; one that is told which beat comes next need not plan hours
ahead. The beats are a plain dramatic curve (setup, someone new, a complication, its turn, an ending); what happens in
them is the LLM's to invent. A wish begins the curve anew: `seq` counts from it.
"""

from __future__ import annotations

from dataclasses import dataclass

BEATS = ("arrival", "exploring", "somebody comes", "meeting", "complication", "turn", "calm", "farewell")
KEYFRAMES = 4  # in a beat
SCENE = KEYFRAMES * len(BEATS)  # keyframes in a scene: about a minute of film at the usual pace

_SAYS = {
    "arrival": "show who is there and where",
    "exploring": "look around; a detail of the place becomes important",
    "somebody comes": "somebody or something new comes into view",
    "meeting": "those who are there do something together",
    "complication": "light or weather changes, something goes wrong",
    "turn": "an unexpected answer to that",
    "calm": "it calms down; look at it from afar or very near",
    "farewell": "somebody leaves; the film is about to go elsewhere",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the film a keyframe is."""

    scene: int  # from 0
    beat: str  # one of BEATS
    keyframe: int  # within the beat, from 0

    @property
    def opens_scene(self) -> bool:
        """Whether it is a later scene's first keyframe, where place or time change."""
        return self.scene > 0 and self.beat == BEATS[0] and self.keyframe == 0


def place(seq: int) -> Place:
    """Where the `seq`-th keyframe after a wish is."""
    scene, at = divmod(seq, SCENE)
    beat, keyframe = divmod(at, KEYFRAMES)
    return Place(scene, BEATS[beat], keyframe)


def beats(first: int, count: int) -> list[dict[str, object]]:
    """The beats that `count` keyframes from `first` on are in, as the request tells them."""
    told: list[dict[str, object]] = []
    for seq in range(first, first + count):
        at = place(seq)
        if seq > first and at.keyframe:
            continue
        says = f"a new scene: {_SAYS[at.beat]}; cut" if at.opens_scene else _SAYS[at.beat]
        told.append({"keyframe": seq, "beat": at.beat, "show": says})
    return told
