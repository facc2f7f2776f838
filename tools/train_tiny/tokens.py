"""The tokenizer: byte pairs merged until each word of the world is one token; CLIP's files, CLIP's classes."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from .world import CAMERAS, CLEAR, COLOURS, DOES, NOUNS, SAID_PLACES, SAID_TIMES, SIDES, SNOW

TOKENS = 77
END = "<|endoftext|>"


def spoken() -> list[str]:
    """All words of the captions, sorted."""
    said = ["in this frame there is are and a an the keeps goes on camera is", CLEAR, *COLOURS, *NOUNS, *SIDES, *SNOW]
    said += [*CAMERAS, *(each for many in (SAID_PLACES, SAID_TIMES, DOES) for some in many.values() for each in some)]
    return sorted({word for text in said for word in re.findall("[a-z]+", text.lower())})


def merges() -> list[str]:
    """Byte pair encoding of `spoken`, the most frequent pair first, until every word is one token."""
    pieces = {word: (*word[:-1], f"{word[-1]}</w>") for word in spoken()}
    made: list[str] = []
    while True:
        pairs = Counter(pair for split in pieces.values() for pair in zip(split, split[1:], strict=False))
        if not pairs:
            return made
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        made.append(" ".join(best))
        pieces = {word: _merged(split, best) for word, split in pieces.items()}


def _merged(split: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    made: list[str] = []
    for piece in split:
        if made and (made[-1], piece) == pair:
            made[-1] += piece
        else:
            made.append(piece)
    return tuple(made)


def vocabulary(pairs: list[str]) -> dict[str, int]:
    """CLIP's order: bytes, bytes that end a word, merges, the two special ones."""
    printed = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = [chr(byte) for byte in printed] + [chr(256 + n) for n in range(256 - len(printed))]
    known = letters + [f"{letter}</w>" for letter in letters] + [pair.replace(" ", "") for pair in pairs]
    return {word: n for n, word in enumerate([*known, "<|startoftext|>", END])}


def write_tokenizer(folder: Path) -> Path:
    """The files of a CLIPTokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = merges()
    dump(folder / "vocab.json", vocabulary(pairs))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *pairs, ""]), encoding="utf-8")
    special = {"bos_token": "<|startoftext|>", "eos_token": END, "pad_token": END, "unk_token": END}
    told = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": TOKENS}
    dump(folder / "special_tokens_map.json", special)
    dump(folder / "tokenizer_config.json", special | told | {"tokenizer_class": "CLIPTokenizer"})
    return folder


def dump(path: Path, told: object) -> None:
    """As JSON that people read."""
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def ids_of(tokenizer: Any, texts: Sequence[str]) -> Tensor:
    """[B, 77], as the engine makes them."""
    told = tokenizer(list(texts), padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt")
    ids: Tensor = told.input_ids
    return ids
