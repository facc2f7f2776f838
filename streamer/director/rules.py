"""What holds from keyframe to keyframe, enforced on what comes back and not only asked for. Pure.

    enforce(draft, *, before, cast, fresh, english=True) -> tuple[Draft, tuple[str, ...]]
    RULES: the names that it may report, labels of the metric `violations`

- `before` is the keyframe told last (None: there is none), `cast` all that the story remembers by id, `fresh` whether
  looks and places may change: the opening, a cut, the first keyframe after a steer. `english`: whether the keyframes
  are written in English; else what needs to know the language is left, and the rest compares words and signs.
- It never raises, mends what it can, and is idempotent: what it returns breaks no rule. Objects stand back to front.

The rules, in the order in which they act, since each may lean on those before it:

- "pronoun", "one action", "length": how the action is worded (`wording`).
- "setting": what is missing is as before. Time goes on by one step at most (dawn, morning, day, evening, night) and
  weather changes by one (clear; clouds, wind or fog; rain or snow; storm), unless the action says so. The same place
  in other words ("forest" → "snowy forest") keeps its words. A place that is another one ("castle" → "castle hall")
  becomes a cut: put back, the scene would contradict what the LLM goes on to tell, and a picture halfway from a desert
  to a sea is neither.
- "objects": at most 4, the front ones; none although the action names somebody: those of before stay. None at all in an
  opening or after a cut: those whom the action names, placed by rule (`composition`).
- "name": who is known by a noun keeps id and noun, unless the look says that it is somebody else; an id that comes with
  another noun is a new one, unless the change is meant.
- "look": as remembered, unless the change is meant: the keyframe is fresh, or the action names it ("turns blue"; in
  other languages what is new of the look is enough).
- "box": its middle moves at most 0.25 of the picture to the side and up and down, its sides grow or shrink at most by
  1.6, so far as they may; two that are the same are set apart.
- "still": the action and the objects of before, word for word and box for box; all ease aside a little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from streamer.messages import Box, SceneObject

from . import clip, composition, wording
from .caption import SHOWN
from .script import Draft
from .storyteller.english import plural
from .storyteller.lexicon import PREPOSITIONS, TURNS
from .storyteller.whereabouts import PLACES, TIMES, WEATHERS
from .wording import Named, words

REACH = 0.25  # of the picture, how far a box's middle moves in one keyframe
GROWTH = 1.6  # how much larger or smaller a side gets
SLACK = 0.001  # what rounding may add to either
SAME = 0.01  # two boxes are the same if no side differs by more
APART = (0.2, -0.2, 0.15, -0.15, 0.1, -0.1, 0.05, -0.05)
"""How far to the side one of two that are the same is moved: the first that is free and within REACH."""
PASSES = 4  # one mends, one finds nothing; more where a word that is cut off shows another rule broken
EASE = 0.02  # of the picture, how far all move where nothing else does


def enforce(
    draft: Draft, *, before: Draft | None, cast: Mapping[str, Named], fresh: bool, english: bool = True
) -> tuple[Draft, tuple[str, ...]]:
    """The mended keyframe and the names of the rules that it broke."""
    past = _Past(before, cast, fresh or before is None, english)
    broken: dict[str, None] = {}  # in order, each once
    for _ in range(PASSES):
        given = draft
        for name, rule in _RULES.items():
            mended = rule(draft, past)
            if mended != draft:
                broken[name] = None
                draft = mended
        if draft == given:
            break
    return draft, tuple(broken)


@dataclass(frozen=True, slots=True)
class _Past:
    before: Draft | None
    cast: Mapping[str, Named]
    fresh: bool
    english: bool

    def free(self, draft: Draft) -> bool:
        """Whether looks, places and boxes may change."""
        return self.fresh or draft.transition == "cut"

    @property
    def objects(self) -> tuple[SceneObject, ...]:
        """Of the keyframe before."""
        return self.before.objects if self.before else ()

    @property
    def known(self) -> dict[str, Named]:
        """Everybody by id, those of the keyframe before last."""
        there: dict[str, Named] = {thing.id: thing for thing in self.objects}
        return {name: self.cast[name] for name in self.cast if name not in there} | {
            name: self.cast.get(name, thing) for name, thing in there.items()
        }


# The action


def _pronoun(draft: Draft, past: _Past) -> Draft:
    if not past.english:
        return draft
    there = draft.objects or past.objects
    cast: Sequence[Named] = there[-SHOWN:] or tuple(past.cast.values())[-1:]
    return replace(draft, action=wording.named(draft.action, cast[::-1]))


def _one_action(draft: Draft, past: _Past) -> Draft:
    return replace(draft, action=wording.first(draft.action, past.english))


def _length(draft: Draft, past: _Past) -> Draft:
    return replace(draft, action=wording.short(draft.action, past.english))


# The setting

_HOURS = (("dawn", "sunrise"), ("morning",), ("day", "noon", "afternoon"), ("evening", "sunset", "dusk"), ("night",))
_SKIES = (("clear",), ("clouds", "wind", "fog"), ("rain", "snow"), ("storm",))


def _setting(draft: Draft, past: _Past) -> Draft:
    before = past.before
    if before is None or draft.transition == "cut":
        return draft
    draft = replace(
        draft,
        place=draft.place or before.place,
        time=draft.time or before.time,
        weather=draft.weather or before.weather,
    )
    if past.fresh:
        return draft
    if before.place and not _same_place(draft.place, before.place, past.english):
        return replace(draft, transition="cut")
    return replace(
        draft,
        place=before.place or draft.place,
        time=_one_step(draft.time, before.time, TIMES, _HOURS, draft.action, ring=True),
        weather=_one_step(draft.weather, before.weather, WEATHERS, _SKIES, draft.action, ring=False),
    )


_SMALL = frozenset(["a", "an", "the", "of", "very"])
_PART_OF = frozenset(["edge", "middle", "heart", "foot", "top", "bottom", "bank", "side", "depths", "end", "corner",
                      "entrance", "outskirts", "centre", "center"])  # fmt: skip
"""Of something that is the place itself: "the edge of the forest"."""
_OPEN = frozenset(["path", "trail", "road", "street", "streets", "alley", "square", "shore", "coast", "hill", "hills",
                   "cliff", "cliffs", "meadow", "grass", "sand", "ice"])  # fmt: skip
"""Places that go on in the one around them: "forest path"."""
_APART = frozenset(PLACES) - _OPEN | frozenset(
    ["chamber", "cellar", "basement", "dungeon", "attic", "tunnel", "corridor", "hallway", "staircase", "interior"]
)
"""Places by themselves, whatever they are a part of: "castle hall"."""
_WITHIN = frozenset(["inside", "interior", "underwater", "underground", "undersea"])


def _same_place(one: str, other: str, english: bool) -> bool:
    """Whether both are the same place, or one is in the open around the other: "forest clearing" and "forest"."""
    if one == other:
        return True
    if clip.unspaced(one) and clip.unspaced(other):
        a, b = wording.signs(one), wording.signs(other)
        return a[-1] in b or b[-1] in a if a and b else one in other or other in one
    a, b = words(one), words(other)
    if not (a and b):
        return one.strip() == other.strip()
    if not (wording.in_english(one, english) and wording.in_english(other, english)):
        few, more = sorted((a, b), key=len)
        return a[0] == b[0] or a[-1] == b[-1] or all(any(wording.akin(word, each) for each in more) for word in few)
    if _WITHIN.isdisjoint(a) != _WITHIN.isdisjoint(b):
        return False
    head, others = _head(a), _head(b)
    same = head == others or PLACES.get(head, head) == PLACES.get(others, others) != "city street"
    return same or (head in b and others not in _APART) or (others in a and head not in _APART)


def _head(place: Sequence[str]) -> str:
    """What it is: "village" of "a village at the foot of a mountain"."""
    head = ""
    for word in place:
        if word == "of" or word in PREPOSITIONS:
            if head and head not in _PART_OF:
                break
        elif word not in _SMALL:
            head = word
    return head or place[-1]


def _one_step(
    new: str, old: str, known: Mapping[str, str], steps: Sequence[Sequence[str]], action: str, *, ring: bool
) -> str:
    """`new`, if it is at most a step from `old` or the action says it; else the step towards it. Time, a ring, only
    goes on. What the tables do not know is taken as it comes."""
    if new == old:
        return new
    there, here = (
        next((_step(known[word], steps) for word in reversed(words(text)) if word in known), None)
        for text in (new, old)
    )
    meant = (_step(known[word], steps) for word in _said(action) if word in known)
    if there is None or here is None or there in meant:
        return new
    if ring:
        ahead = (there - here) % len(steps)
        return new if ahead <= 1 else old if ahead == len(steps) - 1 else steps[(here + 1) % len(steps)][0]
    return new if abs(there - here) <= 1 else steps[here + (1 if there > here else -1)][0]


def _step(name: str, steps: Sequence[Sequence[str]]) -> int:
    return next(n for n, names in enumerate(steps) if name in names)


_SKY = (  # what an action says of the light, and the names of it
    (re.compile(r"\bsun\b[^,.;]{0,20}\b(?:sets?|setting|sinks?|sinking|goes down|going down)\b"), ("sunset",)),
    (re.compile(r"\bsun\b[^,.;]{0,20}\b(?:rises?|rising|comes up|coming up)\b"), ("sunrise", "morning")),
    (re.compile(r"\bmoon\b[^,.;]{0,20}\b(?:rises?|rising|comes up|coming up)\b|\bstars come out\b"), ("night",)),
)


def _said(action: str) -> list[str]:
    """Its words, and what they say of the light: "the sun sets" says "sunset"."""
    said = words(action)
    return said + [name for words_of, names in _SKY if words_of.search(" ".join(said)) for name in names]


# The objects


def _objects(draft: Draft, past: _Past) -> Draft:
    if not draft.objects and draft.transition != "cut" and any(_says(draft.action, one.noun) for one in past.objects):
        return replace(draft, objects=past.objects[-SHOWN:])
    if not draft.objects and past.english and (past.before is None or draft.transition == "cut"):
        return replace(draft, objects=composition.cast(draft.action, draft.place)[-SHOWN:])
    return replace(draft, objects=draft.objects[-SHOWN:])


def _says(action: str, noun: str) -> bool:
    """Whether `action` names it; in scripts without blanks, whether it holds it."""
    if noun.isascii():
        said = " ".join(words(action))
        return any(re.search(rf"\b{re.escape(form)}\b", said) for form in (noun.lower(), plural(noun.lower())))
    return bool(noun) and noun.lower() in action.lower()


_CHANGES = TURNS | frozenset(["grows", "gets", "goes", "glows", "shrinks", "dyed", "painted", "paints", "turning"])


def _meant(draft: Draft, past: _Past, new: str, old: str) -> bool:
    """Whether what is `new` in a noun or a look may be so: the keyframe is fresh, or its action says so."""
    if past.free(draft):
        return True
    said, news = set(words(draft.action)), set(words(new)) - set(words(old))
    if wording.in_english(draft.action, past.english):
        return bool(said & _CHANGES) and bool(news & said)
    signs = set(wording.signs(new)) - set(wording.signs(old))
    return any(sign in draft.action for sign in signs) or any(wording.akin(a, b) for a in news for b in said)


def _names(draft: Draft, past: _Past) -> Draft:
    known = past.known
    kept: dict[int, SceneObject] = {}
    taken: set[str] = set()
    for n, thing in enumerate(draft.objects):
        one = known.get(thing.id)
        if one is None or thing.id in taken:
            continue
        if _same_noun(thing.noun, one.noun):
            kept[n] = replace(thing, noun=one.noun)
        elif _meant(draft, past, thing.noun, one.noun):
            kept[n] = thing
        else:
            continue
        taken.add(thing.id)
    for n, thing in enumerate(draft.objects):
        if n in kept:
            continue
        names = (name for name in reversed(known) if name not in taken and _is(thing, known[name]))
        name = next(names, None) or _new_id(thing, known, taken)
        kept[n] = replace(thing, id=name, noun=known[name].noun if name in known else thing.noun)
        taken.add(name)
    return replace(draft, objects=tuple(kept[n] for n in range(len(draft.objects))))


def _same_noun(one: str, other: str) -> bool:
    """ "fox" and "red fox" """
    a, b = one.lower(), other.lower()
    return a == b or a.endswith(f" {b}") or b.endswith(f" {a}")


def _is(thing: SceneObject, one: Named) -> bool:
    """Whether it may be that one under another id: by noun, and a look that does not say otherwise."""
    looks = [set(words(look)) for look in (thing.look, one.look)]
    return _same_noun(thing.noun, one.noun) and (not all(looks) or bool(looks[0] & looks[1]))


def _new_id(thing: SceneObject, known: Mapping[str, Named], taken: set[str]) -> str:
    """Its own if nobody has it, else one made of its noun."""
    noun = re.sub(r"[^a-z0-9]+", "-", thing.noun.lower()).strip("-")[:20] or "thing"
    names = (thing.id, noun, *(f"{noun}-{n}" for n in range(2, 2 + len(known) + len(taken))))
    return next(name for name in names if name and name not in known and name not in taken)


def _looks(draft: Draft, past: _Past) -> Draft:
    known = past.known
    objects = []
    for thing in draft.objects:
        one = known.get(thing.id)
        if one is not None and one.noun == thing.noun and one.look and thing.look != one.look:
            meant = thing.look and _meant(draft, past, thing.look, one.look)
            thing = thing if meant else replace(thing, look=one.look)
        objects.append(thing)
    return replace(draft, objects=tuple(objects))


# Where they are


def _boxes(draft: Draft, past: _Past) -> Draft:
    before = {} if past.free(draft) else {thing.id: thing.box for thing in past.objects}
    boxes = [_moved(thing.box, before.get(thing.id)) for thing in draft.objects]
    for n in range(len(boxes) - 2, -1, -1):  # those behind give way
        box, old = boxes[n], before.get(draft.objects[n].id)
        others = boxes[:n] + boxes[n + 1 :]
        if any(_same(box, other) for other in boxes[n + 1 :]):
            ways = (replace(box, x=round(box.x + aside, 4)) for aside in APART)
            seen = (way for way in ways if -way.w < way.x < 1.0 and way == _moved(way, old))
            boxes[n] = next((way for way in seen if not any(_same(way, one) for one in others)), box)
    objects = (replace(thing, box=box) for thing, box in zip(draft.objects, boxes, strict=True))
    return replace(draft, objects=tuple(objects))


def _moved(box: Box, old: Box | None) -> Box:
    """`box`, no further from where it was and no larger or smaller than it may be."""
    if old is None:
        return box
    w, h = (_within(new, was / GROWTH, was * GROWTH) for new, was in ((box.w, old.w), (box.h, old.h)))
    x = _within(box.x + box.w / 2, old.x + old.w / 2 - REACH, old.x + old.w / 2 + REACH)
    y = _within(box.y + box.h / 2, old.y + old.h / 2 - REACH, old.y + old.h / 2 + REACH)
    return box if (x, y, w, h) == (box.x + box.w / 2, box.y + box.h / 2, box.w, box.h) else _box(x, y, w, h)


def _within(value: float, low: float, high: float) -> float:
    """`value` itself, too, where only rounding put it outside."""
    return value if low - SLACK <= value <= high + SLACK else min(max(value, low), high)


def _box(x: float, y: float, w: float, h: float) -> Box:
    """Around a middle."""
    return Box(round(x - w / 2, 4), round(y - h / 2, 4), round(w, 4), round(h, 4))


def _same(one: Box, other: Box) -> bool:
    sides = zip((one.x, one.y, one.w, one.h), (other.x, other.y, other.w, other.h), strict=True)
    return all(abs(a - b) <= SAME for a, b in sides)


def _still(draft: Draft, past: _Past) -> Draft:
    if not draft.objects or past.before is None:
        return draft
    if (draft.action, draft.objects) != (past.before.action, past.before.objects):
        return draft
    front = draft.objects[-1].box
    aside = EASE if front.x + front.w / 2 < 0.5 else -EASE
    objects = (replace(one, box=replace(one.box, x=round(one.box.x + aside, 4))) for one in draft.objects)
    return replace(draft, objects=tuple(objects))


_RULES: dict[str, Callable[[Draft, _Past], Draft]] = {
    "pronoun": _pronoun,
    "one action": _one_action,
    "length": _length,
    "setting": _setting,
    "objects": _objects,
    "name": _names,
    "look": _looks,
    "box": _boxes,
    "still": _still,
}
RULES = tuple(_RULES)
