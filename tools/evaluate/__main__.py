"""How coherent a film is, measured without weights; beside another film, which of the two is more so.

    python -m tools.evaluate FILM.mp4 [--against CONTROL.mp4 [--pan RIGHT,DOWN]] [--fps 4] [--cuts 3.5,8] [--json]
    python -m tools.evaluate contact-sheet SHEET.jpg      many prompts, directed and drawn, on one picture
    python -m tools.evaluate endless                      a long film: does it repeat itself, does anything jump
    python -m tools.evaluate coverage                     how many of the commonest nouns have a drawing

See docs/topics/evaluation.md for what each measure means, and where it is valid.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import import_module
from typing import Any

from rich.console import Console
from rich.table import Table

from .coherence import IDENTITY, Verdict, verdict
from .film import FilmError, Picture, pictures
from .report import Report, measure

COMMANDS = {"contact-sheet": ".contact_sheet", "endless": ".endless", "coverage": ".coverage"}
"""Other ways to look at what is drawn; imported when asked for."""


class _Cuts:
    """The indices of sampled frames that begin a shot, found while the film is read."""

    def __init__(self, cuts: tuple[float, ...]) -> None:
        self._left = sorted(cuts)  # seconds
        self._found: set[int] = set()

    def read(self, path: str, fps: float) -> Iterator[Picture]:
        for index, (at, picture) in enumerate(pictures(path, fps)):
            while self._left and self._left[0] <= at:
                self._left.pop(0)
                self._found.add(index)
            yield picture

    def __contains__(self, index: object) -> bool:
        return index in self._found

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _measured(path: str, fps: float, cuts: tuple[float, ...]) -> Report:
    places = _Cuts(cuts)
    try:
        return measure(places.read(path, fps), places)
    except FilmError as error:
        said = str(error)
        raise FilmError(said if said.startswith((path, "--")) else f"{path}: {said}") from error


def _numbers(text: str) -> tuple[float, ...]:
    numbers = tuple(float(part) for part in text.split(","))
    if not all(map(math.isfinite, numbers)):
        raise ValueError(text)
    return numbers


def _pan(text: str) -> tuple[float, float]:
    right, down = _numbers(text)
    return right, down


_numbers.__name__ = "list of seconds"  # what argparse calls it when it is not one
_pan.__name__ = "RIGHT,DOWN"


def _table(reports: dict[str, Report]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("measure")
    for path in reports:
        table.add_column(path, justify="right")
        table.add_column("worst", justify="right")
    table.add_column("what it is")
    for lines in zip(*(report.lines for report in reports.values()), strict=True):
        figures = [f"{value:.4f}" for line in lines for value in (line.mean, line.worst)]
        table.add_row(lines[0].name, *figures, lines[0].meaning)
    return table


def _plain(report: Report) -> dict[str, Any]:
    """For --json: measures by name; nan, which JSON has not, as null."""
    figures = {
        line.name: {
            key: None if math.isnan(value) else value for key, value in (("mean", line.mean), ("worst", line.worst))
        }
        for line in report.lines
    }
    head = {"width": report.width, "height": report.height, "frames": report.frames, "shots": report.shots}
    return head | {"measures": figures}


def main(argv: list[str]) -> int:
    """Measure, print; 1 where a film cannot be measured, with the reason in a line."""
    if argv[:1] in [[name] for name in COMMANDS]:
        return int(import_module(COMMANDS[argv[0]], __package__).main(argv[1:]))
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("film", metavar="FILM")
    parser.add_argument("--against", metavar="CONTROL", help="a film of the same scene without the method")
    parser.add_argument(
        "--pan", type=_pan, metavar="RIGHT,DOWN", help="of the camera, px a second; without it, CONTROL's"
    )
    parser.add_argument("--identity", type=float, default=IDENTITY, help="asked of every frame (default: %(default)s)")
    parser.add_argument(
        "--fps", type=float, default=4.0, help="frames a second that are looked at (default: %(default)s)"
    )
    parser.add_argument("--cuts", type=_numbers, default=(), metavar="SECONDS,…", help="where new shots begin")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    paths = [options.film, *([options.against] if options.against else [])]
    try:
        reports = {path: _measured(path, options.fps, options.cuts) for path in paths}
    except FilmError as error:
        print(error, file=sys.stderr)
        return 1
    judged: Verdict | str | None = None
    if options.against:
        film, control = (reports[path].coherence for path in paths)
        pan = options.pan and (options.pan[0] / options.fps, options.pan[1] / options.fps)
        try:
            judged = verdict(film, control, pan, options.identity)
        except ValueError as error:
            judged = str(error)
    if options.json:
        told: dict[str, Any] = {"fps": options.fps, "films": {path: _plain(report) for path, report in reports.items()}}
        if isinstance(judged, Verdict):
            told["verdict"] = asdict(judged) | {"passed": judged.passed, "score": judged.score}
        elif judged is not None:
            told["verdict"] = {"unknown": judged}
        print(json.dumps(told, indent=2))
        return 0
    for path, report in reports.items():
        shots = f"{report.shots} shot{'s' * (report.shots != 1)}"
        print(f"{path}: {report.width}x{report.height}, {report.frames} frames at {options.fps:g}/s, {shots}")
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(_table(reports))
    if judged is not None:
        print(judged if isinstance(judged, Verdict) else f"not judged: {judged}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
