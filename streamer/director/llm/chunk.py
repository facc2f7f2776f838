"""What one chunk of an answer says, of which any part may be missing, null or of another type. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple


class Piece(NamedTuple):
    text: str = ""
    thought: str = ""
    alive: bool = False
    finish: object = None  # the finish_reason
    usage: object = None
    timings: object = None  # llama.cpp's
    trouble: object = None  # an error that came as a chunk


_THOUGHTS = ("reasoning_content", "reasoning")


def read(chunk: object) -> Piece:
    """Reasoning is life without text. Of several choices (a server that was set to `n` above 1) the first counts."""
    if not isinstance(chunk, dict):
        return Piece()
    usage, timings = chunk.get("usage"), chunk.get("timings")
    choices = chunk.get("choices")
    if not isinstance(choices, list) or not choices:
        return Piece(usage=usage, timings=timings, trouble=_trouble(chunk))
    choice = next((c for c in choices if isinstance(c, dict) and c.get("index") in (0, None)), None)
    if choice is None:
        return Piece(alive=True, usage=usage, timings=timings)
    delta = choice.get("delta")
    if not isinstance(delta, dict):
        delta = {}
    text = _joined(delta.get("content"))
    thought = next((t for t in (_joined(delta.get(name)) for name in _THOUGHTS) if t), "")
    alive = bool(text or thought or any(name in delta for name in _THOUGHTS))
    return Piece(text, thought, alive, choice.get("finish_reason"), usage, timings)


def _joined(content: object) -> str:
    """Text, or the texts of a list of parts (Mistral sends its thoughts and words as such)."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text")
        return "".join(part for part in parts if isinstance(part, str))
    return ""


def _trouble(chunk: dict[str, Any]) -> object:
    """An error in an event that the SDK takes for a chunk: `event: error` without the key, `{"detail": …}`."""
    told = next((chunk[key] for key in ("error", "detail", "message") if chunk.get(key)), None)
    return told if told is not None else "error" if chunk.get("object") == "error" else None
