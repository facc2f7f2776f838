"""The bench of an idle viewer's memory runs anywhere, and says what it found."""

from __future__ import annotations

import re
import sys

import pytest

from tools.bench import idle


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")
def test_it_prints_what_a_viewer_of_ours_and_of_theirs_takes(capsys, monkeypatch):
    monkeypatch.setattr(idle, "SETTLE", 0.3)
    code = idle.main(["--viewers", "60"])
    printed = capsys.readouterr().out
    found = {name.strip(): float(kib) for name, kib in re.findall(r"^(.+?) +(-?[0-9.]+)$", printed, re.MULTILINE)}
    assert list(found) == ["ours, waiting for a film", "ours, watching", "websockets.serve"]
    worst = max(found["ours, waiting for a film"], found["ours, watching"])
    assert f"ours at most {worst:.1f} KiB" in printed
    assert code == (worst >= idle.TARGET) or abs(worst - idle.TARGET) < 0.06, "what is printed is rounded"
