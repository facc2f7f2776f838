"""The small storyteller that is built in: a chat request in, keyframes out. Pure, deterministic, and no LLM.

`telling` goes from request to keyframes. `hearing` and `reading` understand a sentence (a `wish`) with the words of
`lexicon`, `whereabouts` and `habitats` and the grammar of `english`; `understanding` keeps what follows from each word,
with what people hold (`holding`), who a band is (`troupes`) and what is on what (`relations`). `drama` knows what
happens when, along the scenes and beats of `director.arc`, with the shots of `shots`, `encounters` and `troubles`, in
the words of `sayings`, in the places of `worlds`; `casting` says who is there (`figures`), `staging` moves them,
`keyframe` says what is seen and `summary` what has happened.

Its limits. It reads English only, and the commonest few dozen words of German; of any other language it sees at most
one noun that it does not know. It reads one clause at a time, keeps words that it does not know as they are, and writes
English only. It invents nothing: what can happen are about thirty beats of four keyframes, nine troubles and some sixty
guests. They are dealt like cards, by dice from (words, seed), so that each comes once before one comes again, and every
scene says them in other words where there are some (`sayings`): no keyframe comes back with its words and boxes, but
within a quarter of an hour the same things happen to the same fox. It knows no dialogue and no causes, and nobody in
it wants anything. It remembers nothing beyond the last keyframe: a guest who has left is a stranger when he comes
again. It exists so that a film plays within a second on a machine without network, weights or GPU.
"""

from collections.abc import Sequence
from typing import Any

from . import casting, telling
from .fence import fenced

WORDLESS = [{"role": "user", "content": ""}]


@fenced(lambda messages: telling.tell(WORDLESS))
def tell(messages: Sequence[Any]) -> str:
    """The answer to a chat request: `{"frames":[…],"synopsis":"…","plan":[…]}`."""
    return telling.tell(messages)


@fenced(lambda messages: telling.tell_one(WORDLESS))
def tell_one(messages: Sequence[Any]) -> bytes:
    """The first keyframe of that answer, a JSON object."""
    return telling.tell_one(messages)


@fenced(lambda wish, there: True)
def begins_anew(wish: str, there: Sequence[str]) -> bool:
    """Whether a wish is a film of its own, where these nouns are seen."""
    return casting.begins_anew(wish, there)


__all__ = ["begins_anew", "tell", "tell_one"]
