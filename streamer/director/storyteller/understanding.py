"""What follows from each word that was read: who is there, how they look, what they do, hold and stand on. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .english import singular
from .holding import deed, with_it
from .lexicon import ADDS, ADJECTIVES, AT, BESIDE, BOTH_DO, NOUNS
from .reading import Reading
from .relations import RELATIONS
from .whereabouts import GROUNDS, HALLS, PLACES, SEEN_BELOW, SHORES, WEATHERS
from .wish import Subject, kind_of

MAX_SUBJECTS = 4
MAX_LOOKS = 4


@dataclass(slots=True)
class Heard:
    """A subject in the making."""

    noun: str
    looks: list[str]
    doing: str
    count: int
    located: bool  # "on a mat": it does nothing by itself
    other: bool
    how: str = ""
    to: str = ""

    def subject(self) -> Subject:
        look = ", ".join(self.looks[-MAX_LOOKS:])
        return Subject(self.noun, look, self.doing, self.count, self.other, self.how, self.to)


class Understanding(Reading):
    """What has been understood so far."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.heard: list[Heard] = []
        self.place = self.time = self.weather = self.camera = self.doing = self.pending = ""
        self.season = self.hint = ""  # the place that a thing is usually at: "a kitchen table"
        self.tempo = 1.0
        self.gone: set[str] = set()
        self.look: list[str] = []  # of nobody in particular
        self.preposition = ""  # that the next noun phrase belongs to
        self.removing = self.turning = self.adding = False
        self.waiting = False  # a subject waits for its verb
        self.verbs = 0  # of this clause

    def _do(self, doing: str) -> None:
        idle = [h for h in self.heard if not h.located and not h.doing]
        # "a samurai with an umbrella walks": the umbrella does not, unless it is all there is.
        idle = [h for h in idle if kind_of(h.noun).domain != "fixed"] or idle
        if idle and self.heard and not self.waiting and self.verbs > 1:
            idle = idle[-1:]
        for heard in idle:
            heard.doing = doing
        if not self.heard:
            self.doing = doing
        self.waiting = False

    def _found(self, noun: str, looks: list[str], doing: str, count: int, article: str) -> None:
        """A noun phrase. count 0: more than one, but how many was not said."""
        preposition, self.preposition = self.preposition, ""
        if self.removing and not self.turning:
            if noun in NOUNS or noun not in PLACES:
                self.gone.add(noun)
            self.removing = False
            return
        if noun == "planet" and preposition in AT and "red" in looks:
            noun = "mars"
        if noun in PLACES and PLACES[noun] in SHORES and any(h.doing == "drinking" for h in self.heard):
            preposition = "by"
        if place := _place_of(noun, preposition) or self._crossed(noun, preposition, looks):
            if not self.place or preposition:
                weather = next((WEATHERS[look] for look in looks if look in WEATHERS), "")
                self.weather = self.weather or weather
                self.place = place
            at_home = [owner for look in looks if (owner := singular(look)) and kind_of(owner).alive]
            if at_home and not self.heard:  # "my grandmother's kitchen"
                self.heard.append(Heard(at_home[-1], [], "", 1, located=True, other=False))
            self.waiting = False
            return
        if self.heard and not self.removing and not self.turning and self._holds(noun, looks, count, preposition):
            return
        if self.turning and self.gone:
            self.adding = True
            self.turning = False
        kind = kind_of(noun)
        count = count or (2 if kind.alive else 3)
        same = next((h for h in self.heard if h.noun == noun and article not in ("a", "an", "another", "second")), None)
        looks = [look for look in looks if look not in ("second", "another")]
        if same is not None:
            same.looks = same.looks or looks
        elif len(self.heard) < MAX_SUBJECTS:
            done = next((h.doing for h in reversed(self.heard) if h.doing), "") if not preposition else ""
            if not doing and done in BOTH_DO and kind.alive and self.verbs:
                doing = BOTH_DO[done]
            located = bool(preposition) and bool(self.heard)
            other = article in ("another", "second", "more") or (article in ("a", "an") and self.words[0] in ADDS)
            if located or self._touches():
                self._placed(preposition or "beside", noun)
            if noun == "kite" and self.heard and self.heard[-1].doing == "flying" and not preposition:
                self.heard[-1].doing = "playing"  # it is the kite that flies
            self.heard.append(Heard(noun, looks, doing or self._waiting_verb(), count, located, other))
            self.waiting = not located
            return
        self.waiting = True

    def _crossed(self, noun: str, preposition: str, looks: list[str]) -> str:
        """The bridge that is crossed is where it happens; "" for anything else."""
        last = noun.split()[-1]
        if last != "bridge" or not (preposition in AT or any(h.doing == "crossing" for h in self.heard)):
            return ""
        return " ".join([*(look for look in looks if look in NOUNS or look in ADJECTIVES), noun])

    def _holds(self, noun: str, looks: list[str], count: int, preposition: str) -> bool:
        """Whether it is in somebody's hands, and said of that one: "a girl with a red umbrella"."""
        owner = self.heard[-1]
        if preposition in ("with", "under"):
            look = with_it(owner.noun, noun, looks) if preposition == "with" or noun in ("umbrella", "parasol") else ""
            if look and count == 1:
                owner.looks.append(look)
                return True
        elif not preposition and (told := deed(owner.noun, owner.doing, noun, looks, count)):
            for heard in self.heard:
                heard.doing = told if heard.doing == owner.doing and heard is not owner else heard.doing
            owner.doing = told
            return True
        return False

    def _touches(self) -> bool:
        """Whether the verb puts who does it there: "leans on", "climbs"."""
        return bool(self.heard) and self.heard[-1].doing in ("climbing",)

    def _placed(self, preposition: str, noun: str) -> None:
        """Those who are said before it are on it, under it, …"""
        how = RELATIONS.get(preposition, "")
        if not how or not self.heard:
            return
        last = self.heard[-1]
        if how == "over" and last.doing in ("jumping", "leaping", "hopping"):
            how = "before"
        if last.doing == "leaning":
            how = "beside"
        for heard in [last] if last.located else [h for h in self.heard if not h.located]:
            if not heard.how and heard.noun != noun:
                heard.how, heard.to = how, noun

    def _waiting_verb(self) -> str:
        """A verb that was said before anybody was there to do it: "running through the snow, a fox"."""
        doing, self.pending = self.pending, ""
        return doing


def _place_of(noun: str, preposition: str) -> str:
    """The place that a noun is after a preposition, "" if it is a thing there."""
    if noun in HALLS and preposition in ("in", "inside", "into", "through", "within"):
        return HALLS[noun]
    if noun in GROUNDS and preposition in AT:
        return GROUNDS[noun]
    place = "" if noun in NOUNS else PLACES.get(noun, "")
    if preposition in ("over", "above"):
        return SEEN_BELOW.get(place, place)
    return SHORES.get(place, place) if preposition in BESIDE else place
