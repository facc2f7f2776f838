"""A sheet of many prompts: each directed and drawn, its words below."""

from __future__ import annotations

from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from tools.evaluate.__main__ import main
from tools.evaluate.contact_sheet import CAPTION, CELL, PROMPTS, prompts


def test_thirty_prompts_of_our_own() -> None:
    assert len(prompts(PROMPTS)) == len(set(prompts(PROMPTS))) == 30


def test_each_prompt_has_its_picture_and_its_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = tmp_path / "prompts.txt"
    asked.write_text("# two films\na red fox runs through snow\n\nan astronaut on the moon, noir\n")
    sheet, plan = tmp_path / "sheet.jpg", tmp_path / "plan.json"
    arguments = ["contact-sheet", str(sheet), "--prompts", str(asked), "--json", str(plan)]
    assert main([*arguments, "--size", "160x120", "--at", "2.5", "--columns", "2"]) == 0
    assert "2 prompts at 2.5 s" in capsys.readouterr().out
    with av.open(str(sheet)) as container:
        page = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)
    assert page.shape == (CELL + CAPTION, 2 * CELL * 4 // 3, 3)
    fox, moon = page[:CELL, :400], page[:CELL, 400:]
    assert fox.mean() > 1.5 * moon.mean()  # snow by day, the moon in black and white
    assert np.abs(moon - moon.mean(axis=2, keepdims=True)).mean() < 3.0
    captions = page[CELL + 4 :]
    assert captions.min() < 90 < 220 < captions.max()
    first, second = msgspec.json.decode(plan.read_bytes())
    assert first["prompt"] == "a red fox runs through snow"
    assert "fox" in {each["noun"] for each in first["descriptions"][0]["objects"]}
    assert second["descriptions"][0]["setting"]["style"] == "noir"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prompts", "nowhere.txt"], "nowhere.txt"),
        (["--prompts", "empty.txt"], "0 prompts, expected 1 to 200"),
        (["--prompts", "one.txt", "--size", "5x5"], "size"),
        (["--prompts", "one.txt", "--llm", "gopher://x"], "that is not a URL"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").write_text("# none\n")
    Path("one.txt").write_text("a fox\n")
    assert main(["contact-sheet", "sheet.jpg", *arguments]) == 1
    assert words in capsys.readouterr().err
    assert not Path("sheet.jpg").exists()
