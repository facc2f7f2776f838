"""The small storyteller that is built in: a chat request in, keyframes out. Pure, deterministic, and no LLM.

`telling` goes from request to keyframes. `hearing` and `reading` understand a sentence (a `wish`) with the words of
`lexicon` and `habitats` and the grammar of `english`. `drama` knows what happens when, along the scenes and beats of
`director.arc`, with the shots of `shots` and `troubles` in the places of `worlds`; `casting` says who is there
(`figures`), `staging` moves them, `keyframe` says what is seen and `summary` what has happened.

Its limits. It reads English only, and the commonest few dozen words of German; of any other language it sees at most
one noun that it does not know. It reads one clause at a time, keeps words that it does not know as they are, and writes
English only. It invents nothing: what can happen are about thirty beats of four keyframes, nine troubles and some sixty
guests, drawn by dice from (words, seed, scene), so that an hour never stands still, but its sentences come back every
few minutes. It knows no style, no dialogue and no causes, and nobody in it wants anything. It remembers nothing beyond
the last keyframe: a guest who has left is a stranger when he comes again. It exists so that a film plays within a
second on a machine without network, weights or GPU.
"""

from .telling import tell, tell_one

__all__ = ["tell", "tell_one"]
