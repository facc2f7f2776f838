"""Builds the engine of one small decoder, in this process or as a program: `python taesd_maker.py CACHE`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderTiny
from torch import nn

from engines.compile.cache import Cache, Entry
from engines.compile.spec import NetworkSpec
from engines.compile.store import ready
from engines.compile.target import here
from engines.diffusion.networks import Decoder


def network() -> tuple[NetworkSpec, nn.Module]:
    """The same at every call, in every process."""
    torch.manual_seed(0)
    widths, blocks = (16, 16, 16, 16), (1, 1, 1, 1)
    autoencoder = AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=blocks,
        num_decoder_blocks=blocks,
    )
    decoder = Decoder(autoencoder).eval().requires_grad_(False)
    return decoder.spec((1, 2), 8, 8), decoder


def build(folder: Path, say: Callable[[str], None]) -> Entry:
    """For GPUs of sm_89, of which none need be here."""
    spec, module = network()
    return ready(spec, module, here("tensorrt_rtx", ("sm_89",)), Cache(folder), load=None, say=say)


if __name__ == "__main__":
    torch.set_num_threads(1)
    build(Path(sys.argv[1]), lambda words: print(words, flush=True))
