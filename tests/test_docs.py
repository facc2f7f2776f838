"""What the documentation says in tables is what the code says."""

from __future__ import annotations

from pathlib import Path

from engines.diffusion.presets import PRESETS, Preset

ENGINES = Path(__file__).resolve().parent.parent / "docs" / "topics" / "engines.md"


def row(preset: Preset) -> str:
    """Of the table of presets."""
    guidance = f"{preset.guidance:g}" if preset.guidance else "none"
    told = [f"`{preset.name}`: {preset.model}", str(preset.steps), guidance, f"{preset.scheduler}-{preset.spacing}"]
    told += [str(preset.size), preset.decoder, " ".join(preset.coherence), preset.licence]
    return f"| {' | '.join(told)} |"


def test_the_table_of_presets_is_what_the_engine_does() -> None:
    shown = [line for line in ENGINES.read_text().splitlines() if line.startswith("| `")]
    assert shown == [row(preset) for preset in PRESETS], "\n".join(map(row, PRESETS))
