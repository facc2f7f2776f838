"""Finds the frame objects in an LLM's answer while it is still arriving.

The answer may be `{"frames":[…]}`, an array, JSON Lines or a bare object, with prose, code fences or `<think>…</think>`
around it. A deliberately small state machine over regular expressions rather than an incremental JSON parser: those
either hand out unfinished objects or give up at the first word of prose. What it finds is balanced, not valid: each
object is judged on its own by `script.read`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto

from streamer.errors import Rejected

_OPENING = re.compile(r"\{|<think>")
_STRUCTURE = re.compile(r'[{}\[\]"]')
_STRING_END = re.compile(r'["\\]')
_BLANKS = " \t\r\n"
_VISIBLE = re.compile(r"[^ \t\r\n]")


class _State(Enum):
    PROSE = auto()  # outside of any object
    MAYBE = auto()  # a brace in prose: an object only if a key or its end follows
    THINK = auto()
    INSIDE = auto()
    STRING = auto()
    ESCAPE = auto()


class Scanner:
    """`feed` it text split anywhere; it yields each object, as JSON text, in the moment that its last brace arrives.

    `max_object` and `max_blank` are characters: an object that never closes, or a run of white space without end (a
    known failure of constrained decoding, vllm#38696), raises `Rejected` after everything found before it was yielded.
    """

    def __init__(self, *, max_object: int = 16_384, max_blank: int = 1_024) -> None:
        self._max_object = max_object
        self._max_blank = max_blank
        self._endless = re.compile(rf"[ \t\r\n]{{{max_blank + 1}}}")
        self._state = _State.PROSE
        self._held = ""  # the end of what was fed, if it may be the beginning of a tag
        self._blank = 0  # length of the run of white space that was fed last
        self._depth = 0  # open braces and brackets
        self._list = 0  # depth inside of the "frames" list, 0 outside
        self._pieces: list[str] = []  # of the object being read
        self._size = 0
        self._keeping = False  # whether what is read belongs to an object that may be yielded
        self._word = ""  # the beginning of the string being read, or of the last one
        self._after = ""  # what followed that string, without white space

    def feed(self, text: str) -> Iterator[str]:
        """Yields the objects that `text` completes. Exhaust it before the next call."""
        text, self._held = self._held + text, ""
        at = 0
        while at < len(text):
            state = self._state
            if state is _State.STRING:
                at = self._string(text, at)
            elif state is _State.INSIDE:
                at, found = self._inside(text, at)
                if found is not None:
                    yield found
            elif state is _State.ESCAPE:
                self._keep(text[at])
                self._state, at = _State.STRING, at + 1
            elif state is _State.PROSE:
                at = self._prose(text, at)
            elif state is _State.MAYBE:
                at = self._maybe(text, at)
            else:
                at = self._think(text, at)

    def _prose(self, text: str, at: int) -> int:
        opening = _OPENING.search(text, at)
        if opening is None:
            return self._hold(text, at, "<think>")
        self._count_blanks(text[at : opening.start()])
        self._blank = 0
        if opening.group() == "{":
            self._pieces, self._size, self._keeping = ["{"], 1, True
            self._state = _State.MAYBE
        else:
            self._state = _State.THINK
        return opening.end()

    def _think(self, text: str, at: int) -> int:
        end = text.find("</think>", at)
        if end < 0:
            return self._hold(text, at, "</think>")
        self._state, self._blank = _State.PROSE, 0
        return end + len("</think>")

    def _hold(self, text: str, at: int, tag: str) -> int:
        """Everything of `text` is skipped but an end that `tag` may begin with."""
        held = next((n for n in range(min(len(tag) - 1, len(text) - at), 0, -1) if text.endswith(tag[:n])), 0)
        end = len(text) - held
        self._held = text[end:]
        self._count_blanks(text[at:end])
        return len(text)

    def _maybe(self, text: str, at: int) -> int:
        visible = _VISIBLE.search(text, at)
        end = visible.start() if visible else len(text)
        self._count_blanks(text[at:end])
        self._keep(text[at:end])
        if visible is None:
            return end
        if visible.group() == '"':
            self._state, self._depth, self._list, self._word, self._after = _State.INSIDE, 1, 0, "", ""
        else:  # "{objects}", "{}": no object of interest
            self._state = _State.PROSE
        return end

    def _string(self, text: str, at: int) -> int:
        end = _STRING_END.search(text, at)
        stop = end.start() if end else len(text)
        self._keep(text[at:stop])
        if len(self._word) < 8:
            self._word += text[at : min(stop, at + 8)]
        if end is None:
            return stop
        self._keep(end.group())
        if end.group() == "\\":
            self._state = _State.ESCAPE
            self._word += "\\"  # a key with an escape is not ours
        else:
            self._state, self._after = _State.INSIDE, ""
        return end.end()

    def _inside(self, text: str, at: int) -> tuple[int, str | None]:
        found = _STRUCTURE.search(text, at)
        end = found.start() if found else len(text)
        gap = text[at:end]
        if gap:
            self._count_blanks(gap)
            self._keep(gap)
            if len(self._after) < 8:
                self._after += gap.strip(_BLANKS)[:8]
        if found is None:
            return end, None
        self._blank = 0
        mark = found.group()
        if mark == '"':
            self._keep(mark)
            self._state, self._word, self._after = _State.STRING, "", ""
        elif mark in "{[":
            self._open(mark)
        else:
            return found.end(), self._close(mark)
        return found.end(), None

    def _open(self, mark: str) -> None:
        if mark == "[" and not self._list and self._word == "frames" and self._after == ":":
            self._depth += 1
            self._list = self._depth
            self._pieces, self._keeping = [], False
        elif mark == "{" and self._depth == self._list:
            self._depth += 1
            self._pieces, self._size, self._keeping = ["{"], 1, True
        else:
            self._depth += 1
            self._keep(mark)
        self._word = self._after = ""

    def _close(self, mark: str) -> str | None:
        if mark == "}" and self._depth == self._list:
            return None  # one brace too many after a frame: the list goes on
        self._keep(mark)
        self._depth -= 1
        self._word = self._after = ""
        if self._depth < self._list:
            self._list = 0
        if self._depth == 0:
            self._state = _State.PROSE
        if self._keeping and self._depth == self._list:
            self._keeping = False
            return "".join(self._pieces)
        return None

    def _keep(self, text: str) -> None:
        if not self._keeping or not text:
            return
        self._pieces.append(text)
        self._size += len(text)
        if self._size > self._max_object:
            raise Rejected(f"an object of the answer is still open after {self._max_object} characters")

    def _count_blanks(self, gap: str) -> None:
        """Follow runs of white space, also across calls."""
        if gap and gap[0] > " " and gap[-1] > " " and len(gap) <= self._max_blank:  # nearly always
            self._blank = 0
            return
        leading = len(gap) - len(gap.lstrip(_BLANKS))
        longest = self._blank + leading
        if leading < len(gap):
            self._blank = len(gap) - len(gap.rstrip(_BLANKS))
        else:
            self._blank = longest
        if longest > self._max_blank or self._endless.search(gap):
            raise Rejected(f"the answer holds more than {self._max_blank} blanks in a row")
