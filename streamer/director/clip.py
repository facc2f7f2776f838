"""How many tokens CLIP's text encoder reads for a text. Pure, but for reading its table of merges once.

    LIMIT = 75
    load() -> None                       reads the table (30 ms of CPU), so that the first prompt need not
    tokens(text: str) -> int             without the start and end token
    cut(text: str, limit: int) -> str    the longest head of whole words with at most `limit` tokens
    unspaced(text: str) -> bool          whether it is in a script without blanks between words

CLIP's context is 77 tokens with start and end; what is beyond is silently not read. The rules are those of OpenAI's
`simple_tokenizer.py` (byte-level BPE, https://github.com/openai/CLIP) as transformers' CLIPTokenizer applies them,
which is what diffusion pipelines read with: NFC, lower case, words of letters, single digits, runs of signs. OpenAI's
own also mends what looks broken (ftfy) and resolves HTML entities; where a text holds entities, the larger count of
both readings is given. The merges are OpenAI's (MIT; the notice is in the file).
"""

from __future__ import annotations

import gzip
import heapq
import html
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby

LIMIT = 75
LONG = 8
"""Tokens of a word that is none: English ones have up to 6."""

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese."""

_PIECE = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W_]+|[\W_]+")
_SPECIAL = ("<|startoftext|>", "<|endoftext|>")
_PRINTED = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
_BYTES = {byte: chr(byte) for byte in _PRINTED}
_BYTES |= {byte: chr(256 + n) for n, byte in enumerate(byte for byte in range(256) if byte not in _BYTES)}
"""How the table writes each byte: as itself where that is printed, else as a letter above U+00FF (as GPT-2 does)."""


@cache
def _ranks() -> dict[str, int]:
    """ "i n" → 0: two neighbours that are one token, the most important first."""
    text = gzip.decompress((files(__package__) / "clip_merges.txt.gz").read_bytes()).decode()
    _notice, _, merges = text.partition("\n\n")
    return {merge: rank for rank, merge in enumerate(merges.split("\n"))}


def load() -> None:
    """Read the table of merges now. Without this the first count does it."""
    _ranks()


def tokens(text: str) -> int:
    """How many tokens `text` is, without start and end. Control characters are undefined (nothing sends them)."""
    count = _count(text)
    return max(count, _count(html.unescape(html.unescape(text)))) if "&" in text else count


def _count(text: str) -> int:
    # transformers lowers letter by letter: a sigma at a word's end is a sigma.
    text = unicodedata.normalize("NFC", text).replace("Σ", "σ").lower()
    return sum(_word(word) for word in text.split())


@lru_cache(maxsize=8192)
def _word(word: str) -> int:
    """Tokens of what stands between blanks."""
    count = 0
    for piece in _PIECE.findall(word):
        if piece in _SPECIAL:
            count += 1
        elif piece.isalpha() or not piece[0].isalnum():
            count += _merged(piece)
        else:  # letters stay together, digits stand alone
            for letters, run in groupby(piece, str.isalpha):
                together = "".join(run)
                count += _merged(together) if letters else sum(map(_merged, together))
    return count


def _merged(piece: str) -> int:
    """What is left of the bytes of `piece` once neighbours are merged, best rank first: O(n log n)."""
    ranks = _ranks()
    symbols = [_BYTES[byte] for byte in piece.encode("utf-8", "replace")]
    symbols[-1] += "</w>"
    before, after = [*range(-1, len(symbols) - 1)], [*range(1, len(symbols) + 1)]
    heap: list[tuple[int, int, str]] = []

    def offer(at: int) -> None:
        if at >= 0 and after[at] < len(symbols):
            pair = f"{symbols[at]} {symbols[after[at]]}"
            if pair in ranks:
                heapq.heappush(heap, (ranks[pair], at, pair))

    for at in range(len(symbols)):
        offer(at)
    count = len(symbols)
    while heap:
        _, at, pair = heapq.heappop(heap)
        right = after[at]
        if not symbols[at] or right >= len(symbols) or f"{symbols[at]} {symbols[right]}" != pair:
            continue  # one of the two was merged meanwhile
        symbols[at] += symbols[right]
        symbols[right] = ""
        after[at] = after[right]
        if after[at] < len(symbols):
            before[after[at]] = at
        count -= 1
        offer(before[at])
        offer(at)
    return count


def cut(text: str, limit: int) -> str:
    """The longest head of whole words with at most `limit` tokens, without a dangling "of the" at its end.

    Scripts without blanks are cut between characters, and so is a word of very many tokens if nothing else is kept but
    "in the".
    """
    if tokens(text) <= limit:
        return text
    kept: list[str] = []
    left = limit
    for word in text.split():
        count = tokens(word)
        if count > left:
            alone = count > LONG and all(map(_DANGLING.fullmatch, kept))
            kept += [_characters(word, left)] if alone or unspaced(word) else []
            break
        kept.append(word)
        left -= count
    return whole(" ".join(kept).rstrip())


def unspaced(text: str) -> bool:
    """Whether `text` holds a letter of a script that puts no blanks between words."""
    return bool(_UNSPACED.search(text))


_DANGLING = re.compile(
    r"(?:^|[ ,;:–-]+)(?:an?|the|of|in|on|at|to|by|with|from|for|into|onto|over|under|through|and|or|but|as|while|its|"
    r"his|her|their|is|are|that|which|who|where|[,;:–-]+)$",
    re.IGNORECASE,
)


def whole(text: str) -> str:
    """`text` without the little words at its end that wait for another: "a fox in the" → "a fox"."""
    while (shorter := _DANGLING.sub("", text).rstrip(" ,;:–-")) != text and shorter:
        text = shorter
    return text


def _characters(word: str, limit: int) -> str:
    """The longest head of `word` that bisection finds: counts do not quite rise with each character."""
    low, high = 0, len(word)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tokens(word[:middle]) <= limit else (low, middle)
    # Not between a sign and what changes it (an accent, the parts of one emoji).
    while low and (unicodedata.category(word[low])[0] == "M" or "\u200d" in word[low - 1 : low + 1]):
        low -= 1
    return word[:low]
