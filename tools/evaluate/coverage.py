"""How many of the commonest concrete nouns the sketch engine draws.

    python -m tools.evaluate coverage [--nouns FILE] [--list]

Of the 1,000 in nouns.txt (how they were found: nouns.py): those with a drawing, those that the setting draws (a sea, a
street), those drawn as a plain person because that is what they look like (a customer, a neighbour), and those that
fall back to a labelled silhouette. A look-up whose drawing nobody would call by the noun does not count: the sheet of
all was looked at, and such nouns are in `NOT_IT`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engines.sketch.cast.lexicon import find
from engines.sketch.language.words import table

NOUNS = Path(__file__).with_name("nouns.txt")
DRAWN, SETTING, PERSON, FALLBACK = "drawn", "drawn by the setting", "drawn as a person", "labelled silhouette"

_PLAIN = {f"person:{name}" for name in ("person", "man", "woman", "child", "boy", "girl", "business person")}
_SAME = {"person", "man", "woman", "child", "boy", "girl", "guy", "lady", "lad", "kid", "adult", "businessman"}

NOT_IT = frozenset(["toe", "heel", "ankle", "trailer", "buffalo", "tobacco", "cord"])
"""Nouns whose drawing is of something near and not of them."""


def nouns(path: Path) -> list[str]:
    """The lines of a file without comments. Raises OSError, UnicodeDecodeError."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def shown(noun: str) -> str:
    """How a noun is shown."""
    key = find(noun)
    if key == "" or (key.startswith("label:") and noun in table("places")):
        return SETTING
    if key.startswith("label:") or noun in NOT_IT:
        return FALLBACK
    return PERSON if key in _PLAIN and noun not in _SAME else DRAWN


def coverage(words: Iterable[str]) -> Mapping[str, list[str]]:
    """The nouns by how they are shown."""
    found: dict[str, list[str]] = {DRAWN: [], SETTING: [], PERSON: [], FALLBACK: []}
    for word in words:
        found[shown(word)].append(word)
    return found


def main(argv: Sequence[str]) -> int:
    """Print the figures, and with --list the nouns; 1 where the file cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate coverage", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--nouns", type=Path, default=NOUNS, help="a noun a line (default: the 1,000 of nouns.txt)")
    parser.add_argument("--list", action="store_true", help="print all nouns, not only those without a drawing")
    options = parser.parse_args(argv)
    try:
        words = nouns(options.nouns)
    except (OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    found = coverage(words)
    print(f"{len(words) - len(found[FALLBACK])} of {len(words)} nouns are shown for what they are")
    for how, those in found.items():
        print(f"{len(those):5}  {how}")
        if options.list or how == FALLBACK:
            print("       " + ", ".join(those))
    return 0
