"""The diffusion engine: ms a frame per batch size, TFLOP/s, overhead over the bare networks, text encoding.

python -m tools.bench engines [--model FOLDER | --shape sd-turbo] [--size 512x512] [--backend torch] [--batches 1,2,4,8]
    [--steps 1] [--coherence joint,pan,slerp,bank] [--dtype auto] [--device auto] [--eager] [--rounds 30]

Without a model it measures one of random weights: of the original's shape with --full (gigabytes, for a GPU), else a
narrow one. Random weights cost what trained ones do.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as in a worker's engine process; read when torch is loaded

from engines.diffusion.measure import measure  # noqa: E402
from engines.diffusion.options import DiffusionOptions  # noqa: E402
from engines.errors import EngineError  # noqa: E402
from tools import tiny_models  # noqa: E402


def main(argv: list[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench engines")
    parser.add_argument("--model", help="a folder in diffusers' format, or a name in the hub's local cache")
    parser.add_argument("--shape", choices=tiny_models.KINDS, default="sd-turbo", help="of random weights")
    parser.add_argument("--full", action="store_true", help="random weights as wide as the original's")
    parser.add_argument("--decoder", default=None)
    parser.add_argument("--size", default="512x512")
    parser.add_argument("--backend", choices=("torch", "tensorrt", "onnxruntime"), default="torch")
    parser.add_argument("--batches", default="1,2,4,8")
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--coherence", default=None, help="methods, comma separated, or off")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--eager", action="store_true", help="torch without its compiler")
    parser.add_argument("--rounds", type=int, default=30)
    told = parser.parse_args(argv)
    try:
        width, height = (int(side) for side in told.size.split("x"))
        batches = tuple(int(batch) for batch in told.batches.split(","))
        if min(width, height, *batches) < 1:
            raise ValueError
    except ValueError:
        print(f"--size {told.size} --batches {told.batches}: expected as 512x512 and 1,2,4,8", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        model, decoder = told.model, told.decoder
        if model is None:
            model, tiny = Path(scratch, told.shape), "taesdxl" if "xl" in told.shape else "taesd"
            tiny_models.make(told.shape, model, full=told.full)
            tiny_models.make(tiny, Path(scratch, tiny), full=told.full)
            decoder = decoder or str(Path(scratch, tiny))
        coherence = None if told.coherence is None else tuple(told.coherence.replace("off", "").split(","))
        options = DiffusionOptions(
            str(model),
            width=width,
            height=height,
            backend=told.backend,
            device=told.device,
            dtype=told.dtype,
            steps=told.steps,
            eager=told.eager,
            decoder=decoder,
            coherence=None if coherence is None else tuple(filter(None, coherence)),
            buckets=batches,
        )
        try:
            print(measure(options, lambda words: print(words, file=sys.stderr), rounds=told.rounds).report())
        except EngineError as error:
            print(error, file=sys.stderr)
            return 2
    return 0
