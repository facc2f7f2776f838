"""A small diffusion model of our own, from nothing, on a CPU.

    python -m tools.train_tiny train FOLDER [--minutes 55] [--pictures 10000]    → FOLDER/model, in diffusers' format
    python -m tools.train_tiny sheet FOLDER SHEET.png                           what it draws, beside sketches
    python -m tools.train_tiny report FOLDER                                    agreement with the text, coherence

Pictures, checkpoints and the judge are kept in FOLDER: what is there is not made again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from random import Random

import cv2
import numpy as np
import torch
from transformers import CLIPTokenizer

from . import autoencoder, denoiser, judge, reading
from .autoencoder import Projection
from .films import GUIDANCE, METHODS, STEPS, engine_of, stills, wanted, worth
from .folder import write
from .pace import Pace
from .pictures import HELD_OUT, draw, drawn, drawn_of
from .tokens import write_tokenizer
from .world import caption, scene

DECODER, READING = 0.15, 0.02  # parts of the time; the rest is the denoiser's
JUDGED = 4000  # scenes that the judge learns from
TESTED = 400  # scenes that it is tested with
BACKGROUNDS = 2000  # pictures that the mean backgrounds are of
EXAMPLES = 24  # of a sheet
TEXTS, FILMS = 64, 8  # of a report


def train(folder: Path, minutes: float, pictures: int, say: Callable[[str], None]) -> Path:
    """All of it, one after the other. Returns the model's folder."""
    given = draw(folder / "pictures.npy", pictures)
    project = Projection.of(given[:: max(1, pictures // 200)])
    tokenizer = CLIPTokenizer.from_pretrained(write_tokenizer(folder / "tokenizer"))
    coder = autoencoder.autoencoder(project)
    ready = Pace(DECODER * minutes, checkpoint=folder / "decoder.pt")
    if ready.resumes(coder):
        say("decoder: there already")
    else:  # under another name until it is ready: who was interrupted goes on
        pace = Pace(DECODER * minutes, checkpoint=folder / "decoder-half.pt")
        pace.resumes(coder)
        autoencoder.train(coder, project, given, pace, say)
        ready.keep(coder, now=True)
    scenes = [scene(n) for n in range(pictures)]
    net = denoiser.Denoiser(len(tokenizer))
    pace = Pace((1 - DECODER - READING) * minutes, checkpoint=folder / "denoiser.pt")
    if pace.resumes(net):
        say("denoiser: goes on from its checkpoint")
    else:
        reading.train(net.text, scenes, tokenizer, Pace(READING * minutes), say)
    latents = np.concatenate([project(given[n : n + 500]).astype(np.float16) for n in range(0, pictures, 500)])
    average = denoiser.train(net, latents, scenes, tokenizer, pace, say)
    pace.keep(average, now=True)
    return write(folder / "model", average, coder, len(tokenizer))


def judge_of(folder: Path, say: Callable[[str], None]) -> judge.Judge:
    """The judge that is kept there, or a new one; says how good it is with sketches that it has not seen."""
    found, path = judge.Judge().eval(), folder / "judge.pt"
    tests = [n for n in range(HELD_OUT + JUDGED, HELD_OUT + JUDGED + TESTED) if judge.clear(scene(n))]
    if path.is_file():
        found.load_state_dict(torch.load(path))
    else:
        numbers = [n for n in range(HELD_OUT, HELD_OUT + JUDGED) if judge.clear(scene(n))]
        found = judge.train(np.stack(list(drawn(numbers))), [scene(n) for n in numbers], Pace(2.0), say)
        torch.save(found.state_dict(), path)
    right = judge.agreement(found, np.stack(list(drawn(tests))), [scene(n) for n in tests])
    say(f"the judge is right about {_percent(right)} of {len(tests)} sketches that it has not seen")
    return found


def report(model: Path, folder: Path, pictures: int, say: Callable[[str], None]) -> None:
    """How often the judge sees what was asked for, by steps and guidance; then films, by coherence method."""
    found, scenes = judge_of(folder, say), wanted(TEXTS)
    learned = draw(folder / "pictures.npy", pictures)[:BACKGROUNDS]
    means = judge.backgrounds(learned, [scene(n) for n in range(len(learned))])
    place, time = judge.surroundings(means, np.stack(list(drawn_of(scenes))), scenes)
    say(f"of {len(scenes)} sketches the nearest background is of the right place {place:.0%}, time {time:.0%}")
    texts = [caption(each, Random(n)) for n, each in enumerate(scenes)]
    for steps, guidance in ((1, 0.0), (4, 0.0), (4, 2.0), (4, 4.0)):
        engine = engine_of(model, (), steps, guidance)
        pictures_of = np.stack(list(stills(engine, texts)))
        engine.close()
        right = judge.agreement(found, pictures_of, scenes)
        place, time = judge.surroundings(means, pictures_of, scenes)
        say(f"{steps} steps, guidance {guidance:g}: {_percent(right)}, {place:.0%} (place), {time:.0%} (time)")
    say("| methods | noun | colour | flicker | ssim | least ssim |\n| --- | --- | --- | --- | --- | --- |")
    for methods in METHODS:
        say(str(worth(model, methods, found, scenes[:FILMS])))


def sheet(model: Path, path: Path, steps: int, guidance: float, seed: int) -> None:
    """Scenes that it has not learned from: above what the sketch engine draws, below what the model does."""
    numbers = range(HELD_OUT + seed, HELD_OUT + seed + EXAMPLES)
    texts = [caption(scene(number), Random(number)) for number in numbers]
    engine = engine_of(model, (), steps, guidance)
    pairs = [np.concatenate(pair) for pair in zip(drawn(numbers), stills(engine, texts, seed), strict=True)]
    engine.close()
    rows = [np.concatenate(pairs[n : n + 8], axis=1) for n in range(0, EXAMPLES, 8)]
    if not cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1]):
        raise SystemExit(f"{path} cannot be written")
    print("\n".join(texts))


def _percent(right: tuple[float, float, float]) -> str:
    names = ("noun", "colour", "both")
    return ", ".join(f"{100 * part:.0f} % ({name})" for part, name in zip(right, names, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.train_tiny", description=__doc__, add_help=True,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("what", choices=["train", "sheet", "report"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("path", type=Path, nargs="?", help="of the sheet, a PNG")
    parser.add_argument("--minutes", type=float, default=55.0, help="of CPU time")
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--model", type=Path, help="another one than FOLDER/model")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--guidance", type=float, default=GUIDANCE)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    model = args.model or args.folder / "model"

    def say(words: str) -> None:
        print(words, flush=True)

    if args.what == "train":
        print(train(args.folder, args.minutes, args.pictures, say))
    elif args.what == "report":
        report(model, args.folder, args.pictures, say)
    else:
        sheet(model, args.path or args.folder / "sheet.png", args.steps, args.guidance, args.seed)


if __name__ == "__main__":
    main()
