"""The small storyteller that is built in: a chat request in, keyframes out. Pure, deterministic, and no LLM.

`telling` goes from request to keyframes; `hearing` and `reading` understand a sentence with the words of `lexicon` and
`habitats` and the grammar of `english`; `staging` moves the figures and `keyframe` says what is seen.
"""

from .telling import tell, tell_one

__all__ = ["tell", "tell_one"]
