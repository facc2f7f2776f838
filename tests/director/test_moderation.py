"""A list of words that no prompt may hold."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamer.director.moderation import MAX_FILE_BYTES, MAX_PHRASE, REASON, WordList
from streamer.errors import UserError


def banned(entry: str, words: str) -> bool:
    return bool(WordList([entry]).judge(words, ""))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("bad", "bad"),
        ("bad", "a bad fox"),
        ("bad", "a fox, BAD!"),
        ("BAD", "bad"),
        ("straße", "the STRASSE at night"),
        ("cafe", "a café"),
        ("café", "a cafe"),
        ("café", "a cafe\u0301 of two code points"),
        ("bad", "b\u0336a\u0336d\u0336"),
        ("bad", "ｂａｄ in full width"),
        ("bad", "𝐛𝐚𝐝 in mathematics"),
        ("bad", "b\u200ba\u00add\ufe0f and nothing seen"),
        ("bad", "\u202ebad\u202c from right to left"),
        ("bad", "the_bad_fox"),
        ("two words", "these two words"),
        ("two words", "these two,\n  WORDS"),
        ("don't", "please don’t"),
        ("йод", "Йод"),
        ("سيء", "سَيِّء"),
        ("मूर्ख", "एक मूर्ख लोमड़ी"),
        ("坏蛋", "一个坏蛋在雪里"),
        ("坏蛋", "坏，蛋"),
        ("ばか", "これはばかだ"),
        ("เลว", "สุนัขเลวมาก"),
    ],
)
def test_words_are_found_however_they_are_written(entry: str, words: str) -> None:
    assert banned(entry, words)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("bad", "a badger"),
        ("bad", "ba d"),
        ("ass", "a class in the grass"),
        ("two words", "two other words"),
        ("two words", "two"),
        ("ばか", "はか"),  # another word: voicing is no accent
        ("मूर्ख", "मर्ख"),
        ("bad", ""),
        ("bad", "🦊 !? …"),
    ],
)
def test_other_words_pass(entry: str, words: str) -> None:
    assert not banned(entry, words)


@pytest.mark.parametrize("words", ["b4d", "b a d", "bаd with a Cyrillic а", "bads", "b-a-d"])
def test_its_limits_are_as_stated(words: str) -> None:
    assert not banned("bad", words)


def test_the_reason_names_the_setting_and_not_the_word() -> None:
    assert WordList(["frumious"]).judge("a frumious fox", "ann") == REASON
    assert "banned_words" in REASON


WORDS = st.text(st.characters(categories=["Ll", "Lu"], max_codepoint=0x24F), min_size=1, max_size=8)


@given(
    before=st.text(max_size=30), word=WORDS, after=st.text(max_size=30), form=st.sampled_from(["NFC", "NFD", "NFKC"])
)
def test_a_word_is_found_between_whatever_stands_around_it(before: str, word: str, after: str, form: str) -> None:
    said = unicodedata.normalize(form, f"{before} . {word.upper().lower()} . {after}")
    assert banned(word.upper().lower(), said)


@given(st.text(max_size=200))
def test_nothing_that_people_type_makes_it_fail(words: str) -> None:
    assert WordList(["bad", "two words", "坏蛋"]).judge(words, "") in ("", REASON)


# The file


def test_a_file_has_an_entry_a_line_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes("\ufeff# what we do not want\n\nbad   # plainly\r\ntwo  words\n坏蛋\nBad\n".encode())
    words = WordList.load(file)
    assert len(words) == 3
    assert [bool(words.judge(said, "")) for said in ("bad", "two words", "坏蛋", "plainly")] == [True] * 3 + [False]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no word; write one word or phrase a line, or leave the option out to ban nothing"),
        (b"# nothing yet\n\n", "holds no word"),
        (b"fine\nb\xe4d\n", r"line 2 is not UTF-8 \(0xe4\); save it as UTF-8"),
        (b"fine\n!!!\n", r"line 2 has no letter or digit \('!!!'\)"),
        (b"a " * (MAX_PHRASE + 1), f"line 1 has more than {MAX_PHRASE} words; write one phrase a line"),
        (b"word\n" * (MAX_FILE_BYTES // 5 + 1), f"larger than {MAX_FILE_BYTES} bytes"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_way_out(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "words.txt"
    file.write_bytes(content)
    with pytest.raises(UserError, match=f"--banned-words {re.escape(str(file))}: .*{reason}"):
        WordList.load(file)


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        WordList.load(tmp_path / "missing.txt")
    with pytest.raises(UserError, match="Is a directory"):
        WordList.load(tmp_path)
