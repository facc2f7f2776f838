"""Which words a prompt may not hold: the hook, and a list in a file. Pure, but for reading the file once.

The list is as good as its entries. It compares whole words, whatever their case, accents, width and invisible
characters, and phrases across punctuation and line ends. It does not see through figures for letters ("b4d"), blanks
within a word ("b a d"), letters of another alphabet that look alike, or other forms of a word ("bads"): whoever wants
these writes them down, or another `Moderator`. It reads what people ask, not what the LLM answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from streamer.errors import UserError

MAX_FILE_BYTES = 1 << 20
MAX_PHRASE = 32  # words, or characters of a script that is written without blanks

REASON = "the prompt holds words that are not allowed here (banned_words)"
"""It names the setting and not the word: an answer that did would read the list out, one guess after another."""


class Moderator(Protocol):
    """The hook. Called for every text of a play or steer: its words, its style, its language."""

    def judge(self, words: str, author: str) -> str:
        """Why `words` are refused, for their author and for the dead letter; "" where they may pass. `author` is
        opaque, "" if unknown. It is called on the event loop and may not wait."""


class WordList:
    """Words and phrases that are banned. Raises ValueError where there are none."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._banned = {tuple(units(entry)) for entry in entries} - {()}
        self._lengths: dict[str, set[int]] = {}  # of the entries that begin with a word
        for entry in self._banned:
            self._lengths.setdefault(entry[0], set()).add(len(entry))
        if not self._banned:
            raise ValueError("no words")

    @classmethod
    def load(cls, path: Path) -> WordList:
        """The list in a UTF-8 file: a word or phrase a line, what follows a # is a comment. Raises `UserError`."""
        given = f"--banned-words {path}"
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise UserError(f"{given}: {error.strerror}") from error
        if len(raw) > MAX_FILE_BYTES:
            raise UserError(
                f"{given}: larger than {MAX_FILE_BYTES} bytes, which is all that a list may have; shorten it"
            )
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise UserError(f"{given}: line {line} is not UTF-8 ({raw[error.start]:#04x}); save it as UTF-8") from error
        entries = [line.partition("#")[0].strip() for line in text.splitlines()]
        for number, entry in enumerate(entries, 1):
            if entry and not units(entry):
                raise UserError(
                    f"{given}: line {number} has no letter or digit ({entry[:20]!r}); write # before a comment"
                )
            if len(units(entry)) > MAX_PHRASE:
                raise UserError(f"{given}: line {number} has more than {MAX_PHRASE} words; write one phrase a line")
        try:
            return cls(entries)
        except ValueError:
            raise UserError(
                f"{given}: holds no word; write one word or phrase a line, or leave the option out to ban nothing"
            ) from None

    def __len__(self) -> int:
        return len(self._banned)

    def judge(self, words: str, author: str) -> str:
        said = units(words)
        for start, first in enumerate(said):
            for length in self._lengths.get(first, ()):
                if tuple(said[start : start + length]) in self._banned:
                    return REASON
        return ""


_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_UNIT = re.compile(f"[{_UNSPACED}]|[^ {_UNSPACED}]+")


def units(text: str) -> list[str]:
    """What is compared: words, and single characters of scripts that are written without blanks (Thai, Lao, Burmese,
    Khmer, Japanese, Chinese), where any run of them may be a word."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _UNIT.findall("".join(map(_kept, folded)))


def _kept(char: str) -> str:
    """A character of a word as it is, "" for what only dresses one, a blank for what parts words."""
    if char.isascii():
        return char if char.isalnum() else " "
    category = unicodedata.category(char)
    if category == "Cf" or char == "\u034f" or "\ufe00" <= char <= "\ufe0f":  # zero width, soft hyphen, variants
        return ""
    if category[0] == "M":
        # Accents by their combining class: strokes through a letter, Hebrew and Arabic points, marks above and below.
        # The others (0, 7, 8, 9, 103 …) are vowels, viramas and voicing: another letter in effect.
        mark = unicodedata.combining(char)
        return "" if mark == 1 or 10 <= mark <= 36 or mark >= 200 else char
    return char if char.isalnum() else " "
