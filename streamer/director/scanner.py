"""Finds the frame objects in an LLM's answer while it is still arriving.

The answer may be `{"frames":[…]}`, an array, JSON Lines or a bare object, with prose, code fences or reasoning in tags
around it and comments in it. A deliberately small state machine over regular expressions rather than an incremental
JSON parser: those either hand out unfinished objects or give up at the first word of prose. What it finds is balanced,
not valid: each object is judged on its own by `script`.

Only a closing brace can complete an object, so text without one waits for more: deltas of one character cost no more
than whole pages. All repetitions below are possessive and no run is searched twice: the cost is linear, whatever comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

import msgspec

from streamer.errors import Rejected
from streamer.messages import UNREADABLE

PATIENCE = 256  # characters without a closing brace that wait for more

_REASONING = {  # how it begins: how it ends
    "<think>": "</think>",  # DeepSeek R1, Qwen3, most others
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",  # Magistral
    "<|START_THINKING|>": "<|END_THINKING|>",  # Command A
    "<|channel|>analysis": "<|end|>",  # gpt-oss, where a server leaves its channels in
}

_BLANK = r"[ \t\r\n]"
_STRING = r'"(?:[^"\\]++|\\.)*+"'
_COMMENT = r"//[^\n]*+\n|/\*(?:[^*]++|\*(?!/))*+\*/"
_KEY = '"frames"'

_OPENING = re.compile(
    rf'\{{{_BLANK}*+(?="|/[/*])|{"|".join(map(re.escape, _REASONING))}'
    rf"|((?:\{{{_BLANK}*+/?|<[\w|>:]{{0,18}}+|\[[A-Z]{{0,5}}+)\Z)"  # the text ends in what may become one
)
_STOP = re.compile(  # inside of an object: all that matters, whatever does not being skipped before it
    r'(?:[^"{}\[\]/]++'
    rf"|(?!{_KEY}){_STRING}"
    rf"|{_KEY}(?!{_BLANK}*+(?::{_BLANK}*+)?(?:\[|\Z))"  # a word, not the key
    rf"|{_COMMENT}"
    r"|/(?![/*]|\Z))*+"
    rf'([{{}}\[\]]|{_KEY}{_BLANK}*+:{_BLANK}*+\[|"|//|/\*|/|\Z)',  # a lone quote: its string is not all there yet
    re.DOTALL,
)
_OPENS = ("{", "[")  # how marks end that open something
_RESTS = {  # what is left of something cut in two: (all of it that is there, its end or nothing)
    '"': re.compile(r'(?:[^"\\]++|\\.)*+("?)', re.DOTALL),
    "//": re.compile(r"[^\n]*+(\n?)"),
    "/*": re.compile(r"(?:[^*]++|\*(?!/|\Z))*+((?:\*/)?)"),
}
_STRING_OR_COMMENT = re.compile(rf"({_STRING})|{_COMMENT}", re.DOTALL)
_NOTHING_BESIDES = re.compile(rf"\{{(?:{_BLANK}|,|{_KEY}{_BLANK}*+:{_BLANK}*+\[\])*+\}}")
_QUOTED = re.compile(rf'{_KEY}{_BLANK}*+:{_BLANK}*+"')


class _Where(Enum):
    PROSE = auto()  # outside of any object
    REASONING = auto()
    OBJECT = auto()  # in an object, and in no list of frames
    LIST = auto()  # in a list of frames


class Scanner:
    """`feed` it text split anywhere; it gives each object, as JSON text, in the moment that its last brace arrives.

    An object with a list of "frames" comes after them, at its own end, with that list empty and whatever else it holds:
    `{"frames":[],"synopsis":"…"}`; if it holds nothing else, it does not come. Comments are left out.

    Reasoning that is never closed is reasoning to the end: a model drafts frames there that it does not mean.

    `max_object` and `max_blank` are characters: an object that never closes, or a run of white space without end (a
    known failure of constrained decoding, vllm#38696), raises `Rejected` after everything found before it was given. It
    may take `PATIENCE` characters more to be noticed. Then the scanner is of no more use.
    """

    def __init__(self, *, max_object: int = 16_384, max_blank: int = 1_024) -> None:
        self._max_blank = max_blank
        self._endless = re.compile(rf"(?<!{_BLANK}){_BLANK}{{{max_blank + 1}}}")
        self._patience = min(PATIENCE, max_object, max_blank)
        self._new: list[str] = []  # fed and not looked at yet
        self._waiting = 0  # characters of it
        self._held = ""  # the end of what was looked at, where it may be the beginning of something
        self._blanks = 0  # length of the run of white space that was looked at last
        self._where = _Where.PROSE
        self._until = ""  # how what is being read began, where that was cut: a string, a comment, reasoning
        self._nested = 0  # open brackets of the list of frames
        self._depth = 0  # open brackets of the frame in it, 0: between frames
        self._frame = _Kept(max_object)
        self._object = _Kept(max_object)  # the outermost object, without its frames
        self._opened: list[int] = []  # where in it the braces are that are open; -1 for an open square bracket
        self._owners: set[int] = set()  # those of them that hold a list of frames
        self._listed = False  # whether it held any

    def feed(self, text: str) -> Iterable[str]:
        """The objects that `text` completes."""
        self._new.append(text)
        self._waiting += len(text)
        if "}" not in text and self._waiting < self._patience:
            return ()
        text = "".join(self._new)
        self._new.clear()
        self._waiting = 0
        fine = self._within_blanks(text)
        refusal = None if fine is None else Rejected(f"the answer holds more than {self._max_blank} blanks in a row")
        text = self._held + text[:fine]
        self._held = ""
        found: list[str] = []
        at = 0
        try:
            while at < len(text):
                if self._until:
                    at = self._finish(text, at)
                elif self._where is _Where.LIST:
                    at = self._in_list(text, at, found)
                elif self._where is _Where.OBJECT:
                    at = self._in_object(text, at, found)
                else:
                    at = self._in_prose(text, at)
        except Rejected as error:
            refusal = error
        return found if refusal is None else _and_then(found, refusal)

    def _within_blanks(self, text: str) -> int | None:
        """How much of `text` there is before white space becomes too much; None: all of it is well."""
        if text[0] > " " < text[-1] and len(text) <= self._max_blank:  # nearly always
            self._blanks = 0
            return None
        leading = len(text) - len(text.lstrip(" \t\r\n"))
        if self._blanks + leading > self._max_blank:
            return 0
        if len(text) > self._max_blank and (endless := self._endless.search(text)):
            return endless.start()
        self._blanks = len(text) - len(text.rstrip(" \t\r\n")) if leading < len(text) else self._blanks + leading
        return None

    def _in_prose(self, text: str, at: int) -> int:
        opening = _OPENING.search(text, at)
        if opening is None:
            return len(text)
        if opening[1] is not None:
            self._held = opening[1]
            return len(text)
        if opening[0] in _REASONING:
            self._where, self._until = _Where.REASONING, opening[0]
            return opening.end()
        self._where = _Where.OBJECT
        self._object.clear()
        self._opened, self._owners, self._listed = [], set(), False
        return opening.start()  # its brace is read as any other

    def _finish(self, text: str, at: int) -> int:
        """Read on in what was cut."""
        if self._where is _Where.REASONING:
            tag = _REASONING[self._until]
            end = text.find(tag, at)
            if end < 0:
                self._held = text[max(at, len(text) - len(tag) + 1) :]
                return len(text)
            self._where, self._until = _Where.PROSE, ""
            return end + len(tag)
        rest = _RESTS[self._until].match(text, at)
        assert rest is not None  # each of them matches nothing too
        self._keep(text[at : rest.end()])
        if rest[1]:
            self._until = ""
        else:
            self._held = text[rest.end() :]  # a backslash, or a star that may end a comment
        return rest.end() + len(self._held)

    def _in_list(self, text: str, at: int, found: list[str]) -> int:
        depth, frame = self._depth, self._frame
        for stop in _STOP.finditer(text, at):
            mark = stop[1]
            if depth:
                if mark == "}" or mark == "]":
                    depth -= 1
                    if not depth:
                        end = stop.end()
                        whole = frame.take(text[at:end])
                        if mark == "}":  # what a bracket ends is none, and nothing would have looked for it
                            found.append(_plain(whole))
                        at = end
                elif mark[-1:] in _OPENS:
                    depth += 1
                else:
                    self._depth = depth
                    return self._cut(text, at, stop)
            elif mark == "{":
                depth, at = 1, stop.end() - 1
            elif mark == "]":
                self._nested -= 1
                if not self._nested:
                    self._where, self._depth = _Where.OBJECT, 0
                    return stop.end() - 1
            elif mark[-1:] == "[":
                self._nested += 1
            elif mark != "}":  # a brace too many after a frame: the list goes on
                self._depth = 0
                return self._cut(text, at, stop)
        raise AssertionError("the last stop is the end of the text")

    def _in_object(self, text: str, at: int, found: list[str]) -> int:
        kept, opened, owners = self._object, self._opened, self._owners
        before = kept.size - at
        for stop in _STOP.finditer(text, at):
            mark, end = stop[1], stop.end()
            if mark == "{":
                opened.append(before + end - 1)
            elif mark == "[":
                opened.append(-1)
            elif mark == "}" or mark == "]":
                start = opened.pop()
                if start in owners or not opened:
                    kept.add(text[at:end])
                    at = end
                if start in owners:
                    owners.remove(start)
                    notes = _plain(kept.since(start))
                    if mark == "}" and not _NOTHING_BESIDES.fullmatch(notes):
                        found.append(notes)
                elif mark == "}" and not opened and not self._listed:
                    found.extend(_unquoted(_plain(kept.since(0))))
                if not opened:
                    self._where = _Where.PROSE
                    return end
            elif mark[-1:] == "[":
                kept.add(text[at:end])
                if opened[-1] >= 0:
                    owners.add(opened[-1])
                opened.append(-1)
                self._where, self._nested, self._listed = _Where.LIST, 1, True
                return end
            else:
                return self._cut(text, at, stop)
        raise AssertionError("the last stop is the end of the text")

    def _cut(self, text: str, at: int, stop: re.Match[str]) -> int:
        """The text ends, or something begins of which the end is still to be found; before it, all was kept to `at`."""
        mark, start = stop[1], stop.start(1)
        if not mark:
            self._keep(text[at:])
            return len(text)
        if mark == "/" or (mark == '"' and _KEY.startswith(text[start : start + len(_KEY)])):
            self._keep(text[at:start])
            self._held = text[start:]
            return len(text)
        self._keep(text[at : stop.end()])
        self._until = mark
        return stop.end()

    def _keep(self, text: str) -> None:
        if self._depth:
            self._frame.add(text)
        elif self._where is _Where.OBJECT:
            self._object.add(text)


class _Kept:
    """Text that arrives in pieces, of at most `limit` characters."""

    def __init__(self, limit: int) -> None:
        self.size = 0
        self._limit = limit
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        self.size += len(text)
        if self.size > self._limit:
            raise Rejected(f"an object of the answer is still open after {self._limit} characters")
        self._pieces.append(text)

    def take(self, last: str) -> str:
        """All of it, of which `last` is the last piece, and nothing is left."""
        if self._pieces or len(last) > self._limit:
            self.add(last)
            last = "".join(self._pieces)
            self.clear()
        return last

    def since(self, start: int) -> str:
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0][start:]

    def clear(self) -> None:
        self._pieces.clear()
        self.size = 0


def _plain(whole: str) -> str:
    """Without comments."""
    return _STRING_OR_COMMENT.sub(r"\1", whole) if "//" in whole or "/*" in whole else whole


def _unquoted(whole: str) -> Iterable[str]:
    """An object as it is; where its frames are given as one string of JSON, those in it, and then its notes."""
    if _QUOTED.search(whole) is None:
        return [whole]
    try:
        value = msgspec.json.decode(whole)
    except (*UNREADABLE, UnicodeEncodeError):
        return [whole]
    if not isinstance(value.get("frames"), str) or not (frames := list(Scanner().feed(value["frames"]))):
        return [whole]
    notes = value | {"frames": []}
    return [*frames, msgspec.json.encode(notes).decode()] if len(notes) > 1 else frames


def _and_then(found: list[str], refusal: Rejected) -> Iterator[str]:
    yield from found
    raise refusal
