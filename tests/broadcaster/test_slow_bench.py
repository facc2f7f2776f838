"""The bench of slow viewers, short: through the real broadcaster, kernel and decoder. Its times are no matter here."""

from __future__ import annotations

import sys

import pytest

from tools.bench import slow
from tools.link import NotHere, link

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")


def _rows(printed: str) -> dict[str, tuple[int, int]]:
    """(runs, clean ones) by line."""
    rows = [line for line in printed.splitlines() if "%, " in line]
    return {row[:22].strip(): (int(row.split()[-2]), int(row.split()[-1])) for row in rows}


def test_on_shaped_links_no_picture_is_ever_corrupt(capsys):
    try:
        with link(63, 1e6, 0.5):
            pass
    except NotHere as why:
        pytest.skip(str(why))
    slow.main(["--seconds", "7", "--speeds", "50,200", "--queues", "1", "--film", "2"])
    rows = _rows(capsys.readouterr().out)
    assert list(rows) == ["50%, queue of 1 s", "200%, queue of 1 s"]
    runs, clean = rows["50%, queue of 1 s"]
    assert runs > 1, "it has skipped"
    assert clean == runs
    assert rows["200%, queue of 1 s"][0] == rows["200%, queue of 1 s"][1]


def test_without_root_they_read_slowly(capsys, monkeypatch):
    monkeypatch.setattr("tools.link.os.geteuid", lambda: 1000)
    slow.main(["--seconds", "9", "--speeds", "60", "--film", "2"])
    printed = capsys.readouterr().out
    assert "No shaped links (a shaped link needs Linux, root" in printed
    ((runs, clean),) = _rows(printed).values()
    assert runs > 1
    assert clean == runs
