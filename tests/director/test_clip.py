"""Tokens are counted as the encoder counts them: two foreign tokenizers agree, for any text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts import missing

from streamer.director import clip

# Letters that Python's tables know: the oracles may know of newer ones.
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=60)
ENGLISH = st.lists(
    st.sampled_from(
        ["a", "red", "fox", "runs,", "dog's", "isn't", "1234", "watercolour!?", "naïve", "狐狸", "🦊", "Σας"]
    )
).map(" ".join)


@pytest.fixture(scope="module")
def rust_tokenizer() -> Any:
    """Instant Labs' tokenizer, written in Rust; it has no wheels for every machine."""
    package = pytest.importorskip(
        "instant_clip_tokenizer", reason="no wheel of instant_clip_tokenizer for this machine"
    )
    return package.Tokenizer()


@pytest.fixture(scope="module")
def transformers_tokenizer() -> Any:
    """transformers' CLIPTokenizer, from the same merges with the vocabulary that they imply."""
    try:
        from transformers import CLIPTokenizer
    except ImportError as error:
        missing("transformers", f"pip install 'streamer[servers]' brings it ({error})")
    merges = list(clip._ranks())
    letters = list(clip._BYTES.values())
    words = [*letters, *(letter + "</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={word: n for n, word in enumerate(words)}, merges=[tuple(merge.split(" ")) for merge in merges]
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("  ", 0),
        ("a red fox runs", 4),
        ("A RED  FOX\nRUNS", 4),
        ("dog's tail 123 !?!", 7),  # a digit is a token, signs stand together
        ("²²", 2),  # also where it is no digit of ours
        ("狐狸在雪地", 13),  # bytes, as far as no merge joins them
        ("<|endoftext|>", 1),
    ],
)
def test_tokens_of_known_texts(text: str, count: int) -> None:
    assert clip.tokens(text) == count


def test_the_table_is_the_whole_of_clips() -> None:
    ranks = clip._ranks()
    assert len(ranks) == 48_894
    assert ranks["i n"] == 0
    assert ranks["jeky ll</w>"] == 48_893


@given(TEXT | ENGLISH)
def test_transformers_counts_the_same(transformers_tokenizer: Any, text: str) -> None:
    expected = len(transformers_tokenizer(text)["input_ids"]) - 2
    counted = clip.tokens(text)
    assert counted == expected or ("&" in text and counted > expected)


@given(ENGLISH | TEXT.filter(lambda text: text.isascii()))
def test_a_tokenizer_written_in_rust_counts_the_same(rust_tokenizer: Any, text: str) -> None:
    assert clip._count(text) == len(rust_tokenizer.encode(text))


def test_entities_count_as_whichever_reading_is_longer() -> None:
    assert clip.tokens("salt &amp; sugar") == 5  # transformers reads "&", "amp", ";"; OpenAI's own one "&"
    assert clip.tokens("&#19968;&#19968;") >= clip._count("一一")


@pytest.mark.parametrize(
    ("text", "limit", "head"),
    [
        ("a red fox runs", 4, "a red fox runs"),
        ("a red fox runs", 3, "a red fox"),
        ("a red fox in the snow", 5, "a red fox"),  # no "in the" is left hanging
        ("狐狸在雪地", 6, "狐狸"),
        ("👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 6, "👨‍👩‍👧"),  # a family is one sign
        ("👨‍👩‍👧👨‍👩‍👧", 1, ""),
        ("in the 狐狸在雪地", 6, "in the 狐"),
        ("маленькая заснеженная", 16, "маленькая"),  # a word with blanks around it stays whole
        ("Donaudampfschifffahrtsgesellschaft", 5, "Donaudampfschi"),  # unless nothing else would be kept
        ("in the Donaudampfschifffahrtsgesellschaft", 7, "in the Donaudampfschi"),
        ("fox", 0, ""),
    ],
)
def test_a_cut_keeps_whole_words(text: str, limit: int, head: str) -> None:
    assert clip.cut(text, limit) == head


@given(TEXT | ENGLISH | st.text(), st.integers(0, 20))
def test_a_cut_fits_and_says_nothing_new(text: str, limit: int) -> None:
    head = clip.cut(text, limit)
    assert clip.tokens(head) <= limit
    assert "".join(text.split()).startswith("".join(head.split()))


def test_a_very_long_word_is_counted_in_time() -> None:
    """Merging is O(n log n): looking for the best pair anew after each merge would outlast this test's time limit."""
    assert clip.tokens("狐狸在雪地里奔跑" * 5_000) > 40_000
