"""Many prompts, directed and drawn, side by side on one picture that a person looks at.

    python -m tools.evaluate contact-sheet SHEET.jpg [--prompts FILE] [--at 5] [--size 512x512] [--columns 5]
                                           [--llm URL --model NAME] [--json PLAN.json]

Each prompt is directed as `streamer render` would, by the built-in storyteller or by the LLM that is named, and drawn
by the sketch engine, at the same second of each film. Needs no GPU and no weights: the way to judge a director.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from av import VideoFrame
from pydantic import ValidationError

from engines.base import FrameSpec, Picture, Shot
from engines.sketch import SketchEngine
from engines.sketch.canvas.lettering import draw_text, spelled
from engines.sketch.canvas.vector import Canvas
from streamer.app import llm_of
from streamer.direct import descriptions
from streamer.director.llm.endpoints import Endpoints, endpoints_of
from streamer.director.story import Story
from streamer.director.ways import Ways, form_of
from streamer.errors import UserError
from streamer.media.decoder import JpegEncoder
from streamer.messages import FrameDescription, Prompt, PromptOptions
from streamer.settings import Settings
from streamer.worker.timeline import Timeline

PROMPTS = Path(__file__).with_name("prompts.txt")
CELL = 300  # pixels of a picture's shorter side on the sheet
CAPTION = 26  # pixels below it
MAX_PROMPTS = 200
_FPS = 24.0
_PAPER = (244.0, 241.0, 234.0)
_INK = (40.0, 42.0, 50.0)


def prompts(path: Path) -> list[str]:
    """The lines of a file, without blank ones and comments (#). Raises UserError."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}") from error
    found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not 1 <= len(found) <= MAX_PROMPTS:
        raise UserError(f"{path}: {len(found)} prompts, expected 1 to {MAX_PROMPTS}, one a line")
    return found


async def planned(
    llm: Endpoints, settings: Settings, words: str, at: float
) -> tuple[FrameSpec, list[FrameDescription], int]:
    """The frame of a film's second `at`, the descriptions it took, and the film's seed. Raises UserError."""
    options = PromptOptions(style=settings.style or None)
    story = Story.begin(
        Prompt(id="sheet", stream="sheet", action="play", prompt=words, options=options), 1, Ways.of(settings)
    )
    timeline, told, count = Timeline(), [], round(at * _FPS) + 1
    length, spec = 0.0, None
    async with contextlib.aclosing(descriptions(llm, story, settings, form_of(settings), count)) as stream:
        for number in range(count):
            while length <= number / _FPS:
                told.append(await anext(stream))
                timeline.push(told[-1])
                length += told[-1].duration
            step = timeline.frame(1 / _FPS)
            assert step is not None, "a described film has a frame at every moment"
            spec = step.spec
    assert spec is not None
    return spec, told, story.seed


def sheet(pictures: Sequence[tuple[str, Picture]], columns: int) -> Picture:
    """The pictures in rows, their words below each: one of shape (height, width, 3)."""
    height, width = pictures[0][1].shape[:2]
    rows = -(-len(pictures) // columns)
    canvas = Canvas(columns * width, rows * (height + CAPTION))
    canvas.rectangle(0, 0, canvas.width, canvas.height, _PAPER)
    for index, (words, _) in enumerate(pictures):
        x, y = index % columns * width, index // columns * (height + CAPTION) + height
        draw_text(canvas, spelled(words, 48), x + 6, y + 8, width - 12, CAPTION - 16, _INK, 1.0)
    page = canvas.picture()
    canvas.close()
    for index, (_, picture) in enumerate(pictures):
        x, y = index % columns * width, index // columns * (height + CAPTION)
        page[y : y + height, x : x + width] = picture
    return page


def save(picture: Picture, path: Path) -> None:
    """As JPEG. Raises OSError."""
    encoder = JpegEncoder(quality=3)
    path.write_bytes(encoder.encode(VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))


def smaller(picture: Picture, side: int) -> Picture:
    """With its shorter side `side` pixels long, by area (swscale)."""
    height, width = picture.shape[:2]
    scale = side / min(height, width)
    frame = VideoFrame.from_ndarray(picture, format="rgb24")
    made = frame.reformat(width=round(width * scale) // 2 * 2, height=round(height * scale) // 2 * 2,
                          interpolation="AREA").to_ndarray(format="rgb24")  # fmt: skip
    return made.astype(np.uint8, copy=False)


async def make(settings: Settings, words: Sequence[str], at: float, columns: int) -> tuple[Picture, list[Any]]:
    """The sheet, and what was planned for each prompt, for JSON. Raises UserError."""
    engine = SketchEngine()
    pictures, plans = [], []
    async with llm_of(settings) as url, endpoints_of(settings, url) as llm:
        for prompt in words:
            spec, told, seed = await planned(llm, settings, prompt, at)
            session = engine.open(Shot("sheet", settings.width, settings.height, seed))
            [picture] = engine.render([(session, spec)])
            session.close()
            pictures.append((prompt, smaller(picture, CELL)))
            plans.append({"prompt": prompt, "at": at, "descriptions": told})
    engine.close()
    return sheet(pictures, columns), plans


def main(argv: Sequence[str]) -> int:
    """Make the sheet; 1 where that cannot be, with the reason in a line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.evaluate contact-sheet", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("sheet", type=Path, metavar="SHEET.jpg")
    parser.add_argument("--prompts", type=Path, default=PROMPTS, help="a prompt a line (default: thirty of our own)")
    parser.add_argument("--at", type=float, default=5.0, help="seconds of film (default: %(default)s)")
    parser.add_argument("--size", default="512x512", help="of a film (default: %(default)s)")
    parser.add_argument("--columns", type=int, default=5)
    parser.add_argument("--llm", metavar="URL", help="an OpenAI-compatible server; without it the built-in storyteller")
    parser.add_argument("--model", metavar="NAME")
    parser.add_argument("--json", type=Path, metavar="FILE", help="what was planned goes there")
    options = parser.parse_args(argv)
    asked = {"size": options.size, "llm": options.llm, "model": options.model}
    try:
        settings = Settings(**{name: value for name, value in asked.items() if value is not None})
        page, plans = asyncio.run(make(settings, prompts(options.prompts), options.at, max(1, options.columns)))
        save(page, options.sheet)
        if options.json:
            options.json.write_bytes(msgspec.json.format(msgspec.json.encode(plans), indent=1))
    except ValidationError as error:
        wrong = error.errors()[0]
        print(f"--{wrong['loc'][0]}: {wrong['msg']}", file=sys.stderr)
        return 1
    except (UserError, ValueError, OSError) as error:
        print(str(error), file=sys.stderr)
        return 1
    print(f"{options.sheet}: {len(plans)} prompts at {options.at:g} s")
    return 0
